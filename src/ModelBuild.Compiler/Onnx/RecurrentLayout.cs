using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// A recurrent layer whose tensors begin with the batch (<c>layout</c> 1, since opset 14) is one whose tensors begin with the steps,
/// between transposes.
/// <code>
/// X [batch, steps, input] ─► LSTM ─► Y [batch, steps, directions, hidden]
/// ⇒ X ─► Transpose ─► LSTM ─► Transpose ─► Y, and so for states
/// </code>
/// </summary>
internal static class RecurrentLayout
{
    /// <summary>Of inputs and states, back and forth.</summary>
    private static readonly long[] s_swap = [1, 0, 2];

    /// <summary>Of the output: [steps, directions, batch, hidden] as [batch, steps, directions, hidden].</summary>
    private static readonly long[] s_batchFirst = [2, 0, 1, 3];

    /// <summary>Puts the steps first.</summary>
    /// <returns>The nodes in the order in which they run.</returns>
    public static IReadOnlyList<Node> PutStepsFirst(Graph graph, Node node)
    {
        var before = new List<Node>();
        var after = new List<Node>();
        node.Attributes.Remove("layout");
        foreach (int index in (int[])[0, 5, 6])
        {
            if (node.Input(index) is { } input)
            {
                Value swapped = graph.Add(
                    Domains.Onnx, "Transpose", $"{node.Name}/Transpose", [input], $"{input.Name}_swapped", default, null, Order(s_swap));
                node.SetInput(index, swapped);
                before.Add(swapped.Producer!);
            }
        }

        for (int index = 0; index < node.Outputs.Count; index++)
        {
            if (node.Outputs[index] is { } output)
            {
                Value swapped = graph.NewValue($"{output.Name}_swapped", default);
                node.SetOutput(index, swapped);
                after.Add(graph.Add(new Node(
                    Domains.Onnx, "Transpose", $"{node.Name}/Transpose", [swapped], [output], Order(index == 0 ? s_batchFirst : s_swap))));
            }
        }

        return [.. before, node, .. after];
    }

    private static Dictionary<string, AttributeValue> Order(long[] permutation) => new() { ["perm"] = permutation };
}
