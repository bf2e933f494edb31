using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>Ports in half precision: what the class has, and what the ONNX file beside it has.</summary>
public sealed class HalfPortsTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(ModelMode.Fp32)]
    [InlineData(ModelMode.Fp16)]
    [InlineData(ModelMode.Int8)]
    public void Compile_PortsInFloat16_ClassAndFileTakeHalves(ModelMode mode)
    {
        byte[] onnx = ReportedModels.All["half model with conv"]();
        string path = _files.Write("model.onnx", onnx);
        Dictionary<string, Tensor> inputs = ProbeInputs.For(OnnxImporter.Import(path));
        using CompileResult result = ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = path, Mode = mode, ClassName = "Model", ResourceName = "Model.weights",
            CalibrationFiles = mode.IsCalibrated() ? [_files.Write("samples.npz", NumpyFile.Npz(inputs))] : [],
        });
        byte[] written = WrittenModel.Onnx(result);

        Tensor actual = GeneratedModels.Build(result).Predict("Model", inputs)["y"];
        Tensor expected = OrtSession.Run(written, inputs)["y"];

        Assert.Equal(DataType.Float16, inputs["x"].Type);
        Assert.Equal([DataType.Float16, DataType.Float16], [actual.Type, expected.Type]);
        TensorAssert.Close(expected, actual, 2e-3, mode.IsCalibrated() ? 0.05 : 2e-3);
        Assert.DoesNotContain(result.Findings, f => f.Code == DiagnosticCodes.PortInBFloat16);
    }

    /// <summary>
    /// A conversion of halves to halves asks for nothing (ONNX's function of Attention has some), so that what is computed on both sides of
    /// it is rounded once, at the port; one that comes from float32 rounds.
    /// </summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Predict_ConversionToItsOwnType_RoundsNothing(bool isOwn, bool isLike)
    {
        (int between, string like) = isOwn ? (10, "x") : (1, "f");
        OnnxGraph graph = new OnnxGraph().Input("x", DataType.Float16, 256).Output("y", DataType.Float16, 256)
            .Constant("k", Tensor.FromDoubles(DataType.Float16, [1.0029296875], [])).Node("Cast", ["x"], ["f"], ("to", between))
            .Node("CastLike", ["k", like], ["l"]).Node("Mul", ["f", "l"], ["m"]).Node("Transpose", ["m"], ["t"]);
        _ = isLike ? graph.Node("CastLike", ["t", "x"], ["c"]) : graph.Node("Cast", ["t"], ["c"], ("to", 10));
        string path = _files.Write("model.onnx", graph.Node("Mul", ["c", "k"], ["y"]).ToModel(15));
        using CompileResult result = ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = path, Mode = ModelMode.Fp32, ClassName = "Model", ResourceName = "Model.weights",
        });
        double[] x = [.. Enumerable.Range(0, 256).Select(i => 1 + (i / 1024.0))];

        Tensor actual = GeneratedModels.Build(result)
            .Predict("Model", new Dictionary<string, Tensor> { ["x"] = Tensor.FromDoubles(DataType.Float16, x, [256]) })["y"];

        double Between(double value) => isOwn ? value : (double)(Half)value;
        Assert.Equal(x.Select(v => (double)(Half)(Between(v * 1.0029296875) * 1.0029296875)), actual.ToDoubles());
        Assert.NotEqual(
            x.Select(v => (double)(Half)(v * 1.0029296875 * 1.0029296875)),
            x.Select(v => (double)(Half)((double)(Half)(v * 1.0029296875) * 1.0029296875)));
    }

    [Fact]
    public void Compile_PortsInBFloat16_ClassAndFileTakeFloatsAndAWarningSaysSo()
    {
        string path = _files.Write("model.onnx", ModelParts.Model(13, g => g
            .Input("x", DataType.BFloat16, "N", 3).Output("y", DataType.BFloat16, "N", 3).Node("Relu", ["x"], ["y"])));
        using CompileResult result = ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = path, Mode = ModelMode.Fp32, ClassName = "Model", ResourceName = "Model.weights",
        });
        var inputs = new Dictionary<string, Tensor> { ["x"] = Tensor.Of([1.2345678f, -1, 0], 1, 3) };
        byte[] written = WrittenModel.Onnx(result);

        Finding finding = Assert.Single(result.Findings);
        Assert.Equal(DiagnosticCodes.PortInBFloat16, finding.Code);
        Assert.Contains("'x', 'y'", finding.Message, StringComparison.Ordinal);
        Assert.Equal([1.2345678f, 0, 0], GeneratedModels.Build(result).Predict("Model", inputs)["y"].ToFloats());
        Assert.Equal([1.2345678f, 0, 0], OrtSession.Run(written, inputs)["y"].ToFloats());
    }
}
