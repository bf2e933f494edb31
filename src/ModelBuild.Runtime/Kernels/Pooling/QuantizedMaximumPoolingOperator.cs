using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>The largest tap of every channel of 8-bit codes. A window without taps gives 0, the smallest code.</summary>
internal readonly struct QuantizedMaximumPoolingOperator : IPoolingOperator<byte, byte>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Invoke<TRegisters>(in PoolingWindow window, ref byte input, ref byte output)
        where TRegisters : struct
    {
        nuint channel = 0;
        if (typeof(TRegisters) == typeof(UpTo512))
        {
            channel = Maximum<UInt8x64>(in window, ref input, ref output, channel);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            channel = Maximum<UInt8x32>(in window, ref input, ref output, channel);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            channel = Maximum<UInt8x16>(in window, ref input, ref output, channel);
            channel = Maximum<UInt8x8>(in window, ref input, ref output, channel);
        }

        Maximum<UInt8x1>(in window, ref input, ref output, channel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint Maximum<TLanes>(in PoolingWindow window, ref byte input, ref byte output, nuint channel)
        where TLanes : unmanaged, IUInt8Lanes<TLanes>
    {
        for (; channel + TLanes.Count <= window.Channels; channel += TLanes.Count)
        {
            // The windows of most networks, whole: without loops that run twice or three times, whose ends no processor foresees.
            TLanes maximum = (window.Rows, window.Columns) switch
            {
                (2, 2) => TLanes.Max(
                    OfTwo<TLanes>(in window, ref input, channel), OfTwo<TLanes>(in window, ref input, channel + window.RowStride)),
                (3, 3) => TLanes.Max(
                    TLanes.Max(
                        OfThree<TLanes>(in window, ref input, channel), OfThree<TLanes>(in window, ref input, channel + window.RowStride)),
                    OfThree<TLanes>(in window, ref input, channel + (2 * window.RowStride))),
                _ => OfAll<TLanes>(in window, ref input, channel),
            };
            maximum.Store(ref output, channel);
        }

        return channel;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes OfTwo<TLanes>(in PoolingWindow window, ref byte input, nuint tap)
        where TLanes : unmanaged, IUInt8Lanes<TLanes> =>
        TLanes.Max(TLanes.Load(ref input, tap), TLanes.Load(ref input, tap + window.ColumnStride));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes OfThree<TLanes>(in PoolingWindow window, ref byte input, nuint tap)
        where TLanes : unmanaged, IUInt8Lanes<TLanes> =>
        TLanes.Max(OfTwo<TLanes>(in window, ref input, tap), TLanes.Load(ref input, tap + (2 * window.ColumnStride)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes OfAll<TLanes>(in PoolingWindow window, ref byte input, nuint channel)
        where TLanes : unmanaged, IUInt8Lanes<TLanes>
    {
        TLanes maximum = default;
        for (nuint row = 0; row < window.Rows; row++)
        {
            nuint tap = channel + (row * window.RowStride);
            for (nuint column = 0; column < window.Columns; column++)
            {
                maximum = TLanes.Max(TLanes.Load(ref input, tap), maximum);
                tap += window.ColumnStride;
            }
        }

        return maximum;
    }
}
