using ModelBuild.Build.Tests.Support;
using ModelBuild.Compiler.Graphs;
using AbstractDiagnostic = Microsoft.Build.Logging.StructuredLogger.AbstractDiagnostic;

namespace ModelBuild.Build.Tests;

/// <summary>What runs in the second build: nothing, or just the models that something changed for.</summary>
public sealed class IncrementalTests(IncrementalTests.FiveModels project) : IClassFixture<IncrementalTests.FiveModels>
{
    private static readonly DateTime s_longAgo = new(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private static readonly Dictionary<string, Action<TestProject>> s_changes = new(StringComparer.Ordinal)
    {
        ["mode of a"] = p => p.SetItems(WithA("Mode=\"fp16\"")),
        ["backend of a"] = p => p.SetItems(WithA("Mode=\"fp32\" Backend=\"onnxruntime\"")),
        ["recovery of b"] = p => p.SetItems(WithA("Mode=\"fp32\"").Replace(
            "Mode=\"int8\"", "Mode=\"int8\" Recover=\"none\"", StringComparison.Ordinal)),
        ["calibration method of b"] = p => p.SetItems(WithA("Mode=\"fp32\"").Replace(
            "Mode=\"int8\"", "Mode=\"int8\" CalibrationMethod=\"mse\"", StringComparison.Ordinal)),
        ["preprocessing of b"] = p => p.SetItems(WithA("Mode=\"fp32\"").Replace(
            "Mode=\"int8\"", "Mode=\"int8\" Preprocessing=\"scale=1\"", StringComparison.Ordinal)),
        ["input type of b"] = p => p.SetItems(WithA("Mode=\"fp32\"").Replace(
            "Mode=\"int8\"", "Mode=\"int8\" InputType=\";\"", StringComparison.Ordinal)),
        ["what of b stays float"] = p => p.SetItems(WithB("KeepFloat=\"*\"")),
        ["how sparse a becomes"] = p => p.SetItems(WithA("Mode=\"fp32\" Sparsity=\"0.25\"")),
        ["whether a is compressed"] = p => p.SetItems(WithA("Mode=\"fp32\" Compress=\"true\"")),
        ["values that a may have"] = p => p.SetItems(WithA("Mode=\"fp32\" Clusters=\"3\"")),
        ["ratio that b has to reach"] = p => p.SetItems(WithB("MinSqnr=\"-100\"")),
        ["bytes that b may take"] = p => p.SetItems(WithB("MaxBytes=\"1000000\"")),
        ["multiplications that b may take"] = p => p.SetItems(WithB("MaxMacs=\"1000000\"")),
        ["accessibility of a"] = p => p.SetItems(WithA("Mode=\"fp32\" Accessibility=\"internal\"")),
        ["dimensions of a"] = p => p.SetItems(WithA("Mode=\"fp32\" Dimensions=\"batch=2\"")),
        ["content of a"] = p => p.Write("models/a.onnx", OnnxFile.Dense(new float[4, 2], new float[2])),
        ["a becomes an older file"] = p => File.SetLastWriteTimeUtc(Path.Combine(p.Folder, "models", "a.onnx"), s_longAgo),
        ["content of a sample of b"] = p => p.Write("samples/1.npy", NumpyFile.Float32([2, 4], [1, 2, 3, 4, 5, 6, 7, 9])),
        ["one more sample of b"] = p => p.Write("samples/2.npy", NumpyFile.Float32([1, 4], [4, 3, 2, 1])),
        ["one sample of b less"] = p => File.Delete(Path.Combine(p.Folder, "samples", "0.npy")),
        ["what a sample of b links to"] = p => p.Write("elsewhere/linked.npy", NumpyFile.Float32([1, 4], [4, 4, 3, 3])),
        ["what d links to"] = p => p.Write("elsewhere/d.onnx", OnnxFile.Dense(new float[4, 2], new float[2])),
        ["folder that b's samples and e lie in"] = p => Relink(p, "turned", "elsewhere/2"),
        ["external data of c"] = p => p.Write("models/c.bin", new byte[4 * 3 * sizeof(float)]),
        ["external data of c becomes an older file"] = p => File.SetLastWriteTimeUtc(Path.Combine(p.Folder, "models", "c.bin"), s_longAgo),
        ["plan of c was lost"] = p => File.Delete(Path.Combine(p.Outputs, "c", "c.plan")),
        ["weights of c were lost"] = p => File.Delete(Path.Combine(p.Outputs, "c", "c.weights")),
        ["ONNX file of c was lost"] = p => File.Delete(Path.Combine(p.Outputs, "c", "c.fp32.onnx")),
    };

    [Theory]
    [InlineData("mode of a", "a")]
    [InlineData("backend of a", "a")]
    [InlineData("recovery of b", "b")]
    [InlineData("calibration method of b", "b")]
    [InlineData("preprocessing of b", "b")]
    [InlineData("input type of b", "b")]
    [InlineData("what of b stays float", "b")]
    [InlineData("how sparse a becomes", "a")]
    [InlineData("whether a is compressed", "a")]
    [InlineData("values that a may have", "a")]
    [InlineData("ratio that b has to reach", "b")]
    [InlineData("bytes that b may take", "b")]
    [InlineData("multiplications that b may take", "b")]
    [InlineData("accessibility of a", "a")]
    [InlineData("dimensions of a", "a")]
    [InlineData("content of a", "a")]
    [InlineData("a becomes an older file", "a")]
    [InlineData("content of a sample of b", "b")]
    [InlineData("one more sample of b", "b")]
    [InlineData("one sample of b less", "b")]
    [InlineData("what a sample of b links to", "b")]
    [InlineData("what d links to", "d")]
    [InlineData("folder that b's samples and e lie in", "b", "e")]
    [InlineData("external data of c", "c")]
    [InlineData("external data of c becomes an older file", "c")]
    [InlineData("plan of c was lost", "c")]
    [InlineData("weights of c were lost", "c")]
    [InlineData("ONNX file of c was lost", "c")]
    public void Build_AfterChange_CompilesThoseModelsOnceAndNoOthers(string change, params string[] models)
    {
        // What another test has changed in the item must not be what this one notices.
        project.Project.SetItems(WithA("Mode=\"fp32\""));
        project.Project.BuildModels().Succeeded();
        s_changes[change](project.Project);

        Assert.Equal(models, project.Project.BuildModels().Succeeded().CompiledModels);
        Assert.Empty(project.Project.BuildModels().Succeeded().CompiledModels);

        // Nor does another mode leave what is no longer used.
        Assert.All(Directory.GetDirectories(project.Project.Outputs), folder => Assert.Single(Directory.GetFiles(folder, "*.onnx")));
    }

    /// <summary>What a report says of a model's accuracy is that of the labels as they are.</summary>
    [Fact]
    public void Build_AfterAChangeOfLabels_CompilesAgain()
    {
        var labelled = new TestProject(
            "Labelled", """    <QuantizedModel Include="a.onnx" Mode="int8" Calibration="a.npy" Labels="labels.npy" MinAccuracy="0%" />""");
        labelled
            .Write("a.onnx", OnnxFile.Dense(new[,] { { 1f, -1 }, { 2, 0 }, { 0, 3 }, { -1, 1 } }, [0.5f, -0.5f]))
            .Write("a.npy", NumpyFile.Float32([6, 4], [.. Enumerable.Range(0, 24).Select(i => i % 7f)]))
            .Write("labels.npy", NumpyFile.Npy(Tensor.Of([0L, 1, 0, 1, 0, 1], 6)));
        Assert.Equal(["a"], labelled.BuildModels().Succeeded().CompiledModels);
        Assert.Empty(labelled.BuildModels().Succeeded().CompiledModels);

        labelled.Write("labels.npy", NumpyFile.Npy(Tensor.Of([1L, 0, 1, 0, 1, 0], 6)));

        Assert.Equal(["a"], labelled.BuildModels().Succeeded().CompiledModels);
        Assert.Empty(labelled.BuildModels().Succeeded().CompiledModels);
    }

    /// <summary>MSBuild tells a task only of the models that are out of date; the class is taken by one that is not.</summary>
    [Fact]
    public void Build_WithOneMoreItemOfTheSameClass_IsRefused()
    {
        project.Project.SetItems(
            WithA("Mode=\"fp32\"") + """    <QuantizedModel Include="models/a.onnx" Namespace="App" ClassName="A" Mode="fp32" />""");
        BuildResult build = project.Project.BuildModels().Failed();
        project.Project.SetItems(WithA("Mode=\"fp32\""));
        project.Project.BuildModels().Succeeded();

        Assert.Equal(["App.A"], build.CompiledModels);
        Assert.Equal("MODELB0004", Assert.Single(build.Errors).Code);
    }

    /// <summary>Names with what means something to MSBuild; both files decide whether the model is up to date.</summary>
    [Fact]
    public void Build_WithExternalDataInTwoFilesOfAnyName_CompilesOnlyAfterAChange()
    {
        var external = new TestProject("External", """    <QuantizedModel Include="a`b%25.onnx" Mode="fp32" />""");
        external
            .Write("a`b%.onnx", new OnnxGraph()
                .Input("x", "batch", 4)
                .Output("y", "batch", 4)
                .External("w", DataType.Float32, [4, 4], ("location", "it's;1 `(50%25) @(w).bin"))
                .External("b", DataType.Float32, [4], ("location", "b.bin"))
                .Node("MatMul", "product", ["x", "w"], ["z"])
                .Node("Add", "sum", ["z", "b"], ["y"]).ToModel())
            .Write("it's;1 `(50%25) @(w).bin", new byte[4 * 4 * sizeof(float)])
            .Write("b.bin", new byte[4 * sizeof(float)]);
        Assert.Equal(["a_b_"], external.BuildModels().Succeeded().CompiledModels);
        Assert.Empty(external.BuildModels().Succeeded().CompiledModels);

        File.SetLastWriteTimeUtc(Path.Combine(external.Folder, "it's;1 `(50%25) @(w).bin"), s_longAgo);
        Assert.Equal(["a_b_"], external.BuildModels().Succeeded().CompiledModels);
        Assert.Empty(external.BuildModels().Succeeded().CompiledModels);
    }

    [Fact]
    public void Build_WithAnotherCompilerOrNamespace_CompilesAllModels()
    {
        string tasks = Path.Combine(project.Project.Folder, "tasks");
        Directory.CreateDirectory(tasks);
        string packed = Path.Combine(Package.Folder, "packages", "modelbuild", Package.Version, "tasks", "net10.0");
        foreach (string file in Directory.GetFiles(packed))
        {
            File.Copy(file, Path.Combine(tasks, Path.GetFileName(file)), overwrite: true);
        }

        string[] all = ["a", "b", "c", "d", "e"];
        string argument = $"-p:_ModelBuildTasksDirectory={tasks}{Path.DirectorySeparatorChar}";
        Assert.Empty(project.Project.Build("-t:ModelBuild", argument).Succeeded().CompiledModels);
        foreach (string assembly in (string[])["ModelBuild.Compiler.dll", "ModelBuild.Runtime.dll", "ModelBuild.Tasks.dll"])
        {
            using (FileStream changed = File.OpenWrite(Path.Combine(tasks, assembly)))
            {
                changed.Seek(0, SeekOrigin.End);
                changed.WriteByte(0);
            }

            Assert.Equal(all, project.Project.Build("-t:ModelBuild", argument).Succeeded().CompiledModels);
        }

        Assert.Equal(all, project.Project.BuildModels().Succeeded().CompiledModels);

        // So does another namespace for the classes that have none of their own.
        Assert.Equal(all, project.Project.Build("-t:ModelBuild", "-p:RootNamespace=Other").Succeeded().CompiledModels);
        Assert.Equal(all, project.Project.BuildModels().Succeeded().CompiledModels);
    }

    [Fact]
    public void Build_Repeated_RunsNothingAndRemovesWhatNoItemMakes()
    {
        var app = new TestProject(
            "Twice", """    <QuantizedModel Include="a.onnx" Dump="true" />""",
            "<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType>");
        app.Write("a.onnx", OnnxFile.Dense(new float[4, 3], new float[3]))
            .Write("Program.cs", "Console.WriteLine(new App.A().Predict(new float[4]).Y.Length);");

        BuildResult first = app.Build().Succeeded();
        BuildResult second = app.Build().Succeeded();

        Assert.Equal(["a"], first.CompiledModels);
        Assert.Single(first.Calls("Csc"));
        Assert.Empty(second.CompiledModels);
        Assert.Empty(second.Calls("Csc"));
        Assert.Contains(
            second.Messages, message =>
                message.StartsWith(
                    "Skipping target \"ModelBuildCompile\" because all output files are up-to-date", StringComparison.Ordinal));
        Assert.All(
            [first, second],
            build => Assert.Contains(build.AddedItems("FileWrites"), file => file.EndsWith("a.plan", StringComparison.Ordinal)));
        Assert.Contains(first.EmbeddedFiles, file => file.EndsWith("a.plan", StringComparison.Ordinal));
        Assert.Contains(first.EmbeddedFiles, file => file.EndsWith("a.inputs", StringComparison.Ordinal));

        // Who says so gets what was built, whatever has changed.
        File.SetLastWriteTimeUtc(Path.Combine(app.Folder, "a.onnx"), s_longAgo);
        Assert.Empty(app.Publish("--no-build", "-c", "Debug").Succeeded().CompiledModels);

        app.SetItems("""    <QuantizedModel Include="a.onnx" ClassName="B" />""");
        app.Write("Program.cs", "Console.WriteLine(App.B.XLength);").Build().Succeeded();
        Assert.Equal([Path.Combine(app.Outputs, "B")], Directory.GetDirectories(app.Outputs));

        app.SetItems(string.Empty);
        app.Write("Program.cs", "Console.WriteLine();").Build().Succeeded();
        Assert.False(Directory.Exists(app.Outputs), "What was made of removed models must go.");
    }

    /// <summary>A page and the same as JSON, made again where one was lost, and gone where nobody asks for them.</summary>
    [Fact]
    public void Build_WithReport_WritesPageAndJsonAndWithoutItDoesNot()
    {
        var project = new TestProject("Reported", """
                <QuantizedModel Include="a.onnx" />
                <QuantizedModel Include="a.onnx" ClassName="B" Report="true" />
            """);
        project.Write("a.onnx", OnnxFile.Dense(new float[4, 3], new float[3]));
        string page = Path.Combine(project.Outputs, "B", "B.html");
        string json = Path.Combine(project.Outputs, "B", "B.json");

        BuildResult first = project.BuildModels().Succeeded();
        Assert.Contains(first.Messages, message => message.Contains($"report in {page}", StringComparison.Ordinal));
        Assert.Equal(["B.html"], Files("*.html"));
        Assert.Equal(["B.json"], Files("*.json"));
        Assert.Equal("html", System.Xml.Linq.XDocument.Load(page).Root!.Name.LocalName);
        Assert.Equal("fp16", System.Text.Json.JsonDocument.Parse(File.ReadAllText(json)).RootElement.GetProperty("mode").GetString());
        Assert.Empty(project.BuildModels().Succeeded().CompiledModels);

        byte[] before = File.ReadAllBytes(page);
        foreach (string lost in (string[])[page, json])
        {
            File.Delete(lost);
            Assert.Equal(["B"], project.BuildModels().Succeeded().CompiledModels);
        }

        Assert.Equal(before, File.ReadAllBytes(page));
        Assert.Equal(["a"], project.Build("-t:ModelBuild", "-p:ModelBuildReport=true").Succeeded().CompiledModels);
        Assert.Equal(["B.html", "a.html"], Files("*.html"));

        project.SetItems("""    <QuantizedModel Include="a.onnx" /><QuantizedModel Include="a.onnx" ClassName="B" />""");
        Assert.Equal(["a", "B"], project.BuildModels().Succeeded().CompiledModels);
        Assert.Empty(Files("*.html"));
        Assert.Empty(Files("*.json"));

        string[] Files(string pattern) => [.. Directory.GetFiles(project.Outputs, pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void Build_WithDump_WritesTheGraphAfterEachPassAndWithoutItDoesNot()
    {
        var project = new TestProject("Dumped", """
                <QuantizedModel Include="a.onnx" />
                <QuantizedModel Include="a.onnx" ClassName="B" Dump="true" />
            """);
        project.Write("a.onnx", OnnxFile.Dense(new float[4, 3], new float[3]));

        project.BuildModels().Succeeded();
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(project.Outputs, "B", "dump")));
        Assert.False(Directory.Exists(Path.Combine(project.Outputs, "a", "dump")));

        Assert.Equal(["a"], project.Build("-t:ModelBuild", "-p:ModelBuildDump=true").Succeeded().CompiledModels);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(project.Outputs, "a", "dump")));

        // What is no longer asked for goes: nobody is to look at the graphs of an earlier model.
        project.SetItems("""    <QuantizedModel Include="a.onnx" /><QuantizedModel Include="a.onnx" ClassName="B" />""");
        Assert.Equal(["a", "B"], project.BuildModels().Succeeded().CompiledModels);
        Assert.Empty(Directory.GetDirectories(project.Outputs, "dump", SearchOption.AllDirectories));

        project.Clean().Succeeded();
        Assert.False(Directory.Exists(project.Outputs), "Clean must leave nothing.");
    }

