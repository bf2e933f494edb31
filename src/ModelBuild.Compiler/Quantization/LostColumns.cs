using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// Weights of columns that codes lose. A model's inputs may be raw numbers, each in a unit of its own: the weights of a column of large
/// numbers are small, and vanish beside those of the others, which share their scales. Its input would have made them count.
/// </summary>
internal static class LostColumns
{
    /// <summary>A column loses so much of its norm where next to none of its weights is more than half a step.</summary>
    private const double LargestLoss = 0.5;

    /// <summary>Below that, beside the largest column, nothing was meant to be there.</summary>
    private const double Dead = 1e-12;

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
        Node? reader = weights.Consumers.FirstOrDefault(c => c.Input(1) == weights && !computed.Contains(c.Required(0)));
        Tensor constant = weights.Constant!;
        int axis = reader is null ? -1
            : Recurrent.IsLayer(reader) ? 2
            : !AnchorOperands.IsAnchor(reader) || (!reader.Is("Conv") && constant.Rank != 2) ? -1
            : AnchorOperands.HasOutputsFirst(reader) ? 1 : 0;
        if (axis < 0 || constant.Dimensions[axis] is < 2 or > MostColumns)
        {
            return false;
        }

        ReadOnlySpan<float> values = constant.Span<float>();
        int columns = (int)constant.Dimensions[axis];
        long inner = constant.Shape.Product(axis + 1, constant.Rank).Value;
        var signal = new double[columns];
        var loss = new double[columns];
        for (int i = 0; i < values.Length; i++)
        {
            int column = (int)(i / inner % columns);
            double error = values[i] - rounded(i);
            signal[column] += (double)values[i] * values[i];
            loss[column] += error * error;
        }

        double largest = signal.Max();
        return loss.Where((l, c) => l > signal[c] * LargestLoss * LargestLoss && signal[c] > largest * Dead * Dead
            && signal[c] < largest * OfAnotherUnit * OfAnotherUnit).Any();
    }
}
