using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>A function that a recurrent cell applies to its gates: one of those that ONNX names.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct RecurrentActivation
{
    private readonly Function _function;
    private readonly float _alpha;
    private readonly float _beta;

    private RecurrentActivation(Function function, float alpha = 0, float beta = 0)
    {
        _function = function;
        _alpha = alpha;
        _beta = beta;
    }

    private enum Function
    {
        Sigmoid,
        Tanh,
        Relu,
        LeakyRelu,
        ThresholdedRelu,
        Affine,
        ScaledTanh,
        HardSigmoid,
        Elu,
        Softsign,
        Softplus,
    }

    /// <summary><c>1 / (1 + exp(-x))</c>.</summary>
    /// <returns>The function.</returns>
    public static RecurrentActivation Sigmoid() => new(Function.Sigmoid);

    /// <summary>The hyperbolic tangent.</summary>
    /// <returns>The function.</returns>
    public static RecurrentActivation Tanh() => new(Function.Tanh);

    /// <summary><c>max(0, x)</c>.</summary>
    /// <returns>The function.</returns>
    public static RecurrentActivation Relu() => new(Function.Relu);

    /// <summary><c>x &lt; 0 ? alpha · x : x</c>.</summary>
    /// <param name="alpha">The slope on the negative side.</param>
    /// <returns>The function.</returns>
    public static RecurrentActivation LeakyRelu(float alpha) => new(Function.LeakyRelu, alpha);

    /// <summary><c>x &gt; alpha ? x : 0</c>.</summary>
    /// <param name="alpha">The threshold.</param>
    /// <returns>The function.</returns>
    public static RecurrentActivation ThresholdedRelu(float alpha) => new(Function.ThresholdedRelu, alpha);

    /// <summary><c>alpha · x + beta</c>.</summary>
    /// <param name="alpha">The slope.</param>
    /// <param name="beta">The value at 0.</param>
    /// <returns>The function.</returns>
    public static RecurrentActivation Affine(float alpha, float beta) => new(Function.Affine, alpha, beta);

    /// <summary><c>alpha · tanh(beta · x)</c>.</summary>
    /// <param name="alpha">The factor of the value.</param>
    /// <param name="beta">The factor of the argument.</param>
    /// <returns>The function.</returns>
    public static RecurrentActivation ScaledTanh(float alpha, float beta) => new(Function.ScaledTanh, alpha, beta);

    /// <summary><c>max(0, min(1, alpha · x + beta))</c>.</summary>
    /// <param name="alpha">The slope between the bounds.</param>
    /// <param name="beta">The value at 0.</param>
    /// <returns>The function.</returns>
    public static RecurrentActivation HardSigmoid(float alpha, float beta) => new(Function.HardSigmoid, alpha, beta);

    /// <summary><c>x &lt; 0 ? alpha · (exp(x) - 1) : x</c>.</summary>
    /// <param name="alpha">Minus the limit on the negative side.</param>
    /// <returns>The function.</returns>
    public static RecurrentActivation Elu(float alpha) => new(Function.Elu, alpha);

    /// <summary><c>x / (1 + |x|)</c>.</summary>
    /// <returns>The function.</returns>
    public static RecurrentActivation Softsign() => new(Function.Softsign);

    /// <summary><c>log(1 + exp(x))</c>.</summary>
    /// <returns>The function.</returns>
    public static RecurrentActivation Softplus() => new(Function.Softplus);

    /// <summary>Applies the function in place, to arguments that are first brought between <c>-clip</c> and <c>clip</c>.</summary>
    internal void Apply(Span<float> values, float clip)
    {
        if (clip < float.PositiveInfinity)
        {
            Activation.Clip(values, -clip, clip, values);
        }

        Apply(values, values);
    }

    /// <summary>The values of the function. The output may be the very span of the input.</summary>
    internal void Apply(ReadOnlySpan<float> input, Span<float> output)
    {
        switch (_function)
        {
            case Function.Sigmoid:
                Activation.Sigmoid(input, output);
                break;
            case Function.Tanh:
                Activation.Tanh(input, output);
                break;
            case Function.Relu:
                Activation.Relu(input, output);
                break;
            case Function.LeakyRelu:
                Activation.LeakyRelu(input, _alpha, output);
                break;
            case Function.ThresholdedRelu:
                Activation.ThresholdedRelu(input, _alpha, output);
                break;
            case Function.Affine:
                Elementwise.Apply(new AffineOperator(_alpha, _beta), input, output);
                break;
            case Function.ScaledTanh:
                Elementwise.Apply(new AffineOperator(_beta, 0), input, output);
                Activation.Tanh(output, output);
                Elementwise.Apply(new AffineOperator(_alpha, 0), (ReadOnlySpan<float>)output, output);
                break;
            case Function.HardSigmoid:
                Activation.HardSigmoid(input, _alpha, _beta, output);
                break;
            case Function.Elu:
                Activation.Elu(input, _alpha, output);
                break;
            case Function.Softsign:
                Activation.Softsign(input, output);
                break;
            default:
                Activation.Softplus(input, output);
                break;
        }
    }

    /// <summary><c>output = 1 - input</c>: what a gate that closes leaves of the other.</summary>
    internal static void Complement(ReadOnlySpan<float> input, Span<float> output) =>
        Elementwise.Apply(new AffineOperator(-1, 1), input, output);

    private readonly struct AffineOperator(float alpha, float beta) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => (TLanes.Broadcast(alpha) * value) + TLanes.Broadcast(beta);
    }
}
