using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Tests.Calibration;

public sealed class TensorStatisticsTests
{
    [Fact]
    public void Range_SeveralPieces_IsThatOfAll()
    {
        var statistics = new TensorStatistics();
        statistics.Add([1, -2, 0.5f]);
        statistics.Add([3]);
        Assert.Equal(new ValueRange(-2, 3), statistics.Range);
    }

    [Fact]
    public void RangeOfHalf_SeveralPieces_IsThatOfEveryOtherOne()
    {
        var statistics = new TensorStatistics();
        statistics.Add([1, -2, 0.5f]);
        statistics.Add([3]);
        statistics.Add([-4]);
        Assert.Equal(new ValueRange(-4, 1), statistics.RangeOfHalf(0));
        Assert.Equal(new ValueRange(3, 3), statistics.RangeOfHalf(1));
    }

    [Fact]
    public void Choose_PartThatIsKept_IsPartOfWhatTheMethodChooses()
    {
        var statistics = new TensorStatistics(isOpen: true);
        statistics.Add([.. Enumerable.Repeat(1f, 100_000), 8, -8]);
        statistics.Kept = 0.5;
        Assert.Equal(new ValueRange(-4, 4), statistics.Choose(statistics.Range));
        statistics.Method = new CalibrationMethod(RangeRule.Percentile, 99);
        Assert.InRange(statistics.Choose(statistics.Range).Maximum, 0.5f, 0.51f);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Range_NumberThatIsNotFinite_IsNotFinite(float value)
    {
        var statistics = new TensorStatistics();
        statistics.Add([1, value, 2]);
        Assert.False(statistics.Range.IsFinite);
        Assert.False(statistics.Range.IsEmpty);
    }

    [Theory]
    [InlineData(false, 1f, -2f, 0.25f, 0.01f, 0f)]
    [InlineData(true, 1f, -2f, 0.25f, -1e9f, 0f)]
    [InlineData(true, 1f, -2f, 3f, -10_000f)]
    [InlineData(true, 1f, -1e9f)]
    [InlineData(false, 1e9f, -2e9f, 3e9f, 0.25f)]
    [InlineData(false, -1e9f, 0f, 0f, 0f)]
    [InlineData(false, 1f, 0.1f, 1e-2f, 1e-4f, 1e-6f, 1e-8f, 1e-10f, 1e-12f)]
    public void IsOwnedByOutliers_FewAreFarBeyondTheOthers_SaysSo(bool expected, params float[] values)
    {
        var statistics = new TensorStatistics();
        statistics.Add(values);
        Assert.Equal(expected, statistics.IsOwnedByOutliers);
    }

    /// <summary>Rows along the middle of [2, 3, 2]: their maxima are 4, 5, 1 and 2.</summary>
    [Fact]
    public void AddScores_Masks_KeepsWhatIsNearTheSmallestRowMaximum()
    {
        var statistics = new TensorStatistics();
        statistics.AddScores([4, 5, -1e30f, 0, 1, -1e30f, -1e30f, 1, 1, float.NegativeInfinity, -30, 2], length: 3, inner: 2);
        Assert.Equal(new ValueRange(1 - 20, 5), statistics.Range);
        Assert.False(statistics.IsOwnedByOutliers);
    }

    /// <summary>What a mask leaves nothing of means nothing, however far down the mask pushes, and in whatever order rows come.</summary>
    [Theory]
    [InlineData(-1000f)]
    [InlineData(-10_000f)]
    [InlineData(-1e9f)]
    [InlineData(float.MinValue)]
    [InlineData(float.NegativeInfinity)]
    public void AddScores_RowOfMasksAlone_HasNoCodes(float mask)
    {
        float[] masked = [mask - 3, mask + 4];
        foreach (float[] values in (float[][])[[.. masked, 4, 5, mask, 2], [4, 5, mask, 2, .. masked]])
        {
            var statistics = new TensorStatistics();
            statistics.AddScores(values, length: 2, inner: 1);
            Assert.Equal(new ValueRange(2 - 20, 5), statistics.Range);
            Assert.False(statistics.IsOwnedByOutliers);
        }
    }

    /// <summary>Distances, whose rows lie anywhere, are no masks; and where there is nothing else, neither are these.</summary>
    [Theory]
    [InlineData(-4000f, -4000f, -500f, -30f, -3f)]
    [InlineData(-10_000f, -10_000f, -10_003f)]
    public void AddScores_RowsFarDownThatAreNotAlone_KeepTheirCodes(float smallest, params float[] rows)
    {
        var statistics = new TensorStatistics();
        statistics.AddScores([.. rows.SelectMany(r => (float[])[r, r - 100])], length: 2, inner: 1);
        Assert.Equal(MathF.Min(smallest, rows.Min()) - 20, statistics.Range.Minimum);
    }

    /// <summary>Rows along any axis: down to 20 below the smallest of their maxima, or to the smallest element.</summary>
    [Theory]
    [InlineData(1, 7, 1)]
    [InlineData(4, 5, 1)]
    [InlineData(1, 3, 6)]
    [InlineData(3, 4, 5)]
    public void AddScores_RowsAlongAnyAxis_AreThoseOfThatAxis(int outer, int length, int inner)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            float[] values = [.. Enumerable.Range(0, outer * length * inner).Select(_ => (random.NextSingle() * 90) - 60)];
            IEnumerable<float> maxima = Enumerable.Range(0, outer * inner).Select(row => Enumerable.Range(0, length)
                .Max(i => values[(row / inner * length * inner) + (i * inner) + (row % inner)]));
            var statistics = new TensorStatistics();

            statistics.AddScores(values, length, inner);

            Assert.Equal(MathF.Max(maxima.Min() - 20, values.Min()), statistics.Range.Minimum);
            Assert.Equal(values.Max(), statistics.Range.Maximum);
        }
    }

    [Fact]
    public void AddScores_NothingFarDown_KeepsTheRange()
    {
        var statistics = new TensorStatistics();
        statistics.AddScores([4, 5, -3, 0], length: 2, inner: 1);
        Assert.Equal(new ValueRange(-3, 5), statistics.Range);
    }
}
