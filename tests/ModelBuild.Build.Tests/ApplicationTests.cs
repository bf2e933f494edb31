using System.Globalization;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using ModelBuild.Build.Tests.Support;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Build.Tests;

/// <summary>Applications that use the typed class: built, run, published, trimmed.</summary>
public sealed class ApplicationTests
{
    private static readonly float[,] s_weights = { { 0.5f, -1f }, { 2f, 0.25f }, { -0.75f, 3f } };

    private static readonly float[] s_bias = [0.125f, -2f];

    private const string Properties = "<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType>";

    /// <summary>In a folder whose name is legal and hostile; the same file in two modes; wildcards; a name in every mode.</summary>
    [Fact]
    public void Console_WithDenseModels_PredictsWhatTheFormulaSays()
    {
        float[] input = [1f, -2f, 0.5f, 3f, 1.5f, -1f];
        TestProject app = Dense("my #1 app's", """
                <QuantizedModel Include="models/*.onnx" />
                <QuantizedModel Include="models/dense-layer.onnx" Mode="fp32" ClassName="Exact" Namespace="Other.Models" />
                <QuantizedModel Include="models/dense-layer.onnx" Mode="int8" ClassName="Small" Accessibility="internal" Calibration="samples/**/*.npy" />
            """);
        app.Write("samples/deep/a.npy", NumpyFile.Float32([2, 3], input));
        app.Write("Program.cs", $$"""
            float[] input = [{{string.Join(", ", input.Select(value => value.ToString(CultureInfo.InvariantCulture) + "f"))}}];
            Print(new App.DenseLayer().Predict(input).Y);
            Print(new Other.Models.Exact().Predict(input).Y);
            Print(new App.Small().Predict(input).Y);
            Console.WriteLine(App.DenseLayer.XLength);
            static void Print(float[] values) => Console.WriteLine(string.Join(' ', values.Select(v => v.ToString("R", System.Globalization.CultureInfo.InvariantCulture))));
            """);

        BuildResult build = app.Build().Succeeded();
        string[] lines = app.Run("bin/Debug/net10.0/my #1 app's.dll").Split('\n', StringSplitOptions.TrimEntries);

        float[] expected = Expected(input);
        Assert.Equal(expected, Numbers(lines[0]), (a, b) => MathF.Abs(a - b) <= 1e-5f);
        Assert.Equal(expected, Numbers(lines[1]), (a, b) => MathF.Abs(a - b) <= 1e-5f);
        Assert.Equal(expected, Numbers(lines[2]), (a, b) => MathF.Abs(a - b) <= 0.1f);
        Assert.Equal("3", lines[3]);
        Assert.Empty(build.Warnings);
        Assert.Contains("models/dense-layer.onnx -> App.DenseLayer: fp16", build.Output, StringComparison.Ordinal);
        Assert.Contains(
            build.Messages, message =>
                message.Contains("external task host", StringComparison.Ordinal)
                    && message.Contains("CompileQuantizedModels", StringComparison.Ordinal));
    }

    /// <summary>
    /// The package's precompiled code runs, and gives what the same assembly without it gives, which leaves its methods to the just-in-time
    /// compiler; so do the kernels that follow it after some calls.
    /// </summary>
    [Fact]
    public void Console_WithModelQuantizedByAnotherTool_PredictsAsOnnxRuntime()
    {
        Dictionary<string, Tensor> arrays = NumpyFile.ReadNpz(Repository.Asset("quantized", "ort.u8s8_pc.lenet.npz"));
        float[] expected = arrays["out_probs"].ToFloats();
        var app = new TestProject("Quantized", """    <QuantizedModel Include="lenet.onnx" Mode="int8" />""", Properties);
        app.Write("lenet.onnx", File.ReadAllBytes(Repository.Asset("quantized", "ort.u8s8_pc.lenet.onnx")));
        app.Write("input.bin", arrays["in_input"].Data.ToArray());
        app.Write("Program.cs", """
            var input = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(args[0])).ToArray();
            float[] probs = new float[8 * 10];
            long methods = System.Runtime.JitInfo.GetCompiledMethodCount();
            new App.Lenet().Predict(input, probs);
            methods = System.Runtime.JitInfo.GetCompiledMethodCount() - methods;
            Console.WriteLine(string.Join(' ', probs.Select(v => v.ToString("R", System.Globalization.CultureInfo.InvariantCulture))));
            Console.WriteLine(methods);
            var later = new float[8 * 10];
            for (int i = 0; i < 100; i++)
            {
                new App.Lenet().Predict(input, later);
                if (!later.AsSpan().SequenceEqual(probs)) throw new Exception($"prediction {i} differs");
            }
            """);

        app.Build().Succeeded();
        string Predict() => app.Run("bin/Debug/net10.0/Quantized.dll", Path.Combine(app.Folder, "input.bin"));
        string[] lines = Predict().Split('\n', StringSplitOptions.TrimEntries);
        float[] actual = Numbers(lines[0]);

        // The last operator of the model is a DequantizeLinear: a difference of one code is one scale.
        float scale = expected.Where(value => value > 0).Min();
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(
            expected.Zip(actual), pair =>
                Assert.True(MathF.Abs(pair.First - pair.Second) <= 1.01f * scale, $"{pair.First} and {pair.Second}"));
        Assert.Equal(expected.Chunk(10).Select(Best), actual.Chunk(10).Select(Best));

        // Those of the package that run here.
        string? runtime = OperatingSystem.IsLinux() && Avx2.IsSupported ? "linux-x64" : OperatingSystem.IsWindows() && Avx2.IsSupported
            ? "win-x64" : OperatingSystem.IsLinux() && AdvSimd.IsSupported ? "linux-arm64"
            : OperatingSystem.IsMacOS() && AdvSimd.IsSupported ? "osx-arm64" : null;
        if (runtime is not null)
        {
            string folder = Path.Combine(app.Folder, "bin", "Debug", "net10.0", "runtimes", runtime, "lib", "net10.0");
            File.Copy(UntrimmedRuntime(), Path.Combine(folder, "ModelBuild.Runtime.dll"), overwrite: true);
            string[] compiled = Predict().Split('\n', StringSplitOptions.TrimEntries);
            Assert.Equal(lines[0], compiled[0]);
            int few = int.Parse(lines[1], CultureInfo.InvariantCulture);
            int many = int.Parse(compiled[1], CultureInfo.InvariantCulture);
            Assert.True(few < many / 3, $"{few} methods were compiled at the first prediction, and {many} without precompiled code.");
        }
    }

