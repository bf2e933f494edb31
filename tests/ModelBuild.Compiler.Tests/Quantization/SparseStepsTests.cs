using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Tests.Quantization;

public sealed class SparseStepsTests
{
    /// <summary>Rounded to the steps, weights are 38 dB above what that takes away, however many are zero.</summary>
    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.99)]
    public void Step_OfSparseNormalWeights_LeavesNoiseOf38DecibelsBelowThem(double zeros)
    {
        var random = new Random(11);
        float[] weights = new float[200_000];
        for (int i = (int)(zeros * weights.Length); i < weights.Length; i++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            weights[i] = (float)(0.03 * radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        float step = SparseSteps.Of(weights);

        double noise = weights.Sum(w => Math.Pow(w - (Math.Round(w / step) * (double)step), 2));
        Assert.Equal(38, 10 * Math.Log10(weights.Sum(w => (double)w * w) / noise), 0.3);
    }

    [Fact]
    public void Step_OfWeightsOfWhichFewerThanHalfAreZero_IsNone()
    {
        Assert.True(SparseSteps.Of([0, 1, 0, -2]) > 0);
        Assert.True(SparseSteps.Of([0, 1, 0, 0, -2]) > 0);
        Assert.Equal(0, SparseSteps.Of([0, 1, 0, -2, 3]));
        Assert.Equal(0, SparseSteps.Of([0, 0]));
        Assert.Equal(0, SparseSteps.Of([]));
    }

    /// <summary>Seven steps reach the largest weight at least.</summary>
    [Theory]
    [InlineData(1, 100, 1)]
    [InlineData(1, 7, 1)]
    [InlineData(1, 3.5, 0.5)]
    [InlineData(0, 3.5, 0)]
    public void Step_OfAnOutput_IsThatOfTheLayerUnlessItsWeightsAreSmall(float step, float largest, float expected) =>
        Assert.Equal(expected, SparseSteps.OfOutput(step, largest));
}
