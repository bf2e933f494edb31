using System.ComponentModel;
using System.Numerics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>The largest or smallest elements along a dimension (ONNX: TopK).</summary>
/// <remarks>
/// NaN is larger than all numbers, as in NumPy; ONNX says nothing of it, and what ONNX Runtime makes of it depends on where it stands. All
/// methods are thread-safe and allocate nothing. Inputs and outputs must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Ranking
{
    /// <summary>The largest elements in descending order; of equal ones that with the lower index first.</summary>
    /// <typeparam name="T">The type of the numbers.</typeparam>
    /// <param name="outer">The product of the dimensions before the one that is ranked.</param>
    /// <param name="length">The dimension that is ranked.</param>
    /// <param name="inner">The product of the dimensions behind it.</param>
    /// <param name="count">How many elements are taken, at most <paramref name="length"/>.</param>
    /// <param name="input"><c>[outer, length, inner]</c>.</param>
    /// <param name="scratch">16 bytes for each of <paramref name="count"/>, and 16 more.</param>
    /// <param name="values"><c>[outer, count, inner]</c>: the elements; empty where nobody asks.</param>
    /// <param name="indices"><c>[outer, count, inner]</c>: their positions; empty where nobody asks.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or a dimension out of range.</exception>
    public static void Largest<T>(
        int outer, int length, int inner, int count, ReadOnlySpan<T> input, Span<byte> scratch, Span<T> values = default,
        Span<long> indices = default)
        where T : unmanaged, INumber<T> =>
        Rank<Below<T>, T>(outer, length, inner, count, input, scratch, values, indices);

    /// <summary>The smallest elements in ascending order; of equal ones that with the lower index first.</summary>
    /// <inheritdoc cref="Largest"/>
    public static void Smallest<T>(
        int outer, int length, int inner, int count, ReadOnlySpan<T> input, Span<byte> scratch, Span<T> values = default,
        Span<long> indices = default)
        where T : unmanaged, INumber<T> =>
        Rank<Above<T>, T>(outer, length, inner, count, input, scratch, values, indices);

    /// <summary>
    /// A heap of the best elements so far, the worst of them on top: an element that is not better than it, as most are, costs one
    /// comparison. In the end the heap is taken apart, the worst first.
    /// </summary>
    private static void Rank<TWorse, T>(
        int outer, int length, int inner, int count, ReadOnlySpan<T> input, Span<byte> scratch, Span<T> values, Span<long> indices)
        where TWorse : IWorse<T>
        where T : unmanaged, INumber<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(outer);
        ArgumentOutOfRangeException.ThrowIfNegative(inner);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, length);
        SpanGuard.Length(input.Length, Extent.Product(outer, length, inner), nameof(input));
        long results = Extent.Product(outer, count, inner);
        SpanGuard.Length(values.Length, values.IsEmpty ? 0 : results, nameof(values));
        SpanGuard.Length(indices.Length, indices.IsEmpty ? 0 : results, nameof(indices));
        if (results == 0)
        {
            return;
        }

        SpanGuard.AtLeast(scratch.Length, Extent.Product(count, 16), nameof(scratch));
        Span<Candidate<T>> heap = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, Candidate<T>>(scratch)[..count];
        for (int run = 0; run < outer * inner; run++)
        {
            int first = (run / inner * length * inner) + (run % inner);
            for (int i = 0; i < count; i++)
            {
                heap[i] = new Candidate<T>(input[first + (i * inner)], i);
            }

            for (int node = (count / 2) - 1; node >= 0; node--)
            {
                Sink<TWorse, T>(heap, node);
            }

            bool hasNeighbours = inner == 1 && Vector<T>.IsSupported;
            int block = hasNeighbours ? Vector<T>.Count : length - count;
            for (int i = count; i < length;)
            {
                int end = i + int.Min(block, length - i);
                if (hasNeighbours && end - i == block && TWorse.AreNoneBetter(new Vector<T>(input[(first + i)..]), heap[0].Value))
                {
                    i = end;
                }

                for (; i < end; i++)
                {
                    var candidate = new Candidate<T>(input[first + (i * inner)], i);
                    if (candidate.IsBetter<TWorse>(heap[0]))
                    {
                        heap[0] = candidate;
                        Sink<TWorse, T>(heap, 0);
                    }
                }
            }

            for (int rank = count - 1; rank >= 0; rank--)
            {
                int place = (((run / inner * count) + rank) * inner) + (run % inner);
                if (!values.IsEmpty)
                {
                    values[place] = heap[0].Value;
                }

                if (!indices.IsEmpty)
                {
                    indices[place] = heap[0].Index;
                }

                heap[0] = heap[rank];
                Sink<TWorse, T>(heap[..rank], 0);
            }
        }
    }

    private static void Sink<TWorse, T>(Span<Candidate<T>> heap, int node)
        where TWorse : IPairFunction<T, bool>
        where T : unmanaged, INumber<T>
    {
        while ((2 * node) + 1 < heap.Length)
        {
            int child = (2 * node) + 1;
            child += child + 1 < heap.Length && heap[child].IsBetter<TWorse>(heap[child + 1]) ? 1 : 0;
            if (!heap[node].IsBetter<TWorse>(heap[child]))
            {
                return;
            }

            (heap[node], heap[child]) = (heap[child], heap[node]);
            node = child;
        }
    }

    private readonly record struct Candidate<T>(T Value, int Index)
        where T : unmanaged, INumber<T>
    {
        public bool IsBetter<TWorse>(Candidate<T> other)
            where TWorse : IPairFunction<T, bool> =>
            TWorse.Invoke(other.Value, Value) || (Index < other.Index && !TWorse.Invoke(Value, other.Value));
    }

    /// <summary>Whether the first of two is worse than the second.</summary>
    private interface IWorse<T> : IPairFunction<T, bool>
    {
        /// <summary>Whether none of several numbers is better than one; false where that is not sure.</summary>
        static abstract bool AreNoneBetter(Vector<T> numbers, T than);
    }

    private readonly struct Below<T> : IWorse<T>
        where T : INumber<T>
    {
        public static bool Invoke(T left, T right) => left < right || (T.IsNaN(right) && !T.IsNaN(left));

        public static bool AreNoneBetter(Vector<T> numbers, T than) => Vector.LessThanOrEqualAll(numbers, new Vector<T>(than));
    }

    private readonly struct Above<T> : IWorse<T>
        where T : INumber<T>
    {
        public static bool Invoke(T left, T right) => Below<T>.Invoke(right, left);

        public static bool AreNoneBetter(Vector<T> numbers, T than) =>
            !T.IsNaN(than) && !Vector.LessThanAny(numbers, new Vector<T>(than));
    }
}
