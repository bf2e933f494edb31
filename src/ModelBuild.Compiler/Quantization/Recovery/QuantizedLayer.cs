using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>
/// A convolution or matrix product whose input and weights have codes: its weights as sums of terms, one row per output, whatever their
/// layout in the model is.
/// </summary>
internal sealed class QuantizedLayer
{
    private readonly Value _codes;
    private readonly bool _outputsLast;

    private QuantizedLayer(Node node, Value codes, float[] scales, Tensor reals)
    {
        Node = node;
        _codes = codes;
        Scales = scales;
        _outputsLast = !node.Is("Conv") && !(node.Is("Gemm") && node.Int("transB") != 0);
        Groups = node.Is("Conv") ? (int)node.Int("group", 1) : 1;
        Outputs = scales.Length;
        Terms = Outputs == 0 ? 0 : (int)(reals.Length / Outputs);
        Reals = Rows(reals.Span<float>());
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
        get => Rows(_codes.Constant!.Span<sbyte>());
        set => _codes.Constant = Tensor.Owning(DataType.Int8, Columns<sbyte>(value), [.. _codes.Constant!.Dimensions]);
    }

    /// <summary>The weights that the codes stand for, as the node reads them.</summary>
    public Tensor Weights
    {
        get
        {
            sbyte[] codes = Codes;
            var weights = new float[codes.Length];
            for (int i = 0; i < weights.Length; i++)
            {
                weights[i] = codes[i] * Scales[i / Terms];
            }

            return Tensor.Owning(DataType.Float32, Columns<float>(weights), [.. _codes.Constant!.Dimensions]);
        }
    }

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

    private T[] Rows<T>(ReadOnlySpan<T> source) => _outputsLast ? Transposed(source, Terms, Outputs) : source.ToArray();

    private T[] Columns<T>(T[] rows) => _outputsLast ? Transposed<T>(rows, Outputs, Terms) : rows;

    private static T[] Transposed<T>(ReadOnlySpan<T> source, int rows, int columns)
    {
        var result = new T[source.Length];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                result[(c * rows) + r] = source[(r * columns) + c];
            }
        }

        return result;
    }
}
