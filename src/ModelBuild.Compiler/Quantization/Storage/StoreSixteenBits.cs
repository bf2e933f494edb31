using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Quantization.Storage;

/// <summary>
/// Mode fp16: weights (<see cref="WeightOperand"/>) are stored in 16 bits each and computed with as float32. As codes with a scale for each
/// output, or for each block of its inputs (<see cref="WideCodes"/>), or as halves where these are nearer: where the weights are halves
/// already, or of very different sizes.
/// <code>
///   w ──► MatMul        ⇒        codes (int16) ──► Cast ──► Mul(scales) ──► w ──► MatMul
///                       or       codes (int16), cut in blocks ──► Cast ──► Mul(scales) ──► Reshape ──► w ──► MatMul
///                       or       halves ──► Cast ──► w ──► MatMul
/// </code>
/// </summary>
/// <remarks>
/// What a file says this way is folded to float32 by any runtime that folds constants, and needs no younger operators than the rest.
/// </remarks>
internal static class StoreSixteenBits
{
    /// <summary>
    /// Some weights stay float32, as many as together are this part of all: those of layers in which a byte saves the most noise
    /// (<see cref="RoundingNoise"/>), which are the smallest ones, and those with outputs that one large weight makes coarse.
    /// </summary>
    private const int KeptPart = 32;

    /// <summary>
    /// Weights may lose so much, relative to their norm. Halves keep 11 bits; below 6·10⁻⁵ they keep fewer, below 3·10⁻⁸ none.
    /// </summary>
    private const double LargestLoss = 1.0 / 64;

    /// <summary>Outputs of fewer weights are not worth a scale.</summary>
    private const int SmallestGroup = 8;

    /// <summary>
    /// Weights of so few values, each so often, are clustered: as halves they have no more, and compress to an index each.
    /// </summary>
    private const int MostClusters = 256;
    private const int LeastOfCluster = 4;

    /// <summary>Stores the weights as a file would have them, under their names. Changes the graph in place.</summary>
    /// <returns>
    /// Names of the nodes that say what is stored (<see cref="StoredWeights"/>), and of weights that stay as they are: those beyond a
    /// half's range, and those that would vanish.
    /// </returns>
    public static (HashSet<string> Nodes, IReadOnlyList<string> OutOfRange, IReadOnlyList<string> Underflow) Run(Graph graph)
    {
        var nodes = new HashSet<string>(StringComparer.Ordinal);
        var outOfRange = new List<string>();
        var underflow = new List<string>();
        IReadOnlyList<(Graph Graph, WeightOperand Weights)> all =
            WeightOperand.Find(graph, out IReadOnlyDictionary<Graph, HashSet<Value>> computed);

        // None of those that stay float32 is made of halves already: these have no noise.
        HashSet<Value> kept = WeightOperand.WorthKeeping(
            [.. all.Select(w => w.Weights)], KeptPart, w => RoundingNoise.InSixteenBits(w, MayBeCodes(w)),
            WeightOperand.CodedElements(graph));
        foreach ((Graph owner, WeightOperand weights) in all.Where(w => !kept.Contains(w.Weights.Value)))
        {
            Value value = weights.Value;
            HalfWeights halves = HalfWeights.Of(weights);
            bool overflows = Overflows(value.Constant!, halves);
            double loss = SquaredErrors(value.Constant!, halves);
            if (loss != 0 && (overflows ? !IsClustered(value.Constant!) : MayBeCodes(weights))
                && WideCodes.Of(weights) is { } codes && (overflows || SquaredErrors(value.Constant!, codes) < loss)
                && !Vanishes(value, codes, computed[owner]))
            {
                LargeGarbage.Add(value.Constant!.Length * sizeof(ushort));
                nodes.UnionWith(AsCodes(owner, value, codes));
            }
            else if (overflows)
            {
                outOfRange.Add(value.Name);
            }
            else if (Vanishes(value, halves, computed[owner]))
            {
                underflow.Add(value.Name);
            }
            else
            {
                nodes.Add(AsHalves(owner, value, halves));
            }
        }

        return (nodes, outOfRange, underflow);
    }

