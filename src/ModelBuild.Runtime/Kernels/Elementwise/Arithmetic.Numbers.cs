using System.Numerics;
using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <content>The same for numbers of any type, and what ONNX has besides: Mod, Min, Max.</content>
public static partial class Arithmetic
{
    /// <summary><c>output = left + right</c>; integers wrap around.</summary>
    /// <typeparam name="T">The type of the numbers.</typeparam>
    /// <param name="shape">The output's dimensions and the operands' strides.</param>
    /// <param name="left">The left operand.</param>
    /// <param name="right">The right operand.</param>
    /// <param name="output">The output, contiguous.</param>
    /// <exception cref="ArgumentException">A span does not fit the shape.</exception>
    public static void Add<T>(in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
        where T : unmanaged, INumber<T> =>
        Pairing.Apply<NumberFunctions.Add<T>, T, T>(in shape, left, right, output);

    /// <summary><c>output = left - right</c>; integers wrap around.</summary>
    /// <inheritdoc cref="Add{T}(in BroadcastShape, ReadOnlySpan{T}, ReadOnlySpan{T}, Span{T})"/>
    public static void Subtract<T>(in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
        where T : unmanaged, INumber<T> =>
        Pairing.Apply<NumberFunctions.Subtract<T>, T, T>(in shape, left, right, output);

    /// <summary><c>output = left · right</c>; integers wrap around.</summary>
    /// <inheritdoc cref="Add{T}(in BroadcastShape, ReadOnlySpan{T}, ReadOnlySpan{T}, Span{T})"/>
    public static void Multiply<T>(in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
        where T : unmanaged, INumber<T> =>
        Pairing.Apply<NumberFunctions.Multiply<T>, T, T>(in shape, left, right, output);

    /// <summary><c>output = left / right</c>; integers divide towards zero, and by zero they give 0.</summary>
    /// <inheritdoc cref="Add{T}(in BroadcastShape, ReadOnlySpan{T}, ReadOnlySpan{T}, Span{T})"/>
    public static void Divide<T>(in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
        where T : unmanaged, INumber<T> =>
        Pairing.Apply<NumberFunctions.Divide<T>, T, T>(in shape, left, right, output);

    /// <summary>The remainder with the sign of the left operand (ONNX: Mod with fmod = 1); of integers by zero it is 0.</summary>
    /// <inheritdoc cref="Add{T}(in BroadcastShape, ReadOnlySpan{T}, ReadOnlySpan{T}, Span{T})"/>
    public static void Remainder<T>(in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
        where T : unmanaged, INumber<T> =>
        Pairing.Apply<NumberFunctions.Remainder<T>, T, T>(in shape, left, right, output);

    /// <summary>The remainder with the sign of the right operand (ONNX: Mod); of integers by zero it is 0.</summary>
    /// <inheritdoc cref="Add{T}(in BroadcastShape, ReadOnlySpan{T}, ReadOnlySpan{T}, Span{T})"/>
    public static void FloorRemainder<T>(in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
        where T : unmanaged, INumber<T> =>
        Pairing.Apply<NumberFunctions.FloorRemainder<T>, T, T>(in shape, left, right, output);

    /// <summary>The smaller one (ONNX: Min); NaN where one is NaN.</summary>
    /// <inheritdoc cref="Add{T}(in BroadcastShape, ReadOnlySpan{T}, ReadOnlySpan{T}, Span{T})"/>
    public static void Minimum<T>(in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
        where T : unmanaged, INumber<T> =>
        Pairing.Apply<NumberFunctions.Minimum<T>, T, T>(in shape, left, right, output);

    /// <summary>The larger one (ONNX: Max); NaN where one is NaN.</summary>
    /// <inheritdoc cref="Add{T}(in BroadcastShape, ReadOnlySpan{T}, ReadOnlySpan{T}, Span{T})"/>
    public static void Maximum<T>(in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
        where T : unmanaged, INumber<T> =>
        Pairing.Apply<NumberFunctions.Maximum<T>, T, T>(in shape, left, right, output);

    /// <summary>The smaller one (ONNX: Min); NaN where one is NaN.</summary>
    /// <inheritdoc cref="Add(in BroadcastShape, ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>
    public static void Minimum(in BroadcastShape shape, ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> output) =>
        Broadcasting.Apply(default(MinimumOperator), in shape, left, right, output);

    /// <summary>The larger one (ONNX: Max); NaN where one is NaN.</summary>
    /// <inheritdoc cref="Add(in BroadcastShape, ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>
    public static void Maximum(in BroadcastShape shape, ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> output) =>
        Broadcasting.Apply(default(MaximumOperator), in shape, left, right, output);

    /// <summary><c>x &lt; 0 ? slope · x : x</c> (ONNX: PRelu).</summary>
    /// <param name="shape">The output's dimensions and the operands' strides.</param>
    /// <param name="input">The arguments.</param>
    /// <param name="slope">The slope on the negative side.</param>
    /// <param name="output">The output, contiguous.</param>
    /// <exception cref="ArgumentException">A span does not fit the shape.</exception>
    public static void ParametricRelu(in BroadcastShape shape, ReadOnlySpan<float> input, ReadOnlySpan<float> slope, Span<float> output) =>
        Broadcasting.Apply(default(ParametricReluOperator), in shape, input, slope, output);

    private readonly struct MinimumOperator : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> =>
            TLanes.WhereNaN(right, right, TLanes.WhereLess(right, left, right, left));
    }

    private readonly struct MaximumOperator : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> =>
            TLanes.WhereNaN(right, right, TLanes.WhereLess(left, right, right, left));
    }

    private readonly struct ParametricReluOperator : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => TLanes.WhereLess(left, TLanes.Broadcast(0), left * right, left);
    }
}
