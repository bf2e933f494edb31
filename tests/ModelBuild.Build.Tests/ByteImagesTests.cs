using System.Globalization;
using ModelBuild.Build.Tests.Support;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Build.Tests;

/// <summary>An application that passes the bytes of an image to classes in every mode, against ONNX Runtime on floats.</summary>
public sealed class ByteImagesTests
{
    private const int Side = 6;

    [Fact]
    public void Console_WithInputTypeUInt8_PredictsWhatTheModelSaysOfTheImage()
    {
        string[] modes = ["fp32", "fp16", "int8", "int8-dynamic", "int8-weights", "int4-weights", "auto"];
        string Class(string mode) => "M" + mode.Replace("-", string.Empty, StringComparison.Ordinal);
        var app = new TestProject(
            "Bytes",
            string.Join("\n", modes.Select(mode => $"""
                    <QuantizedModel Include="image.onnx" Mode="{mode}" ClassName="{Class(mode)}" InputType="uint8"
                                    Calibration="{(mode == "fp32" ? string.Empty : "pictures")}"
                                    Preprocessing="scale=1/255;mean=0.485,0.456,0.406;std=0.229,0.224,0.225" />
                """)),
            "<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType>");
        byte[] onnx = Model();
        app.Write("image.onnx", onnx);
        for (int i = 0; i < 6; i++)
        {
            app.Write($"pictures/{i}.ppm", [.. "P6 6 6 255\n"u8, .. Pixels(i)]);
        }

        byte[] pixels = Pixels(9);
        string calls = string.Join("\n", modes.Select(mode => $"Print(new App.{Class(mode)}().Predict(pixels).Scores);"));
        app.Write("Program.cs", $$"""
            byte[] pixels = [{{string.Join(", ", pixels)}}];
            {{calls}}

            static void Print(float[] scores) => Console.WriteLine(string.Join(' ', scores.Select(
                s => s.ToString("R", System.Globalization.CultureInfo.InvariantCulture))));
            """);

        BuildResult build = app.Build().Succeeded();
        string[] lines = app.Run("bin/Debug/net10.0/Bytes.dll")
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

        float[] expected = OrtSession.Run(onnx, new Dictionary<string, Tensor> { ["image"] = Floats(pixels) })["scores"].ToFloats();
        float largest = expected.Max(Math.Abs);
        Assert.DoesNotContain(build.Warnings, w => w.Code.StartsWith("MODELB2003", StringComparison.Ordinal));
        Assert.Equal(modes.Length, lines.Length);
        foreach ((string mode, string line) in modes.Zip(lines))
        {
            float[] actual = [.. line.Split(' ').Select(s => float.Parse(s, CultureInfo.InvariantCulture))];
            float tolerance = mode switch { "fp32" => 1e-5f, "fp16" => 2e-3f, "int4-weights" => 0.25f, _ => 0.03f };
            Assert.All(expected.Zip(actual), p => Assert.InRange(Math.Abs(p.First - p.Second) / largest, 0, tolerance));

            // What is written beside the class takes the same bytes.
            string written = Path.Combine(app.Outputs, Class(mode), $"{Class(mode)}.{mode}.onnx");
            float[] theirs = OrtSession.Run(
                File.ReadAllBytes(written), new Dictionary<string, Tensor> { ["image"] = Tensor.Of(pixels, 1, Side, Side, 3) })["scores"]
                .ToFloats();
            Assert.All(theirs.Zip(actual), p => Assert.InRange(Math.Abs(p.First - p.Second) / largest, 0, 0.01f));
        }
    }

    /// <summary>An application that makes codes by the scale that the class names, and reads those that come back.</summary>
    [Fact]
    public void Console_WithCodesAtPorts_PredictsWhatTheModelSaysOfTheReals()
    {
        var app = new TestProject(
            "Codes",
            """
                <QuantizedModel Include="dense.onnx" Mode="int8" Calibration="x.csv" InputType="int8" OutputType="uint8" />
            """,
            "<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType>");
        byte[] onnx = OnnxFile.Dense(new[,] { { 1f, -1, 0.5f }, { 2, 0.25f, -0.75f } }, [0.5f, -0.5f, 0.125f]);
        app.Write("dense.onnx", onnx).Write("x.csv", "1,2\n-3,4\n0,1\n2,-2\n");
        app.Write("Program.cs", """
            using App;

            float[] reals = [-2, 1.5f];
            sbyte[] codes = [.. reals.Select(r => (sbyte)(MathF.Round(r / Dense.XScale) + Dense.XZeroPoint))];
            byte[] y = new Dense().Predict(codes).Y;
            Console.WriteLine(string.Join(' ', y.Select(q => ((q - Dense.YZeroPoint) * Dense.YScale).ToString(
                "R", System.Globalization.CultureInfo.InvariantCulture))));
            """);

        app.Build().Succeeded();
        string[] numbers = app.Run("bin/Debug/net10.0/Codes.dll").Trim().Split(' ');

        Assert.All(
            numbers.Select(n => float.Parse(n, CultureInfo.InvariantCulture)).Zip([1.5f, 1.875f, 0]),
            p => Assert.InRange(p.First, p.Second - 0.15f, p.Second + 0.15f));
    }

    private static byte[] Pixels(int seed)
    {
        var pixels = new byte[Side * Side * 3];
        new Random(seed).NextBytes(pixels);
        return pixels;
    }

    private static Tensor Floats(byte[] pixels)
    {
        double[] mean = [0.485, 0.456, 0.406];
        double[] std = [0.229, 0.224, 0.225];
        var values = new float[pixels.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            values[(i % 3 * Side * Side) + (i / 3)] = (float)(((pixels[i] / 255.0) - mean[i % 3]) / std[i % 3]);
        }

        return Tensor.Of(values, 1, 3, Side, Side);
    }

    private static byte[] Model()
    {
        var random = new Random(1);
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        return new OnnxGraph().Input("image", "batch", 3, Side, Side).Output("scores", "batch", 4)
            .Constant("w", [8, 3, 3, 3], Numbers(8 * 27)).Constant("v", [8 * 9, 4], Numbers(8 * 9 * 4))
            .Node("Conv", ["image", "w"], ["c"], ("pads", new long[] { 1, 1, 1, 1 }), ("strides", new long[] { 2, 2 }))
            .Node("Relu", ["c"], ["r"]).Node("Flatten", ["r"], ["f"]).Node("MatMul", ["f", "v"], ["scores"]).ToModel();
    }
}
