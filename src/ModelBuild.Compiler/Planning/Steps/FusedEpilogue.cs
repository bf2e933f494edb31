using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>
/// The end of a fused operator (convolution or matrix product): bias, requantization or dequantization, residual, clamp. The arithmetic is
/// that of docs/quantization.md; here its constants are computed, in float32 and in the order in which ONNX runtimes compute them.
/// </summary>
internal static class FusedEpilogue
{
    /// <summary>The epilogue argument of a float32 operator.</summary>
    public static PlanCall Float(Node node, PlanBuilder plan, int channels, int groups)
    {
        Value? residual = node.Input(3);
        float[] bias = node.Input(2)?.Constant?.ToFloats() ?? new float[channels];
        return PlanBuilder.Nested(
            residual is null ? "FloatEpilogue.Store" : "FloatEpilogue.AddAndStore",
            ("bias", plan.Constant<float>(
                $"{Label(node)}.bias", ConstantFormats.Channels, WeightPacking.PadChannels<float>(bias, channels, groups))),
            ("residual", residual is null ? null : plan.Argument(residual)),
            ("minimum", node.Float("minimum", float.NegativeInfinity)),
            ("maximum", node.Float("maximum", float.PositiveInfinity)),
            ("output", plan.Tensor(node.Output)));
    }

    /// <summary>The epilogue argument of an integer fused operator: uint8 input, int8 weights, int32 accumulators.</summary>
    public static PlanCall Integer(Node node, PlanBuilder plan, int channels, int groups)
    {
        QuantizationParameters input = node.Required(0).Quantization!;
        QuantizationParameters weights = node.Required(1).Quantization!;
        Value output = node.Output;
        var accumulatorScales = new float[channels];
        for (int o = 0; o < channels; o++)
        {
            accumulatorScales[o] = input.Scale * weights.ScaleOf(o);
        }

        int[] folded = FoldZeroPoint(node, channels, input.ZeroPoint);
        ConstantArgument bias = plan.Constant<int>(
            $"{Label(node)}.bias", ConstantFormats.Channels, WeightPacking.PadChannels<int>(folded, channels, groups));
        switch (output.Type)
        {
            case DataType.Int32:
                return PlanBuilder.Nested("Epilogue.ToInt32", ("bias", bias), ("output", plan.Tensor(output)));
            case DataType.Float32:
                Value? addend = node.Input(3);
                return PlanBuilder.Nested(
                    addend is null ? "Epilogue.ToFloat32" : "Epilogue.AddToFloat32",
                    ("bias", bias),
                    ("multipliers", PerChannel("scales", accumulatorScales)),
                    ("residual", addend is null ? null : plan.Argument(addend)),
                    ("minimum", node.Float("minimum", float.NegativeInfinity)),
                    ("maximum", node.Float("maximum", float.PositiveInfinity)),
                    ("output", plan.Tensor(output)));
        }

        QuantizationParameters result = output.Quantization!;
        if (Gate.IsIn(node))
        {
            (float slope, float offset, float[] factors, float[] terms) = Gate.Read(node);
            float[] affine =
            [
                .. WeightPacking.PadChannels<float>(Array.ConvertAll(factors, f => f / result.Scale), channels, groups),
                .. WeightPacking.PadChannels<float>(Array.ConvertAll(terms, t => t / result.Scale), channels, groups),
            ];
            return PlanBuilder.Nested(
                "Epilogue.GateToUInt8",
                ("bias", bias), ("multipliers", PerChannel("scales", accumulatorScales)), ("gateSlope", slope), ("gateOffset", offset),
                ("affine", plan.Constant<float>($"{Label(node)}.affine", ConstantFormats.Channels, affine)),
                ("zeroPoint", result.ZeroPoint), ("minimum", 0), ("maximum", (int)byte.MaxValue), ("output", plan.Tensor(output)));
        }

        PlanArgument multipliers = PerChannel("multipliers", Array.ConvertAll(accumulatorScales, s => s / result.Scale));
        (int minimum, int maximum) = QuantizedBounds(node, result);
        (string, PlanArgument?)[] tail =
        [
            ("zeroPoint", result.ZeroPoint), ("minimum", minimum), ("maximum", maximum), ("output", plan.Tensor(output)),
        ];
        return node.Input(3) switch
        {
            null => PlanBuilder.Nested("Epilogue.ToUInt8", [("bias", bias), ("multipliers", multipliers), .. tail]),
            { Type: DataType.UInt8 } codes => PlanBuilder.Nested(
                "Epilogue.AddToUInt8",
                [
                    ("bias", bias), ("multipliers", multipliers), ("residual", plan.Argument(codes)),
                    ("residualZeroPoint", codes.Quantization!.ZeroPoint),
                    ("residualMultiplier", codes.Quantization.Scale / result.Scale), .. tail,
                ]),
            var accumulators => PlanBuilder.Nested(
                "Epilogue.AddAccumulatorsToUInt8",
                [
                    ("bias", bias), ("multipliers", multipliers), ("residual", plan.Argument(accumulators)),
                    ("residualMultipliers", PerChannel(
                        "residualMultipliers", Array.ConvertAll(accumulators.Quantization!.Scales, s => s / result.Scale))),
                    .. tail,
                ]),
        };

        PlanArgument PerChannel(string what, float[] values) => plan.Constant<float>(
            $"{Label(node)}.{what}", ConstantFormats.Channels, WeightPacking.PadChannels<float>(values, channels, groups));
    }

    /// <summary>
    /// The clamp of a fused operator in codes of its output: quantization is monotone, so clamping codes is clamping values.
    /// </summary>
    public static (int Minimum, int Maximum) QuantizedBounds(Node node, QuantizationParameters output) =>
        (QuantizedValues.Code(node.Float("minimum", float.NegativeInfinity), output),
            QuantizedValues.Code(node.Float("maximum", float.PositiveInfinity), output));

    /// <summary>Σ (x − z)·w = Σ x·w − z·Σ w: the second sum is known at build.</summary>
    private static int[] FoldZeroPoint(Node node, int channels, int zeroPoint)
    {
        ReadOnlySpan<sbyte> weights = node.Required(1).Constant!.Span<sbyte>();
        int[] bias = node.Input(2) is { Constant: { } constant } ? constant.Span<int>().ToArray() : new int[channels];
        long[] sums = WeightSums.Of(weights, channels);
        for (int o = 0; o < channels; o++)
        {
            bias[o] = (int)Math.Clamp(bias[o] - (zeroPoint * sums[o]), int.MinValue, int.MaxValue);
        }

        return bias;
    }

    private static string Label(Node node) => node.Required(1).Name;
}
