using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>Reductions, norms and what else is a formula over whole axes.</content>
internal static partial class Composites
{
    private static readonly (string, AttributeKind)[] s_reduction =
        [("keepdims", AttributeKind.Int), ("noop_with_empty_axes", AttributeKind.Int)];

    /// <summary>https://onnx.ai/onnx/operators/ under each name.</summary>
    private static IEnumerable<(string Type, long Since, Operator Operator)> Reductions { get; } =
    [
        ("ReduceL1", 1, new Composite(e => [Reduce(e, "ReduceSum", e.Apply("Abs", [e.Input(0)]))], 1, 2, 1, s_reduction)),
        ("ReduceSumSquare", 1, new Composite(e => [Reduce(e, "ReduceSum", e.Multiply(e.Input(0), e.Input(0)))], 1, 2, 1, s_reduction)),
        ("ReduceL2", 1, new Composite(e => [Root(e, Reduce(e, "ReduceSum", e.Multiply(e.Input(0), e.Input(0))))], 1, 2, 1, s_reduction)),
        ("ReduceLogSum", 1, new Composite(e => [e.Apply("Log", [Reduce(e, "ReduceSum", e.Input(0))])], 1, 2, 1, s_reduction)),
        ("ReduceLogSumExp", 1, new Composite(LogSumExp, 1, 2, 1, s_reduction)),
        ("Sum", 6, new Composite(e => [Sum(e)], 1, int.MaxValue, 1)),
        ("Mean", 6, new Composite(Mean, 1, int.MaxValue, 1)),
        ("Hardmax", 1, new Composite(Hardmax, 1, 1, 1, ("axis", AttributeKind.Int))),
        ("LpNormalization", 1, new Composite(LpNormalization, 1, 1, 1, ("axis", AttributeKind.Int), ("p", AttributeKind.Int))),
    ];

    /// <summary>A reduction over the axes of the node.</summary>
    private static Value Reduce(Expansion e, string type, Value value) => e.Apply(
        type,
        [value, .. e.Node.Input(1) is { } axes ? [axes] : (IEnumerable<Value?>)[]],
        [.. s_reduction.Where(a => e.Node.Has(a.Item1)).Select(a => (a.Item1, (AttributeValue)e.Node.Int(a.Item1)))]);

    /// <summary>Roots of integers are those of their reals, rounded towards zero.</summary>
    private static Value Root(Expansion e, Value value) => value.Type.IsFloat()
        ? e.Apply("Sqrt", [value])
        : e.Cast(e.Apply("Sqrt", [e.Cast(value, DataType.Float32)]), value.Type);

    /// <summary>
    /// log(Σ exp(x)) = m + log(Σ exp(x − m)) with the largest x as m, so that nothing overflows; m is 0 where it is infinite.
    /// </summary>
    private static Value[] LogSumExp(Expansion e)
    {
        Value x = e.Input(0);
        if (e.Node.Input(1) is { IsConstant: false })
        {
            return [LogSumExpOfData(e, x)];
        }

        int[] axes = Reduction.Axes(e.Node, x.KnownShape.Rank, e.Context);
        if (axes.Length == 0)
        {
            return [e.Apply("Log", [e.Apply("Exp", [x])])];
        }

        Value largest = e.Reduce("ReduceMax", x, axes.Select(a => (long)a));
        Value m = Finite(e, largest);
        Value sum = e.Reduce("ReduceSum", e.Apply("Exp", [e.Subtract(x, m)]), axes.Select(a => (long)a));
        Value result = e.Add(e.Apply("Log", [sum]), m);
        return e.Node.Int("keepdims", 1) != 0 ? [result]
            : [e.Apply("Squeeze", [result, e.Integers([.. axes.Select(a => (long)a)])])];
    }

    /// <summary>
    /// The same over axes that only the run knows: with the largest x of all as m, and in float64, so that what is far below it does not
    /// vanish.
    /// </summary>
    private static Value LogSumExpOfData(Expansion e, Value x)
    {
        Value wide = e.Cast(x, DataType.Float64);
        Value m = Finite(e, e.Apply("ReduceMax", [wide], ("keepdims", 0L)));
        Value sum = Reduce(e, "ReduceSum", e.Apply("Exp", [e.Subtract(wide, m)]));
        return e.Cast(e.Add(e.Apply("Log", [sum]), m), x.Type);
    }

    private static Value Finite(Expansion e, Value value) =>
        e.Apply("Where", [e.Apply("IsInf", [value]), e.Number(0, value), value]);

    private static Value Sum(Expansion e) => e.Node.Inputs.Skip(1).Aggregate(
        e.Input(0), (sum, next) => e.Add(sum, next ?? throw e.Context.Malformed(e.Node, "lacks an input.")));

    private static Value[] Mean(Expansion e)
    {
        Value sum = Sum(e);
        return [e.Node.Inputs.Count == 1 ? sum : e.Divide(sum, e.Number(e.Node.Inputs.Count, sum))];
    }

    /// <summary>One where the largest element is, the first of several, zero elsewhere.</summary>
    private static Value[] Hardmax(Expansion e)
    {
        Value x = e.Input(0);
        Shape shape = x.KnownShape;
        int axis = e.Context.Axis(e.Node, e.Node.Int("axis", -1), shape.Rank);
        Value place = e.Apply("ArgMax", [x], ("axis", (long)axis), ("keepdims", 0L));
        Value count = e.Apply("Shape", [x], ("start", (long)axis), ("end", axis + 1L));
        return [e.Apply("OneHot", [place, count, e.Constant(Tensor.FromDoubles(x.Type, [0, 1], 2))], ("axis", (long)axis))];
    }

    /// <summary>A vector of zeros stays one.</summary>
    private static Value[] LpNormalization(Expansion e)
    {
        Value x = e.Input(0);
        long axis = e.Context.Axis(e.Node, e.Node.Int("axis", -1), x.KnownShape.Rank);
        Value norm = e.Node.Int("p", 2) switch
        {
            1 => e.Reduce("ReduceSum", e.Apply("Abs", [x]), axis),
            2 => e.Apply("Sqrt", [e.Reduce("ReduceSum", e.Multiply(x, x), axis)]),
            long p => throw e.Context.Malformed(e.Node, $"has p = {p}."),
        };
        Value isZero = e.Apply("Equal", [norm, e.Number(0, norm)]);
        return [e.Divide(x, e.Apply("Where", [isZero, e.Number(1, norm), norm]))];
    }
}
