using ModelBuild.Compiler.Quantization;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Calibration;

/// <summary>
/// Ranges that cut rare values off. Zero is always within. All arithmetic is in double, in a fixed order and with a logarithm of our own,
/// so that every processor finds the same range.
/// </summary>
internal static class RangeSearch
{
    /// <summary>Steps between 256 codes.</summary>
    private const int Steps = 255;

    /// <summary>Candidates lie 16 to a power of two, in the ten largest powers of two in which values are.</summary>
    private const int CandidatesPerOctave = 16;
    private const int Octaves = 10;

    /// <summary>Where nearly everything is cut off, what is left of a distribution looks like it again.</summary>
    private const double LeastKept = 0.95;

    /// <summary>Each end is chosen for the other one; that settles after two or three rounds.</summary>
    private const int Rounds = 4;

    /// <summary>The range that has all but (100 − p)/2 per cent of the values at either end.</summary>
    /// <param name="bounds">Beyond these, values are taken for as large as the bounds.</param>
    public static ValueRange Percentile(ValueHistogram histogram, double percentile, ValueRange bounds)
    {
        Side negative = Side.Of(histogram, bounds, isNegative: true);
        Side positive = Side.Of(histogram, bounds, isNegative: false);
        double cut = (100 - percentile) / 200 * (negative.Count + positive.Count + histogram.Zeros);
        return ToRange(negative.Quantile(cut), positive.Quantile(cut));
    }

    /// <summary>
    /// The range of least squared error: a twelfth of a squared step for what is rounded, the squared distance for what is cut off, and
    /// nothing for zeros, which are a code.
    /// </summary>
    public static ValueRange MeanSquaredError(ValueHistogram histogram, ValueRange bounds)
    {
        Side negative = Side.Of(histogram, bounds, isNegative: true);
        Side positive = Side.Of(histogram, bounds, isNegative: false);
        double low = negative.Limit;
        double high = positive.Limit;
        for (int round = 0; round < Rounds; round++)
        {
            (double oldLow, double oldHigh) = (low, high);
            high = Least(positive.Limit, candidate => Error(low, candidate), positive);
            low = Least(negative.Limit, candidate => Error(candidate, high), negative);
            if (low == oldLow && high == oldHigh)
            {
                break;
            }
        }

        return ToRange(low, high);

        double Error(double lower, double upper)
        {
            double step = (lower + upper) / Steps;
            return negative.Error(lower, step) + positive.Error(upper, step);
        }
    }

    /// <summary>
    /// The range whose codes tell least less than the values did: the Kullback-Leibler divergence of the distribution, with what is cut
    /// off at its ends, from what is left of it when each step has one density (Migacz, "8-bit Inference with TensorRT", 2017).
    /// </summary>
    /// <remarks>
    /// All that becomes the code of zero is one bin, and no more than a twentieth is cut off. Otherwise the many small values that
    /// activations have would decide alone, and for ever smaller ranges. What k bins of a step differ by chance adds (k − 1)/2 to the sum
    /// and is taken off again: small steps would have less of it.
    /// </remarks>
    public static ValueRange Entropy(ValueHistogram histogram, ValueRange bounds)
    {
        Side negative = Side.Of(histogram, bounds, isNegative: true);
        Side positive = Side.Of(histogram, bounds, isNegative: false);
        double all = negative.Count + positive.Count + histogram.Zeros;
        double threshold = Least(Math.Max(negative.Limit, positive.Limit), Divergence, negative, positive);
        return ToRange(Math.Min(threshold, negative.Limit), Math.Min(threshold, positive.Limit));

        double Divergence(double candidate)
        {
            double low = Math.Min(candidate, negative.Limit);
            double high = Math.Min(candidate, positive.Limit);
            double step = (low + high) / Steps;
            double sum = negative.Divergence(low, step) + positive.Divergence(high, step);
            double kept = negative.CountWithin(low) + positive.CountWithin(high) + histogram.Zeros;

            return kept >= LeastKept * all ? (sum / all) + Elementary.Log(kept / all) : double.PositiveInfinity;
        }
    }

    private static ValueRange ToRange(double low, double high) => new((float)(0 - low), (float)high);

