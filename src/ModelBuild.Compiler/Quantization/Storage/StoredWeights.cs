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
                // Nodes of the model may have the same names: what is stored is a constant of the type that it is stored in.
                if (node.Is("DequantizeLinear") && node.Required(0).IsConstant)
                {
                    Replace(owner, node, NodeEvaluator.Evaluate(node, [.. node.Inputs.Select(i => i?.Constant)])![0]);
                }
                else if (node.Is("Cast") && node.Required(0).Constant is { Type: DataType.Float16 } halves)
                {
                    Replace(owner, node, Tensor.Owning(DataType.Float32, halves.ToFloats(), [.. halves.Dimensions]));
                }
                else if (node.Is("Mul") && node.Required(0).Producer is { } cast && cast.Is("Cast")
                    && cast.Required(0).Constant is { Type: DataType.Int16 } codes && node.Required(1).Constant is { } scales)
                {
                    Tensor weights = Multiply(codes, scales);
                    Replace(owner, node, weights);
                    owner.Remove(cast);
                }
                else if (node.Is("Reshape") && node.Required(0) is { Constant: { } blocks } cut && node.Required(1).IsConstant)
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

        // Behind the last axis of the scales, runs have one.
        int axes = 1 + Math.Max(0, Array.FindLastIndex([.. scales.Dimensions], d => d > 1));
        int run = (int)codes.Shape.Product(axes, codes.Rank).Value;
        var index = new long[axes];
        for (int i = 0; i < weights.Length; i += run)
        {
            long factor = 0;
            for (int axis = 0; axis < axes; axis++)
            {
                factor = (factor * scales.Dimensions[axis]) + (scales.Dimensions[axis] == 1 ? 0 : index[axis]);
            }

            float scale = factors[(int)factor];
            for (int j = i; j < i + run; j++)
            {
                weights[j] = source[j] * scale;
            }

            for (int axis = axes - 1; axis >= 0 && ++index[axis] == codes.Dimensions[axis]; axis--)
            {
                index[axis] = 0;
            }
        }

        return Tensor.Owning(DataType.Float32, weights, [.. codes.Dimensions]);
    }
}
