using System.Diagnostics.CodeAnalysis;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// What a convolution or matrix product with constant weights works on, whatever form the model had it in: weights with the outputs
/// first, either as reals or as symmetric int8 with their scales.
/// </summary>
/// <param name="Input">Reals, or codes where the operator is an integer one.</param>
/// <param name="Weights">[outputs, …]: float32, or int8 where the operator is an integer one.</param>
/// <param name="WeightQuantization">Scales of int8 weights, per tensor or per output.</param>
/// <param name="Bias">In reals; null where there is none.</param>
internal sealed record AnchorOperands(Value Input, Tensor Weights, QuantizationParameters? WeightQuantization, float[]? Bias)
{
    /// <summary>Largest magnitude of the product of an unsigned activation, less its zero point, and a signed weight.</summary>
    private const long LargestProduct = 255 * 128;

    [MemberNotNullWhen(true, nameof(WeightQuantization))]
    public bool IsInteger => WeightQuantization is not null;

    public int Outputs => (int)Weights.Dimensions[0];

    /// <summary>True for the operators that fusion starts from: Conv, Gemm and MatMul with constant weights.</summary>
    public static bool IsAnchor(Node node) => node switch
    {
        _ when node.Is("Conv") => IsConstant(node.Input(1)) && node.Required(1).KnownShape.Rank is 3 or 4 && (node.Input(2) is null || IsConstant(node.Input(2))),
        _ when node.Is("Gemm") => IsConstant(node.Input(1)) && node.Int("transA") == 0 && node.Float("alpha", 1) == 1 && node.Float("beta", 1) == 1
            && (node.Input(2) is null || IsConstant(node.Input(2))),
        _ when node.Is("MatMul") => IsConstant(node.Input(1)) && node.Required(1).KnownShape.Rank == 2 && node.Required(0).KnownShape.Rank >= 2,
        _ => false,
    };

    /// <summary>The operands of an anchor.</summary>
    /// <param name="allowIntegers">False to compute in float what is quantized.</param>
    public static AnchorOperands Of(Node node, bool allowIntegers = true)
    {
        bool outputsFirst = node.Is("Conv") || (node.Is("Gemm") && node.Int("transB") != 0);
        float[]? bias = node.Is("MatMul") ? null : Reals(node.Input(2))?.ToFloats();
        Value weights = node.Required(1);
        if (allowIntegers && QuantizedValues.QuantizedOf(node.Required(0)) is { Quantization.Scale: > 0 } codes && QuantizedValues.ConstantQuantizedOf(weights) is { Constant: { Type: DataType.Int8 } integers } source
            && Symmetric(integers, source.Quantization!, outputsFirst ? 0 : 1) is ({ } symmetric, { } parameters)
            && FitZeroRows(symmetric, outputsFirst ? 0 : 1, parameters, bias, codes.Quantization.Scale) is { } fitted
            && FitsAccumulators(symmetric, outputsFirst ? 0 : 1, fitted, bias, codes.Quantization.Scale))
        {
            parameters = fitted;
            return outputsFirst
                ? new AnchorOperands(codes, symmetric, parameters, bias)
                : new AnchorOperands(codes, Transpose<sbyte>(symmetric), parameters.IsPerTensor ? parameters : parameters with { Axis = 0 }, bias);
        }

        Tensor reals = Reals(weights)!;
        return new AnchorOperands(node.Required(0), outputsFirst ? reals : Transpose<float>(reals), null, bias);
    }

    private static bool IsConstant(Value? value) => value is { IsConstant: true } || QuantizedValues.ConstantQuantizedOf(value) is not null;

    /// <summary>A constant as float32, dequantized where it is quantized.</summary>
    private static Tensor? Reals(Value? value)
    {
        if (value is null || value.IsConstant)
        {
            return value?.Constant is { } constant ? Tensor.Of(constant.ToFloats(), [.. constant.Dimensions]) : null;
        }

        Value quantized = QuantizedValues.ConstantQuantizedOf(value)!;
        return QuantizedValues.Dequantize(quantized.Constant!, quantized.Quantization!);
    }

    /// <summary>The weights with zero points taken off, where that still fits int8 and the scales run along the outputs; otherwise nulls.</summary>
    private static (Tensor?, QuantizationParameters?) Symmetric(Tensor weights, QuantizationParameters q, int outputAxis)
    {
        if (!q.IsPerTensor && q.Axis != outputAxis)
        {
            return (null, null);
        }

        if (q.ZeroPoints.All(z => z == 0))
        {
            return (weights, q);
        }

        ReadOnlySpan<sbyte> source = weights.Span<sbyte>();
        var shifted = new sbyte[source.Length];
        long inner = weights.Dimensions.Skip(outputAxis + 1).Aggregate(1L, (a, b) => a * b);
        for (int i = 0; i < shifted.Length; i++)
        {
            int value = source[i] - q.ZeroPoints[q.IsPerTensor ? 0 : (int)(i / inner % q.Scales.Length)];
            if (value is < sbyte.MinValue or > sbyte.MaxValue)
            {
                return (null, null);
            }

            shifted[i] = (sbyte)value;
        }

        return (Tensor.Of(shifted, [.. weights.Dimensions]), q with { ZeroPoints = new int[q.ZeroPoints.Length] });
    }

    /// <summary>
    /// An output whose weights are all zero (pruned; some tools write its scale as 0 too) may have any scale: it gets one in whose units
    /// its bias is well said.
    /// </summary>
    private static QuantizationParameters FitZeroRows(Tensor weights, int outputAxis, QuantizationParameters parameters, float[]? bias, float inputScale)
    {
        int outputs = (int)weights.Dimensions[outputAxis];
        var isZero = new bool[outputs];
        Array.Fill(isZero, true);
        long inner = weights.Shape.Product(outputAxis + 1, weights.Rank).Value;
        ReadOnlySpan<sbyte> values = weights.Span<sbyte>();
        for (int i = 0; i < values.Length; i++)
        {
            isZero[(int)(i / inner % outputs)] &= values[i] == 0;
        }

        if (!isZero.Contains(true))
        {
            return parameters;
        }

        float[] scales = [.. Enumerable.Range(0, outputs).Select(o => isZero[o]
            ? WeightQuantizer.ZeroRowScale(bias is null ? 0 : bias[bias.Length == 1 ? 0 : o], inputScale) : parameters.ScaleOf(o))];
        return new QuantizationParameters(scales, new int[outputs], outputAxis);
    }

    /// <summary>
    /// True where no sum of products and bias leaves int32. A bias that a tiny weight scale makes too large keeps the operator in float:
    /// saturating it would compute something else.
    /// </summary>
    private static bool FitsAccumulators(Tensor weights, int outputAxis, QuantizationParameters parameters, float[]? bias, float inputScale)
    {
        long outputs = weights.Dimensions[outputAxis];
        double products = (double)LargestProduct * (weights.Length / Math.Max(1, outputs));
        double largest = bias is null ? 0
            : Enumerable.Range(0, (int)outputs).Max(o => Math.Abs(bias[bias.Length == 1 ? 0 : o]) / ((double)inputScale * parameters.ScaleOf(o)));
        return products + largest < int.MaxValue;
    }

    private static Tensor Transpose<T>(Tensor matrix)
        where T : unmanaged
    {
        (int rows, int columns) = ((int)matrix.Dimensions[0], (int)matrix.Dimensions[1]);
        ReadOnlySpan<T> source = matrix.Span<T>();
        var result = new T[source.Length];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                result[(c * rows) + r] = source[(r * columns) + c];
            }
        }

        return Tensor.From<T>(matrix.Type, result, columns, rows);
    }
}