    [Fact]
    public void Build_WithPassLimit_StopsAfterSoManyPasses()
    {
        var project = new TestProject("Limited", """    <QuantizedModel Include="a.onnx" Dump="true" PassLimit="$(Passes)" />""");
        project.Write("a.onnx", new OnnxGraph()
            .Input("x", "batch", 4)
            .Output("y", "batch", 3)
            .Constant("w", [4, 3], new float[12])
            .Node("Transpose", ["x"], ["turned"], ("perm", new long[] { 1, 0 }))
            .Node("Transpose", ["turned"], ["back"], ("perm", new long[] { 1, 0 }))
            .Node("MatMul", ["back", "w"], ["y"]).ToModel());

        string[] optional = ["MergeTransposes", "MatMulToGemm"];
        Assert.Equal(optional, Passes().Intersect(optional));
        Assert.Empty(Passes("-p:ModelBuildPassLimit=0").Intersect(optional));
        Assert.Equal(optional[..1], Passes("-p:Passes=1").Intersect(optional));

        IEnumerable<string> Passes(params string[] arguments)
        {
            Assert.Equal(["a"], project.Build(["-t:ModelBuild", .. arguments]).Succeeded().CompiledModels);
            return Directory.GetFiles(Path.Combine(project.Outputs, "a", "dump")).Order(StringComparer.Ordinal)
                .Select(file => Path.GetFileNameWithoutExtension(file).Split('-')[1]);
        }
    }

