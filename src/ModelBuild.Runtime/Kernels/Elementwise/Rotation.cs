using System.ComponentModel;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Rotary embedding: pairs of elements turned by angles (Su et al., RoFormer, 2021; ONNX: RotaryEmbedding).</summary>
/// <remarks>All methods are thread-safe and allocate nothing. Inputs and output must not overlap.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Rotation
{
    /// <summary>
    /// Turns the two halves of the last dimension against each other: <c>cos·first − sin·second</c>, <c>cos·second + sin·first</c>, each
    /// product rounded.
    /// </summary>
    /// <param name="dimensions">The dimensions of the input, at most 8, the last one even.</param>
    /// <param name="cosineStrides">For each how far the cosines advance, in elements; 0 where they are repeated. 1 for the last.</param>
    /// <param name="sineStrides">The same of the sines.</param>
    /// <param name="hasAnglesOfBothHalves">Whether the second half has angles of its own, which stand behind those of the first.</param>
    /// <param name="input">The input, contiguous.</param>
    /// <param name="cosines">The cosines of the angles.</param>
    /// <param name="sines">The sines.</param>
    /// <param name="output">The output, contiguous.</param>
    /// <exception cref="ArgumentException">
    /// A span does not fit, a dimension or stride is negative, the rank not 1 to 8, or the lists differ in length.
    /// </exception>
    public static void Halves(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> cosineStrides, ReadOnlySpan<int> sineStrides, bool hasAnglesOfBothHalves,
        ReadOnlySpan<float> input, ReadOnlySpan<float> cosines, ReadOnlySpan<float> sines, Span<float> output)
    {
        int rank = dimensions.Length;
        if (rank is 0 or > StridedCopy.MaximumRank || dimensions[^1] % 2 != 0)
        {
            throw new ArgumentException($"No {rank} dimensions are turned, or no odd number of elements.", nameof(dimensions));
        }

        SpanGuard.Length(cosineStrides.Length, rank, nameof(cosineStrides));
        SpanGuard.Length(sineStrides.Length, rank, nameof(sineStrides));
        int size = dimensions[^1];
        int half = size / 2;
        long count = Extent.Product(dimensions);
        SpanGuard.Length(input.Length, count, nameof(input));
        SpanGuard.Length(output.Length, count, nameof(output));
        Span<int> reached = stackalloc int[StridedCopy.MaximumRank];
        dimensions.CopyTo(reached);
        reached[rank - 1] = hasAnglesOfBothHalves ? size : half;
        SpanGuard.AtLeast(cosines.Length, Extent.Reach(reached[..rank], cosineStrides, count == 0), nameof(cosines));
        SpanGuard.AtLeast(sines.Length, Extent.Reach(reached[..rank], sineStrides, count == 0), nameof(sines));
        if (cosineStrides[^1] != 1 || sineStrides[^1] != 1)
        {
            throw new ArgumentException("Angles of neighbours are no neighbours.", nameof(cosineStrides));
        }

        int second = hasAnglesOfBothHalves ? half : 0;
        Span<int> index = stackalloc int[StridedCopy.MaximumRank];
        index.Clear();
        for (long row = 0; row < count; row += size)
        {
            nint c = 0;
            nint s = 0;
            for (int axis = 0; axis < rank - 1; axis++)
            {
                c += (nint)index[axis] * cosineStrides[axis];
                s += (nint)index[axis] * sineStrides[axis];
            }

            ref float x = ref Unsafe.Add(ref MemoryMarshal.GetReference(input), (nint)row);
            ref float y = ref Unsafe.Add(ref MemoryMarshal.GetReference(output), (nint)row);
            ref float cosine = ref Unsafe.Add(ref MemoryMarshal.GetReference(cosines), c);
            ref float sine = ref Unsafe.Add(ref MemoryMarshal.GetReference(sines), s);
            Turn(
                half, ref x, ref Unsafe.Add(ref x, half), ref cosine, ref sine, ref Unsafe.Add(ref cosine, second),
                ref Unsafe.Add(ref sine, second), ref y, ref Unsafe.Add(ref y, half));

            for (int axis = rank - 2; axis >= 0 && ++index[axis] == dimensions[axis]; axis--)
            {
                index[axis] = 0;
            }
        }
    }

    private static void Turn(
        int count, ref float first, ref float second, ref float firstCosine, ref float firstSine, ref float secondCosine,
        ref float secondSine, ref float turnedFirst, ref float turnedSecond)
    {
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> a = Vector.LoadUnsafe(ref first, (uint)i);
            Vector<float> b = Vector.LoadUnsafe(ref second, (uint)i);
            ((Vector.LoadUnsafe(ref firstCosine, (uint)i) * a) - (Vector.LoadUnsafe(ref firstSine, (uint)i) * b))
                .StoreUnsafe(ref turnedFirst, (uint)i);
            ((Vector.LoadUnsafe(ref secondCosine, (uint)i) * b) + (Vector.LoadUnsafe(ref secondSine, (uint)i) * a))
                .StoreUnsafe(ref turnedSecond, (uint)i);
        }

        for (; i < count; i++)
        {
            float a = Unsafe.Add(ref first, i);
            float b = Unsafe.Add(ref second, i);
            Unsafe.Add(ref turnedFirst, i) = (Unsafe.Add(ref firstCosine, i) * a) - (Unsafe.Add(ref firstSine, i) * b);
            Unsafe.Add(ref turnedSecond, i) = (Unsafe.Add(ref secondCosine, i) * b) + (Unsafe.Add(ref secondSine, i) * a);
        }
    }
}
