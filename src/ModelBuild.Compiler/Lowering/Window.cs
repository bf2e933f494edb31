using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Lowering;

/// <summary>The window of a convolution or pool along one spatial axis.</summary>
internal readonly record struct WindowAxis(long Kernel, long Stride, long Dilation, long PadBegin);

/// <summary>The window of a convolution or pool, with the attributes' defaults filled in and <c>auto_pad</c> resolved.</summary>
internal static class Window
{
    /// <param name="node">With attributes kernel_shape, strides, dilations, pads, auto_pad as in ONNX Conv.</param>
    /// <param name="kernel">Kernel sizes: the attribute's or the weights'.</param>
    /// <param name="input">Spatial dimensions of the input.</param>
    /// <param name="output">Spatial dimensions of the output.</param>
    /// <exception cref="NotSupportedException">SAME padding over a dimension that only the run knows.</exception>
    public static WindowAxis[] Of(Node node, IReadOnlyList<long> kernel, IReadOnlyList<Dimension> input, IReadOnlyList<Dimension> output)
    {
        long[]? strides = node.Ints("strides");
        long[]? dilations = node.Ints("dilations");
        long[]? pads = node.Ints("pads");
        string auto = node.Text("auto_pad", "NOTSET");
        var axes = new WindowAxis[kernel.Count];
        for (int i = 0; i < axes.Length; i++)
        {
            long stride = strides?[i] ?? 1;
            long dilation = dilations?[i] ?? 1;
            long begin = auto == "NOTSET" ? pads?[i] ?? 0 : 0;
            if (auto is "SAME_UPPER" or "SAME_LOWER")
            {
                if (!input[i].IsConstant)
                {
                    throw new NotSupportedException($"auto_pad {auto} needs the size of axis {i + 2} at build.");
                }

                // ONNX operators, Conv: total = (output − 1) × stride + extent − input, the odd one at the end for SAME_UPPER.
                long total = Math.Max(0, ((output[i].Value - 1) * stride) + ((kernel[i] - 1) * dilation) + 1 - input[i].Value);
                begin = auto == "SAME_UPPER" ? total / 2 : total - (total / 2);
            }

            axes[i] = new WindowAxis(kernel[i], stride, dilation, begin);
        }

        return axes;
    }
}
