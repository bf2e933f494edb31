using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;

namespace ModelBuild.Compiler.Quantization;

/// <summary>Mode fp16: the weights of convolutions and matrix products are stored as halves and computed with as float32.</summary>
internal static class RoundToHalf
{
    /// <summary>
    /// Weights of one input column may lose so much, relative to their norm. Halves keep 11 bits; below 6·10⁻⁵ they keep fewer, below
    /// 3·10⁻⁸ none.
    /// </summary>
    private const double LargestLoss = 1.0 / 64;

    /// <summary>Rounds the weights in place, as float32 that a half can hold.</summary>
    /// <returns>
    /// Names of weights that stay as they are: those beyond a half's range, and those below it that multiply the model's inputs, which
    /// may be large raw numbers.
    /// </returns>
    public static (IReadOnlyList<string> OutOfRange, IReadOnlyList<string> Underflow) Run(Graph graph)
    {
        var outOfRange = new List<string>();
        var underflow = new List<string>();
        HashSet<Value> first = [.. graph.Nodes.Where(n => AnchorOperands.IsAnchor(n) && ReadsInput(graph, n.Required(0))).Select(n => n.Required(1))];
        foreach (Value weights in Weights(graph))
        {
            float[] values = weights.Constant!.ToFloats();
            float[] rounded = Array.ConvertAll(values, w => (float)(Half)w);
            if (values.Where((w, i) => float.IsFinite(w) && !float.IsFinite(rounded[i])).Any())
            {
                outOfRange.Add(weights.Name);
            }
            else if (first.Contains(weights) && LosesColumn(weights, values, rounded))
            {
                underflow.Add(weights.Name);
            }
            else
            {
                weights.Constant = Tensor.Of(rounded, [.. weights.Constant.Dimensions]);
            }
        }

        return (outOfRange, underflow);
    }

    /// <summary>True for an input of the model, also when elements were moved or constants combined with it.</summary>
    private static bool ReadsInput(Graph graph, Value value)
    {
        while (value.Producer is { } node && (node.Traits().IsSelection || node.Traits().IsElementwise) && node.Inputs.Skip(1).All(i => i is null or { IsConstant: true }))
        {
            value = node.Required(0);
        }

        return graph.Inputs.Contains(value);
    }

    /// <summary>True where all the weights of one input vanish, or nearly.</summary>
    private static bool LosesColumn(Value weights, float[] values, float[] rounded)
    {
        int axis = weights.Consumers[0].Is("MatMul") || (weights.Consumers[0].Is("Gemm") && weights.Consumers[0].Int("transB") == 0) ? 0 : 1;
        Tensor constant = weights.Constant!;
        int columns = (int)constant.Dimensions[axis];
        long inner = constant.Shape.Product(axis + 1, constant.Rank).Value;
        var signal = new double[columns];
        var loss = new double[columns];
        for (int i = 0; i < values.Length; i++)
        {
            int column = (int)(i / inner % columns);
            double error = (double)values[i] - rounded[i];
            signal[column] += (double)values[i] * values[i];
            loss[column] += error * error;
        }

        return signal.Where((s, i) => loss[i] > s * LargestLoss * LargestLoss).Any();
    }

    /// <summary>The same model as a file would have it: half initializers behind Cast. Changes the graph in place.</summary>
    public static void StoreAsHalves(Graph graph)
    {
        foreach (Value weights in Weights(graph))
        {
            float[] values = weights.Constant!.ToFloats();
            Half[] halves = Array.ConvertAll(values, w => (Half)w);
            if (halves.Zip(values).Any(p => (float)p.First != p.Second))
            {
                continue;
            }

            Value stored = graph.NewConstant($"{weights.Name}_half", Tensor.From<Half>(DataType.Float16, halves, [.. weights.Constant.Dimensions]));
            Value widened = graph.Add(
                Domains.Onnx, "Cast", $"{weights.Name}_Cast", [stored], $"{weights.Name}_widened", DataType.Float32, weights.Shape,
                new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["to"] = (long)DataType.Float32 });
            graph.ReplaceUses(weights, widened);
        }

        graph.Sort();
    }

    private static Value[] Weights(Graph graph) =>
        [.. graph.Nodes.Where(AnchorOperands.IsAnchor).Select(n => n.Required(1)).Where(v => v.Constant is { Type: DataType.Float32 }).Distinct()];
}
