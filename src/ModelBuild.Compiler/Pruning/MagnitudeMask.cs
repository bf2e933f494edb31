namespace ModelBuild.Compiler.Pruning;

/// <summary>Which weights stay where the smallest become zero. Deterministic: of equal ones the first become zero.</summary>
public static class MagnitudeMask
{
    /// <summary>The mask of a weight.</summary>
    /// <param name="weights">As <paramref name="layout"/> says.</param>
    /// <param name="layout">Outputs × inputs.</param>
    /// <param name="pattern">What becomes zero together: the units whose sum of squares is least go first.</param>
    /// <param name="sparsity">
    /// Part of all weights that is to be zero, 0 to 1. A pattern may have no room for so many: two of four make one half at most, and what
    /// blocks leave over stays. A smaller part than the pattern allows makes some of its units zero.
    /// </param>
    /// <returns>A new array as long as the weights: true for those that stay.</returns>
    /// <exception cref="ArgumentException">There are more or fewer weights than the layout has.</exception>
    public static bool[] Of(ReadOnlySpan<float> weights, WeightLayout layout, SparsityPattern pattern, double sparsity)
    {
        if (weights.Length != layout.Length)
        {
            throw new ArgumentException($"{weights.Length} weights are not {layout.Length}.", nameof(weights));
        }

        var units = new SparsityUnits(layout, pattern);
        (int[] zeros, double[] scores) = Score(weights, units);
        return Of(weights.Length, units, zeros, LeastFirst(scores).AsSpan(0, units.CountFor(sparsity)));
    }

    /// <summary>The mask that some units make.</summary>
    /// <param name="length">How many weights there are.</param>
    /// <param name="units">All units.</param>
    /// <param name="zeros">The places that each makes zero.</param>
    /// <param name="chosen">Those that become zero.</param>
    internal static bool[] Of(int length, SparsityUnits units, int[] zeros, ReadOnlySpan<int> chosen)
    {
        bool[] mask = new bool[length];
        Array.Fill(mask, true);
        foreach (int unit in chosen)
        {
            foreach (int place in zeros.AsSpan(unit * units.Zeros, units.Zeros))
            {
                mask[place] = false;
            }
        }

        return mask;
    }

    /// <summary>The places that each unit makes zero, and the sum of their squares.</summary>
    internal static (int[] Zeros, double[] Scores) Score(ReadOnlySpan<float> weights, SparsityUnits units)
    {
        int[] zeros = new int[units.Count * units.Zeros];
        double[] scores = new double[units.Count];
        int[] places = new int[units.Size];
        double[] squares = new double[units.Size];
        for (int unit = 0; unit < scores.Length; unit++)
        {
            units.Places(unit, places);
            for (int i = 0; i < places.Length; i++)
            {
                squares[i] = (double)weights[places[i]] * weights[places[i]];
            }

            if (units.Zeros < units.Size)
            {
                SmallestFirst(squares, places);
            }

            for (int i = 0; i < units.Zeros; i++)
            {
                zeros[(unit * units.Zeros) + i] = places[i];
                scores[unit] += squares[i];
            }
        }

        return (zeros, scores);
    }

    /// <summary>All units by their scores, equal ones in the order in which they stand.</summary>
    internal static int[] LeastFirst(double[] scores)
    {
        double[] sorted = [.. scores];
        int[] order = [.. Enumerable.Range(0, scores.Length)];
        Array.Sort(sorted, order);
        for (int from = 0, to; from < order.Length; from = to)
        {
            for (to = from + 1; to < order.Length && sorted[to] == sorted[from]; to++)
            {
            }

            Array.Sort(order, from, to - from);
        }

        return order;
    }

    /// <summary>Sorts a few, equal ones in the order in which they stand.</summary>
    private static void SmallestFirst(double[] squares, int[] places)
    {
        for (int i = 1; i < squares.Length; i++)
        {
            for (int j = i; j > 0 && squares[j] < squares[j - 1]; j--)
            {
                (squares[j], squares[j - 1]) = (squares[j - 1], squares[j]);
                (places[j], places[j - 1]) = (places[j - 1], places[j]);
            }
        }
    }
}
