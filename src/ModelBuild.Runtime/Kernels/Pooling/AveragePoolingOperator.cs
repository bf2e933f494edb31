using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The mean of every channel in float32: the taps are added row by row, from the left, then divided. A window without taps gives 0.
/// </summary>
/// <param name="countPadding">True to divide by the number of taps inside the input or its padding, false by that inside the input.</param>
internal readonly struct AveragePoolingOperator(bool countPadding) : IPoolingOperator<float, float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Invoke(in PoolingWindow window, ref float input, ref float output)
    {
        float divisor = nuint.Max(countPadding ? window.Padded : window.Count, 1);
        nuint channel = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            channel = Average<Float32x16>(in window, ref input, ref output, divisor, channel);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            channel = Average<Float32x8>(in window, ref input, ref output, divisor, channel);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            channel = Average<Float32x4>(in window, ref input, ref output, divisor, channel);
        }

        Average<Float32x1>(in window, ref input, ref output, divisor, channel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static nuint Average<TLanes>(in PoolingWindow window, ref float input, ref float output, float divisor, nuint channel)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        for (; channel + TLanes.Count <= window.Channels; channel += TLanes.Count)
        {
            TLanes sum = TLanes.Broadcast(0);
            for (nuint row = 0; row < window.Rows; row++)
            {
                nuint tap = channel + (row * window.RowStride);
                for (nuint column = 0; column < window.Columns; column++)
                {
                    sum += TLanes.Load(ref input, tap);
                    tap += window.ColumnStride;
                }
            }

            (sum / TLanes.Broadcast(divisor)).Store(ref output, channel);
        }

        return channel;
    }
}
