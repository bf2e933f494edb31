using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Dimensions of the inputs that may be 0 since what has them is only put beside something else: the keys and values that a decoder has
/// from earlier calls, of which there are none at the first.
/// </summary>
internal static class EmptyPasts
{
    /// <summary>What keeps the elements of a tensor, or computes with each of them alone.</summary>
    private static readonly HashSet<string> s_keepers =
    [
        "Identity", "Cast", "Transpose", "Squeeze", "Unsqueeze", "Reshape", "Slice", "Split", "Gather", "Where", "Add", "Sub", "Mul", "Div",
        "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Not", "And", "Or", "QuantizeLinear", "DequantizeLinear",
    ];

    /// <param name="graph">Resolved.</param>
    public static IEnumerable<Dimension> Find(Graph graph) =>
        graph.Inputs.SelectMany(i => i.KnownShape).Where(d => !d.IsConstant).Distinct().Where(d => IsPast(graph, d));

    private static bool IsPast(Graph graph, Dimension size)
    {
        Node[] readers = [.. graph.Nodes.Where(n => n.Inputs.Any(i => i?.Shape is { } shape && shape.Contains(size)))];
        return readers.Any(n => Joins(n, size)) && readers.All(n => n.Is("Shape") || Joins(n, size) || Keeps(n, size));
    }

    /// <summary>Whether a node puts tensors of the size beside another that has something in it.</summary>
    private static bool Joins(Node node, Dimension size)
    {
        if (!node.Is("Concat") || node.Output.Shape is not { } shape)
        {
            return false;
        }

        int axis = node.Axis(shape.Rank);
        Dimension rest = shape[axis].Substitute(new Dictionary<string, long>(StringComparer.Ordinal) { [size.ToString()] = 0 });
        return rest.IsPositive && !shape.Contains(size);
    }

    private static bool Keeps(Node node, Dimension size) =>
        node.Domain.Length == 0 && (s_keepers.Contains(node.Type) || node.Is("Concat"))
            && node.Outputs.All(o => o?.Shape is { } shape && shape.Contains(size))
            && !(node.Is("Gather") && node.Required(0).KnownShape is var data && data[node.Axis(data.Rank)].Equals(size));
}
