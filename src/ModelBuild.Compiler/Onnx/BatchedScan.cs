using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Scan as it was in opset 8: all its tensors begin with a batch of which its body knows nothing, so that it is a Scan over the samples of
/// a Scan over the steps of each.
/// <code>
/// Scan₈(lengths, h [batch, …], xs [batch, steps, …]) { (h, x) ⇒ (h′, y) }
/// ⇒ Scan(h, xs) { (h, xs) ⇒ Scan(h, xs) { (h, x) ⇒ (h′, y) } }
/// </code>
/// Gap: sequences of which not all steps are walked.
/// </summary>
internal static class BatchedScan
{
    /// <summary>The form of opset 9 always has it here, that of opset 8 never.</summary>
    private const string Directions = "scan_input_directions";

    /// <summary>Whether a node of a file of opset 8 has the form of that version.</summary>
    public static bool Is(Node node) => !node.Attributes.ContainsKey(Directions);

    /// <summary>Puts the samples around the steps.</summary>
    /// <returns>The node that takes its place.</returns>
    public static IReadOnlyList<Node> PutSamplesAround(Graph graph, Node node, InferenceContext context)
    {
        if (!node.Attributes.TryGetValue("body", out AttributeValue? attribute) || attribute.Raw is not Graph steps)
        {
            throw context.Malformed(node, "has no body.");
        }

        long sequences = node.Int("num_scan_inputs");
        int own = steps.Inputs.Count - steps.Captures;
        if (sequences < 1 || sequences > own || node.Inputs.Count != steps.Inputs.Count + 1 || node.Inputs.Skip(1).Contains(null)
            || node.Outputs.Count != steps.Outputs.Count)
        {
            throw context.Malformed(
                node,
                $"has {node.Inputs.Count - 1 - steps.Captures} inputs behind the lengths, of which it scans {sequences}, and "
                    + $"{node.Outputs.Count} outputs, and its body {own} and {steps.Outputs.Count}, which do not fit.");
        }

        Value[] given = [.. node.Inputs.Skip(1).Select(v => v!)];
        CheckLengths(node, given[own - 1], context);
        long[] directions = node.Ints("directions") is { } turned ? [.. turned] : new long[sequences];
        var samples = new Graph { Name = node.Name, Captures = steps.Captures };
        samples.Inputs.AddRange(given.Select(v => samples.NewValue(v.Name, v.Type)));
        Value[] results = [.. steps.Outputs.Select(o => samples.NewValue(o.Name, default))];
        samples.Add(new Node(
            Domains.Onnx, "Scan", node.Name, samples.Inputs, results,
            AttributeValue.ByName(("body", steps), ("num_scan_inputs", sequences), (Directions, directions))));
        samples.Outputs.AddRange(results);

        Value?[] outputs = [.. node.Outputs];
        graph.Remove(node);
        return
        [
            graph.Add(new Node(
                Domains.Onnx, "Scan", node.Name, given, outputs,
                AttributeValue.ByName(("body", samples), ("num_scan_inputs", (long)own), (Directions, new long[own])))),
        ];
    }

    /// <summary>Lengths may be there as long as they say nothing.</summary>
    private static void CheckLengths(Node node, Value sequences, InferenceContext context)
    {
        if (sequences.KnownShape.Rank < 2)
        {
            throw context.Malformed(node, $"scans '{sequences.Name}' of shape {sequences.Shape}, which has no steps behind a batch.");
        }

        if (node.Input(0) is { } lengths
            && (lengths.Constant is not { } constant || constant.ToInt64s().Any(n => !sequences.KnownShape[1].Equals(n))))
        {
            throw context.Unsupported(node, $"has sequences of lengths of their own ('{lengths.Name}').");
        }
    }
}
