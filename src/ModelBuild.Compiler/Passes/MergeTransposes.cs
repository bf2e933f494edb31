using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// Two transpositions in a row are one, or none.
/// <code>
///   x ──► Transpose p ──► Transpose q        ⇒        x ──► Transpose p∘q
/// </code>
/// </summary>
internal sealed class MergeTransposes : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(n => n.Is("Transpose")).ToArray())
        {
            if (node.Required(0).Producer is { } before && before.Is("Transpose") && before.Required(0).Shape is { } shape)
            {
                int[] first = Transpose.Permutation(before, shape.Rank);
                long[] both = [.. Transpose.Permutation(node, shape.Rank).Select(axis => (long)first[axis])];
                graph.Replace(context, node, "Transpose", [before.Required(0)], ("perm", both));
                changed = true;
            }
        }

        return changed;
    }
}
