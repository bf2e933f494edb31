using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// Before tensors get 8-bit codes, takes out what rounds them to half precision, which is finer: between two operators it would only keep
/// them from being fused. What no convolution or matrix product reads, directly or through others, stays as the model says.
/// <code>
///   Conv ──► Cast f16 ──► Cast f32 ──► Relu ──► Conv        ⇒        Conv ──► Relu ──► Conv
/// </code>
/// </summary>
internal sealed class DropRoundings : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        var read = new HashSet<Value>();
        foreach (Node node in graph.Nodes.Reverse().ToArray())
        {
            if (!AnchorOperands.IsAnchor(node) && !node.Outputs.Any(o => o is not null && read.Contains(o)))
            {
                continue;
            }

            read.UnionWith(node.Inputs.OfType<Value>());
            if (node.Is("Cast") && node.Output is { Type: DataType.Float32 } rounded && !graph.IsOutput(rounded)
                && node.Required(0) is { Type: DataType.Float16 or DataType.BFloat16, Producer: { } narrow } && narrow.Is("Cast")
                && narrow.Required(0) is { Type: DataType.Float32 } source)
            {
                graph.Remove(node);
                graph.ReplaceUses(rounded, source);
                changed = true;
            }
        }

        return changed;
    }
}
