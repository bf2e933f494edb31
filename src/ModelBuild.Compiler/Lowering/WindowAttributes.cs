using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// The window of a lowered convolution or pool: the attributes kernel_shape, strides, dilations and pads, all present and explicit, so
/// that nothing after lowering knows defaults or <c>auto_pad</c>.
/// </summary>
internal static class WindowAttributes
{
    public static void Write(SpatialWindow window, IDictionary<string, AttributeValue> attributes)
    {
        attributes.Remove("auto_pad");
        attributes.Remove("ceil_mode");
        attributes["kernel_shape"] = Longs(window.Kernel);
        attributes["strides"] = Longs(window.Strides);
        attributes["dilations"] = Longs(window.Dilations);
        attributes["pads"] = Longs([.. window.Begin, .. window.End]);
    }

    /// <summary>
    /// The window along the slices (axis −1), rows (axis 0) and columns (axis 1); one of fewer dimensions is one slice deep and one row
    /// high.
    /// </summary>
    public static WindowAxis Axis(Node node, int axis)
    {
        long[] kernel = node.Ints("kernel_shape")!;
        int own = axis - (2 - kernel.Length);
        if (own < 0)
        {
            return new WindowAxis(1, 1, 1, 0, 0);
        }

        long[] pads = node.Ints("pads")!;
        return new WindowAxis(kernel[own], node.Ints("strides")![own], node.Ints("dilations")![own], pads[own], pads[kernel.Length + own]);
    }

    private static long[] Longs(int[] values) => Array.ConvertAll(values, v => (long)v);
}
