using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

public sealed class SinkTransposesTests
{
    [Theory]
    [InlineData("nearest")]
    [InlineData("linear")]
    public void Lower_ResizeBetweenConvolutions_IsChannelsLast(string mode)
    {
        var g = new TestGraph();
        Value scales = g.Constant(Tensor.Of([1f, 1f, 2f, 3f], 4));
        Value resized = g.Node("Resize", [g.Conv(g.Input(4, 5, 6), 6, 3), null, scales], ("mode", mode));
        Graph graph = g.Finish(g.Conv(resized, 4, 3));

        Node[] nodes = [.. LoweredGraph.Lower(graph).Nodes];

        // That of the model's input and that of its output.
        Assert.Equal(2, nodes.Count(n => n.Is("Transpose")));
        Assert.Equal([2L, 1L], nodes.Where(n => n.Has("axis")).Select(n => n.Int("axis")));
    }

    /// <summary>A transposition that sinks below a sum takes the other operand along, which may have ones where the sum has more.</summary>
    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(0, 2, 1)]
    [InlineData(1, 0, 2)]
    [InlineData(1, 2, 0)]
    [InlineData(2, 0, 1)]
    [InlineData(2, 1, 0)]
    public void Lower_SumOfATransposedAndABroadcastOperand_KeepsItsMeaning(params int[] permutation)
    {
        long[] dimensions = [2, 3, 4];
        long[] moved = [.. permutation.Select(axis => dimensions[axis])];
        for (int ones = 0; ones < 8; ones++)
        {
            var g = new TestGraph();
            Value x = g.Node("Transpose", g.FixedInput(dimensions), ("perm", Array.ConvertAll(permutation, axis => (long)axis)));
            Value y = g.FixedInput([.. moved.Select((size, axis) => (ones >> axis & 1) != 0 ? 1 : size)]);
            Graph graph = g.Finish(g.Node("Relu", g.Node("Add", [x, y])));

            Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 2, seed: 1)), 1e-6);
        }
    }

    /// <summary>Weights can take over the order of what they multiply, but not that of what is added to their product.</summary>
    [Fact]
    public void Lower_FlattenedImageThatIsMultipliedAndAdded_KeepsItsOrder()
    {
        var g = new TestGraph();
        Value flat = g.Flatten(g.Conv(g.Input(3, 4, 4), 2, 3));
        Graph graph = g.Finish(g.Node("Add", [g.Gemm(flat, 8), flat]));

        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 2, seed: 1)), 1e-5);
    }
}
