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

    /// <summary>Elements as wide as a float and wider ones, in rows of registers and more.</summary>
    [Fact]
    public void Extremes_LongRowsOfOtherTypes_AreTheLeastAndTheMost()
    {
        foreach (int length in (int[])[1, 7, 16, 33, 100])
        {
            for (int place = 0; place < length; place += 5)
            {
                int[] integers = [.. Enumerable.Range(0, length).Select(i => i == place ? int.MinValue + 3 : (i * 37) - 1)];
                uint[] unsigned = [.. Enumerable.Range(0, length).Select(i => i == place ? 3_000_000_000 : (uint)i + 9)];
                double[] reals = [.. Enumerable.Range(0, length).Select(i => i == place ? -1e300 : i * 0.5)];

                Assert.Equal(int.MinValue + 3, Extremes.Minimum<int>(integers));
                Assert.Equal(integers.Max(), Extremes.Maximum<int>(integers));
                Assert.Equal(unsigned.Min(), Extremes.Minimum<uint>(unsigned));
                Assert.Equal(3_000_000_000, Extremes.Maximum<uint>(unsigned));
                Assert.Equal(-1e300, Extremes.Minimum<double>(reals));
                Assert.Equal(reals.Max(), Extremes.Maximum<double>(reals));
            }
        }
    }

    private static void AssertSame(float[] numbers)
    {
        Assert.Equal(Bits(TensorPrimitives.Max<float>(numbers)), Bits(Extremes.Maximum<float>(numbers)));
        Assert.Equal(Bits(TensorPrimitives.Min<float>(numbers)), Bits(Extremes.Minimum<float>(numbers)));
    }

    private static int Bits(float value) => float.IsNaN(value) ? 0x7FC0_0000 : BitConverter.SingleToInt32Bits(value);
}
