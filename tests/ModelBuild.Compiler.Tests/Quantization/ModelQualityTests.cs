using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Tests.Quantization;

public sealed class ModelQualityTests
{
    /// <summary>Each part that is asked for counts for itself; what was not measured misses nothing.</summary>
    [Theory]
    [InlineData(30, 0.99, 0.9, true)]
    [InlineData(29.9, 1, 1, false)]
    [InlineData(40, 0.98, 1, false)]
    [InlineData(40, 1, 0.89, false)]
    public void Meets_EachPartOfABudget_IsLookedAt(double sqnr, double agreement, double accuracy, bool isMet)
    {
        var budget = new QualityBudget(MinSqnr: 30, MinAgreement: 0.99, MinAccuracy: 0.9);

        Assert.Equal(isMet, new ModelQuality(sqnr, "y", agreement, accuracy, 10).Meets(budget));
        Assert.True(new ModelQuality(null, "y", null, null, 10).Meets(budget));
        Assert.True(new ModelQuality(sqnr, "y", agreement, accuracy, 10).Meets(QualityBudget.None));
    }

    [Theory]
    [InlineData(35.0, 31.0, true)]
    [InlineData(35.0, 29.0, false)]
    [InlineData(29.0, 31.0, false)]
    [InlineData(35.0, null, true)]
    public void MeetsElsewhere_LeastRatio_HasToReachTheBudgetToo(double sqnr, double? least, bool isMet) => Assert.Equal(
        isMet,
        new ModelQuality(sqnr, "y", null, null, 10) { LeastSqnr = least }.MeetsElsewhere(new QualityBudget(MinSqnr: 30)));
}
