using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// One operator for all that changes dimensions without moving elements: Flatten, Squeeze, Unsqueeze and Reshape in a row become a single
/// Reshape with a constant shape, in which 0 keeps a run-time dimension and −1 stands for another.
/// <code>
///   x [n, 64, 1, 1] ──► Flatten                                   ⇒        x ──► Reshape [0, 64]
///   x ──► Shape ──► Gather ──► Concat ──► Reshape (of x)          ⇒        x ──► Reshape [0, −1]
/// </code>
/// Where a constant cannot say it (two run-time dimensions that move), the nodes stay; their shapes are known all the same.
/// </summary>
internal sealed class CanonicalizeReshape : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(Keeps).ToArray())
        {
            Value input = node.Required(0);
            Shape to = node.Output.KnownShape;
            if (input.Producer is { } before && Keeps(before) && !Rewriting.IsDequantizedConstant(before.Required(0))
                && before.Required(0).KnownShape.ReshapeTarget(to) is { } both)
            {
                Reshape(before.Required(0), both);
            }
            else if (input.KnownShape.ReshapeTarget(to) is { } target && !IsCanonical(node, target))
            {
                Reshape(input, target);
            }

            void Reshape(Value source, long[] shape)
            {
                graph.Replace(context, node, "Reshape", [source, graph.NewConstant(node.Name + "_shape", Tensor.Of(shape, shape.Length))]);
                changed = true;
            }
        }

        return changed;
    }

    private static bool IsCanonical(Node node, long[] target) => node.Is("Reshape") && node.Attributes.Count == 0
        && node.Required(1).Constant is { } shape && shape.ToInt64s().AsSpan().SequenceEqual(target);

    private static bool Keeps(Node node) => node.Is("Reshape") || node.Is("Flatten") || node.Is("Squeeze") || node.Is("Unsqueeze");
}
