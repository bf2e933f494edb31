using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// Products over an inner dimension of no elements, as the half of a tensor that a slice leaves nothing of: all sums are zero. No kernel
/// needs to know of it.
/// <code>
///   x [N, 0], w [0, 3] ──► MatMul        ⇒        Shape(x) ──► Expand(0, [N, 3])
/// </code>
/// </summary>
internal static class EmptySum
{
    /// <summary>Takes such a MatMul or Gemm apart; null where the node is none.</summary>
    public static IReadOnlyList<Node>? TakeApart(Graph graph, Node node, InferenceContext context)
    {
        if (node.Input(0)?.Shape is not { Rank: > 0 } a || node.Input(1)?.Shape is not { Rank: > 0 }
            || !a[node.Is("Gemm") && node.Int("transA") != 0 ? 0 : ^1].Equals(Dimension.Zero))
        {
            return null;
        }

        OperatorRegistry.Find(node)!.Check(node, context);
        context.Infer(node);
        var e = new Expansion(graph, node, context);
        Value zeros = e.Filled(0, e.Input(0).Type, node.Output.KnownShape);
        if (node.Input(2) is not { } addend)
        {
            return e.Replace([zeros]);
        }

        float beta = node.Float("beta", 1);
        return e.Replace([e.Add(beta == 1 ? addend : e.Multiply(addend, e.Number(beta, addend)), zeros)]);
    }

    /// <summary>Gives a convolution of no channels one, which is zero; null where the node has some.</summary>
    public static IReadOnlyList<Node>? OfChannels(Graph graph, Node node, InferenceContext context)
    {
        if (node.Input(0)?.Shape is not { Rank: > 2 } image || node.Input(1)?.Shape is not { Rank: > 2 } weights
            || !weights[1].Equals(Dimension.Zero) || !image[1].Equals(Dimension.Zero) || !weights.IsConstant)
        {
            return null;
        }

        OperatorRegistry.Find(node)!.Check(node, context);
        context.Infer(node);
        var e = new Expansion(graph, node, context);
        DataType type = e.Input(0).Type;
        Value zeros = e.Filled(0, type, image.With(1, Dimension.One));
        Value none = e.Filled(0, type, weights.With(1, Dimension.One));
        (string, AttributeValue)[] attributes =
            [.. node.Attributes.Where(a => a.Key != "group").Select(a => (a.Key, a.Value))];
        return e.Replace([e.Apply("Conv", [zeros, none, node.Input(2)], attributes)]);
    }
}
