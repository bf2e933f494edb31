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

    /// <summary>The nodes of a graph that are such products: their weights have to be exact.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="computed">
    /// What convolutions and products have a part in (<see cref="QuantizationPoints.BehindAnchors(Graph)"/>).
    /// </param>
    public static HashSet<Node> Find(Graph graph, HashSet<Value> computed) => Find(graph, computed, []);

    /// <summary>
    /// The same and the products behind them, such as those that add frequencies up to bands: codes of what they read would have one scale
    /// for what is quiet and what is loud.
    /// </summary>
    public static HashSet<Node> FindAll(Graph graph)
    {
        var visited = new HashSet<Node>();
        HashSet<Node> found = Find(graph, QuantizationPoints.BehindAnchors(graph), visited);
        var spectra = new HashSet<Value>();
        foreach (Node node in graph.Nodes.Where(n => found.Contains(n) || (visited.Contains(n) && n.Inputs.Any(spectra.Contains!))))
        {
            spectra.UnionWith(node.Outputs.OfType<Value>());
            if (AnchorOperands.IsAnchor(node) || node.Is("MatMul"))
            {
                found.Add(node);
            }
        }

        return found;
    }

    /// <param name="visited">Gets what lies between a logarithm and what it is of.</param>
    private static HashSet<Node> Find(Graph graph, HashSet<Value> computed, HashSet<Node> visited)
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
                visited.Add(node);
                wanted.UnionWith(node.Inputs.OfType<Value>());
            }
        }

        return found;
    }

    private static bool IsLogged(Value value) => value.Consumers.Any(c => c.Is("Log"));
}
