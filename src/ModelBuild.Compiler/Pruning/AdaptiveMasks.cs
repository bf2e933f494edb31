namespace ModelBuild.Compiler.Pruning;

/// <summary>
/// Magnitude masks of several layers that are to reach a sparsity together. What a unit is worth is its part of the squares of all units
/// of its layer that would be left with it ("layer-adaptive magnitude", Lee and others, 2021): removing it changes what the layer gives by
/// that part, whatever the layer's scale. So small layers, such as the first and the last, keep much and large ones pay for it, and no
/// layer loses its last unit. Needs no samples. Deterministic: of equal ones those of the first layers become zero first.
/// </summary>
internal static class AdaptiveMasks
{
    /// <summary>The masks.</summary>
    /// <param name="layers">The weights of each, as its layout says.</param>
    /// <param name="pattern">What becomes zero together.</param>
    /// <param name="sparsity">Part of the weights of all layers that is to be zero, 0 to 1.</param>
    /// <returns>One for each layer: true for weights that stay.</returns>
    public static bool[][] Of(IReadOnlyList<(float[] Weights, WeightLayout Layout)> layers, SparsityPattern pattern, double sparsity)
    {
        var units = new SparsityUnits[layers.Count];
        int[][] zeros = new int[layers.Count][];
        int[][] orders = new int[layers.Count][];
        double[][] parts = new double[layers.Count][];
        double left = sparsity * layers.Sum(l => (double)l.Layout.Length);
        for (int i = 0; i < layers.Count; i++)
        {
            units[i] = new SparsityUnits(layers[i].Layout, pattern);
            (zeros[i], double[] scores) = MagnitudeMask.Score(layers[i].Weights, units[i]);
            orders[i] = MagnitudeMask.LeastFirst(scores);
            parts[i] = Parts(scores, orders[i]);
        }

        int[] chosen = new int[layers.Count];
        var next = new PriorityQueue<int, (double Part, int Layer)>();
        for (int i = 0; i < layers.Count; i++)
        {
            Offer(i);
        }

        // A unit more than fits into what is left would pass the sparsity by more than half of itself.
        while (next.TryDequeue(out int layer, out _) && left >= units[layer].Zeros / 2.0)
        {
            left -= units[layer].Zeros;
            chosen[layer]++;
            Offer(layer);
        }

        return [.. layers.Select((l, i) => MagnitudeMask.Of(l.Weights.Length, units[i], zeros[i], orders[i].AsSpan(0, chosen[i])))];

        void Offer(int layer)
        {
            if (chosen[layer] < orders[layer].Length)
            {
                next.Enqueue(layer, (parts[layer][chosen[layer]], layer));
            }
        }
    }

    /// <summary>Of each unit in the order of the scores: its part of itself and those behind it. It never falls.</summary>
    private static double[] Parts(double[] scores, int[] order)
    {
        double[] parts = new double[order.Length];
        double sum = 0;
        for (int i = order.Length - 1; i >= 0; i--)
        {
            sum += scores[order[i]];
            parts[i] = scores[order[i]] > 0 ? scores[order[i]] / sum : 0;
        }

        return parts;
    }
}
