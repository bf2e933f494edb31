using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public class ExponentialTests
{
    private const double MaximumExpUlps = 1.1;

    [Fact]
    public void Exp_NumbersOfEveryMagnitude_AreWithinTheStatedError()
    {
        double worst = 0;
        for (uint bits = 0; bits < 0x42B20000; bits += 1021)
        {
            float x = BitConverter.UInt32BitsToSingle(bits);
            foreach (float argument in (float[])[x, -x])
            {
                double exact = Math.Exp(argument);
                if (exact is >= 1.17549435e-38 and <= float.MaxValue)
                {
                    worst = Math.Max(worst, Samples.Ulps(Exp(argument), exact));
                }
            }
        }

        Assert.InRange(worst, 0.1, MaximumExpUlps);
    }

    [Theory]
    [InlineData(0f, 1f)]
    [InlineData(89f, float.PositiveInfinity)]
    [InlineData(88.72284f, float.PositiveInfinity)]
    [InlineData(float.MaxValue, float.PositiveInfinity)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(-87.34f, 0f)]
    [InlineData(float.MinValue, 0f)]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(float.NaN, float.NaN)]
    public void Exp_ArgumentsAtTheEdges_HaveTheirLimits(float x, float expected) => Assert.Equal(expected, Exp(x));

    [Fact]
    public void Exp_NaNWithAnyPayload_IsNaN()
    {
        for (int payload = 1; payload < 1 << 23; payload += 997)
        {
            Assert.True(float.IsNaN(Exp(BitConverter.Int32BitsToSingle(0x7F800000 | payload))));
        }
    }

    [Fact]
    public void Log_NumbersOfEveryMagnitude_AreTheNearestOnes()
    {
        for (int bits = 0x00800000; bits < 0x7F800000; bits += 40009)
        {
            float x = BitConverter.Int32BitsToSingle(bits);
            Assert.InRange(Samples.Ulps(Exponential.Log(x), Math.Log(x)), 0, 0.5001);
        }

        Assert.Equal(0f, Exponential.Log(1f));
        Assert.True(float.IsNaN(Exponential.Log(float.NaN)));
    }

    private static float Exp(float x) => Exponential.Exp(new Float32x1(x)).Value;
}