    /// <summary>Whether each output has enough weights for a scale, and these are not clustered.</summary>
    private static bool MayBeCodes(WeightOperand weights) => weights.Value.Constant is { } constant
        && constant.Length >= SmallestGroup * constant.Dimensions[weights.Axis] && !IsClustered(constant);

    /// <summary>Whether the weights have few values, each of them often.</summary>
    private static bool IsClustered(Tensor weights)
    {
        var values = new HashSet<float>();
        foreach (float value in weights.Span<float>())
        {
            if (values.Add(value) && values.Count > MostClusters)
            {
                return false;
            }
        }

        return values.Count * LeastOfCluster <= weights.Length;
    }

    private static string AsHalves(Graph graph, Value weights, HalfWeights halves)
    {
        Value stored = graph.NewConstant($"{weights.Name}_half", halves.Halves(weights.Constant!));
        Value widened = Widen(graph, weights.Name, stored, $"{weights.Name}_widened");
        Replace(graph, weights, widened);
        return widened.Producer!.Name;
    }

    private static List<string> AsCodes(Graph graph, Value weights, WideCodes codes)
    {
        string name = weights.Name;
        Value stored = graph.NewConstant($"{name}_codes", codes.Codes());
        Value scales = graph.NewConstant($"{name}_scale", codes.Scales());
        Value steps = Widen(graph, name, stored, $"{name}_steps");
        Value widened = graph.Add(
            Domains.Onnx, "Mul", $"{name}_Mul", [steps, scales], $"{name}_widened", DataType.Float32, stored.Shape);
        List<string> nodes = [steps.Producer!.Name, widened.Producer!.Name];
        if (stored.Constant!.Rank != weights.Constant!.Rank)
        {
            Value shape = graph.NewConstant($"{name}_shape", Tensor.Of([.. weights.Constant.Dimensions], weights.Constant.Rank));
            widened = graph.Add(
                Domains.Onnx, "Reshape", $"{name}_Reshape", [widened, shape], $"{name}_whole", DataType.Float32, weights.Shape);
            nodes.Add(widened.Producer!.Name);
        }

        Replace(graph, weights, widened);
        return nodes;
    }

    private static Value Widen(Graph graph, string weights, Value stored, string name) => graph.Add(
        Domains.Onnx, "Cast", $"{weights}_Cast", [stored], name, DataType.Float32, stored.Shape,
        new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["to"] = (long)DataType.Float32 });

    /// <summary>What was rounded takes the place of the weights, under their name.</summary>
    private static void Replace(Graph graph, Value weights, Value widened)
    {
        graph.ReplaceUses(weights, widened);
        (weights.Name, widened.Name) = (widened.Name, weights.Name);
        LargeGarbage.Add(weights.Constant!.Data.Length);
        weights.Constant = null;
    }

    private static double SquaredErrors(Tensor weights, BalancedRounding.IRoundedWeights rounded) =>
        ColumnLoss.Of(weights, i => rounded[i], axis: -1).Loss[0];

    private static bool Overflows(Tensor weights, HalfWeights halves)
    {
        ReadOnlySpan<float> values = weights.Span<float>();
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsFinite(values[i]) && !double.IsFinite(halves[i]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True where rounding takes so much of the weights, or of those of one input, that little of them is left.</summary>
    private static bool Vanishes(Value weights, BalancedRounding.IRoundedWeights rounded, HashSet<Value> computed)
    {
        // The model's inputs may be large raw numbers, each column in a unit of its own. Behind an operator with weights columns are
        // alike.
        (double[] signal, double[] loss) =
            ColumnLoss.Of(weights.Constant!, i => rounded[i], ColumnLoss.Axis(weights, computed));
        double negligible = signal.DefaultIfEmpty().Max() * ColumnLoss.Dead * ColumnLoss.Dead;
        return loss.Where((l, c) => l > signal[c] * LargestLoss * LargestLoss && l > negligible).Any();
    }
}
