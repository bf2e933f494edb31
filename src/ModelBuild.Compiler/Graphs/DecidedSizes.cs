using ModelBuild.Plan;

namespace ModelBuild.Compiler.Graphs;

/// <summary>
/// Sizes that floats decide, as NonMaxSuppression finds so many boxes. However little two ways of computing the floats differ, they may
/// decide differently, and then nothing behind can be compared, element by element; what lies before can.
/// </summary>
internal static class DecidedSizes
{
    /// <summary>
    /// A copy of a graph that ends where sizes are decided: in place of the outputs behind, it gives out the floats that decide, in the
    /// order of the nodes that read them.
    /// </summary>
    /// <returns>Null where no output depends on such a size.</returns>
    public static Graph? Before(Graph graph)
    {
        if (graph.Nodes.All(n => n.Bound.Count == 0))
        {
            return null;
        }

        Graph before = graph.Clone();
        var decided = new HashSet<Value>();
        var symbols = new HashSet<string>(StringComparer.Ordinal);
        var deciding = new List<Value>();
        foreach (Node node in before.Nodes)
        {
            bool isBehind = node.Inputs.OfType<Value>().Any(decided.Contains) || node.Outputs.OfType<Value>().Any(IsSized);
            Value[] floats = isBehind || node.Bound.Count == 0 ? [] : [.. NearestFloats(node)];
            if (isBehind || floats.Length > 0)
            {
                decided.UnionWith(node.Outputs.OfType<Value>());
                symbols.UnionWith(node.BoundSymbols);
                deciding.AddRange(floats);
            }
        }

        if (!before.Outputs.Any(IsDecided))
        {
            return null;
        }

        Value[] outputs = [.. before.Outputs.Where(v => !IsDecided(v)).Concat(deciding).Distinct()];
        before.Outputs.Clear();
        before.Outputs.AddRange(outputs);
        before.RemoveDead();
        return before;

        bool IsDecided(Value value) => decided.Contains(value) || IsSized(value);

        bool IsSized(Value value) =>
            ((IEnumerable<Dimension>?)value.Shape ?? []).Concat(value.Elements ?? []).SelectMany(d => d.Symbols).Any(symbols.Contains);
    }

    /// <summary>The computed floats that sizes come from, directly or through whole numbers and truth values.</summary>
    private static IEnumerable<Value> NearestFloats(Node node)
    {
        // What is moved decides nothing, only where it goes.
        var seen = new HashSet<Value>(IsMovement(node) ? node.Inputs.Take(1).OfType<Value>() : []);
        var ahead = new Stack<Node>([node]);
        while (ahead.TryPop(out Node? next))
        {
            foreach (Value value in next.Inputs.OfType<Value>().Where(v => v.Producer is not null && seen.Add(v)))
            {
                if (IsQuantizedInput(value))
                {
                    continue;
                }

                if (value.Type.IsFloat())
                {
                    yield return value;
                }
                else
                {
                    ahead.Push(value.Producer!);
                }
            }
        }
    }

    /// <summary>An input of the model stays one where it is rounded: there is nothing computed in it.</summary>
    private static bool IsQuantizedInput(Value value) =>
        value.Producer is { } dequantize && dequantize.Is("DequantizeLinear")
        && dequantize.Required(0).Producer is { } quantize && quantize.Is("QuantizeLinear") && quantize.Required(0) is { Producer: null };

    private static bool IsMovement(Node node) =>
        node.Domain == Domains.Onnx && node.Type is "Slice" or "Pad" or "Split" or "Tile" or "Expand" or "Reshape" or "TopK" or "Resize";
}
