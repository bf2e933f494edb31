namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// What an int32 accumulator of one output can reach, exactly: Σ (x − z)·w + bias over all codes x from 0 to 255. Partial sums may wrap on
/// the way, since additions modulo 2³² do not care; only the end must fit.
/// </summary>
internal static class AccumulatorRange
{
    /// <summary>Whether an int32 holds every value that one output can take.</summary>
    /// <param name="weights">The weights of the output.</param>
    /// <param name="bias">In units of input scale × weight scale.</param>
    /// <param name="zeroPoint">Of the input.</param>
    public static bool Fits(ReadOnlySpan<sbyte> weights, double bias, int zeroPoint)
    {
        long positive = 0;
        long negative = 0;
        foreach (sbyte weight in weights)
        {
            positive += Math.Max(weight, (sbyte)0);
            negative -= Math.Min(weight, (sbyte)0);
        }

        double highest = bias + ((255 - zeroPoint) * positive) + (zeroPoint * negative);
        double lowest = bias - (zeroPoint * positive) - ((255 - zeroPoint) * negative);
        return lowest > int.MinValue && highest < int.MaxValue;
    }
}
