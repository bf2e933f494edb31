using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// The window that convolution and pooling move over the spatial axes of [N, C, spatial…]: everything ONNX leaves to defaults and to
/// <c>auto_pad</c>, worked out. One entry per spatial axis.
/// </summary>
/// <param name="Kernel">Taps.</param>
/// <param name="Strides">Steps between windows.</param>
/// <param name="Dilations">Steps between taps.</param>
/// <param name="Begin">Padding before the first element.</param>
/// <param name="End">Padding after the last element.</param>
/// <param name="Output">Number of windows.</param>
internal sealed record SpatialWindow(int[] Kernel, int[] Strides, int[] Dilations, int[] Begin, int[] End, Dimension[] Output)
{
    /// <summary>The attributes that describe a window.</summary>
    public static (string Name, AttributeKind Kind)[] Attributes { get; } =
    [
        ("auto_pad", AttributeKind.Text),
        ("dilations", AttributeKind.Ints),
        ("kernel_shape", AttributeKind.Ints),
        ("pads", AttributeKind.Ints),
        ("strides", AttributeKind.Ints),
    ];

    /// <param name="input">The shape of the input, [N, C, spatial…].</param>
    /// <param name="kernel">What the weights say of the kernel; null for pooling, which has only the attribute.</param>
    public static SpatialWindow Of(Node node, Shape input, long[]? kernel, InferenceContext context)
    {
        int rank = input.Rank - 2;
        if (rank is not (1 or 2 or 3))
        {
            throw rank > 3
                ? context.Unsupported(node, $"works on {rank} spatial axes. One to three are supported.")
                : context.Malformed(node, $"has an input of shape {input}, and needs [N, C, spatial axes].");
        }

        int[] taps = Ints("kernel_shape", rank, 1, kernel);
        if (kernel is not null && !taps.Select(t => (long)t).SequenceEqual(kernel))
        {
            throw context.Malformed(
                node, $"has kernel_shape [{string.Join(",", taps)}], and its weights are [{string.Join(",", kernel)}].");
        }

        long[] ones = [.. Enumerable.Repeat(1L, rank)];
        int[] strides = Ints("strides", rank, 1, ones);
        int[] dilations = Ints("dilations", rank, 1, ones);
        int[] pads = Ints("pads", 2 * rank, 0, new long[2 * rank]);
        string padding = node.Text("auto_pad", "NOTSET");
        bool ceiling = node.Int("ceil_mode") != 0;
        int[] begin = pads[..rank];
        int[] end = pads[rank..];
        var output = new Dimension[rank];
        for (int i = 0; i < rank; i++)
        {
            int extent = ((taps[i] - 1) * dilations[i]) + 1;
            Dimension size = input[i + 2];
            switch (padding)
            {
                case "NOTSET":
                    break;
                case "VALID":
                    (begin[i], end[i]) = (0, 0);
                    break;
                case "SAME_UPPER" or "SAME_LOWER":
                    output[i] = size.CeilingDivide(strides[i]);
                    Dimension total = extent == 1 ? 0 : ((output[i] - 1) * strides[i]) + extent - size;
                    if (!total.IsConstant)
                    {
                        throw context.Unbound(node, $"pads 'same' with stride {strides[i]}, so its padding depends on the run.", size);
                    }

                    int all = (int)Math.Max(total.Value, 0);
                    begin[i] = padding == "SAME_UPPER" ? all / 2 : (all + 1) / 2;
                    end[i] = all - begin[i];
                    continue;
                default:
                    throw context.Malformed(node, $"has auto_pad '{padding}', which does not exist.");
            }

            Dimension span = size + begin[i] + end[i] - extent;

            // Rounded up, the last window must still begin inside the input or the padding before it: as soon as that is asked of it, the
            // number of such beginnings is the smaller one.
            output[i] = !ceiling ? span.FloorDivide(strides[i]) + 1
                : extent - end[i] < strides[i] ? (size + begin[i]).CeilingDivide(strides[i])
                : span.CeilingDivide(strides[i]) + 1;
            if (span.IsConstant && span.Value < 0 && output[i].Value < 1)
            {
                throw context.Malformed(node, $"has a window of {extent} along an axis of {size} with padding {begin[i]} and {end[i]}.");
            }
        }

        return new SpatialWindow(taps, strides, dilations, begin, end, output);

        int[] Ints(string attribute, int count, long least, long[]? usual) =>
            [.. context.Numbers(node, attribute, count, least, usual).Select(n => (int)n)];
    }
}
