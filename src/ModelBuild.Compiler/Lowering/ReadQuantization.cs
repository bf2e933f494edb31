using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Takes scales and zero points from the inputs of QuantizeLinear and DequantizeLinear to the quantized values
/// (<see cref="Value.Quantization"/>), where all later passes look. The parameters belong to the node that reads or writes, so a value
/// that two nodes understand differently becomes two:
/// <code>
///   Q(0.1) → v → DQ(0.2)                  becomes   Q → v (0.1) → Reinterpret → v' (0.2) → DQ
///   w → DQ(0.1), w → DQ(0.2)              becomes   w (0.1) → DQ, w' (0.2) → DQ            (constants)
///   Q → v (s8) → DQ                       becomes   Q → u (u8) → FlipSign → v → FlipSign → u' (u8) → DQ
/// </code>
/// Kernels know unsigned activations and signed weights only: code + 128 with zero point + 128 is the same real. Where sign flips meet,
/// <see cref="PropagateQuantized"/> removes them.
/// </summary>
internal sealed class ReadQuantization : IPass
{
    private const int SignOffset = 128;

    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        Node[] nodes = [.. graph.Nodes.Where(n => n.Is("QuantizeLinear") || n.Is("DequantizeLinear"))];
        foreach (Node node in nodes)
        {
            if (node.Is("QuantizeLinear"))
            {
                Write(graph, node, context.Inference);
            }
            else if (node.Required(0).IsConstant)
            {
                ReadConstant(graph, node);
            }
            else
            {
                Read(graph, node, context.Inference);
            }
        }

