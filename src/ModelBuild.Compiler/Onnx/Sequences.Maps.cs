using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Onnx;

/// <content>
/// SequenceMap, which runs a body for each element of a sequence. Where the elements are known one by one, so are copies of the body; rows
/// become a loop that collects rows. Slices may differ in length, and so may what becomes of them: a loop then joins it all along an axis,
/// and notes where each part ends.
/// </content>
internal sealed partial class Sequences
{
    /// <summary>Puts copies of the body, or a loop over it, in the place of a SequenceMap.</summary>
    /// <returns>What is to be resolved in its place, in order, of the file's operator set; null for another node.</returns>
    /// <exception cref="CompilationException">MODELB1004 or 1005: the node is malformed, or its sequences are not known.</exception>
    public IReadOnlyList<Node>? Unroll(Graph graph, Node node, InferenceContext context)
    {
        if (!node.Is("SequenceMap"))
        {
            return null;
        }

        OperatorRegistry.Find(node)!.Check(node, context);
        if (!node.Attributes.TryGetValue("body", out AttributeValue? attribute) || attribute.Raw is not Graph body
            || body.Inputs.Count != node.Inputs.Count || node.Outputs.Count > body.Outputs.Count || node.Inputs.Any(i => i is null))
        {
            throw context.Malformed(node, "has no body that takes its inputs and makes its outputs.");
        }

        Value first = node.Required(0);
        if (!_parts.TryGetValue(first, out IReadOnlyList<Part>? parts))
        {
            throw context.Malformed(node, $"maps '{first.Name}', which is no sequence.");
        }

        int own = body.Inputs.Count - body.Captures;
        Value[] sequences = [.. node.Inputs.Take(own).OfType<Value>().Where(Contains)];
        if (sequences.All(s => _parts[s].All(p => p.IsSingle)))
        {
            return sequences.All(s => _parts[s].Count == parts.Count) ? OfEach(graph, node, body, own, parts.Count)
                : throw context.Malformed(node, "maps sequences of different lengths.");
        }

        bool joins = sequences.Any(s => _parts[s].Any(p => p.Slices is not null)) && !node.Outputs.OfType<Value>().Any(IsStacked);
        return joins ? Joining(graph, node, body, own) : Collecting(graph, node, body, own);
    }

    private static bool IsStacked(Value sequence) => sequence.Consumers.Any(c => c.Is("ConcatFromSequence") && c.Int("new_axis") != 0);

    private List<Node> OfEach(Graph graph, Node node, Graph body, int own, int count)
    {
        var nodes = new List<Node>();
        Part[][] made = [.. node.Outputs.Select(_ => new Part[count])];
        Value?[] outputs = [.. node.Outputs];
        Value[] inputs = [.. node.Inputs.Select(i => i!)];
        graph.Remove(node);
        for (int i = 0; i < count; i++)
        {
            (List<Node> copy, Value[] results) = BodyCopy.Append(
                graph, body.Clone(), [.. inputs.Select((v, j) => j < own && Contains(v) ? _parts[v][i].Value : v)]);
            nodes.AddRange(copy);
            for (int j = 0; j < made.Length; j++)
            {
                made[j][i] = new Part(results[j], false);
            }
        }

        for (int j = 0; j < made.Length; j++)
        {
            if (outputs[j] is { } output)
            {
                _parts[output] = made[j];
            }
        }

        return nodes;
    }

    /// <summary>A loop whose results of one iteration are a row.</summary>
    private List<Node> Collecting(Graph graph, Node node, Graph body, int own)
    {
        var nodes = new List<Node>();
        Value length = Append(graph, nodes, "SequenceLength", node, [node.Required(0)]);
        Graph copy = body.Clone();
        Counted(node, copy, own, carried: [], skipped: 0);
        Value?[] outputs = [.. node.Outputs];
        Value[] rows = [.. copy.Outputs.Skip(1).Select(o => graph.NewValue($"{node.Name}/{o.Name}", default))];
        Value?[] inputs = [length, null, .. node.Inputs];
        graph.Remove(node);
        nodes.Add(graph.Add(new Node(Domains.Onnx, "Loop", node.Name, inputs, rows, AttributeValue.ByName(("body", copy)))));
        for (int i = 0; i < outputs.Length; i++)
        {
            if (outputs[i] is { } output)
            {
                _parts[output] = [new Part(rows[i], true)];
            }
        }

        return nodes;
    }

