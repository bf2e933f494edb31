using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>Losses, which some models carry as an output.</content>
internal static partial class Composites
{
    private static readonly (string, AttributeKind)[] s_loss = [("reduction", AttributeKind.Text), ("ignore_index", AttributeKind.Int)];

    /// <summary>https://onnx.ai/onnx/operators/ under each name.</summary>
    private static IEnumerable<(string Type, long Since, Operator Operator)> Losses { get; } =
    [
        ("NegativeLogLikelihoodLoss", 12, new Composite(
            e => [Likelihood(e, e.Input(0), e.Input(1), e.Node.Input(2))], 2, 3, 1, s_loss)),
        ("SoftmaxCrossEntropyLoss", 12, new Composite(CrossEntropy, 2, 3, 2, s_loss)),
    ];

    private static Value[] CrossEntropy(Expansion e)
    {
        Value probabilities = e.Apply("LogSoftmax", [e.Input(0)], ("axis", 1L));
        return [Likelihood(e, probabilities, e.Input(1), e.Node.Input(2)), probabilities];
    }

    /// <summary>−w[t]·x[n, t] for each target t, 0 for those to ignore; none, their sum, or their mean weighted by w[t].</summary>
    /// <param name="e">The node.</param>
    /// <param name="x">[N, C, …].</param>
    /// <param name="targets">[N, …].</param>
    /// <param name="weights">[C], or null for ones.</param>
    private static Value Likelihood(Expansion e, Value x, Value targets, Value? weights)
    {
        Shape shape = targets.KnownShape;
        Value zero = e.Number(0, targets);
        Value? isIgnored = e.Node.Has("ignore_index") ? e.Apply("Equal", [targets, e.Number(e.Node.Int("ignore_index"), targets)]) : null;
        Value known = isIgnored is null ? targets : e.Apply("Where", [isIgnored, zero, targets]);
        Value indices = e.Reshape(known, [shape[0], Dimension.One, .. shape.Skip(1)]);
        Value losses = e.Apply("Neg", [e.Reshape(e.Apply("GatherElements", [x, indices], ("axis", 1L)), shape)]);
        Value? factors = weights is null ? null : e.Apply("Gather", [weights, known]);
        if (isIgnored is not null)
        {
            Value ones = factors ?? e.Apply("Expand", [e.Number(1, x), e.Apply("Shape", [targets])]);
            factors = e.Apply("Where", [isIgnored, e.Number(0, x), ones]);
        }

        losses = factors is null ? losses : e.Multiply(losses, factors);
        return e.Node.Text("reduction", "mean") switch
        {
            "none" => losses,
            "sum" => Total(e, "ReduceSum", losses),
            "mean" when factors is null => Total(e, "ReduceMean", losses),
            "mean" => e.Divide(Total(e, "ReduceSum", losses), Total(e, "ReduceSum", factors)),
            string other => throw e.Context.Malformed(e.Node, $"has reduction '{other}'."),
        };
    }

    private static Value Total(Expansion e, string type, Value value) => e.Apply(type, [value], ("keepdims", 0L));
}
