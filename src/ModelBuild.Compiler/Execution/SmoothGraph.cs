using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Execution;

/// <summary>
/// A quantized graph without its steps: the reals that pass through a quantization are clipped to its range, and not rounded.
/// <code>
///   x → QuantizeLinear → DequantizeLinear → …      becomes      x → Clip → …
/// </code>
/// How far the two are apart is what the steps cost, and so what a value may do that lies between two codes.
/// </summary>
internal static class SmoothGraph
{
    public static Graph Of(Graph graph)
    {
        Graph smooth = graph.Clone();
        foreach (Node dequantize in smooth.Nodes.Where(n => n.Is("DequantizeLinear")).ToArray())
        {
            if (dequantize.Required(0).Producer is not { } quantize || !quantize.Is("QuantizeLinear")
                || QuantizationInputs.Parameters(quantize) is not { IsPerTensor: true } parameters
                || !parameters.Equals(QuantizationInputs.Parameters(dequantize)))
            {
                continue;
            }

            (double low, double high) = QuantizationInputs.Range(quantize.Output.Type);
            Value real = dequantize.Output;
            Value clipped = smooth.Add(
                Domains.Onnx, "Clip", dequantize.Name, [quantize.Required(0), Bound("low", low), Bound("high", high)],
                $"{real.Name}_smooth",
                real.Type, real.Shape);
            smooth.ReplaceUses(real, clipped);

            Value Bound(string role, double code) => smooth.NewConstant(
                $"{real.Name}_{role}", Tensor.Scalar((float)((code - parameters.ZeroPoint) * parameters.Scale)));
        }

        smooth.RemoveDead();
        return smooth;
    }
}
