using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>
/// A convolution or matrix product whose input and weights have codes: its weights as sums of terms, one row per output, whatever their
/// layout in the model is.
/// </summary>
internal sealed class QuantizedLayer
{
    private readonly Value _codes;

    private QuantizedLayer(Node node, Value codes, float[] scales, Tensor reals)
    {
        Node = node;
        _codes = codes;
        Scales = scales;
        Groups = node.Is("Conv") ? (int)node.Int("group", 1) : 1;
        Outputs = scales.Length;
        Terms = Outputs == 0 ? 0 : (int)(reals.Length / Outputs);
        Reals = OutputsFirst<float>(reals).Span<float>().ToArray();
    }

    public Node Node { get; }

    /// <summary>Outputs of all groups.</summary>
    public int Outputs { get; }

    /// <summary>Products that an output adds up.</summary>
    public int Terms { get; }

    public int Groups { get; }

    /// <summary>One per output.</summary>
    public float[] Scales { get; }

    /// <summary>The weights before they got codes, [outputs, terms].</summary>
    public float[] Reals { get; }

    /// <summary>Of the codes that the weights multiply: one scale, one zero point.</summary>
    public QuantizationParameters Input => QuantizationInputs.Parameters(Node.Required(0).Producer!);

    /// <summary>The codes that the weights multiply.</summary>
    public Value InputCodes => Node.Required(0).Producer!.Required(0);

    /// <summary>The codes of the weights, [outputs, terms].</summary>
    public sbyte[] Codes
    {
        get => OutputsFirst<sbyte>(_codes.Constant!).Span<sbyte>().ToArray();
        set => _codes.Constant = AnchorOperands.HasOutputsFirst(Node)
            ? Tensor.Owning(DataType.Int8, value, [.. _codes.Constant!.Dimensions])
            : AnchorOperands.Transpose<sbyte>(Tensor.Owning(DataType.Int8, value, Outputs, Terms));
    }

    /// <summary>The weights that the codes stand for, as the node reads them.</summary>
    public Tensor Weights =>
        QuantizedValues.Dequantize(_codes.Constant!, QuantizationInputs.Parameters(Node.Required(1).Producer!));

    /// <summary>The layer of a node of a quantized graph; null where it is none.</summary>
    /// <param name="node">A node.</param>
    /// <param name="floats">The same node of the float graph.</param>
    public static QuantizedLayer? Of(Node node, Node? floats) =>
        node.Type is "Conv" or "Gemm" or "MatMul" && node.Domain == Domains.Onnx
        && node.Required(0).Producer is { } input && input.Is("DequantizeLinear") && input.Required(0).Producer is not null
        && node.Required(1).Producer is { } weights && weights.Is("DequantizeLinear")
        && weights.Required(0) is { Constant: { Type: DataType.Int8, Length: > 0 } } codes
        && floats?.Required(1).Constant is { } reals
            ? new QuantizedLayer(node, codes, weights.Required(1).Constant!.ToFloats(), reals)
            : null;

    private Tensor OutputsFirst<T>(Tensor weights)
        where T : unmanaged => AnchorOperands.HasOutputsFirst(Node) ? weights : AnchorOperands.Transpose<T>(weights);
}
