using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Functions of two elements of any type, at the edges where processors and languages differ.</summary>
public sealed class NumberArithmeticTests
{
    private delegate void Kernel<T, TResult>(in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<TResult> output);

    [Theory]
    [InlineData(7, -2, -3, -1, 1)]
    [InlineData(-7, 2, -3, 1, -1)]
    [InlineData(-7, -2, 3, -1, -1)]
    [InlineData(5, 0, 0, 0, 0)]
    [InlineData(int.MinValue, -1, int.MinValue, 0, 0)]
    public void Quotients_OfSignedIntegers_GoTowardsZero(int left, int right, int quotient, int floorRemainder, int remainder)
    {
        Assert.Equal(quotient, Pair<int, int>(Arithmetic.Divide<int>, left, right));
        Assert.Equal(floorRemainder, Pair<int, int>(Arithmetic.FloorRemainder<int>, left, right));
        Assert.Equal(remainder, Pair<int, int>(Arithmetic.Remainder<int>, left, right));
    }

    [Theory]
    [InlineData(5, 255, 0, 5)]
    [InlineData(255, 255, 1, 0)]
    [InlineData(250, 7, 35, 5)]
    public void Quotients_OfUnsignedIntegers_KnowNoMinusOne(byte left, byte right, byte quotient, byte remainder)
    {
        Assert.Equal(quotient, Pair<byte, byte>(Arithmetic.Divide<byte>, left, right));
        Assert.Equal(remainder, Pair<byte, byte>(Arithmetic.Remainder<byte>, left, right));
        Assert.Equal(remainder, Pair<byte, byte>(Arithmetic.FloorRemainder<byte>, left, right));
    }

    /// <summary>As NumPy has it, whose remainder takes even a zero's sign from the divisor.</summary>
    [Theory]
    [InlineData(7.5f, 2, 1.5f, 1.5f)]
    [InlineData(-7.5f, 2, 0.5f, -1.5f)]
    [InlineData(-4f, 2, 0f, -0f)]
    [InlineData(4f, -2, -0f, 0f)]
    [InlineData(0f, -2, -0f, 0f)]
    [InlineData(-3f, float.PositiveInfinity, float.PositiveInfinity, -3f)]
    [InlineData(3f, float.PositiveInfinity, 3f, 3f)]
    [InlineData(1f, float.NegativeInfinity, float.NegativeInfinity, 1f)]
    [InlineData(float.PositiveInfinity, 2, float.NaN, float.NaN)]
    [InlineData(1f, 0, float.NaN, float.NaN)]
    [InlineData(1e30f, 7, 1f, 1f)]
    public void Remainders_OfReals_HaveTheSignOfOneOperand(float left, float right, float floorRemainder, float remainder)
    {
        Assert.Equal(floorRemainder, Pair<float, float>(Arithmetic.FloorRemainder<float>, left, right));
        Assert.Equal(remainder, Pair<float, float>(Arithmetic.Remainder<float>, left, right));
        Assert.Equal(floorRemainder, Pair<double, double>(Arithmetic.FloorRemainder<double>, left, right));
        Assert.Equal(remainder, Pair<double, double>(Arithmetic.Remainder<double>, left, right));
    }

    /// <summary>More digits than a float has, and than a double.</summary>
    [Fact]
    public void Remainders_OfLargeNumbers_AreExact()
    {
        var random = new Random(7);
        for (int i = 0; i < 200; i++)
        {
            (long left, long right) = (random.NextInt64(long.MinValue, long.MaxValue), random.NextInt64(3, 1L << random.Next(3, 62)));
            long floor = (long)(((Int128)(left % right) + right) % right);
            Assert.Equal(left % right, Pair<long, long>(Arithmetic.Remainder<long>, left, right));
            Assert.Equal(floor, Pair<long, long>(Arithmetic.FloorRemainder<long>, left, right));
            (int a, int b) = (random.Next(int.MinValue, int.MaxValue), random.Next(3, int.MaxValue));
            Assert.Equal(a % b, Pair<int, int>(Arithmetic.Remainder<int>, a, b));

            // 54 bits by 30: float64 holds the quotient's product no more.
            (double x, double y) = ((double)(left >> 9) + 0.5, (right >> 33) + 1.25);
            Assert.Equal(x % y, Pair<double, double>(Arithmetic.Remainder<double>, x, y));
        }
    }

