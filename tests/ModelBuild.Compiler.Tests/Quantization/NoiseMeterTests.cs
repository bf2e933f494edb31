using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Tests.Quantization;

public sealed class NoiseMeterTests
{
    /// <summary>10 log₁₀ (Σ reference² / Σ difference²), where the reference is finite.</summary>
    [Theory]
    [InlineData(new double[] { 3, 4 }, new double[] { 3, 4.5 }, 20)]
    [InlineData(new double[] { 3, 4, double.PositiveInfinity, double.NaN }, new double[] { 3, 4.5, 0, 0 }, 20)]
    [InlineData(new double[] { 3, 4 }, new double[] { 3, 4 }, 200)]
    [InlineData(new double[] { 3, 4 }, new double[] { 3, double.NaN }, -200)]
    [InlineData(new double[] { 3, 4 }, new double[] { 3, double.NegativeInfinity }, -200)]
    public void Sqnr_OfTwoRows_IsTheRatioOfPowers(double[] expected, double[] actual, double decibels)
    {
        var sum = new NoiseMeter.NoiseSum();
        sum.Add(expected, actual);

        Assert.Equal(decibels, sum.Sqnr!.Value, 1e-9);
    }

    /// <summary>
    /// Samples of one signal: the error of the mean of their noise, 0.02582 of it, at the slope of the decibel, as often as Student's
    /// distribution of three degrees says.
    /// </summary>
    [Fact]
    public void LeastSqnr_OfSamplesOfOneSignal_IsThatOfTheirMeanNoise()
    {
        var sum = new NoiseMeter.NoiseSum();
        sum.Add([1, 0], [1, 0.1]);
        Assert.Null(sum.LeastSqnr);

        sum.Add([0, 1], [Math.Sqrt(0.02), 1]);
        sum.Add([1], [1 + Math.Sqrt(0.03)]);
        sum.Add([-1], [-0.8]);

        double error = Math.Sqrt(5 / 3.0) / 2 / 2.5 * 10 / Math.Log(10);
        Assert.Equal(-10 * Math.Log10(0.025), sum.Sqnr!.Value, 1e-9);
        Assert.Equal(sum.Sqnr.Value - (2.353 * error), sum.LeastSqnr!.Value, 0.01);
    }

    /// <summary>With the signal the noise grows: the ratio is as certain as can be.</summary>
    [Fact]
    public void LeastSqnr_OfSamplesOfOneRatio_IsTheRatio()
    {
        var sum = new NoiseMeter.NoiseSum();
        foreach (double signal in (double[])[1, 2, 5])
        {
            sum.Add([signal], [signal * 1.1]);
        }

        Assert.Equal(20, sum.LeastSqnr!.Value, 1e-5);
    }

    [Fact]
    public void LeastSqnr_OfEqualOutputs_IsPerfect()
    {
        var sum = new NoiseMeter.NoiseSum();
        sum.Add([1], [1]);
        sum.Add([2], [2]);

        Assert.Equal(NoiseMeter.Perfect, sum.LeastSqnr);
    }

    /// <summary>Tables of Student's distribution.</summary>
    [Theory]
    [InlineData(3, 2.353)]
    [InlineData(4, 2.132)]
    [InlineData(5, 2.015)]
    [InlineData(10, 1.812)]
    [InlineData(30, 1.697)]
    [InlineData(120, 1.658)]
    public void Student95_OfDegrees_IsThatOfTables(int degrees, double quantile) =>
        Assert.Equal(quantile, Confidence.Student95(degrees), 0.007);

    [Fact]
    public void Sqnr_WithoutSignal_IsUnknown()
    {
        var sum = new NoiseMeter.NoiseSum();
        sum.Add([0, double.NaN], [1, 1]);

        Assert.Null(sum.Sqnr);
    }
}
