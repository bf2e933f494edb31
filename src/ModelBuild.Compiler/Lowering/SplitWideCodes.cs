using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Kernels know 8-bit codes. A product of 16-bit ones by int8 weights becomes two, of their high bytes and of their low bytes; any other
/// quantization to 16 bits is computed in float, step by step.
/// <code>
///   x → Q (s16) → DQ → Conv(w, b) → …        becomes   x → SplitCodes → high (u8) → DQ → Conv(w, b) ─► Add → …
///                                                                      → low (u8) → DQ → Conv(w) ────┘
///   x → Q (s16) → DQ → Relu → …              becomes   x → Div → Round → Clip → Cast → Cast → Mul → Relu → …
/// </code>
/// <see cref="FuseOperators"/> makes two fused operators of the two products, the second of which adds what the first has written.
/// </summary>
internal sealed class SplitWideCodes : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        Node[] nodes = [.. graph.Nodes.Where(IsWide)];
        var planes = new Dictionary<Node, Node>();
        foreach (Node dequantize in nodes.Where(n => n.Is("DequantizeLinear")))
        {
            context.Cancellation.ThrowIfCancellationRequested();
            if (!context.IsPlain && dequantize.Required(0).Producer is { } quantize && quantize.Is("QuantizeLinear")
                && QuantizationInputs.Parameters(quantize) is { Scale: > 0 } codes
                && codes.Equals(QuantizationInputs.Parameters(dequantize)))
            {
                foreach (Node product in dequantize.Output.Consumers.Distinct().Where(c => IsProduct(c, dequantize.Output)).ToArray())
                {
                    if (!planes.TryGetValue(quantize, out Node? split))
                    {
                        planes.Add(quantize, split = Split(graph, quantize, codes));
                    }

                    Divide(graph, product, split, CodePlanes.Of(codes));
                }
            }
        }

        foreach (Node node in nodes)
        {
            if (node.Output.Consumers.Count == 0 && !graph.IsOutput(node.Output))
            {
                continue;
            }

            _ = node.Is("QuantizeLinear")
                ? QuantizeLinear.Expand(graph, node, context.Inference) : DequantizeLinear.Expand(graph, node, context.Inference);
        }

        graph.RemoveDead();
        return nodes.Length > 0;
    }

    private static bool IsWide(Node node) => (node.Is("QuantizeLinear") && QuantizationInputs.IsWide(node.Output.Type))
        || (node.Is("DequantizeLinear") && !node.Required(0).IsConstant && QuantizationInputs.IsWide(node.Required(0).Type));

    /// <summary>A product of these reals by weights that integer kernels take.</summary>
    private static bool IsProduct(Node node, Value reals) =>
        (node.Is("Conv") || node.Is("Gemm") || node.Is("MatMul")) && node.Required(0) == reals && node.Input(1) != reals
        && node.Input(2) != reals
        && node.Required(1).Producer is { } weights && Rewriting.IsDequantizeOfConstant(weights) && weights.Int("block_size") == 0
        && weights.Required(0).Type is DataType.Int8 or DataType.UInt8
        && (node.Input(2) is null || Bias(node) is not null)
        && node.Required(1).KnownShape.Rank <= 4
        && (!node.Is("Gemm") || (node.Int("transA") == 0 && node.Float("alpha", 1) == 1 && node.Float("beta", 1) == 1))
        && (!node.Is("MatMul") || (node.Required(1).KnownShape.Rank == 2 && reals.KnownShape.Rank >= 2));

    private static Node Split(Graph graph, Node quantize, QuantizationParameters codes)
    {
        Value reals = quantize.Required(0);
        CodePlanes planes = CodePlanes.Of(codes);
        Value high = graph.NewValue($"{quantize.Output.Name}_high", DataType.UInt8, reals.Shape);
        Value low = graph.NewValue($"{quantize.Output.Name}_low", DataType.UInt8, reals.Shape);
        high.Quantization = planes.High;
        low.Quantization = planes.Low;
        Dictionary<string, AttributeValue> attributes =
            AttributeValue.ByName(("scale", codes.Scale), ("zero_point", (long)CodePlanes.UnsignedZeroPoint(codes)));
        return graph.Add(new Node(Domains.Internal, InternalOperators.SplitCodes, quantize.Name, [reals], [high, low], attributes));
    }

    private static void Divide(Graph graph, Node product, Node split, CodePlanes planes)
    {
        Value output = product.Output;
        (Value? highBias, Value? lowBias) = product.Input(2) is null ? (null, null) : SplitBias(graph, product, planes);
        Value[] parts = [Part(0, planes.High, highBias), Part(1, planes.Low, lowBias)];
        string name = product.Name;
        graph.Remove(product);
        graph.Add(new Node(Domains.Onnx, "Add", name, parts, [output]));

        Value Part(int plane, QuantizationParameters codes, Value? bias)
        {
            Value bytes = split.Outputs[plane]!;
            Value scale = graph.NewConstant($"{bytes.Name}_scale", Tensor.Scalar(codes.Scale));
            Value zeroPoint = graph.NewConstant($"{bytes.Name}_zero_point", Tensor.Of([(byte)codes.ZeroPoint], []));
            Value reals = graph.Add(
                Domains.Onnx, "DequantizeLinear", split.Name, [bytes, scale, zeroPoint], $"{bytes.Name}_dequantized", DataType.Float32,
                bytes.Shape);
            Value?[] inputs = bias is null ? [reals, product.Required(1)] : [reals, product.Required(1), bias];
            var attributes = new Dictionary<string, AttributeValue>(product.Attributes, StringComparer.Ordinal);
            if (plane == 0)
            {
                attributes[InternalOperators.IsPart] = 1L;
            }

            return graph.Add(
                product.Domain, product.Type, product.Name, inputs, $"{output.Name}_{(plane == 0 ? "high" : "low")}", output.Type,
                output.Shape, attributes);
        }
    }

    /// <summary>
    /// A bias in two parts: what is whole in units of the high bytes' product, and the rest. In units of the low bytes' product alone it
    /// may be no int32.
    /// </summary>
    private static (Value High, Value Low) SplitBias(Graph graph, Node product, CodePlanes planes)
    {
        float[] reals = Bias(product)!.ToFloats();
        Node weights = product.Required(1).Producer!;
        float[] scales = weights.Required(1).Constant!.ToFloats();
        var high = new float[reals.Length];
        var low = new float[reals.Length];
        for (int i = 0; i < reals.Length; i++)
        {
            float unit = planes.High.Scale * scales[scales.Length == reals.Length ? i : 0];
            high[i] = unit > 0 && reals.Length >= scales.Length
                ? MathF.Round(reals[i] / unit, MidpointRounding.ToEven) * unit : reals[i];
            low[i] = reals[i] - high[i];
        }

        string name = product.Required(2).Name;
        return (graph.NewConstant($"{name}_high", Tensor.Of(high, reals.Length)),
            graph.NewConstant($"{name}_low", Tensor.Of(low, reals.Length)));
    }

    /// <summary>
    /// The constant bias of a product in reals, one for each output or one for all; null where it has none that is constant.
    /// </summary>
    private static Tensor? Bias(Node product) => product.Input(2) switch
    {
        { Constant: { Type: DataType.Float32, Rank: <= 1 } reals } => reals,
        { Producer: { } node } when Rewriting.IsDequantizeOfConstant(node) && node.Required(0).Constant is { Rank: <= 1 } codes =>
            QuantizedValues.Dequantize(codes, QuantizationInputs.Parameters(node)),
        _ => null,
    };
}