    /// <summary>
    /// What is said about a model is said in every build until it is no longer true, and costs no process where there is nothing to say.
    /// </summary>
    [Fact]
    public void Build_OfModelsThatNeedNoCompiling_RepeatsTheirWarnings()
    {
        const string items = """
                <QuantizedModel Include="large.onnx" />
                <QuantizedModel Include="good.onnx" />
            """;
        var warned = new TestProject(
            "Warned", items, "<TargetFramework>net10.0</TargetFramework><TreatWarningsAsErrors>false</TreatWarningsAsErrors>");
        warned.Write("large.onnx", OnnxFile.Dense(new[,] { { 1e6f, 1 }, { 1, 1 } }, new float[2]))
            .Write("good.onnx", OnnxFile.Dense(new float[4, 3], new float[3]));
        AbstractDiagnostic first = Assert.Single(warned.BuildModels().Succeeded().Warnings);

        BuildResult second = warned.BuildModels().Succeeded();

        AbstractDiagnostic repeated = Assert.Single(second.Warnings);
        Assert.Empty(second.CompiledModels);
        Assert.Equal("MODELB2005", repeated.Code);
        Assert.Contains(
            second.Messages, message =>
                message.Contains("external task host", StringComparison.Ordinal)
                    && message.Contains("ReportModelWarnings", StringComparison.Ordinal));
        Assert.Equal(
            (first.Text, first.File, first.LineNumber, first.ColumnNumber),
            (repeated.Text, repeated.File, repeated.LineNumber, repeated.ColumnNumber));
        Assert.Single(warned.Build("-t:ModelBuild", "-warnaserror:MODELB2005").Failed().Errors);

        // Metadata that is not among a model's inputs; the other model has nothing to say at last.
        warned.SetItems("""    <QuantizedModel Include="good.onnx" Modus="int8" />""");
        BuildResult misspelt = warned.BuildModels().Succeeded();
        Assert.Empty(misspelt.CompiledModels);
        Assert.Equal("MODELB0011", Assert.Single(misspelt.Warnings).Code);
        Assert.Equal("MODELB0011", Assert.Single(warned.BuildModels().Succeeded().Warnings).Code);

        // The namespace is the project's.
        warned.SetItems("""    <QuantizedModel Include="good.onnx" ClassName="App" />""");
        Assert.Equal("MODELB0013", Assert.Single(warned.BuildModels().Succeeded().Warnings).Code);
        Assert.Equal("MODELB0013", Assert.Single(warned.BuildModels().Succeeded().Warnings).Code);

        warned.SetItems("""    <QuantizedModel Include="good.onnx" />""");
        Assert.Empty(warned.BuildModels().Succeeded().Warnings);
        Assert.Empty(warned.BuildModels().Succeeded().Calls("ReportModelWarnings"));
    }

