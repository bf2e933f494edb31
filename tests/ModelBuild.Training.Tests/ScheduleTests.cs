namespace ModelBuild.Training.Tests;

/// <summary>Schedules against their formulas.</summary>
public sealed class ScheduleTests
{
    [Theory]
    [InlineData(2000, 0.5)]
    [InlineData(3000, 0.85)]
    [InlineData(3500, 0.89375)]
    [InlineData(4000, 0.9)]
    [InlineData(9000, 0.9)]
    public void PolynomialDecay_AtStep_IsTensorFlowsFormula(int step, double sparsity) =>
        Assert.Equal(sparsity, new PolynomialDecay(0.5, 0.9, 2000, 4000).SparsityAt(step), 1e-12);

    [Fact]
    public void PolynomialDecay_OfFrequency_UpdatesEverySoManyStepsAndAtTheEnd()
    {
        var schedule = new PolynomialDecay(0, 0.9, 3, 13, frequency: 4);
        Assert.Equal([3, 7, 11, 13], Enumerable.Range(0, 40).Where(s => schedule.UpdatesAt(s)));
    }

    [Fact]
    public void ConstantSparsity_WithoutEnd_UpdatesForEver()
    {
        var schedule = new ConstantSparsity(0.4, 2, frequency: 10);
        Assert.Equal([2, 12, 22, 32], Enumerable.Range(0, 40).Where(s => schedule.UpdatesAt(s)));
        Assert.Equal(0.4, schedule.SparsityAt(12));
    }

    [Fact]
    public void Schedules_OfNumbersOutOfRange_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PolynomialDecay(0, 1, 0, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PolynomialDecay(0, 0.5, 10, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConstantSparsity(-0.1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConstantSparsity(0.5, 0, frequency: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRates.Cosine(final: 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Optimizers.Sgd(0));
    }

    [Fact]
    public void Cosine_WithWarmup_RisesToOneAndFallsToTheFinalFactor()
    {
        LearningRate schedule = LearningRates.Cosine(warmup: 4, final: 0.2);
        Assert.Equal([0.2, 0.4, 0.6, 0.8], Enumerable.Range(0, 4).Select(s => Math.Round(schedule.At(s, 104), 12)));
        Assert.Equal(1, schedule.At(4, 104), 1e-12);
        Assert.Equal(0.6, schedule.At(54, 104), 1e-12);
        Assert.Equal(0.2, schedule.At(104, 104), 1e-12);
    }

    [Fact]
    public void Step_EverySoManySteps_MultipliesTheFactor()
    {
        LearningRate schedule = LearningRates.Step(10, 0.5);
        Assert.Equal([1, 1, 0.5, 0.25], ((long[])[0, 9, 10, 29]).Select(s => schedule.At(s, 100)));
    }
}
