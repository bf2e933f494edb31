using System.Diagnostics;

namespace Compress.Deployed;

/// <summary>Runs all classes over all images: first for their answers, then, once they are warm, for their time.</summary>
internal static class Comparison
{
    private const int Classes = 10;
    private const int Rounds = 16;
    private const int CallsPerRound = 50;

    /// <summary>What the JIT needs for its last tier, which small classes run through before it is compiled.</summary>
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(2);

    public static Row[] Run(IReadOnlyList<Classifier> classifiers, Digits digits)
    {
        double[] accuracies = [.. classifiers.Select(c => Accuracy(c.Predict, digits))];

        double[] unused = new double[CallsPerRound];
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < s_warmUp;)
        {
            foreach (Classifier classifier in classifiers)
            {
                Time(classifier.Predict, digits, unused);
            }
        }

        // They take turns, so that a processor that slows down slows all of them down.
        double[][] times = [.. classifiers.Select(_ => new double[Rounds * CallsPerRound])];
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < classifiers.Count; i++)
            {
                Time(classifiers[i].Predict, digits, times[i].AsSpan(round * CallsPerRound, CallsPerRound));
            }
        }

        return [.. classifiers.Select((classifier, i) =>
        {
            Array.Sort(times[i]);
            byte[] weights = classifier.Weights;
            return new Row(classifier.Name, accuracies[i], weights.Length, Classifier.Zipped(weights), times[i][times[i].Length / 2]);
        })];
    }

    private static double Accuracy(Predict predict, Digits digits)
    {
        var scores = new float[Classes];
        int right = 0;
        for (int i = 0; i < digits.Count; i++)
        {
            predict(digits[i], scores);
            right += scores.IndexOf(scores.Max()) == digits.Label(i) ? 1 : 0;
        }

        return right / (double)digits.Count;
    }

    private static void Time(Predict predict, Digits digits, Span<double> microseconds)
    {
        Span<float> scores = stackalloc float[Classes];
        for (int i = 0; i < microseconds.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            predict(digits[i], scores);
            microseconds[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }
    }
}
