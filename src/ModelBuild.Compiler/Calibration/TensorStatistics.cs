using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Calibration;

/// <summary>What calibration has seen of one tensor: its range, and how its magnitudes are distributed over the powers of two.</summary>
internal sealed class TensorStatistics
{
    /// <summary>What lies this far below the largest element of a row is e⁻²⁰ of it behind a Softmax, and nothing in 8 bits.</summary>
    private const float SoftmaxDepth = 20;

    /// <summary>Values that are so many powers of two below others share one of the 255 steps that those leave them.</summary>
    private const int StepExponents = 8;

    private readonly long[] _exponents = new long[256];
    private ValueRange _range = ValueRange.Empty;
    private float _floor = float.PositiveInfinity;

    /// <summary>The reals that were there.</summary>
    public ValueRange Seen => _range;

    /// <summary>The reals that codes are wanted for.</summary>
    public ValueRange Range => float.IsPositiveInfinity(_floor) ? _range : _range with { Minimum = MathF.Max(_range.Minimum, _floor) };

    /// <summary>
    /// True where some values, but no more than half of all, are so far beyond the others, with nothing in between, that the others share a
    /// step: a mask of −1e9, or a value that stands for "unknown".
    /// </summary>
    public bool IsOwnedByOutliers
    {
        get
        {
            int top = Array.FindLastIndex(_exponents, count => count > 0);
            long beyond = 0;
            for (int exponent = top; exponent >= 0; exponent--)
            {
                if (_exponents[exponent] > 0)
                {
                    beyond += _exponents[exponent];
                }
                else if (exponent >= StepExponents - 1
                    && !_exponents.AsSpan(exponent - StepExponents + 1, StepExponents).ContainsAnyExcept(0L))
                {
                    long below = _exponents.AsSpan(0, exponent).ToArray().Sum();
                    return below >= beyond && below > 0;
                }
            }

            return false;
        }
    }

    /// <summary>Takes in elements.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        float minimum = _range.Minimum;
        float maximum = _range.Maximum;
        foreach (float value in values)
        {
            // MathF's keep NaN.
            minimum = MathF.Min(minimum, value);
            maximum = MathF.Max(maximum, value);
            _exponents[(BitConverter.SingleToInt32Bits(value) >> 23) & 0xFF] += value == 0 ? 0 : 1;
        }

        _range = new ValueRange(minimum, maximum);
    }

    /// <summary>
    /// Takes in what only a Softmax reads: where masks push elements far down, it does not matter how far, and codes are kept for what lies
    /// near the largest element of a row.
    /// </summary>
    /// <param name="values"><c>[outer, length, inner]</c>; the rows run along the length.</param>
    public void AddScores(ReadOnlySpan<float> values, int length, int inner)
    {
        Add(values);
        Array.Clear(_exponents);
        for (int start = 0; start < values.Length; start += length * inner)
        {
            for (int i = 0; i < inner; i++)
            {
                float largest = float.NegativeInfinity;
                for (int j = 0; j < length; j++)
                {
                    largest = MathF.Max(largest, values[start + (j * inner) + i]);
                }

                _floor = MathF.Min(_floor, largest - SoftmaxDepth);
            }
        }
    }
}
