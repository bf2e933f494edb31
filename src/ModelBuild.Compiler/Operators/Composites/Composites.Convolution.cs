using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>Convolution from small to large.</content>
internal static partial class Composites
{
    /// <summary>https://onnx.ai/onnx/operators/onnx__ConvTranspose.html.</summary>
    private static IEnumerable<(string Type, long Since, Operator Operator)> Convolutions { get; } =
    [
        ("ConvTranspose", 1, new Composite(
            ConvTranspose, 2, 3, 1,
            ("auto_pad", AttributeKind.Text), ("dilations", AttributeKind.Ints), ("group", AttributeKind.Int),
            ("kernel_shape", AttributeKind.Ints), ("output_padding", AttributeKind.Ints), ("output_shape", AttributeKind.Ints),
            ("pads", AttributeKind.Ints), ("strides", AttributeKind.Ints))),
    ];

    /// <summary>
    /// A convolution of the image with zeros between its pixels (stride − 1 of them) and around it, by weights that are turned around:
    /// <code>
    ///   a b  ──►  0 0 a 0 b 0 0  ──►  Conv (w₂ w₁ w₀)
    /// </code>
    /// </summary>
    private static Value[] ConvTranspose(Expansion e)
    {
        Value x = e.Input(0);
        Shape shape = x.KnownShape;
        Shape weights = e.Input(1).KnownShape;
        int axes = shape.Rank - 2;
        long group = e.Node.Int("group", 1);
        if (!weights.IsConstant || (shape.Rank > 1 && !shape[1].IsConstant))
        {
            throw e.Context.Unbound(
                e.Node, $"takes {shape} with weights of shape {weights}, which only the run knows.",
                [.. shape.Skip(1).Take(1), .. weights]);
        }

        if (axes < 1 || weights.Rank != shape.Rank || group < 1
            || shape[1].Value % group != 0 || weights[0].Value != shape[1].Value)
        {
            throw e.Context.Malformed(e.Node, $"takes {shape} with weights {weights} in {group} groups.");
        }

        long[] kernel = [.. weights.Skip(2).Select(d => d.Value)];
        long[] ones = [.. Enumerable.Repeat(1L, axes)];
        long[] strides = e.Context.Numbers(e.Node, "strides", axes, 1, ones);
        long[] dilations = e.Context.Numbers(e.Node, "dilations", axes, 1, ones);
        long[] outputPadding = e.Context.Numbers(e.Node, "output_padding", axes, 0, new long[axes]);
        (long[] before, long[] after) = Pads(e, [.. shape.Skip(2)], kernel, strides, dilations, outputPadding);
        if (AreSplit(kernel, strides, dilations, before, after, group))
        {
            return [Split(e, kernel, strides, before, after, group)];
        }

        Value spread = Spread(e, x, strides);

        // Behind each pixel stand its zeros already, behind the last too.
        var pads = new long[2 * shape.Rank];
        for (int i = 0; i < axes; i++)
        {
            pads[2 + i] = before[i];
            pads[shape.Rank + 2 + i] = after[i] - (strides[i] - 1);
        }

        Value padded = e.Apply("Pad", [spread, e.Integers(pads)]);
        return
        [
            e.Apply(
                "Conv", [padded, KernelsOfOutputs(e, e.Input(1), group), .. e.Node.Input(2) is { } bias ? [bias] : (IEnumerable<Value?>)[]],
                ("dilations", dilations), ("group", group), ("kernel_shape", kernel)),
        ];
    }

    /// <summary>
    /// Whether the result is cut out of <see cref="Split"/>: every pixel between two of the image is made of equally many of them.
    /// </summary>
    private static bool AreSplit(long[] kernel, long[] strides, long[] dilations, long[] before, long[] after, long group)
    {
        bool isSplit = !Array.TrueForAll(strides, s => s == 1) && (kernel.Length < 3 || (kernel.Length == 3 && group == 1));
        for (int i = 0; i < kernel.Length; i++)
        {
            isSplit &= kernel[i] % strides[i] == 0 && dilations[i] == 1 && before[i] < kernel[i] && after[i] < kernel[i];
        }

        return isSplit;
    }

