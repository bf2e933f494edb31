using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// A mean over all spatial axes is GlobalAveragePool, whether it was written as ReduceMean or as AveragePool with a window as large as
/// its input.
/// <code>
///   x [N, C, H, W] ──► ReduceMean (2, 3; keepdims = 0)        ⇒        x ──► GlobalAveragePool ──► Reshape [N, C]
/// </code>
/// </summary>
internal sealed class RecognizeGlobalPool : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.ToArray())
        {
            if (node.Is("AveragePool") && IsWhole(node, context))
            {
                graph.Replace(context, node, "GlobalAveragePool", [node.Required(0)]);
                changed = true;
            }
            else if (
                node.Is("ReduceMean") && node.Required(0) is { Shape: { Rank: 3 or 4 } shape } input && input.Type.IsFloat()
                    && node.Bound.Count == 0
                && Reduction.Axes(node, shape.Rank, context.Inference).SequenceEqual(Enumerable.Range(2, shape.Rank - 2)))
            {
                changed |= Replace(graph, context, node, input, shape);
            }
        }

        return changed;
    }

    private static bool Replace(Graph graph, PassContext context, Node node, Value input, Shape shape)
    {
        if (node.Int("keepdims", 1) != 0)
        {
            graph.Replace(context, node, "GlobalAveragePool", [input]);
            return true;
        }

        if (shape.ReshapeTarget(node.Output.KnownShape) is not { } target)
        {
            return false;
        }

        Value pooled = graph.Append(context, "GlobalAveragePool", node.Name, [input], node.Output.Name + "_pooled");
        graph.Replace(context, node, "Reshape", [pooled, graph.NewConstant(node.Name + "_shape", Tensor.Of(target, target.Length))]);
        return true;
    }

    private static bool IsWhole(Node node, PassContext context)
    {
        Shape shape = node.Required(0).KnownShape;
        SpatialWindow window = Pooling.Window(node, context.Inference);
        return window.Begin.Concat(window.End).All(p => p == 0) && window.Dilations.All(d => d == 1)
            && window.Kernel.Select((k, i) => shape[i + 2].Equals(Plan.Dimension.Constant(k))).All(same => same)
            && window.Output.All(d => d.Equals(Plan.Dimension.One));
    }
}
