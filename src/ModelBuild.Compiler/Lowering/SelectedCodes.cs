using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Where chooses elements and computes nothing, so that it chooses codes as well, and so do Min and Max:
/// <code>
///   c, x, y → Where → Q      becomes     x → Q, y → Q, c → Where
///   x, y → Max → Q           becomes     x → Q, y → Q → Max
/// </code>
/// Constants, such as what a mask puts in, become codes at build.
/// </summary>
internal static class SelectedCodes
{
    /// <summary>Moves the quantization of what a node selects up to what it selects from; false where it is no such node.</summary>
    public static bool Raise(Graph graph, Node node)
    {
        if (!(node.Is("Where") || IsLargerOrSmaller(node)) || node.Output.Type != DataType.Float32
            || QuantizedValues.OnlyQuantized(graph, node.Output) is not { } quantizers
            || !quantizers[0].Output.Quantization!.IsPerTensor || quantizers[0].Output.Type != DataType.UInt8)
        {
            return false;
        }

        QuantizationParameters parameters = quantizers[0].Output.Quantization!;
        Value selected = graph.Add(
            node.Domain, node.Type, node.Name,
            [.. node.Inputs.Select(i => i!.Type == DataType.Float32 ? Codes(graph, i, parameters) : i)],
            $"{node.Output.Name}_quantized", DataType.UInt8, node.Output.Shape, node.Attributes);
        selected.Quantization = parameters;
        QuantizedValues.ReplaceQuantizers(graph, quantizers, selected);
        graph.Remove(node);
        return true;
    }

    /// <summary>Min and Max of two tensors. With a number they are functions of one.</summary>
    private static bool IsLargerOrSmaller(Node node) =>
        (node.Is("Min") || node.Is("Max")) && node.Inputs.All(i => i is { Constant: null or { Length: > 1 } });

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
