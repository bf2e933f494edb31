using ModelBuild.Cli.Tests.Support;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Cli.Tests;

/// <summary><c>compile</c>: files as a build makes them.</summary>
public sealed class CompileTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Compile_Int8_WritesWhatABuildWrites()
    {
        ToolCall call = await ToolCall.Succeed(
            "compile", Models.Lenet, "--mode", "int8", "--calibration", Models.Calibration, "--namespace", "Shop.Models", "--class",
            "Clothes", "--output", _files.Path);

        using CompileResult build = ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = Models.Lenet,
            Mode = ModelMode.Int8,
            CalibrationFiles = [SampleImages.All],
            ClassName = "Clothes",
            Namespace = "Shop.Models",
            ResourceName = "Shop.Models.Clothes.weights",
        });
        Assert.Equal(
            ["Shop.Models.Clothes.g.cs", "Shop.Models.Clothes.int8.onnx", "Shop.Models.Clothes.plan", "Shop.Models.Clothes.weights"],
            Directory.GetFiles(_files.Path).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        Assert.Equal(build.Plan, File.ReadAllText(InFolder("Shop.Models.Clothes.plan")));
        Assert.Equal(Bytes(build.WriteWeights), File.ReadAllBytes(InFolder("Shop.Models.Clothes.weights")));
        Assert.Equal(Bytes(build.WriteOnnx), File.ReadAllBytes(InFolder("Shop.Models.Clothes.int8.onnx")));
        Assert.Contains("int8", call.Output, StringComparison.Ordinal);
        Assert.Contains("SQNR", call.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compile_Class_CompilesInAStrictProject()
    {
        await ToolCall.Succeed("compile", Models.Lenet, "--output", _files.Path);

        string text = File.ReadAllText(InFolder("Lenet.g.cs"));
        Compilations.Emit(Compilations.Create(text), ("Lenet.weights", File.ReadAllBytes(InFolder("Lenet.weights"))));
        Assert.Contains("public sealed partial class Lenet", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compile_OnnxFile_RunsInOnnxRuntime()
    {
        await ToolCall.Succeed("compile", Models.Lenet, "--mode", "fp16", "--output", _files.Path);

        var inputs = new Dictionary<string, Tensor> { ["input"] = Models.Pictures(2) };
        TensorAssert.Close(
            OrtSession.Run(File.ReadAllBytes(Models.Lenet), inputs)["probs"],
            OrtSession.Run(File.ReadAllBytes(InFolder("Lenet.fp16.onnx")), inputs)["probs"], relative: 0, absolute: 2e-3);
    }

    /// <summary>What another engine loads is the ONNX file, and an operator that is not known here is no fault.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Compile_ForOnnxRuntime_MakesTheClassForIt(bool isUnknown)
    {
        string model = isUnknown ? InFolder("unknown.onnx") : Models.Lenet;
        if (isUnknown)
        {
            File.WriteAllBytes(model, new OnnxGraph().Input("x", 2).Output("y").Node("RandomUniformLike", ["x"], ["y"]).ToModel(13));
        }

        await ToolCall.Succeed("compile", model, "--mode", "fp32", "--backend", "OnnxRuntime", "--class", "Any", "--output", _files.Path);

        string text = File.ReadAllText(InFolder("Any.g.cs"));
        Assert.Contains("Microsoft.ML.OnnxRuntime", text, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(InFolder("Any.fp32.onnx")), File.ReadAllBytes(InFolder("Any.weights")));
    }

    [Fact]
    public async Task Compile_UnknownBackend_IsAFaultOfTheCommandLine()
    {
        await ToolCall.Fail(
            2, "MODELB0019", "Did you mean 'onnxruntime'", "compile", Models.Lenet, "--backend", "onnxrutime", "--output", _files.Path);

        Assert.Empty(Directory.GetFiles(_files.Path));
    }

    [Theory]
    [InlineData("bias_correction", "Did you mean 'bias-correction'")]
    [InlineData("gptq;none", "'none' in --recover excludes all others")]
    public async Task Compile_UnknownRecovery_IsAFaultOfTheCommandLine(string methods, string says)
    {
        await ToolCall.Fail(2, "MODELB0022", says, "compile", Models.Lenet, "--recover", methods, "--output", _files.Path);

        Assert.Empty(Directory.GetFiles(_files.Path));
    }

    [Theory]
    [InlineData("--calibration-method", "entropie", "MODELB0023", "Did you mean 'entropy'")]
    [InlineData("--input-type", "unit8", "MODELB0028", "Did you mean 'uint8'")]
    [InlineData("--output-type", "int4", "MODELB0028", "uint8 or int8 for all")]
    [InlineData("--preprocessing", "resize=224;scal=1/255", "MODELB0024", "Did you mean 'scale'")]
    public async Task Compile_UnknownWordAboutCalibration_IsAFaultOfTheCommandLine(string option, string text, string code, string says)
    {
        await ToolCall.Fail(2, code, says, "compile", Models.Lenet, option, text, "--output", _files.Path);

        Assert.Empty(Directory.GetFiles(_files.Path));
    }

    /// <summary>Folders by wildcard, pictures by what is said of them, and another choice of ranges.</summary>
    [Fact]
    public async Task Compile_FoldersOfPictures_WritesWhatTheCompilerMakesOfThem()
    {
        string[] pictures =
        [
            .. Enumerable.Range(0, 4).Select(i => _files.Write(
                $"in/set{i}/image.pgm", [.. "P5 28 28 255\n"u8, .. Enumerable.Range(0, 28 * 28).Select(p => (byte)(p * (i + 3)))])),
        ];
        _files.Write("in/set0/labels.txt", "none"u8);
        await ToolCall.Succeed(
            "compile", Models.Lenet, "--mode", "int8", "--calibration", Path.Combine(_files.Path, "in", "set*"), "--calibration-method",
            "percentile=99.9", "--preprocessing", "scale=1/255;mean=0.25", "--input-type", "uint8", "--output-type", "int8", "--class",
            "Lenet", "--output", InFolder("out"));

        Assert.True(ImagePreprocessing.TryRead("scale=1/255;mean=0.25", out ImagePreprocessing? preprocessing, out _));
        Assert.True(PortTypes.TryRead("uint8", out PortTypes inputs, out _));
        Assert.True(PortTypes.TryRead("int8", out PortTypes outputs, out _));
        using CompileResult expected = ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = Models.Lenet,
            Mode = ModelMode.Int8,
            InputType = inputs,
            OutputType = outputs,
            CalibrationFiles = pictures,
            CalibrationMethod = new CalibrationMethod(RangeRule.Percentile, 99.9),
            Preprocessing = preprocessing,
            ClassName = "Lenet",
            ResourceName = "Lenet.weights",
        });
        Assert.Equal(expected.Plan, File.ReadAllText(InFolder("out/Lenet.plan")));
    }

    private string InFolder(string file) => Path.Combine(_files.Path, file);

    private static byte[] Bytes(Action<Stream> write)
    {
        var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }
}
