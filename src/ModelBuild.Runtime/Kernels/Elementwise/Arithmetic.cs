using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Sums, differences, products and quotients of float32 tensors (ONNX: Add, Sub, Mul, Div).</summary>
/// <remarks>
/// Each element is one IEEE operation, the same on every processor. All methods are thread-safe and allocate nothing. An output may
/// be the very span of an operand that is read contiguously and in full (same start and length); any other overlap leaves the
/// output unspecified.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static partial class Arithmetic
{
    /// <summary><c>output[i] = left[i] + right[i]</c>.</summary>
    /// <param name="left">The left operand.</param>
    /// <param name="right">The right operand, as long as <paramref name="left"/>.</param>
    /// <param name="output">As long as <paramref name="left"/>.</param>
    /// <exception cref="ArgumentException">The three differ in length.</exception>
    public static void Add(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> output) =>
        Broadcasting.Apply(default(AddOperator), left, right, output);

    /// <summary><c>output = left + right</c> with broadcasting.</summary>
    /// <param name="shape">The output's dimensions and the operands' strides.</param>
    /// <param name="left">The left operand.</param>
    /// <param name="right">The right operand.</param>
    /// <param name="output">The output, contiguous.</param>
    /// <exception cref="ArgumentException">A span does not fit the shape.</exception>
    public static void Add(in BroadcastShape shape, ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> output) =>
        Broadcasting.Apply(default(AddOperator), in shape, left, right, output);

    /// <summary><c>output[i] = left[i] - right[i]</c>.</summary>
    /// <inheritdoc cref="Add(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>
    public static void Subtract(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> output) =>
        Broadcasting.Apply(default(SubtractOperator), left, right, output);

    /// <summary><c>output = left - right</c> with broadcasting.</summary>
    /// <inheritdoc cref="Add(in BroadcastShape, ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>
    public static void Subtract(in BroadcastShape shape, ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> output) =>
        Broadcasting.Apply(default(SubtractOperator), in shape, left, right, output);

    /// <summary><c>output[i] = left[i] · right[i]</c>.</summary>
    /// <inheritdoc cref="Add(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>
    public static void Multiply(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> output) =>
        Broadcasting.Apply(default(MultiplyOperator), left, right, output);

    /// <summary><c>output = left · right</c> with broadcasting.</summary>
    /// <inheritdoc cref="Add(in BroadcastShape, ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>
    public static void Multiply(in BroadcastShape shape, ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> output) =>
        Broadcasting.Apply(default(MultiplyOperator), in shape, left, right, output);

    /// <summary><c>output[i] = left[i] / right[i]</c>.</summary>
    /// <inheritdoc cref="Add(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>
    public static void Divide(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> output) =>
        Broadcasting.Apply(default(DivideOperator), left, right, output);

    /// <summary><c>output = left / right</c> with broadcasting.</summary>
    /// <inheritdoc cref="Add(in BroadcastShape, ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>
    public static void Divide(in BroadcastShape shape, ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> output) =>
        Broadcasting.Apply(default(DivideOperator), in shape, left, right, output);

    private readonly struct AddOperator : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => left + right;
    }

    private readonly struct SubtractOperator : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => left - right;
    }

    /// <summary>Also the dequantization of accumulators, which is a product with the scales of the channels.</summary>
    internal readonly struct MultiplyOperator : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => left * right;
    }

    private readonly struct DivideOperator : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => left / right;
    }
}
