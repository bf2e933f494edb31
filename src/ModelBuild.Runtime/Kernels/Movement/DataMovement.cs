using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Kernels that move elements without changing them (ONNX: Transpose, Concat, Pad, Slice, Identity).</summary>
/// <remarks>
/// Tensors are contiguous in row-major order and have at most 8 dimensions. All methods are thread-safe and allocate nothing. Input and
/// output must not overlap.
/// </remarks>
public static class DataMovement
{
    /// <summary>
    /// Permutes the dimensions (ONNX: Transpose): dimension <c>i</c> of the output is dimension <c>permutation[i]</c> of the input.
    /// </summary>
    /// <param name="dimensions">The dimensions of the input.</param>
    /// <param name="permutation">For each dimension of the output the one of the input.</param>
    /// <param name="input">The tensor.</param>
    /// <param name="output">The transposed tensor.</param>
    /// <exception cref="ArgumentException">
    /// A span has not the length of its tensor, a dimension negative, the rank above 8, or the permutation is none.
    /// </exception>
    public static void TransposeUInt8(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> permutation, ReadOnlySpan<byte> input, Span<byte> output) =>
        Transpose(dimensions, permutation, input, output);

    /// <inheritdoc cref="TransposeUInt8"/>
    public static void TransposeFloat32(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> permutation, ReadOnlySpan<float> input, Span<float> output) =>
        Transpose(dimensions, permutation, input, output);

    /// <summary>
    /// Copies one input of a concatenation (ONNX: Concat): <paramref name="rows"/> rows of <paramref name="length"/> elements to output
    /// rows of <paramref name="stride"/> elements, beginning at <paramref name="offset"/> in each. One call for every input.
    /// </summary>
    /// <param name="rows">The product of the dimensions before the concatenated one.</param>
    /// <param name="length">The product of the input's other dimensions.</param>
    /// <param name="offset">Where in an output row the input's elements begin.</param>
    /// <param name="stride">The length of an output row.</param>
    /// <param name="input"><c>[rows, length]</c>.</param>
    /// <param name="output"><c>[rows, stride]</c>; only the input's part of each row is written.</param>
    /// <exception cref="ArgumentException">
    /// A span has not the length of its tensor, a number negative, or the part does not fit a row.
    /// </exception>
    public static void ConcatenateUInt8(int rows, int length, int offset, int stride, ReadOnlySpan<byte> input, Span<byte> output) =>
        Concatenate(rows, length, offset, stride, input, output);

    /// <inheritdoc cref="ConcatenateUInt8"/>
    public static void ConcatenateFloat32(int rows, int length, int offset, int stride, ReadOnlySpan<float> input, Span<float> output) =>
        Concatenate(rows, length, offset, stride, input, output);

    /// <summary>Surrounds a tensor with a constant (ONNX: Pad, mode constant); a negative padding cuts off.</summary>
    /// <param name="dimensions">The dimensions of the input.</param>
    /// <param name="before">For each dimension the number of elements added in front.</param>
    /// <param name="after">For each dimension the number of elements added behind.</param>
    /// <param name="value">What the padding is filled with; for codes the zero point.</param>
    /// <param name="input">The tensor.</param>
    /// <param name="output">The padded tensor.</param>
    /// <exception cref="ArgumentException">
    /// A span has not the length of its tensor, a dimension negative, the rank above 8, or the lists differ in length.
    /// </exception>
    public static void PadUInt8(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> before, ReadOnlySpan<int> after, byte value, ReadOnlySpan<byte> input,
        Span<byte> output) =>
        Pad(dimensions, before, after, value, input, output);

    /// <inheritdoc cref="PadUInt8"/>
    public static void PadFloat32(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> before, ReadOnlySpan<int> after, float value, ReadOnlySpan<float> input,
        Span<float> output) =>
        Pad(dimensions, before, after, value, input, output);

    /// <summary>Takes every <c>steps[i]</c>-th element from <c>starts[i]</c> on along each dimension (ONNX: Slice).</summary>
    /// <param name="dimensions">The dimensions of the input.</param>
    /// <param name="starts">For each dimension the first position, from 0 on.</param>
    /// <param name="steps">For each dimension the distance between positions, possibly negative.</param>
    /// <param name="lengths">For each dimension how many positions there are: the dimensions of the output.</param>
    /// <param name="input">The tensor.</param>
    /// <param name="output">The slice.</param>
    /// <exception cref="ArgumentException">
    /// A span has not the length of its tensor, a position outside the input, the rank above 8, or the lists differ in length.
    /// </exception>
    public static void SliceUInt8(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> starts, ReadOnlySpan<int> steps, ReadOnlySpan<int> lengths,
        ReadOnlySpan<byte> input, Span<byte> output) =>
        Slice(dimensions, starts, steps, lengths, input, output);

