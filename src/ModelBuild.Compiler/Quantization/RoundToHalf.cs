using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;

namespace ModelBuild.Compiler.Quantization;

/// <summary>Mode fp16: the weights of convolutions and matrix products are stored as halves and computed with as float32.</summary>
internal static class RoundToHalf
{
    /// <summary>Rounds the weights in place, as float32 that a half can hold.</summary>
    /// <returns>Names of weights that a half cannot hold and that stay as they are.</returns>
    public static IReadOnlyList<string> Run(Graph graph)
    {
        var outOfRange = new List<string>();
        foreach (Value weights in Weights(graph))
        {
            float[] rounded = Array.ConvertAll(weights.Constant!.ToFloats(), w => (float)(Half)w);
            if (rounded.All(float.IsFinite))
            {
                weights.Constant = Tensor.Of(rounded, [.. weights.Constant.Dimensions]);
            }
            else
            {
                outOfRange.Add(weights.Name);
            }
        }

        return outOfRange;
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