        graph.RemoveDead();
        return nodes.Length > 0;
    }

    private static void Write(Graph graph, Node quantize, InferenceContext context)
    {
        Value output = quantize.Output;
        QuantizationParameters parameters = ActivationParameters(quantize, output.Type, context);
        if (output.Type == DataType.UInt8)
        {
            output.Quantization = parameters;
            return;
        }

        Value unsigned = graph.NewValue($"{output.Name}_unsigned", DataType.UInt8, output.Shape);
        unsigned.Quantization = parameters.Shift(SignOffset);
        quantize.SetOutput(0, unsigned);
        output.Quantization = parameters;
        graph.Add(new Node(Domains.Internal, InternalOperators.FlipSign, quantize.Name, [unsigned], [output]));
        if (!graph.IsOutput(output))
        {
            // What will run has the name by which people know it.
            (unsigned.Name, output.Name) = (output.Name, unsigned.Name);
        }
    }

    private static void Read(Graph graph, Node dequantize, InferenceContext context)
    {
        Value input = dequantize.Required(0);
        QuantizationParameters parameters = ActivationParameters(dequantize, input.Type, context);
        if (parameters.Scale == 0)
        {
            MultiplyByZero(graph, dequantize);
            parameters = parameters with { Scales = [1] };
        }

        if (input.Type == DataType.Int8)
        {
            parameters = parameters.Shift(SignOffset);
            input = graph.Add(
                Domains.Internal, InternalOperators.FlipSign, dequantize.Name, [input], $"{input.Name}_unsigned", DataType.UInt8,
                input.Shape);
        }

        dequantize.SetInput(0, QuantizedValues.WithQuantization(graph, input, parameters));
    }

    /// <summary>
    /// A constant gets the sign that its readers' kernels know, and a value of its own where others read it too: signed as weights of a
    /// convolution or matrix product, unsigned as an operand of anything else.
    /// </summary>
    private static void ReadConstant(Graph graph, Node dequantize)
    {
        Node[] weightReaders = [.. dequantize.Output.Consumers.Distinct().Where(c => IsWeight(c, dequantize.Output))];
        bool isOnlyWeight = !graph.IsOutput(dequantize.Output) && weightReaders.Length == dequantize.Output.Consumers.Count;
        if (weightReaders.Length > 0 && !isOnlyWeight)
        {
            // Both at once: the weights get a DequantizeLinear of their own.
            Value reals = graph.Add(
                dequantize.Domain, dequantize.Type, dequantize.Name, dequantize.Inputs, dequantize.Output.Name, dequantize.Output.Type,
                dequantize.Output.Shape, dequantize.Attributes);
            foreach (Node reader in weightReaders)
            {
                reader.SetInput(1, reals);
            }

            Own(graph, reals.Producer!, isWeight: true);
        }

        Own(graph, dequantize, isOnlyWeight && weightReaders.Length > 0);
    }

    private static bool IsWeight(Node reader, Value reals) =>
        (reader.Is("Conv") || reader.Is("Gemm") || reader.Is("MatMul")) && reader.Input(1) == reals && reader.Input(0) != reals
            && reader.Input(2) != reals;

    private static void Own(Graph graph, Node dequantize, bool isWeight)
    {
        Value source = dequantize.Required(0);
        Tensor constant = source.Constant!;
        (constant, QuantizationParameters parameters) = WithoutZeroScales(constant, QuantizationInputs.Parameters(dequantize));
        if (isWeight && constant.Type == DataType.UInt8)
        {
            constant = Tensor.Owning(
                DataType.Int8, Array.ConvertAll(constant.Data.ToArray(), c => (sbyte)(c - SignOffset)), [.. constant.Dimensions]);
            parameters = parameters.Shift(-SignOffset);
        }
        else if (!isWeight && constant.Type == DataType.Int8 && parameters.IsPerTensor)
        {
            constant = Tensor.Owning(
                DataType.UInt8, Array.ConvertAll(constant.Span<sbyte>().ToArray(), c => (byte)(c + SignOffset)), [.. constant.Dimensions]);
            parameters = parameters.Shift(SignOffset);
        }

        if (source.Consumers.Count > 1 || graph.IsOutput(source))
        {
            source = graph.NewConstant(source.Name, constant);
            dequantize.SetInput(0, source);
        }
        else
        {
            (source.Constant, source.Type) = (constant, constant.Type);
        }

        source.Quantization = parameters;
    }

    /// <summary>Later passes divide by scales: codes times a scale of zero become codes times one, times zero.</summary>
    private static void MultiplyByZero(Graph graph, Node dequantize)
    {
        Value output = dequantize.Output;
        Value codes = graph.NewValue($"{output.Name}_codes", output.Type, output.Shape);
        dequantize.SetOutput(0, codes);
        graph.Add(new Node(
            Domains.Onnx, "Mul", dequantize.Name, [codes, graph.NewConstant($"{output.Name}_zero", Tensor.Scalar(0))], [output]));
    }

    /// <summary>A scale of zero says that all its reals are zero, whatever their codes are; later passes divide by scales.</summary>
    private static (Tensor Constant, QuantizationParameters Parameters) WithoutZeroScales(
        Tensor constant, QuantizationParameters parameters)
    {
        if (!parameters.Scales.Contains(0))
        {
            return (constant, parameters);
        }

        long[] codes = constant.ToInt64s();
        long inner = parameters.Inner(constant);
        for (int i = 0; i < codes.Length; i++)
        {
            int channel = parameters.ChannelOf(i, inner);
            codes[i] = parameters.Scales[channel] == 0 ? parameters.ZeroPoints[channel] : codes[i];
        }

        return (Tensor.FromInt64s(constant.Type, codes, [.. constant.Dimensions]),
            parameters with { Scales = Array.ConvertAll(parameters.Scales, s => s == 0 ? 1 : s) });
    }

    private static QuantizationParameters ActivationParameters(Node node, DataType type, InferenceContext context)
    {
        QuantizationParameters parameters = QuantizationInputs.Parameters(node);
        return type is DataType.UInt8 or DataType.Int8 && parameters.IsPerTensor
            ? parameters
            : throw context.Unsupported(
                node, $"quantizes an activation to {type}{(parameters.IsPerTensor ? string.Empty : " with one scale per channel")}; "
                + "activations with 8 bits and one scale are supported. Quantize the model so, or start from the float model.");
    }
}
