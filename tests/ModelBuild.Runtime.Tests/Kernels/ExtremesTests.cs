using System.Numerics.Tensors;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>The fast search against the one that knows the rules of IEEE 754, bit by bit.</summary>
public sealed class ExtremesTests
{
    private static readonly float[] s_edges =
        [float.NaN, -float.NaN, 0f, -0f, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue, float.Epsilon];

    [Fact]
    public void Extremes_EveryLengthAndPlace_AreThoseOfTheRules()
    {
        for (int length = 1; length <= 75; length++)
        {
            float[] numbers = Samples.Floats(length, length);
            AssertSame(numbers);
            AssertSame(Array.ConvertAll(numbers, n => -MathF.Abs(n)));
            AssertSame(new float[length]);
            for (int place = 0; place < length; place++)
            {
                foreach (float edge in s_edges)
                {
                    float kept = numbers[place];
                    numbers[place] = edge;
                    AssertSame(numbers);
                    numbers[place] = kept;
                }
            }
        }
    }

    [Fact]
    public void Extremes_ZerosOfBothSigns_AreTold()
    {
        for (int place = 0; place < 40; place++)
        {
            float[] zeros = new float[40];
            zeros[place] = -0f;
            AssertSame(zeros);
            Array.Fill(zeros, -0f);
            zeros[place] = 0f;
            AssertSame(zeros);
        }
    }

    [Fact]
    public void Extremes_OfOtherTypes_AreThoseOfTheRules()
    {
        Assert.Equal(7, Extremes.Maximum<long>([3, 7, -9]));
        Assert.Equal(-9, Extremes.Minimum<long>([3, 7, -9]));
        Assert.True(double.IsNaN(Extremes.Maximum<double>([3, double.NaN, -9])));
    }

    private static void AssertSame(float[] numbers)
    {
        Assert.Equal(Bits(TensorPrimitives.Max<float>(numbers)), Bits(Extremes.Maximum<float>(numbers)));
        Assert.Equal(Bits(TensorPrimitives.Min<float>(numbers)), Bits(Extremes.Minimum<float>(numbers)));
    }

    private static int Bits(float value) => float.IsNaN(value) ? 0x7FC0_0000 : BitConverter.SingleToInt32Bits(value);
}
