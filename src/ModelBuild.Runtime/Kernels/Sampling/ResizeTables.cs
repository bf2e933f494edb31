using System.ComponentModel;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Which elements of a tensor an element of the resized one is made of, along one axis (ONNX: Resize). Where sizes are known, the compiler
/// works these tables out at build.
/// </summary>
/// <remarks>
/// All methods are thread-safe. Results are identical on every processor. Filters: linear, and cubic convolution (Keys, "Cubic Convolution
/// Interpolation for Digital Image Processing", 1981).
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ResizeTables
{
    /// <summary>How much longer the result is along each axis.</summary>
    /// <param name="dimensions">The axes.</param>
    /// <param name="places">Where their numbers are in <paramref name="scales"/> or <paramref name="sizes"/>.</param>
    /// <param name="policy">0 to stretch each axis to its size, 1 so that none is larger, 2 so that none is smaller.</param>
    /// <param name="output">One for each axis.</param>
    /// <param name="scales">As the model has them; empty where it has sizes.</param>
    /// <param name="sizes">As the model has them; empty where it has scales.</param>
    /// <exception cref="ArgumentException">A list has not the right length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A scale or size is out of range, or elements are to be made of none.</exception>
    public static void Scales(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> places, int policy, Span<float> output, ReadOnlySpan<float> scales = default,
        ReadOnlySpan<long> sizes = default)
    {
        SpanGuard.Length(places.Length, dimensions.Length, nameof(places));
        SpanGuard.Length(output.Length, dimensions.Length, nameof(output));
        for (int i = 0; i < places.Length; i++)
        {
            if (sizes.IsEmpty)
            {
                float scale = scales[places[i]];
                if (!(scale > 0) || float.IsInfinity(scale))
                {
                    throw new ArgumentOutOfRangeException(nameof(scales), scale, "A scale is positive and finite.");
                }

                output[i] = scale;
                continue;
            }

            long size = sizes[places[i]];
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(sizes));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(size, int.MaxValue, nameof(sizes));
            if (dimensions[i] == 0 && size > 0)
            {
                throw new ArgumentOutOfRangeException(nameof(sizes), size, "Elements cannot be made of none.");
            }

            output[i] = dimensions[i] == 0 ? 1 : (float)size / dimensions[i];
        }

        if (policy != 0 && !sizes.IsEmpty)
        {
            float common = output.IsEmpty ? 1 : output[0];
            foreach (float scale in output)
            {
                common = policy == 1 ? float.Min(common, scale) : float.Max(common, scale);
            }

            output.Fill(common);
        }
    }

    /// <summary>The nearest element for each of the result.</summary>
    /// <param name="axis">What is resized.</param>
    /// <param name="index">Which of <paramref name="scales"/> is that of the axis.</param>
    /// <param name="scales">How much longer results are.</param>
    /// <param name="output">A place in the input for each element of the result.</param>
    /// <exception cref="ArgumentException">The output has not the length of the result.</exception>
    public static void Nearest(ResizeAxis axis, int index, ReadOnlySpan<float> scales, Span<int> output)
    {
        SpanGuard.Length(output.Length, axis.Result, nameof(output));
        float scale = scales[index];
        for (int i = 0; i < output.Length; i++)
        {
            output[i] = axis.Nearest(axis.Coordinate(i, scale, 0, 1));
        }
    }

    /// <summary>
    /// For each element of the result as many neighbours of the input as there are weights for one, where they begin, and what they are
    /// multiplied by before they are summed up.
    /// </summary>
    /// <param name="axis">What is resized.</param>
    /// <param name="index">Which of <paramref name="scales"/> is that of the axis.</param>
    /// <param name="scales">How much longer results are.</param>
    /// <param name="place">Where the axis stands in <paramref name="region"/>.</param>
    /// <param name="starts">The first neighbour of each element; −1 for one outside the input.</param>
    /// <param name="weights">As many for each element as <see cref="ResizeAxis.Taps"/> says.</param>
    /// <param name="region">
    /// Of all axes where the region begins that becomes the result, then where it ends; empty where that is all of it.
    /// </param>
    /// <exception cref="ArgumentException">A span has not the right length.</exception>
    public static void Weighted(
        ResizeAxis axis, int index, ReadOnlySpan<float> scales, int place, Span<int> starts, Span<float> weights,
        ReadOnlySpan<float> region = default)
    {
        float scale = scales[index];
        int taps = ResizeAxis.Taps(axis.Length, scale, axis.Reach, axis.Antialias);
        SpanGuard.Length(starts.Length, axis.Result, nameof(starts));
        SpanGuard.Length(weights.Length, (long)axis.Result * taps, nameof(weights));
        float start = region.IsEmpty ? 0 : region[place];
        float end = region.IsEmpty ? 1 : region[(region.Length / 2) + place];
        for (int i = 0; i < starts.Length; i++)
        {
            float x = axis.Coordinate(i, scale, start, end);
            Span<float> row = weights.Slice(i * taps, taps);
            row.Clear();
            if (axis.IsOutside(x))
            {
                starts[i] = -1;
            }
            else if (axis.Reach == 0)
            {
                starts[i] = axis.Nearest(x);
                row[0] = 1;
            }
            else
            {
                starts[i] = Row(axis, scale, x, row);
            }
        }
    }

    /// <summary>
    /// The weights of the neighbours of a coordinate; at the edges those that are missing are the edge's element once more.
    /// </summary>
    /// <returns>The first of the neighbours.</returns>
    private static int Row(ResizeAxis axis, float scale, float x, Span<float> weights)
    {
        int last = axis.Length - 1;
        double narrowing = axis.Antialias ? double.Min(scale, 1) : 1;
        long width = ResizeAxis.Width(scale, axis.Reach, axis.Antialias);
        long floor = (long)MathF.Floor(x);
        long from = floor - width + 1;
        long to = floor + width;
        if (axis.ExcludeOutside)
        {
            from = long.Max(from, 0);
            to = long.Min(to, last);
        }

        // All windows are equally wide; those at the end begin earlier.
        int first = (int)long.Clamp(from, 0, axis.Length - weights.Length);
        double total = 0;
        for (long place = from; place <= to; place++)
        {
            total += Weight(axis, double.Abs(place - (double)x) * narrowing);
        }

        // Without neighbours left out and without a wider filter, the weights have the sum 1 already.
        total = !axis.ExcludeOutside && narrowing == 1 ? 1 : total;
        for (int i = 0; i < weights.Length; i++)
        {
            double sum = 0;
            long begin = first + i == 0 ? from : first + i;
            long end = first + i == last ? to : first + i;
            for (long place = long.Max(begin, from); place <= long.Min(end, to); place++)
            {
                sum += Weight(axis, double.Abs(place - (double)x) * narrowing);
            }

            weights[i] = (float)(sum / total);
        }

        return first;
    }

    /// <summary>What a neighbour counts for at a distance.</summary>
    private static double Weight(ResizeAxis axis, double distance)
    {
        if (axis.Reach == 1)
        {
            return double.Max(0, 1 - distance);
        }

        double a = axis.CubicCoefficient;
        return distance <= 1 ? ((((a + 2) * distance) - (a + 3)) * distance * distance) + 1
            : distance < 2 ? (((((a * distance) - (5 * a)) * distance) + (8 * a)) * distance) - (4 * a)
            : 0;
    }
}
