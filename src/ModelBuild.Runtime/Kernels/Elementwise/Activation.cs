using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Activation functions of float32 tensors.</summary>
/// <remarks>
/// Results are identical on every processor: each function is a fixed sequence of IEEE operations, the exponential a polynomial of our
/// own. NaN stays NaN. All methods are thread-safe and allocate nothing. The output is as long as the input and may be the
/// very span of the input; any other overlap leaves it unspecified.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static partial class Activation
{
    /// <summary><c>x &lt; 0 ? 0 : x</c> (ONNX: Relu).</summary>
    /// <param name="input">The arguments.</param>
    /// <param name="output">The values of the function.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void Relu(ReadOnlySpan<float> input, Span<float> output) =>
        Elementwise.Apply(default(ReluOperator), input, output);

    /// <summary><c>min(max(x, minimum), maximum)</c> (ONNX: Clip). Where the bounds cross, the maximum wins.</summary>
    /// <param name="input">The arguments.</param>
    /// <param name="minimum">The lower bound, possibly negative infinity.</param>
    /// <param name="maximum">The upper bound, possibly infinity.</param>
    /// <param name="output">The values of the function.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void Clip(ReadOnlySpan<float> input, float minimum, float maximum, Span<float> output) =>
        Elementwise.Apply(new ClipOperator(minimum, maximum), input, output);

    /// <summary><see cref="Clip"/> with bounds that only the run knows.</summary>
    /// <param name="input">The arguments.</param>
    /// <param name="output">The values of the function.</param>
    /// <param name="minimum">The lower bound, one element; empty for none.</param>
    /// <param name="maximum">The upper bound, one element; empty for none.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input, or a bound more than one element.</exception>
    public static void ClipBetween(
        ReadOnlySpan<float> input, Span<float> output, ReadOnlySpan<float> minimum = default, ReadOnlySpan<float> maximum = default)
    {
        Clip(
            input,
            Bound(minimum, float.NegativeInfinity, nameof(minimum)),
            Bound(maximum, float.PositiveInfinity, nameof(maximum)),
            output);

        static float Bound(ReadOnlySpan<float> bound, float none, string name)
        {
            if (bound.IsEmpty)
            {
                return none;
            }

            SpanGuard.Length(bound.Length, 1, name);
            return bound[0];
        }
    }

    /// <summary><c>x &lt; 0 ? alpha · x : x</c> (ONNX: LeakyRelu).</summary>
    /// <param name="input">The arguments.</param>
    /// <param name="alpha">The slope on the negative side.</param>
    /// <param name="output">The values of the function.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void LeakyRelu(ReadOnlySpan<float> input, float alpha, Span<float> output) =>
        Elementwise.Apply(new LeakyReluOperator(alpha), input, output);

    /// <summary><c>1 / (1 + exp(-x))</c> (ONNX: Sigmoid), within 3 units in the last place; below -87.3 it is 0.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Sigmoid(ReadOnlySpan<float> input, Span<float> output) =>
        Elementwise.Apply(default(SigmoidOperator), input, output);

    /// <summary>The hyperbolic tangent (ONNX: Tanh), within 4 units in the last place.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Tanh(ReadOnlySpan<float> input, Span<float> output) =>
        Elementwise.Apply(default(TanhOperator), input, output);

    /// <summary><c>max(0, min(1, alpha · x + beta))</c> (ONNX: HardSigmoid).</summary>
    /// <param name="input">The arguments.</param>
    /// <param name="alpha">The slope between the bounds.</param>
    /// <param name="beta">The value at 0.</param>
    /// <param name="output">The values of the function.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void HardSigmoid(ReadOnlySpan<float> input, float alpha, float beta, Span<float> output) =>
        Elementwise.Apply(new HardSigmoidOperator(alpha, beta), input, output);

    /// <summary><c>x · max(0, min(1, x / 6 + 0.5))</c> (ONNX: HardSwish), with the sixth as a float32 factor.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void HardSwish(ReadOnlySpan<float> input, Span<float> output) =>
        Elementwise.Apply(default(HardSwishOperator), input, output);

    /// <summary><c>x &gt; alpha ? x : 0</c> (ONNX: ThresholdedRelu); 0 for NaN.</summary>
    /// <param name="input">The arguments.</param>
    /// <param name="alpha">The threshold.</param>
    /// <param name="output">The values of the function.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void ThresholdedRelu(ReadOnlySpan<float> input, float alpha, Span<float> output) =>
        Elementwise.Apply(new ThresholdedReluOperator(alpha), input, output);

    /// <summary><c>x &lt; -lambda ? x + bias : x &gt; lambda ? x - bias : 0</c> (ONNX: Shrink); 0 for NaN.</summary>
    /// <param name="input">The arguments.</param>
    /// <param name="lambda">Half the width of what becomes zero.</param>
    /// <param name="bias">By how much the rest moves towards zero.</param>
    /// <param name="output">The values of the function.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void Shrink(ReadOnlySpan<float> input, float lambda, float bias, Span<float> output) =>
        Elementwise.Apply(new ShrinkOperator(lambda, bias), input, output);

    private readonly struct ThresholdedReluOperator(float alpha) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> =>
            TLanes.WhereLess(TLanes.Broadcast(alpha), value, value, TLanes.Broadcast(0));
    }

    private readonly struct ShrinkOperator(float lambda, float bias) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes zero = TLanes.Broadcast(0);
            TLanes shift = TLanes.Broadcast(bias);
            TLanes result = TLanes.WhereLess(TLanes.Broadcast(lambda), value, value - shift, zero);
            return TLanes.WhereLess(value, TLanes.Broadcast(-lambda), value + shift, result);
        }
    }

    private readonly struct ReluOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes zero = TLanes.Broadcast(0);
            return TLanes.WhereLess(value, zero, zero, value);
        }
    }

    private readonly struct ClipOperator(float minimum, float maximum) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes low = TLanes.Broadcast(minimum);
            TLanes high = TLanes.Broadcast(maximum);
            value = TLanes.WhereLess(value, low, low, value);
            return TLanes.WhereLess(high, value, high, value);
        }
    }

    private readonly struct LeakyReluOperator(float alpha) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> =>
            TLanes.WhereLess(value, TLanes.Broadcast(0), TLanes.Broadcast(alpha) * value, value);
    }

    private readonly struct SigmoidOperator : IUnaryOperator
    {
        /// <remarks>With e = exp(-|x|) the value is 1/(1+e), on the negative side e/(1+e): neither overflows nor cancels.</remarks>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes zero = TLanes.Broadcast(0);
            TLanes one = TLanes.Broadcast(1);
            TLanes e = Exponential.Exp(zero - TLanes.Abs(value));
            return TLanes.WhereLess(value, zero, e, one) / (one + e);
        }
    }

    private readonly struct TanhOperator : IUnaryOperator
    {
        /// <summary>From here on the float32 next to tanh(x) is 1.</summary>
        private const float Saturation = 9.02f;

        /// <remarks>x·p(x²)/q(x²): a fit of two polynomials of degree 4 (relative error 2e-8), in which nothing cancels.</remarks>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes one = TLanes.Broadcast(1);
            TLanes magnitude = TLanes.Abs(value);
            TLanes square = value * value;
            TLanes p = TLanes.Broadcast(1.33266411e-08f);
            p = (p * square) + TLanes.Broadcast(2.05898014e-05f);
            p = (p * square) + TLanes.Broadcast(0.00349445711f);
            p = (p * square) + TLanes.Broadcast(0.133800864f);
            p = (p * square) + TLanes.Broadcast(1f);
            TLanes q = TLanes.Broadcast(7.76536865e-07f);
            q = (q * square) + TLanes.Broadcast(0.000328375638f);
            q = (q * square) + TLanes.Broadcast(0.0258727204f);
            q = (q * square) + TLanes.Broadcast(0.467134029f);
            q = (q * square) + TLanes.Broadcast(1f);
            TLanes result = magnitude * (p / q);
            result = TLanes.WhereLess(TLanes.Broadcast(Saturation), magnitude, one, result);
            return TLanes.CopySign(TLanes.WhereLess(one, result, one, result), value);
        }
    }

    private readonly struct HardSigmoidOperator(float alpha, float beta) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes zero = TLanes.Broadcast(0);
            TLanes one = TLanes.Broadcast(1);
            TLanes line = (TLanes.Broadcast(alpha) * value) + TLanes.Broadcast(beta);
            line = TLanes.WhereLess(one, line, one, line);
            return TLanes.WhereLess(line, zero, zero, line);
        }
    }

    private readonly struct HardSwishOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> =>
            value * new HardSigmoidOperator(1f / 6, 0.5f).Invoke(value);
    }
}
