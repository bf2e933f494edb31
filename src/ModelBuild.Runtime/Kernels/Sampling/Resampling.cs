using System.ComponentModel;

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

        for (int row = 0; row < outer; row++)
        {
            ReadOnlySpan<float> from = input.Slice(row * length * inner, length * inner);
            Span<float> to = output.Slice(row * starts.Length * inner, starts.Length * inner);
            if (inner == 1)
            {
                Elements(starts, weights, taps, outside, from, to);
            }
            else
            {
                Rows(starts, weights, taps, outside, inner, from, to);
            }
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

            var sum = new RowSum(row);
            for (int k = 0; k < taps; k++)
            {
                sum.Add(weights[(i * taps) + k], input.Slice((starts[i] + k) * inner, inner));
            }

            sum.Finish();
        }
    }
}
