using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// A product with a vector is a product with a matrix of one row or one column, as NumPy and ONNX define it.
/// <code>
///   x [K] ──► MatMul W [K, N]           ⇒        x ──► Unsqueeze 0 ──► MatMul W ──► Squeeze −2
///   x [M, K] ──► MatMul v [K]           ⇒        x ──► MatMul (v ──► Unsqueeze 1) ──► Squeeze −1
/// </code>
/// </summary>
internal sealed class ExpandVectors : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(n => n.Is("MatMul")).ToArray())
        {
            Value left = node.Required(0);
            Value right = node.Required(1);
            var squeezed = new List<long>();
            if (left.KnownShape.Rank == 1)
            {
                left = Unsqueeze(left, 0);
                squeezed.Add(-2);
            }

            if (right.KnownShape.Rank == 1)
            {
                right = Unsqueeze(right, 1);
                squeezed.Add(-1);
            }

            if (squeezed.Count == 0)
            {
                continue;
            }

            Value product = graph.Append(context, "MatMul", node.Name, [left, right], $"{node.Output.Name}_matrix");
            Value axes = graph.NewConstant($"{node.Output.Name}_axes", Tensor.Of([.. squeezed], squeezed.Count));
            graph.Replace(context, node, "Squeeze", [product, axes]);
            changed = true;

            Value Unsqueeze(Value vector, long axis) => graph.Append(
                context, "Unsqueeze", node.Name, [vector, graph.NewConstant($"{vector.Name}_axis", Tensor.Of([axis], 1))],
                $"{vector.Name}_matrix");
        }

        return changed;
    }
}
