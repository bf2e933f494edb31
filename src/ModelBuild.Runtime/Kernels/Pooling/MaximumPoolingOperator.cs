using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>The largest tap of every channel in float32. NaN is passed over; a window without taps gives negative infinity.</summary>
internal readonly struct MaximumPoolingOperator : IPoolingOperator<float, float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Invoke(in PoolingWindow window, ref float input, ref float output)
    {
        nuint channel = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            channel = Maximum<Float32x16>(in window, ref input, ref output, channel);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            channel = Maximum<Float32x8>(in window, ref input, ref output, channel);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            channel = Maximum<Float32x4>(in window, ref input, ref output, channel);
        }

        Maximum<Float32x1>(in window, ref input, ref output, channel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint Maximum<TLanes>(in PoolingWindow window, ref float input, ref float output, nuint channel)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        for (; channel + TLanes.Count <= window.Channels; channel += TLanes.Count)
        {
            TLanes maximum = TLanes.Broadcast(float.NegativeInfinity);
            for (nuint row = 0; row < window.Rows; row++)
            {
                nuint tap = channel + (row * window.RowStride);
                for (nuint column = 0; column < window.Columns; column++)
                {
                    TLanes value = TLanes.Load(ref input, tap);
                    maximum = TLanes.WhereLess(maximum, value, value, maximum);
                    tap += window.ColumnStride;
                }
            }

            maximum.Store(ref output, channel);
        }

        return channel;
    }
}
