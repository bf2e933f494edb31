using System.CommandLine;
using System.Xml.Linq;
using ModelBuild.Cli.CommandLine;
using ModelBuild.Cli.Output;
using ModelBuild.Cli.Tests.Support;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Settings;

namespace ModelBuild.Cli.Tests;

/// <summary><c>quantize</c>: what other engines get.</summary>
public sealed class QuantizeTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>ONNX Runtime computes the file as our engine the model: in both forms, before and after it is compiled again.</summary>
    [Theory]
    [InlineData("lenet", "qdq", "probs", 0.02)]
    [InlineData("lenet", "qoperator", "probs", 0.02)]
    [InlineData("resnet", "qdq", "logits", 0.1)]
    [InlineData("resnet", "QOperator", "logits", 0.1)]
    public async Task Quantize_Int8_RunsInOnnxRuntimeAsHere(string network, string format, string output, double bound)
    {
        string model = Repository.Sample("models", network + ".onnx");
        Tensor pictures = Models.Pictures(32);
        string input = _files.Write("pictures.npy", NumpyFile.Npy(pictures));
        string file = InFolder("quantized.onnx");

        ToolCall call = await ToolCall.Succeed(
            "quantize", model, "--mode", "int8", "-c", Models.Calibration, "--format", format, "-o", file);

        Assert.Empty(call.Error);
        await ToolCall.Succeed("run", model, "-m", "int8", "-c", Models.Calibration, "-i", input, "-o", InFolder("own"));
        Tensor own = NumpyFile.ReadNpy(InFolder($"own/{output}.npy"));
        var inputs = new Dictionary<string, Tensor> { ["input"] = pictures };
        bool isQdq = string.Equals(format, "qdq", StringComparison.Ordinal);

        // Integer operators saturate on processors with AVX2 and no more, unless an optimization makes weights unsigned.
        foreach (bool optimize in isQdq ? [false, true] : (bool[])[true])
        {
            TensorAssert.Close(own, OrtSession.Run(File.ReadAllBytes(file), inputs, optimize)[output], relative: 0, absolute: bound);
        }

        await ToolCall.Succeed("run", file, "-m", "int8", "-i", input, "-o", InFolder("again"));
        TensorAssert.Close(own, NumpyFile.ReadNpy(InFolder($"again/{output}.npy")), relative: 0, absolute: bound);
        bool hasOperators = OnnxImporterNodes(file).Contains("QLinearConv", StringComparison.Ordinal);
        Assert.Equal(!isQdq, hasOperators);
    }

    /// <summary>A link is written through, and so it must not lead to the model.</summary>
    [Fact]
    public async Task Quantize_ToALink_WritesWhatItLeadsTo()
    {
        string model = _files.Write("copy.onnx", File.ReadAllBytes(Models.Lenet));
        string target = _files.Write("target.onnx", [1]);
        string link = InFolder("link.onnx");
        File.CreateSymbolicLink(link, target);
        File.CreateSymbolicLink(InFolder("model.onnx"), model);

        await ToolCall.Succeed("quantize", model, "-m", "fp16", "-o", link);

        Assert.Equal(target, new FileInfo(link).LinkTarget);
        Assert.True(new FileInfo(target).Length > 1);
        await ToolCall.Fail(2, "", "is the model", "quantize", model, "-m", "fp16", "-o", InFolder("model.onnx"));
        await ToolCall.Fail(1, "MODELB0018", "is a folder. Name a file", "quantize", model, "-m", "fp16", "-o", _files.Path);
    }

    /// <summary>Nothing is written over: not the model, not one result by another.</summary>
    [Theory]
    [InlineData("quantize", "copy.onnx", null, "is the model")]
    [InlineData("quantize", "x.onnx", "x.onnx", "Two files of one name")]
    [InlineData("quantize", "x.json", "x.html", "Two files of one name")]
    [InlineData("quantize", "", null, "has an empty name")]
    [InlineData("report", "copy.onnx", null, "is the model")]
    [InlineData("", "", null, "name of the model is empty")]
    [InlineData("report", "page.json", null, "Two files of one name")]
    public async Task Output_NameThatIsTaken_IsAFaultOfTheCommandLine(string command, string output, string? page, string says)
    {
        string model = InFolder("copy.onnx");
        File.Copy(Models.Lenet, model);
        string file = output.Length == 0 ? output : InFolder(output);
        string[] pages = page is null ? [] : ["--report", InFolder(page)];

        ToolCall call = await ToolCall.Run(
            command.Length == 0 ? ["inspect", " "] : [command, model, "-m", "fp16", "-o", file, .. pages]);

        Assert.Equal(2, call.ExitCode);
        Assert.Contains(says, call.Error, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(Models.Lenet), File.ReadAllBytes(model));
        Assert.Single(Directory.GetFiles(_files.Path));
    }

    /// <summary>One road: the file is the one that a build writes.</summary>
    [Theory]
    [InlineData("fp32")]
    [InlineData("fp16")]
    [InlineData("int8")]
    [InlineData("int16x8")]
    [InlineData("int8-dynamic")]
    [InlineData("int8-weights")]
    [InlineData("int4-weights")]
    public async Task Quantize_EveryMode_WritesTheFileOfABuild(string mode)
    {
        string[] calibration = mode == "fp32" ? [] : ["--calibration", Models.Calibration];
        await ToolCall.Succeed(["quantize", Models.Lenet, "-m", mode, "-o", InFolder("q.onnx"), .. calibration]);

        await ToolCall.Succeed(["compile", Models.Lenet, "-m", mode, "-o", InFolder("build"), .. calibration]);
        Assert.Equal(File.ReadAllBytes(InFolder($"build/Lenet.{mode}.onnx")), File.ReadAllBytes(InFolder("q.onnx")));
    }

    [Fact]
    public async Task Quantize_Json_SaysSizesAndQuality()
    {
        ToolCall call = await ToolCall.Succeed(
            "quantize", Models.Lenet, "-m", "int8", "-c", Models.Calibration, "-o", InFolder("q.onnx"), "--json", "--report",
            InFolder("page.html"), "--dump", InFolder("dump"));

        Assert.Equal("int8", call.Json.GetProperty("mode").GetString());
        Assert.Equal("qdq", call.Json.GetProperty("format").GetString());
        Assert.Equal(new FileInfo(Models.Lenet).Length, call.Json.GetProperty("bytesBefore").GetInt64());
        Assert.Equal(new FileInfo(InFolder("q.onnx")).Length, call.Json.GetProperty("bytesAfter").GetInt64());
        Assert.InRange(call.Json.GetProperty("sqnr").GetDouble(), 35, 60);
        Assert.InRange(call.Json.GetProperty("agreement").GetDouble(), 0.98, 1);
        Assert.True(File.Exists(InFolder("page.html")) && File.Exists(InFolder("page.json")));
        Assert.NotEmpty(Directory.GetFiles(InFolder("dump")));
    }

    [Fact]
    public async Task Quantize_Text_SaysSizesAndQuality()
    {
        string[] lines = (await ToolCall.Succeed(
            "quantize", Models.Lenet, "-m", "int8", "-c", Models.Calibration, "-o", InFolder("q.onnx"))).Output.Split('\n');

        Assert.Contains(lines, l => l.StartsWith("  before   489,244 bytes", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("  after    13", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("  SQNR     ", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("  as fp32  ", StringComparison.Ordinal));
    }

    /// <summary>What an item can say of a model, the command can be told, unless it is about the class that it does not make.</summary>
    [Fact]
    public void Quantize_EveryMetadataOfTheItem_IsAnOption()
    {
        Command quantize = Tool.Commands(new Terminal(TextWriter.Null, TextWriter.Null)).Subcommands.Single(c => c.Name == "quantize");
        string page = Path.Combine(Repository.Root, "build", "package", "QuantizedModel.xaml");
        IEnumerable<string> metadata = XDocument.Load(page).Descendants()
            .Where(e => e.Name.LocalName.EndsWith("Property", StringComparison.Ordinal)).Select(e => e.Attribute("Name")!.Value)
            .Where(name => !ModelSettings.All.Any(s => s.Name == name && s.IsOfClass));

        Assert.All(metadata, name => Assert.Contains(
            quantize.Options, o => new[] { string.Empty, "s" }.Any(plural => name.Equals(
                o.Name.Replace("-", string.Empty, StringComparison.Ordinal) + plural, StringComparison.OrdinalIgnoreCase))));
    }

    /// <summary>Each option changes what the compiler is asked for, as the words of an item do.</summary>
    [Theory]
    [InlineData("--calibration-method", "entropy")]
    [InlineData("--recover", "none")]
    [InlineData("--keep-float", "*c2*")]
    public async Task Quantize_OptionsOfInt8_ChangeTheFile(string option, string words)
    {
        await ToolCall.Succeed("quantize", Models.Lenet, "-m", "int8", "-c", Models.Calibration, "-o", InFolder("a.onnx"));
        await ToolCall.Succeed("quantize", Models.Lenet, "-m", "int8", "-c", Models.Calibration, "-o", InFolder("b.onnx"), option, words);

        Assert.NotEqual(File.ReadAllBytes(InFolder("a.onnx")), File.ReadAllBytes(InFolder("b.onnx")));
    }

    [Theory]
    [InlineData("--dimension", "batch=3")]
    [InlineData("--pass-limit", "0")]
    public async Task Quantize_OptionsOfEveryMode_ChangeTheFile(string option, string words)
    {
        string model = _files.Write("model.onnx", new OnnxGraph()
            .Input("x", "batch", 3).Node("Transpose", ["x"], ["a"]).Node("Relu", ["a"], ["b"]).Node("Transpose", ["b"], ["c"])
            .Node("Transpose", ["c"], ["d"]).Node("Transpose", ["d"], ["y"]).Output("y", "batch", 3).ToModel());
        await ToolCall.Succeed("quantize", model, "-m", "fp32", "-o", InFolder("a.onnx"));
        await ToolCall.Succeed("quantize", model, "-m", "fp32", "-o", InFolder("b.onnx"), option, words);

        Assert.NotEqual(File.ReadAllBytes(InFolder("a.onnx")), File.ReadAllBytes(InFolder("b.onnx")));
    }

    /// <summary>Hundreds of files may be broken alike: that is said once.</summary>
    [Fact]
    public async Task Quantize_BrokenPictures_AreOneError()
    {
        for (int i = 0; i < 5; i++)
        {
            _files.Write($"{i}.png", "This is no picture."u8);
        }

        await ToolCall.Fail(
            1, "MODELB2003", "4 more files: ", "quantize", Models.Lenet, "-m", "int8", "-c", InFolder("*.png"), "--preprocessing",
            "scale=1/255", "-o", InFolder("q.onnx"));
    }

    [Fact]
    public async Task Quantize_Preprocessing_SaysHowPicturesBecomeInputs()
    {
        string picture = _files.Write("p.pgm", [.. "P5 28 28 255\n"u8, .. Enumerable.Range(0, 28 * 28).Select(p => (byte)(p * 3))]);
        await ToolCall.Succeed(
            "quantize", Models.Lenet, "-m", "int8", "-c", picture, "--preprocessing", "scale=1/255", "-o", InFolder("a.onnx"));
        await ToolCall.Succeed(
            "quantize", Models.Lenet, "-m", "int8", "-c", picture, "--preprocessing", "scale=1/128", "-o", InFolder("b.onnx"));

        Assert.NotEqual(File.ReadAllBytes(InFolder("a.onnx")), File.ReadAllBytes(InFolder("b.onnx")));
    }

    [Theory]
    [InlineData("--max-bytes", "1000")]
    [InlineData("--max-macs", "1000")]
    [InlineData("--min-sqnr", "90")]
    [InlineData("--min-agreement", "1")]
    public async Task Quantize_BudgetMissed_WritesNothing(string option, string limit)
    {
        await ToolCall.Fail(
            1, DiagnosticCodes.BudgetMissed, string.Empty, "quantize", Models.Lenet, "-m", "int8", "-c", Models.Calibration,
            "--calibration-method", "percentile=50", option, limit, "-o", InFolder("q.onnx"));

        Assert.False(File.Exists(InFolder("q.onnx")));
    }

    [Fact]
    public async Task Quantize_Labels_SayHowManyAreRight()
    {
        string labels = _files.Write("labels.npy", NumpyFile.Int64([256], new long[256]));

        ToolCall call = await ToolCall.Succeed(
            "quantize", Models.Lenet, "-m", "fp16", "-c", Models.Calibration, "--labels", labels, "-o", InFolder("q.onnx"), "--json");

        Assert.InRange(call.Json.GetProperty("accuracy").GetDouble(), 0.01, 0.5);
        string idx = _files.Write("labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 1, 0, .. new byte[256]]);
        Assert.Equal(call.Json.GetProperty("accuracy").GetDouble(), (await ToolCall.Succeed(
            "quantize", Models.Lenet, "-m", "fp16", "-c", Models.Calibration, "--labels", idx, "-o", InFolder("q.onnx"), "--json"))
            .Json.GetProperty("accuracy").GetDouble());
        await ToolCall.Fail(
            1, DiagnosticCodes.BudgetMissed, "its accuracy is 10.16 %", "quantize", Models.Lenet, "-m", "fp16", "-c", Models.Calibration,
            "--labels", labels, "--min-accuracy", "90%", "-o", InFolder("q.onnx"));
    }

    [Theory]
    [InlineData("--calibration-method", "entropy", "fp16")]
    [InlineData("--recover", "none", "fp16")]
    [InlineData("--keep-float", "*", "int8-dynamic")]
    [InlineData("--calibration", "CALIBRATION", "fp32")]
    [InlineData("--format", "qoperator", "fp16")]
    public async Task Quantize_OptionWithoutUse_IsWarnedOf(string option, string words, string mode)
    {
        ToolCall call = await ToolCall.Run(
            "quantize", Models.Lenet, "-m", mode, "-o", InFolder("q.onnx"), option, words == "CALIBRATION" ? Models.Calibration : words);

        Assert.Contains($"warning MODELB0012: {option} is ignored", call.Error, StringComparison.Ordinal);
        Assert.Contains($"the mode is {mode}", call.Error, StringComparison.Ordinal);
    }

    /// <summary>Methods for activations of 8 bits, in modes that have none.</summary>
    [Theory]
    [InlineData("gptq;int16", "int16x8", "int16")]
    [InlineData("int16", "int8-weights", "int16")]
    [InlineData("smoothquant", "int16x8", "smoothquant")]
    [InlineData("gptq", "int16x8", null)]
    [InlineData("all", "int8-weights", null)]
    [InlineData("smoothquant", "int8", null)]
    public async Task Quantize_RecoveryWithoutUse_IsWarnedOf(string words, string mode, string? unused)
    {
        ToolCall call = await ToolCall.Succeed(
            "quantize", Models.Lenet, "-m", mode, "-c", Models.Calibration, "-o", InFolder("q.onnx"), "--recover", words);

        Assert.Equal(
            unused is not null, call.Error.Contains($"MODELB0012: '{unused}' in --recover is ignored: ", StringComparison.Ordinal));
    }

    /// <summary>It is ignored, and so nobody says that there is no such node.</summary>
    [Fact]
    public async Task Quantize_KeepFloat_IsLookedUpWhereItIsUsed()
    {
        ToolCall call = await ToolCall.Succeed("quantize", Models.Lenet, "-m", "fp16", "-o", InFolder("q.onnx"), "--keep-float", "nix");

        Assert.Contains("MODELB0012", Assert.Single(call.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        await ToolCall.Fail(
            1, "MODELB2014", "Did you mean '/m/c2/Conv'?", "quantize", Models.Lenet, "-m", "int8", "-c", Models.Calibration, "-o",
            InFolder("q.onnx"), "--keep-float", "C2");
    }

    /// <summary>The same warning, whether or not the first product reads codes of the input.</summary>
    [Theory]
    [InlineData("int8")]
    [InlineData("int16x8")]
    public async Task Quantize_SamplesOfZeros_AreWarnedOf(string mode)
    {
        string zeros = _files.Write("zeros.npy", NumpyFile.Float32([4, 1, 28, 28], new float[4 * 784]));

        ToolCall call = await ToolCall.Succeed("quantize", Models.Lenet, "-m", mode, "-c", zeros, "-o", InFolder("q.onnx"));

        Assert.Contains("MODELB2007: Model 'lenet.onnx': tensor 'input' is zero on all", call.Error, StringComparison.Ordinal);
    }

    /// <summary>What else there is to say of a model that misses its budget is said, whether or not a page is written.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Quantize_BudgetMissed_SaysWhatElseIsWrongToo(bool report)
    {
        Tensor one = Tensor.Of([.. Enumerable.Range(0, 784).Select(i => i % 29 / 29f)], 1, 1, 28, 28);
        string sample = _files.Write("one.npz", NumpyFile.Npz(new Dictionary<string, Tensor> { ["input"] = one }));
        string[] page = report ? ["--report", InFolder("page.html")] : [];

        ToolCall call = await ToolCall.Run(
            ["quantize", Models.Lenet, "-m", "int8", "-c", sample, "--max-bytes", "1000", "-o", InFolder("q.onnx"), .. page]);

        Assert.Contains("error MODELB2013", call.Error, StringComparison.Ordinal);
        Assert.Equal(report, call.Error.Contains("The report is in", StringComparison.Ordinal));
        Assert.Contains("a single calibration sample is too few", call.Error, StringComparison.Ordinal);
        Assert.Equal(report, File.Exists(InFolder("page.html")));
    }

    /// <summary>Wide activations lose nothing: their names are no way out.</summary>
    [Fact]
    public async Task Quantize_BudgetMissedInInt16x8_BlamesTheWeights()
    {
        ToolCall call = await ToolCall.Run(
            "quantize", Models.Lenet, "-m", "int16x8", "-c", Models.Calibration, "--min-sqnr", "190", "-o", InFolder("q.onnx"));

        Assert.Contains("MODELB2013", call.Error, StringComparison.Ordinal);
        Assert.Contains("8 bits of weights", call.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("What loses most", call.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "'--mode' is required", "-o q.onnx")]
    [InlineData("", "'--output' is required", "-m int8")]
    [InlineData("", "'qop' in --format is not a form", "-m int8 -o q.onnx --format qop")]
    [InlineData("MODELB0016", "'few' in --pass-limit is not a number of passes", "-m int8 -o q.onnx --pass-limit few")]
    public async Task Quantize_WrongCommandLine_IsExitCode2(string code, string words, string arguments) =>
        await ToolCall.Fail(2, code, words, ["quantize", Models.Lenet, .. arguments.Split(' ')]);

    private static string OnnxImporterNodes(string file) =>
        System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file));

    private string InFolder(string name) => Path.Combine(_files.Path, name);
}
