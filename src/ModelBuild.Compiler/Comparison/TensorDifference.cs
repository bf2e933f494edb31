using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Comparison;

/// <summary>How far the values of a tensor are from those of another, over all samples.</summary>
internal sealed class TensorDifference
{
    private readonly NoiseMeter.NoiseSum _noise = new();
    private readonly NoiseMeter.ChoiceSum _choices = new();
    private double _product;
    private double _left;
    private double _right;
    private bool _isComparable = true;

    /// <summary>Of one sample; the same for all unless a size is decided by data.</summary>
    public long Elements { get; private set; }

    /// <summary>In dB; null without a signal, and where samples cannot be compared.</summary>
    public double? Sqnr => _isComparable ? _noise.Sqnr : null;

    /// <summary>Of all values as one vector; null where one of them is nothing.</summary>
    public double? Cosine => _isComparable && _left > 0 && _right > 0
        ? Math.Clamp(_product / (Math.Sqrt(_left) * Math.Sqrt(_right)), -1, 1) : null;

    /// <summary>The largest difference of two elements; null where samples cannot be compared.</summary>
    public double? Largest => _isComparable ? LargestSoFar : null;

    /// <summary>Part of the rows with their largest element in the same place; null where rows have one element.</summary>
    public double? Agreement => _isComparable ? _choices.Agreement : null;

    private double LargestSoFar { get; set; }

    /// <summary>Adds a sample.</summary>
    /// <param name="expected">What counts as right.</param>
    /// <param name="actual">What is compared with it.</param>
    /// <param name="row">Elements along the last axis.</param>
    public void Add(double[] expected, double[] actual, long row)
    {
        if (expected.Length != actual.Length)
        {
            _isComparable = false;
            return;
        }

        Elements = expected.Length;
        _noise.Add(expected, actual);
        _choices.Add(expected, actual, row);
        for (int i = 0; i < expected.Length; i++)
        {
            // Infinity on both sides, as masks have it, is no difference.
            if (expected[i].Equals(actual[i]) && !double.IsFinite(expected[i]))
            {
                continue;
            }

            double difference = Math.Abs(expected[i] - actual[i]);
            LargestSoFar = Math.Max(LargestSoFar, double.IsNaN(difference) ? double.PositiveInfinity : difference);
            _product += expected[i] * actual[i];
            _left += expected[i] * expected[i];
            _right += actual[i] * actual[i];
        }
    }
}
