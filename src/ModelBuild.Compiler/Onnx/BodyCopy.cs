using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Onnx;

/// <summary>The nodes of a body as nodes of the graph around it.</summary>
internal static class BodyCopy
{
    /// <summary>Appends them.</summary>
    /// <param name="graph">The graph around it.</param>
    /// <param name="body">What belongs to nobody else, since bodies inside of it are taken over.</param>
    /// <param name="inputs">What its inputs are there, captures last.</param>
    /// <returns>The nodes in the order in which they run, and what the outputs are there.</returns>
    public static (List<Node> Nodes, Value[] Outputs) Append(Graph graph, Graph body, IReadOnlyList<Value> inputs)
    {
        var values = new Dictionary<Value, Value>();
        for (int i = 0; i < inputs.Count; i++)
        {
            values.Add(body.Inputs[i], inputs[i]);
        }

        var nodes = new List<Node>();
        foreach (Node inner in body.Nodes)
        {
            nodes.Add(graph.Add(new Node(
                inner.Domain, inner.Type, inner.Name, [.. inner.Inputs.Select(v => v is null ? null : Outside(v))],
                [.. inner.Outputs.Select(v => v is null ? null : Outside(v))], inner.Attributes)));
        }

        return (nodes, [.. body.Outputs.Select(Outside)]);

        Value Outside(Value inner)
        {
            if (!values.TryGetValue(inner, out Value? outer))
            {
                outer = graph.NewValue(inner.Name, inner.Type, inner.Shape);
                outer.Constant = inner.Constant;
                values.Add(inner, outer);
            }

            return outer;
        }
    }
}
