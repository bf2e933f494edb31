using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// A BatchNormalization that no convolution before it could take becomes a factor and a summand for each channel.
/// <code>
///   x ──► BatchNormalization        ⇒        x ──► Mul f ──► Add s
/// </code>
/// Runs after <see cref="FoldAffine"/>.
/// </summary>
internal sealed class SplitBatchNormalization : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(n => n.Is("BatchNormalization")).ToArray())
        {
            if (FoldAffine.Map(node, node.Required(0)) is not var (factors, summands))
            {
                continue;
            }

            Value input = node.Required(0);
            long[] channels = [factors.Length, .. Enumerable.Repeat(1L, input.KnownShape.Rank - 2)];
            Value factor = graph.NewConstant(node.Required(1).Name, Tensor.FromDoubles(input.Type, factors, channels));
            Value summand = graph.NewConstant(node.Required(2).Name, Tensor.FromDoubles(input.Type, summands, channels));
            Value scaled = graph.Append(context, "Mul", node.Name, [input, factor], node.Output.Name + "_scaled");
            graph.Replace(context, node, "Add", [scaled, summand]);
            changed = true;
        }

        return changed;
    }
}
