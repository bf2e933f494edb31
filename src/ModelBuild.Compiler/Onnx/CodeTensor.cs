using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Onnx;

/// <summary>A tensor of 8-bit codes, and what they stand for, as operators on codes take it.</summary>
/// <param name="Codes">The codes.</param>
/// <param name="Scale">A constant.</param>
/// <param name="ZeroPoint">A constant of the codes' type.</param>
/// <param name="Parameters">The same as numbers.</param>
internal sealed record CodeTensor(Value Codes, Value Scale, Value ZeroPoint, QuantizationParameters Parameters)
{
    /// <summary>The three inputs that stand for the tensor.</summary>
    public IEnumerable<Value> Inputs => [Codes, Scale, ZeroPoint];

    public DataType Type => ZeroPoint.Type;

    /// <summary>Whether an operator without arithmetic may work on the codes.</summary>
    public bool HasParametersOf(CodeTensor other) => Type == other.Type && Parameters.Equals(other.Parameters);

    /// <summary>What a DequantizeLinear reads; null where a value is not made by one of 8 bits without blocks.</summary>
    public static CodeTensor? ReadBy(Graph graph, Value? reals) =>
        reals?.Producer is { } node && node.Is("DequantizeLinear") ? Of(graph, node, node.Required(0)) : null;

    /// <summary>What a QuantizeLinear makes; null where that is anything else.</summary>
    public static CodeTensor? MadeBy(Graph graph, Node quantize) =>
        Of(graph, quantize, quantize.Output) is { Parameters.IsPerTensor: true } made ? made : null;

    private static CodeTensor? Of(Graph graph, Node node, Value codes)
    {
        Value scale = node.Required(1);
        if (codes.Type is not (DataType.UInt8 or DataType.Int8) || node.Int("block_size") != 0 || !scale.IsConstant
            || scale.Type != DataType.Float32 || node.Input(2) is { IsConstant: false })
        {
            return null;
        }

        Value zero = node.Input(2) ?? graph.NewConstant(
            $"{codes.Name}_zero_point",
            new Tensor(codes.Type, [.. scale.Constant!.Dimensions], new byte[scale.Constant.Length]));
        return new CodeTensor(codes, scale, zero, QuantizationInputs.Parameters(node));
    }
}
