using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Pruning;

namespace ModelBuild.Compiler.Clustering;

/// <summary>Finds the weights that get few values: those that can be pruned, and tables that Gather reads.</summary>
internal static class ClusteredWeights
{
    /// <summary>All such weights of a graph in the order of the model; those that stay as they are say why.</summary>
    public static IReadOnlyList<PrunableWeight> Find(Graph graph)
    {
        PrunableWeight[] products = [.. PrunableWeights.Find(graph, new PruningOptions())];
        var seen = products.Select(w => w.Value).ToHashSet();
        return
        [
            .. products,
            .. graph.AllGraphs().SelectMany(g => g.Nodes).Where(n => IsTable(n) && seen.Add(n.Required(0))).Select(n =>
            {
                Tensor table = n.Required(0).Constant!;
                return new PrunableWeight(
                    n, n.Required(0), WeightLayout.Matrix((int)table.Dimensions[0], (int)(table.Length / table.Dimensions[0])))
                {
                    Reason = table.IsFinite() ? null : "holds NaN or infinity",
                };
            }),
        ];
    }

    private static bool IsTable(Node node) =>
        node.Is("Gather") && node.Input(0)?.Constant is { Type: DataType.Float32, Rank: >= 2, Length: > 0 };
}
