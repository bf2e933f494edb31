using Microsoft.Build.Logging.StructuredLogger;
using ModelBuild.Build.Tests.Support;

namespace ModelBuild.Build.Tests;

/// <summary>
/// What a user sees when something is wrong: one real build of a project in which every item is wrong in its own way. That all are reported
/// at once is part of what is tested.
/// </summary>
public sealed class ErrorTests(ErrorTests.WrongProject project) : IClassFixture<ErrorTests.WrongProject>
{
    private static readonly Lazy<TestProject> s_referencing = new(() => new TestProject("Referencing", """
            <PackageReference Update="ModelBuild" PrivateAssets="$(Assets)" />
            <PackageReference Include="ModelBuild.Runtime" Version="$(Runtime)" Condition="'$(Runtime)' != ''" />
            <QuantizedModel Include="a.onnx" />
        """));

    [Theory]
    [InlineData("MODELB0001", "models/lenett.onnx", "Include", "does not exist", "Did you mean 'models/lenet.onnx'?")]
    [InlineData("MODELB0001", "models/dangling.onnx", "Include", "symbolic link", "Fetch that file")]
    [InlineData("MODELB0001", "models/circle.onnx", "Include", "leads back to itself", "Correct the link")]
    [InlineData("MODELB0003", "models/dense.onnx\" Mode=\"int-8", "Mode", "'int-8'", "Did you mean 'int8'?")]
    [InlineData("MODELB0003", "models/dense.onnx\" Mode=\"float16", "Mode", "'float16'", "Did you mean 'fp16'?")]
    [InlineData("MODELB0004", "models/twin.onnx\" Mode=\"fp32", "Include", "'App.Twin'", "ClassName")]
    [InlineData("MODELB0004", "models/twin.onnx\" Mode=\"fp16", "Include", "'App.Twin'", "ClassName")]
    [InlineData("MODELB0005", "ClassName=\"1st", "ClassName", "'1st'", "letters")]
    [InlineData("MODELB0005", "Namespace=\"a..b", "Namespace", "'a..b'", "identifiers")]
    [InlineData("MODELB0005", "Accessibility=\"privat", "Accessibility", "'privat'", "public")]
    [InlineData("MODELB0006", "Dimensions=\"batch:1", "Dimensions", "'batch:1'", "sequence=128")]
    [InlineData("MODELB0006", "Dimensions=\"length=1", "Dimensions", "'length'", "batch")]
    [InlineData("MODELB0007", "models/unbound.onnx", "Include", "'unbound.onnx'", "Dimensions")]
    [InlineData("MODELB0008", "Calibration=\"samples/good.npy;nowhere/*.npy", "Calibration", "'nowhere/*.npy'", "no file")]
    [InlineData("MODELB0008", "Calibration=\"sample/*.npy", "Calibration", "'sample/*.npy'", "Did you mean 'samples/*.npy'?")]
    [InlineData("MODELB0008", "Calibration=\"samples/god.npz", "Calibration", "'samples/god.npz'", "Did you mean 'samples/good.npy'?")]
    [InlineData("MODELB0008", "Calibration=\"a.npy,b.npy", "Calibration", "'a.npy,b.npy'", "separated by ';'")]
    [InlineData("MODELB0011", "Modus=\"int8", "Modus", "'Modus'", "Did you mean 'Mode'?")] // these and 2004, 2005 are warnings
    [InlineData("MODELB0012", "ClassName=\"Precise", "Calibration", "Mode=\"fp32\"", "remove Calibration")]
    [InlineData("MODELB0013", "ClassName=\"Clash", "ClassName", "'Clash.Clash'", "ClassName=\"ClashModel\"")]
    [InlineData("MODELB0016", "PassLimit=\"many", "PassLimit", "'many'", "0 or more")]
    [InlineData("MODELB0017", "Dump=\"maybe", "Dump", "'maybe'", "true")]
    [InlineData("MODELB0019", "Backend=\"onnx-runtime", "Backend", "'onnx-runtime'", "Did you mean 'onnxruntime'?")]
    [InlineData("MODELB0022", "Recover=\"bias_correction", "Recover", "'bias_correction'", "Did you mean 'bias-correction'?")]
    [InlineData("MODELB0025", "MinSqnr=\"loud", "MinSqnr", "'loud'", "such as 30")]
    [InlineData("MODELB0023", "CalibrationMethod=\"percentil", "CalibrationMethod", "'percentil'", "Did you mean 'percentile'?")]
    [InlineData("MODELB0024", "Preprocessing=\"resize=big", "Preprocessing", "'resize=big'", "resize=256")]
    [InlineData("MODELB0028", "InputType=\"unit8", "InputType", "'unit8'", "Did you mean 'uint8'?")]
    [InlineData("MODELB0030", "Sparsity=\"1.5", "Sparsity", "'1.5'", "from 0 to below 1")]
    [InlineData("MODELB0031", "SparsityPattern=\"4x2", "SparsityPattern", "'4x2'", "2x4")]
    [InlineData("MODELB0032", "Compress=\"ture", "Compress", "'ture'", "Did you mean 'true'?")]
    [InlineData("MODELB2020", "SparsityExclude=\"nobody", "SparsityExclude", "'nobody'", "names as the model has them")]
    [InlineData("MODELB0034", "LowRank=\"much", "LowRank", "'much'", "such as 30dB")]
    [InlineData("MODELB0035", "Clusters=\"300", "Clusters", "'300'", "Write 2 to 256")]
    [InlineData("MODELB0036", "Clusters=\"4", "Clusters", "mode int8-dynamic", "Take mode fp32 or fp16")]
    [InlineData("MODELB2029", "LowRank=\"0.5", "LowRank", "41.7 % of the multiply-accumulates went", "Ask for less")]
    [InlineData("MODELB2019", "InputType=\"uint8", "InputType", "Float32", "Leave InputType out")]
    [InlineData("MODELB2025", "OutputType=\"uint8", "OutputType", "fp16", "Set Mode=\"int8\" and Calibration")]
    [InlineData("MODELB1001", "models/text.onnx", "Include", "'text.onnx'", "ONNX")]
    [InlineData("MODELB1002", "models/truncated.onnx", "Include", "'truncated.onnx'", "")]
    [InlineData("MODELB1003", "models/unsupported.onnx", "Include", "'unsupported.onnx'", "first")]
    [InlineData("MODELB1006", "models/external.onnx", "Include", "'external.onnx'", "missing.bin")]
    [InlineData("MODELB2001", "ClassName=\"Uncalibrated", "Mode", "int8", "Calibration")]
    [InlineData("MODELB2002", "Calibration=\"samples/shape.npy", "Calibration", "shape.npy", "")]
    [InlineData("MODELB2003", "Calibration=\"samples/type.npy", "Calibration", "type.npy", "")]
    [InlineData("MODELB2003", "Calibration=\"samples/dangling.npy", "Calibration", "dangling.npy", "Fetch that file")]
    [InlineData("MODELB2004", "models/attention.onnx", "Include", "'attention.onnx'", "scores")]
    [InlineData("MODELB2005", "models/large.onnx", "Include", "'large.onnx'", "fp32")]
    [InlineData("MODELB2013", "MaxBytes=\"10", "Include", "MaxBytes is 10", "a Mode with fewer bits")]
    [InlineData("MODELB2014", "KeepFloat=\"nobody", "KeepFloat", "'nobody'", "names as the model has them")]
    [InlineData("MODELB2015", "Labels=\"samples/type.npy", "Labels", "type.npy", "")]
    [InlineData("MODELB2016", "MinAgreement=\"0.5", "Include", "MinAgreement", "Calibration")]
    public void Build_WithWrongItem_ReportsCodeLineAndRemedy(string code, string item, string attribute, string what, string remedy)
    {
        int line = Array.FindIndex(project.Lines, text => text.Contains(item, StringComparison.Ordinal)) + 1;
        int column = project.Lines[line - 1].IndexOf($" {attribute}=", StringComparison.Ordinal) + 2;

        AbstractDiagnostic[] errors = [.. project.Errors.Where(error => error.LineNumber == line)];

        Assert.NotEmpty(errors);
        Assert.All(errors, error => Assert.Equal((code, project.File, column), (error.Code, error.File, error.ColumnNumber)));
        Assert.Contains(what, errors[0].Text, StringComparison.Ordinal);
        Assert.Contains(remedy, errors[0].Text, StringComparison.Ordinal);
    }

