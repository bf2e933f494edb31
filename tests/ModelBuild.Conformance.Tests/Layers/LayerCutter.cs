using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Conformance.Tests.Layers;

/// <summary>Cuts a QDQ graph where it quantizes: each piece can then be fed the very bytes that another engine has fed its own.</summary>
internal static class LayerCutter
{
    /// <summary>Operators that only move codes: what they make may lie in another order where the layout is another.</summary>
    private static readonly HashSet<string> s_moves = ["Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Identity"];

    /// <param name="graph">With ONNX's operators, QuantizeLinear and DequantizeLinear among them.</param>
    /// <param name="isKnown">Whether the other engine has a tensor of this name. The graph is not cut at others.</param>
    public static IReadOnlyList<Layer> Cut(Graph graph, Func<string, bool> isKnown)
    {
        HashSet<Value> cuts =
        [
            .. graph.Nodes.Where(n => n.Is("QuantizeLinear") && !n.Required(0).IsConstant).Select(n => n.Output)
                .Where(codes => isKnown(codes.Name) && !IsMoved(codes)),
        ];
        return [
            .. graph.Nodes.Select(n => n.Outputs[0]).OfType<Value>().Where(v => cuts.Contains(v) || graph.IsOutput(v))
            .Select(output => Cut(graph, output, cuts))];
    }

    private static bool IsMoved(Value codes)
    {
        Node? node = codes.Producer!.Required(0).Producer;
        return node is not null && s_moves.Contains(node.Type);
    }

    /// <summary>Everything from an output back to the nearest cuts.</summary>
    private static Layer Cut(Graph graph, Value output, HashSet<Value> cuts)
    {
        var nodes = new HashSet<Node>();
        var inputs = new HashSet<Value>();
        var open = new Stack<Value>([output]);
        while (open.TryPop(out Value? value))
        {
            if (value.IsConstant || inputs.Contains(value))
            {
                continue;
            }

            if (value.Producer is null || (cuts.Contains(value) && value != output))
            {
                inputs.Add(value);
            }
            else if (nodes.Add(value.Producer))
            {
                foreach (Value input in value.Producer.Inputs.OfType<Value>())
                {
                    open.Push(input);
                }
            }
        }

        var piece = new Graph { Name = output.Name, Opset = graph.Opset };
        var copies = new Dictionary<Value, Value>();
        piece.Inputs.AddRange(inputs.Select(Copy));
        foreach (Node node in graph.Nodes.Where(nodes.Contains))
        {
            piece.Add(
                new Node(
                    node.Domain, node.Type, node.Name, [.. node.Inputs.Select(v => v is null ? null : Copy(v))],
                    [.. node.Outputs.Select(v => v is null ? null : Copy(v))], node.Attributes));
        }

        piece.Outputs.Add(Copy(output));
        return new Layer(piece);

        Value Copy(Value value)
        {
            if (!copies.TryGetValue(value, out Value? copy))
            {
                copy = new Value(value.Name) { Type = value.Type, Shape = value.Shape, Constant = value.Constant };
                copies.Add(value, copy);
            }

            return copy;
        }
    }
}
