using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Interpolation along one dimension (ONNX: Resize, an axis at a time): each element of the result is a weighted sum of neighbours.
/// Where they are and what they weigh is in tables, so that linear, cubic and wider filters are one kernel.
/// </summary>
/// <remarks>
/// Results are identical on every processor: products are summed up in the order of the neighbours, those whose weight is zero left
/// out, so that they may be infinite. All methods are thread-safe and allocate nothing. Inputs and output must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Resampling
{
    /// <summary>How many sums are in work at once where the output cannot hold them: 1 KiB of stack.</summary>
    private const int ChunkLength = 256;

    /// <summary><c>output[o, j, i] = Σ weights[j, k] · input[o, starts[j] + k, i]</c>.</summary>
    /// <param name="outer">The product of the dimensions before the one that is resampled.</param>
    /// <param name="length">The dimension that is resampled.</param>
    /// <param name="inner">The product of the dimensions behind it.</param>
    /// <param name="starts">For each element of the result the first of its neighbours; −1 where it lies outside.</param>
    /// <param name="weights"><c>[starts, neighbours]</c>.</param>
    /// <param name="outside">The value of what lies outside.</param>
    /// <param name="input"><c>[outer, length, inner]</c>.</param>
    /// <param name="output"><c>[outer, starts, inner]</c>.</param>
    /// <exception cref="ArgumentException">
    /// A span has not the length of its tensor, a dimension is negative, or a neighbour outside the input.
    /// </exception>
    public static void Interpolate(
        int outer, int length, int inner, ReadOnlySpan<int> starts, ReadOnlySpan<float> weights, float outside,
        ReadOnlySpan<float> input, Span<float> output)
    {
        int taps = Check(outer, length, inner, starts, weights, input, output);
        for (int row = 0; row < outer; row++)
        {
            ReadOnlySpan<float> from = input.Slice(row * length * inner, length * inner);
            Span<float> to = output.Slice(row * starts.Length * inner, starts.Length * inner);
            if (inner == 1 && taps == 2)
            {
                Pairs(starts, weights, outside, from, to);
            }
            else if (inner == 1)
            {
                Elements(starts, weights, taps, outside, from, to);
            }
            else
            {
                Rows(starts, weights, taps, outside, inner, from, to);
            }
        }
    }

    /// <summary>
    /// The same from or to 8-bit codes: <c>Σ weights · input · multiplier + offset</c>, rounded to the nearest integer, halves to the even
    /// one, and saturated where the result is codes. Where the weights of each element have the sum 1, that is interpolation of what the
    /// codes stand for.
    /// </summary>
    /// <typeparam name="TInput">Float or byte.</typeparam>
    /// <typeparam name="TOutput">Float or byte.</typeparam>
    /// <param name="outer">The product of the dimensions before the one that is resampled.</param>
    /// <param name="length">The dimension that is resampled.</param>
    /// <param name="inner">The product of the dimensions behind it.</param>
    /// <param name="starts">For each element of the result the first of its neighbours; −1 where it lies outside.</param>
    /// <param name="weights"><c>[starts, neighbours]</c>.</param>
    /// <param name="outside">The value of what lies outside, before it is rounded.</param>
    /// <param name="multiplier">From the input's steps to the result's.</param>
    /// <param name="offset">What the input's and the result's zero make of a sum.</param>
    /// <param name="input"><c>[outer, length, inner]</c>.</param>
    /// <param name="output"><c>[outer, starts, inner]</c>.</param>
    /// <exception cref="ArgumentException">
    /// A span has not the length of its tensor, a dimension is negative, or a neighbour outside the input.
    /// </exception>
    [SkipLocalsInit]
    public static void InterpolateCodes<TInput, TOutput>(
        int outer, int length, int inner, ReadOnlySpan<int> starts, ReadOnlySpan<float> weights, float outside, float multiplier,
        float offset, ReadOnlySpan<TInput> input, Span<TOutput> output)
    {
        int taps = Check(outer, length, inner, starts, weights, input, output);
        Span<float> sums = stackalloc float[ChunkLength];
        for (int row = 0; row < outer * starts.Length; row++)
        {
            int i = row % starts.Length;
            Span<TOutput> result = output.Slice(row * inner, inner);
            for (int column = 0; column < inner; column += ChunkLength)
            {
                int width = int.Min(inner - column, ChunkLength);
                if (starts[i] < 0)
                {
                    sums[..width].Fill(outside);
                    Store(1, 0, sums[..width], result.Slice(column, width));
                    continue;
                }

                var sum = new RowSum<TInput>(sums[..width]);
                int first = (((row / starts.Length * length) + starts[i]) * inner) + column;
                for (int k = 0; k < taps; k++)
                {
                    sum.Add(weights[(i * taps) + k], input.Slice(first + (k * inner), width));
                }

                sum.Finish();
                Store(multiplier, offset, sums[..width], result.Slice(column, width));
            }
        }
    }

    private static int Check<TInput, TOutput>(
        int outer, int length, int inner, ReadOnlySpan<int> starts, ReadOnlySpan<float> weights, ReadOnlySpan<TInput> input,
        Span<TOutput> output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(outer);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNegative(inner);
        int taps = starts.IsEmpty ? 0 : weights.Length / starts.Length;
        SpanGuard.Length(weights.Length, Extent.Product(starts.Length, taps), nameof(weights));
        SpanGuard.Length(input.Length, Extent.Product(outer, length, inner), nameof(input));
        SpanGuard.Length(output.Length, Extent.Product(outer, starts.Length, inner), nameof(output));
        foreach (int start in starts)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(start, -1, nameof(starts));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(start, length - taps, nameof(starts));
        }

        return taps;
    }

    private static void Store<TOutput>(float multiplier, float offset, ReadOnlySpan<float> sums, Span<TOutput> output)
    {
        if (typeof(TOutput) == typeof(byte))
        {
            Elementwise.Apply(new CodeOperator(multiplier, offset), sums, output);
        }
        else
        {
            Elementwise.Apply(new AffineOperator(multiplier, offset), sums, output);
        }
    }

    private static void Elements(
        ReadOnlySpan<int> starts, ReadOnlySpan<float> weights, int taps, float outside, ReadOnlySpan<float> input, Span<float> output)
    {
        for (int i = 0; i < starts.Length; i++)
        {
            if (starts[i] < 0)
            {
                output[i] = outside;
                continue;
            }

            ReadOnlySpan<float> neighbours = input.Slice(starts[i], taps);
            ReadOnlySpan<float> factors = weights.Slice(i * taps, taps);
            float sum = 0;
            bool isFirst = true;
            for (int k = 0; k < factors.Length; k++)
            {
                if (factors[k] != 0)
                {
                    float product = neighbours[k] * factors[k];
                    sum = isFirst ? product : sum + product;
                    isFirst = false;
                }
            }

            output[i] = sum;
        }
    }

    /// <summary>The same of two neighbours each, as linear interpolation has them.</summary>
    private static void Pairs(
        ReadOnlySpan<int> starts, ReadOnlySpan<float> weights, float outside, ReadOnlySpan<float> input, Span<float> output)
    {
        ReadOnlySpan<(float First, float Second)> pairs = MemoryMarshal.Cast<float, (float, float)>(weights);
        for (int i = 0; i < starts.Length; i++)
        {
            int start = starts[i];
            if (start < 0)
            {
                output[i] = outside;
                continue;
            }

            (float first, float second) = pairs[i];
            float left = input[start] * first;
            float right = input[start + 1] * second;
            output[i] = first == 0 ? (second == 0 ? 0 : right)
                : second == 0 ? left
                : left + right;
        }
    }

    private static void Rows(
        ReadOnlySpan<int> starts, ReadOnlySpan<float> weights, int taps, float outside, int inner,
        ReadOnlySpan<float> input, Span<float> output)
    {
        for (int i = 0; i < starts.Length; i++)
        {
            Span<float> row = output.Slice(i * inner, inner);
            if (starts[i] < 0)
            {
                row.Fill(outside);
                continue;
            }

            var sum = new RowSum<float>(row);
            for (int k = 0; k < taps; k++)
            {
                sum.Add(weights[(i * taps) + k], input.Slice((starts[i] + k) * inner, inner));
            }

            sum.Finish();
        }
    }

    private readonly struct AffineOperator(float multiplier, float offset) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> =>
            (value * TLanes.Broadcast(multiplier)) + TLanes.Broadcast(offset);
    }

    private readonly struct CodeOperator(float multiplier, float offset) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> =>
            Requantization.ToCode(
                (value * TLanes.Broadcast(multiplier)) + TLanes.Broadcast(offset), 0, byte.MinValue, byte.MaxValue);
    }
}
