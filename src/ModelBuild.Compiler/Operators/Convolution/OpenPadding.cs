using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// Padding 'same' of an axis whose size is open, under windows more than one step apart: how much is padded depends on the size, so it
/// becomes an operator of its own, with pads that are calculated from the shape.
/// <code>
///   x ──► Conv (auto_pad SAME_UPPER)        ⇒        x ──► Pad ──► Conv
///                                                    └─► Shape ─┘
/// </code>
/// </summary>
internal static class OpenPadding
{
    private static readonly string[] s_replaced = ["auto_pad", "pads", "count_include_pad"];

    /// <param name="graph">The graph of the node.</param>
    /// <param name="node">Conv, MaxPool or AveragePool.</param>
    /// <param name="kernel">What weights say of the window; null where only the attribute does.</param>
    /// <param name="context">For findings.</param>
    /// <returns>Null where the padding is known, or is none.</returns>
    public static IReadOnlyList<Node>? TakeApart(Graph graph, Node node, Shape? kernel, InferenceContext context)
    {
        if (node.Text("auto_pad") is not ("SAME_UPPER" or "SAME_LOWER") || node.Input(0)?.Shape is not { Rank: >= 3 } shape
            || (node.Outputs.Count > 1 && node.Outputs[1] is not null))
        {
            return null;
        }

        int axes = shape.Rank - 2;
        long[]? taps = node.Ints("kernel_shape")
            ?? (kernel is { IsConstant: true } weights ? [.. weights.Skip(2).Select(d => d.Value)] : null);
        long[] strides = node.Ints("strides") ?? [.. Enumerable.Repeat(1L, axes)];
        long[] dilations = node.Ints("dilations") ?? [.. Enumerable.Repeat(1L, axes)];
        if (taps?.Length != axes || strides.Length != axes || dilations.Length != axes || strides.Any(s => s < 1)
            || !Enumerable.Range(0, axes).Any(i => !shape[i + 2].IsConstant && strides[i] > 1 && taps[i] > 1))
        {
            return null;
        }

        var expansion = new Expansion(graph, node, context);
        long[] extents = [.. taps.Select((t, i) => ((t - 1) * dilations[i]) + 1)];
        Value sizes = expansion.Apply("Shape", [expansion.Input(0)], ("start", 2L));
        Value pads = Pads(expansion, sizes, strides, extents);
        (string, AttributeValue)[] attributes =
            [.. node.Attributes.Where(a => !s_replaced.Contains(a.Key, StringComparer.Ordinal)).Select(a => (a.Key, a.Value))];
        Value Padded(Value x, Value? fill) =>
            expansion.Apply("Pad", [x, pads, fill, expansion.Integers([.. Enumerable.Range(2, axes).Select(i => (long)i)])]);
        Value Windows(Value x) => expansion.Apply(node.Type, [x, .. node.Inputs.Skip(1)], attributes);
        Value input = expansion.Input(0);
        if (node.Is("MaxPool"))
        {
            double least = input.Type.IsFloat() ? double.NegativeInfinity : QuantizationInputs.Range(input.Type).Low;
            return expansion.Replace([Windows(Padded(input, expansion.Constant(Tensor.FromDoubles(input.Type, [least], []))))]);
        }

        Value result = Windows(Padded(input, null));
        if (node.Is("AveragePool") && node.Int("count_include_pad") == 0)
        {
            // The mean over the whole window, zeros of the padding included, and how much of the window that is.
            Value image = expansion.Apply("Concat", [expansion.Integers(1, 1), sizes], ("axis", 0L));
            Value one = expansion.Apply("Expand", [expansion.Number(1, input), image]);
            result = expansion.Divide(result, Windows(Padded(one, null)));
        }

        return expansion.Replace([result]);
    }

    /// <summary>[before each axis, after each axis]: what is missing to as many whole steps as begin inside the input.</summary>
    private static Value Pads(Expansion e, Value sizes, long[] strides, long[] extents)
    {
        Value steps = e.Integers(strides);
        Value windows = e.Divide(e.Add(sizes, e.Integers([.. strides.Select(s => s - 1)])), steps);
        long[] beyond = [.. extents.Select((t, i) => t - strides[i])];
        Value missing = e.Subtract(e.Add(e.Multiply(windows, steps), e.Integers(beyond)), sizes);
        if (beyond.Any(b => b < 0))
        {
            missing = e.Apply("Max", [missing, e.Integers(0)]);
        }

        Value odd = e.Integers(e.Node.Text("auto_pad") == "SAME_LOWER" ? 1 : 0);
        Value before = e.Divide(e.Add(missing, odd), e.Integers(2));
        return e.Apply("Concat", [before, e.Subtract(missing, before)], ("axis", 0L));
    }
}
