using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// Mode fp16: weights (<see cref="WeightOperand"/>) are stored as halves (<see cref="BalancedRounding"/>) and computed with as float32.
/// </summary>
internal static class RoundToHalf
{
    /// <summary>
    /// The smallest weights stay float32, as many as together are this part of all. Rounding adds about the same noise to what a layer
    /// gives, however few its weights are: a byte buys most where a layer needs the fewest.
    /// </summary>
    private const int KeptPart = 32;

    /// <summary>
    /// Weights may lose so much, relative to their norm. Halves keep 11 bits; below 6·10⁻⁵ they keep fewer, below 3·10⁻⁸ none.
    /// </summary>
    private const double LargestLoss = 1.0 / 64;

    /// <summary>A column this far below the largest is dead, whatever its input may be.</summary>
    private const double Dead = 1e-12;

    /// <summary>
    /// Stores the weights as a file would have them: as half initializers behind Cast, under the names of the weights. Changes the graph in
    /// place.
    /// </summary>
    /// <returns>Names of weights that stay as they are: those beyond a half's range, and those that would vanish below it.</returns>
    public static (IReadOnlyList<string> OutOfRange, IReadOnlyList<string> Underflow) Run(Graph graph)
    {
        var outOfRange = new List<string>();
        var underflow = new List<string>();
        IReadOnlyList<(Graph Graph, WeightOperand Weights)> all =
            WeightOperand.Find(graph, out IReadOnlyDictionary<Graph, HashSet<Value>> computed);

        // None of those that stay float32 is made of halves already.
        HashSet<Value> kept = WeightOperand.Smallest(
            [.. all.Select(w => w.Weights.Value)], KeptPart, w => w.ToFloats().Any(f => (float)(Half)f != f),
            WeightOperand.CodedElements(graph));
        foreach ((Graph owner, WeightOperand weights) in all.Where(w => !kept.Contains(w.Weights.Value)))
        {
            Value value = weights.Value;
            Tensor halves = BalancedRounding.ToHalves(weights);
            if (Overflows(value.Constant!.Span<float>(), halves.Span<Half>()))
            {
                outOfRange.Add(value.Name);
            }
            else if (Vanishes(value, halves.Span<Half>(), computed[owner]))
            {
                underflow.Add(value.Name);
            }
            else
            {
                Store(owner, value, halves);
            }
        }

        return (outOfRange, underflow);
    }

    private static void Store(Graph graph, Value weights, Tensor halves)
    {
        Value stored = graph.NewConstant($"{weights.Name}_half", halves);
        Value widened = graph.Add(
            Domains.Onnx, "Cast", $"{weights.Name}_Cast", [stored], $"{weights.Name}_widened", DataType.Float32, weights.Shape,
            new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["to"] = (long)DataType.Float32 });
        graph.ReplaceUses(weights, widened);
        (weights.Name, widened.Name) = (widened.Name, weights.Name);
        LargeGarbage.Add(weights.Constant!.Data.Length);
        weights.Constant = null;
    }

    private static bool Overflows(ReadOnlySpan<float> values, ReadOnlySpan<Half> halves)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsFinite(values[i]) && !Half.IsFinite(halves[i]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True where rounding takes so much of the weights, or of those of one input, that little of them is left.</summary>
    private static bool Vanishes(Value weights, ReadOnlySpan<Half> rounded, HashSet<Value> computed)
    {
        // The model's inputs may be large raw numbers, each column in a unit of its own. Behind an operator with weights columns are
        // alike.
        Node anchor = weights.Consumers[0];
        bool byColumn = AnchorOperands.IsAnchor(anchor) && !weights.Consumers.All(c => computed.Contains(c.Required(0)));
        Tensor constant = weights.Constant!;
        ReadOnlySpan<float> values = constant.Span<float>();
        bool inputsFirst = anchor.Is("Conv") ? constant.Dimensions[1] == 1 : anchor.Is("MatMul") || anchor.Int("transB") == 0;
        int axis = inputsFirst ? 0 : 1;
        int columns = byColumn ? (int)constant.Dimensions[axis] : 1;
        long inner = constant.Shape.Product(axis + 1, constant.Rank).Value;
        var signal = new double[columns];
        var loss = new double[columns];
        for (int i = 0; i < values.Length; i++)
        {
            int column = (int)(i / inner % columns);
            double error = values[i] - (double)rounded[i];
            signal[column] += (double)values[i] * values[i];
            loss[column] += error * error;
        }

        double negligible = signal.DefaultIfEmpty().Max() * Dead * Dead;
        return loss.Where((l, c) => l > signal[c] * LargestLoss * LargestLoss && l > negligible).Any();
    }
}