    /// <summary>In the file that says so.</summary>
    [Fact]
    public void Build_WithWrongItemInAnImportedFile_ReportsItThere()
    {
        AbstractDiagnostic error = Assert.Single(project.Errors, error => error.Text.Contains("'imported.onnx'", StringComparison.Ordinal));

        Assert.Equal(
            ("MODELB0001", "Directory.Build.props", 3, 21),
            (error.Code, Path.GetFileName(error.File), error.LineNumber, error.ColumnNumber));
    }

    [Fact]
    public void Build_WithUnsupportedOperators_ListsAllOfThemAtOnce()
    {
        string text = string.Concat(project.Errors.Where(error => error.Code == "MODELB1003").Select(error => error.Text));

        Assert.All(["first", "Bernoulli", "second", "RandomUniformLike"], word => Assert.Contains(word, text, StringComparison.Ordinal));
    }

    [Fact]
    public void Build_WithWrongItems_ReportsNothingElseAndLeavesNothingOfThem()
    {
        Assert.All(project.Errors, error => Assert.StartsWith("MODELB", error.Code, StringComparison.Ordinal));
        Assert.DoesNotContain(project.Errors, error => error.Code == "MODELB9001");
        Assert.Equal(
            ["Clash.Clash", "G", "L2", "L4", "Precise", "attention", "large"],
            Directory.GetDirectories(project.Outputs).Where(HasOutputs).Select(folder => Path.GetFileName(folder))
                .Order(StringComparer.Ordinal));

        static bool HasOutputs(string folder) => Directory.GetFiles(folder).Any(file => Path.GetExtension(file) != ".inputs");
    }

