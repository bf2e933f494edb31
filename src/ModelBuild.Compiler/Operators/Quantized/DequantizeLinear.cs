using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>(x − zero point) · scale: for the whole tensor, or for each index along <c>axis</c>.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html, since opset 10; <c>axis</c> since 13; 16-bit types since 21.
/// It is never folded: with its constant it says how a weight is quantized, which lowering needs. Parameters that only the run knows, one
/// for each channel of an activation, and blocks are taken apart at import. Gaps: float8.
/// </remarks>
internal sealed class DequantizeLinear() : Operator(2, 3, [.. QuantizationInputs.Attributes, ("output_dtype", AttributeKind.Int)])
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireType(node, 0, input.Type is DataType.UInt8 or DataType.Int8 or DataType.UInt16 or DataType.Int16 or DataType.Int32);
        QuantizationInputs.Check(node, input.KnownShape, input.Type, context);
        DataType type = node.Int("output_dtype") is > 0 and <= int.MaxValue and var declared ? (DataType)declared : node.Required(1).Type;
        node.Output.Set(type.IsFloat() ? type : throw context.Unsupported(node, $"makes elements of type {type}."), input.KnownShape);
    }

    /// <summary>Cast(x − zero point) · scale; the difference is one of int32.</summary>
    public override IReadOnlyList<Node>? TakeApart(Graph graph, Node node, InferenceContext context)
    {
        context.Infer(node);
        return QuantizationInputs.IsWhole(node, node.Required(0).Type) ? null : Expand(graph, node, context);
    }

    /// <inheritdoc cref="TakeApart"/>
    public static IReadOnlyList<Node> Expand(Graph graph, Node node, InferenceContext context)
    {
        DataType type = node.Output.Type;
        var e = new Expansion(graph, node, context);
        Shape shape = e.Input(0).KnownShape;
        Value value = e.Cast(e.Input(0), DataType.Int32);
        if (node.Input(2) is { } zero)
        {
            value = e.Subtract(value, QuantizationInputs.Spread(e, e.Cast(zero, DataType.Int32), shape));
        }

        Value scale = e.Input(1);
        return e.Replace([e.Cast(e.Multiply(e.Cast(value, scale.Type), QuantizationInputs.Spread(e, scale, shape)), type)]);
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        var channels = new QuantizationInputs(node, x.Dimensions, inputs);
        if (x.Type == DataType.UInt8 && inputs[1]!.Type == DataType.Float32)
        {
            ReadOnlySpan<byte> bytes = x.Span<byte>();
            var floats = new float[bytes.Length];
            for (int i = 0; i < floats.Length; i++)
            {
                // The difference is exact, and the product is rounded once.
                (float scale, int zeroPoint) = channels[i];
                floats[i] = (bytes[i] - zeroPoint) * scale;
            }

            return [Tensor.Owning(DataType.Float32, floats, [.. x.Dimensions])];
        }

        long[] codes = x.ToInt64s();
        var values = new double[codes.Length];
        for (int i = 0; i < values.Length; i++)
        {
            (float scale, int zeroPoint) = channels[i];
            values[i] = (codes[i] - zeroPoint) * (double)scale;
        }

        return [Tensor.FromDoubles(inputs[1]!.Type, values, [.. x.Dimensions])];
    }
}
