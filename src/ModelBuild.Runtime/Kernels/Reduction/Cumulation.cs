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
            for (int i = 0; i < length; i++)
            {
                int place = ((row * length) + (reverse ? length - 1 - i : i)) * inner;
                int previous = reverse ? place + inner : place - inner;
                for (int column = 0; column < inner; column++)
                {
                    output[place + column] = (i, exclusive) switch
                    {
                        (0, true) => start,
                        (0, false) => input[place + column],
                        (_, true) => TFunction.Invoke(output[previous + column], input[previous + column]),
                        _ => TFunction.Invoke(output[previous + column], input[place + column]),
                    };
                }
            }
        }
    }
}
