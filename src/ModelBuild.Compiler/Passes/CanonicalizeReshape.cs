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
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(Keeps).ToArray())
        {
            Value input = node.Required(0);
            bool follows = input.Producer is { } before && Keeps(before) && !Rewriting.IsDequantizedConstant(before.Required(0));
            Value source = follows ? input.Producer!.Required(0) : input;
            if (source.Shape is not { } from || node.Output.Shape is not { } to || Rewriting.ReshapeTarget(from, to) is not { } target)
            {
                continue;
            }

            if (!follows && node.Is("Reshape") && node.Attributes.Count == 0
                && node.Required(1).Constant is { } shape && shape.ToInt64s().AsSpan().SequenceEqual(target))
            {
                continue;
            }

            graph.Replace(context, node, "Reshape", [source, graph.NewConstant(node.Name + "_shape", Tensor.Of(target, target.Length))]);
            changed = true;
        }

        return changed;
    }

    private static bool Keeps(Node node) => node.Is("Reshape") || node.Is("Flatten") || node.Is("Squeeze") || node.Is("Unsqueeze");
}
