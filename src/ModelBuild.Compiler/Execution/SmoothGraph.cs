using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Execution;

/// <summary>
/// A quantized graph without its steps: the reals that pass through a quantization are clipped to its range, and not rounded.
/// <code>
///   x → QuantizeLinear → DequantizeLinear → …               becomes   x → Clip → …
///   x → QuantizeLinear → Transpose → DequantizeLinear → …   becomes   x → Clip → Div, Add → Transpose → Sub, Mul → …
/// </code>
/// How far the two are apart is what the steps cost, and so what a value may do that lies between two codes.
/// </summary>
internal static class SmoothGraph
{
    public static Graph Of(Graph graph)
    {
        Graph smooth = graph.Clone();
        foreach (Node quantize in smooth.Nodes.Where(n => n.Is("QuantizeLinear")).ToArray())
        {
            if (QuantizationInputs.Parameters(quantize) is { IsPerTensor: true } parameters && TakeReals(quantize.Output))
            {
                Smooth(smooth, quantize, parameters);
            }
        }

        smooth.RemoveDead();
        return smooth;
    }

    /// <summary>True where codes are only moved until they are dequantized, shown or cast: reals can go the same way.</summary>
    private static bool TakeReals(Value codes) => codes.Consumers.All(c =>
        c.Required(0) == codes && c.Inputs.Count(i => i == codes) == 1
        && (c.Is("DequantizeLinear") ? QuantizationInputs.Parameters(c).IsPerTensor
            : c.Is("Cast") || (c.Traits().IsSelection && !c.Is("Pad") && c.Outputs.Count(o => o is not null) == 1 && TakeReals(c.Output))));

    private static void Smooth(Graph smooth, Node quantize, QuantizationParameters parameters)
    {
        Value codes = quantize.Output;
        (double low, double high) = QuantizationInputs.Range(codes.Type);
        Value clipped =
            Apply(smooth, codes, "Clip", quantize.Required(0), Real(low - parameters.ZeroPoint), Real(high - parameters.ZeroPoint));
        foreach (Node dequantize in codes.Consumers
            .Where(c => c.Is("DequantizeLinear") && QuantizationInputs.Parameters(c).Equals(parameters)).ToArray())
        {
            smooth.ReplaceUses(dequantize.Output, clipped);
            smooth.Remove(dequantize);
        }

        if (codes.Consumers.Count == 0 && !smooth.IsOutput(codes))
        {
            return;
        }

        Value steps = Apply(smooth, codes, "Div", clipped, parameters.Scale);
        Value unrounded = Apply(smooth, codes, "Add", steps, parameters.ZeroPoint);
        smooth.ReplaceUses(codes, unrounded);
        Pass(smooth, unrounded);

        float Real(double code) => (float)(code * parameters.Scale);
    }

    /// <summary>Has everything that reads codes read reals.</summary>
    private static void Pass(Graph smooth, Value codes)
    {
        foreach (Node reader in codes.Consumers.ToArray())
        {
            if (reader.Is("DequantizeLinear"))
            {
                QuantizationParameters parameters = QuantizationInputs.Parameters(reader);
                Value steps = Apply(smooth, reader.Output, "Sub", codes, parameters.ZeroPoint);
                smooth.ReplaceUses(reader.Output, Apply(smooth, reader.Output, "Mul", steps, parameters.Scale));
                smooth.Remove(reader);
            }
            else if (!reader.Is("Cast"))
            {
                reader.Output.Type = DataType.Float32;
                Pass(smooth, reader.Output);
            }
        }
    }

    private static Value Apply(Graph smooth, Value like, string type, Value operand, params float[] constants) => smooth.Add(
        Domains.Onnx, type, like.Producer!.Name,
        [operand, .. constants.Select((c, i) => smooth.NewConstant($"{like.Name}_{type}{i}", Tensor.Scalar(c)))],
        $"{like.Name}_smooth", DataType.Float32, like.Shape);
}
