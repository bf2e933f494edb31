using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Functions of float64 tensors, under the names that ONNX gives them.</summary>
/// <remarks>
/// Results are identical on every processor: each function is a fixed sequence of IEEE operations of our own, within some units in the last
/// place. Only sine, cosine and tangent of an angle beyond 2⁵⁰ are those of the C library. NaN stays NaN. All
/// methods are thread-safe and allocate nothing. The output may be the very span of the input; any other overlap leaves it unspecified.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Float64
{
    /// <summary>So many exponentials lie on the stack.</summary>
    private const int SummedAtOnce = 64;

    /// <summary><c>x &lt; 0 ? 0 : x</c>.</summary>
    /// <param name="input">The arguments.</param>
    /// <param name="output">The values of the function.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void Relu(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Relu, double>(input, output);

    /// <summary><c>1 / (1 + exp(-x))</c>.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Sigmoid(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Sigmoid, double>(input, output);

    /// <summary><c>log(1 + exp(x))</c>.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Softplus(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Softplus, double>(input, output);

    /// <summary><c>x / (1 + |x|)</c>.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Softsign(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Softsign, double>(input, output);

    /// <summary>The hyperbolic tangent.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Tanh(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Tanh, double>(input, output);

    /// <summary>The largest integer that is not above x.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Floor(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Floor, double>(input, output);

    /// <summary>The smallest integer that is not below x.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Ceil(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Ceil, double>(input, output);

    /// <summary>The nearest integer; halves go to the even one.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Round(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Round, double>(input, output);

    /// <summary>The square root; NaN below 0.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Sqrt(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Sqrt, double>(input, output);

    /// <summary><c>1 / x</c>.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Reciprocal(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Reciprocal, double>(input, output);

    /// <summary>e^x.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Exp(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Exp, double>(input, output);

    /// <summary>The natural logarithm; -infinity at 0, NaN below it.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Log(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Log, double>(input, output);

    /// <summary>The error function.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Erf(ReadOnlySpan<double> input, Span<double> output)
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = Elementary.Erf(input[i]);
        }
    }

    /// <summary>The sine of an angle in radians.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Sin(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal(default(RealFunctions.OfAngle<RealFunctions.Sin>), input, output);

    /// <summary>The cosine.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Cos(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal(default(RealFunctions.OfAngle<RealFunctions.Cos>), input, output);

    /// <summary>The tangent.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Tan(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal(default(RealFunctions.OfAngle<RealFunctions.Tan>), input, output);

    /// <summary>The angle in radians with this sine; NaN outside [-1, 1].</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Asin(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Asin, double>(input, output);

    /// <summary>The angle in radians with this cosine; NaN outside [-1, 1].</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Acos(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Acos, double>(input, output);

    /// <summary>The angle in radians with this tangent.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Atan(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Atan, double>(input, output);

    /// <summary>The hyperbolic sine.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Sinh(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Sinh, double>(input, output);

    /// <summary>The hyperbolic cosine.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Cosh(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Cosh, double>(input, output);

    /// <summary>The inverse of the hyperbolic sine.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Asinh(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Asinh, double>(input, output);

    /// <summary>The inverse of the hyperbolic cosine; NaN below 1.</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Acosh(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Acosh, double>(input, output);

    /// <summary>The inverse of the hyperbolic tangent; NaN outside [-1, 1].</summary>
    /// <inheritdoc cref="Relu"/>
    public static void Atanh(ReadOnlySpan<double> input, Span<double> output) =>
        Elementwise.ApplyReal<RealFunctions.Atanh, double>(input, output);

    /// <summary>The mean along one dimension (ONNX: ReduceMean).</summary>
    /// <param name="outer">The product of the dimensions before the reduced ones.</param>
    /// <param name="reduced">The product of the reduced dimensions.</param>
    /// <param name="inner">The product of the dimensions behind the reduced ones.</param>
    /// <param name="input"><c>[outer, reduced, inner]</c>.</param>
    /// <param name="output"><c>[outer, inner]</c>.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or a dimension is negative.</exception>
    public static void Mean(int outer, int reduced, int inner, ReadOnlySpan<double> input, Span<double> output)
    {
        Reduction.Sum(outer, reduced, inner, input, output);
        for (int i = 0; i < output.Length; i++)
        {
            output[i] /= reduced;
        }
    }

    /// <summary><c>exp(x - max) / sum</c> along one dimension. A row with NaN or positive infinity is NaN.</summary>
    /// <param name="outer">The product of the dimensions before the normalized one.</param>
    /// <param name="length">The normalized dimension.</param>
    /// <param name="inner">The product of the dimensions behind it.</param>
    /// <param name="input"><c>[outer, length, inner]</c>.</param>
    /// <param name="output"><c>[outer, length, inner]</c>.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or a dimension is negative.</exception>
    public static void Softmax(int outer, int length, int inner, ReadOnlySpan<double> input, Span<double> output)
    {
        Check(outer, length, inner, input, output);
        for (int row = 0; !output.IsEmpty && row < outer * inner; row++)
        {
            int start = (row / inner * length * inner) + (row % inner);
            (_, double sum) = Normalizer(input, start, length, inner, output);
            for (int i = 0; i < length; i++)
            {
                output[start + (i * inner)] /= sum;
            }
        }
    }

    /// <summary><c>x - max - log(sum)</c>, where the sum is that of <c>exp(x - max)</c>.</summary>
    /// <inheritdoc cref="Softmax"/>
    public static void LogSoftmax(int outer, int length, int inner, ReadOnlySpan<double> input, Span<double> output)
    {
        Check(outer, length, inner, input, output);
        for (int row = 0; !output.IsEmpty && row < outer * inner; row++)
        {
            int start = (row / inner * length * inner) + (row % inner);
            (double maximum, double sum) = Normalizer(input, start, length, inner, output: default);
            double logarithm = Elementary.Log(sum);
            for (int i = 0; i < length; i++)
            {
                int place = start + (i * inner);
                output[place] = input[place] - maximum - logarithm;
            }
        }
    }

    /// <summary>
    /// The largest element of a row, and the sum of its exponentials over that of the largest, which go to the same places of the output
    /// where there is one.
    /// </summary>
    private static (double Maximum, double Sum) Normalizer(
        ReadOnlySpan<double> input, int start, int length, int inner, Span<double> output)
    {
        double maximum = double.NegativeInfinity;
        for (int i = 0; i < length; i++)
        {
            maximum = Math.Max(maximum, input[start + (i * inner)]);
        }

        double sum = 0;
        Span<double> powers = stackalloc double[SummedAtOnce];
        for (int i = 0; i < length; i += powers.Length)
        {
            int count = int.Min(powers.Length, length - i);
            for (int j = 0; j < count; j++)
            {
                powers[j] = input[start + ((i + j) * inner)];
            }

            Elementwise.ApplyReal(new PowerOperator(maximum), powers[..count], powers[..count]);
            for (int j = 0; j < count; j++)
            {
                sum += powers[j];
                if (!output.IsEmpty)
                {
                    output[start + ((i + j) * inner)] = powers[j];
                }
            }
        }

        return (maximum, sum);
    }

    /// <summary><c>exp(x - maximum)</c>.</summary>
    private readonly struct PowerOperator(double maximum) : IRealOperator
    {
        public bool Takes<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> =>
            Elementary.Exp(value - TLanes.Broadcast(maximum));

        public double Invoke(double value) => Invoke(new Float64x1(value)).Value;
    }

    private static void Check(int outer, int length, int inner, ReadOnlySpan<double> input, Span<double> output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(outer);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNegative(inner);
        SpanGuard.Length(input.Length, Extent.Product(outer, length, inner), nameof(input));
        SpanGuard.Length(output.Length, input.Length, nameof(output));
    }
}
