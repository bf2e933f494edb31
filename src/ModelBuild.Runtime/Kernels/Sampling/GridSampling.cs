using System.ComponentModel;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Reads channels-last images or volumes at places that a grid names (ONNX: GridSample).</summary>
/// <remarks>
/// A grid holds coordinates from −1 to 1, the innermost dimension's first. What lies outside is zero (padding 0), the nearest element
/// (1), or the element that a mirror at the edge shows (2). Results are identical on every processor: float32, the products of elements
/// and weights summed up in the order of the elements. All methods are thread-safe and allocate nothing. Inputs and output must not
/// overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class GridSampling
{
    private const int MostTaps = 4;

    /// <summary>The nearest element; of two that are as near that with the even index.</summary>
    /// <param name="batch">How many images there are, and grids.</param>
    /// <param name="dimensions">Height and width of an image, or depth, height and width of a volume.</param>
    /// <param name="channels">Channels of each.</param>
    /// <param name="points">Places in each grid.</param>
    /// <param name="padding">What lies outside: 0, 1 or 2.</param>
    /// <param name="alignCorners">Whether −1 and 1 are the centers of the first and the last element instead of their outer edges.</param>
    /// <param name="input"><c>[batch, dimensions, channels]</c>.</param>
    /// <param name="grid"><c>[batch, points, 2]</c> or <c>[batch, points, 3]</c>.</param>
    /// <param name="output"><c>[batch, points, channels]</c>.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or a number is out of range.</exception>
    public static void Nearest(
        int batch, ReadOnlySpan<int> dimensions, int channels, int points, int padding, bool alignCorners,
        ReadOnlySpan<float> input, ReadOnlySpan<float> grid, Span<float> output) =>
        Run(1, batch, dimensions, channels, points, padding, alignCorners, input, grid, output);

    /// <summary>Linear interpolation between two elements in each dimension.</summary>
    /// <inheritdoc cref="Nearest"/>
    public static void Linear(
        int batch, ReadOnlySpan<int> dimensions, int channels, int points, int padding, bool alignCorners,
        ReadOnlySpan<float> input, ReadOnlySpan<float> grid, Span<float> output) =>
        Run(2, batch, dimensions, channels, points, padding, alignCorners, input, grid, output);

    /// <summary>Cubic convolution of four elements in each dimension, with the coefficient −0.75.</summary>
    /// <inheritdoc cref="Nearest"/>
    public static void Cubic(
        int batch, ReadOnlySpan<int> dimensions, int channels, int points, int padding, bool alignCorners,
        ReadOnlySpan<float> input, ReadOnlySpan<float> grid, Span<float> output) =>
        Run(MostTaps, batch, dimensions, channels, points, padding, alignCorners, input, grid, output);

    private static void Run(
        int taps, int batch, ReadOnlySpan<int> dimensions, int channels, int points, int padding, bool alignCorners,
        ReadOnlySpan<float> input, ReadOnlySpan<float> grid, Span<float> output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfNegative(channels);
        ArgumentOutOfRangeException.ThrowIfNegative(points);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)padding, 2u, nameof(padding));
        if (dimensions.Length is not (2 or 3))
        {
            throw new ArgumentException($"There are {dimensions.Length} dimensions, and not 2 or 3.", nameof(dimensions));
        }

        // An image is a volume of one slice.
        bool isVolume = dimensions.Length == 3;
        int depth = isVolume ? dimensions[0] : 1;
        int height = dimensions[^2];
        int width = dimensions[^1];
        ArgumentOutOfRangeException.ThrowIfNegative(depth, nameof(dimensions));
        ArgumentOutOfRangeException.ThrowIfNegative(height, nameof(dimensions));
        ArgumentOutOfRangeException.ThrowIfNegative(width, nameof(dimensions));
        SpanGuard.Length(input.Length, Extent.Product(Extent.Product(batch, channels), depth, height, width), nameof(input));
        SpanGuard.Length(grid.Length, Extent.Product(batch, points, dimensions.Length), nameof(grid));
        SpanGuard.Length(output.Length, Extent.Product(batch, points, channels), nameof(output));
        if (input.IsEmpty)
        {
            output.Clear();
            return;
        }

        int slices = isVolume ? taps : 1;
        Span<int> z = stackalloc int[MostTaps];
        Span<int> y = stackalloc int[MostTaps];
        Span<int> x = stackalloc int[MostTaps];
        Span<float> weightsZ = stackalloc float[MostTaps];
        Span<float> weightsY = stackalloc float[MostTaps];
        Span<float> weightsX = stackalloc float[MostTaps];
        z[0] = 0;
        weightsZ[0] = 1;
        for (int i = 0; i < batch * points; i++)
        {
            ReadOnlySpan<float> point = grid.Slice(i * dimensions.Length, dimensions.Length);
            FindNeighbours(point[0], width, padding, alignCorners, x[..taps], weightsX);
            FindNeighbours(point[1], height, padding, alignCorners, y[..taps], weightsY);
            if (isVolume)
            {
                FindNeighbours(point[2], depth, padding, alignCorners, z[..taps], weightsZ);
            }

            int volume = i / points * depth;
            var sum = new RowSum<float>(output.Slice(i * channels, channels));
            for (int slice = 0; slice < slices; slice++)
            {
                for (int row = 0; row < taps; row++)
                {
                    float weight = weightsZ[slice] * weightsY[row];
                    for (int column = 0; column < taps; column++)
                    {
                        if (int.Min(int.Min(z[slice], y[row]), x[column]) >= 0)
                        {
                            int pixel = ((((volume + z[slice]) * height) + y[row]) * width) + x[column];
                            sum.Add(weight * weightsX[column], input.Slice(pixel * channels, channels));
                        }
                    }
                }
            }

            sum.Finish();
        }
    }

    /// <summary>The elements that count for a coordinate, −1 for one that is zero, and their weights.</summary>
    private static void FindNeighbours(
        float coordinate, int length, int padding, bool alignCorners, Span<int> places, Span<float> weights)
    {
        float x = alignCorners ? (coordinate + 1) / 2 * (length - 1) : (((coordinate + 1) * length) - 1) / 2;
        float floor = places.Length == 1 ? MathF.Round(x) : MathF.Floor(x);
        float t = x - floor;
        switch (places.Length)
        {
            case 1:
                weights[0] = 1;
                break;
            case 2:
                weights[0] = 1 - t;
                weights[1] = t;
                break;
            default:
                weights[0] = Outer(1 + t);
                weights[1] = Inner(t);
                weights[2] = Inner(1 - t);
                weights[3] = Outer(2 - t);
                break;
        }

        // Far outside, where it does not matter, a float has no neighbours to tell apart.
        long first = (long)float.Clamp(floor, -1e12f, 1e12f) - (places.Length == MostTaps ? 1 : 0);
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = Place(first + i, length, padding, alignCorners);
        }
    }

    private static int Place(long index, int length, int padding, bool alignCorners)
    {
        if ((ulong)index < (ulong)length || padding == 0)
        {
            return (ulong)index < (ulong)length ? (int)index : -1;
        }

        if (padding == 1)
        {
            return (int)long.Clamp(index, 0, length - 1);
        }

        // Mirrors stand in the middle of the first and the last element, or at their outer edges.
        long period = alignCorners ? long.Max(2 * (length - 1L), 1) : 2L * length;
        long place = ((index % period) + period) % period;
        return (int)(place < length ? place : period - place - (alignCorners ? 0 : 1));
    }

    /// <summary>Cubic convolution (Keys, 1981) of a distance up to 1.</summary>
    private static float Inner(float x) => (((1.25f * x) - 2.25f) * x * x) + 1;

    /// <summary>That of a distance from 1 to 2.</summary>
    private static float Outer(float x) => (((((-0.75f * x) + 3.75f) * x) - 6) * x) + 3;
}
