using System.Numerics;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public class ConversionTests
{
    /// <summary>Reals at the edges of the integer types, and beyond them.</summary>
    private static readonly float[] s_reals =
    [
        0.9f, -0.9f, 127.9f, 128, 200, 255.9f, 256, 300, -1, -129, -300, 32768, 65536, 70000, -40000, 2147483520f, 2147483648f, 3e9f,
        4294967296f, -2147483648f, -3e9f, 9.3e18f, 1.5e19f, 1e20f, -1e20f, float.NaN, float.PositiveInfinity, float.NegativeInfinity,
        1e-45f,
    ];

    /// <summary>What ONNX Runtime 1.31.1 makes of them on x64.</summary>
    [Fact]
    public void Float32ToIntegers_AnyNumber_IsWhatOnnxRuntimeMakesOfIt()
    {
        AssertConverted<sbyte>(
        [
            0, 0, 127, -128, -56, -1, 0, 44, -1, 127, -44, 0, 0, 112, -64, -128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ]);
        AssertConverted<byte>(
        [
            0, 0, 127, 128, 200, 255, 0, 44, 255, 127, 212, 0, 0, 112, 192, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ]);
        AssertConverted<short>(
        [
            0, 0, 127, 128, 200, 255, 256, 300, -1, -129, -300, -32768, 0, 4464, 25536, -128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ]);
        AssertConverted<ushort>(
        [
            0, 0, 127, 128, 200, 255, 256, 300, 65535, 65407, 65236, 32768, 0, 4464, 25536, 65408, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ]);
        const int Lowest = int.MinValue;
        AssertConverted<int>(
        [
            0, 0, 127, 128, 200, 255, 256, 300, -1, -129, -300, 32768, 65536, 70000, -40000, 2147483520, Lowest, Lowest, Lowest, Lowest,
            Lowest, Lowest, Lowest, Lowest, Lowest, Lowest, Lowest, Lowest, 0,
        ]);
        AssertConverted<uint>(
        [
            0, 0, 127, 128, 200, 255, 256, 300, 4294967295, 4294967167, 4294966996, 32768, 65536, 70000, 4294927296, 2147483520,
            2147483648, 3000000000, 0, 2147483648, 2147483648, 0, 0, 0, 2147483648, 2147483648, 0, 2147483648, 0,
        ]);
        AssertConverted<long>(
        [
            0, 0, 127, 128, 200, 255, 256, 300, -1, -129, -300, 32768, 65536, 70000, -40000, 2147483520, 2147483648, 3000000000,
            4294967296, -2147483648, -3000000000, long.MinValue, long.MinValue, long.MinValue, long.MinValue, long.MinValue, long.MinValue,
            long.MinValue, 0,
        ]);
        AssertConverted<ulong>(
        [
            0, 0, 127, 128, 200, 255, 256, 300, 18446744073709551615, 18446744073709551487, 18446744073709551316, 32768, 65536, 70000,
            18446744073709511616, 2147483520, 2147483648, 3000000000, 4294967296, 18446744071562067968, 18446744070709551616,
            9300000300729368576, 15000000520515485696, 0, 9223372036854775808, 9223372036854775808, 0, 9223372036854775808, 0,
        ]);
    }

    [Fact]
    public void Float64ToInt32_BetweenTheLastIntegerAndTheNext_IsRoundedTowardsZero()
    {
        var y = new int[4];
        Conversion.Convert<double, int>([2147483647.9, -2147483648.9, 2147483648.0, -2147483649.0], y);
        Assert.Equal([int.MaxValue, int.MinValue, int.MinValue, int.MinValue], y);
    }

    [Fact]
    public void IntegersToIntegers_AnyNumber_KeepTheLowBits()
    {
        From<sbyte>();
        From<byte>();
        From<short>();
        From<ushort>();
        From<int>();
        From<uint>();
        From<long>();
        From<ulong>();

        static void From<T>()
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
        {
            To<T, sbyte>();
            To<T, byte>();
            To<T, short>();
            To<T, ushort>();
            To<T, int>();
            To<T, uint>();
            To<T, long>();
            To<T, ulong>();
        }

        static void To<TFrom, TTo>()
            where TFrom : unmanaged, IBinaryInteger<TFrom>, IMinMaxValue<TFrom>
            where TTo : unmanaged, IBinaryInteger<TTo>, IMinMaxValue<TTo>
        {
            BigInteger range = BigInteger.CreateChecked(TTo.MaxValue) - BigInteger.CreateChecked(TTo.MinValue) + 1;
            var random = new Random(7);
            foreach (int length in Samples.Lengths)
            {
                TFrom[] x =
                    [TFrom.MinValue, TFrom.MaxValue,
                    .. Enumerable.Range(0, length).Select(_ => TFrom.CreateTruncating(random.NextInt64()))];
                var y = new TTo[x.Length];
                Conversion.Convert(x, y);
                for (int i = 0; i < x.Length; i++)
                {
                    Assert.InRange(
                        BigInteger.CreateChecked(y[i]), BigInteger.CreateChecked(TTo.MinValue), BigInteger.CreateChecked(TTo.MaxValue));
                    Assert.Equal(BigInteger.Zero, (BigInteger.CreateChecked(x[i]) - BigInteger.CreateChecked(y[i])) % range);
                }
            }
        }
    }

    [Fact]
    public void Int32ToFloat32_EveryLength_IsRoundedToNearestEven()
    {
        foreach (int length in Samples.Lengths)
        {
            int[] x = [.. Enumerable.Range(0, length).Select(i => i % 3 == 0 ? 16777217 + (2 * i) : (i * 1664525) - 1013904223)];
            var y = new float[length];
            Conversion.Convert(x, y);
            Assert.Equal(x.Select(v => (float)(double)v), y);
        }
    }

    [Fact]
    public void Int64ToFloat32_HalfwayCases_AreRoundedOnce()
    {
        // Through double precision the first would be rounded twice, down to 2^62.
        long[] x = [(1L << 62) + (1L << 38) + 1, (1L << 62) + (1L << 38), long.MinValue, long.MaxValue, 0, -1, 16777217];
        var y = new float[x.Length];
        Conversion.Convert(x, y);
        Assert.Equal([4611686568183201792f, 4611686018427387904f, -9223372036854775808f, 9223372036854775808f, 0f, -1f, 16777216f], y);
    }

    [Fact]
    public void UInt64ToReals_UpperHalf_IsNotNegative()
    {
        ulong[] x = [ulong.MaxValue, 1UL << 63, (1UL << 63) + 1025];
        var y = new float[3];
        Conversion.Convert(x, y);
        Assert.Equal([18446744073709551616f, 9223372036854775808f, 9223372036854775808f], y);
        var z = new double[3];
        Conversion.Convert(x, z);
        Assert.Equal([18446744073709551616d, 9223372036854775808d, 9223372036854777856d], z);
    }

    [Fact]
    public void Float64ToFloat32_AnyNumbers_AreRoundedToNearestEven()
    {
        double[] x = [0, -0.0, 1 + 5.9604644775390625e-8, 1 + 1.7881393432617188e-7, 1e300, -1e300, double.NaN, 1e-46, Math.PI];
        var y = new float[x.Length];
        Conversion.Convert(x, y);
        Assert.Equal(
            [0f, -0f, 1f, 1.0000002f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 0f, 3.1415927f], y);
    }

    [Fact]
    public void Halves_BothWays_AreRoundedToNearestEven()
    {
        var halves = new Half[6];
        Conversion.Convert<float, Half>([0.1f, 70000, 65519.99f, 65520, 2049, 1e-8f], halves);
        Assert.Equal(
            [(ushort)11878, 31744, 31743, 31744, 26624, 0], halves.Select(BitConverter.HalfToUInt16Bits));
        var y = new float[4];
        Conversion.Convert<Half, float>([(Half)0.333f, Half.MaxValue, Half.NegativeInfinity, Half.Epsilon], y);
        Assert.Equal([0.33300781f, 65504f, float.NegativeInfinity, 5.9604645e-8f], y);
        var integers = new int[3];
        Conversion.Convert<Half, int>([(Half)(-3.5f), (Half)200, Half.PositiveInfinity], integers);
        Assert.Equal([-3, 200, int.MinValue], integers);
    }

    [Fact]
    public void HalfToFloat32_EveryHalf_IsExact()
    {
        Half[] x = [.. Enumerable.Range(0, 65536).Select(i => BitConverter.UInt16BitsToHalf((ushort)i))];
        var y = new float[x.Length];
        Conversion.Convert(x, y);
        for (int i = 0; i < x.Length; i++)
        {
            // sign, exponent and fraction as IEEE 754 has them.
            int exponent = (i >> 10) & 31;
            int fraction = i & 1023;
            double expected = exponent == 31 ? (fraction == 0 ? double.PositiveInfinity : double.NaN)
                : exponent == 0 ? fraction * Math.Pow(2, -24)
                : (1024 + fraction) * Math.Pow(2, exponent - 25);
            Assert.Equal(i >= 32768 ? -expected : expected, y[i]);
            Assert.Equal(double.IsNaN(expected) || i >= 32768, double.IsNaN(expected) || float.IsNegative(y[i]));
        }
    }

    /// <summary>Between every two neighbours among halves: below the middle, the middle, above it.</summary>
    [Fact]
    public void Float32ToHalf_AroundEveryMiddle_IsTheNearestAndTheEvenOne()
    {
        var x = new List<float>();
        var expected = new List<Half>();
        for (int i = 0; i < 0x7C00; i++)
        {
            Half low = BitConverter.UInt16BitsToHalf((ushort)i);
            Half high = BitConverter.UInt16BitsToHalf((ushort)(i + 1));
            float middle = (float)(((double)low + (Half.IsInfinity(high) ? 65536 : (double)high)) / 2);
            x.AddRange([MathF.BitDecrement(middle), middle, MathF.BitIncrement(middle), -middle]);
            Half even = (i & 1) == 0 ? low : high;
            expected.AddRange([low, even, high, -even]);
        }

        var y = new Half[x.Count];
        Conversion.Convert<float, Half>([.. x], y);
        Assert.Equal(expected, y);
        var rounded = new float[x.Count];
        Conversion.RoundToHalf([.. x], rounded);
        Assert.Equal(expected.Select(h => (float)h), rounded);
        double[] wide = [.. x.Select(v => (double)v)];
        Conversion.Convert<double, Half>(wide, y);
        Assert.Equal(expected, y);
    }

    [Fact]
    public void Integers_ToHalf_AreRoundedAndBeyondItsRangeInfinite()
    {
        var y = new Half[7];
        Conversion.Convert<int, Half>([2049, 2051, 65519, 65520, -70000, int.MinValue, -5], y);
        Assert.Equal(
            [(Half)2048, (Half)2052, (Half)65504, Half.PositiveInfinity, Half.NegativeInfinity, Half.NegativeInfinity, (Half)(-5)], y);
        Conversion.Convert<ulong, Half>([ulong.MaxValue, 7, 65504, 65520, 2049, 0, 1], y);
        Assert.Equal([Half.PositiveInfinity, (Half)7, (Half)65504, Half.PositiveInfinity, (Half)2048, (Half)0, (Half)1], y);
        Conversion.FromBool([true, false, true, true, true, true, true], y);
        Assert.Equal([Half.One, Half.Zero], y[..2]);
        var truths = new bool[4];
        Conversion.ToBool<Half>([Half.NaN, Half.NegativeZero, Half.Epsilon, Half.Zero], truths);
        Assert.Equal([true, false, true, false], truths);
    }

    [Fact]
    public void RoundToHalf_EveryLength_IsThereAndBack()
    {
        foreach (int length in Samples.Lengths)
        {
            float[] x = Samples.FloatsWithSpecials(length, 3);
            var y = new float[length];
            Conversion.RoundToHalf(x, y);
            Assert.Equal(x.Select(v => (float)(Half)v), y);
        }
    }

    [Fact]
    public void RoundToBFloat16_AnyNumber_IsTheNearestAndTheEvenOne()
    {
        float[] x =
        [
            1, 1 + (1f / 256), 1 + (1f / 128), 1 + (3f / 256), MathF.BitIncrement(1 + (1f / 256)), -(1 + (1f / 256)), 0, -0f, 3.3895314e38f,
            float.MaxValue, float.NegativeInfinity, float.NaN, BitConverter.UInt32BitsToSingle(0x7F800001), 1e-45f, 9.2e-41f,
            BitConverter.UInt32BitsToSingle(0x7FFFFFFF),
        ];
        var y = new float[x.Length];
        Conversion.RoundToBFloat16(x, y);
        Assert.Equal(
            [
                1, 1, 1 + (1f / 128), 1 + (2f / 128), 1 + (1f / 128), -1, 0, -0f, 3.3895314e38f, float.PositiveInfinity,
                float.NegativeInfinity, float.NaN, float.NaN, 0, 9.183549615799121e-41f, float.NaN,
            ],
            y);
    }

    [Fact]
    public void ToBool_AnythingButZero_IsTrue()
    {
        var y = new bool[6];
        Conversion.ToBool<float>([0f, -0f, 1f, float.NaN, float.NegativeInfinity, float.Epsilon], y);
        Assert.Equal([false, false, true, true, true, true], y);
        var z = new bool[4];
        Conversion.ToBool<long>([0, 1L << 32, -1, long.MinValue], z);
        Assert.Equal([false, true, true, true], z);
    }

    [Fact]
    public void FromBool_Truth_IsOne()
    {
        var y = new float[3];
        Conversion.FromBool([true, false, true], y);
        Assert.Equal([1f, 0f, 1f], y);
        var z = new long[2];
        Conversion.FromBool([false, true], z);
        Assert.Equal([0L, 1L], z);
    }

    [Fact]
    public void Conversions_OutputOfAnotherLength_IsRefused()
    {
        Assert.Equal(
            "output", Assert.Throws<ArgumentException>(() => Conversion.Convert<byte, float>(new byte[3], new float[4])).ParamName);
        Assert.Equal("output", Assert.Throws<ArgumentException>(() => Conversion.RoundToHalf(new float[3], new float[4])).ParamName);
        Assert.Equal("output", Assert.Throws<ArgumentException>(() => Conversion.RoundToBFloat16(new float[3], new float[2])).ParamName);
        Assert.Equal("output", Assert.Throws<ArgumentException>(() => Conversion.ToBool<byte>(new byte[3], new bool[4])).ParamName);
        Assert.Equal("output", Assert.Throws<ArgumentException>(() => Conversion.FromBool(new bool[3], new byte[4])).ParamName);
    }

    private static void AssertConverted<T>(T[] expected)
        where T : unmanaged, INumber<T>
    {
        var y = new T[expected.Length];
        Conversion.Convert(s_reals, y);
        Assert.Equal(expected, y);
        double[] wide = [.. s_reals.Select(v => (double)v)];
        Conversion.Convert(wide, y);
        Assert.Equal(expected, y);
    }
}
