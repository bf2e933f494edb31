using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>What only moves elements takes codes: those of what comes in, or those that are wanted of what goes out.</summary>
public sealed class PropagateQuantizedTests
{
    /// <summary>One part has a range of a tenth of another's: joined in the codes of the first, the other would be cut off.</summary>
    [Theory]
    [InlineData("a", "b")]
    [InlineData("b", "a")]
    [InlineData("a", "a")]
    public void Lower_ConcatOfTwoRanges_HasTheCodesThatAreWantedOfIt(string first, string second)
    {
        OnnxGraph g = Pair(Pair(new OnnxGraph().Input("x", "n", 4).Output("y"), "x", "a", 0.004f, 128), "x", "b", 0.04f, 100);
        Graph graph = Import(Pair(g.Node("Concat", [first, second], ["j"], ("axis", 1L)), "j", "y", 0.03f, 110));

        Assert.DoesNotContain(Floats(graph), n => n.Is("Concat"));
        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, batch: 50, seed: 2)), 1e-5);
    }

    /// <summary>A value that no code stands for is padded with among reals; one that a code stands for, among codes.</summary>
    [Theory]
    [InlineData(0f, true)]
    [InlineData(0.5f, true)]
    [InlineData(0.51f, false)]
    [InlineData(1000f, false)]
    public void Lower_PadWithAValue_StaysAmongRealsWhereNoCodeIsIt(float value, bool isCodes)
    {
        OnnxGraph g = Pair(new OnnxGraph().Input("x", "n", 4).Output("y"), "x", "a", 1f / 64, 128);
        Graph graph = Import(g.Constant("v", Tensor.Scalar(value)).Integers("p", 0, 1, 0, 2).Node("Pad", ["a", "p", "v"], ["y"]));

        Assert.Equal(!isCodes, Floats(graph).Any(n => n.Is("Pad")));
        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, batch: 3, seed: 2)), 1e-6);
    }

    /// <summary>Codes with a sign are moved as codes without one: what they are padded with is put as they are.</summary>
    [Theory]
    [InlineData((sbyte)0)]
    [InlineData((sbyte)-128)]
    [InlineData((sbyte)77)]
    [InlineData(null)]
    public void Lower_PadOfCodesWithASign_PadsWithTheSameCode(sbyte? value)
    {
        OnnxGraph g = new OnnxGraph().Input("x", "n", 4).Output("y").Constant("s", Tensor.Scalar(1f / 64)).Integers("p", 0, 1, 0, 2)
            .Constant("z", Tensor.Of([(sbyte)-7], [])).Node("QuantizeLinear", ["x", "s", "z"], ["q"]);
        g = value is sbyte v ? g.Constant("v", Tensor.Of([v], [])).Node("Pad", ["q", "p", "v"], ["d"]) : g.Node("Pad", ["q", "p"], ["d"]);
        Graph graph = Import(g.Node("DequantizeLinear", ["d", "s", "z"], ["y"]));

        Assert.Equal(DataType.UInt8, LoweredGraph.Lower(graph).Nodes.Single(n => n.Is("Pad")).Output.Type);
        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, batch: 3, seed: 2)), 1e-6);
    }

    private static OnnxGraph Pair(OnnxGraph g, string from, string to, float scale, byte zeroPoint) => g
        .Constant($"{to}_scale", Tensor.Scalar(scale)).Constant($"{to}_zero", Tensor.Of([zeroPoint], []))
        .Node("QuantizeLinear", [from, $"{to}_scale", $"{to}_zero"], [$"{to}_codes"])
        .Node("DequantizeLinear", [$"{to}_codes", $"{to}_scale", $"{to}_zero"], [to]);

    private static Graph Import(OnnxGraph g) => OnnxImporter.Import(g.ToModel(), "model.onnx");

    private static IEnumerable<Node> Floats(Graph graph) =>
        LoweredGraph.Lower(graph).Nodes.Where(n => n.Required(0).Type == DataType.Float32);
}
