using System.Runtime.InteropServices;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Reports;

/// <summary>Looks at the weights of a model: how they are distributed, and what is stored of them.</summary>
internal static class WeightMeter
{
    /// <param name="floats">The model in float, simplified.</param>
    /// <param name="stored">The same as it is computed, where codes stand before DequantizeLinear.</param>
    public static IReadOnlyList<ReportWeights> Measure(Graph floats, Graph stored)
    {
        Dictionary<string, Node> dequantized = stored.AllGraphs().SelectMany(g => g.Nodes)
            .Where(n => n.Is("DequantizeLinear") && n.Inputs.All(i => i is null or { IsConstant: true }))
            .DistinctBy(n => n.Name).ToDictionary(n => n.Name, StringComparer.Ordinal);
        Dictionary<string, Tensor> constants = stored.AllGraphs().SelectMany(g => g.Values()).Where(v => v.IsConstant)
            .DistinctBy(v => v.Name).ToDictionary(v => v.Name, v => v.Constant!, StringComparer.Ordinal);
        return [.. WeightOperand.Find(floats, out _).Select(w => Look(w.Weights.Value))];

        ReportWeights Look(Value value)
        {
            Tensor constant = value.Constant!;
            ReadOnlySpan<float> values = constant.Span<float>();
            var weights = new ReportWeights(
                value.Origin ?? value.Name, value.Consumers.FirstOrDefault()?.Label ?? string.Empty, [.. constant.Dimensions],
                Histogram.Of(values));
            return dequantized.GetValueOrDefault($"{value.Name}_DequantizeLinear") is { } node ? WithCodes(weights, values, node)
                : DynamicQuantizer.WeightsOf(value, constants) is { } integers ? WithIntegers(weights, values, integers)
                : weights;
        }
    }

    /// <param name="integers">Codes in the order of the values, and the scale of each output.</param>
    private static ReportWeights WithIntegers(
        ReportWeights weights, ReadOnlySpan<float> values, (sbyte[] Codes, float[] Scales, Func<int, int> Output) integers)
    {
        var noise = new NoiseMeter.NoiseSum();
        for (int i = 0; i < values.Length; i++)
        {
            noise.Add(values[i], integers.Codes[i] * integers.Scales[integers.Output(i)]);
        }

        double high = (double)sbyte.MaxValue * integers.Scales.Max();
        return weights with { Low = -high, High = high, Scales = integers.Scales.Length, Sqnr = noise.Sqnr };
    }

    private static ReportWeights WithCodes(ReportWeights weights, ReadOnlySpan<float> values, Node dequantize)
    {
        float[] scales = dequantize.Required(1).Constant!.ToFloats();
        long[]? zeroPoints = dequantize.Input(2)?.Constant?.ToInt64s();
        (int least, int most) = dequantize.Required(0).Type switch
        {
            DataType.Int8 => (-127, 127),
            DataType.UInt8 => (0, 255),
            _ => (0, 0),
        };
        Tensor[]? reals = NodeEvaluator.Evaluate(dequantize, [.. dequantize.Inputs.Select(i => i?.Constant)]);
        if (most == 0 || scales.Length == 0 || reals?[0].Length != values.Length)
        {
            return weights;
        }

        if (dequantize.Int("block_size") > 0)
        {
            // Codes of four bits lie in bytes of their own until they are packed.
            most = 15;
        }

        var noise = new NoiseMeter.NoiseSum();
        ReadOnlySpan<float> results = reals[0].Span<float>();
        for (int i = 0; i < values.Length; i++)
        {
            noise.Add(values[i], results[i]);
        }

        long Zero(int i) => zeroPoints?[zeroPoints.Length == 1 ? 0 : i] ?? 0;
        return weights with
        {
            Low = scales.Select((s, i) => (double)(least - Zero(i)) * s).Min(),
            High = scales.Select((s, i) => (double)(most - Zero(i)) * s).Max(),
            Scales = scales.Length,
            Sqnr = noise.Sqnr,
        };
    }
}
