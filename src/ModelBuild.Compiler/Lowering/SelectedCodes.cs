using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Where chooses elements and computes nothing, so that it chooses codes as well:
/// <code>
///   c, x, y → Where → Q      becomes     x → Q, y → Q, c → Where
/// </code>
/// Constants, such as what a mask puts in, become codes at build.
/// </summary>
internal static class SelectedCodes
{
    /// <summary>Moves the quantization of what a node selects up to what it selects from; false where it is no such node.</summary>
    public static bool Raise(Graph graph, Node node)
    {
        if (!node.Is("Where") || node.Output.Type != DataType.Float32
            || QuantizedValues.OnlyQuantized(graph, node.Output) is not { } quantizers
            || !quantizers[0].Output.Quantization!.IsPerTensor || quantizers[0].Output.Type != DataType.UInt8)
        {
            return false;
        }

        QuantizationParameters parameters = quantizers[0].Output.Quantization!;
        Value selected = graph.Add(
            node.Domain, node.Type, node.Name,
            [node.Required(0), Codes(graph, node.Required(1), parameters), Codes(graph, node.Required(2), parameters)],
            $"{node.Output.Name}_quantized", DataType.UInt8, node.Output.Shape, node.Attributes);
        selected.Quantization = parameters;
        QuantizedValues.ReplaceQuantizers(graph, quantizers, selected);
        graph.Remove(node);
        return true;
    }

    private static Value Codes(Graph graph, Value real, QuantizationParameters parameters)
    {
        if (real.Constant is not { } constant)
        {
            return QuantizedValues.Quantize(graph, real, parameters);
        }

        Value codes = graph.NewConstant($"{real.Name}_quantized", QuantizedValues.Quantize(constant, parameters));
        codes.Quantization = parameters;
        return codes;
    }
}
