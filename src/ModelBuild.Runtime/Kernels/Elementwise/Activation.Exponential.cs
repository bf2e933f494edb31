using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <content>Activation functions with an exponential in them.</content>
public static partial class Activation
{
    /// <summary><c>x &lt; 0 ? alpha · (exp(x) - 1) : x</c> (ONNX: Elu).</summary>
    /// <param name="input">The arguments.</param>
    /// <param name="alpha">Minus the limit on the negative side.</param>
    /// <param name="output">The values of the function.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void Elu(ReadOnlySpan<float> input, float alpha, Span<float> output) =>
        Elementwise.Apply(new EluOperator(1, alpha, 1), input, output);

    /// <summary><c>max(0, x) + min(0, alpha · (exp(x / alpha) - 1))</c> (ONNX: Celu).</summary>
    /// <inheritdoc cref="Elu"/>
    public static void Celu(ReadOnlySpan<float> input, float alpha, Span<float> output) =>
        Elementwise.Apply(new EluOperator(1, alpha, alpha), input, output);

    /// <summary><c>gamma · (x &lt; 0 ? alpha · (exp(x) - 1) : x)</c> (ONNX: Selu).</summary>
    /// <param name="input">The arguments.</param>
    /// <param name="alpha">Minus the limit on the negative side, before <paramref name="gamma"/>.</param>
    /// <param name="gamma">The factor of the whole.</param>
    /// <param name="output">The values of the function.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void Selu(ReadOnlySpan<float> input, float alpha, float gamma, Span<float> output) =>
        Elementwise.Apply(new EluOperator(gamma, alpha, 1), input, output);

    /// <summary><c>log(1 + exp(x))</c> (ONNX: Softplus), computed as <c>max(x, 0) + log(1 + exp(-|x|))</c>.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Softplus(ReadOnlySpan<float> input, Span<float> output) =>
        Elementwise.Apply(default(SoftplusOperator), input, output);

    /// <summary><c>x / (1 + |x|)</c> (ONNX: Softsign).</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Softsign(ReadOnlySpan<float> input, Span<float> output) =>
        Elementwise.Apply(default(SoftsignOperator), input, output);

    /// <summary><c>x · tanh(log(1 + exp(x)))</c> (ONNX: Mish).</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Mish(ReadOnlySpan<float> input, Span<float> output) => Elementwise.Apply(default(MishOperator), input, output);

    /// <summary><c>x / (1 + exp(-alpha · x))</c> (ONNX: Swish).</summary>
    /// <param name="input">The arguments.</param>
    /// <param name="alpha">How steep the sigmoid is.</param>
    /// <param name="output">The values of the function.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void Swish(ReadOnlySpan<float> input, float alpha, Span<float> output) =>
        Elementwise.Apply(new SwishOperator(alpha), input, output);

    /// <summary><c>x / 2 · (1 + erf(x / √2))</c> (ONNX: Gelu).</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Gelu(ReadOnlySpan<float> input, Span<float> output) => Elementwise.Apply(default(GeluOperator), input, output);

    /// <summary><c>x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))</c> (ONNX: Gelu, approximated by tanh).</summary>
    /// <inheritdoc cref="Relu"/>
    public static void GeluByTanh(ReadOnlySpan<float> input, Span<float> output) =>
        Elementwise.Apply(default(GeluByTanhOperator), input, output);

    private readonly struct EluOperator(float gamma, float alpha, float width) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes power = Exponential.Exp(value / TLanes.Broadcast(width));
            TLanes negative = TLanes.Broadcast(alpha) * (power - TLanes.Broadcast(1));
            return TLanes.Broadcast(gamma) * TLanes.WhereLess(value, TLanes.Broadcast(0), negative, value);
        }
    }

    private readonly struct SoftplusOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes zero = TLanes.Broadcast(0);
            TLanes positive = TLanes.WhereLess(value, zero, zero, value);
            return positive + Exponential.LogOnePlus(Exponential.Exp(zero - TLanes.Abs(value)));
        }
    }

    private readonly struct SoftsignOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => value / (TLanes.Broadcast(1) + TLanes.Abs(value));
    }

    private readonly struct MishOperator : IUnaryOperator
    {
        /// <summary>From here on tanh(log(1 + exp(x))) is 1.</summary>
        private const float Saturation = 20;

        /// <remarks>With e = exp(x), tanh(log(1 + e)) is e·(e + 2) / (e·(e + 2) + 2).</remarks>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes two = TLanes.Broadcast(2);
            TLanes bounded = TLanes.WhereLess(TLanes.Broadcast(Saturation), value, TLanes.Broadcast(Saturation), value);
            TLanes e = Exponential.Exp(bounded);
            TLanes n = e * (e + two);
            return value * (n / (n + two));
        }
    }

    private readonly struct SwishOperator(float alpha) : IUnaryOperator
    {
        /// <remarks>Where the power is infinite the quotient is 0, as it should be: nothing cancels or overflows.</remarks>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> =>
            value / (TLanes.Broadcast(1) + Exponential.Exp(TLanes.Broadcast(-alpha) * value));
    }

    private readonly struct GeluOperator : IUnaryOperator
    {
        private const float RootOfHalf = 0.70710677f;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> =>
            TLanes.Broadcast(0.5f) * value * (TLanes.Broadcast(1) + ErrorFunction.Erf(value * TLanes.Broadcast(RootOfHalf)));
    }

    private readonly struct GeluByTanhOperator : IUnaryOperator
    {
        private const float RootOfTwoOverPi = 0.7978846f;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes cubic = value + (TLanes.Broadcast(0.044715f) * value * value * value);
            TLanes tanh = default(TanhOperator).Invoke(TLanes.Broadcast(RootOfTwoOverPi) * cubic);
            return TLanes.Broadcast(0.5f) * value * (TLanes.Broadcast(1) + tanh);
        }
    }
}
