using System.Diagnostics;

namespace LabelImage;

/// <summary>The signature that the generated classes share: pixels in, a score for each class out, nothing allocated.</summary>
/// <param name="pixels">224 rows of 224 pixels: red, green and blue of each.</param>
/// <param name="scores">Receives a number for each class, the largest for the likeliest.</param>
internal delegate void Predict(ReadOnlySpan<byte> pixels, Span<float> scores);

/// <summary>One of the generated classes.</summary>
internal sealed record Labeler(string Mode, Type Class, Predict Predict)
{
    private const int Rounds = 15;

    private readonly float[] _scores = new float[LabelerFp32.LogitsLength];

    /// <summary>Bytes that the model adds to the application: those of the resource that the build has embedded.</summary>
    public long Bytes
    {
        get
        {
            string resource = Class.Assembly.GetManifestResourceNames()
                .Single(n => $".{n}".EndsWith($".{Class.Name}.weights", StringComparison.OrdinalIgnoreCase));
            using Stream stream = Class.Assembly.GetManifestResourceStream(resource)!;
            return stream.Length;
        }
    }

    /// <summary>The class that is likeliest.</summary>
    public int Best(ReadOnlySpan<byte> pixels)
    {
        Predict(pixels, _scores);
        return Array.IndexOf(_scores, _scores.Max());
    }

    /// <summary>The likeliest classes and how likely they are, the likeliest first.</summary>
    public IEnumerable<(int Class, double Probability)> Top(ReadOnlySpan<byte> pixels, int count)
    {
        Predict(pixels, _scores);

        // Softmax: the network ends in scores.
        double largest = _scores.Max();
        double sum = _scores.Sum(s => Math.Exp(s - largest));
        return [.. _scores.Index().OrderByDescending(s => s.Item).Take(count).Select(s => (s.Index, Math.Exp(s.Item - largest) / sum))];
    }

    /// <summary>How long a call takes, the median of some after others for warming up.</summary>
    public double Milliseconds(ReadOnlySpan<byte> pixels)
    {
        var times = new double[2 * Rounds];
        for (int i = 0; i < times.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Predict(pixels, _scores);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        return times.Skip(Rounds).Order().ElementAt(Rounds / 2);
    }
}
