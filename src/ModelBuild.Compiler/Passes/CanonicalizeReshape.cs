using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

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
                && Target(before.Required(0).KnownShape, to) is { } both)
            {
                Reshape(before.Required(0), both);
            }
            else if (Target(input.KnownShape, to) is { } target && !IsCanonical(node, target))
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

    /// <summary>A constant that says it; null where the run has to find out whether the sizes come out even.</summary>
    private static long[]? Target(Shape from, Shape to)
    {
        if (from.ReshapeTarget(to) is not { } target)
        {
            return null;
        }

        Dimension wanted = new Shape(target.Select((size, i) => size == 0 ? from[i] : size < 0 ? Dimension.One : size)).Length;
        return target.Contains(-1) ? from.Length.DivideExactly(wanted) is null ? null : target
            : from.Length.Equals(wanted) ? target : null;
    }

    private static bool IsCanonical(Node node, long[] target) => node.Is("Reshape") && node.Attributes.Count == 0
        && node.Required(1).Constant is { } shape && shape.ToInt64s().AsSpan().SequenceEqual(target);

    private static bool Keeps(Node node) => node.Is("Reshape") || node.Is("Flatten") || node.Is("Squeeze") || node.Is("Unsqueeze");
}
