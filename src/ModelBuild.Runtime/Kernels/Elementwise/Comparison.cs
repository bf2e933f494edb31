using System.ComponentModel;
using System.Numerics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Comparisons of numbers (ONNX: Equal, Less, LessOrEqual, and with exchanged operands Greater, GreaterOrEqual).</summary>
/// <remarks>
/// Every comparison with NaN is false. All methods are thread-safe and allocate nothing. Inputs and output must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Comparison
{
    /// <summary><c>left == right</c>.</summary>
    /// <typeparam name="T">The type of the numbers.</typeparam>
    /// <param name="shape">The output's dimensions and the operands' strides.</param>
    /// <param name="left">The left operand.</param>
    /// <param name="right">The right operand.</param>
    /// <param name="output">The output, contiguous.</param>
    /// <exception cref="ArgumentException">A span does not fit the shape.</exception>
    public static void Equal<T>(in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<bool> output)
        where T : unmanaged, INumber<T> =>
        Pairing.Apply<NumberFunctions.Equal<T>, T, bool>(in shape, left, right, output);

    /// <summary><c>left &lt; right</c>.</summary>
    /// <inheritdoc cref="Equal"/>
    public static void Less<T>(in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<bool> output)
        where T : unmanaged, INumber<T> =>
        Pairing.Apply<NumberFunctions.Less<T>, T, bool>(in shape, left, right, output);

    /// <summary><c>left &lt;= right</c>.</summary>
    /// <inheritdoc cref="Equal"/>
    public static void LessOrEqual<T>(in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<bool> output)
        where T : unmanaged, INumber<T> =>
        Pairing.Apply<NumberFunctions.LessOrEqual<T>, T, bool>(in shape, left, right, output);
}
