using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Moves operators that only select elements from reals to quantized values, and removes conversions that face each other:
/// <code>
///   v → DQ → MaxPool → …          becomes   v → MaxPool → DQ → …
///   x → Reshape → Q → …           becomes   x → Q → Reshape → …
///   v → DQ → Q → …                becomes   v → …                 (equal parameters)
///   v → DQ → Q → …                becomes   v → Lookup → …        (others)
///   DQ, DQ → Concat → Q           becomes   v, Lookup → Concat
///   x, y → Where → Q              becomes   x → Q, y → Q → Where
///   v → FlipSign → FlipSign → …   becomes   v → …
///   v → FlipSign → Slice → …      becomes   v → Slice → FlipSign → …
/// </code>
/// Quantization is monotone and works on each element, so it commutes with all of these.
/// </summary>
/// <remarks>
/// DequantizeLinear and FlipSign only ever move down, QuantizeLinear only up, and an operator that has moved to quantized values never
/// moves back: so it ends. One sweep in the order of the nodes takes all of the former as far down as they go, one in the opposite
/// order all of the latter as far up.
/// </remarks>
internal sealed class PropagateQuantized : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        bool again = true;
        while (again)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            again = Sink(graph) | Raise(graph);
            changed |= again;
        }

        return changed;
    }

    private static bool Sink(Graph graph)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.ToArray())
        {
            // A node that an earlier rewrite of this sweep removed has let go of its output.
            changed |= node.Outputs[0] is not null
                && (Merge(graph, node) || Cancel(graph, node) || CancelFlips(graph, node) || SinkDequantize(graph, node)
                    || SinkFlip(graph, node) || Concatenate(graph, node));
        }

        graph.RemoveDead();
        return changed;
    }

    private static bool Raise(Graph graph)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Reverse().ToArray())
        {
            changed |= node.Outputs[0] is not null && (RaiseQuantize(graph, node) || SelectedCodes.Raise(graph, node));
        }

        graph.RemoveDead();
        return changed;
    }

    private static bool IsSelection(Node node) => node.Traits().IsSelection && node.Outputs.Count(o => o is not null) == 1;

    /// <summary>Two quantizations of one value with the same parameters are one.</summary>
    private static bool Merge(Graph graph, Node node)
    {
        if (!node.Is("QuantizeLinear")
            || node.Required(0).Consumers.First(
                c => c.Is("QuantizeLinear") && c.Output.Quantization!.Equals(node.Output.Quantization)) is not { } twin
            || twin == node)
        {
            return false;
        }

        graph.ReplaceUses(node.Output, twin.Output);
        graph.Remove(node);
        return true;
    }

    private static bool Cancel(Graph graph, Node node)
    {
        if (!node.Is("QuantizeLinear") || QuantizedValues.QuantizedOf(node.Required(0)) is not { } quantized)
        {
            return false;
        }

        QuantizationParameters target = node.Output.Quantization!;
        Value replacement = quantized.Quantization!.Equals(target)
            ? quantized
            : QuantizedValues.Lookup(
                graph, node.Name, quantized, QuantizedValues.Table(QuantizedValues.Reals(quantized.Quantization), target), node.Output.Name,
                target);
        graph.ReplaceUses(node.Output, replacement);
        graph.Remove(node);
        return true;
    }

    private static bool CancelFlips(Graph graph, Node node)
    {
        if (!IsFlip(node) || node.Required(0).Producer is not { } first || !IsFlip(first))
        {
            return false;
        }

        Value source = first.Required(0);
        Value replacement = node.Output.Quantization is { } parameters
            ? QuantizedValues.WithQuantization(graph, source, parameters)
            : source;
        graph.ReplaceUses(node.Output, replacement);
        graph.Remove(node);
        return true;
    }

    private static bool SinkDequantize(Graph graph, Node node)
    {
        if (!IsSelection(node) || QuantizedValues.QuantizedOf(node.Required(0)) is not { } quantized
            || !IsExact(node, quantized.Quantization!))
        {
            return false;
        }

        Value moved = Move(graph, node, quantized, quantized.Quantization!);
        graph.ReplaceUses(node.Output, QuantizedValues.Dequantize(graph, moved));
        graph.Remove(node);
        return true;
    }

    private static bool SinkFlip(Graph graph, Node node)
    {
        if (!(IsSelection(node) || node.Is("Concat")) || node.Inputs.Count == 0)
        {
            return false;
        }

        int operands = node.Is("Concat") ? node.Inputs.Count : 1;
        if (node.Inputs.Take(operands).Any(v => v?.Producer is not { } producer || !IsFlip(producer)))
        {
            return false;
        }

        Value?[] inputs = [.. node.Inputs.Take(operands).Select(v => v!.Producer!.Required(0)), .. node.Inputs.Skip(operands)];
        DataType type = inputs[0]!.Type;
        if (node.Is("Pad"))
        {
            // A pad value is 0 where there is none. One that only the run knows would have to be flipped there.
            if (node.Input(2) is { IsConstant: false })
            {
                return false;
            }

            byte value = (byte)((node.Input(2)?.Constant!.Data.Span[0] ?? 0) ^ 0x80);
            Value filler = graph.NewConstant($"{node.Output.Name}_pad", new Tensor(type, [], new[] { value }));
            inputs = [inputs[0], inputs[1], filler, .. inputs.Skip(3)];
        }

        Value moved =
            graph.Add(node.Domain, node.Type, node.Name, inputs, $"{node.Output.Name}_flipped", type, node.Output.Shape, node.Attributes);
        Value flipped = graph.Add(
            Domains.Internal, InternalOperators.FlipSign, node.Name, [moved], node.Output.Name, node.Output.Type, node.Output.Shape);
        flipped.Quantization = node.Output.Quantization;
        graph.ReplaceUses(node.Output, flipped);
        graph.Remove(node);
        return true;
    }

    private static bool RaiseQuantize(Graph graph, Node mover)
    {
        // Of a constant the codes would be made anew in each run, and few elements are picked out of many.
        if (!IsSelection(mover) || mover.Required(0) is not { Type: DataType.Float32, IsConstant: false } || IsPick(mover)
            || !HasConstantPadValue(mover)
            || QuantizedValues.OnlyQuantized(graph, mover.Output) is not { } quantizers)
        {
            return false;
        }

        QuantizationParameters parameters = quantizers[0].Output.Quantization!;
        Value moved = Move(graph, mover, QuantizedValues.Quantize(graph, mover.Required(0), parameters), parameters);
        QuantizedValues.ReplaceQuantizers(graph, quantizers, moved);
        graph.Remove(mover);
        return true;
    }

    private static bool Concatenate(Graph graph, Node node)
    {
        if (!node.Is("Concat"))
        {
            return false;
        }

        Value?[] parts = [.. node.Inputs.Select(QuantizedValues.QuantizedOf)];
        if (parts.Contains(null))
        {
            return false;
        }

        IReadOnlyList<Node>? quantizers = QuantizedValues.OnlyQuantized(graph, node.Output);
        QuantizationParameters parameters = quantizers?[0].Output.Quantization ?? parts[0]!.Quantization!;
        if (quantizers is null && parts.Any(c => !c!.Quantization!.Equals(parameters)))
        {
            return false;
        }

        IEnumerable<Value> inputs = parts.Select(c => c!.Quantization!.Equals(parameters)
            ? c
            : QuantizedValues.Lookup(
                graph, node.Name, c, QuantizedValues.Table(QuantizedValues.Reals(c.Quantization!), parameters), $"{c.Name}_requantized",
                parameters));
        Value joined = graph.Add(
            Domains.Onnx, "Concat", node.Name, [.. inputs], $"{node.Output.Name}_quantized", DataType.UInt8, node.Output.Shape,
            node.Attributes);
        joined.Quantization = parameters;
        graph.ReplaceUses(node.Output, QuantizedValues.Dequantize(graph, joined));
        graph.Remove(node);
        return true;
    }

    /// <summary>Whether a node takes elements from places that indices name.</summary>
    public static bool IsPick(Node node) => node.Type is "Gather" or "GatherElements" or "GatherND";

    private static bool IsFlip(Node node) => node.Is(Domains.Internal, InternalOperators.FlipSign);

    private static bool HasConstantPadValue(Node node) => !node.Is("Pad") || node.Input(2) is null or { IsConstant: true };

    /// <summary>True unless the node pads with a real that the quantized values cannot say exactly.</summary>
    private static bool IsExact(Node node, QuantizationParameters parameters)
    {
        if (!node.Is("Pad"))
        {
            return true;
        }

        float value = PadValue(node);
        return HasConstantPadValue(node) && (QuantizedValues.Code(value, parameters) - parameters.ZeroPoint) * parameters.Scale == value;
    }

    private static float PadValue(Node node) => node.Input(2)?.Constant?.ToFloats()[0] ?? 0;

    private static Value Move(Graph graph, Node node, Value quantized, QuantizationParameters parameters)
    {
        Value?[] inputs = [quantized, .. node.Inputs.Skip(1)];
        if (node.Is("Pad"))
        {
            Value value = graph.NewConstant($"{node.Output.Name}_pad", Tensor.Of([QuantizedValues.Code(PadValue(node), parameters)], []));
            inputs = [quantized, node.Input(1), value, .. node.Inputs.Skip(3)];
        }

        Value output = graph.Add(
            node.Domain, node.Type, node.Name, inputs, $"{node.Output.Name}_quantized", DataType.UInt8, node.Output.Shape,
            node.Attributes);
        output.Quantization = parameters;
        return output;
    }
}
