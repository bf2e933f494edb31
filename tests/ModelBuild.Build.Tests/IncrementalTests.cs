using ModelBuild.Build.Tests.Support;

namespace ModelBuild.Build.Tests;

/// <summary>What runs in the second build: nothing, or just the models that something changed for.</summary>
public sealed class IncrementalTests(IncrementalTests.ThreeModels project) : IClassFixture<IncrementalTests.ThreeModels>
{
    private static readonly Dictionary<string, Action<TestProject>> s_changes = new(StringComparer.Ordinal)
    {
        ["mode of a"] = p => p.SetItems(ThreeModels.Items.Replace("a.onnx\" Mode=\"fp32\"", "a.onnx\" Mode=\"fp16\"", StringComparison.Ordinal)),
        ["accessibility of a"] = p => p.SetItems(ThreeModels.Items.Replace("a.onnx\"", "a.onnx\" Accessibility=\"internal\"", StringComparison.Ordinal)),
        ["content of a"] = p => p.Write("models/a.onnx", OnnxFile.Dense(new float[4, 2], new float[2])),
        ["a becomes an older file"] = p => File.SetLastWriteTimeUtc(Path.Combine(p.Folder, "models", "a.onnx"), new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc)),
        ["content of a sample of b"] = p => p.Write("samples/1.npy", NumpyFile.Float32([2, 4], [1, 2, 3, 4, 5, 6, 7, 9])),
        ["one more sample of b"] = p => p.Write("samples/2.npy", NumpyFile.Float32([1, 4], [4, 3, 2, 1])),
        ["one sample of b less"] = p => File.Delete(Path.Combine(p.Folder, "samples", "0.npy")),
        ["external data of c"] = p => p.Write("models/c.bin", new byte[4 * 3 * sizeof(float)]),
        ["plan of c was lost"] = p => File.Delete(Path.Combine(p.Outputs, "c", "c.plan")),
        ["weights of c were lost"] = p => File.Delete(Path.Combine(p.Outputs, "c", "c.weights")),
    };

    [Theory]
    [InlineData("mode of a", "a")]
    [InlineData("accessibility of a", "a")]
    [InlineData("content of a", "a")]
    [InlineData("a becomes an older file", "a")]
    [InlineData("content of a sample of b", "b")]
    [InlineData("one more sample of b", "b")]
    [InlineData("one sample of b less", "b")]
    [InlineData("external data of c", "c")]
    [InlineData("plan of c was lost", "c")]
    [InlineData("weights of c were lost", "c")]
    public void Build_AfterChange_CompilesThatModelOnceAndNoOther(string change, string model)
    {
        s_changes[change](project.Project);

        Assert.Equal([model], project.Project.BuildModels().Succeeded().CompiledModels);
        Assert.Empty(project.Project.BuildModels().Succeeded().CompiledModels);
    }

    [Fact]
    public void Build_WithAnotherCompiler_CompilesAllModels()
    {
        string tasks = Path.Combine(project.Project.Folder, "tasks");
        Directory.CreateDirectory(tasks);
        foreach (string file in Directory.GetFiles(Path.Combine(Package.Folder, "packages", "modelbuild", Package.Version, "tasks", "net10.0")))
        {
            File.Copy(file, Path.Combine(tasks, Path.GetFileName(file)), overwrite: true);
        }

        string argument = $"-p:_ModelBuildTasksDirectory={tasks}{Path.DirectorySeparatorChar}";
        Assert.Empty(project.Project.Build("-t:ModelBuild", argument).Succeeded().CompiledModels);
        using (FileStream compiler = File.OpenWrite(Path.Combine(tasks, "ModelBuild.Compiler.dll")))
        {
            compiler.Seek(0, SeekOrigin.End);
            compiler.WriteByte(0);
        }

        Assert.Equal(["a", "b", "c"], project.Project.Build("-t:ModelBuild", argument).Succeeded().CompiledModels);
        Assert.Equal(["a", "b", "c"], project.Project.BuildModels().Succeeded().CompiledModels);
    }

    [Fact]
    public void Build_Repeated_RunsNothingAndRemovesWhatNoItemMakes()
    {
        var app = new TestProject("Twice", """    <QuantizedModel Include="a.onnx" />""", "<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType>");
        app.Write("a.onnx", OnnxFile.Dense(new float[4, 3], new float[3])).Write("Program.cs", "Console.WriteLine(new App.A().Predict(new float[4]).Y.Length);");

        BuildResult first = app.Build().Succeeded();
        BuildResult second = app.Build().Succeeded();

        Assert.Equal(["a"], first.CompiledModels);
        Assert.Single(first.Calls("Csc"));
        Assert.Empty(second.CompiledModels);
        Assert.Empty(second.Calls("Csc"));
        Assert.Contains(second.Messages, message => message.StartsWith("Skipping target \"ModelBuildCompile\" because all output files are up-to-date", StringComparison.Ordinal));
        Assert.Contains(first.EmbeddedFiles, file => file.EndsWith("a.plan", StringComparison.Ordinal));
        Assert.Contains(first.EmbeddedFiles, file => file.EndsWith("a.inputs", StringComparison.Ordinal));

        app.SetItems("""    <QuantizedModel Include="a.onnx" ClassName="B" />""");
        app.Write("Program.cs", "Console.WriteLine(App.B.XLength);").Build().Succeeded();
        Assert.False(File.Exists(Path.Combine(app.Outputs, "a", "a.plan")), "The outputs of a removed item must go.");
        Assert.True(Directory.Exists(app.Outputs));
        app.Clean().Succeeded();
        Assert.False(Directory.Exists(app.Outputs), "Clean must leave nothing.");
    }

    /// <summary>Three models: one as it is, one with samples, one with external data; built once. The changes are made one after the other, in any order.</summary>
    public sealed class ThreeModels
    {
        internal const string Items = """
                <QuantizedModel Include="models/a.onnx" Mode="fp32" />
                <QuantizedModel Include="models/b.onnx" Mode="int8" Calibration="samples/*.npy" />
                <QuantizedModel Include="models/c.onnx" Mode="fp32" />
            """;

        public ThreeModels()
        {
            byte[] dense = OnnxFile.Dense(new[,] { { 1f, -1 }, { 2, 0 }, { 0, 3 }, { -1, 1 } }, [0.5f, -0.5f]);
            Project
                .Write("models/a.onnx", dense)
                .Write("models/b.onnx", dense)
                .Write("models/c.onnx", OnnxFile.DenseWithExternalWeights(4, 3, "c.bin"))
                .Write("models/c.bin", new byte[4 * 3 * sizeof(float)])
                .Write("samples/0.npy", NumpyFile.Float32([1, 4], [8, 7, 6, 5]))
                .Write("samples/1.npy", NumpyFile.Float32([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]));
            Assert.Equal(["a", "b", "c"], Project.BuildModels().Succeeded().CompiledModels);
        }

        internal TestProject Project { get; } = new("Three", Items);
    }
}
