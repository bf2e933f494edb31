using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// A vector that is added to a convolution or matrix product without bias becomes its bias, where <see cref="FoldAffine"/> does not do it
/// because the weights are dequantized.
/// <code>
///   Gemm (DequantizeLinear W) ──► Add b        ⇒        Gemm (DequantizeLinear W, b)
/// </code>
/// </summary>
internal sealed class FoldBias : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(n => n.Is("Conv") || n.Is("Gemm")).ToArray())
        {
            if (node.Input(2) is not null || graph.Follower(node.Output) is not { } follower || !follower.Is("Add")
                || !node.Output.KnownShape.Equals(follower.Output.Shape))
            {
                continue;
            }

            Value addend = follower.OtherOperand(node.Output);
            if (Rewriting.PerChannel(addend, node.Output.KnownShape, 1) is { } numbers && Array.TrueForAll(numbers, double.IsFinite))
            {
                node.SetInput(2, graph.NewConstant(addend.Name, Tensor.FromDoubles(addend.Type, numbers, numbers.Length)));
            }
            else if (node.Is("Gemm") && Rewriting.IsDequantizedConstant(addend)
                && addend.KnownShape.Equals(new Shape([node.Output.KnownShape[1]])))
            {
                node.SetInput(2, addend);
            }
            else
            {
                continue;
            }

            graph.Absorb(node, follower);
            changed = true;
        }

        return changed;
    }
}
