using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>saturate(round(x / scale) + zero point), ties to even: for the whole tensor, or for each index along <c>axis</c>.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html, since opset 10; <c>axis</c> since 13; 16-bit types since 21. Without a zero
/// point the result is uint8, unless <c>output_dtype</c> says otherwise. Parameters that only the run knows, one for each channel of an
/// activation, are taken apart at import. Gaps: float8.
/// </remarks>
internal sealed class QuantizeLinear() : Operator(2, 3, [.. QuantizationInputs.Attributes, ("output_dtype", AttributeKind.Int)])
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireFloat(node, 0);
        DataType type = CodeType(node, node.Input(2)?.Type);
        if (type is not (DataType.UInt8 or DataType.Int8 or DataType.UInt16 or DataType.Int16))
        {
            throw context.Unsupported(node, $"makes elements of type {type}. 8 and 16 bits are supported.");
        }

        QuantizationInputs.Check(node, input.KnownShape, type, context);
        if (node.Required(1).Constant is { } scale && scale.ToFloats().Contains(0))
        {
            throw context.Malformed(node, "divides by a scale of zero.");
        }

        node.Output.Set(type, input.KnownShape);
    }

    /// <summary>Cast(Clip(Round(x / scale) + zero point)).</summary>
    public override IReadOnlyList<Node>? TakeApart(Graph graph, Node node, InferenceContext context)
    {
        context.Infer(node);
        return QuantizationInputs.IsWhole(node, node.Output.Type) ? null : Expand(graph, node, context);
    }

    /// <inheritdoc cref="TakeApart"/>
    public static IReadOnlyList<Node> Expand(Graph graph, Node node, InferenceContext context)
    {
        DataType type = node.Output.Type;
        var e = new Expansion(graph, node, context);
        Value x = e.Input(0);
        Value value = e.Apply("Round", [e.Divide(x, QuantizationInputs.Spread(e, e.Cast(e.Input(1), x.Type), x.KnownShape))]);
        if (node.Input(2) is { } zero)
        {
            value = e.Add(value, QuantizationInputs.Spread(e, e.Cast(zero, x.Type), x.KnownShape));
        }

        (double low, double high) = QuantizationInputs.Range(type);
        return e.Replace([e.Cast(e.Apply("Clip", [value, e.Number(low, value), e.Number(high, value)]), type)]);
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        DataType type = CodeType(node, inputs.Count > 2 ? inputs[2]?.Type : null);
        var channels = new QuantizationInputs(node, x.Dimensions, inputs);
        float[] values = x.ToFloats();
        var codes = new double[values.Length];
        (double low, double high) = QuantizationInputs.Range(type);
        for (int i = 0; i < codes.Length; i++)
        {
            (float scale, int zeroPoint) = channels[i];

            // ONNX leaves NaN open; the kernels take it for zero.
            codes[i] = float.IsNaN(values[i])
                ? zeroPoint
                : Math.Clamp((double)MathF.Round(values[i] / scale, MidpointRounding.ToEven) + zeroPoint, low, high);
        }

        return [Tensor.FromDoubles(type, codes, [.. x.Dimensions])];
    }

    private static DataType CodeType(Node node, DataType? zeroPoint) =>
        zeroPoint ?? (node.Int("output_dtype") is > 0 and <= int.MaxValue and var declared ? (DataType)declared : DataType.UInt8);
}
