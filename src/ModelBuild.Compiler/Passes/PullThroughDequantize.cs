using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// Moves Transpose and Reshape of a dequantized constant before the dequantization, where folding takes them into the integers.
/// <code>
///   W (s8) ──► DequantizeLinear (axis) ──► Transpose        ⇒        W (s8) ──► Transpose ──► DequantizeLinear (axis')
/// </code>
/// Reshape only where there is one scale for all: scales along an axis would have to be found again.
/// </summary>
internal sealed class PullThroughDequantize : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(n => n.Is("Transpose") || n.Is("Reshape")).ToArray())
        {
            if (!Rewriting.IsDequantizedConstant(node.Required(0)))
            {
                continue;
            }

            Node dequantize = node.Required(0).Producer!;
            bool isPerTensor = QuantizationInputs.Parameters(dequantize).IsPerTensor;
            if (node.Is("Reshape") && (!isPerTensor || !node.Required(1).IsConstant))
            {
                continue;
            }

            Value integers = dequantize.Required(0);
            int rank = integers.KnownShape.Rank;
            var attributes = dequantize.Attributes.Where(a => a.Key != "axis").Select(a => (a.Key, a.Value)).ToList();
            if (!isPerTensor)
            {
                int axis = QuantizationInputs.Parameters(dequantize).Axis;
                attributes.Add(("axis", Array.IndexOf(Transpose.Permutation(node, rank), axis)));
            }

            Value moved = graph.Append(context, node.Type, node.Name, [integers, .. node.Inputs.Skip(1)], integers.Name + "_moved",
                [.. node.Attributes.Select(a => (a.Key, a.Value))]);
            graph.Replace(context, node, "DequantizeLinear", [moved, .. dequantize.Inputs.Skip(1)], [.. attributes]);
            changed = true;
        }

        return changed;
    }
}
