using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Lets interpolation read and write codes itself; between its axes it goes on in reals:
/// <code>
///   v → DQ → Interpolate → …                    becomes   v → Interpolate → …
///   … → Interpolate → Q → v                     becomes   … → Interpolate → v
/// </code>
/// </summary>
internal sealed class InterpolateCodes : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(n => n.Is(Domains.Internal, InternalOperators.Interpolate)).ToArray())
        {
            if (QuantizedValues.QuantizedOf(node.Required(0)) is { Quantization.IsPerTensor: true } codes)
            {
                node.SetInput(0, codes);
                changed = true;
            }

            if (QuantizedValues.OnlyQuantized(graph, node.Output) is { } quantizers
                && quantizers[0].Output is { Type: DataType.UInt8, Quantization.IsPerTensor: true } output)
            {
                foreach (Node quantizer in quantizers.Distinct().Skip(1))
                {
                    graph.ReplaceUses(quantizer.Output, output);
                    graph.Remove(quantizer);
                }

                graph.Remove(quantizers[0]);
                node.SetOutput(0, output);
                changed = true;
            }
        }

        graph.RemoveDead();
        return changed;
    }
}
