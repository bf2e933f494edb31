using System.Runtime.InteropServices;
using ModelBuild.Build.Tests.Support;

namespace ModelBuild.Build.Tests;

/// <summary>A library whose classes have their weights in files beside the assembly, and who gets these files.</summary>
public sealed class WeightFilesTests
{
    private static readonly string[] s_items =
    [
        """Mode="fp32" ClassName="Plain" Weights="file" """,
        """Mode="fp16" ClassName="Halves" Weights=" File " """,
        """Mode="fp32" ClassName="Small" Weights="file" Compress="true" """,
        """Mode="fp32" ClassName="Foreign" Weights="file" Backend="onnxruntime" """,
        """Mode="fp32" ClassName="Inside" Weights="resource" """,
    ];

    private static readonly string[] s_files =
        ["Weighed.Foreign.weights", "Weighed.Halves.weights", "Weighed.Plain.weights", "Weighed.Small.weights"];

    private static readonly Lazy<TestProject> s_library = new(() => new TestProject("Weighed", $"""
            {string.Join(Environment.NewLine, s_items.Select(i => $"""<QuantizedModel Include="dense.onnx" {i}/>"""))}
            <PackageReference Include="Microsoft.ML.OnnxRuntime" Version="{OrtSession.Version}" />
        """).Write("dense.onnx", OnnxFile.Dense(new[,] { { 1f, -1 }, { 2, 4 } }, [0.5f, 0])));

    private static string RuntimeIdentifier => RuntimeInformation.RuntimeIdentifier;

    [Fact]
    public void Run_ApplicationOfLibraryProject_HasTheFilesBesideIt()
    {
        TestProject app = Application("Ordinary");

        BuildResult build = app.Build().Succeeded();

        Assert.Empty(build.Warnings);
        string folder = Path.Combine(app.Folder, "bin", "Debug", "net10.0");
        Assert.Equal(s_files, Weights(folder));
        Assert.Equal(["5.5 1", "5.5 1", "5.5 1", "5.5 1", "5.5 1"], TestProject.Lines(app.Run("bin/Debug/net10.0/Ordinary.dll")));

        // What is damaged, of another build or lost is refused by name.
        string file = Path.Combine(folder, "Weighed.Plain.weights");
        byte[] content = File.ReadAllBytes(file);
        content[40] ^= 1;
        File.WriteAllBytes(file, content);
        string foreign = Path.Combine(folder, "Weighed.Foreign.weights");
        File.WriteAllBytes(foreign, [.. File.ReadAllBytes(foreign)[..^1], 0]);
        File.AppendAllText(Path.Combine(folder, "Weighed.Halves.weights"), "more");
        File.Delete(Path.Combine(folder, "Weighed.Small.weights"));
        string[] lines = TestProject.Lines(app.Run("bin/Debug/net10.0/Ordinary.dll"));
        Assert.Matches("^InvalidDataException: '.*Weighed.Plain.weights' .*Rebuild the project[.]$", lines[0]);
        Assert.Matches("^InvalidDataException: '.*Weighed.Halves.weights' has [0-9]+ bytes; .*Rebuild the project[.]$", lines[1]);
        Assert.Matches("^FileNotFoundException: The file '.*Weighed.Small.weights' is missing, .* deploy it", lines[2]);
        Assert.Matches("^InvalidDataException: '.*Weighed.Foreign.weights' has the hash .*Rebuild the project[.]$", lines[3]);
        Assert.Equal("5.5 1", lines[4]);
    }

    [Fact]
    public void Run_ApplicationOfPackedLibrary_HasTheFilesBesideIt()
    {
        s_library.Value.Pack("-o", "packed", "-p:PackageVersion=1.0.0-test").Succeeded();
        TestProject app = Application("Consumer", """<PackageReference Include="Weighed" Version="1.0.0-test" />""", $"""
            <RestoreAdditionalProjectSources>{Path.Combine(s_library.Value.Folder, "packed")}</RestoreAdditionalProjectSources>
            """);

        app.Build().Succeeded();

        Assert.Equal(s_files, Weights(Path.Combine(app.Folder, "bin", "Debug", "net10.0")));
        Assert.Equal(5, TestProject.Lines(app.Run("bin/Debug/net10.0/Consumer.dll")).Count(l => l == "5.5 1"));
    }

    /// <summary>An application of one file has no folder of assemblies: the files lie beside it.</summary>
    [Fact]
    public void Publish_ApplicationOfOneFile_HasTheFilesBesideIt()
    {
        TestProject app = Application("Single", properties: $"""
            <RuntimeIdentifier>{RuntimeIdentifier}</RuntimeIdentifier>
            <PublishSingleFile>true</PublishSingleFile>
            <SelfContained>false</SelfContained>
            """);

        BuildResult publish = app.Publish("-c", "Release").Succeeded();

        Assert.Empty(publish.Warnings);
        Assert.Empty(Directory.GetFiles(app.PublishFolder, "Weighed.dll"));
        Assert.Equal(s_files, Weights(app.PublishFolder));
        Assert.Equal(5, TestProject.Lines(app.RunPublished()).Count(l => l == "5.5 1"));
    }

    [Fact]
    public void Build_OfAnItemThatChanges_MovesTheWeights()
    {
        static string Item(string weights) => $"""    <QuantizedModel Include="dense.onnx" Mode="fp32"{weights} />""";
        TestProject project = new TestProject("Moves", Item(" Weights=\"file\""))
            .Write("dense.onnx", OnnxFile.Dense(new float[2, 2], [0, 0]));
        string folder = Path.Combine(project.Folder, "bin", "Debug", "net10.0");

        project.Build().Succeeded();
        Assert.Equal(["Moves.dense.weights"], Weights(folder));
        Assert.Empty(project.Build().Succeeded().Calls("CompileQuantizedModels"));
        project.Build("-p:AssemblyName=Other").Succeeded();
        Assert.Contains("Other.dense.weights", Weights(folder));
        project.SetItems(Item(string.Empty));
        project.Build().Succeeded();
        Assert.DoesNotContain("Moves.dense.weights", Weights(folder));
        project.SetItems(Item(" Weights=\"files\""));
        BuildResult refused = project.Build().Failed();

        Assert.Contains(
            refused.Errors,
            e => e.Code == "MODELB0037" && e.Text.Contains("'files' in Weights of 'dense.onnx'", StringComparison.Ordinal)
                && e.Text.Contains("Did you mean 'file'?", StringComparison.Ordinal));
    }

    private static TestProject Application(
        string name, string reference = """<ProjectReference Include="../Weighed/Weighed.csproj" />""", string properties = "") =>
        TestProject.Application(name, s_library.Value, properties, reference).Write("Program.cs", """
            using System;
            using System.Linq;

            Print(y => new App.Plain().Predict([3f, 1f], y));
            Print(y => new App.Halves().Predict([3f, 1f], y));
            Print(y => new App.Small().Predict([3f, 1f], y));
            Print(y => new App.Foreign().Predict([3f, 1f], y));
            Print(y => new App.Inside().Predict([3f, 1f], y));

            static void Print(Action<float[]> predict)
            {
                float[] y = new float[2];
                try
                {
                    predict(y);
                    Console.WriteLine(string.Join(' ', y.Select(v => v.ToString(System.Globalization.CultureInfo.InvariantCulture))));
                }
                catch (Exception e)
                {
                    Exception cause = e.GetBaseException();
                    Console.WriteLine($"{cause.GetType().Name}: {cause.Message}");
                }
            }
            """);

    private static string[] Weights(string folder) =>
        [.. Directory.GetFiles(folder, "*.weights").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
}
