using System.ComponentModel;
using System.Numerics;
using System.Numerics.Tensors;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Functions of the bits of integers (ONNX: BitwiseAnd, BitwiseOr, BitwiseXor, BitwiseNot, BitShift).</summary>
/// <remarks>All methods are thread-safe and allocate nothing. Inputs and output must not overlap.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Bits
{
    /// <summary>Bits that both have.</summary>
    /// <typeparam name="T">The type of the integers.</typeparam>
    /// <param name="shape">The output's dimensions and the operands' strides.</param>
    /// <param name="left">The left operand.</param>
    /// <param name="right">The right operand.</param>
    /// <param name="output">The output, contiguous.</param>
    /// <exception cref="ArgumentException">A span does not fit the shape.</exception>
    public static void And<T>(in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
        where T : unmanaged, IBinaryInteger<T> =>
        Pairing.Apply<IntegerFunctions.And<T>, T, T>(in shape, left, right, output);

    /// <summary>Bits that one has.</summary>
    /// <inheritdoc cref="And"/>
    public static void Or<T>(in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
        where T : unmanaged, IBinaryInteger<T> =>
        Pairing.Apply<IntegerFunctions.Or<T>, T, T>(in shape, left, right, output);

    /// <summary>Bits that exactly one has.</summary>
    /// <inheritdoc cref="And"/>
    public static void Xor<T>(in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
        where T : unmanaged, IBinaryInteger<T> =>
        Pairing.Apply<IntegerFunctions.Xor<T>, T, T>(in shape, left, right, output);

    /// <summary>The left operand, moved up by so many bits; what leaves is lost.</summary>
    /// <inheritdoc cref="And"/>
    public static void ShiftLeft<T>(in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
        where T : unmanaged, IBinaryInteger<T> =>
        Pairing.Apply<IntegerFunctions.ShiftLeft<T>, T, T>(in shape, left, right, output);

    /// <summary>The left operand, moved down by so many bits; what leaves is lost, and copies of the sign come in.</summary>
    /// <inheritdoc cref="And"/>
    public static void ShiftRight<T>(in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
        where T : unmanaged, IBinaryInteger<T> =>
        Pairing.Apply<IntegerFunctions.ShiftRight<T>, T, T>(in shape, left, right, output);

    /// <summary>Bits that the input does not have.</summary>
    /// <typeparam name="T">The type of the integers.</typeparam>
    /// <param name="input">The arguments.</param>
    /// <param name="output">The values of the function.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void Not<T>(ReadOnlySpan<T> input, Span<T> output)
        where T : unmanaged, IBinaryInteger<T>
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        TensorPrimitives.OnesComplement(input, output);
    }
}
