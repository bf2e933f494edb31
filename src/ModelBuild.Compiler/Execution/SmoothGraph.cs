using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Execution;

/// <summary>
/// A quantized graph without its steps: the reals that pass through a quantization are clipped to its range, and not rounded.
/// <code>
///   x → QuantizeLinear → DequantizeLinear → …               becomes   x → Clip → …
///   x → QuantizeLinear → Transpose → DequantizeLinear → …   becomes   x → Clip → Div, Add → Transpose → Sub, Mul → …
///   x → QuantizeLinear → Clip → DequantizeLinear → …        becomes   x → Clip → Div, Add → Clip → Sub, Mul → …
///   x → Div, Round, Add, Clip → Cast uint8 → Cast → …       becomes   x → Div, Add, Clip → …
///   x → Div, Round, Add, Clip → Cast uint8 → MatMulInteger  becomes   x → Div, Add, Clip → MatMul
/// </code>
/// A recurrent layer that multiplies codes computes in float.
/// How far the two are apart is what the steps cost, and so what a value may do that lies between two codes.
/// </summary>
internal static class SmoothGraph
{
    public static Graph Of(Graph graph)
    {
        Graph smooth = graph.Clone();
        foreach (Node node in smooth.Nodes)
        {
            RecurrentCoding.Remove(node);
        }

        foreach (Node quantize in smooth.Nodes.Where(n => n.Is("QuantizeLinear")).ToArray())
        {
            if (QuantizationInputs.Parameters(quantize) is { IsPerTensor: true } parameters && TakeReals(quantize.Output))
            {
                Smooth(smooth, quantize, parameters);
            }
        }

        foreach (Node cast in smooth.Nodes.Where(IsQuantization).ToArray())
        {
            if (cast.Output.Consumers.All(c => IsToFloat(c) || IsProduct(c, cast.Output)) && !smooth.IsOutput(cast.Output))
            {
                SmoothAtRunTime(smooth, cast);
            }
        }

        smooth.RemoveDead();
        return smooth;
    }

    /// <summary>The end of a quantization by a scale that the run finds, as import and the compiler write it.</summary>
    public static bool IsQuantization(Node node) => node.Is("Cast") && node.Output.Type == DataType.UInt8
        && node.Required(0).Producer is { } clip && clip.Is("Clip") && Rounding(clip) is not null;

    /// <summary>What rounds before a zero point is added.</summary>
    private static Node? Rounding(Node clip) => clip.Required(0).Producer is { } shift && shift.Is("Add")
        ? shift.Inputs.Select(i => i?.Producer)
            .FirstOrDefault(p => p is not null && p.Is("Round") && p.Required(0).Producer is { Type: "Div" })
        : null;

    private static bool IsToFloat(Node node) => node.Is("Cast") && node.Output.Type == DataType.Float32;

    private static bool IsProduct(Node node, Value codes) => node.Is("MatMulInteger") && node.Required(0) == codes && node.Inputs.Count == 2
        && node.Required(1).IsConstant && node.Output.Consumers.All(IsToFloat);

    private static void SmoothAtRunTime(Graph smooth, Node cast)
    {
        Node clip = cast.Required(0).Producer!;
        Node rounding = Rounding(clip)!;
        clip.Required(0).Producer!.ReplaceInput(rounding.Output, rounding.Required(0));
        foreach (Node reader in cast.Output.Consumers.ToArray())
        {
            if (IsToFloat(reader))
            {
                smooth.ReplaceUses(reader.Output, clip.Output);
                smooth.Remove(reader);
                continue;
            }

            Value weights = smooth.NewConstant(
                $"{reader.Required(1).Name}_reals", reader.Required(1).Constant!.ConvertTo(DataType.Float32));
            Value product = smooth.Add(
                Domains.Onnx, "MatMul", reader.Name, [clip.Output, weights], $"{reader.Output.Name}_smooth", DataType.Float32,
                reader.Output.Shape);
            foreach (Node wide in reader.Output.Consumers.ToArray())
            {
                smooth.ReplaceUses(wide.Output, product);
                smooth.Remove(wide);
            }

            smooth.Remove(reader);
        }
    }

    /// <summary>
    /// True where codes are only moved or clipped until they are dequantized, shown or cast: reals can go the same way.
    /// </summary>
    private static bool TakeReals(Value codes) => codes.Consumers.All(c =>
        c.Required(0) == codes && c.Inputs.Count(i => i == codes) == 1
        && (c.Is("DequantizeLinear") ? QuantizationInputs.Parameters(c).IsPerTensor
            : c.Is("Cast") || (IsClip(c) && TakeReals(c.Output))
                || (c.Traits().IsSelection && !c.Is("Pad") && c.Outputs.Count(o => o is not null) == 1 && TakeReals(c.Output))));

    /// <summary>As Brevitas writes fewer than eight bits.</summary>
    private static bool IsClip(Node node) => node.Is("Clip") && node.Inputs.Skip(1).All(bound => bound is null or { IsConstant: true });

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
                for (int i = 1; reader.Is("Clip") && i < reader.Inputs.Count; i++)
                {
                    if (reader.Inputs[i] is { } bound)
                    {
                        reader.SetInput(i, smooth.NewConstant($"{bound.Name}_reals", bound.Constant!.ConvertTo(DataType.Float32)));
                    }
                }

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
