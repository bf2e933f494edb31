using System.ComponentModel;
using System.Numerics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Maxima of windows with their places, channels first (ONNX: MaxPool with Indices).</summary>
/// <remarks>
/// Results are identical on every processor. All methods are thread-safe and allocate nothing. Input and outputs must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class IndexedPooling
{
    private const int Axes = 3;

    /// <summary>
    /// The largest element of every window, the first of equal ones; NaN is passed over where there is anything else. Padding does not
    /// count, and every window has an element in the image.
    /// </summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="planes">Volumes: batch times channels.</param>
    /// <param name="image">Depth, height and width of a volume.</param>
    /// <param name="window">Taps of a window along each axis.</param>
    /// <param name="strides">Steps from one window to the next along each axis.</param>
    /// <param name="dilations">Steps from one tap to the next along each axis.</param>
    /// <param name="padding">Padding before the volume along each axis.</param>
    /// <param name="windows">Windows along each axis.</param>
    /// <param name="columnMajor">Whether places within a volume count the depth fastest, then the height, instead of the width.</param>
    /// <param name="input"><c>[planes, image]</c>.</param>
    /// <param name="values"><c>[planes, windows]</c>; empty where nobody wants them.</param>
    /// <param name="indices">Places in the input, counted from its first element; empty where nobody wants them.</param>
    /// <exception cref="ArgumentException">
    /// A list has not three entries, a number is out of range, a span has not the length of its tensor, or a window lies in the padding.
    /// </exception>
    public static void Maximum<T>(
        int planes, ReadOnlySpan<int> image, ReadOnlySpan<int> window, ReadOnlySpan<int> strides, ReadOnlySpan<int> dilations,
        ReadOnlySpan<int> padding, ReadOnlySpan<int> windows, bool columnMajor, ReadOnlySpan<T> input, Span<T> values, Span<long> indices)
        where T : unmanaged, INumber<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(planes);
        long length = Count(image, 0, nameof(image));
        long count = Count(windows, 0, nameof(windows));
        Count(window, 1, nameof(window));
        Count(strides, 1, nameof(strides));
        Count(dilations, 1, nameof(dilations));
        Count(padding, 0, nameof(padding));
        SpanGuard.Length(input.Length, Extent.Product(planes, length), nameof(input));
        SpanGuard.Length(values.Length, values.IsEmpty ? 0 : Extent.Product(planes, count), nameof(values));
        SpanGuard.Length(indices.Length, indices.IsEmpty ? 0 : Extent.Product(planes, count), nameof(indices));
        int step = dilations[2];
        int result = 0;
        for (int plane = 0; plane < planes && count > 0; plane++)
        {
            ReadOnlySpan<T> volume = input.Slice(plane * (int)length, (int)length);
            for (int z = 0; z < windows[0]; z++)
            {
                (int front, int slices) = Taps(z, 0, image, window, strides, dilations, padding);
                for (int y = 0; y < windows[1]; y++)
                {
                    (int top, int rows) = Taps(y, 1, image, window, strides, dilations, padding);
                    for (int x = 0; x < windows[2]; x++, result++)
                    {
                        (int left, int columns) = Taps(x, 2, image, window, strides, dilations, padding);
                        if (slices == 0 || rows == 0 || columns == 0)
                        {
                            throw new ArgumentException("A window lies in nothing but padding.", nameof(padding));
                        }

                        int best = (((front * image[1]) + top) * image[2]) + left;
                        T largest = volume[best];
                        for (int slice = 0; slice < slices; slice++)
                        {
                            for (int row = 0; row < rows; row++)
                            {
                                int place =
                                    ((((front + (slice * dilations[0])) * image[1]) + top + (row * dilations[1])) * image[2]) + left;
                                for (int column = 0; column < columns; column++, place += step)
                                {
                                    T element = volume[place];
                                    if (element > largest || T.IsNaN(largest))
                                    {
                                        (best, largest) = (place, element);
                                    }
                                }
                            }
                        }

                        if (!values.IsEmpty)
                        {
                            values[result] = largest;
                        }

                        if (!indices.IsEmpty)
                        {
                            indices[result] = (plane * length) + (columnMajor ? ByColumns(best, image) : best);
                        }
                    }
                }
            }
        }
    }

    /// <summary>The first element of the image under a window along an axis, and how many taps lie in the image.</summary>
    private static (int First, int Count) Taps(
        int index, int axis, ReadOnlySpan<int> image, ReadOnlySpan<int> window, ReadOnlySpan<int> strides, ReadOnlySpan<int> dilations,
        ReadOnlySpan<int> padding)
    {
        long start = ((long)index * strides[axis]) - padding[axis];
        (nuint position, nuint count) = PoolingLoop.Clip(start, window[axis], dilations[axis], image[axis]);
        return ((int)position, (int)count);
    }

    private static long ByColumns(int place, ReadOnlySpan<int> image)
    {
        int x = place % image[2];
        int y = place / image[2] % image[1];
        int z = place / image[2] / image[1];
        return (((long)x * image[1]) + y) * image[0] + z;
    }

    private static long Count(ReadOnlySpan<int> sizes, int least, string name)
    {
        SpanGuard.Length(sizes.Length, Axes, name);
        foreach (int size in sizes)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(size, least, name);
        }

        return Extent.Product(sizes[0], sizes[1], sizes[2]);
    }
}
