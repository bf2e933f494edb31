using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// What is still a dequantized constant when all integer operators have been formed is read by operators in float: it becomes a float
/// constant, and so does what is computed from nothing but such.
/// <code>
///   w (s8) → DQ → Add                   becomes   w (f32) → Add
///   w (s8) → DQ → Reshape → Mul         becomes   w' (f32) → Mul
/// </code>
/// </summary>
internal sealed class FoldDequantized : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(Rewriting.IsDequantizeOfConstant).ToArray())
        {
            Value reals = node.Output;
            Tensor constant = QuantizedValues.Dequantize(node.Required(0).Constant!, node.Required(0).Quantization!);
            graph.Remove(node);
            if (graph.IsOutput(reals))
            {
                graph.Add(new Node(Domains.Onnx, "Identity", node.Name, [graph.NewConstant($"{reals.Name}_value", constant)], [reals]));
            }
            else
            {
                reals.Constant = constant;
            }

            changed = true;
        }

        return new FoldConstants().Run(graph, context) | changed;
    }
}
