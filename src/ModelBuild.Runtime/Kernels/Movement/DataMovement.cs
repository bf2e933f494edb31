using System.ComponentModel;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Kernels that move elements without changing them (ONNX: Transpose, Concat, Pad, Slice, Identity).</summary>
/// <remarks>
/// Elements are of any type of 1, 2, 4 or 8 bytes and arrive bit for bit. Tensors are contiguous in row-major order and have at most 8
/// dimensions. All methods are thread-safe and allocate nothing. Input and output must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static partial class DataMovement
{
    /// <summary>
    /// Permutes the dimensions (ONNX: Transpose): dimension <c>i</c> of the output is dimension <c>permutation[i]</c> of the input.
    /// </summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="dimensions">The dimensions of the input.</param>
    /// <param name="permutation">For each dimension of the output the one of the input.</param>
    /// <param name="input">The tensor.</param>
    /// <param name="output">The transposed tensor.</param>
    /// <exception cref="ArgumentException">
    /// A span has not the length of its tensor, a dimension negative, the rank above 8, or the permutation is none.
    /// </exception>
    public static void Transpose<T>(ReadOnlySpan<int> dimensions, ReadOnlySpan<int> permutation, ReadOnlySpan<T> input, Span<T> output) =>
        Transposition(dimensions, permutation, input.Length, output.Length).Run(input, output);

    /// <summary>
    /// Copies one input of a concatenation (ONNX: Concat): <paramref name="rows"/> rows of <paramref name="length"/> elements to output
    /// rows of <paramref name="stride"/> elements, beginning at <paramref name="offset"/> in each. One call for every input.
    /// </summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="rows">The product of the dimensions before the concatenated one.</param>
    /// <param name="length">The product of the input's other dimensions.</param>
    /// <param name="offset">Where in an output row the input's elements begin.</param>
    /// <param name="stride">The length of an output row.</param>
    /// <param name="input"><c>[rows, length]</c>.</param>
    /// <param name="output"><c>[rows, stride]</c>; only the input's part of each row is written.</param>
    /// <exception cref="ArgumentException">
    /// A span has not the length of its tensor, a number negative, or the part does not fit a row.
    /// </exception>
    public static void Concatenate<T>(int rows, int length, int offset, int stride, ReadOnlySpan<T> input, Span<T> output) =>
        Concatenation(rows, length, offset, stride, input.Length, output.Length).Run(input, output);

    /// <summary>Surrounds a tensor with a constant (ONNX: Pad, mode constant); a negative padding cuts off.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="dimensions">The dimensions of the input.</param>
    /// <param name="before">For each dimension the number of elements added in front.</param>
    /// <param name="after">For each dimension the number of elements added behind.</param>
    /// <param name="value">The one element that the padding is filled with; for quantized values the zero point.</param>
    /// <param name="input">The tensor.</param>
    /// <param name="output">The padded tensor.</param>
    /// <exception cref="ArgumentException">
    /// A span has not the length of its tensor, a dimension negative, the rank above 8, or the lists differ in length.
    /// </exception>
    public static void Pad<T>(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> before, ReadOnlySpan<int> after, ReadOnlySpan<T> value, ReadOnlySpan<T> input,
        Span<T> output)
    {
        SpanGuard.Length(value.Length, 1, nameof(value));
        StridedCopy kept = Padding(dimensions, before, after, input.Length, output.Length);
        output.Fill(value[0]);
        kept.Run(input, output);
    }

    /// <summary>Takes every <c>steps[i]</c>-th element from <c>starts[i]</c> on along each dimension (ONNX: Slice).</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="dimensions">The dimensions of the input.</param>
    /// <param name="starts">For each dimension the first position, from 0 on.</param>
    /// <param name="steps">For each dimension the distance between positions, possibly negative.</param>
    /// <param name="lengths">For each dimension how many positions there are: the dimensions of the output.</param>
    /// <param name="input">The tensor.</param>
    /// <param name="output">The slice.</param>
    /// <exception cref="ArgumentException">
    /// A span has not the length of its tensor, a position outside the input, the rank above 8, or the lists differ in length.
    /// </exception>
    public static void Slice<T>(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> starts, ReadOnlySpan<int> steps, ReadOnlySpan<int> lengths,
        ReadOnlySpan<T> input, Span<T> output) =>
        Slicing(dimensions, starts, steps, lengths, input.Length, output.Length).Run(input, output);

    /// <summary>Copies a tensor whose meaning changes but not its elements (ONNX: Identity, Reshape, Flatten).</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="input">The elements.</param>
    /// <param name="output">As long as the input; here any overlap is allowed.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void Copy<T>(ReadOnlySpan<T> input, Span<T> output)
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        input.CopyTo(output);
    }

    /// <summary>Writes one of the equal parts that a tensor consists of: what an iteration of a loop adds to what is collected.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="index">One element: which part, from 0.</param>
    /// <param name="input">The elements of the part.</param>
    /// <param name="output">All parts; those that are not there yet are left alone.</param>
    /// <exception cref="ArgumentException">There is another number of indices.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The part is not inside the output.</exception>
    public static void WriteRow<T>(ReadOnlySpan<long> index, ReadOnlySpan<T> input, Span<T> output)
    {
        SpanGuard.Length(index.Length, 1, nameof(index));
        if (!input.IsEmpty)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index[0], nameof(index));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index[0], output.Length / input.Length, nameof(index));
            input.CopyTo(output[(int)(index[0] * input.Length)..]);
        }
    }

    private static StridedCopy Transposition(ReadOnlySpan<int> dimensions, ReadOnlySpan<int> permutation, int input, int output)
    {
        Span<long> inputStrides = stackalloc long[StridedCopy.MaximumRank];
        long count = RowMajorStrides(dimensions, inputStrides);
        SpanGuard.Length(input, count, nameof(input));
        SpanGuard.Length(output, count, nameof(output));
        SpanGuard.Length(permutation.Length, dimensions.Length, nameof(permutation));
        var copy = default(StridedCopy);
        int seen = 0;
        long outputStride = count;
        foreach (int axis in permutation)
        {
            if ((uint)axis >= (uint)dimensions.Length || (seen & (1 << axis)) != 0)
            {
                throw new ArgumentException("Every dimension of the input must occur once.", nameof(permutation));
            }

            seen |= 1 << axis;
            outputStride /= int.Max(dimensions[axis], 1);
            copy.Add(dimensions[axis], inputStrides[axis], outputStride);
        }

        return copy;
    }

    private static StridedCopy Concatenation(int rows, int length, int offset, int stride, int input, int output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, (long)offset + length);
        SpanGuard.Length(input, Extent.Product(rows, length), nameof(input));
        SpanGuard.Length(output, Extent.Product(rows, stride), nameof(output));
        var copy = new StridedCopy { OutputOffset = offset };
        copy.Add(rows, length, stride);
        copy.Add(length, 1, 1);
        return copy;
    }

    /// <summary>What stays of the input, and where.</summary>
    private static StridedCopy Padding(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> before, ReadOnlySpan<int> after, int input, int output)
    {
        Span<long> inputStrides = stackalloc long[StridedCopy.MaximumRank];
        SpanGuard.Length(input, RowMajorStrides(dimensions, inputStrides), nameof(input));
        SpanGuard.Length(before.Length, dimensions.Length, nameof(before));
        SpanGuard.Length(after.Length, dimensions.Length, nameof(after));
        Span<int> padded = stackalloc int[StridedCopy.MaximumRank];
        for (int i = 0; i < dimensions.Length; i++)
        {
            long length = (long)dimensions[i] + before[i] + after[i];
            if (length is < 0 or > int.MaxValue)
            {
                throw new ArgumentException($"Dimension {i} becomes {length} long.", nameof(after));
            }

            padded[i] = (int)length;
        }

        Span<long> outputStrides = stackalloc long[StridedCopy.MaximumRank];
        SpanGuard.Length(output, RowMajorStrides(padded[..dimensions.Length], outputStrides), nameof(output));
        var copy = default(StridedCopy);
        for (int i = 0; i < dimensions.Length; i++)
        {
            long first = long.Max(0, -(long)before[i]);
            long target = long.Max(0, before[i]);
            copy.InputOffset += first * inputStrides[i];
            copy.OutputOffset += target * outputStrides[i];
            copy.Add(long.Max(0, long.Min(dimensions[i] - first, padded[i] - target)), inputStrides[i], outputStrides[i]);
        }

        return copy;
    }

    private static StridedCopy Slicing(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> starts, ReadOnlySpan<int> steps, ReadOnlySpan<int> lengths, int input, int output)
    {
        Span<long> inputStrides = stackalloc long[StridedCopy.MaximumRank];
        Span<long> outputStrides = stackalloc long[StridedCopy.MaximumRank];
        SpanGuard.Length(input, RowMajorStrides(dimensions, inputStrides), nameof(input));
        SpanGuard.Length(starts.Length, dimensions.Length, nameof(starts));
        SpanGuard.Length(steps.Length, dimensions.Length, nameof(steps));
        SpanGuard.Length(lengths.Length, dimensions.Length, nameof(lengths));
        long count = RowMajorStrides(lengths, outputStrides);
        SpanGuard.Length(output, count, nameof(output));
        var copy = default(StridedCopy);
        for (int i = 0; i < dimensions.Length; i++)
        {
            long last = starts[i] + ((lengths[i] - 1L) * steps[i]);
            if (count != 0 && ((uint)starts[i] >= (uint)dimensions[i] || last < 0 || last >= dimensions[i]))
            {
                throw new ArgumentException($"Positions {starts[i]} to {last} of dimension {i} are not all inside it.", nameof(starts));
            }

            copy.InputOffset += starts[i] * inputStrides[i];
            copy.Add(lengths[i], steps[i] * inputStrides[i], outputStrides[i]);
        }

        return copy;
    }

    /// <summary>Writes the strides of a contiguous tensor and returns how many elements it has.</summary>
    private static long RowMajorStrides(ReadOnlySpan<int> dimensions, Span<long> strides)
    {
        if (dimensions.Length > StridedCopy.MaximumRank)
        {
            throw new ArgumentException($"{dimensions.Length} dimensions are more than {StridedCopy.MaximumRank}.", nameof(dimensions));
        }

        long count = 1;
        bool isEmpty = false;
        for (int i = dimensions.Length - 1; i >= 0; i--)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(dimensions[i], nameof(dimensions));
            strides[i] = count;
            isEmpty |= dimensions[i] == 0;
            count = Extent.Product(count, int.Max(dimensions[i], 1));
        }

        return isEmpty ? 0 : count;
    }
}
