using System.Numerics;

namespace ModelBuild.Runtime.Kernels;

/// <content>Kernels whose output has elements of the input more than once.</content>
public static partial class DataMovement
{
    /// <summary>Repeats elements along dimensions in which the input does not advance (ONNX: Expand, Tile).</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="dimensions">The dimensions of the output, at most 8.</param>
    /// <param name="strides">For each how far the input advances, in elements; 0 where it is repeated.</param>
    /// <param name="input">The tensor.</param>
    /// <param name="output">The repeated tensor, contiguous.</param>
    /// <exception cref="ArgumentException">
    /// A span does not fit the dimensions, one of them or a stride is negative, the rank above 8, or the lists differ in length.
    /// </exception>
    public static void Expand<T>(ReadOnlySpan<int> dimensions, ReadOnlySpan<int> strides, ReadOnlySpan<T> input, Span<T> output)
    {
        Span<long> outputStrides = stackalloc long[StridedCopy.MaximumRank];
        SpanGuard.Length(output.Length, RowMajorStrides(dimensions, outputStrides), nameof(output));
        SpanGuard.AtLeast(input.Length, Extent.Reach(dimensions, strides, output.IsEmpty), nameof(input));
        var copy = default(StridedCopy);
        for (int i = 0; i < dimensions.Length; i++)
        {
            copy.Add(dimensions[i], strides[i], outputStrides[i]);
        }

        copy.Run(input, output);
    }

    /// <summary>Counts up by one (ONNX: Range with integer bounds and a step of 1).</summary>
    /// <typeparam name="T">The type of the numbers.</typeparam>
    /// <param name="start">The first number.</param>
    /// <param name="output">As many numbers as it is long.</param>
    public static void Count<T>(long start, Span<T> output)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (int i = 0; i < output.Length; i++)
        {
            output[i] = T.CreateTruncating(start + i);
        }
    }

    /// <summary><c>output[i] = start + i · delta</c> (ONNX: Range).</summary>
    /// <typeparam name="T">The type of the numbers.</typeparam>
    /// <param name="start">One number: the first.</param>
    /// <param name="delta">One number: the distance of two.</param>
    /// <param name="output">As many numbers as it is long. Integers wrap around.</param>
    /// <exception cref="ArgumentException"><paramref name="start"/> or <paramref name="delta"/> has not one element.</exception>
    public static void Sequence<T>(ReadOnlySpan<T> start, ReadOnlySpan<T> delta, Span<T> output)
        where T : unmanaged, INumber<T>
    {
        SpanGuard.Length(start.Length, 1, nameof(start));
        SpanGuard.Length(delta.Length, 1, nameof(delta));
        for (int i = 0; i < output.Length; i++)
        {
            output[i] = unchecked(start[0] + (T.CreateTruncating(i) * delta[0]));
        }
    }

    /// <summary>Surrounds a tensor with its own border elements (ONNX: Pad, mode edge); a negative padding cuts off.</summary>
    /// <inheritdoc cref="PadByReflection"/>
    public static void PadByEdge<T>(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> before, ReadOnlySpan<int> after, ReadOnlySpan<T> input, Span<T> output) =>
        Pad<Edge, T>(dimensions, before, after, input, output);

    /// <summary>
    /// Surrounds a tensor with its own mirror image, the border element not repeated (ONNX: Pad, mode reflect); a negative padding cuts
    /// off.
    /// </summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="dimensions">The dimensions of the input.</param>
    /// <param name="before">For each dimension the number of elements added in front.</param>
    /// <param name="after">For each dimension the number of elements added behind.</param>
    /// <param name="input">The tensor.</param>
    /// <param name="output">The padded tensor.</param>
    /// <exception cref="ArgumentException">
    /// A span has not the length of its tensor, a dimension negative, the rank above 8, the lists differ in length, or there is nothing
    /// to repeat.
    /// </exception>
    public static void PadByReflection<T>(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> before, ReadOnlySpan<int> after, ReadOnlySpan<T> input, Span<T> output) =>
        Pad<Reflection, T>(dimensions, before, after, input, output);

    /// <summary>Continues a tensor as if it were periodic (ONNX: Pad, mode wrap); a negative padding cuts off.</summary>
    /// <inheritdoc cref="PadByReflection"/>
    public static void PadByWrapping<T>(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> before, ReadOnlySpan<int> after, ReadOnlySpan<T> input, Span<T> output) =>
        Pad<Wrapping, T>(dimensions, before, after, input, output);

    /// <summary>
    /// Puts what stays in place, and then continues it along one dimension after the other, the last first: rows are whole before they
    /// are repeated.
    /// </summary>
    private static void Pad<TContinuation, T>(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> before, ReadOnlySpan<int> after, ReadOnlySpan<T> input, Span<T> output)
        where TContinuation : IContinuation
    {
        Padding(dimensions, before, after, input.Length, output.Length).Run(input, output);
        int inner = 1;
        for (int axis = dimensions.Length - 1; axis >= 0; axis--)
        {
            int length = dimensions[axis] + before[axis] + after[axis];
            int start = int.Max(before[axis], 0);
            int kept = int.Min(length, dimensions[axis] + before[axis]) - start;
            if (output.IsEmpty)
            {
                return;
            }

            if (kept < 1)
            {
                throw new ArgumentException($"Nothing of dimension {axis} stays that could be repeated.", nameof(after));
            }

            // Rows in the borders of outer dimensions hold nothing yet. They are continued too, and replaced when their turn comes.
            int whole = length * inner;
            for (int first = 0; kept < length && first < output.Length; first += whole)
            {
                Span<T> rows = output.Slice(first, whole);
                Continue<TContinuation, T>(rows, inner, start, kept, 0, start);
                Continue<TContinuation, T>(rows, inner, start, kept, start + kept, length);
            }

            inner = whole;
        }
    }

    /// <summary>Fills some places of a border with what lies between the borders.</summary>
    private static void Continue<TContinuation, T>(Span<T> rows, int inner, int start, int kept, int first, int end)
        where TContinuation : IContinuation
    {
        for (int i = first; i < end; i++)
        {
            int source = start + TContinuation.Source(i - start, kept);
            if (inner == 1)
            {
                rows[i] = rows[source];
            }
            else
            {
                rows.Slice(source * inner, inner).CopyTo(rows.Slice(i * inner, inner));
            }
        }
    }

    /// <summary>How a row goes on beyond its ends.</summary>
    private interface IContinuation
    {
        /// <summary>The place in [0, length) that has the element of a place outside.</summary>
        static abstract int Source(int place, int length);
    }

    private readonly struct Edge : IContinuation
    {
        public static int Source(int place, int length) => int.Clamp(place, 0, length - 1);
    }

    private readonly struct Wrapping : IContinuation
    {
        public static int Source(int place, int length)
        {
            int near = place < 0 ? place + length : place - length;
            return (uint)near < (uint)length ? near : ((place % length) + length) % length;
        }
    }

    private readonly struct Reflection : IContinuation
    {
        public static int Source(int place, int length)
        {
            int near = place < 0 ? -place : (2 * (length - 1)) - place;
            if ((uint)near < (uint)length)
            {
                return near;
            }

            int period = int.Max(2 * (length - 1), 1);
            int offset = ((place % period) + period) % period;
            return offset < length ? offset : period - offset;
        }
    }
}
