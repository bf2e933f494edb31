using System.ComponentModel;
using System.Numerics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Sums and products of all elements up to each one along a dimension (ONNX: CumSum, CumProd).</summary>
/// <remarks>All methods are thread-safe and allocate nothing. Input and output must not overlap.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Cumulation
{
    /// <summary>Sums; integers wrap around.</summary>
    /// <typeparam name="T">The type of the numbers.</typeparam>
    /// <param name="outer">The product of the dimensions before the one that is followed.</param>
    /// <param name="length">The dimension that is followed.</param>
    /// <param name="inner">The product of the dimensions behind it.</param>
    /// <param name="exclusive">Leave out the element itself: begin with 0.</param>
    /// <param name="reverse">Go from the end to the start.</param>
    /// <param name="input"><c>[outer, length, inner]</c>.</param>
    /// <param name="output"><c>[outer, length, inner]</c>.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or a dimension is negative.</exception>
    public static void Sum<T>(int outer, int length, int inner, bool exclusive, bool reverse, ReadOnlySpan<T> input, Span<T> output)
        where T : unmanaged, INumber<T> =>
        Run<NumberFunctions.Add<T>, T>(T.Zero, outer, length, inner, exclusive, reverse, input, output);

    /// <summary>Products; integers wrap around. An exclusive one begins with 1.</summary>
    /// <inheritdoc cref="Sum"/>
    public static void Product<T>(int outer, int length, int inner, bool exclusive, bool reverse, ReadOnlySpan<T> input, Span<T> output)
        where T : unmanaged, INumber<T> =>
        Run<NumberFunctions.Multiply<T>, T>(T.One, outer, length, inner, exclusive, reverse, input, output);

    private static void Run<TFunction, T>(
        T start, int outer, int length, int inner, bool exclusive, bool reverse, ReadOnlySpan<T> input, Span<T> output)
        where TFunction : IPairFunction<T, T>
        where T : unmanaged, INumber<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(outer);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNegative(inner);
        SpanGuard.Length(input.Length, Extent.Product(outer, length, inner), nameof(input));
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        for (int row = 0; row < outer; row++)
        {
            ReadOnlySpan<T> from = input.Slice(row * length * inner, length * inner);
            Span<T> to = output.Slice(row * length * inner, length * inner);
            if (inner == 1)
            {
                Elements<TFunction, T>(start, exclusive, reverse, from, to);
            }
            else
            {
                Rows<TFunction, T>(start, length, inner, exclusive, reverse, from, to);
            }
        }
    }

    private static void Elements<TFunction, T>(T start, bool exclusive, bool reverse, ReadOnlySpan<T> input, Span<T> output)
        where TFunction : IPairFunction<T, T>
    {
        T total = start;
        for (int i = 0; i < input.Length; i++)
        {
            int place = reverse ? input.Length - 1 - i : i;
            T next = i == 0 && !exclusive ? input[place] : TFunction.Invoke(total, input[place]);
            output[place] = exclusive ? total : next;
            total = next;
        }
    }

    private static void Rows<TFunction, T>(
        T start, int length, int inner, bool exclusive, bool reverse, ReadOnlySpan<T> input, Span<T> output)
        where TFunction : IPairFunction<T, T>
    {
        for (int i = 0; i < length; i++)
        {
            int place = (reverse ? length - 1 - i : i) * inner;
            int previous = reverse ? place + inner : place - inner;
            Span<T> row = output.Slice(place, inner);
            if (i > 0)
            {
                TFunction.Row<TFunction>(output.Slice(previous, inner), input.Slice(exclusive ? previous : place, inner), row);
            }
            else if (exclusive)
            {
                row.Fill(start);
            }
            else
            {
                input.Slice(place, inner).CopyTo(row);
            }
        }
    }
}
