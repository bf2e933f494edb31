using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Tests.Quantization;

/// <summary>The largest and smallest sums, against those of the codes that make them.</summary>
public sealed class AccumulatorRangeTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(128)]
    [InlineData(255)]
    public void Fits_BiasAtTheEnds_IsExact(int zeroPoint)
    {
        var random = new Random(zeroPoint);
        for (int round = 0; round < 20; round++)
        {
            sbyte[] weights = [.. Enumerable.Range(0, 1 + (round * 5)).Select(_ => (sbyte)random.Next(-128, 128))];
            long highest = weights.Sum(w => (long)Math.Max((0 - zeroPoint) * w, (255 - zeroPoint) * w));
            long lowest = weights.Sum(w => (long)Math.Min((0 - zeroPoint) * w, (255 - zeroPoint) * w));

            Assert.True(AccumulatorRange.Fits(weights, int.MaxValue - 1 - highest, zeroPoint));
            Assert.False(AccumulatorRange.Fits(weights, int.MaxValue - highest, zeroPoint));
            Assert.True(AccumulatorRange.Fits(weights, int.MinValue + 1 - lowest, zeroPoint));
            Assert.False(AccumulatorRange.Fits(weights, int.MinValue - lowest, zeroPoint));
        }
    }
}
