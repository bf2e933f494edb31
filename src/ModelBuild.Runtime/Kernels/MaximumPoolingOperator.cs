using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The largest tap of every channel. NaN is passed over; a window without taps gives <paramref name="lowest"/>. The last register of a
/// window overlaps the one before, which writes the same values again.
/// </summary>
/// <param name="lowest">What every element exceeds or equals.</param>
internal readonly struct MaximumPoolingOperator<T>(T lowest) : IPoolingOperator<T, T>
    where T : unmanaged, IComparisonOperators<T, T, bool>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Invoke(in PoolingWindow window, ref T input, ref T output)
    {
        nuint channels = window.Channels;
        if (Vector512.IsHardwareAccelerated && channels >= (uint)Vector512<T>.Count)
        {
            nuint last = channels - (uint)Vector512<T>.Count;
            for (nuint c = 0; c < last; c += (uint)Vector512<T>.Count)
            {
                Maximum512(in window, ref input, c).StoreUnsafe(ref output, c);
            }

            Maximum512(in window, ref input, last).StoreUnsafe(ref output, last);
        }
        else if (Vector256.IsHardwareAccelerated && channels >= (uint)Vector256<T>.Count)
        {
            nuint last = channels - (uint)Vector256<T>.Count;
            for (nuint c = 0; c < last; c += (uint)Vector256<T>.Count)
            {
                Maximum256(in window, ref input, c).StoreUnsafe(ref output, c);
            }

            Maximum256(in window, ref input, last).StoreUnsafe(ref output, last);
        }
        else if (Vector128.IsHardwareAccelerated && channels >= (uint)Vector128<T>.Count)
        {
            nuint last = channels - (uint)Vector128<T>.Count;
            for (nuint c = 0; c < last; c += (uint)Vector128<T>.Count)
            {
                Maximum128(in window, ref input, c).StoreUnsafe(ref output, c);
            }

            Maximum128(in window, ref input, last).StoreUnsafe(ref output, last);
        }
        else
        {
            for (nuint c = 0; c < channels; c++)
            {
                Unsafe.Add(ref output, c) = Maximum(in window, ref input, c);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Maximum(in PoolingWindow window, ref T input, nuint channel)
    {
        T maximum = lowest;
        for (nuint row = 0; row < window.Rows; row++)
        {
            nuint tap = channel + (row * window.RowStride);
            for (nuint column = 0; column < window.Columns; column++)
            {
                T value = Unsafe.Add(ref input, tap);
                maximum = value > maximum ? value : maximum;
                tap += window.ColumnStride;
            }
        }

        return maximum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<T> Maximum128(in PoolingWindow window, ref T input, nuint channel)
    {
        Vector128<T> maximum = Vector128.Create(lowest);
        for (nuint row = 0; row < window.Rows; row++)
        {
            nuint tap = channel + (row * window.RowStride);
            for (nuint column = 0; column < window.Columns; column++)
            {
                Vector128<T> value = Vector128.LoadUnsafe(ref input, tap);
                maximum = typeof(T) == typeof(byte)
                    ? Vector128.Max(value, maximum)
                    : Vector128.ConditionalSelect(Vector128.GreaterThan(value, maximum), value, maximum);
                tap += window.ColumnStride;
            }
        }

        return maximum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<T> Maximum256(in PoolingWindow window, ref T input, nuint channel)
    {
        Vector256<T> maximum = Vector256.Create(lowest);
        for (nuint row = 0; row < window.Rows; row++)
        {
            nuint tap = channel + (row * window.RowStride);
            for (nuint column = 0; column < window.Columns; column++)
            {
                Vector256<T> value = Vector256.LoadUnsafe(ref input, tap);
                maximum = typeof(T) == typeof(byte)
                    ? Vector256.Max(value, maximum)
                    : Vector256.ConditionalSelect(Vector256.GreaterThan(value, maximum), value, maximum);
                tap += window.ColumnStride;
            }
        }

        return maximum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<T> Maximum512(in PoolingWindow window, ref T input, nuint channel)
    {
        Vector512<T> maximum = Vector512.Create(lowest);
        for (nuint row = 0; row < window.Rows; row++)
        {
            nuint tap = channel + (row * window.RowStride);
            for (nuint column = 0; column < window.Columns; column++)
            {
                Vector512<T> value = Vector512.LoadUnsafe(ref input, tap);
                maximum = typeof(T) == typeof(byte)
                    ? Vector512.Max(value, maximum)
                    : Vector512.ConditionalSelect(Vector512.GreaterThan(value, maximum), value, maximum);
                tap += window.ColumnStride;
            }
        }

        return maximum;
    }
}
