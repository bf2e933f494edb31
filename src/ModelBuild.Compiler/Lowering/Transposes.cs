using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Lowering;

/// <summary>How transposes are added, and how a permutation is read.</summary>
internal static class Transposes
{
    public static int[] Permutation(Node transpose) => Transpose.Permutation(transpose, transpose.Required(0).KnownShape.Rank);

    public static int[] Inverse(int[] permutation)
    {
        var inverse = new int[permutation.Length];
        for (int i = 0; i < inverse.Length; i++)
        {
            inverse[permutation[i]] = i;
        }

        return inverse;
    }

    /// <summary>A transposed view of a value; the inverse of a transpose gives back what the transpose reads.</summary>
    public static Value Add(Graph graph, Value value, int[] permutation)
    {
        if (permutation.SequenceEqual(Enumerable.Range(0, permutation.Length)))
        {
            return value;
        }

        if (value.Producer is { } producer && producer.Is("Transpose") && Permutation(producer).SequenceEqual(Inverse(permutation)))
        {
            // Whoever reads the transposed codes knows their scale; what they were transposed from may be without.
            Value source = producer.Required(0);
            return Permute(value.Quantization, permutation) is { } quantization
                ? QuantizedValues.WithQuantization(graph, source, quantization)
                : source;
        }

        Value output = graph.Add(
            Domains.Onnx, "Transpose", string.Empty, [value], $"{value.Name}_transposed", value.Type, value.KnownShape.Permute(permutation),
            new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["perm"] = Array.ConvertAll(permutation, p => (long)p) });
        output.Quantization = Permute(value.Quantization, permutation);
        return output;
    }

    /// <summary>
    /// Lets a node make its outputs in another order, <paramref name="inner"/>, and puts a transpose behind each that makes the old order
    /// of it. The new values take the names, by which people and calibration know them; a graph output keeps its own.
    /// </summary>
    public static void MoveAfter(Graph graph, Node node, int[] inner, int[] outer)
    {
        for (int i = 0; i < node.Outputs.Count; i++)
        {
            if (node.Outputs[i] is { } output)
            {
                MoveAfter(graph, node, i, output, inner, outer);
            }
        }
    }

    private static void MoveAfter(Graph graph, Node node, int index, Value old, int[] inner, int[] outer)
    {
        Value moved = graph.NewValue($"{old.Name}_channels_last", old.Type, old.KnownShape.Permute(inner));
        moved.Quantization = Permute(old.Quantization, inner);
        node.SetOutput(index, moved);
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal)
        {
            ["perm"] = Array.ConvertAll(outer, p => (long)p),
        };
        Node back = graph.Add(new Node(Domains.Onnx, "Transpose", string.Empty, [moved], [old], attributes));
        if (!graph.IsOutput(old))
        {
            (moved.Name, old.Name) = (old.Name, moved.Name);
        }
        else
        {
            back.Name = old.Name;
        }
    }

    public static QuantizationParameters? Permute(QuantizationParameters? parameters, int[] permutation) =>
        parameters is null || parameters.IsPerTensor ? parameters : parameters with { Axis = Array.IndexOf(permutation, parameters.Axis) };
}
