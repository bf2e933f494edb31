using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Operators;

/// <summary>A part of a tensor: from start to end by steps, along some axes.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__Slice.html, since opset 1; bounds are inputs since 10 (import makes them that).
/// What cannot be said of run-time dimensions at build is found out at run time, as where data decides.
/// </remarks>
internal sealed class Slice() : Operator(3, 5)
{
    /// <summary>Along each axis: first element, step, and number of elements.</summary>
    public static (Dimension[] Starts, long[] Steps, Dimension[] Lengths) Ranges(Node node, Shape shape, InferenceContext context)
    {
        if (node.Bound.Count > 0 || IsFromData(node, context))
        {
            return FromData(node, shape, context);
        }

        IReadOnlyList<Dimension> from = Bounds(node, 1, context);
        IReadOnlyList<Dimension> to = Bounds(node, 2, context);
        long[] axes = context.Constants(node, 3, "axes") ?? [.. Enumerable.Range(0, from.Count).Select(i => (long)i)];
        long[] by = context.Constants(node, 4, "steps") ?? [.. Enumerable.Repeat(1L, from.Count)];
        if (to.Count != from.Count || axes.Length != from.Count || by.Length != from.Count || by.Contains(0))
        {
            throw context.Malformed(
                node, $"has {from.Count} starts, {to.Count} ends, {axes.Length} axes and steps [{string.Join(",", by)}].");
        }

        context.Axes(node, axes, shape.Rank);
        Dimension[] starts = [.. Enumerable.Repeat(Dimension.Zero, shape.Rank)];
        long[] steps = [.. Enumerable.Repeat(1L, shape.Rank)];
        Dimension[] lengths = [.. shape];
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = context.Axis(node, axes[i], shape.Rank);
            Dimension size = shape[axis];
            steps[axis] = by[i];
            if (by[i] > 0)
            {
                long most = LargestSize(shape, axis);
                if (Clamp(from[i], size, most) is not { } start || Clamp(to[i], size, most) is not { } end)
                {
                    return FromData(node, shape, context);
                }

                starts[axis] = start;
                Dimension span = end - start;
                if (!span.IsConstant && span.Least < 0)
                {
                    // Of one element, what is between the first and the last is none, and not one less than none.
                    return FromData(node, shape, context);
                }

                lengths[axis] = span.IsConstant && span.Value <= 0 ? Dimension.Zero : span.CeilingDivide(by[i]);
            }
            else if (size is { IsConstant: true, Value: <= int.MaxValue } && from[i].IsConstant && to[i].IsConstant)
            {
                var part = new long[3];
                Sizes.Slice<long>([(int)size.Value], [from[i].Value], [to[i].Value], [0], [by[i]], part);
                (starts[axis], steps[axis], lengths[axis]) = (part[0], part[1], part[2]);
            }
            else
            {
                return FromData(node, shape, context);
            }
        }

        return (starts, steps, lengths);

