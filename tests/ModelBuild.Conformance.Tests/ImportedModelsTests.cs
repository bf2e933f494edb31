using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Conformance.Tests;

/// <summary>Models that other tools have quantized, against what ONNX Runtime 1.32 made of them.</summary>
public sealed class ImportedModelsTests
{
    [Theory]
    [InlineData("ort.u8s8_pc.lenet")]
    [InlineData("ort.u8s8_pc.lenet_nhwc")]
    [InlineData("nncf.default.lenet")]
    [InlineData("inc.QDQ_u8s8_pc.lenet")]
    [InlineData("aimet.default_cfg.lenet")]
    [InlineData("ort.static_default_s8s8_pt.resnet_folded")]
    [InlineData("quark.XINT8.mobilenetv2_folded")]
    [InlineData("fashion_qat_w8a8_qcdq")]
    [InlineData("ort.u8s8_pc_QOperator.lenet")]
    [InlineData("ort.u8s8_pc_QOperator.resnet_folded")]
    [InlineData("ort.u16s8_pc.lenet")]
    [InlineData("ort.dynamic_s8_pt.lenet")]
    public void Run_QuantizedElsewhere_IsWhatOnnxRuntimeComputes(string model) => AssertSame(
        Network.Quantized(model), NumpyFile.ReadNpz(Repository.Asset("quantized", model + ".npz")));

    [SharedTheory]
    [InlineData("models/quantized/ort.u8s8_pc_QOperator.mlp.onnx")]
    [InlineData("models/quantized/ort.dynamic_s8_pt.mlp.onnx")]
    [InlineData("models/quantized/ort.dynamic_s8_pt.lstm.onnx")]
    [InlineData("models/quantized/ort-nbits.default_int4_blk32_asym.mlp.onnx")]
    [InlineData("models/quantized/ort-nbits.int4_QDQ_blk32.mlp.onnx")]
    public void Run_SharedModelQuantizedElsewhere_IsWhatOnnxRuntimeComputes(string model) => AssertSame(
        Network.Compile(SharedFolder.File(model), ModelMode.Fp32, []),
        NumpyFile.ReadNpz(SharedFolder.File(Path.ChangeExtension(model, ".npz"))));

    private static void AssertSame(Network network, Dictionary<string, Tensor> arrays)
    {
        Tensor input = arrays.Single(a => a.Key.StartsWith("in_", StringComparison.Ordinal)).Value;
        float[] expected = arrays.Single(a => a.Key.StartsWith("out_", StringComparison.Ordinal)).Value.ToFloats();

        float[] actual = network.Run(input.ToFloats(), [.. input.Dimensions]);

        Assert.Equal(100, Scores.Agreement(expected, actual));
        // A code that is rounded the other way in one of thirty layers is no fault, but it moves what follows.
        Assert.InRange(Scores.SqnrDb(expected, actual), 40, double.PositiveInfinity);
    }
}