    /// <summary>
    /// Where a kernel is so many strides long, each of the pixels that one becomes has weights of its own among them, all of which meet
    /// pixels and no zeros between these. So one convolution makes them as channels, which are then put beside one another:
    /// <code>
    ///   a b  ──►  Conv (w₀ w₂), (w₁ w₃)  ──►  a·w₀ a·w₁ (b·w₀ + a·w₂) (b·w₁ + a·w₃) b·w₂ b·w₃
    /// </code>
    /// </summary>
    private static Value Split(Expansion e, long[] kernel, long[] strides, long[] before, long[] after, long group)
    {
        Shape shape = e.Input(0).KnownShape;
        Shape w = e.Input(1).KnownShape;
        int axes = kernel.Length;
        long[] groups = group == 1 ? [] : [group];
        long[] taps = [.. kernel.Select((k, i) => k / strides[i])];
        long pixels = strides.Aggregate(1L, (a, b) => a * b);
        long outputs = w[1].Value;
        long[] all = [.. Enumerable.Range(0, axes).Select(i => (long)i)];

        // [group, inputs, outputs, (taps, stride) …] to [group, strides …, outputs, inputs, taps …], the taps turned around.
        int lead = groups.Length;
        Value apart = e.Reshape(
            e.Input(1), [.. groups, w[0].Value / group, outputs, .. all.SelectMany(i => (Dimension[])[taps[i], strides[i]])]);
        Value exchanged = e.Transpose(
            apart, [.. Leading(), .. all.Select(i => lead + 3 + (2 * i)), lead + 1, lead, .. all.Select(i => lead + 2 + (2 * i))]);
        Value kernels = e.Reshape(exchanged, [group * pixels * outputs, w[0].Value / group, .. taps]);
        Value turned = TurnAround(e, kernels, axes);

        Value?[] bias = e.Node.Input(2) is { } one ? [e.Reshape(Repeated(one), [group * pixels * outputs])] : [];
        Value channels = e.Apply(
            "Conv", [e.Input(0), turned, .. bias],
            ("group", group), ("kernel_shape", taps), ("pads", (long[])[.. taps.Select(t => t - 1), .. taps.Select(t => t - 1)]));

        // [batch, sizes …, group, strides …, outputs] to [batch, (size, stride) …, group, outputs]: with channels last, as convolutions are
        // computed, pixels move as a whole.
        Dimension[] sizes = [.. all.Select(i => shape[2 + (int)i] + (taps[i] - 1))];
        Value split = e.Reshape(
            e.Transpose(channels, [0, .. all.Select(i => i + 2), 1]), [shape[0], .. sizes, .. groups, .. strides, outputs]);
        Value beside = e.Transpose(
            split,
            [
                0, .. all.SelectMany(i => (long[])[1 + i, 1 + axes + lead + i]), .. Leading().Select(i => 1 + axes + i),
                1 + axes + lead + axes,
            ]);
        Value whole = e.Reshape(beside, [shape[0], .. sizes.Select((d, i) => d * strides[i]), group * outputs]);

        // What the padding cuts off.
        long[] starts = [.. all.Select(i => kernel[i] - 1 - before[i])];
        long[] ends = [.. all.Select(i => kernel[i] - 1 - after[i])];
        Value kept = starts.Concat(ends).All(n => n == 0)
            ? whole
            : e.Apply(
                "Slice",
                [
                    whole, e.Integers(starts), e.Integers([.. ends.Select(n => n == 0 ? int.MaxValue : -n)]),
                    e.Integers([.. all.Select(i => i + 1)]),
                ]);
        return e.Transpose(kept, [0, axes + 1, .. all.Select(i => i + 1)]);

        Value Repeated(Value values) =>
            e.Apply("Expand", [e.Reshape(values, [group, 1, outputs]), e.Integers(group, pixels, outputs)]);

        IEnumerable<long> Leading() => Enumerable.Range(0, lead).Select(i => (long)i);
    }

