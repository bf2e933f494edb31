using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Tests.Calibration;

/// <summary>Ranges against what follows from the distributions, and against the plain sums over the values.</summary>
public sealed class RangeSearchTests
{
    /// <summary>A bin is that wide, relative to its values.</summary>
    private const double BinWidth = 1.0 / 256;

    private static readonly string[] s_methods = ["percentile", "percentile=90", "entropy", "mse", "moving-average"];

    public static TheoryData<string> Methods => [.. s_methods];

    /// <summary>Of 0 … 9999, 90 per cent leave out 500 at either end; no number is below zero, so that nothing is cut off there.</summary>
    [Theory]
    [InlineData("percentile=90", 0, 9499)]
    [InlineData("percentile=98", 0, 9899)]
    [InlineData("percentile=100", 0, 9999)]
    public void Percentile_EvenlySpread_IsTheQuantile(string method, float low, float high)
    {
        ValueRange range = Choose(method, [.. Enumerable.Range(0, 10_000).Select(i => (float)i)]);
        Assert.Equal(low, range.Minimum, high * BinWidth);
        Assert.Equal(high, range.Maximum, high * BinWidth);
    }

    [Fact]
    public void Percentile_BothSigns_CutsHalfAtEitherEnd()
    {
        ValueRange range = Choose("percentile=80", [.. Enumerable.Range(-400, 1000).Select(i => (float)i)]);
        Assert.Equal(-300, range.Minimum, 300 * BinWidth);
        Assert.Equal(499, range.Maximum, 499 * BinWidth);
    }

    /// <summary>Zeros count, as in ONNX Runtime: after a ReLU they are half of all.</summary>
    [Fact]
    public void Percentile_MostAreZero_CutsMoreOfTheRest()
    {
        ValueRange range = Choose("percentile=90", [.. new float[900], .. Enumerable.Range(1, 100).Select(i => (float)i)]);
        Assert.Equal(50, range.Maximum, 50 * BinWidth);
    }

    /// <summary>
    /// The least sum of what is computed value by value, with the same candidates' distance: no range in the neighbourhood is better.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void MeanSquaredError_HeavyTails_IsNearTheLeastErrorOfRealQuantization(int seed)
    {
        float[] values = HeavyTails(seed, 20_000);
        ValueRange range = Choose("mse", values);
        double own = SquaredError(values, range);

        double best = Enumerable.Range(1, 200).Min(i => SquaredError(
            values, new ValueRange(Math.Max(values.Min(), -i * values.Max() / 200), i * values.Max() / 200)));
        Assert.InRange(own, 0, best * 1.05);
    }

    /// <summary>Where all values are equally likely, a cut costs more than all rounding.</summary>
    [Theory]
    [InlineData("mse")]
    [InlineData("entropy")]
    public void Choose_EvenlySpread_KeepsAll(string method)
    {
        ValueRange range = Choose(method, [.. Enumerable.Range(-30_000, 90_000).Select(i => i / 1000f)]);
        Assert.Equal(-30, range.Minimum, 30 * 0.04);
        Assert.Equal(60, range.Maximum, 60 * 0.04);
    }

    /// <summary>One value in 50,000 lies a hundred times as far out as the others.</summary>
    [Theory]
    [InlineData("percentile")]
    [InlineData("entropy")]
    [InlineData("mse")]
    public void Choose_FewOutliers_CutsThemOff(string method)
    {
        float[] values = Normal(7, 100_000);
        (values[10], values[20]) = (400, -300);
        ValueRange range = Choose(method, values);

        // Squared errors weigh the distance: only a part of it is worth to be cut off.
        Assert.InRange(range.Maximum, 2.5f, method == "mse" ? 399 : 8);
        Assert.InRange(range.Minimum, method == "mse" ? -300 : -8, -2.5f);
    }

    /// <summary>Small values without end: with a bin for each, the zero of the codes would outweigh all else.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Entropy_ManyTinyValues_DoesNotCollapse(int seed)
    {
        var random = new Random(seed);
        float[] tiny = [.. Enumerable.Range(0, 90_000).Select(_ => (float)(random.NextDouble() * 1e-3))];
        float[] wide = [.. Normal(seed, 10_000).Select(v => MathF.Max(0, v))];
        ValueRange range = Choose("entropy", [.. tiny, .. wide]);
        Assert.InRange(range.Maximum, 2, wide.Max());
    }

