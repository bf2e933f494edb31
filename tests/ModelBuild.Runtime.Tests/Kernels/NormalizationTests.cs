using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Normalization of rows of floats, against double precision, and its sums against those of the reductions, bit by bit.</summary>
public sealed class NormalizationTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(7, false)]
    [InlineData(16, true)]
    [InlineData(384, false)]
    [InlineData(389, true)]
    [InlineData(10_007, true)]
    [InlineData(10_007, false)]
    public void Float32_RowsOfAnyLength_AreNearTheDefinition(int length, bool isCentered)
    {
        const int Rows = 3;
        const float Epsilon = 1e-5f;
        float[] x = Samples.Floats(Rows * length, 1, 3);
        float[] scales = Samples.Floats(length, 2, 2);
        float[] offsets = Samples.Floats(length, 3, 2);
        var y = new float[x.Length];
        var plain = new float[x.Length];

        Normalization.Float32(length, isCentered, x, Epsilon, y, scales, offsets);
        Normalization.Float32(length, isCentered, x, Epsilon, plain);

        for (int row = 0; row < Rows; row++)
        {
            double[] values = [.. x.Skip(row * length).Take(length).Select(v => (double)v)];
            double mean = isCentered ? values.Average() : 0;
            double deviation = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)) + Epsilon);
            for (int i = 0; i < length; i++)
            {
                double normal = (values[i] - mean) / deviation;
                Assert.Equal(normal, plain[(row * length) + i], 2e-6 * (1 + Math.Abs(normal)));
                Assert.Equal((normal * scales[i]) + offsets[i], y[(row * length) + i], 8e-6 * (1 + Math.Abs(normal)));
            }
        }
    }

    /// <summary>What the operators that it stands for give, one after the other.</summary>
    [Theory]
    [InlineData(48)]
    [InlineData(9_001)]
    public void Float32_SquaresOfARow_AreAddedAsAMeanAddsThem(int length)
    {
        float[] x = Samples.Floats(length, 4);
        var variance = new float[1];
        Reduction.MeanFloat32(1, length, 1, [.. x.Select(v => v * v)], variance);
        float factor = 1 / MathF.Sqrt(variance[0] + 1e-6f);
        var y = new float[length];

        Normalization.Float32(length, false, x, 1e-6f, y);

        Assert.Equal(x.Select(v => v * factor), y);
    }

    [Fact]
    public void Float32_SpansThatDoNotFit_AreRefused()
    {
        Assert.Equal("input", Refused(input: 13));
        Assert.Equal("output", Refused(output: 13));
        Assert.Equal("scales", Refused(scales: 6));
        Assert.Equal("offsets", Refused(offsets: 8));
        Assert.Equal("offsets", Refused(scales: 0));
        Assert.Equal("length", Refused(length: 0));

        static string? Refused(int length = 7, int input = 14, int output = 14, int scales = 7, int offsets = 7) =>
            Assert.ThrowsAny<ArgumentException>(() => Normalization.Float32(
                length, true, new float[input], 1e-5f, new float[output], new float[scales], new float[offsets])).ParamName;
    }
}