    /// <summary>
    /// The body once for the first element, then a loop that appends to what came before, and to a list of where each part ends.
    /// </summary>
    private List<Node> Joining(Graph graph, Node node, Graph body, int own)
    {
        var nodes = new List<Node>();
        Value zero = graph.NewConstant($"{node.Name}/zero", Tensor.Of([0L], []));
        Value[] firsts =
        [
            .. node.Inputs.Select((v, i) => i < own && Contains(v!) ? Append(graph, nodes, "SequenceAt", node, [v, zero]) : v!),
        ];
        (List<Node> once, Value[] results) = BodyCopy.Append(graph, body.Clone(), firsts);
        nodes.AddRange(once);

        int axisOfSlices = node.Inputs.OfType<Value>().Where(Contains).SelectMany(s => _parts[s])
            .First(p => p.Slices is not null).Slices!.Axis;
        Value?[] outputs = [.. node.Outputs];
        long[] axes = [.. outputs.Select(o => o is null ? axisOfSlices : JoinedAlong(o) ?? axisOfSlices)];
        Value one = graph.NewConstant($"{node.Name}/one", Tensor.Of([1L], []));
        Value length = Append(graph, nodes, "SequenceLength", node, [node.Required(0)]);
        Value rest = Append(graph, nodes, "Sub", node, [length, one]);
        Value[] ends = [.. axes.Select((axis, i) => End(graph, nodes, node, results[i], axis))];

        Graph copy = body.Clone();
        while (copy.Outputs.Count > axes.Length)
        {
            copy.Outputs.RemoveAt(axes.Length);
        }

        Counted(node, copy, own, axes, skipped: 1);
        Value[] joined = [.. axes.Select((_, i) => graph.NewValue($"{node.Name}/joined", default))];
        Value[] allEnds = [.. axes.Select((_, i) => graph.NewValue($"{node.Name}/ends", default))];
        Value?[] inputs = [rest, null, .. results.Take(axes.Length).Zip(ends).SelectMany(p => new[] { p.First, p.Second }), .. node.Inputs];
        graph.Remove(node);
        nodes.Add(graph.Add(new Node(
            Domains.Onnx, "Loop", node.Name, inputs, [.. joined.Zip(allEnds).SelectMany(p => new[] { p.First, p.Second })],
            AttributeValue.ByName(("body", copy)))));
        for (int i = 0; i < outputs.Length; i++)
        {
            if (outputs[i] is { } output)
            {
                Value none = graph.NewConstant($"{node.Name}/none", Tensor.Of([0L], 1));
                Value last = graph.NewConstant($"{node.Name}/last", Tensor.Of([-1L], 1));
                Value before = Append(graph, nodes, "Slice", node, [allEnds[i], none, last, none]);
                Value starts = Append(graph, nodes, "Concat", node, [none, before], ("axis", 0L));
                _parts[output] = [new Part(joined[i], false, new Slices((int)axes[i], starts, allEnds[i], null))];
            }
        }

        return nodes;
    }

    /// <summary>The axis along which a sequence is joined later, if it is and counts from the front.</summary>
    private static long? JoinedAlong(Value sequence) =>
        sequence.Consumers.FirstOrDefault(c => c.Is("ConcatFromSequence")) is { } concat && concat.Int("axis") is >= 0 and var axis
            ? axis : null;

    /// <summary>
    /// Makes the body of a loop of one that takes elements: it reads them by the number of the iteration out of the sequences, which it
    /// captures like all else that it takes.
    /// </summary>
    /// <param name="carried">The axes along which its outputs are joined; none where each is a row.</param>
    /// <param name="skipped">How many elements come before those of the loop.</param>
    private void Counted(Node node, Graph body, int own, long[] carried, long skipped)
    {
        Value index = body.NewValue($"{node.Name}/iteration", DataType.Int64, new Shape([]));
        Value goes = body.NewValue($"{node.Name}/goes", DataType.Bool, new Shape([]));
        var ahead = new List<Node>();
        Value place = skipped == 0 ? index
            : Append(body, ahead, "Add", node, [index, body.NewConstant($"{node.Name}/skipped", Tensor.Of([skipped], []))]);
        for (int i = 0; i < own; i++)
        {
            if (Contains(node.Required(i)))
            {
                Value element = body.Inputs[i];
                body.Inputs[i] = body.NewValue(node.Required(i).Name, default);
                body.Add(new Node(Domains.Onnx, "SequenceAt", node.Name, [body.Inputs[i], place], [element]));
            }
        }

        var made = new List<Value>();
        var states = new List<Value>();
        for (int i = 0; i < carried.Length; i++)
        {
            Value before = body.NewValue($"{node.Name}/before", default);
            Value endsBefore = body.NewValue($"{node.Name}/ends_before", default);
            Value after = Append(body, ahead, "Concat", node, [before, body.Outputs[i]], ("axis", carried[i]));
            Value end = End(body, ahead, node, after, carried[i]);
            made.AddRange([after, Append(body, ahead, "Concat", node, [endsBefore, end], ("axis", 0L))]);
            states.AddRange([before, endsBefore]);
        }

        if (carried.Length > 0)
        {
            body.Outputs.Clear();
            body.Outputs.AddRange(made);
        }

        body.Inputs.InsertRange(0, [index, goes, .. states]);
        body.Outputs.Insert(0, Append(body, ahead, "Identity", node, [goes]));
        body.Captures += own;
    }

    /// <summary>[1]: how long a value is along an axis.</summary>
    private static Value End(Graph graph, List<Node> nodes, Node node, Value value, long axis) => Append(
        graph, nodes, "Gather", node,
        [Append(graph, nodes, "Shape", node, [value]), graph.NewConstant($"{node.Name}/axis", Tensor.Of([axis], 1))], ("axis", 0L));

    private static Value Append(
        Graph graph, List<Node> nodes, string type, Node node, Value?[] inputs, params (string Name, AttributeValue Value)[] attributes)
    {
        Value output = graph.NewValue($"{node.Name}/{type}_output", default);
        nodes.Add(graph.Add(new Node(
            Domains.Onnx, type, $"{node.Name}/{type}", inputs, [output], AttributeValue.ByName(attributes))));
        return output;
    }
}
