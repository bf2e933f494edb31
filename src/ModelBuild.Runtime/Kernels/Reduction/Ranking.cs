using System.ComponentModel;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
        Rank(false, outer, length, inner, count, input, scratch, values, indices);

    /// <summary>The smallest elements in ascending order; of equal ones that with the lower index first.</summary>
    /// <inheritdoc cref="Largest"/>
    public static void Smallest<T>(
        int outer, int length, int inner, int count, ReadOnlySpan<T> input, Span<byte> scratch, Span<T> values = default,
        Span<long> indices = default)
        where T : unmanaged, INumber<T> =>
        Rank(true, outer, length, inner, count, input, scratch, values, indices);

    private static void Rank<T>(
        bool smallest, int outer, int length, int inner, int count, ReadOnlySpan<T> input, Span<byte> scratch, Span<T> values,
        Span<long> indices)
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
        for (int run = 0; run < outer * inner; run++)
        {
            int first = (run / inner * length * inner) + (run % inner);
            int place = (run / inner * count * inner) + (run % inner);
            if (Unsafe.SizeOf<T>() <= sizeof(uint))
            {
                Span<ulong> heap = MemoryMarshal.Cast<byte, ulong>(scratch)[..count];
                Run<T, ulong, NarrowKey>(smallest, length, inner, input[first..], heap, values, indices, place);
            }
            else
            {
                Span<UInt128> heap = MemoryMarshal.Cast<byte, UInt128>(scratch)[..count];
                Run<T, UInt128, WideKey>(smallest, length, inner, input[first..], heap, values, indices, place);
            }
        }
    }

    /// <summary>
    /// A heap of the keys of the best elements so far, the worst of them on top: an element that is not better than it, as most are, costs
    /// one comparison. In the end the heap is taken apart, the worst first.
    /// </summary>
    private static void Run<T, TKey, TKeys>(
        bool smallest, int length, int inner, ReadOnlySpan<T> input, Span<TKey> heap, Span<T> values, Span<long> indices, int place)
        where T : unmanaged, INumber<T>
        where TKey : unmanaged, IBinaryInteger<TKey>
        where TKeys : IKey<TKey>
    {
        for (int i = 0; i < heap.Length; i++)
        {
            heap[i] = Key(input[i * inner], i);
        }

        for (int node = (heap.Length / 2) - 1; node >= 0; node--)
        {
            Sink(heap, node, heap[node]);
        }

        bool hasNeighbours = inner == 1 && Vector<T>.IsSupported;
        int block = hasNeighbours ? Vector<T>.Count : length - heap.Length;
        T worst = input[TKeys.Index(heap[0]) * inner];
        for (int i = heap.Length; i < length;)
        {
            int end = i + int.Min(block, length - i);
            if (hasNeighbours && end - i == block && AreNoneBetter(smallest, new Vector<T>(input[i..]), worst))
            {
                i = end;
            }

            for (; i < end; i++)
            {
                TKey key = Key(input[i * inner], i);
                if (key > heap[0])
                {
                    Sink(heap, 0, key);
                    worst = input[TKeys.Index(heap[0]) * inner];
                }
            }
        }

        for (int rank = heap.Length - 1; rank >= 0; rank--)
        {
            int index = TKeys.Index(heap[0]);
            if (!values.IsEmpty)
            {
                values[place + (rank * inner)] = input[index * inner];
            }

            if (!indices.IsEmpty)
            {
                indices[place + (rank * inner)] = index;
            }

            Sink(heap[..rank], 0, heap[rank]);
        }

        TKey Key(T value, int index)
        {
            ulong order = Order(value);
            return TKeys.Of(smallest ? ~order : order, index);
        }
    }

    /// <summary>Puts a key where <paramref name="node"/> is, or as far below it as smaller keys go.</summary>
    private static void Sink<TKey>(Span<TKey> heap, int node, TKey key)
        where TKey : unmanaged, IBinaryInteger<TKey>
    {
        for (int child = (2 * node) + 1; child < heap.Length; child = (2 * node) + 1)
        {
            if (child + 1 < heap.Length)
            {
                child += heap[child + 1] < heap[child] ? 1 : 0;
            }

            if (key <= heap[child])
            {
                break;
            }

            heap[node] = heap[child];
            node = child;
        }

        if (node < heap.Length)
        {
            heap[node] = key;
        }
    }

    /// <summary>Whether none of several numbers is better than one; false where that is not sure.</summary>
    private static bool AreNoneBetter<T>(bool smallest, Vector<T> numbers, T than)
        where T : unmanaged, INumber<T> => smallest
            ? !T.IsNaN(than) && !Vector.LessThanAny(numbers, new Vector<T>(than))
            : Vector.LessThanOrEqualAll(numbers, new Vector<T>(than));

    /// <summary>An unsigned number that is larger where the number is, of 32 bits where it has no more; equal for 0 and −0.</summary>
    private static ulong Order<T>(T value)
        where T : unmanaged, INumber<T>
    {
        if (typeof(T) == typeof(double))
        {
            long bits = BitConverter.DoubleToInt64Bits(double.CreateTruncating(value) + 0.0);
            return T.IsNaN(value) ? ulong.MaxValue : (ulong)(bits ^ ((bits >> 63) & long.MaxValue)) ^ (1UL << 63);
        }

        if (typeof(T) == typeof(float) || typeof(T) == typeof(Half))
        {
            int bits = BitConverter.SingleToInt32Bits(float.CreateTruncating(value) + 0f);
            return T.IsNaN(value) ? uint.MaxValue : (uint)(bits ^ ((bits >> 31) & int.MaxValue)) ^ (1U << 31);
        }

        return Unsafe.SizeOf<T>() <= sizeof(uint)
            ? (uint)(long.CreateTruncating(value) - (typeof(T) == typeof(uint) ? 0 : int.MinValue))
            : typeof(T) == typeof(ulong) ? ulong.CreateTruncating(value) : (ulong)long.CreateTruncating(value) ^ (1UL << 63);
    }

    /// <summary>A number of which the larger is the better, or of equal ones that which came first; and where it came from.</summary>
    private interface IKey<TKey>
    {
        static abstract TKey Of(ulong order, int index);

        static abstract int Index(TKey key);
    }

    private readonly struct NarrowKey : IKey<ulong>
    {
        public static ulong Of(ulong order, int index) => (order << 32) | ~(uint)index;

        public static int Index(ulong key) => (int)~(uint)key;
    }

    private readonly struct WideKey : IKey<UInt128>
    {
        public static UInt128 Of(ulong order, int index) => new(order, ~(uint)index);

        public static int Index(UInt128 key) => (int)~(uint)key;
    }
}
