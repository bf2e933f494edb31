using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// Products with a model's own inputs whose logarithm is taken: transforms of sound into frequencies, before a network. What is quiet there
/// counts as much as what is loud, and is what is left of large terms that cancel: their weights have to be exact.
/// <code>
///   sound ──► Conv ──► Mul ──► Add ──► Sqrt ──► Log ──► …
/// </code>
/// </summary>
internal static class Spectra
{
    /// <summary>What an activation has bent is a network's own, and its logarithm says how likely something is.</summary>
    private static readonly HashSet<string> s_linear = new(StringComparer.Ordinal)
    {
        "Abs", "Add", "Clip", "Concat", "Conv", "Div", "Gather", "Gemm", "MatMul", "Max", "Mul", "Pad", "Pow", "ReduceL2", "ReduceSum",
        "ReduceSumSquare", "Reshape", "Slice", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Transpose", "Unsqueeze",
    };

    /// <summary>The nodes of a graph that are such products.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="computed">What convolutions and products have a part in (<see cref="QuantizationPoints.BehindAnchors"/>).</param>
    public static HashSet<Node> Find(Graph graph, HashSet<Value> computed)
    {
        var wanted = new HashSet<Value>();
        var found = new HashSet<Node>();
        foreach (Node node in graph.Nodes.Reverse().Where(n => n.Outputs.Any(o => o is not null && (wanted.Contains(o) || IsLogged(o)))))
        {
            if (AnchorOperands.IsAnchor(node) && !computed.Contains(node.Required(0)))
            {
                found.Add(node);
            }
            else if (s_linear.Contains(node.Type))
            {
                wanted.UnionWith(node.Inputs.OfType<Value>());
            }
        }

        return found;
    }

    private static bool IsLogged(Value value) => value.Consumers.Any(c => c.Is("Log"));
}
