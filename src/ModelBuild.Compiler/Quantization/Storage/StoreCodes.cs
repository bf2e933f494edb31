using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Quantization.Storage;

/// <summary>
/// Modes int8-weights and int4-weights: weights (<see cref="WeightOperand"/>) are stored as codes and computed with as float32.
/// <code>
///   w ──► MatMul        ⇒        codes ──► DequantizeLinear ──► w ──► MatMul
/// </code>
/// </summary>
internal static class StoreCodes
{
    /// <summary>
    /// The smallest weights stay float32 beside codes of 8 bits, and get 8 bits beside those of 4: rounding adds about the same noise to
    /// what a layer gives, however few its weights are, and so a byte buys most there.
    /// </summary>
    private const int KeptPart = 128;

    /// <summary>A group needs so many weights for codes, scale and zero point to be worth it.</summary>
    private const int SmallestGroup = 4;

    /// <summary>Whether a node has weights that no integers multiply: those of recurrent layers and tables.</summary>
    public static bool HasNoProductOfCodes(Node node) => Recurrent.IsLayer(node) || node.Is("Gather");

    /// <summary>Changes a graph in place.</summary>
    /// <param name="mode">One of the two.</param>
    /// <param name="isMeant">Which weights; null for all.</param>
    /// <param name="lost">Gets the names of weights that stay as they are since codes would lose a column of the model's inputs.</param>
    /// <returns>Names of the nodes that say what the codes stand for (<see cref="StoredWeights"/>).</returns>
    public static HashSet<string> Run(
        Graph graph, ModelMode mode, Func<Value, bool>? isMeant = null, ISet<string>? lost = null)
    {
        IReadOnlyList<(Graph Graph, WeightOperand Weights)> all =
            WeightOperand.Find(graph, out IReadOnlyDictionary<Graph, HashSet<Value>> computed);
        HashSet<Value> kept = WeightOperand.WorthKeeping(
            [.. all.Select(w => w.Weights)], KeptPart, _ => 1, WeightOperand.CodedElements(graph));
        var nodes = new HashSet<string>(StringComparer.Ordinal);
        foreach ((Graph owner, WeightOperand weights) in all
            .Where(w => !kept.Contains(w.Weights.Value) && isMeant?.Invoke(w.Weights.Value) != false))
        {
            Value value = weights.Value;
            if (value.Constant!.Length >= SmallestGroup * value.Constant.Dimensions[weights.Axis]
                && WeightCodes.Of(weights, mode == ModelMode.Int4Weights) is { } codes)
            {
                if (lost is not null && LostColumns.Any(value, i => codes[i], computed[owner]))
                {
                    lost.Add(value.Name);
                    continue;
                }

                nodes.Add(Store(owner, value, codes));
            }
        }

        return nodes;
    }

    private static string Store(Graph graph, Value weights, WeightCodes codes)
    {
        CodeGroups groups = codes.Groups;
        Tensor constant = weights.Constant!;
        Value stored = graph.NewConstant($"{weights.Name}_codes", new Tensor(DataType.UInt8, [.. constant.Dimensions], codes.Codes));
        Value scale = graph.NewConstant(
            $"{weights.Name}_scale", Tensor.Of([.. codes.Scales.Select(s => s.Scale)], groups.Dimensions));
        Value zero = graph.NewConstant(
            $"{weights.Name}_zero_point", Tensor.Of([.. codes.Scales.Select(s => (byte)s.ZeroPoint)], groups.Dimensions));
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["axis"] = (long)groups.Axis };
        if (groups.BlockSize > 0)
        {
            attributes["block_size"] = (long)groups.BlockSize;
        }

        Value reals = graph.Add(
            Domains.Onnx, "DequantizeLinear", $"{weights.Name}_DequantizeLinear", [stored, scale, zero], $"{weights.Name}_dequantized",
            DataType.Float32, weights.Shape, attributes);
        graph.ReplaceUses(weights, reals);
        (weights.Name, reals.Name) = (reals.Name, weights.Name);
        LargeGarbage.Add(constant.Data.Length);
        weights.Constant = null;
        return reals.Producer!.Name;
    }
}
