namespace ModelBuild.Benchmarks.Accuracy;

/// <summary>How near outputs are to those in floats, over many samples.</summary>
internal sealed class AccuracyScore
{
    private double _signal;
    private double _noise;
    private double _cosines;
    private int _same;

    /// <summary>Samples that were compared.</summary>
    public int Count { get; private set; }

    /// <summary>In dB: all samples together.</summary>
    public double Sqnr => 10 * Math.Log10(_signal / _noise);

    /// <summary>Samples with the same largest output, in per cent.</summary>
    public double Agreement => 100.0 * _same / Count;

    /// <summary>The mean over samples.</summary>
    public double Cosine => _cosines / Count;

    /// <param name="expected">The output of a sample.</param>
    /// <param name="actual">As long.</param>
    public void Add(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double signal = 0;
        double other = 0;
        double product = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            signal += (double)expected[i] * expected[i];
            other += (double)actual[i] * actual[i];
            product += (double)expected[i] * actual[i];
            _noise += Math.Pow((double)expected[i] - actual[i], 2);
        }

        _signal += signal;
        _cosines += product / Math.Sqrt(signal * other);
        _same += Largest(expected) == Largest(actual) ? 1 : 0;
        Count++;
    }

    private static int Largest(ReadOnlySpan<float> values)
    {
        int largest = 0;
        for (int i = 1; i < values.Length; i++)
        {
            largest = values[i] > values[largest] ? i : largest;
        }

        return largest;
    }
}
