namespace ModelBuild.Compiler.Reports;

/// <summary>How often values lie where.</summary>
/// <param name="Minimum">The least finite value; 0 where there are none.</param>
/// <param name="Maximum">The greatest.</param>
/// <param name="Counts">
/// Of bins that are equally wide and side by side from the least to the greatest, the last one with both its ends.
/// </param>
internal sealed record Histogram(double Minimum, double Maximum, IReadOnlyList<long> Counts)
{
    /// <summary>Number of bins.</summary>
    public const int Bins = 64;

    /// <summary>Of values that are at hand.</summary>
    public static Histogram Of(ReadOnlySpan<float> values)
    {
        (float minimum, float maximum) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (float value in values)
        {
            if (float.IsFinite(value))
            {
                minimum = MathF.Min(minimum, value);
                maximum = MathF.Max(maximum, value);
            }
        }

        long[] counts = new long[Bins];
        if (minimum > maximum)
        {
            return new Histogram(0, 0, counts);
        }

        Count(values, minimum, maximum, counts);
        return new Histogram(minimum, maximum, counts);
    }

    /// <summary>Counts values; those outside the range, and those that are not finite, count nowhere.</summary>
    public static void Count(ReadOnlySpan<float> values, double minimum, double maximum, long[] counts)
    {
        double width = (maximum - minimum) / counts.Length;
        foreach (float value in values)
        {
            if (value >= minimum && value <= maximum)
            {
                counts[width > 0 ? Math.Min((int)((value - minimum) / width), counts.Length - 1) : 0]++;
            }
        }
    }
}
