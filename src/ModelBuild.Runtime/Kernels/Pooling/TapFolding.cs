using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Folds the taps of a window in float32, every channel by itself. Four registers of channels go through the window together, so that
/// none waits for its last sum before the next tap is read.
/// </summary>
internal static class TapFolding
{
    /// <param name="fold">What is made of the taps.</param>
    /// <param name="window">The taps inside the input; there may be none.</param>
    /// <param name="input">The first channel of the first tap.</param>
    /// <param name="output">The first channel of the result.</param>
    /// <typeparam name="TRegisters"><see cref="UpTo256"/> or <see cref="UpTo512"/>.</typeparam>
    /// <typeparam name="TFold">The type of <paramref name="fold"/>.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TRegisters, TFold>(TFold fold, in PoolingWindow window, ref float input, ref float output)
        where TRegisters : struct
        where TFold : struct, ITapFold
    {
        nuint channel = 0;
        if (typeof(TRegisters) == typeof(UpTo512))
        {
            channel = RunLanes<TFold, Float32x16>(fold, in window, ref input, ref output, channel);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            channel = RunLanes<TFold, Float32x8>(fold, in window, ref input, ref output, channel);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            channel = RunLanes<TFold, Float32x4>(fold, in window, ref input, ref output, channel);
        }

        RunLanes<TFold, Float32x1>(fold, in window, ref input, ref output, channel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint RunLanes<TFold, TLanes>(TFold fold, in PoolingWindow window, ref float input, ref float output, nuint channel)
        where TFold : struct, ITapFold
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        for (; channel + (4 * TLanes.Count) <= window.Channels; channel += 4 * TLanes.Count)
        {
            TLanes first = TLanes.Broadcast(fold.Start);
            TLanes second = first, third = first, fourth = first;
            for (nuint row = 0; row < window.Rows; row++)
            {
                nuint tap = channel + (row * window.RowStride);
                for (nuint column = 0; column < window.Columns; column++)
                {
                    first = fold.Add(first, TLanes.Load(ref input, tap));
                    second = fold.Add(second, TLanes.Load(ref input, tap + TLanes.Count));
                    third = fold.Add(third, TLanes.Load(ref input, tap + (2 * TLanes.Count)));
                    fourth = fold.Add(fourth, TLanes.Load(ref input, tap + (3 * TLanes.Count)));
                    tap += window.ColumnStride;
                }
            }

            fold.Finish(first).Store(ref output, channel);
            fold.Finish(second).Store(ref output, channel + TLanes.Count);
            fold.Finish(third).Store(ref output, channel + (2 * TLanes.Count));
            fold.Finish(fourth).Store(ref output, channel + (3 * TLanes.Count));
        }

        for (; channel + TLanes.Count <= window.Channels; channel += TLanes.Count)
        {
            TLanes total = TLanes.Broadcast(fold.Start);
            for (nuint row = 0; row < window.Rows; row++)
            {
                nuint tap = channel + (row * window.RowStride);
                for (nuint column = 0; column < window.Columns; column++)
                {
                    total = fold.Add(total, TLanes.Load(ref input, tap));
                    tap += window.ColumnStride;
                }
            }

            fold.Finish(total).Store(ref output, channel);
        }

        return channel;
    }
}
