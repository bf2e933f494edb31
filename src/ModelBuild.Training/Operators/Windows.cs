using ModelBuild.Compiler.Operators;
using TorchSharp;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>Padding of what a window moves over: ONNX pads each side as it likes, LibTorch's operators both alike.</summary>
internal static class Windows
{
    public static long[] Longs(int[] numbers) => Array.ConvertAll(numbers, n => (long)n);

    /// <summary>
    /// The padding that the operator does itself where both sides are alike; otherwise it is done here and nothing is left.
    /// </summary>
    public static (Tensor X, long[] Padding) Pad(Tensor x, SpatialWindow window, double value) => window.Begin.SequenceEqual(window.End)
        ? (x, Longs(window.Begin)) : (Around(x, window.Begin, window.End, value), new long[window.Begin.Length]);

    /// <summary>Elements around the last axes.</summary>
    public static Tensor Around(Tensor x, int[] begin, int[] end, double value)
    {
        if (begin.All(b => b == 0) && end.All(e => e == 0))
        {
            return x;
        }

        // The last axis comes first.
        long[] pads = [.. Enumerable.Range(0, begin.Length).Reverse().SelectMany(i => (long[])[begin[i], end[i]])];
        return functional.pad(x, pads, PaddingModes.Constant, value);
    }
}
