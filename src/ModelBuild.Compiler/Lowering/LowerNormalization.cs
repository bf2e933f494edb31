using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Lets a normalization whose rows arrive as codes, and are wanted as codes, work on integers:
/// <code>
///   v → DQ → LayerNormalization → Q → …      becomes     v → QuantizedNormalization → …
/// </code>
/// </summary>
internal sealed class LowerNormalization : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node first in graph.Nodes.Where(n => n.Is("QuantizeLinear")).ToArray())
        {
            if (first.Outputs[0] is not { Type: DataType.UInt8, Quantization: { IsPerTensor: true } parameters }
                || QuantizedValues.OnlyQuantized(graph, first.Required(0)) is not { } quantizers || quantizers[0] != first
                || LayerNormalization.Find(graph, first.Required(0)) is not { Length: <= QuantizedNormalization.MaximumLength } rows
                || QuantizedValues.QuantizedOf(rows.Input) is not { Quantization.IsPerTensor: true } codes)
            {
                continue;
            }

            string name = rows.Nodes.Reverse().Select(n => n.Name).Aggregate(Rewriting.JoinNames);
            (float[] scales, float[] offsets) = rows.Row();
            Value scale = graph.NewConstant($"{first.Output.Name}_row_scale", Tensor.Of(scales, rows.Length));
            Value offset = graph.NewConstant($"{first.Output.Name}_row_offset", Tensor.Of(offsets, rows.Length));
            Value output = graph.Add(
                Domains.Internal, InternalOperators.QuantizedNormalization, name, [codes, scale, offset], first.Output.Name, DataType.UInt8,
                first.Required(0).Shape, AttributeValue.ByName(("epsilon", rows.Epsilon), ("centered", rows.IsCentered ? 1L : 0)));
            output.Quantization = parameters;
            QuantizedValues.ReplaceQuantizers(graph, quantizers, output);
            changed = true;
        }

        graph.RemoveDead();
        return changed;
    }
}
