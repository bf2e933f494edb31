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
    /// <summary>
    /// Rounding that moves an output by less than this part of its bias is no rounding that codes of the output could show.
    /// </summary>
    private const double Harmless = 1.0 / (1 << 12);

    /// <summary>How near to a whole number a bias is that is one, but for the roundings of scales.</summary>
    private const double Whole = 1.0 / (1 << 12);

    /// <summary>Of a sum that is not short.</summary>
    private const long FewestTerms = 16;

    [MemberNotNullWhen(true, nameof(WeightQuantization))]
    public bool IsInteger => WeightQuantization is not null;

    public int Outputs => (int)Weights.Dimensions[0];

    /// <summary>True for the operators that fusion starts from: Conv, Gemm and MatMul with constant weights.</summary>
    public static bool IsAnchor(Node node) => node switch
    {
        _ when node.Input(0) is { Type: not DataType.Float32 } => false,
        _ when node.Is("Conv") =>
            IsConstant(node.Input(1)) && node.Required(1).KnownShape.Rank is >= 3 and <= 5
            && (node.Input(2) is null || IsConstant(node.Input(2))),
        _ when node.Is("Gemm") =>
            IsConstant(node.Input(1)) && node.Int("transA") == 0 && node.Float("alpha", 1) == 1 && node.Float("beta", 1) == 1
            && (node.Input(2) is null || IsConstant(node.Input(2))),
        _ when node.Is("MatMul") =>
            IsConstant(node.Input(1)) && node.Required(1).KnownShape.Rank == 2 && node.Required(0).KnownShape.Rank >= 2,
        _ => false,
    };

    /// <summary>True for an anchor that integers have kernels for: volumes are convolved in float.</summary>
    public static bool HasIntegerForm(Node node) => IsAnchor(node) && !(node.Is("Conv") && node.Required(1).KnownShape.Rank > 4);

    /// <summary>
    /// True for an anchor whose outputs are sums of so few products, those of depthwise convolutions above all, that making codes of its
    /// input at run time takes longer than they do.
    /// </summary>
    public static bool IsShort(Node anchor)
    {
        Shape weights = anchor.Required(1).KnownShape;
        return weights.Length.Value < FewestTerms * weights[HasOutputsFirst(anchor) ? 0 : 1].Value;
    }

    /// <summary>Whether the outputs of an anchor lie along the first axis of its weights, not along the second.</summary>
    public static bool HasOutputsFirst(Node node) => node.Is("Conv") || (node.Is("Gemm") && node.Int("transB") != 0);

    /// <summary>The operands of an anchor.</summary>
    /// <param name="allowIntegers">False to compute in float what is quantized.</param>
    public static AnchorOperands Of(Node node, bool allowIntegers = true)
    {
        bool outputsFirst = HasOutputsFirst(node);
        float[]? bias = node.Is("MatMul") ? null : Reals(node.Input(2))?.ToFloats();
        Value weights = node.Required(1);
        if (allowIntegers && HasIntegerForm(node)
            && QuantizedValues.QuantizedOf(node.Required(0)) is { Quantization.IsPerTensor: true } codes && codes.Quantization.Scale > 0
            && QuantizedValues.ConstantQuantizedOf(weights) is { Constant: { Type: DataType.Int8 } integers } source
            && Symmetric(integers, source.Quantization!, outputsFirst ? 0 : 1) is ({ } symmetric, { } parameters)
            && Fit(
                outputsFirst ? symmetric : Transpose<sbyte>(symmetric),
                parameters.IsPerTensor ? parameters : parameters with { Axis = 0 },
                bias,
                codes.Quantization!) is ({ } fitting, { } scales))
        {
            return new AnchorOperands(codes, fitting, scales, bias);
        }

        Tensor reals = Reals(weights)!;
        return new AnchorOperands(node.Required(0), outputsFirst ? reals : Transpose<float>(reals), null, bias);
    }

    /// <summary>The same with a bias that it did not have; null where the accumulators have no room for it.</summary>
    public AnchorOperands? WithBias(float[] bias) => !IsInteger ? this with { Bias = bias }
        : Fit(Weights, WeightQuantization, bias, Input.Quantization!) is ({ } weights, { } scales)
            ? new AnchorOperands(Input, weights, scales, bias)
            : null;

    private static bool IsConstant(Value? value) => value is { IsConstant: true } || QuantizedValues.ConstantQuantizedOf(value) is not null;

    /// <summary>A constant as float32, dequantized where it is quantized.</summary>
    private static Tensor? Reals(Value? value)
    {
        if (value is null || value.IsConstant)
        {
            return value?.Constant is { Type: not DataType.Float32 } constant ? constant.ConvertTo(DataType.Float32) : value?.Constant;
        }

        Value quantized = QuantizedValues.ConstantQuantizedOf(value)!;
        return QuantizedValues.Dequantize(quantized.Constant!, quantized.Quantization!);
    }

    /// <summary>
    /// The weights with zero points taken off, where that still fits int8 and the scales run along the outputs; otherwise nulls.
    /// </summary>
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
        long inner = q.Inner(weights);
        for (int i = 0; i < shifted.Length; i++)
        {
            int value = source[i] - q.ZeroPoints[q.ChannelOf(i, inner)];
            if (value is < sbyte.MinValue or > sbyte.MaxValue)
            {
                return (null, null);
            }

            shifted[i] = (sbyte)value;
        }

        return (Tensor.Owning(DataType.Int8, shifted, [.. weights.Dimensions]), q with { ZeroPoints = new int[q.ZeroPoints.Length] });
    }

    /// <summary>
    /// The weights where int32 accumulators hold their products and the bias. An output whose weights are all zero (pruned; some tools
    /// write its scale as 0 too) may have any scale, and gets one in whose units its bias is well said. Where a bias is too large for a
    /// tiny scale, which is what nearly pruned channels look like, the scale is raised if that only costs what lies far below the bias;
    /// otherwise nulls, and the operator runs in float.
    /// </summary>
    /// <param name="weights">[outputs, …].</param>
    private static (Tensor?, QuantizationParameters?) Fit(
        Tensor weights, QuantizationParameters q, float[]? bias, QuantizationParameters input)
    {
        int outputs = (int)weights.Dimensions[0];
        int inner = (int)weights.Length / Math.Max(outputs, 1);
        var scales = new float[outputs];
        sbyte[] codes = weights.Span<sbyte>().ToArray();
        bool changed = false;
        for (int o = 0; o < outputs; o++)
        {
            Span<sbyte> row = codes.AsSpan(o * inner, inner);
            float offset = bias is null ? 0 : bias[bias.Length == 1 ? 0 : o];
            bool isZero = !row.ContainsAnyExcept((sbyte)0);
            scales[o] = isZero ? WeightQuantizer.ZeroRowScale(offset, input.Scale) : q.ScaleOf(o);
            changed |= isZero;
            double error = 0;
            while (!AccumulatorRange.Fits(row, offset / ((double)input.Scale * scales[o]), input.ZeroPoint))
            {
                // Halving moves an odd code by half a unit of the new scale.
                error += scales[o] * row.ToArray().Count(w => w % 2 != 0);
                if (!(error * input.Scale * 255 <= Math.Abs(offset) * Harmless) || !float.IsFinite(scales[o] * 2))
                {
                    return (null, null);
                }

                scales[o] *= 2;
                changed = true;
                foreach (ref sbyte weight in row)
                {
                    weight = (sbyte)Math.Round(weight / 2.0, MidpointRounding.ToEven);
                }
            }

            if (!isZero && error == 0 && Finer(row, scales[o], offset, input) is { } factor)
            {
                scales[o] /= factor;
                changed = true;
                foreach (ref sbyte weight in row)
                {
                    weight = (sbyte)(weight * factor);
                }
            }
        }

        return changed
            ? (Tensor.Owning(DataType.Int8, codes, [.. weights.Dimensions]), new QuantizationParameters(scales, new int[outputs], 0))
            : (weights, q);
    }

    /// <summary>
    /// A power of two that turns a bias between two accumulators into one of them. Codes so many times as large in as small a part of the
    /// scale say the same weights. Null where there is none that the codes have room for.
    /// </summary>
    private static int? Finer(ReadOnlySpan<sbyte> row, float scale, float offset, QuantizationParameters input)
    {
        double bias = offset / ((double)input.Scale * scale);
        int largest = 1;
        foreach (sbyte weight in row)
        {
            largest = Math.Max(largest, Math.Abs((int)weight));
        }

        for (int factor = 1; factor * largest <= sbyte.MaxValue; factor *= 2)
        {
            if (Math.Abs((factor * bias) - Math.Round(factor * bias)) <= Whole)
            {
                sbyte[] codes = [.. row.ToArray().Select(w => (sbyte)(w * factor))];
                return factor > 1 && float.IsNormal(scale / factor) && AccumulatorRange.Fits(codes, factor * bias, input.ZeroPoint)
                    ? factor : null;
            }
        }

        return null;
    }

    /// <summary>A matrix with rows and columns exchanged.</summary>
    public static Tensor Transpose<T>(Tensor matrix)
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

        return Tensor.Owning(matrix.Type, result, columns, rows);
    }
}
