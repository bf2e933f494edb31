using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// Puts elements around a tensor, constant ones or its own, continued over the edge; or takes elements off it where a pad is negative.
/// </summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__Pad.html, since opset 1; pads and value are inputs since 11 (import makes them that), axes since
/// 18.
/// </remarks>
internal sealed class Pad() : Operator(2, 4, ("mode", AttributeKind.Text))
{
    /// <summary>Padding before and after each axis; inference has checked that it is known.</summary>
    public static (long[] Before, long[] After) Amounts(Node node, int rank, InferenceContext context)
    {
        long[] pads = context.Constants(node, 1, "pads")!;
        int[] axes = context.Constants(node, 3, "axes") is { } given
            ? [.. given.Select(a => context.Axis(node, a, rank))] : [.. Enumerable.Range(0, rank)];
        if (pads.Length != 2 * axes.Length || axes.Distinct().Count() != axes.Length)
        {
            throw context.Malformed(node, $"has {pads.Length} pads for {axes.Length} axes.");
        }

        var before = new long[rank];
        var after = new long[rank];
        for (int i = 0; i < axes.Length; i++)
        {
            before[axes[i]] = pads[i];
            after[axes[i]] = pads[axes.Length + i];
        }

        return (before, after);
    }

    /// <summary>The same where pads may be symbols: those of a lowered node.</summary>
    public static (Dimension[] Before, Dimension[] After) Extents(Node node, int rank)
    {
        if (node.Input(1) is { IsConstant: false, Elements: { } elements })
        {
            return ([.. elements.Take(rank)], [.. elements.Skip(rank)]);
        }

        (long[] before, long[] after) = Amounts(node, rank, InferenceContext.Evaluation);
        return ([.. before.Select(Dimension.Constant)], [.. after.Select(Dimension.Constant)]);
    }

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireMovable(node, 0);
        string mode = node.Text("mode", "constant");
        if (mode is not ("constant" or "edge" or "reflect" or "wrap"))
        {
            throw context.Malformed(node, $"has mode '{mode}'.");
        }

        if (node.Input(2) is { } value && (value.Type != input.Type || !value.KnownShape.Length.Equals(Dimension.One)))
        {
            throw context.Malformed(node, $"pads {input.Type} with {value.Type}{value.Shape}.");
        }

        Shape shape = input.KnownShape;
        if (IsFromData(node))
        {
            Dimension[] pads = FromData(node, shape.Rank, context);
            node.Output.Set(input.Type, new Shape(shape.Select((d, i) => d + pads[i] + pads[shape.Rank + i])));
            return;
        }

        (long[] before, long[] after) = Amounts(node, shape.Rank, context);
        int empty = Enumerable.Range(0, shape.Rank).FirstOrDefault(i => mode != "constant" && !Keeps(shape[i], before[i], after[i]), -1);
        node.Output.Set(input.Type, empty < 0
            ? new Shape(shape.Select((d, i) => d + before[i] + after[i]))
            : throw context.Malformed(node, $"leaves nothing of dimension {empty} of {shape} that could be continued."));
    }

    /// <summary>Whether the pads, or which axes they are for, are known at run time only.</summary>
    public static bool IsFromData(Node node) =>
        node.Input(1) is { IsConstant: false }
            || (node.Input(3) is { IsConstant: false } axes && !axes.KnownShape.Length.Equals(Dimension.Zero));

    /// <summary>What is bound: pads before all axes, then behind them.</summary>
    private static Dimension[] FromData(Node node, int rank, InferenceContext context)
    {
        bool knowsAxes = node.Input(3) is null or { IsConstant: true };
        int count = context.BoundCount(node, 1, "pads");
        int axisCount = node.Input(3) is null ? rank : context.BoundCount(node, 3, "axes", mayBeNarrow: true);
        if (count != 2 * axisCount)
        {
            throw context.Malformed(node, $"has {count} pads for {axisCount} axes.");
        }

        int[] axes = knowsAxes && context.Constants(node, 3, "axes") is { } given
            ? context.Axes(node, given, rank) : [.. Enumerable.Range(0, rank)];
        IReadOnlyList<Dimension?>? known = knowsAxes ? KnownElements.Of(node.Required(1)) : null;
        for (int i = 0; i < 2 * rank; i++)
        {
            int place = Array.IndexOf(axes, i % rank);
            if ((place < 0 ? Dimension.Zero : known?[(i < rank ? 0 : axes.Length) + place]) is not { } amount)
            {
                context.Bound(node, i, $"{(i < rank ? "before" : "behind")}{i % rank}", isPosition: true);
            }
            else if (node.Bound.Count == i)
            {
                node.Bound.Add(amount);
            }
            else if (!node.BoundSymbols.Contains(node.Bound[i].ToString()))
            {
                // The sizes that it is calculated from may have become numbers.
                node.Bound[i] = amount;
            }
        }

        return [.. node.Bound];
    }

    /// <summary>Whether something is left of a dimension.</summary>
    private static bool Keeps(Dimension size, long before, long after) =>
        !size.IsConstant || size.Value + Math.Min(before, 0) + Math.Min(after, 0) > 0 || size.Value + before + after == 0;

    public override Tensor[]? Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        if (node.Text("mode", "constant") != "constant")
        {
            return null;
        }

        Tensor x = inputs[0]!;
        (long[] before, long[] after) = Amounts(node, x.Rank, InferenceContext.Evaluation);
        long[] dimensions = [.. x.Dimensions.Select((d, i) => d + before[i] + after[i])];
        long[] strides = Strides.Of(dimensions);

        // What stays of the input, where it begins there and where here.
        long[] kept = [.. x.Dimensions.Select((d, i) => Math.Max(0, d + Math.Min(before[i], 0) + Math.Min(after[i], 0)))];
        long from = Strides.Of([.. x.Dimensions]).Select((stride, i) => stride * Math.Max(-before[i], 0)).Sum();
        long to = strides.Select((stride, i) => stride * Math.Max(before[i], 0)).Sum();
        Tensor inner = Movement.Gather(x, Strides.Walk(kept, Strides.Of([.. x.Dimensions]), from), kept);
        Tensor fill = inputs.Count > 2 && inputs[2] is { } value ? value.Reshape() : new Tensor(x.Type, [], new byte[x.Type.Size()]);
        byte[] data = Expand.Apply(fill, dimensions).Data.ToArray();
        Movement.Scatter(inner, Strides.Walk(kept, strides, to), data);
        return [new Tensor(x.Type, dimensions, data)];
    }
}
