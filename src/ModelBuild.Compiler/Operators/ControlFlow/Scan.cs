using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>A loop over the parts of tensors along an axis: import makes a Loop of it.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__Scan.html, since opset 9; that of opset 8 has become two of these.
/// <code>
///   Scan(h, xs) { (h, x) ⇒ (h′, y) }        ⇒        Loop(length of xs, h, xs) { (i, h, xs) ⇒ x = xs[i]; (h′, y) }
/// </code>
/// </remarks>
internal sealed class Scan() : Operator(
    1, int.MaxValue, ("body", AttributeKind.Graph), ("num_scan_inputs", AttributeKind.Int), ("scan_input_axes", AttributeKind.Ints),
    ("scan_input_directions", AttributeKind.Ints), ("scan_output_axes", AttributeKind.Ints),
    ("scan_output_directions", AttributeKind.Ints))
{
    public override int Outputs => int.MaxValue;

    public override void Infer(Node node, InferenceContext context) =>
        throw new InvalidOperationException($"Import has left node '{node.Name}' ({node.Type}) whole.");

    public override IReadOnlyList<Node> TakeApart(Graph graph, Node node, InferenceContext context)
    {
        Check(node, context);
        if (!node.Attributes.TryGetValue("body", out AttributeValue? attribute) || attribute.Raw is not Graph body)
        {
            throw context.Malformed(node, "has no body.");
        }

        long sequences = node.Int("num_scan_inputs");
        int own = body.Inputs.Count - body.Captures;
        if (sequences < 1 || sequences > own || node.Inputs.Count != body.Inputs.Count || node.Inputs.Contains(null)
            || body.Outputs.Count != node.Outputs.Count || body.Outputs.Count < own - sequences)
        {
            throw context.Malformed(
                node,
                $"has {node.Inputs.Count - body.Captures} inputs of which it scans {sequences} and {node.Outputs.Count} outputs, and its "
                    + $"body {own} and {body.Outputs.Count}, which do not fit.");
        }

        int states = own - (int)sequences;
        long[] axes = PerItem(node, "scan_input_axes", (int)sequences, context);
        long[] directions = PerItem(node, "scan_input_directions", (int)sequences, context);
        Value[] scanned = [.. node.Inputs.Skip(states).Take((int)sequences).Select(v => v!)];
        for (int i = 0; i < axes.Length; i++)
        {
            axes[i] = context.Axis(node, axes[i], scanned[i].KnownShape.Rank);
            context.RequireEqual(
                node, scanned[i].KnownShape[(int)axes[i]], scanned[0].KnownShape[(int)axes[0]], "scanned inputs of different lengths");
        }

        // Behind what the body reads already it reads the sequences, and the last index where one is walked backwards.
        var nodes = new List<Node>();
        Value length = Add(
            "Gather", [Add("Shape", [scanned[0]]), graph.NewConstant($"{node.Name}_axis", Tensor.Of([axes[0]], []))], ("axis", 0L));
        Value last = Add("Sub", [length, graph.NewConstant($"{node.Name}_one", Tensor.Of([1L], []))]);
        Value index = body.NewValue($"{node.Name}_index", DataType.Int64, new Shape([]));
        Value lastInside = body.NewValue($"{node.Name}_last", DataType.Int64);
        Value[] elements = [.. body.Inputs.Skip(states).Take((int)sequences)];
        Value[] inside = [.. scanned.Select((s, i) => body.NewValue($"{node.Name}_sequence{i}", s.Type))];
        Value[] captures = [.. body.Inputs.Skip(own)];
        Value[] kept = [.. body.Inputs.Take(states)];
        body.Inputs.Clear();
        body.Inputs.AddRange([index, body.NewValue($"{node.Name}_goes", DataType.Bool), .. kept, .. captures, .. inside, lastInside]);
        body.Captures = captures.Length + inside.Length + 1;
        for (int i = 0; i < elements.Length; i++)
        {
            Value place = directions[i] == 0 ? index
                : body.Add(Domains.Onnx, "Sub", node.Name, [lastInside, index], $"{node.Name}_place{i}", DataType.Int64, null);
            elements[i].Shape = null;
            body.Add(
                new Node(Domains.Onnx, "Gather", node.Name, [inside[i], place], [elements[i]], AttributeValue.ByName(("axis", axes[i]))));
        }

        Value[] results = [.. body.Outputs];
        body.Outputs.Clear();
        body.Outputs.AddRange([body.NewConstant($"{node.Name}_true", Tensor.From(DataType.Bool, [true])), .. results]);

        Value?[] outputs = [.. node.Outputs];
        Value?[] given = [.. node.Inputs];
        int collected = outputs.Length - states;
        long[] outputAxes = PerItem(node, "scan_output_axes", collected, context);
        long[] outputDirections = PerItem(node, "scan_output_directions", collected, context);
        graph.Remove(node);
        Value?[] made =
        [
            .. outputs.Take(states),
            .. outputs.Skip(states).Select((o, i) => o is null || (outputAxes[i] == 0 && outputDirections[i] == 0)
                ? o : graph.NewValue($"{o.Name}_rows", default)),
        ];
        nodes.Add(graph.Add(new Node(
            Domains.Onnx, "Loop", node.Name, [length, null, .. given.Take(states), .. given.Skip(own), .. scanned, last], made,
            AttributeValue.ByName(("body", body)))));
        for (int i = 0; i < collected; i++)
        {
            if (outputs[states + i] is { } output && made[states + i] is { } rows && rows != output)
            {
                nodes.Add(graph.Add(new Node(
                    Domains.Internal, Composites.CollectedRows, node.Name, [rows], [output],
                    AttributeValue.ByName(("axis", outputAxes[i]), ("reverse", outputDirections[i])))));
            }
        }

        return nodes;

        Value Add(string type, Value?[] inputs, params (string, AttributeValue)[] attributes)
        {
            Value output = graph.Add(
                Domains.Onnx, type, node.Name, inputs, $"{node.Name}_{type}", default, null, AttributeValue.ByName(attributes));
            nodes.Add(output.Producer!);
            return output;
        }
    }

    /// <summary>One number for each, 0 where the attribute is absent.</summary>
    private static long[] PerItem(Node node, string attribute, int count, InferenceContext context)
    {
        long[] values = node.Ints(attribute) is { } given ? [.. given] : new long[count];
        return values.Length == count ? values
            : throw context.Malformed(node, $"has {values.Length} {attribute}, and there are {count}.");
    }
}
