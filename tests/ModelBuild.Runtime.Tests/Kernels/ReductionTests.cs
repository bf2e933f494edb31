using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public class ReductionTests
{
    /// <summary>Relative to the mean of the magnitudes.</summary>
    private const double MeanTolerance = 1e-6;

    private static IEnumerable<(int Outer, int Reduced, int Inner)> Shapes()
    {
        foreach (int reduced in (int[])[1, 2, 15, 16, 17, 31, 32, 49, 64, 100, 1000])
        {
            foreach (int inner in (int[])[1, 2, 3, 8, 16, 17, 33, 64])
            {
                yield return (3, reduced, inner);
            }
        }
    }

    [Fact]
    public void MeanFloat32_AnyShape_IsCloseToTheMeanInDoublePrecision()
    {
        foreach ((int outer, int reduced, int inner) in Shapes())
        {
            float[] x = Samples.Floats(outer * reduced * inner, reduced + inner);
            var y = new float[outer * inner];
            Reduction.MeanFloat32(outer, reduced, inner, x, y);
            for (int i = 0; i < y.Length; i++)
            {
                double[] run = [.. Run(x, i, reduced, inner).Select(v => (double)v)];
                Assert.InRange(y[i], run.Average() - Tolerance(run), run.Average() + Tolerance(run));
            }
        }

        static double Tolerance(double[] run) => MeanTolerance * run.Average(Math.Abs);
    }

    /// <summary>
    /// Numbers of one sign, as an image has them before its mean is taken away: one sum of all would be off by a part in a thousand.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(300)]
    public void MeansAndSums_OfManyNumbers_AreAsPreciseAsOfFew(int inner)
    {
        const int Reduced = 200_003;
        float[] x = Array.ConvertAll(Samples.Floats(Reduced * inner, inner), v => 2000.3f + v);
        var means = new float[inner];
        var sums = new float[inner];
        Reduction.MeanFloat32(1, Reduced, inner, x, means);
        Reduction.Sum<float>(1, Reduced, inner, x, sums);
        for (int i = 0; i < inner; i += 7)
        {
            double mean = Run(x, i, Reduced, inner).Average(v => (double)v);
            Assert.InRange(means[i], mean * (1 - MeanTolerance), mean * (1 + MeanTolerance));
            Assert.InRange(sums[i] / Reduced, mean * (1 - MeanTolerance), mean * (1 + MeanTolerance));
        }
    }

    [Fact]
    public void MeanFloat32_WithoutInnerDimension_AddsSixteenInterleavedSumsByHalves()
    {
        foreach (int length in Samples.Lengths.Where(l => l > 0))
        {
            float[] x = Samples.Floats(length, length);
            var lanes = new float[16];
            for (int i = 0; i < length; i++)
            {
                lanes[i % 16] += x[i];
            }

            for (int half = 8; half > 0; half /= 2)
            {
                for (int lane = 0; lane < half; lane++)
                {
                    lanes[lane] += lanes[lane + half];
                }
            }

            var y = new float[1];
            Reduction.MeanFloat32(1, length, 1, x, y);
            Assert.Equal(lanes[0] / length, y[0]);
        }
    }

    [Theory]
    [InlineData(0, 1f, 0)]
    [InlineData(113, 1.37f, 121)]
    [InlineData(255, 0.73f, 200)]
    public void MeanUInt8_AnyShape_IsTheRoundedMean(int inputZeroPoint, float multiplier, int zeroPoint)
    {
        foreach ((int outer, int reduced, int inner) in Shapes())
        {
            byte[] x = Samples.Codes(outer * reduced * inner, reduced + inner);
            var y = new byte[outer * inner];
            Reduction.MeanUInt8(outer, reduced, inner, x, inputZeroPoint, multiplier, zeroPoint, y);
            for (int i = 0; i < y.Length; i++)
            {
                int sum = Run(x, i, reduced, inner).Sum(v => v - inputZeroPoint);
                Assert.Equal(Samples.ToCode((float)sum * (multiplier / reduced), zeroPoint), y[i]);
            }
        }
    }

    [Fact]
    public void MeanUInt8_LongRunOfTheLargestCode_DoesNotOverflow()
    {
        byte[] x = [.. Enumerable.Repeat((byte)255, 300_000)];
        var y = new byte[1];
        Reduction.MeanUInt8(1, x.Length, 1, x, 0, 1, 0, y);
        Assert.Equal(255, y[0]);
        Reduction.MeanUInt8(1, x.Length, 1, x, 255, 1, 7, y);
        Assert.Equal(7, y[0]);
    }

    [Fact]
    public void Means_ArgumentsThatDoNotFit_AreRefused()
    {
        Assert.Equal("input", Parameter(() => Reduction.MeanFloat32(2, 3, 4, new float[23], new float[8])));
        Assert.Equal("output", Parameter(() => Reduction.MeanFloat32(2, 3, 4, new float[24], new float[7])));
        Assert.Equal("reduced", Parameter(() => Reduction.MeanFloat32(2, -1, 4, [], new float[8])));
        Assert.Equal("reduced", Parameter(() => Reduction.MeanUInt8(1, 8_421_505, 1, new byte[8_421_505], 0, 1, 0, new byte[1])));
        Assert.Equal("zeroPoint", Parameter(() => Reduction.MeanUInt8(2, 3, 4, new byte[24], 0, 1, 256, new byte[8])));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void MeanFloat32_OfNothing_IsNotANumber(int inner)
    {
        float[] means = new float[2 * inner];
        Reduction.MeanFloat32(2, 0, inner, [], means);
        Assert.All(means, m => Assert.True(float.IsNaN(m)));
    }

    private static IEnumerable<T> Run<T>(T[] x, int output, int reduced, int inner) =>
        Enumerable.Range(0, reduced).Select(i => x[(((output / inner * reduced) + i) * inner) + (output % inner)]);

    private static string? Parameter(Action action) => Assert.ThrowsAny<ArgumentException>(action).ParamName;
}
