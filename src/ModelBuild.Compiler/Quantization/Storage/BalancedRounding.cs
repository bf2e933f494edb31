using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Quantization.Storage;

/// <summary>
/// Rounds weights so that errors cancel in every sum. Each weight becomes one of the two halves or codes around it; where rounding to the
/// nearest leaves the weights of a sum too large or too small together, those that lay nearly in the middle go the other way.
/// </summary>
/// <remarks>
/// Behind most activations the inputs of a sum have much of their size in common, and what they have in common is multiplied by the sum
/// of the errors. The price is small: of n weights about √n / 4 are turned, and each of these was nearly undecided.
/// </remarks>
internal static class BalancedRounding
{
    /// <summary>
    /// The undecided that are looked at, in 1/√n of all: of those a half lies on the right side, so that their errors together reach
    /// several times as far as a sum of n errors usually lies off.
    /// </summary>
    private const double Undecided = 4;

    /// <summary>Turns weights that were rounded to the nearest.</summary>
    public static void Balance(WeightOperand weights, IRoundedWeights rounded)
    {
        ReadOnlySpan<float> values = weights.Value.Constant!.Span<float>();
        var turns = new List<Turn>();
        for (int outer = 0; outer < weights.Outer && weights.Terms > 1; outer++)
        {
            for (int inner = 0; inner < weights.Inner; inner++)
            {
                Balance(values, rounded, (outer * weights.Terms * weights.Inner) + inner, weights.Inner, weights.Terms, turns);
            }
        }
    }

    private static void Balance(
        ReadOnlySpan<float> values, IRoundedWeights rounded, int first, int stride, int terms, List<Turn> turns)
    {
        int end = first + (terms * stride);
        double sum = 0;
        for (int i = first; i < end; i += stride)
        {
            sum += rounded[i] - values[i];
        }

        if (sum == 0 || !double.IsFinite(sum))
        {
            return;
        }

        double decided = 1 - Math.Min(1, Undecided / Math.Sqrt(terms));
        for (int i = first; i < end; i += stride)
        {
            double error = rounded[i] - values[i];
            if (error * sum > 0)
            {
                double change = rounded.Neighbour(i, down: error > 0) - rounded[i];
                if (double.IsFinite(change) && 2 * Math.Abs(error) >= decided * Math.Abs(change))
                {
                    turns.Add(new Turn(Math.Abs(change) - (2 * Math.Abs(error)), i, change));
                }
            }
        }

        turns.Sort();
        foreach (Turn turn in turns)
        {
            if (Math.Abs(sum + turn.Change) < Math.Abs(sum))
            {
                sum += turn.Change;
                rounded.Turn(turn.Index, down: turn.Change < 0);
            }
        }

        turns.Clear();
    }

    /// <summary>Weights as they were rounded, each of which may become its neighbour.</summary>
    internal interface IRoundedWeights
    {
        /// <summary>What a weight is now.</summary>
        double this[int index] { get; }

        /// <summary>What it would be one step lower or higher; NaN where there is no such step.</summary>
        double Neighbour(int index, bool down);

        /// <summary>Makes it that.</summary>
        void Turn(int index, bool down);
    }

    /// <summary>A weight that may become what is beside it.</summary>
    /// <param name="Cost">What that adds to the squared errors, divided by what it changes.</param>
    private readonly record struct Turn(double Cost, int Index, double Change) : IComparable<Turn>
    {
        public int CompareTo(Turn other) => Cost != other.Cost ? Cost.CompareTo(other.Cost) : Index.CompareTo(other.Index);
    }
}
