using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Passes;

/// <summary>What a dump shows, and which passes a limit counts.</summary>
public sealed class PassTraceTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(ModelMode.Fp32)]
    [InlineData(ModelMode.Fp16)]
    [InlineData(ModelMode.Int8)]
    public void Dump_OfSimpleModel_HasNoGraphTwice(ModelMode mode)
    {
        string[] graphs = [.. Dump(mode, limit: null).Select(File.ReadAllText)];

        Assert.NotEmpty(graphs);
        Assert.All(graphs.Zip(graphs.Skip(1)), pair => Assert.NotEqual(pair.First, pair.Second));
    }

    /// <summary>Calibration and the measurement of noise lower the float model too: that is not the way to the result.</summary>
    [Fact]
    public void Dump_OfInt8_ShowsOneLowering() =>
        Assert.Single(Dump(ModelMode.Int8, limit: null), file => file.EndsWith("-ToChannelsLast.txt", StringComparison.Ordinal));

    /// <summary>Two passes may be left out here, SinkTransposes and MatMulToGemm; a required one goes before both.</summary>
    [Fact]
    public void PassLimit_WithRequiredPasses_CountsTheOthersOnly()
    {
        string[] none = Names(0);
        string[] one = Names(1);
        string[] all = Names(null);

        Assert.DoesNotContain("MatMulToGemm", none);
        Assert.Contains("MatMulToGemm", one);
        Assert.DoesNotContain("SinkTransposes", one);
        Assert.Contains("SinkTransposes", all);

        string[] Names(int? limit) =>
            [.. Dump(ModelMode.Fp32, limit).Select(file => Path.GetFileNameWithoutExtension(file).Split('-')[1])];
    }

    [Fact]
    public void Dump_IntoAFolderThatCannotBeMade_IsAFindingThatNamesIt()
    {
        string file = _files.Write("dump", []);

        var exception = Assert.Throws<CompilationException>(() => ModelCompiler.CompileModel(
            CompiledFile.Options(Model(), ModelMode.Fp32, []) with { DumpDirectory = file }));

        Assert.Equal(DiagnosticCodes.OutputFailed, exception.Findings[0].Code);
        Assert.Contains($"'{file}'", exception.Message, StringComparison.Ordinal);
    }

    private string[] Dump(ModelMode mode, int? limit)
    {
        string folder = Path.Combine(_files.Path, "dump");
        string[] samples = !mode.IsCalibrated() ? [] :
            [_files.Write("samples.npy", NumpyFile.Float32([2, 1, 6, 6], [.. Enumerable.Range(0, 72).Select(i => (i % 7) - 3f)]))];
        using CompiledModel model = ModelCompiler.CompileModel(
            CompiledFile.Options(Model(), mode, samples) with { DumpDirectory = folder, PassLimit = limit });
        return [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)];
    }

    private string Model()
    {
        var test = new PassTest();
        Value x = test.Input("x", "batch", 1, 6, 6);
        Value sum = test.Node("Add", "sum", [test.Constant("a", 1), test.Constant("b", 2)]);
        Value shifted = test.Node("Add", "shifted", [x, sum]);
        Value features = test.Node("Conv", "features", [shifted, test.Random("kernel", 4, 1, 3, 3)]);
        Value rows = test.Node("Reshape", "rows", [features, test.Integers("shape", 0, -1)]);
        test.Output(test.Node("MatMul", "product", [rows, test.Random("weights", 64, 3)]));
        return _files.Write("model.onnx", OnnxExporter.Export(test.Graph));
    }
}
