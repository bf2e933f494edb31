using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Tests.Quantization;

public sealed class ValueRangeTests
{
    [Theory]
    [InlineData(-1f, 1f)]
    [InlineData(0f, 6f)]
    [InlineData(2f, 5f)]
    [InlineData(-7f, -3f)]
    [InlineData(-0.001f, 123f)]
    public void ToUInt8_AnyRange_RepresentsZeroExactlyAndTheEndsWithinHalfAStep(float minimum, float maximum)
    {
        QuantizationParameters q = new ValueRange(minimum, maximum).ToUInt8();
        Assert.InRange(q.ZeroPoint, 0, 255);
        foreach (float value in new[] { MathF.Min(minimum, 0), MathF.Max(maximum, 0) })
        {
            float code = Math.Clamp(MathF.Round(value / q.Scale) + q.ZeroPoint, 0, 255);
            Assert.InRange(MathF.Abs(((code - q.ZeroPoint) * q.Scale) - value), 0, q.Scale * 0.51f);
        }
    }

    /// <summary>Numbers whose scale has no reciprocal are zeros, and what has shown nothing else is taken to reach 1.</summary>
    [Theory]
    [InlineData(0f, 0f)]
    [InlineData(-1e-40f, 1e-37f)]
    public void ToUInt8_OnlyZeros_HasCodesUpToOne(float minimum, float maximum) =>
        Assert.Equal(new QuantizationParameters(1 / 255f, 0), new ValueRange(minimum, maximum).ToUInt8());

    [Theory]
    [InlineData(0f, 0f)]
    [InlineData(-1e-40f, 1e-37f)]
    public void ToInt16_OnlyZeros_HasCodesUpToTwice(float minimum, float maximum) =>
        Assert.InRange(new ValueRange(minimum, maximum).ToInt16().Scale * short.MaxValue, 2, 2.001f);

    [Fact]
    public void WhereItMatters_Clip_IsWhatLiesBetweenItsBounds()
    {
        ValueRange range = new ValueRange(-10, 8).WhereItMatters(x => Array.ConvertAll(x, v => Math.Clamp(v, -2, 3)));
        Assert.Equal(-2, range.Minimum, 0.01f);
        Assert.Equal(3, range.Maximum, 0.01f);
    }

    [Fact]
    public void WhereItMatters_HardSwish_StartsAtMinusThree()
    {
        ValueRange range = new ValueRange(-10, 5).WhereItMatters(x => Array.ConvertAll(x, v => v * Math.Clamp((v / 6) + 0.5f, 0, 1)));
        Assert.Equal(-3, range.Minimum, 0.01f);
        Assert.Equal(5, range.Maximum);
    }
}
