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

    [Fact]
    public void Sqnr_WithoutSignal_IsUnknown()
    {
        var sum = new NoiseMeter.NoiseSum();
        sum.Add([0, double.NaN], [1, 1]);

        Assert.Null(sum.Sqnr);
    }
}
