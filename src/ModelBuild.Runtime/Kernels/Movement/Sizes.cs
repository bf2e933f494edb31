using System.ComponentModel;
using System.Numerics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Sizes and positions that data decides: what operators that take axes, shapes or bounds as tensors make of them. Each method writes whole
/// numbers that the steps behind it have for symbols.
/// </summary>
/// <remarks>
/// All methods are thread-safe. Data that contradicts the operator ends in an <see cref="ArgumentOutOfRangeException"/>; it is the user's,
/// and nothing can be said of it at build.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Sizes
{
    /// <summary>Whole numbers from data.</summary>
    /// <param name="sizes">The numbers.</param>
    /// <param name="least">The least that a number may be.</param>
    /// <param name="output">The numbers.</param>
    /// <exception cref="ArgumentException">There are not as many.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is less than <paramref name="least"/>, or no <c>int</c>.</exception>
    public static void Read<T>(ReadOnlySpan<T> sizes, int least, Span<long> output)
        where T : unmanaged, IBinaryInteger<T>
    {
        SpanGuard.Length(output.Length, sizes.Length, nameof(output));
        for (int i = 0; i < sizes.Length; i++)
        {
            long size = long.CreateSaturating(sizes[i]);
            if (size < least || size > int.MaxValue)
            {
                throw new ArgumentOutOfRangeException(nameof(sizes), size, "The data asks for a size or position that is out of range.");
            }

            output[i] = size;
        }
    }

    /// <summary>How many rows a loop has collected with that of an iteration, and how large one is.</summary>
    /// <param name="index">One element: the number of the iteration, from 0.</param>
    /// <param name="known">Sizes of the rows before; they do not matter in the first iteration.</param>
    /// <param name="sizes">The same of this one.</param>
    /// <param name="output">The number of rows, then the sizes of one.</param>
    /// <exception cref="ArgumentException">There is another number of elements.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The row has another size than those before, or there are more than fit <c>int</c>.
    /// </exception>
    public static void Collect(ReadOnlySpan<long> index, ReadOnlySpan<int> known, ReadOnlySpan<int> sizes, Span<long> output)
    {
        SpanGuard.Length(index.Length, 1, nameof(index));
        SpanGuard.Length(sizes.Length, known.Length, nameof(sizes));
        SpanGuard.Length(output.Length, 1 + sizes.Length, nameof(output));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index[0], int.MaxValue, nameof(index));
        output[0] = index[0] + 1;
        for (int i = 0; i < sizes.Length; i++)
        {
            if (index[0] > 0 && sizes[i] != known[i])
            {
                throw new ArgumentOutOfRangeException(
                    nameof(
                        sizes), sizes[i], $"A loop collects tensors of one size, and one has {sizes[i]} instead of {known[i]} elements.");
            }

            output[1 + i] = sizes[i];
        }
    }

    /// <summary>Whether sizes that data decides are what the model needs them to be: equal to others, for example.</summary>
    /// <param name="sizes">The sizes.</param>
    /// <param name="expected">What they have to be.</param>
    /// <exception cref="ArgumentException">There are not as many.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is another.</exception>
    public static void Check(ReadOnlySpan<long> sizes, ReadOnlySpan<int> expected)
    {
        SpanGuard.Length(sizes.Length, expected.Length, nameof(sizes));
        for (int i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] != expected[i])
            {
                throw new ArgumentOutOfRangeException(
                    nameof(sizes), sizes[i],
                    $"The inputs ask for a size or position where the model needs {expected[i]}: one of them may be longer than the model "
                        + "was made for, or hold other values.");
            }
        }
    }

    /// <summary>Whether two sizes that inputs decide are equal, which the model needs.</summary>
    /// <param name="size">The one.</param>
    /// <param name="expected">The other.</param>
    /// <exception cref="ArgumentException">They differ.</exception>
    public static void Compare(int size, int expected)
    {
        if (size != expected)
        {
            throw new ArgumentException(
                $"For inputs of these sizes the model has {size} and {expected} elements along dimensions that it needs to be equal. "
                    + "Many networks take only multiples of 8, 16 or 32 along the dimensions of an image.");
        }
    }

    /// <summary>Numbers that follow from the sizes of tensors.</summary>
    /// <param name="sizes">The numbers.</param>
    /// <param name="output">The same.</param>
    /// <exception cref="ArgumentException">The output has another length.</exception>
    public static void Write<T>(ReadOnlySpan<int> sizes, Span<T> output)
        where T : unmanaged, INumber<T>
    {
        SpanGuard.Length(output.Length, sizes.Length, nameof(output));
        for (int i = 0; i < sizes.Length; i++)
        {
            output[i] = T.CreateTruncating(sizes[i]);
        }
    }

    /// <summary>The dimensions of a reshaped tensor (ONNX: Reshape).</summary>
    /// <param name="input">The dimensions of the tensor.</param>
    /// <param name="sizes">The new ones; 0 keeps a dimension unless <paramref name="allowZero"/>, −1 takes what is left.</param>
    /// <param name="allowZero">Whether 0 is a dimension of 0.</param>
    /// <param name="output">As many as <paramref name="sizes"/>.</param>
    /// <exception cref="ArgumentException">The output has another length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The tensor has another number of elements.</exception>
    public static void Reshape(ReadOnlySpan<int> input, ReadOnlySpan<long> sizes, bool allowZero, Span<long> output)
    {
        SpanGuard.Length(output.Length, sizes.Length, nameof(output));
        long length = Extent.Product(input);
        long known = 1;
        int free = -1;
        for (int i = 0; i < sizes.Length; i++)
        {
            long size = sizes[i] == 0 && !allowZero ? (i < input.Length ? input[i] : -2) : sizes[i];
            if (size == -1 && free < 0)
            {
                free = i;
                continue;
            }

            ArgumentOutOfRangeException.ThrowIfLessThan(size, 0, nameof(sizes));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(size, int.MaxValue, nameof(sizes));
            output[i] = size;
            known = checked(known * size);
        }

        if (free >= 0)
        {
            output[free] = known == 0 ? 0 : length / known;
            known *= output[free];
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(known, length, nameof(sizes));
    }

    /// <summary>The dimensions that two shapes broadcast to (ONNX: Expand).</summary>
    /// <param name="input">The dimensions of the tensor.</param>
    /// <param name="sizes">The other shape.</param>
    /// <param name="output">As many as the longer of the two.</param>
    /// <exception cref="ArgumentException">The output has another length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The shapes do not broadcast.</exception>
    public static void Broadcast(ReadOnlySpan<int> input, ReadOnlySpan<long> sizes, Span<long> output)
    {
        SpanGuard.Length(output.Length, int.Max(input.Length, sizes.Length), nameof(output));
        for (int i = 1; i <= output.Length; i++)
        {
            long left = i <= input.Length ? input[^i] : 1;
            long right = i <= sizes.Length ? sizes[^i] : 1;
            ArgumentOutOfRangeException.ThrowIfLessThan(right, 0, nameof(sizes));
            if (left != right && left != 1)
            {
                ArgumentOutOfRangeException.ThrowIfNotEqual(right, 1, nameof(sizes));
            }

            output[^i] = left == 1 ? right : left;
        }
    }

    /// <summary>How long axes become (ONNX: Resize), and how many neighbours an element has there.</summary>
    /// <param name="input">The axes.</param>
    /// <param name="places">Where their sizes are in <paramref name="sizes"/>.</param>
    /// <param name="scales">How much longer results are: what <see cref="ResizeTables.Scales"/> has made.</param>
    /// <param name="isRounded">Whether results are the scaled length rounded, since the model keeps the ratio of its axes.</param>
    /// <param name="reach">As in <see cref="ResizeAxis"/>.</param>
    /// <param name="antialias">As in <see cref="ResizeAxis"/>.</param>
    /// <param name="output">Lengths of the results; then, if there is a reach, the neighbours of an element along each axis.</param>
    /// <param name="sizes">As the model has them; empty where it has scales.</param>
    /// <exception cref="ArgumentException">A list has not the right length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A result is larger than fits <c>int</c>.</exception>
    public static void Resize(
        ReadOnlySpan<int> input, ReadOnlySpan<int> places, ReadOnlySpan<float> scales, bool isRounded, int reach, bool antialias,
        Span<long> output, ReadOnlySpan<long> sizes = default)
    {
        SpanGuard.Length(places.Length, input.Length, nameof(places));
        SpanGuard.Length(scales.Length, input.Length, nameof(scales));
        SpanGuard.Length(output.Length, (reach > 0 ? 2L : 1) * input.Length, nameof(output));
        for (int i = 0; i < input.Length; i++)
        {
            double size = isRounded ? Math.Floor((scales[i] * input[i]) + 0.5f)
                : sizes.IsEmpty ? Math.Floor(scales[i] * input[i])
                : sizes[places[i]];
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(sizes));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(size, int.MaxValue, nameof(sizes));
            output[i] = (long)size;
            if (reach > 0)
            {
                output[input.Length + i] = ResizeAxis.Taps(input[i], scales[i], reach, antialias);
            }
        }
    }

    /// <summary>The parts that are cut along the axes of a tensor (ONNX: Slice).</summary>
    /// <param name="input">The dimensions of the tensor.</param>
    /// <param name="starts">Where parts begin, counted from the end where negative.</param>
    /// <param name="ends">
    /// What they do not reach any more, counted from the end where negative; backwards, the largest int32 or int64 for no end.
    /// </param>
    /// <param name="axes">Of which axes.</param>
    /// <param name="steps">By how much they advance; negative backwards.</param>
    /// <param name="output">First elements of all axes, then steps, then numbers of elements.</param>
    /// <exception cref="ArgumentException">Lengths do not agree.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An axis does not exist or is named twice, or a step is 0.</exception>
    public static void Slice<T>(
        ReadOnlySpan<int> input, ReadOnlySpan<T> starts, ReadOnlySpan<T> ends, ReadOnlySpan<T> axes, ReadOnlySpan<T> steps,
        Span<long> output)
        where T : unmanaged, IBinaryInteger<T>
    {
        SpanGuard.Length(ends.Length, starts.Length, nameof(ends));
        SpanGuard.Length(axes.Length, starts.Length, nameof(axes));
        SpanGuard.Length(steps.Length, starts.Length, nameof(steps));
        SpanGuard.Length(output.Length, 3 * input.Length, nameof(output));
        Span<long> first = output[..input.Length];
        Span<long> by = output.Slice(input.Length, input.Length);
        Span<long> lengths = output[(2 * input.Length)..];
        first.Clear();
        by.Fill(1);
        Span<bool> named = stackalloc bool[input.Length];
        named.Clear();
        for (int i = 0; i < input.Length; i++)
        {
            lengths[i] = input[i];
        }

        for (int i = 0; i < starts.Length; i++)
        {
            int axis = Axis(long.CreateSaturating(axes[i]), input.Length);
            ArgumentOutOfRangeException.ThrowIfEqual(named[axis], true, nameof(axes));
            named[axis] = true;
            long size = input[axis];
            long step = long.Clamp(long.CreateSaturating(steps[i]), -int.MaxValue, int.MaxValue);
            ArgumentOutOfRangeException.ThrowIfZero(step, nameof(steps));
            long start = FromEnd(long.CreateSaturating(starts[i]), size);
            long last = long.CreateSaturating(ends[i]);
            start = long.Clamp(start, 0, step > 0 ? size : long.Max(size - 1, 0));

            // Backwards, the largest integers stand for all down to the first, as ONNX Runtime reads them.
            long end = step > 0 ? long.Clamp(FromEnd(last, size), 0, size)
                : last is int.MaxValue or long.MaxValue ? -1 : long.Clamp(FromEnd(last, size), -1, size);
            long span = size == 0 ? 0 : step > 0 ? end - start : start - end;
            long count = span <= 0 ? 0 : ((span - 1) / long.Abs(step)) + 1;
            first[axis] = count == 0 ? 0 : start;
            by[axis] = count <= 1 ? 1 : step;
            lengths[axis] = count;
        }
    }

    /// <summary>The dimensions without those that some axes name, each of which is 1 (ONNX: Squeeze).</summary>
    /// <param name="input">The dimensions of the tensor.</param>
    /// <param name="axes">Which are left out, counted from the end where negative.</param>
    /// <param name="output">The others.</param>
    /// <exception cref="ArgumentException">The output has another length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An axis does not exist, is named twice, or has not the size 1.</exception>
    public static void Squeeze(ReadOnlySpan<int> input, ReadOnlySpan<long> axes, Span<long> output)
    {
        SpanGuard.Length(output.Length, input.Length - axes.Length, nameof(output));
        Span<bool> named = stackalloc bool[input.Length];
        Name(axes, named);
        int next = 0;
        for (int i = 0; i < input.Length; i++)
        {
            if (named[i])
            {
                ArgumentOutOfRangeException.ThrowIfNotEqual(input[i], 1, nameof(axes));
            }
            else
            {
                output[next++] = input[i];
            }
        }
    }

    /// <summary>The dimensions with ones put in where axes of the result say (ONNX: Unsqueeze).</summary>
    /// <param name="input">The dimensions of the tensor.</param>
    /// <param name="axes">Where ones are in the result, counted from the end where negative.</param>
    /// <param name="output">As many as the two have together.</param>
    /// <exception cref="ArgumentException">The output has another length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An axis does not exist or is named twice.</exception>
    public static void Unsqueeze(ReadOnlySpan<int> input, ReadOnlySpan<long> axes, Span<long> output)
    {
        SpanGuard.Length(output.Length, input.Length + axes.Length, nameof(output));
        Span<bool> named = stackalloc bool[output.Length];
        Name(axes, named);
        int next = 0;
        for (int i = 0; i < output.Length; i++)
        {
            output[i] = named[i] ? 1 : input[next++];
        }
    }

    /// <summary>
    /// A reduction over some axes as one of the rows of a matrix: in which order the axes have to lie, how large the matrix is, and what
    /// shape the results have (ONNX: ReduceSum and its family since they take axes as a tensor).
    /// </summary>
    /// <param name="input">The dimensions of the tensor.</param>
    /// <param name="axes">Which are reduced, counted from the end where negative; all where there are none.</param>
    /// <param name="keepDimensions">Whether a reduced axis stays as 1.</param>
    /// <param name="noopWithEmptyAxes">Whether no axes mean that nothing is reduced.</param>
    /// <param name="output">
    /// For all axes, kept ones first, their sizes; their strides in the tensor; rows and columns of the matrix; the shape of the result.
    /// </param>
    /// <exception cref="ArgumentException">The output has another length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An axis does not exist or is named twice.</exception>
    public static void Reduce(
        ReadOnlySpan<int> input, ReadOnlySpan<long> axes, bool keepDimensions, bool noopWithEmptyAxes, Span<long> output)
    {
        int rank = input.Length;
        Span<bool> reduced = stackalloc bool[rank];
        Name(axes, reduced);
        if (axes.Length == 0)
        {
            reduced.Fill(!noopWithEmptyAxes);
        }

        int count = reduced.Count(true);
        SpanGuard.Length(output.Length, (3 * rank) + 2 - (keepDimensions ? 0 : count), nameof(output));
        Span<long> result = output[((2 * rank) + 2)..];
        long rows = 1;
        long columns = 1;
        long stride = 1;
        int kept = rank - count;
        int last = rank;
        int resultAxis = result.Length;
        for (int i = rank - 1; i >= 0; i--)
        {
            int place = reduced[i] ? --last : --kept;
            output[place] = input[i];
            output[rank + place] = stride;
            stride *= input[i];
            (rows, columns) = reduced[i] ? (rows, columns * input[i]) : (rows * input[i], columns);
            if (!reduced[i] || keepDimensions)
            {
                result[--resultAxis] = reduced[i] ? 1 : input[i];
            }
        }

        output[2 * rank] = rows;
        output[(2 * rank) + 1] = columns;
    }

    /// <summary>A tensor as three axes around one that data names (ONNX: CumSum).</summary>
    /// <param name="input">The dimensions of the tensor.</param>
    /// <param name="axis">Which, counted from the end where negative.</param>
    /// <param name="output">How many elements there are before the axis, along it, and behind it.</param>
    /// <exception cref="ArgumentException">The output has another length, or there is not one axis.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The axis does not exist.</exception>
    public static void Around<T>(ReadOnlySpan<int> input, ReadOnlySpan<T> axis, Span<long> output)
        where T : unmanaged, IBinaryInteger<T>
    {
        SpanGuard.Length(axis.Length, 1, nameof(axis));
        SpanGuard.Length(output.Length, 3, nameof(output));
        int place = Axis(long.CreateSaturating(axis[0]), input.Length);
        output[0] = Extent.Product(input[..place]);
        output[1] = input[place];
        output[2] = Extent.Product(input[(place + 1)..]);
    }

    /// <summary>How many numbers there are from a start up to a limit (ONNX: Range).</summary>
    /// <param name="start">The first.</param>
    /// <param name="limit">What is not reached any more.</param>
    /// <param name="delta">The distance of two.</param>
    /// <param name="output">The number.</param>
    /// <exception cref="ArgumentException">A span has not one element.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are too many, or the distance is 0.</exception>
    public static void Range<T>(ReadOnlySpan<T> start, ReadOnlySpan<T> limit, ReadOnlySpan<T> delta, Span<long> output)
        where T : unmanaged, INumber<T>
    {
        SpanGuard.Length(start.Length, 1, nameof(start));
        SpanGuard.Length(limit.Length, 1, nameof(limit));
        SpanGuard.Length(delta.Length, 1, nameof(delta));
        SpanGuard.Length(output.Length, 1, nameof(output));
        ArgumentOutOfRangeException.ThrowIfEqual(T.IsZero(delta[0]), true, nameof(delta));

        // As ONNX Runtime counts: from 0.1f to 1.1f there are eleven steps of 0.1f, since their float64 difference is a little over one.
        double span = IntegerFunctions.IsInteger<T>()
            ? (double)(Int128.CreateChecked(limit[0]) - Int128.CreateChecked(start[0]))
            : double.CreateSaturating(limit[0]) - double.CreateSaturating(start[0]);
        double count = Math.Ceiling(span / double.CreateSaturating(delta[0]));
        ArgumentOutOfRangeException.ThrowIfEqual(double.IsNaN(count), true, nameof(delta));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, int.MaxValue, nameof(limit));
        output[0] = (long)double.Max(count, 0);
    }

    /// <summary>How many elements are not zero (ONNX: NonZero, Compress).</summary>
    /// <param name="input">The elements.</param>
    /// <param name="output">The number.</param>
    /// <exception cref="ArgumentException">The output has not one element.</exception>
    public static void NonZero<T>(ReadOnlySpan<T> input, Span<long> output)
        where T : unmanaged, IEquatable<T>
    {
        SpanGuard.Length(output.Length, 1, nameof(output));
        output[0] = input.Length - input.Count(default(T));
    }

    /// <summary>Pads of all axes, where they are given for some (ONNX: Pad).</summary>
    /// <param name="input">The dimensions of the tensor.</param>
    /// <param name="pads">What is added before each of the axes, then what is added behind; negative for what is taken away.</param>
    /// <param name="axes">Which axes, counted from the end where negative.</param>
    /// <param name="output">What is added before all axes, then what is added behind.</param>
    /// <exception cref="ArgumentException">Lengths do not agree.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// An axis does not exist or is named twice, or more is taken away than there is.
    /// </exception>
    public static void Pad<T>(ReadOnlySpan<int> input, ReadOnlySpan<long> pads, ReadOnlySpan<T> axes, Span<long> output)
        where T : unmanaged, IBinaryInteger<T>
    {
        int rank = input.Length;
        SpanGuard.Length(pads.Length, 2 * axes.Length, nameof(pads));
        SpanGuard.Length(output.Length, 2 * rank, nameof(output));
        Span<bool> named = stackalloc bool[rank];
        named.Clear();
        output.Clear();
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = Axis(long.CreateSaturating(axes[i]), rank);
            ArgumentOutOfRangeException.ThrowIfEqual(named[axis], true, nameof(axes));
            named[axis] = true;
            long before = pads[i];
            long behind = pads[axes.Length + i];
            ArgumentOutOfRangeException.ThrowIfGreaterThan(long.Abs(before), int.MaxValue, nameof(pads));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(long.Abs(behind), int.MaxValue, nameof(pads));
            ArgumentOutOfRangeException.ThrowIfNegative(input[axis] + before + behind, nameof(pads));
            (output[axis], output[rank + axis]) = (before, behind);
        }
    }

    private static void Name(ReadOnlySpan<long> axes, Span<bool> named)
    {
        named.Clear();
        foreach (long axis in axes)
        {
            int place = Axis(axis, named.Length);
            ArgumentOutOfRangeException.ThrowIfEqual(named[place], true, nameof(axes));
            named[place] = true;
        }
    }

    private static int Axis(long axis, int rank)
    {
        if (axis < -rank || axis >= rank)
        {
            throw new ArgumentOutOfRangeException("axes", axis, $"The data names axis {axis} of {rank}.");
        }

        return (int)(axis < 0 ? axis + rank : axis);
    }

    private static long FromEnd(long bound, long size) => bound < 0 ? long.Max(bound, -int.MaxValue - 1L) + size : bound;
}
