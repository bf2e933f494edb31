using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Calibration;

/// <summary>What calibration has seen of one tensor: its range, and how its magnitudes are distributed over the powers of two.</summary>
internal sealed class TensorStatistics
{
    /// <summary>What lies this far below the largest element of a row is e⁻²⁰ of it behind a Softmax, and nothing in 8 bits.</summary>
    private const float SoftmaxDepth = 20;

    /// <summary>Values that are so many powers of two below others share one of the 255 steps that those leave them.</summary>
    private const int StepExponents = 8;

    /// <summary>What one sample changes at most of a moving average, as in PyTorch; the first ones count alike.</summary>
    private const double AveragingConstant = 0.01;

    /// <summary>What is not above is no number but the mask of one, and becomes the smallest code.</summary>
    internal const float Masked = -1e35f;

    private readonly long[] _exponents = new long[256];
    private readonly ValueHistogram? _histogram;
    private readonly ValueRange[] _halves = [ValueRange.Empty, ValueRange.Empty];
    private ValueRange _range = ValueRange.Empty;
    private readonly RowMaxima _rows = new();
    private float _cut = float.NegativeInfinity;
    private (double Minimum, double Maximum) _average;
    private long _pieces;

    /// <param name="method">How the range will be chosen; null for all values.</param>
    /// <param name="isOpen">Whether another method may take its place later on.</param>
    public TensorStatistics(CalibrationMethod? method = null, bool isOpen = false)
    {
        Method = method ?? CalibrationMethod.MinMax;
        _histogram = isOpen || CutsOff ? new ValueHistogram() : null;
    }

    /// <summary>How the range is chosen.</summary>
    public CalibrationMethod Method { get; set; }

    /// <summary>How much of the range that the method chooses is worth its codes.</summary>
    public double Kept { get; set; } = 1;

    /// <summary>The reals that were there.</summary>
    public ValueRange Seen => _range;

    /// <summary>All that codes may be wanted for, whatever the method.</summary>
    /// <remarks>A tensor in which nothing is left is no mask of anything: it has become infinite.</remarks>
    public ValueRange Range => _range.IsEmpty && IsMasked
        ? new ValueRange(float.NegativeInfinity, float.NegativeInfinity) : AboveFloor(_range);

    /// <summary>The same, had every other sample not been there. What is the model's is the same for both.</summary>
    /// <param name="half">0 for the first, the third and so on, 1 for those in between.</param>
    public ValueRange RangeOfHalf(int half) => AboveFloor(IsConstant ? _range : _halves[half]);

    /// <summary>No codes are wanted for what lies below; −∞ where all may matter.</summary>
    public float Floor => _rows.Smallest is { } smallest ? MathF.Max(smallest - SoftmaxDepth, _cut) : _cut;

    /// <summary>Whether some elements are the mask of a number, −10³⁵ or less, and left out of the range.</summary>
    public bool IsMasked { get; private set; }

    /// <summary>Whether it is the model's, not the samples'.</summary>
    public bool IsConstant { get; init; }

    /// <summary>True where no sample, and nothing in a sample, was any different.</summary>
    public bool IsStill => !IsConstant && Range.Minimum == Range.Maximum;

