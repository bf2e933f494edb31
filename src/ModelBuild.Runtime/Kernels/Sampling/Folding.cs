using System.ComponentModel;
using System.Numerics;
using System.Numerics.Tensors;

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

        int last = rank - 1;
        int lineLength = windows[last];
        long lines = columns / lineLength;
        Span<int> tap = stackalloc int[StridedCopy.MaximumRank];
        Span<int> window = stackalloc int[StridedCopy.MaximumRank];
        int source = 0;
        for (int plane = 0; plane < planes; plane++)
        {
            Span<T> result = output.Slice(plane * (int)pixels, (int)pixels);
            tap.Clear();
            for (long t = 0; t < taps; t++)
            {
                // Of the windows along the last dimension those that have this tap inside the image.
                long start = ((long)tap[last] * dilations[last]) - padding[last];
                (nuint position, nuint inside) = PoolingLoop.Clip(start, lineLength, strides[last], image[last]);
                int skipped = (int)(((long)position - start) / strides[last]);
                window.Clear();
                for (long line = 0; line < lines; line++)
                {
                    long row = 0;
                    bool isInside = inside > 0;
                    for (int axis = 0; axis < last; axis++)
                    {
                        long place = ((long)window[axis] * strides[axis]) + ((long)tap[axis] * dilations[axis]) - padding[axis];
                        isInside &= (ulong)place < (ulong)image[axis];
                        row = (row * image[axis]) + place;
                    }

                    if (isInside)
                    {
                        int pixel = (int)((row * image[last]) + (long)position);
                        Add(input.Slice(source + skipped, (int)inside), result[pixel..], strides[last]);
                    }

                    source += lineLength;
                    Next(window, windows[..last]);
                }

                Next(tap, block);
            }
        }
    }

    /// <summary>Adds neighbours to elements that are so many apart. Integers wrap around.</summary>
    private static void Add<T>(ReadOnlySpan<T> neighbours, Span<T> target, int stride)
        where T : unmanaged, INumber<T>
    {
        if (stride == 1)
        {
            target = target[..neighbours.Length];
            TensorPrimitives.Add(target, neighbours, target);
            return;
        }

        for (int i = 0; i < neighbours.Length; i++)
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