        // A bound in [0, size], counted from the end where it is negative; null where that depends on the run.
        static Dimension? Clamp(Dimension bound, Dimension size, long most)
        {
            if (bound.IsConstant && size.IsConstant)
            {
                return Math.Clamp(FromEnd(bound.Value, size.Value), 0, size.Value);
            }

            if (bound.IsConstant && bound.Value >= most)
            {
                return size;
            }

            Dimension absolute = bound.IsConstant && bound.Value < 0 ? size + Math.Max(bound.Value, -int.MaxValue) : bound;
            return absolute.Equals(size) || (absolute.IsConstant && absolute.Value == 0) ? absolute
                : (absolute + 1).IsPositive && (size - absolute + 1).IsPositive ? absolute
                : bound.IsConstant && bound.Value < 0 && (size + bound + 1).IsPositive ? absolute
                : (absolute - size).IsPositive ? size
                : null;
        }
    }

    /// <summary>
    /// What an axis is never longer than, because a tensor has so many elements at most: exporters write less than that for "to the end".
    /// </summary>
    private static long LargestSize(Shape shape, int axis)
    {
        long beside = 1;
        for (int i = 0; i < shape.Rank; i++)
        {
            // Of none, an axis may be of any length.
            beside *= i != axis && shape[i] is { IsConstant: true, Value: > 0 and <= int.MaxValue } size && beside <= int.MaxValue
                ? size.Value : 1;
        }

        return int.MaxValue / Math.Clamp(beside, 1, int.MaxValue);
    }

    /// <summary>Whether what is taken depends on data.</summary>
    public static bool IsFromData(Node node, InferenceContext context) =>
        Enumerable.Range(1, 4).Any(i => node.Input(i) is not null && context.IsFromData(node, i));

    /// <summary>The axes of a node of which data does not decide them: those it names, from 0 on, or the first.</summary>
    /// <param name="count">How many starts it has.</param>
    public static int[] Axes(Node node, int rank, int count, InferenceContext context) =>
        context.Constants(node, 3, "axes") is { } given ? context.Axes(node, given, rank)
        : [.. Enumerable.Range(0, Math.Min(count, rank))];

    /// <summary>What is bound: first elements, steps and lengths, of the axes that the node names or may name.</summary>
    private static (Dimension[] Starts, long[] Steps, Dimension[] Lengths) FromData(Node node, Shape shape, InferenceContext context)
    {
        int rank = shape.Rank;
        int count = context.BoundCount(node, 1, "starts", mayBeNarrow: true);
        context.CommonType(node, 1, 2, 3, 4);
        bool knowsAxes = node.Input(3) is null || !context.IsFromData(node, 3);
        int[] axes = knowsAxes ? Axes(node, rank, count, context) : [.. Enumerable.Range(0, rank)];
        for (int i = 0; i < 3 * rank; i++)
        {
            string role = (i / rank) switch { 0 => "start", 1 => "step", _ => "dim" };
            if (axes.Contains(i % rank))
            {
                context.Bound(node, i, $"{role}{i % rank}", isPosition: i < 2 * rank);
                continue;
            }

            Dimension known = (i / rank) switch { 0 => Dimension.Zero, 1 => Dimension.One, _ => shape[i % rank] };
            if (node.Bound.Count == i)
            {
                node.Bound.Add(known);
            }

            node.Bound[i] = known;
        }

        return ([.. node.Bound.Take(rank)], [], [.. node.Bound.Skip(2 * rank)]);
    }

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireMovable(node, 0);
        (Dimension[] starts, long[] steps, Dimension[] lengths) = Ranges(node, input.KnownShape, context);
        IEnumerable<Dimension>? elements = null;
        if (steps.Length > 0 && SymbolicElements.Of(input) is { } source && lengths is [{ IsConstant: true } length]
            && starts[0].IsConstant)
        {
            elements = Enumerable.Range(0, (int)length.Value).Select(i => source[(int)(starts[0].Value + (i * steps[0]))]);
        }

        node.Output.Set(input.Type, new Shape(lengths), elements);
    }

    /// <returns>Null where data decides: then a plan does it.</returns>
    public override Tensor[]? Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        (Dimension[] starts, long[] steps, Dimension[] lengths) = Ranges(node, x.Shape, InferenceContext.Evaluation);
        if (steps.Length == 0)
        {
            return null;
        }

        long[] strides = Strides.Of([.. x.Dimensions]);
        long[] dimensions = [.. lengths.Select(l => l.Value)];
        long start = strides.Select((s, i) => s * starts[i].Value).Sum();
        int[] offsets = Strides.Walk(dimensions, [.. strides.Select((s, i) => s * steps[i])], start);
        return [Movement.Gather(x, offsets, dimensions)];
    }

    private static long FromEnd(long bound, long size) => bound < 0 ? Math.Max(bound, -(1L << 40)) + size : bound;

    private static IReadOnlyList<Dimension> Bounds(Node node, int index, InferenceContext context) =>
        SymbolicElements.Of(node.Required(index))
        ?? throw context.Unsupported(node, "takes a part whose bounds come from data. They must be known at build.");
}
