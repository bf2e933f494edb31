using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Pruning;

namespace ModelBuild.Compiler.Tests.Pruning;

public sealed class PrunableWeightsTests
{
    /// <summary>What one layer is fed says nothing of what the other multiplies the same weights with.</summary>
    [Fact]
    public void Find_WeightsThatTwoLayersRead_ArePrunedButNotFed()
    {
        var g = new TestGraph();
        Value x = g.Input(8);
        Value shared = g.Weights(8, 8);
        Value own = g.Weights(8, 8);
        Value y = g.Node("MatMul", [g.Node("Relu", g.Node("MatMul", [x, shared])), own]);
        Graph graph = g.Finish(g.Node("MatMul", [y, shared]));

        IReadOnlyList<PrunableWeight> found = PrunableWeights.Find(graph, new PruningOptions());

        Assert.Equal([(shared, false), (own, true)], found.Select(w => (w.Value, w.IsFed)));
        Assert.All(found, w => Assert.Null(w.Reason));
    }

    /// <summary>A layer that sees the colours and the transparency of an image is a first one; one of eight channels is not.</summary>
    [Theory]
    [InlineData(4, 1, true)]
    [InlineData(8, 1, false)]
    [InlineData(8, 2, false)]
    public void Find_BlocksOfALayerOfFewInputs_StayAsTheyAre(long inputs, long groups, bool stays)
    {
        var g = new TestGraph();
        Graph graph = g.Finish(g.Conv(g.Input(inputs, 6, 6), 8, 3, groups: groups));

        PrunableWeight weight = Assert.Single(PrunableWeights.Find(graph, new PruningOptions { Pattern = SparsityPattern.Blocks(1, 4) }));

        Assert.Equal(stays ? $"a first layer of {inputs} inputs" : null, weight.Reason);
    }
}
