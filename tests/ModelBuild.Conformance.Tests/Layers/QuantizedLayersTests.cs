using FashionMnist;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using Xunit.Abstractions;

namespace ModelBuild.Conformance.Tests.Layers;

/// <summary>Layer by layer against ONNX Runtime: networks that we quantize, and networks that other tools have quantized.</summary>
public sealed class QuantizedLayersTests(ITestOutputHelper output)
{
    private const int Images = 64;

    [Theory]
    [InlineData("lenet")]
    [InlineData("resnet")]
    public void Layers_OfOurQdqGraph_AreOnnxRuntimesToTheByte(string model) => Compare(Network.OfSample(model, ModelMode.Int8));

    [Theory]
    [InlineData("ort.u8s8_pc.lenet")]
    [InlineData("ort.u8s8_pc.lenet_nhwc")]
    [InlineData("nncf.default.lenet")]
    [InlineData("inc.QDQ_u8s8_pc.lenet")]
    [InlineData("aimet.default_cfg.lenet")]
    [InlineData("ort.static_default_s8s8_pt.resnet_folded")]
    [InlineData("fashion_qat_w8a8_qcdq")]
    [InlineData("quark.XINT8.mobilenetv2_folded")]
    public void Layers_OfModelsQuantizedElsewhere_AreOnnxRuntimesToTheByte(string model) => Compare(Network.Quantized(model));

    private void Compare(Network network)
    {
        FashionImages images = FashionImages.Load(Path.Combine(AppContext.BaseDirectory, "data"));
        var pixels = new List<float>();
        for (int i = 0; i < Images; i++)
        {
            pixels.AddRange(images[i]);
        }

        long[] dimensions = [Images, .. network.Portable.Inputs[0].KnownShape.Skip(1).Select(d => d.Value)];
        LayerComparison.Run(network, Tensor.Of(pixels.ToArray(), dimensions), output.WriteLine);
    }
}
