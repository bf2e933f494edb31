using ModelBuild.Compiler.Graphs;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// Rounds weights to halves so that errors cancel in every sum. Each weight becomes one of the two halves around it; where rounding to the
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

    /// <summary>The weights as halves.</summary>
    public static Tensor ToHalves(WeightOperand weights)
    {
        Tensor constant = weights.Value.Constant!;
        ReadOnlySpan<float> values = constant.Span<float>();
        var halves = new Half[values.Length];
        Conversion.Convert(values, halves);
        var turns = new List<Turn>();
        for (int outer = 0; outer < weights.Outer && weights.Terms > 1; outer++)
        {
            for (int inner = 0; inner < weights.Inner; inner++)
            {
                Balance(values, halves, (outer * weights.Terms * weights.Inner) + inner, weights.Inner, weights.Terms, turns);
            }
        }

        return Tensor.Owning(DataType.Float16, halves, [.. constant.Dimensions]);
    }

    private static void Balance(ReadOnlySpan<float> values, Span<Half> halves, int first, int stride, int terms, List<Turn> turns)
    {
        int end = first + (terms * stride);
        double sum = 0;
        for (int i = first; i < end; i += stride)
        {
            sum += (double)halves[i] - values[i];
        }

        if (sum == 0 || !double.IsFinite(sum))
        {
            return;
        }

        double decided = 1 - Math.Min(1, Undecided / Math.Sqrt(terms));
        for (int i = first; i < end; i += stride)
        {
            double error = (double)halves[i] - values[i];
            if (error * sum > 0)
            {
                Half other = error > 0 ? Half.BitDecrement(halves[i]) : Half.BitIncrement(halves[i]);
                double change = (double)other - (double)halves[i];
                if (double.IsFinite(change) && 2 * Math.Abs(error) >= decided * Math.Abs(change))
                {
                    turns.Add(new Turn(Math.Abs(change) - (2 * Math.Abs(error)), i, other, change));
                }
            }
        }

        turns.Sort();
        foreach (Turn turn in turns)
        {
            if (Math.Abs(sum + turn.Change) < Math.Abs(sum))
            {
                sum += turn.Change;
                halves[turn.Index] = turn.Other;
            }
        }

        turns.Clear();
    }

    /// <summary>A weight that may become the other half beside it.</summary>
    /// <param name="Cost">What that adds to the squared errors, divided by what it changes.</param>
    private readonly record struct Turn(double Cost, int Index, Half Other, double Change) : IComparable<Turn>
    {
        public int CompareTo(Turn other) => Cost != other.Cost ? Cost.CompareTo(other.Cost) : Index.CompareTo(other.Index);
    }
}
