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
                else if (node.Is("Reshape") && node.Required(0) is { Constant: { } blocks } cut)
                {
                    // The same numbers: cut is nobody else's.
                    Replace(owner, node, blocks.Reshape(node.Required(1).Constant!.Span<long>()));
                    cut.Constant = null;
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

    /// <summary>
    /// Codes by scales, which have the length of the codes or 1 along each axis, without the copies that evaluating two nodes would make of
    /// large weights.
    /// </summary>
    private static Tensor Multiply(Tensor codes, Tensor scales)
    {
        ReadOnlySpan<short> source = codes.Span<short>();
        ReadOnlySpan<float> factors = scales.Span<float>();
        var weights = new float[source.Length];
        var index = new long[codes.Rank];
        int inner = (int)codes.Dimensions[^1];
        bool isInner = scales.Dimensions[^1] > 1;
        for (int i = 0; i < weights.Length; i += inner)
        {
            long first = 0;
            for (int axis = 0; axis < index.Length; axis++)
            {
                first = (first * scales.Dimensions[axis]) + (scales.Dimensions[axis] == 1 ? 0 : index[axis]);
            }

            for (int j = 0; j < inner; j++)
            {
                weights[i + j] = source[i + j] * factors[(int)first + (isInner ? j : 0)];
            }

            for (int axis = index.Length - 2; axis >= 0 && ++index[axis] == codes.Dimensions[axis]; axis--)
            {
                index[axis] = 0;
            }
        }

        return Tensor.Owning(DataType.Float32, weights, [.. codes.Dimensions]);
    }
}
