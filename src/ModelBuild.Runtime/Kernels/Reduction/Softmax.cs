using System.ComponentModel;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Softmax and its logarithm along one dimension (ONNX: Softmax, LogSoftmax): the tensor is <c>[outer, length, inner]</c>, and every run
/// of <c>length</c> elements is normalized by itself.
/// </summary>
/// <remarks>
/// Results are identical on every processor: the exponential is a polynomial of our own, and sums have a fixed order (without an inner
/// dimension that of sixteen interleaved partial sums, with one that of the elements). The largest element is subtracted first,
/// so nothing overflows; a row with NaN or positive infinity is NaN. All methods are thread-safe and allocate nothing. The output may
/// be the very span of the input; any other overlap leaves it unspecified.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Softmax
{
    /// <summary>How many elements are in work at once where the output cannot hold intermediate results: 1 KiB of stack.</summary>
    private const int ChunkLength = 256;

    private const int RowsAtOnce = 16;

    /// <summary><c>exp(x - max) / sum</c>; without an inner dimension times <c>1 / sum</c>, which takes a fraction of the time.</summary>
    /// <param name="outer">The product of the dimensions before the normalized one.</param>
    /// <param name="length">The normalized dimension.</param>
    /// <param name="inner">The product of the dimensions behind it.</param>
    /// <param name="input"><c>[outer, length, inner]</c>.</param>
    /// <param name="output"><c>[outer, length, inner]</c>.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or a dimension negative.</exception>
    public static void Float32(int outer, int length, int inner, ReadOnlySpan<float> input, Span<float> output)
    {
        Check(outer, length, inner, input, output);
        if (inner != 1)
        {
            SoftmaxColumns.Float32(outer, length, inner, input, output);
            return;
        }

        for (int row = 0; row < outer; row++)
        {
            ReadOnlySpan<float> x = input.Slice(row * length, length);
            Span<float> y = output.Slice(row * length, length);
            var sum = default(LaneSum);
            float maximum = Maximum(x);
            if (float.IsFinite(maximum))
            {
                sum.Add(new FiniteExponentialOperator(maximum), x, y);
            }
            else
            {
                sum.Add(new ExponentialOperator(maximum), x, y);
            }

            Elementwise.Apply(new ProductOperator(1 / sum.Total), (ReadOnlySpan<float>)y, y);
        }
    }

    /// <summary><c>x - max - log(sum)</c>, where the sum is that of <c>exp(x - max)</c>.</summary>
    /// <inheritdoc cref="Float32"/>
    public static void LogFloat32(int outer, int length, int inner, ReadOnlySpan<float> input, Span<float> output)
    {
        Check(outer, length, inner, input, output);
        if (inner != 1)
        {
            SoftmaxColumns.LogFloat32(outer, length, inner, input, output);
            return;
        }

        // Some rows at a time: what one waits for, its sum and the logarithm of that, is found meanwhile for others.
        Span<float> maxima = stackalloc float[RowsAtOnce];
        Span<float> sums = stackalloc float[RowsAtOnce];
        for (int first = 0; first < outer; first += RowsAtOnce)
        {
            int rows = int.Min(RowsAtOnce, outer - first);
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<float> x = input.Slice((first + i) * length, length);
                maxima[i] = Maximum(x);
                sums[i] = float.IsFinite(maxima[i])
                    ? SumOfExponentials(new FiniteExponentialOperator(maxima[i]), x)
                    : SumOfExponentials(new ExponentialOperator(maxima[i]), x);
            }

            foreach (ref float sum in sums[..rows])
            {
                sum = Exponential.Log(sum);
            }

            for (int i = 0; i < rows; i++)
            {
                int start = (first + i) * length;
                Elementwise.Apply(new LogOperator(maxima[i], sums[i]), input.Slice(start, length), output.Slice(start, length));
            }
        }
    }

    /// <summary>
    /// Softmax of 8-bit codes, in new codes: with <c>e = exp((q - max) · inputScale)</c> it is
    /// <c>saturate(round(e / sum · multiplier) + zeroPoint)</c>, every step in float32 and in this order, halves to the even integer.
    /// The zero point of the input cancels.
    /// </summary>
    /// <param name="outer">The product of the dimensions before the normalized one.</param>
    /// <param name="length">The normalized dimension.</param>
    /// <param name="inner">The product of the dimensions behind it.</param>
    /// <param name="input"><c>[outer, length, inner]</c>.</param>
    /// <param name="inputScale">The scale of the input, positive and finite.</param>
    /// <param name="multiplier">One over the scale of the output.</param>
    /// <param name="zeroPoint">The code of zero in the output, 0 to 255.</param>
    /// <param name="output"><c>[outer, length, inner]</c>.</param>
    /// <exception cref="ArgumentException">
    /// A span has not the length of its tensor, a dimension negative, or the scale or the zero point out of range.
    /// </exception>
    public static void UInt8(
        int outer, int length, int inner, ReadOnlySpan<byte> input, float inputScale, float multiplier, int zeroPoint, Span<byte> output)
    {
        QuantizedValueGuard.Scale(inputScale);
        QuantizedValueGuard.Code(zeroPoint);
        Check(outer, length, inner, input, output);
        if (inner != 1)
        {
            SoftmaxColumns.UInt8(outer, length, inner, input, inputScale, multiplier, zeroPoint, output);
            return;
        }

        for (int row = 0; row < outer; row++)
        {
            ReadOnlySpan<byte> x = input.Slice(row * length, length);
            var exponential = new ScaledExponentialOperator(Maximum(x), inputScale);
            float sum = SumOfExponentials(exponential, x);
            Elementwise.Apply(
                new CodeOperator(exponential, sum, multiplier, zeroPoint), x, output.Slice(row * length, length));
        }
    }

    private static void Check<T>(int outer, int length, int inner, ReadOnlySpan<T> input, Span<T> output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(outer);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNegative(inner);
        long count = Extent.Product(outer, length, inner);
        SpanGuard.Length(input.Length, count, nameof(input));
        SpanGuard.Length(output.Length, count, nameof(output));
    }

    /// <summary>The largest element, or NaN if there is one.</summary>
    private static float Maximum(ReadOnlySpan<float> row) => row.IsEmpty ? 0 : Extremes.Maximum(row);

    private static T Maximum<T>(ReadOnlySpan<T> row)
        where T : unmanaged, INumber<T> => row.IsEmpty ? T.Zero : Extremes.Maximum(row);

    [SkipLocalsInit]
    private static float SumOfExponentials<TOperator, T>(TOperator operation, ReadOnlySpan<T> row)
        where TOperator : struct, IUnaryOperator
    {
        Span<float> exponentials = stackalloc float[ChunkLength];
        var sum = default(LaneSum);
        while (!row.IsEmpty)
        {
            int count = int.Min(row.Length, ChunkLength);
            sum.Add(operation, row[..count], exponentials[..count]);
            row = row[count..];
        }

        return sum.Total;
    }

    private readonly struct ExponentialOperator(float maximum) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => Exponential.Exp(value - TLanes.Broadcast(maximum));
    }

    /// <summary>The same where the largest element is finite, so that no difference is above zero or NaN.</summary>
    private readonly struct FiniteExponentialOperator(float maximum) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => Exponential.ExpUpToZero(value - TLanes.Broadcast(maximum));
    }

    private readonly struct ScaledExponentialOperator(float maximum, float scale) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> =>
            Exponential.Exp((value - TLanes.Broadcast(maximum)) * TLanes.Broadcast(scale));
    }

    private readonly struct ProductOperator(float factor) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => value * TLanes.Broadcast(factor);
    }

    private readonly struct LogOperator(float maximum, float logSum) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => value - TLanes.Broadcast(maximum) - TLanes.Broadcast(logSum);
    }

    private readonly struct CodeOperator(ScaledExponentialOperator exponential, float sum, float multiplier, float zeroPoint)
        : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes probability = exponential.Invoke(value) / TLanes.Broadcast(sum);
            return Requantization.ToCode(probability * TLanes.Broadcast(multiplier), zeroPoint, byte.MinValue, byte.MaxValue);
        }
    }
}
