using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Moves operators that only move elements, or choose among them, from reals to codes, and removes pairs of DequantizeLinear and
/// QuantizeLinear that face each other:
/// <code>
///   codes → DQ → MaxPool → …      becomes   codes → MaxPool → DQ → …
///   real → Reshape → Q → …        becomes   real → Q → Reshape → …
///   codes → DQ → Q → …            becomes   codes → …             (equal parameters)
///   codes → DQ → Q → …            becomes   codes → Lookup → …    (others)
///   DQ, DQ → Concat → Q           becomes   codes, Lookup → Concat
/// </code>
/// Quantization is monotone and works on each element, so it commutes with all of these.
/// </summary>
internal sealed class PropagateQuantized : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        bool again = true;
        while (again)
        {
            again = false;
            foreach (Node node in graph.Nodes.ToArray())
            {
                // A node that an earlier rewrite of this round removed has let go of its output.
                again |= node.Outputs[0] is not null && (Merge(graph, node) || Cancel(graph, node) || SinkDequantize(graph, node) || RaiseQuantize(graph, node) || Concatenate(graph, node));
            }

            graph.RemoveDead();
            changed |= again;
        }

        return changed;
    }

    /// <summary>True for operators whose outputs are some of their first input's elements.</summary>
    public static bool IsMovement(Node node) =>
        node.Domain.Length == 0 && node.Outputs.Count(o => o is not null) == 1 && node.Type is "Reshape" or "Transpose" or "MaxPool" or "GlobalMaxPool" or "Slice" or "Identity" or "Pad";

    /// <summary>Two quantizations of one value with the same parameters are one.</summary>
    private static bool Merge(Graph graph, Node node)
    {
        if (!node.Is("QuantizeLinear") || node.Required(0).Consumers.First(c => c.Is("QuantizeLinear") && c.Output.Quantization!.Equals(node.Output.Quantization)) is not { } twin || twin == node)
        {
            return false;
        }

        graph.ReplaceUses(node.Output, twin.Output);
        graph.Remove(node);
        return true;
    }

    private static bool Cancel(Graph graph, Node node)
    {
        if (!node.Is("QuantizeLinear") || QuantizedValues.QuantizedOf(node.Required(0)) is not { } codes)
        {
            return false;
        }

        QuantizationParameters target = node.Output.Quantization!;
        Value replacement = codes.Quantization!.Equals(target)
            ? codes
            : QuantizedValues.Lookup(graph, node.Name, codes, QuantizedValues.Table(QuantizedValues.Reals(codes.Quantization), target), $"{node.Output.Name}_codes", target);
        graph.ReplaceUses(node.Output, replacement);
        graph.Remove(node);
        return true;
    }

    private static bool SinkDequantize(Graph graph, Node node)
    {
        if (!IsMovement(node) || QuantizedValues.QuantizedOf(node.Required(0)) is not { } codes)
        {
            return false;
        }

        Value real = node.Output;
        Value moved = Move(graph, node, codes, codes.Quantization!);
        graph.ReplaceUses(real, QuantizedValues.Dequantize(graph, moved));
        graph.Remove(node);
        return true;
    }

    private static bool RaiseQuantize(Graph graph, Node node)
    {
        if (!node.Is("QuantizeLinear") || node.Required(0).Producer is not { } mover || !IsMovement(mover)
            || mover.Required(0).Type != DataType.Float32 || QuantizedValues.OnlyQuantized(graph, mover.Output) is null)
        {
            return false;
        }

        QuantizationParameters parameters = node.Output.Quantization!;
        Value moved = Move(graph, mover, QuantizedValues.Quantize(graph, mover.Required(0), parameters), parameters);
        foreach (Node quantize in mover.Output.Consumers.ToArray())
        {
            graph.ReplaceUses(quantize.Output, moved);
            graph.Remove(quantize);
        }

        graph.Remove(mover);
        return true;
    }

    private static bool Concatenate(Graph graph, Node node)
    {
        Value?[] codes = [.. node.Inputs.Select(QuantizedValues.QuantizedOf)];
        if (!node.Is("Concat") || codes.Any(c => c is null))
        {
            return false;
        }

        IReadOnlyList<Node>? quantizers = QuantizedValues.OnlyQuantized(graph, node.Output);
        QuantizationParameters parameters = quantizers?[0].Output.Quantization ?? codes[0]!.Quantization!;
        if (quantizers is null && codes.Any(c => !c!.Quantization!.Equals(parameters)))
        {
            return false;
        }

        IEnumerable<Value> inputs = codes.Select(c => c!.Quantization!.Equals(parameters)
            ? c
            : QuantizedValues.Lookup(graph, node.Name, c, QuantizedValues.Table(QuantizedValues.Reals(c.Quantization!), parameters), $"{c.Name}_requantized", parameters));
        Value joined = graph.Add(Domains.Onnx, "Concat", node.Name, [.. inputs], $"{node.Output.Name}_codes", DataType.UInt8, node.Output.Shape, node.Attributes);
        joined.Quantization = parameters;
        graph.ReplaceUses(node.Output, QuantizedValues.Dequantize(graph, joined));
        graph.Remove(node);
        return true;
    }

    private static Value Move(Graph graph, Node node, Value codes, QuantizationParameters parameters)
    {
        Value?[] inputs = [codes, .. node.Inputs.Skip(1)];
        if (node.Type == "Pad")
        {
            float value = node.Input(2)?.Constant?.ToFloats()[0] ?? 0;
            inputs = [codes, node.Input(1), graph.NewConstant($"{node.Output.Name}_pad", Tensor.Of([QuantizedValues.Code(value, parameters)]))];
        }

        Value output = graph.Add(Domains.Onnx, node.Type, node.Name, inputs, $"{node.Output.Name}_codes", DataType.UInt8, node.Output.Shape, node.Attributes);
        output.Quantization = parameters;
        return output;
    }
}
