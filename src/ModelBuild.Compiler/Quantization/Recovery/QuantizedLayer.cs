using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>
/// A convolution or matrix product whose weights have codes: its weights as sums of terms, one row per output, whatever their layout in the
/// model is. Its input has codes too, or is computed with as it is and the weights are only stored so.
/// </summary>
internal sealed class QuantizedLayer
{
    private readonly Value _codes;

    private QuantizedLayer(Node node, Value codes, Tensor reals)
    {
        Node = node;
        _codes = codes;
        Scales = node.Required(1).Producer!.Required(1).Constant!.ToFloats();
        Groups = node.Is("Conv") ? (int)node.Int("group", 1) : 1;
        Outputs = (int)reals.Dimensions[AnchorOperands.HasOutputsFirst(node) ? 0 : 1];
        Terms = Outputs == 0 ? 0 : (int)(reals.Length / Outputs);
        Reals = OutputsFirst<float>(reals).Span<float>().ToArray();
    }

    public Node Node { get; }

    /// <summary>Outputs of all groups.</summary>
    public int Outputs { get; }

    /// <summary>Products that an output adds up.</summary>
    public int Terms { get; }

    public int Groups { get; }

    /// <summary>One per output, or per block of its terms, in the order of the model.</summary>
    public float[] Scales { get; }

    /// <summary>The weights before they got codes, [outputs, terms].</summary>
    public float[] Reals { get; }

    /// <summary>Whether the weights multiply 8-bit codes, not reals, nor codes that are nearly as fine.</summary>
    public bool HasInputCodes => IsSymmetric && !QuantizationInputs.IsWide(Node.Required(0).Producer!.Required(0).Type);

    /// <summary>Of the codes that the weights multiply: one scale, one zero point.</summary>
    public QuantizationParameters InputParameters => QuantizationInputs.Parameters(Node.Required(0).Producer!);

    /// <summary>What the weights multiply: codes, where it has some.</summary>
    public Value Input => HasInputCodes ? Node.Required(0).Producer!.Required(0) : Node.Required(0);

    /// <summary>The codes of symmetric weights, [outputs, terms].</summary>
    public sbyte[] Codes => OutputsFirst<sbyte>(_codes.Constant!).Span<sbyte>().ToArray();

    /// <summary>What the weights can be.</summary>
    public LevelGrid Grid
    {
        get
        {
            if (IsSymmetric)
            {
                return LevelGrid.Symmetric(Scales);
            }

            int size = BlockSize;
            int blocks = Scales.Length / Outputs;
            byte[] zeros = ZeroPoints;
            short largest = (short)(HasBlocks ? 15 : byte.MaxValue);
            return new LevelGrid(
                ByOutput<float>(Scales), Array.ConvertAll(zeros, z => (short)-z), Array.ConvertAll(zeros, z => (short)(largest - z)),
                blocks, size);
        }
    }

    /// <summary>The weights in steps of the <see cref="Grid"/>, [outputs, terms].</summary>
    public short[] Levels
    {
        get
        {
            if (IsSymmetric)
            {
                return Array.ConvertAll(Codes, c => (short)c);
            }

            ReadOnlySpan<byte> codes = OutputsFirst<byte>(_codes.Constant!).Span<byte>();
            byte[] zeros = ZeroPoints;
            int blocks = zeros.Length / Outputs;
            var levels = new short[codes.Length];
            for (int i = 0; i < levels.Length; i++)
            {
                levels[i] = (short)(codes[i] - zeros[(i / Terms * blocks) + (i % Terms / BlockSize)]);
            }

            return levels;
        }

        set => _codes.Constant = IsSymmetric
            ? FromOutputsFirst(DataType.Int8, Array.ConvertAll(value, v => (sbyte)v))
            : FromOutputsFirst(DataType.UInt8, WithZeroPoints(value));
    }

    /// <summary>The weights that the codes stand for, as the node reads them.</summary>
    public Tensor Weights => IsSymmetric
        ? QuantizedValues.Dequantize(_codes.Constant!, QuantizationInputs.Parameters(Node.Required(1).Producer!))
        : NodeEvaluator.Evaluate(Node.Required(1).Producer!, [.. Node.Required(1).Producer!.Inputs.Select(i => i?.Constant)])![0];

    /// <summary>Whether integer kernels multiply the weights; otherwise they are only stored in codes.</summary>
    private bool IsSymmetric => _codes.Constant!.Type == DataType.Int8;

    /// <summary>Terms that share a scale.</summary>
    private int BlockSize => Node.Required(1).Producer!.Int("block_size") is > 0 and var size ? (int)size : Math.Max(Terms, 1);

    /// <summary>Then codes have 4 bits.</summary>
    private bool HasBlocks => Node.Required(1).Producer!.Int("block_size") > 0;

    /// <summary>[outputs, blocks].</summary>
    private byte[] ZeroPoints => ByOutput(Node.Required(1).Producer!.Required(2).Constant!.Span<byte>());

    /// <summary>The layer of a node of a quantized graph; null where it is none.</summary>
    /// <param name="node">A node.</param>
    /// <param name="floats">The same node of the float graph.</param>
    public static QuantizedLayer? Of(Node node, Node? floats) =>
        node.Type is "Conv" or "Gemm" or "MatMul" && node.Domain == Domains.Onnx
        && node.Required(1).Producer is { } weights && weights.Is("DequantizeLinear")
        && weights.Required(0) is { Constant: { Length: > 0 } constant } codes
        && floats?.Required(1).Constant is { } reals
        && constant.Type switch
        {
            DataType.Int8 => node.Required(0).Producer is { } input && input.Is("DequantizeLinear")
                && input.Required(0).Producer is not null,
            DataType.UInt8 => AnchorOperands.IsAnchor(floats),
            _ => false,
        }
            ? new QuantizedLayer(node, codes, reals)
            : null;

    private Tensor OutputsFirst<T>(Tensor weights)
        where T : unmanaged => AnchorOperands.HasOutputsFirst(Node) ? weights : AnchorOperands.Transpose<T>(weights);

    private Tensor FromOutputsFirst<T>(DataType type, T[] codes)
        where T : unmanaged => AnchorOperands.HasOutputsFirst(Node)
            ? Tensor.Owning(type, codes, [.. _codes.Constant!.Dimensions])
            : AnchorOperands.Transpose<T>(Tensor.Owning(type, codes, Outputs, Terms));

    private byte[] WithZeroPoints(short[] levels)
    {
        byte[] zeros = ZeroPoints;
        int blocks = zeros.Length / Outputs;
        var codes = new byte[levels.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = (byte)(levels[i] + zeros[(i / Terms * blocks) + (i % Terms / BlockSize)]);
        }

        return codes;
    }

    /// <summary>Parameters of blocks, which lie as the weights do.</summary>
    private T[] ByOutput<T>(ReadOnlySpan<T> parameters)
    {
        int blocks = parameters.Length / Outputs;
        T[] sorted = parameters.ToArray();
        for (int i = 0; i < sorted.Length && !AnchorOperands.HasOutputsFirst(Node); i++)
        {
            sorted[(i % Outputs * blocks) + (i / Outputs)] = parameters[i];
        }

        return sorted;
    }
}
