using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>A Split among codes: its parts are views and copies of codes, in the order and of the lengths that ONNX says.</summary>
public sealed class CutSplitsTests
{
    [Theory]
    [InlineData(1, 2, 3)]
    [InlineData(3, 1, 2)]
    [InlineData(2, 2, 2)]
    [InlineData(0, 5, 1)]
    public void Lower_SplitOfCodes_GivesItsPartsAndNoFloats(long first, long second, long third)
    {
        Graph graph = OnnxImporter.Import(
            Model(g => g.Integers("parts", first, second, third).Node("Split", ["d", "parts"], ["p", "q", "r"], ("axis", 1L))),
            "model.onnx");
        Graph lowered = LoweredGraph.Lower(graph);

        Assert.DoesNotContain(lowered.Nodes, n => n.Is("Split"));
        Assert.Single(lowered.Nodes, n => n.Is("QuantizeLinear"));
        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, batch: 3, seed: 2)), 1e-6);
    }

    /// <summary>A part that nobody reads takes its place all the same.</summary>
    [Theory]
    [InlineData("r", "q")]
    [InlineData("r", "p")]
    [InlineData("r", "r")]
    public void Lower_SplitOfCodesWithPartsThatNobodyReads_GivesTheOthers(params string[] read)
    {
        byte[] onnx = Model(
            g => g.Integers("parts", 1, 3, 2).Node("Split", ["d", "parts"], ["p", "q", "r"], ("axis", 1L)), joined: read);
        Graph graph = OnnxImporter.Import(onnx, "model.onnx");
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, batch: 3, seed: 2);

        Assert.DoesNotContain(LoweredGraph.Lower(graph).Nodes, n => n.Is("Split"));
        TensorAssert.Close(OrtSession.Run(onnx, inputs)["y"], LoweredGraph.Run(graph, inputs));
    }

    /// <summary>How long the last part is, the run says: it is split as it is written.</summary>
    [Fact]
    public void Lower_SplitIntoPartsOfOpenLength_StaysOne()
    {
        Graph graph = OnnxImporter.Import(
            Model(g => g.Node("Split", ["d"], ["p", "q", "r"], ("axis", 2L), ("num_outputs", 3L)), "m", axis: 2), "model.onnx");

        Assert.Contains(LoweredGraph.Lower(graph).Nodes, n => n.Is("Split"));
        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, batch: 6, seed: 2)), 1e-6);
    }

    /// <summary>Of one part alone the run finds out how long it is, wherever it stands.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Lower_SplitWithOnePartOfOpenLength_StaysOne(int open)
    {
        string[] parts = [.. Enumerable.Range(0, 3).Select(i => i == open ? "rest" : "one")];
        Graph graph = OnnxImporter.Import(
            Model(
                g => g.Integers("one", 1).Integers("two", 2).Integers("at", 2).Node("Shape", ["d"], ["shape"])
                    .Node("Gather", ["shape", "at"], ["size"]).Node("Sub", ["size", "two"], ["rest"])
                    .Node("Concat", parts, ["parts"], ("axis", 0L)).Node("Split", ["d", "parts"], ["p", "q", "r"], ("axis", 2L)),
                "m", axis: 2),
            "model.onnx");

        Assert.Contains(LoweredGraph.Lower(graph).Nodes, n => n.Is("Split"));
        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, batch: 5, seed: 2)), 1e-6);
    }

    private static byte[] Model(Func<OnnxGraph, OnnxGraph> split, object? last = null, long axis = 1, string[]? joined = null)
    {
        OnnxGraph g = new OnnxGraph().Input("x", "n", 6, last ?? 4).Output("y").Constant("s", Tensor.Scalar(0.02f))
            .Constant("z", Tensor.Of([(byte)128], [])).Node("QuantizeLinear", ["x", "s", "z"], ["c"])
            .Node("DequantizeLinear", ["c", "s", "z"], ["d"]);
        return split(g).Node("Concat", joined ?? ["r", "p", "q"], ["j"], ("axis", axis)).Node("QuantizeLinear", ["j", "s", "z"], ["k"])
            .Node("DequantizeLinear", ["k", "s", "z"], ["y"]).ToModel();
    }
}