    /// <summary>
    /// A web application would publish its content, a trimmed one must get along without reflection: no warning, no model, nothing of the
    /// build.
    /// </summary>
    [Fact]
    public void Publish_Trimmed_RunsWithoutModelAndWarnings()
    {
        TestProject app = Dense("Trimmed", """
                <QuantizedModel Include="models/dense-layer.onnx" Mode="fp32" />
                <Content Include="models/*" CopyToOutputDirectory="PreserveNewest" />
            """, Properties + $"""
            <PublishTrimmed>true</PublishTrimmed>
            <SelfContained>true</SelfContained>
            <RuntimeIdentifier>{RuntimeInformation.RuntimeIdentifier}</RuntimeIdentifier>
            <TrimMode>full</TrimMode>
            <TrimmerSingleWarn>false</TrimmerSingleWarn>
            <IsAotCompatible>true</IsAotCompatible>
            """);
        app.Write(
            "Program.cs",
            """
            float[] y = new App.DenseLayer().Predict([1f, -2f, 0.5f]).Y;
            Console.WriteLine(string.Join(' ', y.Select(v => v.ToString(System.Globalization.CultureInfo.InvariantCulture))));
            """);

        BuildResult publish = app.Publish("-c", "Release").Succeeded();

        string[] files =
            [.. Directory.GetFiles(app.PublishFolder, "*", SearchOption.AllDirectories).Select(file => Path.GetFileName(file))];
        Assert.Empty(publish.Warnings);
        Assert.DoesNotContain(files, file => Path.GetExtension(file) is ".onnx" or ".plan" or ".weights" or ".npy");
        Assert.DoesNotContain(
            files, file =>
                file is "ModelBuild.Tasks.dll" or "ModelBuild.Compiler.dll" or "ModelBuild.Generator.dll" or "Google.Protobuf.dll");
        Assert.Contains("ModelBuild.Runtime.dll", files);
        using (var image = new PEReader(File.OpenRead(Path.Combine(app.PublishFolder, "ModelBuild.Runtime.dll"))))
        {
            Assert.True(image.GetEntireImage().Length < new FileInfo(UntrimmedRuntime()).Length, "The runtime must be trimmed too.");
        }

        Assert.Equal(Expected([1f, -2f, 0.5f]), Numbers(app.RunPublished()), (a, b) => MathF.Abs(a - b) <= 1e-5f);
    }

    private static TestProject Dense(string name, string items, string properties = Properties)
    {
        var app = new TestProject(name, items, properties);
        app.Write("models/dense-layer.onnx", OnnxFile.Dense(s_weights, s_bias));
        return app;
    }

    private static float[] Expected(float[] input) =>
    [
        .. from row in Enumerable.Range(0, input.Length / 3)
           from column in Enumerable.Range(0, 2)
           select MathF.Max(0, Enumerable.Range(0, 3).Sum(k => input[(row * 3) + k] * s_weights[k, column]) + s_bias[column]),
    ];

    private static int Best(float[] scores) => Array.IndexOf(scores, scores.Max());

    private static float[] Numbers(string line) =>
        [.. line.Split(' ', StringSplitOptions.TrimEntries).Select(text => float.Parse(text, CultureInfo.InvariantCulture))];

    private static string UntrimmedRuntime() =>
        Path.Combine(Package.Folder, "packages", "modelbuild.runtime", Package.Version, "lib", "net10.0", "ModelBuild.Runtime.dll");
}
