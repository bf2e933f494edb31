using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Quantization.Storage;

/// <summary>
/// Weights that are halves or codes in the file and float32 in every kernel: between the two stand nodes that say what is stored.
/// </summary>
internal static class StoredWeights
{
    /// <summary>Makes constants of what the nodes compute.</summary>
    /// <param name="graph">Changed in place.</param>
    /// <param name="nodes">Names of the nodes, as <see cref="StoreSixteenBits"/> and <see cref="StoreCodes"/> have left them.</param>
    /// <returns>The graph.</returns>
    public static Graph Expand(Graph graph, IReadOnlySet<string> nodes)
    {
        foreach (Graph owner in graph.AllGraphs().ToArray())
        {
            foreach (Node node in owner.Nodes.Where(n => nodes.Contains(n.Name)).ToArray())
            {
                if (node.Is("DequantizeLinear"))
                {
                    Replace(owner, node, NodeEvaluator.Evaluate(node, [.. node.Inputs.Select(i => i?.Constant)])![0]);
                }
                else if (node.Is("Cast") && node.Required(0).Constant is { Type: DataType.Float16 } halves)
                {
                    Replace(owner, node, Tensor.Owning(DataType.Float32, halves.ToFloats(), [.. halves.Dimensions]));
                }
                else if (node.Is("Mul") && node.Required(0).Producer is { } cast && cast.Required(0).Constant is { } codes)
                {
                    Tensor weights = Multiply(codes, node.Required(1).Constant!);
                    Replace(owner, node, weights);
                    owner.Remove(cast);
                }
            }
        }

        return graph;
    }

    private static void Replace(Graph graph, Node node, Tensor weights)
    {
        Value output = node.Output;
        graph.Remove(node);
        output.Constant = weights;
    }

    /// <summary>Codes by scales along one axis, without the copies that evaluating two nodes would make of large weights.</summary>
    private static Tensor Multiply(Tensor codes, Tensor scales)
    {
        ReadOnlySpan<short> source = codes.Span<short>();
        ReadOnlySpan<float> factors = scales.Span<float>();
        int axis = Math.Max(0, Array.FindIndex([.. scales.Dimensions], d => d > 1));
        int inner = (int)codes.Shape.Product(axis + 1, codes.Rank).Value;
        var weights = new float[source.Length];
        for (int i = 0, group = 0; i < weights.Length; i += inner, group = group + 1 == factors.Length ? 0 : group + 1)
        {
            for (int j = i; j < i + inner; j++)
            {
                weights[j] = source[j] * factors[group];
            }
        }

        return Tensor.Owning(DataType.Float32, weights, [.. codes.Dimensions]);
    }
}
