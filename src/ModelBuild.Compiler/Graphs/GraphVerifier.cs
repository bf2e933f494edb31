namespace ModelBuild.Compiler.Graphs;

/// <summary>What must hold after every pass. A violation is a fault of the pass, never of the model.</summary>
internal static class GraphVerifier
{
    /// <param name="pass">Named in the message.</param>
    /// <exception cref="InvalidOperationException">The pass has left the graph inconsistent.</exception>
    public static void Verify(Graph graph, string pass)
    {
        var available = new HashSet<Value>(graph.Inputs);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (Value value in graph.Values())
        {
            Check(names.Add(value.Name), $"two values are called '{value.Name}'");
            Check(value.Producer is null || value.Constant is null, $"'{value.Name}' is a constant and made by a node");
            Check(value.Consumers.All(c => c.Graph is not null), $"a node that does not stand in the graph reads '{value.Name}'");
        }

        foreach (Node node in graph.Nodes)
        {
            for (int i = 0; i < node.Inputs.Count; i++)
            {
                Value? input = node.Inputs[i];
                Check(
                    input is null || input.IsConstant || available.Contains(input) || input is { Producer: null, Elements: not null },
                    $"{node} reads '{input?.Name}' before it is made");
                Check(node.IsKnownTo(i), $"{node} is not known to its input '{input?.Name}'");
            }

            foreach (Value? output in node.Outputs)
            {
                Check(output is null || output.Producer == node, $"'{output?.Name}' does not know {node}");
                Check(output is null || available.Add(output), $"'{output?.Name}' is made twice");
            }
        }

        foreach (Value output in graph.Outputs)
        {
            Check(available.Contains(output) || output.IsConstant, $"output '{output.Name}' is made by nobody");
        }

        void Check(bool condition, string what)
        {
            if (!condition)
            {
                throw new InvalidOperationException($"Pass '{pass}' left the graph inconsistent: {what}.");
            }
        }
    }
}
