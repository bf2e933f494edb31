using ModelBuild.Compiler.Planning;

namespace ModelBuild.Compiler.Tests.Planning;

/// <summary>Scales that are found again from the products of codes and scales of eight significant bits.</summary>
public sealed class ExactGridTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(171, 0)]
    [InlineData(255, 5)]
    [InlineData(129, 255)]
    public void Find_MultiplesOfAScale_AreCodesAgain(int scale, int zeroPoint)
    {
        // All are multiples of three, so that what they have in common is no scale yet.
        float step = MathF.ScaleB(scale, -12);
        float[] values = [.. Enumerable.Range(0, 86).Select(i => ((3 * i) - zeroPoint + (zeroPoint % 3)) * step)];

        ExactGrid grid = ExactGrid.Find(values, 255)!.Value;

        Assert.All(values, v => Assert.Equal(v, MathF.Round(v / grid.Scale) * grid.Scale));
        Assert.All(values, v => Assert.InRange((v / grid.Scale) + grid.ZeroPoint, 0, 255));
        Assert.Equal(0u, BitConverter.SingleToUInt32Bits(grid.Scale) & 0xFFFF);
    }

    /// <summary>However large or small the steps are: a power of two changes nothing but the scale.</summary>
    [Fact]
    public void Find_StepsOfAnySize_AreFoundAlike()
    {
        float[] codes = [.. Enumerable.Range(0, 256).Select(i => (float)(i - 100))];
        for (int power = -110; power <= 110; power += 10)
        {
            float step = MathF.ScaleB(171, power);
            Assert.Equal(new ExactGrid(step, 100), ExactGrid.Find(Array.ConvertAll(codes, c => c * step), 255));
        }
    }

    /// <summary>Numbers so far apart that no steps reach from one to the other.</summary>
    [Theory]
    [InlineData(1f, 1e20f)]
    [InlineData(1e-20f, 1f)]
    [InlineData(1e-30f, 1e30f)]
    public void Find_NumbersFarApart_AreOnNone(float small, float large) => Assert.Null(ExactGrid.Find([small, large], 255));

    /// <summary>513 is three times 171, which has eight bits, and twice 256.5.</summary>
    [Fact]
    public void Find_OneValueOfTenBits_IsDividedByWhatDividesIt() =>
        Assert.Equal(new ExactGrid(171, 0), ExactGrid.Find([0, 513], 255));

    /// <summary>771 is 3 · 257, and neither factor leaves eight bits and few enough steps.</summary>
    [Fact]
    public void Find_ValueWithoutSuchAFactor_IsNone() => Assert.Null(ExactGrid.Find([0, 771], 255));

    [Fact]
    public void Find_NothingButZeros_IsAnyGrid() => Assert.Equal(new ExactGrid(1, 0), ExactGrid.Find([0, 0, -0f], 255));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.Epsilon)]
    public void Find_NumbersThatAreNotNormal_AreOnNone(float value) => Assert.Null(ExactGrid.Find([1, value], 255));
}
