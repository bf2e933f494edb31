using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

public sealed class SinkTransposesTests
{
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
}
