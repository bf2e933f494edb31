using System.Diagnostics;

namespace FashionMnist;

/// <summary>Runs all classifiers over all images: first for their answers (which warms them up), then for their time.</summary>
internal static class Comparison
{
    private const int Classes = 10;
    private const int Rounds = 32;
    private const int CallsPerRound = 100;

    /// <summary>How often <see cref="Run"/> calls its <c>advance</c>.</summary>
    public static int Steps(int classifiers, int images) => classifiers * (images + Rounds);

    public static Result[] Run(IReadOnlyList<Classifier> classifiers, FashionImages images, Action advance)
    {
        float[][] scores = [.. classifiers.Select(c => Score(c.Predict, images, advance))];

        // The classifiers take turns, so that a processor that slows down slows all of them down.
        double[][] microseconds = [.. classifiers.Select(_ => new double[Rounds * CallsPerRound])];
        var allocated = new long[classifiers.Count];
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < classifiers.Count; i++)
            {
                allocated[i] += Time(classifiers[i].Predict, images, microseconds[i].AsSpan(round * CallsPerRound, CallsPerRound));
                advance();
            }
        }

        return [.. classifiers.Select((classifier, i) =>
        {
            float[] reference = scores[classifiers.Index().First(c => c.Item.Model == classifier.Model && c.Item.Mode == "fp32").Index];
            Array.Sort(microseconds[i]);
            return new Result(
                classifier.Model,
                classifier.Mode,
                Percentage(images.Count, n => Best(scores[i], n) == images.Label(n)),
                Percentage(images.Count, n => Best(scores[i], n) == Best(reference, n)),
                Sqnr(reference, scores[i]),
                classifier.WeightBytes,
                microseconds[i][microseconds[i].Length / 2],
                (double)allocated[i] / (Rounds * CallsPerRound));
        })];
    }

    public static int IndexOfMaximum(ReadOnlySpan<float> scores)
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            best = scores[i] > scores[best] ? i : best;
        }

        return best;
    }

    private static float[] Score(Predict predict, FashionImages images, Action advance)
    {
        var scores = new float[images.Count * Classes];
        for (int n = 0; n < images.Count; n++)
        {
            predict(images[n], scores.AsSpan(n * Classes, Classes));
            advance();
        }

        return scores;
    }

    /// <returns>Bytes allocated by the calls.</returns>
    private static long Time(Predict predict, FashionImages images, Span<double> microseconds)
    {
        Span<float> scores = stackalloc float[Classes];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int n = 0; n < microseconds.Length; n++)
        {
            long start = Stopwatch.GetTimestamp();
            predict(images[n], scores);
            microseconds[n] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static int Best(float[] scores, int image) => IndexOfMaximum(scores.AsSpan(image * Classes, Classes));

    private static double Percentage(int count, Func<int, bool> holds) => 100.0 * Enumerable.Range(0, count).Count(holds) / count;

    private static double? Sqnr(float[] reference, float[] scores)
    {
        double signal = 0;
        double noise = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            signal += (double)reference[i] * reference[i];
            noise += Math.Pow((double)reference[i] - scores[i], 2);
        }

        return noise == 0 ? null : 10 * Math.Log10(signal / noise);
    }
}
