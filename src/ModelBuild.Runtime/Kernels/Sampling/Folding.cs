using System.ComponentModel;
using System.Numerics;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Puts an image together from the blocks that windows have cut out of it (ONNX: Col2Im).</summary>
/// <remarks>
/// Elements where blocks overlap are summed up in the order of their places in a block. All methods are thread-safe and allocate
/// nothing. Input and output must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Folding
{
    /// <summary>Sums of blocks. What lies in the padding is left out.</summary>
    /// <typeparam name="T">The type of the numbers.</typeparam>
    /// <param name="planes">Images times channels.</param>
    /// <param name="image">The dimensions of an image, at most 8.</param>
    /// <param name="block">The dimensions of a block.</param>
    /// <param name="windows">How many windows there are along each dimension.</param>
    /// <param name="strides">Steps between windows.</param>
    /// <param name="dilations">Steps between elements of a block.</param>
    /// <param name="padding">Padding before the first element.</param>
    /// <param name="input"><c>[planes, block, windows]</c>.</param>
    /// <param name="output"><c>[planes, image]</c>.</param>
    /// <exception cref="ArgumentException">
    /// A span has not the length of its tensor, the lists differ in length or are too long, or a number is out of range.
    /// </exception>
    public static void Columns<T>(
        int planes, ReadOnlySpan<int> image, ReadOnlySpan<int> block, ReadOnlySpan<int> windows, ReadOnlySpan<int> strides,
        ReadOnlySpan<int> dilations, ReadOnlySpan<int> padding, ReadOnlySpan<T> input, Span<T> output)
        where T : unmanaged, INumber<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(planes);
        int rank = image.Length;
        if (rank is 0 or > StridedCopy.MaximumRank)
        {
            throw new ArgumentException($"There are {rank} dimensions, and not 1 to {StridedCopy.MaximumRank}.", nameof(image));
        }

        long pixels = Count(image, rank, nameof(image));
        long taps = Count(block, rank, nameof(block));
        long columns = Count(windows, rank, nameof(windows));
        Count(strides, rank, nameof(strides), least: 1);
        Count(dilations, rank, nameof(dilations));
        Count(padding, rank, nameof(padding));
        SpanGuard.Length(input.Length, Extent.Product(planes, taps, columns), nameof(input));
        SpanGuard.Length(output.Length, Extent.Product(planes, pixels), nameof(output));
        output.Clear();
        if (input.IsEmpty || output.IsEmpty)
        {
            return;
        }

        // The last two dimensions are walked through by loops of their own: of their windows those that have a tap inside the image.
        int last = rank - 1;
        int lineLength = windows[last];
        int lines = rank > 1 ? windows[last - 1] : 1;
        int images = (int)(columns / lineLength / lines);
        Span<int> tap = stackalloc int[StridedCopy.MaximumRank];
        Span<int> window = stackalloc int[StridedCopy.MaximumRank];
        int source = 0;
        for (int plane = 0; plane < planes; plane++)
        {
            Span<T> result = output.Slice(plane * (int)pixels, (int)pixels);
            tap.Clear();
            for (long t = 0; t < taps; t++)
            {
                (int column, int insideColumns, int skippedColumns) =
                    Inside(tap[last], dilations[last], padding[last], lineLength, strides[last], image[last]);
                (int row, int insideRows, int skippedRows) = rank > 1
                    ? Inside(tap[last - 1], dilations[last - 1], padding[last - 1], lines, strides[last - 1], image[last - 1])
                    : (0, 1, 0);
                window.Clear();
                for (int i = 0; i < images; i++)
                {
                    long place = 0;
                    bool isInside = insideColumns > 0 && insideRows > 0;
                    for (int axis = 0; axis < last - 1; axis++)
                    {
                        long coordinate = ((long)window[axis] * strides[axis]) + ((long)tap[axis] * dilations[axis]) - padding[axis];
                        isInside &= (ulong)coordinate < (ulong)image[axis];
                        place = (place * image[axis]) + coordinate;
                    }

                    if (isInside)
                    {
                        int height = rank > 1 ? image[last - 1] : 1;
                        int down = (rank > 1 ? strides[last - 1] : 1) * image[last];
                        int first = (int)((((place * height) + row) * image[last]) + column);
                        for (int line = 0; line < insideRows; line++)
                        {
                            int from = source + ((skippedRows + line) * lineLength) + skippedColumns;
                            Add(input.Slice(from, insideColumns), result[(first + (line * down))..], strides[last]);
                        }
                    }

                    source += lines * lineLength;
                    Next(window, windows[..Math.Max(last - 1, 0)]);
                }

                Next(tap, block);
            }
        }
    }

    /// <summary>
    /// Along one dimension, of the windows those whose tap lies inside the image: the first place, how many, how many before.
    /// </summary>
    private static (int Place, int Count, int Skipped) Inside(int tap, int dilation, int padding, int windows, int stride, int image)
    {
        long start = ((long)tap * dilation) - padding;
        (nuint position, nuint inside) = PoolingLoop.Clip(start, windows, stride, image);
        return ((int)position, (int)inside, (int)(((long)position - start) / stride));
    }

    /// <summary>Adds neighbours to elements that are so many apart. Integers wrap around.</summary>
    private static void Add<T>(ReadOnlySpan<T> neighbours, Span<T> target, int stride)
        where T : unmanaged, INumber<T>
    {
        // Lines are short: a loop that is here costs less than a call.
        int i = 0;
        if (stride == 1 && Vector<T>.IsSupported)
        {
            target = target[..neighbours.Length];
            for (; i <= neighbours.Length - Vector<T>.Count; i += Vector<T>.Count)
            {
                (new Vector<T>(target[i..]) + new Vector<T>(neighbours[i..])).CopyTo(target[i..]);
            }

            for (; i <= neighbours.Length - Vector128<T>.Count; i += Vector128<T>.Count)
            {
                (Vector128.Create(target[i..]) + Vector128.Create(neighbours[i..])).CopyTo(target[i..]);
            }
        }

        for (; i < neighbours.Length; i++)
        {
            target[i * stride] = unchecked(target[i * stride] + neighbours[i]);
        }
    }

    private static void Next(Span<int> index, ReadOnlySpan<int> dimensions)
    {
        for (int axis = dimensions.Length - 1; axis >= 0 && ++index[axis] == dimensions[axis]; axis--)
        {
            index[axis] = 0;
        }
    }

    private static long Count(ReadOnlySpan<int> numbers, int rank, string name, int least = 0)
    {
        SpanGuard.Length(numbers.Length, rank, name);
        long count = 1;
        foreach (int number in numbers)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(number, least, name);
            count = Extent.Product(count, number);
        }

        return count;
    }
}
