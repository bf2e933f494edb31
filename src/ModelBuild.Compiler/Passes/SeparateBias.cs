using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// A bias that only the run knows is a sum behind the convolution: kernels bake biases in.
/// <code>
///   Conv (x, W, b)        ⇒        Conv (x, W) ──► Add (b ──► Unsqueeze)
/// </code>
/// </summary>
internal sealed class SeparateBias : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(n => n.Is("Conv")).ToArray())
        {
            if (node.Input(2) is not { IsConstant: false } bias || Rewriting.IsDequantizedConstant(bias))
            {
                continue;
            }

            int spatial = node.Output.KnownShape.Rank - 2;
            Value axes = graph.NewConstant($"{node.Name}_axes", Tensor.Of([.. Enumerable.Range(1, spatial).Select(i => (long)i)], spatial));
            Value channels = graph.Append(context, "Unsqueeze", node.Name, [bias, axes], $"{bias.Name}_channels");
            Value sum = node.Output;
            Value product = graph.NewValue($"{sum.Name}_product", sum.Type, sum.Shape);
            node.SetInput(2, null);
            node.SetOutput(0, product);
            graph.Add(new Node(Domains.Onnx, "Add", node.Name, [product, channels], [sum]));
            changed = true;
        }

        return changed;
    }
}