    /// <summary>The candidate for which a cost is least, the largest of several.</summary>
    private static double Least(double limit, Func<double, double> cost, params ReadOnlySpan<Side> sides)
    {
        double best = limit;
        double least = limit > 0 ? cost(limit) : 0;
        double octave = limit;
        for (int occupied = 0; occupied < Octaves && octave > float.Epsilon; octave /= 2)
        {
            bool isOccupied = false;
            foreach (Side side in sides)
            {
                isOccupied |= side.HasAny(octave / 2, octave);
            }

            if (!isOccupied)
            {
                continue;
            }

            occupied++;
            for (int j = CandidatesPerOctave; j > 0; j--)
            {
                double candidate = octave * (CandidatesPerOctave + j) / (2 * CandidatesPerOctave);
                double own = cost(candidate);
                if (own < least)
                {
                    (best, least) = (candidate, own);
                }
            }
        }

        return best;
    }

    /// <summary>The magnitudes on one side of zero.</summary>
    private sealed class Side
    {
        private readonly HistogramBin[] _bins;

        private Side(HistogramBin[] bins, double limit)
        {
            _bins = bins;
            Limit = limit;
            Count = CountWithin(double.PositiveInfinity);
        }

        /// <summary>The largest magnitude that may matter.</summary>
        public double Limit { get; }

        public double Count { get; }

        public static Side Of(ValueHistogram histogram, ValueRange bounds, bool isNegative)
        {
            double limit = Math.Max(0, isNegative ? -(double)bounds.Minimum : bounds.Maximum);
            HistogramBin[] bins = [.. histogram.Bins(isNegative)];
            int inside = Array.FindLastIndex(bins, b => b.Low < limit) + 1;
            double beyond = bins.Skip(inside).Sum(b => b.Count);
            bins = [.. bins.Take(inside).Select(b => b with { High = Math.Min(b.High, limit) })];
            return beyond > 0 ? new Side([.. bins, new HistogramBin(limit, limit, beyond)], limit)
                : new Side(bins, bins.Length == 0 ? 0 : bins[^1].High);
        }

        /// <summary>The magnitude beyond which no more than so many values are.</summary>
        public double Quantile(double cut)
        {
            double beyond = 0;
            for (int i = _bins.Length - 1; i >= 0; i--)
            {
                beyond += _bins[i].Count;
                if (beyond > cut)
                {
                    return _bins[i].High;
                }
            }

            return 0;
        }

        public bool HasAny(double low, double high) => Array.Exists(_bins, bin => bin.High >= low && bin.Low <= high);

        public double CountWithin(double end)
        {
            double count = 0;
            foreach (HistogramBin bin in _bins)
            {
                count += bin.Center <= end ? bin.Count : 0;
            }

            return count;
        }

        public double Error(double end, double step)
        {
            double sum = 0;
            foreach (HistogramBin bin in _bins)
            {
                double beyond = bin.Center - end;
                double error = beyond > 0 ? beyond * beyond
                    : bin.Center > step / 2 ? step * step / 12
                    : bin.Center * bin.Center;
                sum += bin.Count * error;
            }

            return sum;
        }

        /// <summary>Σ p·log(p/q) over the bins, with counts for probabilities.</summary>
        public double Divergence(double end, double step)
        {
            int last = Array.FindLastIndex(_bins, bin => bin.Center <= end);
            double sum = 0;
            double beyond = Count - CountWithin(end);
            for (int first = Array.FindIndex(_bins, bin => bin.Center > step / 2); first >= 0 && first <= last;)
            {
                double code = Math.Floor((_bins[first].Center / step) + 0.5);
                double count = 0;
                double width = 0;
                int after = first;
                for (; after <= last && Math.Floor((_bins[after].Center / step) + 0.5) == code; after++)
                {
                    count += _bins[after].Count;
                    width += Width(_bins[after]);
                }

                for (int i = first; i < after; i++)
                {
                    double before = _bins[i].Count + (i == last ? beyond : 0);
                    double left = count * Width(_bins[i]) / width;
                    sum += before * Elementary.Log(before / left);
                }

                sum -= (after - first - 1) / 2.0;

                first = after;
            }

            return sum;
        }

        /// <summary>The last one may be cut off anywhere.</summary>
        private static double Width(HistogramBin bin) => Math.Max(bin.High - bin.Low, bin.High / 512);
    }
}
