using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Sums and products of 8-bit tensors with 8-bit results (ONNX: DequantizeLinear, Add or Mul, QuantizeLinear).</summary>
/// <remarks>
/// Every step is a float32 operation in the order that is written, never fused, so that results are identical on every processor.
/// All methods are thread-safe and allocate nothing. An output may be the very span of an operand that is read contiguously and in
/// full (same start and length); any other overlap leaves the output unspecified.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class QuantizedArithmetic
{
    /// <summary>
    /// With <c>x = (left[i] - leftZeroPoint) · leftMultiplier</c> and <c>y = (right[i] - rightZeroPoint) · rightMultiplier</c>:
    /// <c>output[i] = clamp(round(x + y) + zeroPoint, minimum, maximum)</c>,
    /// two products and a sum, each rounded to float32, then halves to the even integer. A negative multiplier makes it a difference.
    /// </summary>
    /// <param name="left">Codes of the left operand.</param>
    /// <param name="leftZeroPoint">Its zero point, 0 to 255.</param>
    /// <param name="leftMultiplier">Its scale over the scale of the output.</param>
    /// <param name="right">Codes of the right operand, as many as <paramref name="left"/> has.</param>
    /// <param name="rightZeroPoint">Its zero point, 0 to 255.</param>
    /// <param name="rightMultiplier">Its scale over the scale of the output.</param>
    /// <param name="zeroPoint">The zero point of the output, 0 to 255.</param>
    /// <param name="minimum">The smallest code of the output, where an activation cuts.</param>
    /// <param name="maximum">The largest code of the output.</param>
    /// <param name="output">As long as <paramref name="left"/>.</param>
    /// <exception cref="ArgumentException">The three differ in length, or a code is out of range.</exception>
    public static void Add(
        ReadOnlySpan<byte> left, int leftZeroPoint, float leftMultiplier,
        ReadOnlySpan<byte> right, int rightZeroPoint, float rightMultiplier,
        int zeroPoint, int minimum, int maximum, Span<byte> output)
    {
        var operation = new AddOperator(
            leftZeroPoint, leftMultiplier, rightZeroPoint, rightMultiplier, new Output(zeroPoint, minimum, maximum));
        Broadcasting.Apply(operation, left, right, output);
    }

    /// <summary>
    /// The sum of <see cref="Add(ReadOnlySpan{byte}, int, float, ReadOnlySpan{byte}, int, float, int, int, int, Span{byte})"/> with
    /// broadcasting.
    /// </summary>
    /// <param name="shape">The output's dimensions and the operands' strides.</param>
    /// <param name="left">Codes of the left operand.</param>
    /// <param name="leftZeroPoint">Its zero point, 0 to 255.</param>
    /// <param name="leftMultiplier">Its scale over the scale of the output.</param>
    /// <param name="right">Codes of the right operand.</param>
    /// <param name="rightZeroPoint">Its zero point, 0 to 255.</param>
    /// <param name="rightMultiplier">Its scale over the scale of the output.</param>
    /// <param name="zeroPoint">The zero point of the output, 0 to 255.</param>
    /// <param name="minimum">The smallest code of the output, where an activation cuts.</param>
    /// <param name="maximum">The largest code of the output.</param>
    /// <param name="output">The output, contiguous.</param>
    /// <exception cref="ArgumentException">A span does not fit the shape, or a code is out of range.</exception>
    public static void Add(
        in BroadcastShape shape, ReadOnlySpan<byte> left, int leftZeroPoint, float leftMultiplier,
        ReadOnlySpan<byte> right, int rightZeroPoint, float rightMultiplier,
        int zeroPoint, int minimum, int maximum, Span<byte> output)
    {
        var operation = new AddOperator(
            leftZeroPoint, leftMultiplier, rightZeroPoint, rightMultiplier, new Output(zeroPoint, minimum, maximum));
        Broadcasting.Apply(operation, in shape, left, right, output);
    }

    /// <summary>
    /// With the integer <c>p = (left[i] - leftZeroPoint) · (right[i] - rightZeroPoint)</c>:
    /// <c>output[i] = clamp(round((float)p · multiplier) + zeroPoint, minimum, maximum)</c>, halves to the even integer.
    /// </summary>
    /// <param name="left">Codes of the left operand.</param>
    /// <param name="leftZeroPoint">Its zero point, 0 to 255.</param>
    /// <param name="right">Codes of the right operand, as many as <paramref name="left"/> has.</param>
    /// <param name="rightZeroPoint">Its zero point, 0 to 255.</param>
    /// <param name="multiplier">The product of the operands' scales over the scale of the output.</param>
    /// <param name="zeroPoint">The zero point of the output, 0 to 255.</param>
    /// <param name="minimum">The smallest code of the output, where an activation cuts.</param>
    /// <param name="maximum">The largest code of the output.</param>
    /// <param name="output">As long as <paramref name="left"/>.</param>
    /// <exception cref="ArgumentException">The three differ in length, or a code is out of range.</exception>
    public static void Multiply(
        ReadOnlySpan<byte> left, int leftZeroPoint, ReadOnlySpan<byte> right, int rightZeroPoint,
        float multiplier, int zeroPoint, int minimum, int maximum, Span<byte> output)
    {
        var operation = new MultiplyOperator(leftZeroPoint, rightZeroPoint, multiplier, new Output(zeroPoint, minimum, maximum));
        Broadcasting.Apply(operation, left, right, output);
    }

    /// <summary>
    /// The product of <see cref="Multiply(ReadOnlySpan{byte}, int, ReadOnlySpan{byte}, int, float, int, int, int, Span{byte})"/> with
    /// broadcasting.
    /// </summary>
    /// <param name="shape">The output's dimensions and the operands' strides.</param>
    /// <param name="left">Codes of the left operand.</param>
    /// <param name="leftZeroPoint">Its zero point, 0 to 255.</param>
    /// <param name="right">Codes of the right operand.</param>
    /// <param name="rightZeroPoint">Its zero point, 0 to 255.</param>
    /// <param name="multiplier">The product of the operands' scales over the scale of the output.</param>
    /// <param name="zeroPoint">The zero point of the output, 0 to 255.</param>
    /// <param name="minimum">The smallest code of the output, where an activation cuts.</param>
    /// <param name="maximum">The largest code of the output.</param>
    /// <param name="output">The output, contiguous.</param>
    /// <exception cref="ArgumentException">A span does not fit the shape, or a code is out of range.</exception>
    public static void Multiply(
        in BroadcastShape shape, ReadOnlySpan<byte> left, int leftZeroPoint, ReadOnlySpan<byte> right, int rightZeroPoint,
        float multiplier, int zeroPoint, int minimum, int maximum, Span<byte> output)
    {
        var operation = new MultiplyOperator(leftZeroPoint, rightZeroPoint, multiplier, new Output(zeroPoint, minimum, maximum));
        Broadcasting.Apply(operation, in shape, left, right, output);
    }

    /// <summary>Zero point and bounds of the output, checked.</summary>
    private readonly struct Output
    {
        private readonly float _zeroPoint;
        private readonly float _minimum;
        private readonly float _maximum;

        public Output(int zeroPoint, int minimum, int maximum)
        {
            QuantizedValueGuard.Code(zeroPoint);
            QuantizedValueGuard.Range(minimum, maximum);
            (_zeroPoint, _minimum, _maximum) = (zeroPoint, minimum, maximum);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes ToCode<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => Requantization.ToCode(value, _zeroPoint, _minimum, _maximum);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes NumberToCode<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> =>
            Requantization.NumberToCode(value, _zeroPoint, _minimum, _maximum);
    }

    private readonly struct AddOperator : IBinaryOperator
    {
        private readonly float _leftZeroPoint;
        private readonly float _leftMultiplier;
        private readonly float _rightZeroPoint;
        private readonly float _rightMultiplier;
        private readonly Output _output;

        public AddOperator(int leftZeroPoint, float leftMultiplier, int rightZeroPoint, float rightMultiplier, Output output)
        {
            QuantizedValueGuard.Code(leftZeroPoint);
            QuantizedValueGuard.Code(rightZeroPoint);
            (_leftZeroPoint, _leftMultiplier) = (leftZeroPoint, leftMultiplier);
            (_rightZeroPoint, _rightMultiplier) = (rightZeroPoint, rightMultiplier);
            _output = output;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes x = (left - TLanes.Broadcast(_leftZeroPoint)) * TLanes.Broadcast(_leftMultiplier);
            TLanes y = (right - TLanes.Broadcast(_rightZeroPoint)) * TLanes.Broadcast(_rightMultiplier);
            return _output.ToCode(x + y);
        }
    }

    private readonly struct MultiplyOperator : IBinaryOperator
    {
        private readonly float _leftZeroPoint;
        private readonly float _rightZeroPoint;
        private readonly float _multiplier;
        private readonly Output _output;

        public MultiplyOperator(int leftZeroPoint, int rightZeroPoint, float multiplier, Output output)
        {
            QuantizedValueGuard.Code(leftZeroPoint);
            QuantizedValueGuard.Code(rightZeroPoint);
            (_leftZeroPoint, _rightZeroPoint, _multiplier, _output) = (leftZeroPoint, rightZeroPoint, multiplier, output);
        }

        /// <remarks>The product of two differences of codes is below 2^16, exact in float32, and no number makes NaN of it.</remarks>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes product = (left - TLanes.Broadcast(_leftZeroPoint)) * (right - TLanes.Broadcast(_rightZeroPoint));
            return _output.NumberToCode(product * TLanes.Broadcast(_multiplier));
        }
    }
}
