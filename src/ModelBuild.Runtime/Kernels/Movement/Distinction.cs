using System.ComponentModel;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Finds the different slices of a tensor (ONNX: Unique).</summary>
/// <remarks>All methods are thread-safe and allocate nothing. Inputs and outputs must not overlap.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Distinction
{
    /// <summary>Finds where each different slice along the middle axis is first, in the order of their elements or as they come.</summary>
    /// <typeparam name="T">The type of the elements. NaN is equal to NaN, and less than any number.</typeparam>
    /// <param name="outer">How many runs of slices there are.</param>
    /// <param name="length">How many slices there are.</param>
    /// <param name="inner">How many elements of a slice lie side by side.</param>
    /// <param name="sorted">Whether slices are in ascending order of their elements, rather than of their places.</param>
    /// <param name="input"><c>[outer, length, inner]</c>.</param>
    /// <param name="first">Where each different slice is found first; what lies behind them is unspecified.</param>
    /// <param name="inverse">Which of them each slice is.</param>
    /// <param name="counts">How often each is there; what lies behind them is unspecified.</param>
    /// <param name="count">One number: how many different slices there are.</param>
    /// <param name="scratch">At least 8 bytes for each slice.</param>
    /// <exception cref="ArgumentException">A span has not the length that it needs.</exception>
    public static void Find<T>(
        int outer, int length, int inner, bool sorted, ReadOnlySpan<T> input, Span<long> first, Span<long> inverse, Span<long> counts,
        Span<long> count, Span<byte> scratch)
        where T : unmanaged, IComparable<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(outer);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNegative(inner);
        SpanGuard.Length(input.Length, Extent.Product(outer, length, inner), nameof(input));
        SpanGuard.Length(first.Length, length, nameof(first));
        SpanGuard.Length(inverse.Length, length, nameof(inverse));
        SpanGuard.Length(counts.Length, length, nameof(counts));
        SpanGuard.Length(count.Length, 1, nameof(count));
        SpanGuard.AtLeast(scratch.Length, Extent.Product(length, 8), nameof(scratch));

        Span<int> order = MemoryMarshal.Cast<byte, int>(scratch)[..length];
        for (int i = 0; i < length; i++)
        {
            order[i] = i;
        }

        int groups = outer == 1 && inner == 1
            ? GroupElements(input, order, first, inverse, counts)
            : GroupSlices(new Slices<T>(input, outer, length, inner), order, first, inverse, counts);
        count[0] = groups;
        if (!sorted)
        {
            OrderByPlace(first[..groups], inverse, counts, MemoryMarshal.Cast<byte, int>(scratch).Slice(length, groups));
        }
    }

    private static int GroupSlices<T>(Slices<T> slices, Span<int> order, Span<long> first, Span<long> inverse, Span<long> counts)
        where T : unmanaged, IComparable<T>
    {
        slices.Sort(order);

        // Equal slices lie side by side now, the first of them in front.
        int groups = 0;
        for (int i = 0; i < order.Length; i++)
        {
            if (i == 0 || slices.CompareElements(order[i - 1], order[i]) != 0)
            {
                first[groups] = order[i];
                counts[groups++] = 0;
            }

            inverse[order[i]] = groups - 1;
            counts[groups - 1]++;
        }

        return groups;
    }

    /// <summary>Single elements are sorted themselves, and their places with them; equal ones in any order.</summary>
    private static int GroupElements<T>(
        ReadOnlySpan<T> input, Span<int> order, Span<long> first, Span<long> inverse, Span<long> counts)
        where T : unmanaged, IComparable<T>
    {
        // At the end of the counts, which are at least as wide, the elements are read before a count comes where they lie.
        Span<T> elements = MemoryMarshal.Cast<long, T>(counts)[^input.Length..];
        input.CopyTo(elements);
        elements.Sort(order);
        T current = default;
        int groups = 0;
        for (int i = 0; i < order.Length; i++)
        {
            if (i == 0 || elements[i].CompareTo(current) != 0)
            {
                current = elements[i];
                first[groups] = order[i];
                counts[groups++] = 0;
            }

            first[groups - 1] = long.Min(first[groups - 1], order[i]);
            inverse[order[i]] = groups - 1;
            counts[groups - 1]++;
        }

        return groups;
    }

    /// <summary>Numbers the groups by where they are first.</summary>
    private static void OrderByPlace(Span<long> first, Span<long> inverse, Span<long> counts, Span<int> renamed)
    {
        // A slice that is the first of its group opens the next one.
        int next = 0;
        for (int i = 0; i < inverse.Length; i++)
        {
            int group = (int)inverse[i];
            if (first[group] == i)
            {
                renamed[group] = next++;
            }

            inverse[i] = renamed[group];
        }

        counts[..first.Length].Clear();
        for (int i = inverse.Length - 1; i >= 0; i--)
        {
            counts[(int)inverse[i]]++;
            first[(int)inverse[i]] = i;
        }
    }

    private readonly ref struct Slices<T>(ReadOnlySpan<T> input, int outer, int length, int inner)
        where T : unmanaged, IComparable<T>
    {
        private readonly ReadOnlySpan<T> _input = input;

        /// <summary>Brings places in order. Heap sort: no memory of its own, and never slow.</summary>
        public void Sort(Span<int> order)
        {
            for (int i = (order.Length / 2) - 1; i >= 0; i--)
            {
                Sink(order, i);
            }

            for (int end = order.Length - 1; end > 0; end--)
            {
                (order[0], order[end]) = (order[end], order[0]);
                Sink(order[..end], 0);
            }
        }

        /// <summary>Compares two slices element by element.</summary>
        public int CompareElements(int left, int right)
        {
            for (int run = 0; run < outer; run++)
            {
                ReadOnlySpan<T> a = _input.Slice(((run * length) + left) * inner, inner);
                ReadOnlySpan<T> b = _input.Slice(((run * length) + right) * inner, inner);
                int result = a.SequenceCompareTo(b);
                if (result != 0)
                {
                    return result;
                }
            }

            return 0;
        }

        private void Sink(Span<int> heap, int place)
        {
            while ((2 * place) + 1 < heap.Length)
            {
                int child = (2 * place) + 1;
                if (child + 1 < heap.Length && Compare(heap[child], heap[child + 1]) < 0)
                {
                    child++;
                }

                if (Compare(heap[place], heap[child]) >= 0)
                {
                    return;
                }

                (heap[place], heap[child]) = (heap[child], heap[place]);
                place = child;
            }
        }

        /// <summary>Equal slices keep their order.</summary>
        private int Compare(int left, int right)
        {
            int result = CompareElements(left, right);
            return result != 0 ? result : left.CompareTo(right);
        }
    }
}
