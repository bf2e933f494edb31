using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>Interpolation that reads and writes codes means what it does among reals.</summary>
public sealed class InterpolateCodesTests
{
    private const float Outside = 0.5f;

    private const float Step = 1f / 32;

    /// <summary>
    /// Of four rows a region is cut that begins before the first and ends behind the last: what lies there is a real, and gets the code
    /// of it, which the zero point moves.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(110)]
    public void Lower_RegionBeyondTheImage_HasTheCodesOfWhatLiesOutside(byte zeroPoint)
    {
        OnnxGraph g = Pair(new OnnxGraph().Input("x", 1, 2, 4, 5).Output("y"), "x", "a", 1f / 64, 128)
            .Constant("region", [8], [0, 0, -0.2f, 0.1f, 1, 1, 1.2f, 0.7f]).Integers("size", 1, 2, 5, 6)
            .Node("Resize", ["a", "region", "", "size"], ["r"], ("mode", "linear"),
                ("coordinate_transformation_mode", "tf_crop_and_resize"), ("extrapolation_value", Outside));
        Graph graph = OnnxImporter.Import(Pair(g, "r", "y", Step, zeroPoint).ToModel(), "model.onnx");
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, batch: 1, seed: 2);

        Assert.Contains(
            LoweredGraph.Lower(graph).Nodes,
            n => n.Is(Domains.Internal, InternalOperators.Interpolate) && n.Output.Type == DataType.UInt8);
        Assert.InRange(LoweredGraph.LargestError(graph, inputs), 0, Step);

        float[][][] channels = [.. LoweredGraph.Run(graph, inputs).ToFloats().Chunk(6).Chunk(5)];
        Assert.All(channels, rows => Assert.All(rows[0].Concat(rows[4]), value => Assert.Equal(Outside, value)));
    }

    private static OnnxGraph Pair(OnnxGraph g, string from, string to, float scale, byte zeroPoint) => g
        .Constant($"{to}_scale", Tensor.Scalar(scale)).Constant($"{to}_zero", Tensor.Of([zeroPoint], []))
        .Node("QuantizeLinear", [from, $"{to}_scale", $"{to}_zero"], [$"{to}_codes"])
        .Node("DequantizeLinear", [$"{to}_codes", $"{to}_scale", $"{to}_zero"], [to]);
}
