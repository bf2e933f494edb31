namespace ModelBuild.Conformance.Tests;

/// <summary>Compares the outputs of classifiers: rows of ten scores.</summary>
internal static class Scores
{
    public const int Classes = 10;

    public static int Count(float[] scores) => scores.Length / Classes;

    public static int Top1(float[] scores, int row)
    {
        ReadOnlySpan<float> values = scores.AsSpan(row * Classes, Classes);
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            best = values[i] > values[best] ? i : best;
        }

        return best;
    }

    /// <summary>Rows with the same best class, in per cent.</summary>
    public static double Agreement(float[] a, float[] b) =>
        100.0 * Enumerable.Range(0, Count(a)).Count(row => Top1(a, row) == Top1(b, row)) / Count(a);

    /// <summary>Rows whose best class is the right one, in per cent.</summary>
    public static double Accuracy(float[] scores, Func<int, int> label) =>
        100.0 * Enumerable.Range(0, Count(scores)).Count(row => Top1(scores, row) == label(row)) / Count(scores);

    public static double SqnrDb(float[] reference, float[] scores)
    {
        double signal = reference.Sum(r => (double)r * r);
        double noise = reference.Zip(scores, (r, s) => Math.Pow((double)r - s, 2)).Sum();
        return 10 * Math.Log10(signal / noise);
    }

    /// <summary>
    /// The largest difference relative to what is expected. A value far below the largest of its tensor is the difference of larger ones,
    /// whose roundings it inherits: it counts as a hundredth of that largest.
    /// </summary>
    public static double RelativeError(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double floor = expected.Max(Math.Abs) / 100.0;
        return expected.Zip(actual, (e, a) => Math.Abs((double)e - a) / Math.Max(Math.Abs(e), floor)).Max();
    }
}