    /// <inheritdoc cref="SliceUInt8"/>
    public static void SliceFloat32(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> starts, ReadOnlySpan<int> steps, ReadOnlySpan<int> lengths,
        ReadOnlySpan<float> input, Span<float> output) =>
        Slice(dimensions, starts, steps, lengths, input, output);

    /// <summary>Copies a tensor whose meaning changes but not its elements (ONNX: Identity, Reshape, Flatten).</summary>
    /// <param name="input">The elements.</param>
    /// <param name="output">As long as the input; here any overlap is allowed.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void CopyUInt8(ReadOnlySpan<byte> input, Span<byte> output)
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        input.CopyTo(output);
    }

    /// <inheritdoc cref="CopyUInt8"/>
    public static void CopyFloat32(ReadOnlySpan<float> input, Span<float> output)
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        input.CopyTo(output);
    }

    private static void Transpose<T>(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> permutation, ReadOnlySpan<T> input, Span<T> output)
        where T : unmanaged
    {
        Span<long> inputStrides = stackalloc long[StridedCopy.MaximumRank];
        long count = RowMajorStrides(dimensions, inputStrides);
        SpanGuard.Length(input.Length, count, nameof(input));
        SpanGuard.Length(output.Length, count, nameof(output));
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
            if (count == 0)
            {
                continue;
            }

            outputStride /= dimensions[axis];
            copy.Add(dimensions[axis], inputStrides[axis], outputStride);
        }

        if (count != 0)
        {
            copy.Run(ref MemoryMarshal.GetReference(input), ref MemoryMarshal.GetReference(output));
        }
    }

    private static void Concatenate<T>(int rows, int length, int offset, int stride, ReadOnlySpan<T> input, Span<T> output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, (long)offset + length);
        SpanGuard.Length(input.Length, Extent.Product(rows, length), nameof(input));
        SpanGuard.Length(output.Length, Extent.Product(rows, stride), nameof(output));
        for (int row = 0; row < rows; row++)
        {
            input.Slice(row * length, length).CopyTo(output[((row * stride) + offset)..]);
        }
    }

    private static void Pad<T>(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> before, ReadOnlySpan<int> after, T value, ReadOnlySpan<T> input, Span<T> output)
        where T : unmanaged
    {
        Span<long> inputStrides = stackalloc long[StridedCopy.MaximumRank];
        SpanGuard.Length(input.Length, RowMajorStrides(dimensions, inputStrides), nameof(input));
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
        long count = RowMajorStrides(padded[..dimensions.Length], outputStrides);
        SpanGuard.Length(output.Length, count, nameof(output));
        output[..(int)count].Fill(value);

        var copy = default(StridedCopy);
        long inputOffset = 0;
        long outputOffset = 0;
        for (int i = 0; i < dimensions.Length; i++)
        {
            long first = long.Max(0, -(long)before[i]);
            long target = long.Max(0, before[i]);
            long length = long.Min(dimensions[i] - first, padded[i] - target);
            if (length <= 0)
            {
                return;
            }

            inputOffset += first * inputStrides[i];
            outputOffset += target * outputStrides[i];
            copy.Add(length, inputStrides[i], outputStrides[i]);
        }

        copy.Run(
            ref Unsafe.Add(ref MemoryMarshal.GetReference(input), (nint)inputOffset),
            ref Unsafe.Add(ref MemoryMarshal.GetReference(output), (nint)outputOffset));
    }

    private static void Slice<T>(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> starts, ReadOnlySpan<int> steps, ReadOnlySpan<int> lengths,
        ReadOnlySpan<T> input, Span<T> output)
        where T : unmanaged
    {
        Span<long> inputStrides = stackalloc long[StridedCopy.MaximumRank];
        Span<long> outputStrides = stackalloc long[StridedCopy.MaximumRank];
        SpanGuard.Length(input.Length, RowMajorStrides(dimensions, inputStrides), nameof(input));
        SpanGuard.Length(starts.Length, dimensions.Length, nameof(starts));
        SpanGuard.Length(steps.Length, dimensions.Length, nameof(steps));
        SpanGuard.Length(lengths.Length, dimensions.Length, nameof(lengths));
        long count = RowMajorStrides(lengths, outputStrides);
        SpanGuard.Length(output.Length, count, nameof(output));
        if (count == 0)
        {
            return;
        }

        var copy = default(StridedCopy);
        long offset = 0;
        for (int i = 0; i < dimensions.Length; i++)
        {
            long last = starts[i] + ((lengths[i] - 1L) * steps[i]);
            if ((uint)starts[i] >= (uint)dimensions[i] || last < 0 || last >= dimensions[i])
            {
                throw new ArgumentException($"Positions {starts[i]} to {last} of dimension {i} are not all inside it.", nameof(starts));
            }

            offset += starts[i] * inputStrides[i];
            copy.Add(lengths[i], steps[i] * inputStrides[i], outputStrides[i]);
        }

        copy.Run(
            ref Unsafe.Add(ref MemoryMarshal.GetReference(input), (nint)offset), ref MemoryMarshal.GetReference(output));
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
