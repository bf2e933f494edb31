using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using TorchSharp;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>Windows that become one element: their largest or their mean.</summary>
internal static class Pools
{
    public static IEnumerable<(string Type, Func<NodeCall, Tensor> Translate)> All =>
    [
        ("MaxPool", Largest),
        ("AveragePool", Mean),
        ("GlobalAveragePool", call => call[0].mean(Spatial(call.Rank), keepdim: true)),
        ("GlobalMaxPool", call => call[0].amax(Spatial(call.Rank), keepdim: true)),
    ];

    private static long[] Spatial(int rank) => [.. Enumerable.Range(2, rank - 2).Select(a => (long)a)];

    private static SpatialWindow Window(NodeCall call) =>
        SpatialWindow.Of(call.Node, Shape.Of(call[0].shape), null, InferenceContext.Evaluation);

    private static Tensor Largest(NodeCall call)
    {
        if (!call[0].is_floating_point())
        {
            return EvaluatedNode.Run(call)[0];
        }

        SpatialWindow window = Window(call);
        Tensor x = Windows.Around(call[0], window.Begin, Ends(call[0], window), double.NegativeInfinity);
        long[] kernel = Windows.Longs(window.Kernel);
        long[] strides = Windows.Longs(window.Strides);
        long[] dilations = Windows.Longs(window.Dilations);
        return kernel.Length switch
        {
            1 => functional.max_pool1d(x, kernel[0], strides[0], 0, dilations[0]),
            2 => functional.max_pool2d(x, kernel, strides, [0, 0], dilations),
            _ => functional.max_pool3d(x, kernel, strides, [0, 0, 0], dilations),
        };
    }

    /// <summary>Sums divided by the number of elements that count: those of the input, or the padding too.</summary>
    private static Tensor Mean(NodeCall call)
    {
        Tensor x = call[0];
        SpatialWindow window = Window(call);
        int[] ends = Ends(x, window);
        int[] none = new int[ends.Length];
        Tensor ones = torch.ones([1, 1, .. x.shape[2..]], x.dtype, x.device);
        Tensor counted = call.Node.Int("count_include_pad") != 0
            ? Windows.Around(
                Windows.Around(ones, window.Begin, window.End, 1), none, [.. ends.Zip(window.End, (all, own) => all - own)], 0)
            : Windows.Around(ones, window.Begin, ends, 0);
        return Sums(Windows.Around(x, window.Begin, ends, 0), window) / Sums(counted, window);
    }

    private static Tensor Sums(Tensor x, SpatialWindow window)
    {
        long[] kernel = Windows.Longs(window.Kernel);
        Tensor planes = x.reshape([x.shape[0] * x.shape[1], 1, .. x.shape[2..]]);
        Tensor ones = torch.ones([1, 1, .. kernel], x.dtype, x.device);
        Tensor sums = Convolution.Apply(
            planes, ones, null, Windows.Longs(window.Strides), new long[kernel.Length], Windows.Longs(window.Dilations), 1);
        return sums.reshape([x.shape[0], x.shape[1], .. sums.shape[2..]]);
    }

    /// <summary>Padding behind the last element, as far as the last window reaches.</summary>
    private static int[] Ends(Tensor x, SpatialWindow window) =>
    [
        .. window.Kernel.Select((taps, i) =>
        {
            long reach = ((window.Output[i].Value - 1) * window.Strides[i]) + ((taps - 1) * window.Dilations[i]) + 1;
            return (int)Math.Max(window.End[i], reach - x.shape[i + 2] - window.Begin[i]);
        }),
    ];
}
