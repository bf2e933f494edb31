namespace ModelBuild.Compiler.Pruning;

/// <summary>Spends a sparsity of all layers together where it hurts least.</summary>
internal static class SparsityShares
{
    /// <summary>
    /// How sparse each layer becomes. Noise of layers adds up, so the next zeros go to the layer in which they cost least; between measured
    /// points noise grows in proportion, and where it is no convex function of the zeros, its convex hull is taken.
    /// </summary>
    /// <param name="layers">Of each: its number of weights, and noise at the outputs for some sparsities from little to much.</param>
    /// <param name="target">Part of all weights.</param>
    /// <returns>One for each layer; the largest measured sparsity of a layer is not passed.</returns>
    public static double[] Of(IReadOnlyList<(long Weights, (double Sparsity, double Noise)[] Points)> layers, double target)
    {
        double[] shares = new double[layers.Count];
        double left = target * layers.Sum(l => (double)l.Weights);
        IEnumerable<(int Layer, double From, double To, double Slope)> pieces = layers
            .SelectMany((layer, i) => Hull(layer.Points).Select(p => (i, p.From, p.To, p.Slope / layer.Weights)))
            .OrderBy(p => p.Item4).ThenBy(p => p.i).ThenBy(p => p.From)
            .Select(p => (p.i, p.From, p.To, p.Item4));
        foreach ((int layer, double from, double to, _) in pieces)
        {
            double zeros = Math.Min(left, (to - from) * layers[layer].Weights);
            if (zeros <= 0)
            {
                continue;
            }

            shares[layer] = from + (zeros / layers[layer].Weights);
            left -= zeros;
        }

        return shares;
    }

    /// <summary>The pieces of the lower convex hull, from no zeros and no noise on.</summary>
    private static IEnumerable<(double From, double To, double Slope)> Hull((double Sparsity, double Noise)[] points)
    {
        var hull = new List<(double Sparsity, double Noise)> { (0, 0) };
        foreach ((double Sparsity, double Noise) point in points.Where(p => double.IsFinite(p.Noise)))
        {
            // In a small layer several sparsities that are tried are the same number of weights.
            if (point.Sparsity <= hull[^1].Sparsity)
            {
                continue;
            }

            while (hull.Count > 1 && Slope(hull[^2], hull[^1]) >= Slope(hull[^1], point))
            {
                hull.RemoveAt(hull.Count - 1);
            }

            hull.Add(point);
        }

        return hull.Skip(1).Zip(hull, (to, from) => (from.Sparsity, to.Sparsity, Slope(from, to)));
    }

    private static double Slope((double Sparsity, double Noise) from, (double Sparsity, double Noise) to) =>
        (to.Noise - from.Noise) / (to.Sparsity - from.Sparsity);
}
