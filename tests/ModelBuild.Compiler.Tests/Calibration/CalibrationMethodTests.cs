namespace ModelBuild.Compiler.Tests.Calibration;

public sealed class CalibrationMethodTests
{
    [Theory]
    [InlineData("", RangeRule.MinMax, 100)]
    [InlineData("MinMax", RangeRule.MinMax, 100)]
    [InlineData("moving-average", RangeRule.MovingAverage, 100)]
    [InlineData("percentile", RangeRule.Percentile, 99.99)]
    [InlineData("percentile = 99.9", RangeRule.Percentile, 99.9)]
    [InlineData("entropy", RangeRule.Entropy, 100)]
    [InlineData("MSE", RangeRule.MeanSquaredError, 100)]
    public void TryRead_KnownWord_IsThatMethod(string text, RangeRule rule, double percentile)
    {
        Assert.True(CalibrationMethod.TryRead(text, out CalibrationMethod method, out _));
        Assert.Equal(new CalibrationMethod(rule, percentile), method);
    }

    [Theory]
    [InlineData("min-max", "Did you mean 'minmax'?")]
    [InlineData("=3", "Use minmax, moving-average")]
    [InlineData("percentile=", "percentile=99.99")]
    [InlineData("percentile=101", "from 50 to 100")]
    [InlineData("percentile=0.9999", "from 50 to 100")]
    [InlineData("percentile=99,9", "from 50 to 100")]
    [InlineData("percentile=NaN", "from 50 to 100")]
    [InlineData("mse=2", "Write mse alone")]
    public void TryRead_AnythingElse_SaysTheWayOut(string text, string wayOut)
    {
        Assert.False(CalibrationMethod.TryRead(text, out CalibrationMethod method, out string? wrong));
        Assert.Equal(CalibrationMethod.MinMax, method);
        Assert.Contains(wayOut, wrong, StringComparison.Ordinal);
    }
}