    /// <summary>Zeros before and behind the spread image; negative where the result is cut.</summary>
    private static (long[] Before, long[] After) Pads(
        Expansion e, Dimension[] sizes, long[] kernel, long[] strides, long[] dilations, long[] outputPadding)
    {
        int axes = kernel.Length;
        string auto = e.Node.Text("auto_pad", "NOTSET");
        long[]? pads = e.Node.Ints("pads");
        long[]? wanted = e.Node.Ints("output_shape");
        if (auto is not ("NOTSET" or "SAME_UPPER" or "SAME_LOWER" or "VALID") || (pads is not null && pads.Length != 2 * axes))
        {
            throw e.Context.Malformed(e.Node, $"has auto_pad '{auto}' and pads [{string.Join(",", pads ?? [])}].");
        }

        // Batch and channels may stand before the spatial axes.
        if (wanted is not null)
        {
            wanted = wanted.Length >= axes
                ? wanted[^axes..]
                : throw e.Context.Malformed(e.Node, $"has output_shape [{string.Join(",", wanted)}] for {axes} spatial axes.");
        }

        var before = new long[axes];
        var after = new long[axes];
        for (int i = 0; i < axes; i++)
        {
            long reach = (kernel[i] - 1) * dilations[i];
            long start = pads is not null && auto == "NOTSET" ? pads[i] : 0;
            long end = pads is not null && auto == "NOTSET" ? pads[axes + i] : 0;
            if (wanted is not null || auto.StartsWith("SAME", StringComparison.Ordinal))
            {
                // 'Same' is a result of a stride for each pixel: how much is cut from it is the same for any number of pixels.
                long beyond = outputPadding[i] + reach + 1 - strides[i];
                long total = wanted is null ? beyond : (strides[i] * Known(e, sizes[i])) + beyond - wanted[i];

                // A result that is larger than the kernels reach is filled up at its end.
                long cut = long.Max(total, 0);
                start = auto == "SAME_UPPER" ? cut / 2 : cut - (cut / 2);
                end = total - start;
            }

            before[i] = reach - start;
            after[i] = reach - end + outputPadding[i];
        }

        return (before, after);
    }

    /// <summary>Puts stride − 1 zeros behind every pixel.</summary>
    private static Value Spread(Expansion e, Value x, long[] strides)
    {
        if (Array.TrueForAll(strides, s => s == 1))
        {
            return x;
        }

        Shape shape = x.KnownShape;
        int rank = 2 + (2 * strides.Length);
        var pads = new long[2 * rank];
        for (int i = 0; i < strides.Length; i++)
        {
            pads[rank + 3 + (2 * i)] = strides[i] - 1;
        }

        Value apart = e.Reshape(x, [shape[0], shape[1], .. shape.Skip(2).SelectMany(d => (Dimension[])[d, Dimension.One])]);
        return e.Reshape(
            e.Apply("Pad", [apart, e.Integers(pads)]), [shape[0], shape[1], .. shape.Skip(2).Select((d, i) => d * strides[i])]);
    }

    /// <summary>[inputs, outputs / group, …] to [outputs, inputs / group, …], every kernel turned around.</summary>
    private static Value KernelsOfOutputs(Expansion e, Value weights, long group)
    {
        Shape w = weights.KnownShape;
        int axes = w.Rank - 2;
        long inputs = w[0].Value / group;
        long outputs = w[1].Value;
        Value ofGroups = e.Reshape(weights, [group, inputs, outputs, .. w.Skip(2)]);
        Value exchanged = e.Transpose(ofGroups, [0, 2, 1, .. Enumerable.Range(3, axes).Select(i => (long)i)]);
        return TurnAround(e, e.Reshape(exchanged, [group * outputs, inputs, .. w.Skip(2)]), axes);
    }

    /// <summary>Turns around kernels that have so many dimensions.</summary>
    private static Value TurnAround(Expansion e, Value kernels, int axes)
    {
        long[] all = [.. Enumerable.Range(2, axes).Select(i => (long)i)];
        return e.Apply(
            "Slice",
            [
                kernels, e.Integers([.. all.Select(_ => -1L)]), e.Integers([.. all.Select(_ => (long)int.MinValue)]), e.Integers(all),
                e.Integers([.. all.Select(_ => -1L)]),
            ]);
    }
}