    [Theory]
    [InlineData("MODELB0002", "-p:_ModelBuildHasTaskHost=false", "Visual Studio 2026")]
    [InlineData("MODELB0009", "-p:CompilerApiVersion=roslyn4.8", "4.14")]
    public void Build_WithOldToolset_SaysWhatToUse(string code, string property, string remedy)
    {
        var old = new TestProject("Old", """    <QuantizedModel Include="a.onnx" />""");
        old.Write("a.onnx", OnnxFile.Dense(new float[4, 3], new float[3]));

        AbstractDiagnostic error = Assert.Single(old.Build("-t:ModelBuild", property).Failed().Errors);

        Assert.Equal(code, error.Code);
        Assert.Contains(remedy, error.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vbproj", "VB")]
    [InlineData("fsproj", "F#")]
    public void Build_InAnotherLanguage_SaysWhereModelsGo(string extension, string language)
    {
        var other = new TestProject("Other", """    <QuantizedModel Include="a.onnx" />""", extension: extension);
        other.Write("a.onnx", OnnxFile.Dense(new float[4, 3], new float[3]));

        AbstractDiagnostic error = Assert.Single(other.Build("-t:ModelBuild").Failed().Errors);

        Assert.Equal("MODELB0010", error.Code);
        Assert.Contains($"in {language}:", error.Text, StringComparison.Ordinal);
        Assert.Contains("C# class library", error.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "Library", false)]
    [InlineData("all", "Library", true)]
    [InlineData("build;Runtime", "Library", true)]
    [InlineData("contentfiles;analyzers;build", "Library", false)]
    [InlineData("all", "Exe", false)]
    public void Build_OfLibraryWithPrivateAssets_WarnsOfApplicationsWithoutRuntime(string assets, string output, bool warns)
    {
        BuildResult build = s_referencing.Value
            .Build("-t:_ModelBuildCheckToolset", $"-p:Assets=\"{assets}\"", $"-p:OutputType={output}", "-p:TreatWarningsAsErrors=false")
            .Succeeded();

        Assert.Equal(warns ? ["MODELB0014"] : [], build.Warnings.Select(warning => warning.Code));
    }

    /// <summary>The remedy that the warning names.</summary>
    [Fact]
    public void Build_OfLibraryWithTheRuntimeBesidePrivateAssets_IsSilent() => Assert.Empty(s_referencing.Value
        .Build("-t:_ModelBuildCheckToolset", "-p:Assets=all", $"-p:Runtime={Support.Package.Version}", "-p:OutputType=Library")
        .Succeeded().Warnings);

    /// <summary>The project, built once.</summary>
    public sealed class WrongProject
    {
        public WrongProject()
        {
            byte[] dense = OnnxFile.Dense(new float[4, 3], new float[3]);
            var project = new TestProject("Wrong", """
                    <QuantizedModel Include="models/lenett.onnx" />
                    <QuantizedModel Include="models/dense.onnx" Mode="int-8" />
                    <QuantizedModel Include="models/dense.onnx" Mode="float16" ClassName="Half" />
                    <QuantizedModel Include="models/twin.onnx" Mode="fp32" />
                    <QuantizedModel Include="models/twin.onnx" Mode="fp16" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="1st" />
                    <QuantizedModel Include="models/dense.onnx" Namespace="a..b" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="A" Accessibility="privat" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="B" Dimensions="batch:1" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="C" Dimensions="length=1" />
                    <QuantizedModel Include="models/unbound.onnx" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="D" Mode="int8" Calibration="samples/good.npy;nowhere/*.npy" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="D2" Mode="int8" Calibration="a.npy,b.npy" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="D3" Mode="int8" Calibration="sample/*.npy" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="D4" Mode="int8" Calibration="samples/god.npz" />
                    <QuantizedModel Include="models/text.onnx" />
                    <QuantizedModel Include="models/truncated.onnx" />
                    <QuantizedModel Include="models/unsupported.onnx" />
                    <QuantizedModel Include="models/external.onnx" />
                    <QuantizedModel Include="models/dense.onnx" Mode="int8" ClassName="Uncalibrated" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="E" Mode="int8" Calibration="samples/shape.npy" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="F" Mode="int8" Calibration="samples/type.npy" />
                    <QuantizedModel Include="models/dangling.onnx" />
                    <QuantizedModel Include="models/circle.onnx" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="K" Mode="int8" Calibration="samples/dangling.npy" />
                    <QuantizedModel Include="models/large.onnx" />
                    <QuantizedModel Include="models/attention.onnx" Mode="int8" Calibration="samples/pairs.npy" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="G" Modus="int8" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="H" PassLimit="many" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="I" Dump="maybe" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="J" Backend="onnx-runtime" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="R" Recover="bias_correction" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="B1" MinSqnr="loud" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="B2" MaxBytes="10" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="B3" Mode="int8" Calibration="samples/good.npy" KeepFloat="nobody" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="B4" Calibration="samples/good.npy" MinAccuracy="1" Labels="samples/type.npy" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="B5" MinAgreement="0.5" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="S" CalibrationMethod="percentil" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="T" Preprocessing="resize=big" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="U" InputType="unit8" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="V" InputType="uint8" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="P1" Sparsity="1.5" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="P2" Sparsity="0.5" SparsityPattern="4x2" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="P4" Compress="ture" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="P3" Sparsity="0.5" SparsityExclude="nobody" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="L1" LowRank="much" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="L2" Mode="fp32" LowRank="0.5" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="L3" Clusters="300" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="L4" Mode="int8-dynamic" Clusters="4" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="W" OutputType="uint8" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="Precise" Mode="fp32" Calibration="samples/good.npy" />
                    <QuantizedModel Include="models/dense.onnx" ClassName="Clash" Namespace="Clash" />
                """, "<TargetFramework>net10.0</TargetFramework><MSBuildTreatWarningsAsErrors>true</MSBuildTreatWarningsAsErrors>");
            project
                .Write("Directory.Build.props", """
                    <Project>
                      <ItemGroup>
                        <QuantizedModel Include="imported.onnx" />
                      </ItemGroup>
                    </Project>
                    """)
                .Write("models/lenet.onnx", dense)
                .Write("models/dense.onnx", dense)
                .Write("models/twin.onnx", dense)
                .Write("models/large.onnx", OnnxFile.Dense(new[,] { { 1e6f, 1 }, { 1, 1 } }, new float[2]))
                .Write("models/text.onnx", "version https://git-lfs.github.com/spec/v1\n")
                .Write("models/truncated.onnx", dense[..^40])
                .Write("models/attention.onnx", Attention())
                .Write("models/external.onnx", OnnxFile.DenseWithExternalWeights(4, 3, "missing.bin"))
                .Write("models/unbound.onnx", new OnnxGraph()
                    .Input("x", "batch", 2, "length", "size")
                    .Output("y", "batch", 2, "length", "size").Node("Attention", ["x", "x", "x"], ["y"]).ToModel(23))
                .Write("models/unsupported.onnx", new OnnxGraph()
                    .Input("x", "batch", 4)
                    .Output("y", "batch", 4)
                    .Node("Bernoulli", "first", ["x"], ["z"])
                    .Node("RandomUniformLike", "second", ["z"], ["y"]).ToModel())
                .Write("samples/good.npy", NumpyFile.Float32([2, 4], [1, 2, 3, 4, 4, 3, 2, 1]))
                .Write("samples/pairs.npy", NumpyFile.Float32([2, 2, 4], [1, 2, 3, 4, 4, 3, 2, 1, 2, 1, 4, 3, 0, 2, 1, 5]))
                .Write("samples/shape.npy", NumpyFile.Float32([2, 5], new float[10]))
                .Write("samples/type.npy", NumpyFile.Int64([2, 4], new long[8]));
            System.IO.File.CreateSymbolicLink(Path.Combine(project.Folder, "models", "dangling.onnx"), "../nowhere.onnx");
            System.IO.File.CreateSymbolicLink(Path.Combine(project.Folder, "models", "circle.onnx"), "circle.onnx");
            System.IO.File.CreateSymbolicLink(Path.Combine(project.Folder, "samples", "dangling.npy"), "../nowhere.npy");
            File = project.ProjectFile;
            Outputs = project.Outputs;
            Lines = System.IO.File.ReadAllLines(File);
            Errors = project.Build().Failed().Errors;
        }

        /// <summary>The product of two activations, which has no integer form.</summary>
        private static byte[] Attention() => new OnnxGraph()
            .Input("x", 2, 4)
            .Output("y", 2, 2)
            .Constant("w", [4, 4], [.. Enumerable.Range(0, 16).Select(i => (i % 5) - 2f)])
            .Constant("v", [4, 2], [1, 2, 3, 4, -1, -2, -3, -4])
            .Node("MatMul", "queries", ["x", "w"], ["q"])
            .Node("MatMul", "values", ["x", "v"], ["k"])
            .Node("Transpose", "turned", ["k"], ["t"])
            .Node("MatMul", "product", ["t", "q"], ["p"])
            .Node("LogSoftmax", "scores", ["p"], ["s"])
            .Node("MatMul", "result", ["k", "s"], ["r"])
            .Constant("u", [4, 2], [1, -1, 1, -1, 2, -2, 2, -2])
            .Node("MatMul", "projected", ["r", "u"], ["y"]).ToModel();

        public string File { get; }

        public string Outputs { get; }

        public string[] Lines { get; }

        public IReadOnlyList<AbstractDiagnostic> Errors { get; }
    }
}
