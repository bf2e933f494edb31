using System.ComponentModel;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Functions of truth values (ONNX: And, Or, Xor, Not, Equal).</summary>
/// <remarks>All methods are thread-safe and allocate nothing. Inputs and output must not overlap.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Logic
{
    /// <summary>True where both are.</summary>
    /// <param name="shape">The output's dimensions and the operands' strides.</param>
    /// <param name="left">The left operand.</param>
    /// <param name="right">The right operand.</param>
    /// <param name="output">The output, contiguous.</param>
    /// <exception cref="ArgumentException">A span does not fit the shape.</exception>
    public static void And(in BroadcastShape shape, ReadOnlySpan<bool> left, ReadOnlySpan<bool> right, Span<bool> output) =>
        Pairing.Apply<AndFunction, bool, bool>(in shape, left, right, output);

    /// <summary>True where one is.</summary>
    /// <inheritdoc cref="And"/>
    public static void Or(in BroadcastShape shape, ReadOnlySpan<bool> left, ReadOnlySpan<bool> right, Span<bool> output) =>
        Pairing.Apply<OrFunction, bool, bool>(in shape, left, right, output);

    /// <summary>True where exactly one is.</summary>
    /// <inheritdoc cref="And"/>
    public static void Xor(in BroadcastShape shape, ReadOnlySpan<bool> left, ReadOnlySpan<bool> right, Span<bool> output) =>
        Pairing.Apply<XorFunction, bool, bool>(in shape, left, right, output);

    /// <summary>True where both or none are.</summary>
    /// <inheritdoc cref="And"/>
    public static void Equal(in BroadcastShape shape, ReadOnlySpan<bool> left, ReadOnlySpan<bool> right, Span<bool> output) =>
        Pairing.Apply<EqualFunction, bool, bool>(in shape, left, right, output);

    /// <summary>True where the input is false.</summary>
    /// <param name="input">The arguments.</param>
    /// <param name="output">The values of the function.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void Not(ReadOnlySpan<bool> input, Span<bool> output)
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        Vectors.Map<NotFunction, byte>(MemoryMarshal.AsBytes(input), MemoryMarshal.AsBytes(output));
    }

    /// <summary>The bytes of truth values are 1 and 0.</summary>
    private readonly struct NotFunction : IVectorFunction<byte>
    {
        public static byte Invoke(byte value) => (byte)(value ^ 1);

        public static Vector128<byte> Invoke(Vector128<byte> value) => value ^ Vector128.Create((byte)1);
    }

    private readonly struct AndFunction : IPairFunction<bool, bool>
    {
        public static bool Invoke(bool left, bool right) => left & right;

        public static void Row<TSelf>(ReadOnlySpan<bool> left, ReadOnlySpan<bool> right, Span<bool> output)
            where TSelf : IMixedFunction<bool, bool, bool> =>
            TensorPrimitives.BitwiseAnd(MemoryMarshal.AsBytes(left), MemoryMarshal.AsBytes(right), MemoryMarshal.AsBytes(output));
    }

    private readonly struct OrFunction : IPairFunction<bool, bool>
    {
        public static bool Invoke(bool left, bool right) => left | right;

        public static void Row<TSelf>(ReadOnlySpan<bool> left, ReadOnlySpan<bool> right, Span<bool> output)
            where TSelf : IMixedFunction<bool, bool, bool> =>
            TensorPrimitives.BitwiseOr(MemoryMarshal.AsBytes(left), MemoryMarshal.AsBytes(right), MemoryMarshal.AsBytes(output));
    }

    private readonly struct XorFunction : IPairFunction<bool, bool>
    {
        public static bool Invoke(bool left, bool right) => left != right;

        public static void Row<TSelf>(ReadOnlySpan<bool> left, ReadOnlySpan<bool> right, Span<bool> output)
            where TSelf : IMixedFunction<bool, bool, bool> =>
            TensorPrimitives.Xor(MemoryMarshal.AsBytes(left), MemoryMarshal.AsBytes(right), MemoryMarshal.AsBytes(output));
    }

    private readonly struct EqualFunction : IPairFunction<bool, bool>
    {
        public static bool Invoke(bool left, bool right) => left == right;
    }
}
