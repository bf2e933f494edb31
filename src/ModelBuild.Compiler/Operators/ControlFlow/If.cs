using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>One of two graphs, as a condition says.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__If.html, since opset 1. A dimension that the branches do not agree on is bound at run time. Gap:
/// branches whose outputs have different ranks or types, which no typed class can have; a Squeeze where a size is 1 is assumed to be
/// done, and a single number goes as a vector of one where nothing tells them apart.
/// </remarks>
internal sealed class If() : Operator(1, int.MaxValue, ("then_branch", AttributeKind.Graph), ("else_branch", AttributeKind.Graph))
{
    private static readonly HashSet<string> s_deciding = new(
        "And Cast Equal Gather Greater GreaterOrEqual Identity Less LessOrEqual Not Or Reshape Squeeze Unsqueeze Xor".Split(' '),
        StringComparer.Ordinal);

    public override int Outputs => int.MaxValue;

    /// <summary>Which branch it is decides what is to be done.</summary>
    public override double WorkPerElement(Node node) => double.PositiveInfinity;

    public override void Infer(Node node, InferenceContext context)
    {
        Bodies.RequireSingle(node, 0, DataType.Bool, context);
        Graph then = node.Attributes["then_branch"].Graph;
        Graph otherwise = node.Attributes["else_branch"].Graph;
        foreach (Graph branch in (Graph[])[then, otherwise])
        {
            Bodies.SetCaptures(node, branch);
            Bodies.Infer(branch, context with { Unify = null });
        }

        HashSet<string> inside = [.. Bodies.BoundInside(then), .. Bodies.BoundInside(otherwise)];
        for (int i = 0; i < node.Outputs.Count; i++)
        {
            if (node.Outputs[i] is not { } output)
            {
                continue;
            }

            Value a = then.Outputs[i];
            Value b = otherwise.Outputs[i];
            if (a.Type != b.Type || a.KnownShape.Rank != b.KnownShape.Rank)
            {
                string made = $"makes {a.Type}{a.Shape} or {b.Type}{b.Shape} as output '{output.Name}'";
                throw Deciding(node.Required(0)) is { Count: > 0 } sizes
                    ? context.Unbound(node, $"{made}, as a size decides. Where that is known, so is the branch.", sizes)
                    : context.Unsupported(
                        node, $"{made}. Branches with outputs of one type and number of dimensions are supported: let the one with fewer "
                            + "end in Unsqueeze, or both in Reshape.");
            }

            output.Set(
                a.Type, new Shape(Enumerable.Range(0, a.KnownShape.Rank).Select(d => Size(output, d, a.KnownShape[d], b.KnownShape[d]))));
        }

        Dimension Size(Value output, int index, Dimension a, Dimension b) =>
            output.Shape is { } shape && node.Bound.Contains(shape[index]) ? shape[index]
            : a.Equals(b) && !a.Symbols.Any(inside.Contains) ? a
            : context.Bound(node, node.Bound.Count, "size");
    }

    /// <summary>The sizes that a condition is computed from, if it is from nothing else; null where data decides.</summary>
    private static HashSet<Dimension>? Deciding(Value condition)
    {
        var sizes = new HashSet<Dimension>();
        return Follow(condition) ? sizes : null;

        bool Follow(Value value)
        {
            if (SymbolicElements.Of(value) is { } elements)
            {
                sizes.UnionWith(elements.Where(d => !d.IsConstant));
                return true;
            }

            return value.IsConstant || (value.Producer is { IsControlFlow: false } producer && s_deciding.Contains(producer.Type)
                && producer.Inputs.All(i => i is null || Follow(i)));
        }
    }
}