    private static void Relink(TestProject project, string link, string target)
    {
        string path = Path.Combine(project.Folder, link);
        File.Delete(path);
        Directory.CreateSymbolicLink(path, target);
    }

    private static string WithA(string metadata) =>
        FiveModels.Items.Replace("a.onnx\" Mode=\"fp32\"", "a.onnx\" " + metadata, StringComparison.Ordinal);

    private static string WithB(string metadata) =>
        WithA("Mode=\"fp32\"").Replace("Mode=\"int8\"", "Mode=\"int8\" " + metadata, StringComparison.Ordinal);

    /// <summary>
    /// Five models: one as it is, one with samples, one with external data, one that is a symbolic link, one in a folder that is one; built
    /// once. The changes are made one after the other, in any order.
    /// </summary>
    public sealed class FiveModels
    {
        internal const string Items = """
                <QuantizedModel Include="models/a.onnx" Mode="fp32" />
                <QuantizedModel Include="models/b.onnx" Mode="int8" Calibration="samples/*.npy;turned/*.npy" />
                <QuantizedModel Include="models/c.onnx" Mode="fp32" />
                <QuantizedModel Include="models/d.onnx" Mode="fp32" />
                <QuantizedModel Include="turned/e.onnx" Mode="fp32" />
            """;

        public FiveModels()
        {
            byte[] dense = OnnxFile.Dense(new[,] { { 1f, -1 }, { 2, 0 }, { 0, 3 }, { -1, 1 } }, [0.5f, -0.5f]);
            Project
                .Write("models/a.onnx", dense)
                .Write("models/b.onnx", dense)
                .Write("models/c.onnx", OnnxFile.DenseWithExternalWeights(4, 3, "c.bin"))
                .Write("models/c.bin", new byte[4 * 3 * sizeof(float)])
                .Write("elsewhere/d.onnx", dense)
                .Write("elsewhere/linked.npy", NumpyFile.Float32([1, 4], [1, 1, 2, 2]))
                .Write("samples/0.npy", NumpyFile.Float32([1, 4], [8, 7, 6, 5]))
                .Write("samples/1.npy", NumpyFile.Float32([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]));
            Link("models/d.onnx", "../elsewhere/d.onnx");
            Link("samples/linked.npy", "../elsewhere/linked.npy");

            // As archives and some version controls leave them: other files, the same times.
            foreach (string folder in (string[])["elsewhere/1", "elsewhere/2"])
            {
                Project.Write($"{folder}/e.onnx", dense).Write($"{folder}/3.npy", NumpyFile.Float32([1, 4], [0, 1, 2, 3]));
                Array.ForEach(
                    Directory.GetFiles(Path.Combine(Project.Folder, folder)), file => File.SetLastWriteTimeUtc(file, s_longAgo));
            }

            Relink(Project, "turned", "elsewhere/1");
            Assert.Equal(["a", "b", "c", "d", "e"], Project.BuildModels().Succeeded().CompiledModels);
        }

        internal TestProject Project { get; } = new("Five", Items);

        private void Link(string file, string target) => File.CreateSymbolicLink(Path.Combine(Project.Folder, file), target);
    }
}
