using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// A Clip of quantized values, by which some tools (Brevitas) say that they use fewer than 8 bits, is a Clip of the reals before they are
/// quantized: quantization is monotone, and the bounds are exactly quantized values.
/// <code>
///   x → Q → Clip(−7, 7) → …        becomes        x → Clip((−7 − z)·s, (7 − z)·s) → Q → …
/// </code>
/// </summary>
internal sealed class RaiseClips : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node clip in graph.Nodes.Where(n => n.Is("Clip")).ToArray())
        {
            if (clip.Required(0).Producer is not { } quantize || !quantize.Is("QuantizeLinear") || Clip.Bounds(clip) is not var (low, high)
                || QuantizationInputs.Parameters(quantize) is not { IsPerTensor: true } parameters)
            {
                continue;
            }

            Value?[] inputs = [quantize.Required(0), Bound(low, "minimum"), Bound(high, "maximum")];
            Value clipped = graph.Append(context, "Clip", clip.Name, inputs, $"{clip.Output.Name}_clipped");
            graph.Replace(
                context, clip, "QuantizeLinear", [clipped, .. quantize.Inputs.Skip(1)],
                [.. quantize.Attributes.Select(a => (a.Key, a.Value))]);
            changed = true;

            Value? Bound(float bound, string role) => float.IsInfinity(bound) ? null : graph.NewConstant(
                $"{clip.Output.Name}_{role}", Tensor.Scalar((bound - parameters.ZeroPoint) * parameters.Scale));
        }

        graph.RemoveDead();
        return changed;
    }
}
