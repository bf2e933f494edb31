namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>The sums of int8 weights, by which a zero point of the other factor is taken off products.</summary>
internal static class WeightSums
{
    /// <param name="weights">[outputs, …].</param>
    /// <param name="outputs">How many there are.</param>
    /// <returns>One for each output.</returns>
    public static long[] Of(ReadOnlySpan<sbyte> weights, int outputs)
    {
        var sums = new long[outputs];
        int terms = weights.Length / outputs;
        for (int o = 0; o < outputs; o++)
        {
            foreach (sbyte weight in weights.Slice(o * terms, terms))
            {
                sums[o] += weight;
            }
        }

        return sums;
    }
}