    /// <summary>
    /// True where some values of the range, but no more than half of all, are so far beyond the others, with nothing in between, that the
    /// others share a step: a mask of −1e9, or a value that stands for "unknown".
    /// </summary>
    public bool IsOwnedByOutliers
    {
        get
        {
            int top = Array.FindLastIndex(_exponents, count => count > 0);
            long beyond = 0;
            if (CutsOff && Range is { IsEmpty: false, IsFinite: true } all)
            {
                // What the method cuts off owns nothing: it is as large as the range.
                ValueRange chosen = Choose(all);
                int largest = Exponent(MathF.Max(MathF.Abs(chosen.Minimum), MathF.Abs(chosen.Maximum)));
                for (; top > largest; top--)
                {
                    beyond += _exponents[top];
                }
            }

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

    /// <summary>The reals that get codes: as much of some bounds as the method keeps.</summary>
    /// <param name="within">Of the range, what matters: what lies beyond is as good as the bound.</param>
    public ValueRange Choose(ValueRange within)
    {
        ValueRange chosen = ByMethod(within);
        return new ValueRange((float)(chosen.Minimum * Kept), (float)(chosen.Maximum * Kept));
    }

    /// <summary>Takes in the elements of a sample.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        AddRange(values);
        _histogram?.Add(values);
    }

    private bool CutsOff => Method.Rule is RangeRule.Percentile or RangeRule.Entropy or RangeRule.MeanSquaredError;

    /// <summary>What is masked has the smallest code: that of the floor, where there is one.</summary>
    private ValueRange AboveFloor(ValueRange range) =>
        range.IsEmpty || !(Floor > (IsMasked ? float.NegativeInfinity : range.Minimum)) ? range
            : range with { Minimum = MathF.Min(Floor, range.Maximum) };

    private ValueRange ByMethod(ValueRange within) => Method.Rule switch
    {
        RangeRule.MovingAverage when _pieces > 0 => new ValueRange(
            Math.Clamp((float)_average.Minimum, within.Minimum, within.Maximum),
            Math.Clamp((float)_average.Maximum, within.Minimum, within.Maximum)),
        RangeRule.Percentile => RangeSearch.Percentile(_histogram!, Method.Percentile, within),
        RangeRule.Entropy => RangeSearch.Entropy(_histogram!, within),
        RangeRule.MeanSquaredError => RangeSearch.MeanSquaredError(_histogram!, within),
        _ => within,
    };

    private static int Exponent(float value) => (BitConverter.SingleToInt32Bits(value) >> 23) & 0xFF;

    private void AddRange(ReadOnlySpan<float> values)
    {
        if (values.IsEmpty)
        {
            return;
        }

        float minimum = float.PositiveInfinity;
        float maximum = float.NegativeInfinity;
        foreach (float value in values)
        {
            if (value <= Masked && !IsConstant)
            {
                IsMasked = true;
                continue;
            }

            // MathF's keep NaN.
            minimum = MathF.Min(minimum, value);
            maximum = MathF.Max(maximum, value);
            _exponents[Exponent(value)] += value == 0 ? 0 : 1;
        }

        if (minimum > maximum)
        {
            return;
        }

        var seen = new ValueRange(minimum, maximum);
        _range = _range.Union(seen);
        _halves[_pieces % 2] = _halves[_pieces % 2].Union(seen);
        _pieces++;
        double weight = Math.Max(1.0 / _pieces, AveragingConstant);
        _average.Minimum += weight * (seen.Minimum - _average.Minimum);
        _average.Maximum += weight * (seen.Maximum - _average.Maximum);
    }

    /// <summary>Says that what lies below does not matter.</summary>
    public void Cut(float floor)
    {
        if (float.IsFinite(floor) && floor > _cut)
        {
            _cut = floor;
            if (_range.Minimum < floor || IsMasked)
            {
                Array.Clear(_exponents);
            }
        }
    }

    /// <summary>
    /// Takes in what only a Softmax reads: where masks push elements far down, it does not matter how far, and codes are kept for what lies
    /// near the largest element of a row.
    /// </summary>
    /// <param name="values"><c>[outer, length, inner]</c>; the rows run along the length.</param>
    public void AddScores(ReadOnlySpan<float> values, int length, int inner)
    {
        AddRange(values);
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

                _rows.Add(largest);
                for (int j = 0; j < length && _histogram is not null; j++)
                {
                    // What is as good as masked has no part in where the codes go.
                    float value = values[start + (j * inner) + i];
                    if (value >= largest - SoftmaxDepth)
                    {
                        _histogram.Add(value);
                    }
                }
            }
        }
    }
}
