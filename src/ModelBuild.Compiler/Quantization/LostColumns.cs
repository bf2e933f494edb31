using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// Weights of columns that codes lose. A model's inputs may be raw numbers, each in a unit of its own: the weights of a column of large
/// numbers are small, and vanish beside those of the others, which share their scales. Its input would have made them count.
/// </summary>
internal static class LostColumns
{
    /// <summary>A column loses so much of its norm where next to none of its weights is more than half a step.</summary>
    private const double LargestLoss = 0.5;

    /// <summary>Another unit, not another weight: the ends of a window of sound are no smaller than that.</summary>
    private const double OfAnotherUnit = 1.0 / 512;

    /// <summary>More are no table but pixels, or samples of sound, of which some hardly count: their weights may vanish.</summary>
    private const int MostColumns = 64;

    /// <summary>Whether rounding loses a column of the model's inputs.</summary>
    /// <param name="weights">float32.</param>
    /// <param name="rounded">What becomes of an element.</param>
    /// <param name="computed">What products have a part in: behind an operator with weights columns are alike.</param>
    public static bool Any(Value weights, Func<int, double> rounded, HashSet<Value> computed)
    {
        int axis = ColumnLoss.Axis(weights, computed);
        Tensor constant = weights.Constant!;
        if (axis < 0 || constant.Dimensions[axis] is < 2 or > MostColumns)
        {
            return false;
        }

        (double[] signal, double[] loss) = ColumnLoss.Of(constant, rounded, axis);
        double largest = signal.Max();
        return loss.Where((l, c) => l > signal[c] * LargestLoss * LargestLoss && signal[c] > largest * ColumnLoss.Dead * ColumnLoss.Dead
            && signal[c] < largest * OfAnotherUnit * OfAnotherUnit).Any();
    }
}
