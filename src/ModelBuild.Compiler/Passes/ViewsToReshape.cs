using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// Flatten, Squeeze and Unsqueeze are Reshape: one form for all that give a tensor another shape over the same elements.
/// <code>x[N,C,1,1] → Flatten   becomes   x[N,C,1,1] → Reshape(-1, C)</code>
/// Applies where at most one dimension of the result is known only at run time, which Reshape writes as −1.
/// </summary>
internal sealed class ViewsToReshape : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(n => n.Is("Flatten") || n.Is("Squeeze") || n.Is("Unsqueeze")).ToArray())
        {
            Value output = node.Output;
            Value input = node.Required(0);
            if (output.KnownShape.Count(d => !d.IsConstant) > 1)
            {
                continue;
            }

            long[] shape = [.. output.KnownShape.Select(d => d.IsConstant ? d.Value : -1)];
            Value target = graph.NewConstant($"{output.Name}_shape", Tensor.Of(shape, shape.Length));
            graph.Remove(node);
            graph.Add(new Node(Domains.Onnx, "Reshape", node.Name, [input, target], [output]));
            changed = true;
        }

        return changed;
    }
}
