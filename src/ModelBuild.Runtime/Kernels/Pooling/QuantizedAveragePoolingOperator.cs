using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The mean of every channel of 8-bit codes: <c>round((sum - n · inputZeroPoint) · (multiplier / area)) + zeroPoint</c> with an integer
/// sum of the n taps inside the input. A window without taps gives the zero point.
/// </summary>
/// <param name="countPadding">
/// True where the area is the number of taps inside the input or its padding, false where that inside the input.
/// </param>
/// <param name="inputZeroPoint">The code of zero in the input, which is also the value of the padding.</param>
/// <param name="multiplier">The scale of the input over the scale of the output.</param>
/// <param name="zeroPoint">The code of zero in the output.</param>
internal readonly struct QuantizedAveragePoolingOperator(bool countPadding, int inputZeroPoint, float multiplier, int zeroPoint)
    : IPoolingOperator<byte, byte>
{
    /// <summary>The most taps whose sum of codes an int32 can hold.</summary>
    public const int MaximumTaps = int.MaxValue / byte.MaxValue;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Invoke<TRegisters>(in PoolingWindow window, ref byte input, ref byte output)
        where TRegisters : struct
    {
        float factor = multiplier / nuint.Max(countPadding ? window.Padded : window.Count, 1);
        nuint channel = 0;
        if (typeof(TRegisters) == typeof(UpTo512))
        {
            channel = Average<Int32x16, Float32x16>(in window, ref input, ref output, factor, channel);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            channel = Average<Int32x8, Float32x8>(in window, ref input, ref output, factor, channel);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            channel = Average<Int32x4, Float32x4>(in window, ref input, ref output, factor, channel);
        }

        Average<Int32x1, Float32x1>(in window, ref input, ref output, factor, channel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal nuint Average<TInt, TFloat>(in PoolingWindow window, ref byte input, ref byte output, float factor, nuint channel)
        where TInt : unmanaged, IInt32Lanes<TInt, TFloat>
        where TFloat : unmanaged, IFloat32Lanes<TFloat>
    {
        for (; channel + TFloat.Count <= window.Channels; channel += TFloat.Count)
        {
            TInt sum = TInt.Broadcast(-(int)window.Count * inputZeroPoint);
            for (nuint row = 0; row < window.Rows; row++)
            {
                nuint tap = channel + (row * window.RowStride);
                for (nuint column = 0; column < window.Columns; column++)
                {
                    sum += TInt.Load(ref input, tap);
                    tap += window.ColumnStride;
                }
            }

            TFloat value = sum.ToFloat32() * TFloat.Broadcast(factor);
            Requantization.ToCode(value, zeroPoint, byte.MinValue, byte.MaxValue).Store(ref output, channel);
        }

        return channel;
    }
}