    [Fact]
    public void SumsAndProducts_OfIntegers_WrapAround()
    {
        Assert.Equal(long.MinValue, Pair<long, long>(Arithmetic.Add<long>, long.MaxValue, 1));
        Assert.Equal((byte)255, Pair<byte, byte>(Arithmetic.Subtract<byte>, 0, 1));
        Assert.Equal((short)-2, Pair<short, short>(Arithmetic.Multiply<short>, short.MaxValue, 2));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(float.NaN, 1)]
    [InlineData(1, float.NaN)]
    [InlineData(float.NegativeInfinity, float.NaN)]
    public void Extremes_OfNaN_AreNaN(float left, float right)
    {
        Assert.Equal(MathF.Min(left, right), Pair<float, float>(Arithmetic.Minimum, left, right));
        Assert.Equal(MathF.Max(left, right), Pair<float, float>(Arithmetic.Maximum, left, right));
        Assert.Equal(Math.Min((double)left, right), Pair<double, double>(Arithmetic.Minimum<double>, left, right));
    }

    [Theory]
    [InlineData(1, 7, 128, 0)]
    [InlineData(-128, 1, 0, -64)]
    [InlineData(-1, 9, 0, -1)]
    [InlineData(3, -1, 0, 0)]
    public void Shifts_OfSignedBytes_KeepTheSign(sbyte left, sbyte by, int shiftedLeft, int shiftedRight)
    {
        Assert.Equal(unchecked((sbyte)shiftedLeft), Pair<sbyte, sbyte>(Bits.ShiftLeft<sbyte>, left, by));
        Assert.Equal((sbyte)shiftedRight, Pair<sbyte, sbyte>(Bits.ShiftRight<sbyte>, left, by));
    }

    [Fact]
    public void Comparisons_WithNaN_AreFalse()
    {
        Assert.False(Pair<float, bool>(Comparison.Equal<float>, float.NaN, float.NaN));
        Assert.False(Pair<float, bool>(Comparison.Less<float>, float.NaN, 1));
        Assert.False(Pair<float, bool>(Comparison.LessOrEqual<float>, 1, float.NaN));
        Assert.True(Pair<ulong, bool>(Comparison.Less<ulong>, 1, ulong.MaxValue));
    }

    [Fact]
    public void Powers_OfMixedTypes_HaveTheTypeOfTheBase()
    {
        var shape = new BroadcastShape([3], [1], [1]);
        var integers = new int[3];
        Arithmetic.Power<int, float>(in shape, [2, 3, -2], [3, 0.5f, 2], integers);
        Assert.Equal([8, 1, 4], integers);
        Arithmetic.Power<int, long>(in shape, [2, 2, -1], [31, -1, -3], integers);
        Assert.Equal([int.MinValue, 0, -1], integers);
    }

    [Fact]
    public void Operands_ThatAreBroadcast_MeetAsNumPyHasIt()
    {
        // [2, 1, 3] and [4, 1]
        var shape = new BroadcastShape([2, 4, 3], [3, 0, 1], [0, 1, 0]);
        long[] left = [1, 2, 3, 4, 5, 6];
        long[] right = [10, 20, 30, 40];
        var sums = new long[24];
        Arithmetic.Add<long>(in shape, left, right, sums);
        Assert.Equal(Enumerable.Range(0, 24).Select(i => left[(i / 12 * 3) + (i % 3)] + right[i / 3 % 4]), sums);
    }

    private static TResult Pair<T, TResult>(Kernel<T, TResult> kernel, T left, T right)
    {
        var result = new TResult[1];
        var shape = new BroadcastShape([1], [1], [1]);
        kernel(in shape, [left], [right], result);
        return result[0];
    }
}