    /// <summary>Of the ends that are tried, 16 to a power of two, none tells less less by the definition.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Entropy_ValuesInHeaps_IsTheLeastDivergence(int seed)
    {
        var random = new Random(seed);
        float[] tails = [.. HeavyTails(seed, 20_000).Select(v => MathF.Abs(v) * MathF.Abs(v))];
        float[] heaps = [.. Enumerable.Range(0, 20_000).Select(_ => (random.Next(40) + (random.NextSingle() / 8)) * tails.Max() / 300)];

        // Nearly all are about one, in a step or two of codes that reach to the rest.
        float[] near = [.. Enumerable.Range(0, 30_000).Select(_ => 0.95f + (random.NextSingle() / 10))];
        float[] far = [.. Enumerable.Range(0, 1400).Select(_ => random.NextSingle() * 300)];
        float[] values = seed % 2 == 0 ? [.. tails, .. heaps] : [.. near, .. far];
        double most = values.Max();
        double[] ends = [.. Enumerable.Range(0, 10 * 16).Select(i => Math.ScaleB(most * (32 - (i % 16)) / 32, -(i / 16)))];
        double[] divergences = Divergences(values, ends);

        float end = Choose("entropy", values).Maximum;

        int chosen = Array.FindIndex(ends, e => Math.Abs(e - end) < end / 1000);
        Assert.True(divergences[chosen] <= divergences.Min() + 1, $"{divergences[chosen]}, not {divergences.Min()}");
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Choose_AnyMethod_HasZeroAndStaysWithinTheBounds(string method)
    {
        float[] positive = [.. Normal(3, 5000).Select(v => 10 + v)];
        ValueRange range = Choose(method, positive);
        Assert.InRange(range.Maximum, 0, positive.Max());
        Assert.InRange(range.Minimum, method == "moving-average" ? positive.Min() : 0, range.Maximum);
        Assert.Equal(0, range.ToUInt8().ZeroPoint);

        // What lies beyond −3 is as good as −3, before HardSwish.
        ValueRange dead = Choose(method, [.. Normal(4, 5000).Select(v => 4 * v)], new ValueRange(-3, 9));
        Assert.InRange(dead.Minimum, -3, 0);
        Assert.InRange(dead.Maximum, 0, 9);
        Assert.Equal(new ValueRange(0, 0), Choose(method, new float[100]));
    }

    /// <summary>Values far out in the dead zone cost nothing, so that they have no part in the choice.</summary>
    [Theory]
    [InlineData("mse")]
    [InlineData("entropy")]
    public void Choose_DeadZoneIsFull_ChoosesAsIfItWereNotDeep(string method)
    {
        float[] live = [.. Normal(5, 20_000).Select(MathF.Abs)];
        var bounds = new ValueRange(-3, live.Max());
        ValueRange shallow = Choose(method, [.. live, .. Enumerable.Repeat(-3f, 20_000)], bounds);
        ValueRange deep = Choose(method, [.. live, .. Enumerable.Range(0, 20_000).Select(i => -3f - (i / 10f))], bounds);
        Assert.Equal(shallow, deep);
        Assert.Equal(-3, deep.Minimum, 0.2);
    }

    /// <summary>The order of samples changes nothing but a moving average.</summary>
    [Theory]
    [InlineData("percentile")]
    [InlineData("entropy")]
    [InlineData("mse")]
    public void Choose_SamplesInAnotherOrder_IsTheSame(string method)
    {
        float[] values = HeavyTails(11, 10_000);
        Assert.Equal(Choose(method, values), Choose(method, [.. values.Reverse()]));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Range_NaNOrInfinity_IsSeenByEveryMethod(string method)
    {
        foreach (float[] values in (float[][])
            [[1, float.NaN, 2], [1, float.PositiveInfinity, 2], [float.NegativeInfinity, float.NegativeInfinity]])
        {
            TensorStatistics statistics = Statistics(method, values);
            Assert.False(statistics.Range.IsFinite);
            Assert.False(statistics.Range.IsEmpty);
        }
    }

    /// <summary>Beside numbers, what is −10³⁵ or less says of a number that it is not there.</summary>
    [Theory]
    [MemberData(nameof(Methods))]
    public void Range_MaskBesideNumbers_IsThatOfTheNumbers(string method)
    {
        foreach (float mask in (float[])[float.NegativeInfinity, float.MinValue, -1e36f])
        {
            TensorStatistics statistics = Statistics(method, [1, mask, 2]);

            Assert.Equal(new ValueRange(1, 2), statistics.Range);
            Assert.True(statistics.IsMasked);
        }
    }

    /// <summary>The first hundred samples count alike, later ones a hundredth: 1, …, 1 and then 3.</summary>
    [Fact]
    public void MovingAverage_SamplesDiffer_WeighsThem()
    {
        TensorStatistics few = Statistics("moving-average", [-1, 1], [-3, 2], [-2, 6]);
        Assert.Equal(new ValueRange(-2, 3), few.Choose(few.Range));

        TensorStatistics many = Statistics("moving-average", [.. Enumerable.Repeat<float[]>([0, 1], 200), [0, 3]]);
        Assert.Equal(1.02, many.Choose(many.Range).Maximum, 1e-6);
        Assert.Equal(3, many.Range.Maximum);
    }

    /// <summary>What a Softmax reads: masked elements have no part in where the codes go.</summary>
    [Theory]
    [InlineData("percentile=100", 4, -10)]
    [InlineData("mse", 4, -10)]
    [InlineData("entropy", 4, -10)]
    [InlineData("moving-average", 4, -15)]
    public void AddScores_Masks_AreLeftOut(string method, float high, float low)
    {
        Assert.True(CalibrationMethod.TryRead(method, out CalibrationMethod read, out _));
        var statistics = new TensorStatistics(read);
        var random = new Random(1);
        for (int row = 0; row < 1000; row++)
        {
            statistics.AddScores([5, -1e9f, (float)(random.NextDouble() * 15) - 10], length: 3, inner: 1);
        }

        ValueRange range = statistics.Choose(statistics.Range);
        Assert.InRange(range.Maximum, high, 5);
        Assert.InRange(range.Minimum, low - 1, method == "moving-average" ? low : -5);
        Assert.False(statistics.IsOwnedByOutliers);
    }

    /// <summary>A method that cuts the few values off leaves nothing that they could own.</summary>
    [Theory]
    [InlineData("minmax", true)]
    [InlineData("moving-average", true)]
    [InlineData("percentile=99", false)]
    [InlineData("entropy", false)]
    [InlineData("mse", true)]
    public void IsOwnedByOutliers_ByMethod_IsWhatTheChosenRangeSays(string method, bool expected)
    {
        float[] values = Normal(7, 10_000);
        values[10] = -1e9f;
        Assert.Equal(expected, Statistics(method, values).IsOwnedByOutliers);
    }

    private static ValueRange Choose(string method, float[] values, ValueRange? within = null)
    {
        TensorStatistics statistics = Statistics(method, values);
        return statistics.Choose(within ?? statistics.Range);
    }

    private static TensorStatistics Statistics(string method, params float[][] samples)
    {
        Assert.True(CalibrationMethod.TryRead(method, out CalibrationMethod read, out _));
        var statistics = new TensorStatistics(read);
        foreach (float[] sample in samples)
        {
            statistics.Add(sample);
        }

        return statistics;
    }

    private static double SquaredError(float[] values, ValueRange range)
    {
        QuantizationParameters codes = range.ToUInt8();
        return values.Sum(v =>
        {
            double code = Math.Clamp(Math.Round(v / codes.Scale) + codes.ZeroPoint, 0, 255);
            double error = v - ((code - codes.ZeroPoint) * codes.Scale);
            return error * error;
        });
    }

    /// <summary>
    /// How far values above zero are from what is left of them in 255 steps to an end: each bin of 1/256 is as likely as its part of its
    /// step; what lies beyond belongs to the last, and what k bins differ by chance is (k − 1)/2.
    /// </summary>
    private static double[] Divergences(float[] values, double[] ends)
    {
        var bins = values.GroupBy(v => BitConverter.SingleToInt32Bits(v) >> 15).OrderBy(b => b.Key).Select(b =>
        {
            double low = BitConverter.Int32BitsToSingle(b.Key << 15);
            double high = Math.Min(BitConverter.Int32BitsToSingle((b.Key << 15) | 0x7FFF), values.Max());
            return (Center: (low + high) / 2, Width: Math.Max(high - low, high / 512), Count: (double)b.Count());
        }).ToList();
        return Array.ConvertAll(ends, end =>
        {
            double step = end / 255;
            double kept = bins.Where(b => b.Center <= end).Sum(b => b.Count);
            if (kept < 0.95 * values.Length)
            {
                return double.PositiveInfinity;
            }

            double sum = Math.Log(kept / values.Length) * values.Length;
            double last = bins.Last(b => b.Center <= end).Center;
            foreach (var code in bins.Where(b => b.Center <= end && b.Center > step / 2).GroupBy(b => Math.Floor((b.Center / step) + 0.5)))
            {
                double density = code.Sum(b => b.Count) / code.Sum(b => b.Width);
                sum -= (code.Count() - 1) / 2.0;
                foreach ((double center, double width, double count) in code)
                {
                    double before = count + (center == last ? values.Length - kept : 0);
                    sum += before * Math.Log(before / (density * width));
                }
            }

            return sum;
        });
    }

    private static float[] Normal(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
            (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
    }

    /// <summary>Laplace's distribution.</summary>
    private static float[] HeavyTails(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
            (float)(-Math.Log(1 - random.NextDouble()) * (random.Next(2) == 0 ? 1 : -1)))];
    }
}
