using System.Numerics;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Kernels of any element type on rows that are longer than a register, each element against what C# computes of it.</summary>
public sealed class RowsTests
{
    private const int Length = 301;

    [Fact]
    public void Comparisons_LongRows_AreThoseOfTheirElements()
    {
        Compare<sbyte>();
        Compare<short>();
        Compare<int>();
        Compare<uint>();
        Compare<long>();
        Compare<ulong>();
        Compare<float>();
        Compare<double>();
        Compare<Half>();
    }

    [Fact]
    public void Arithmetic_LongRows_IsThatOfTheirElements()
    {
        Calculate<sbyte>();
        Calculate<byte>();
        Calculate<short>();
        Calculate<int>();
        Calculate<uint>();
        Calculate<long>();
        Calculate<ulong>();
        Calculate<double>();
    }

    [Fact]
    public void Integers_LongRows_HaveTheirBits()
    {
        ManipulateBits<byte>();
        ManipulateBits<int>();
        ManipulateBits<ulong>();
    }

    [Fact]
    public void Truths_LongRows_AreThoseOfTheirElements()
    {
        bool[] x = [.. Enumerable.Range(0, Length).Select(i => i % 3 == 0)];
        bool[] y = [.. Enumerable.Range(0, Length).Select(i => i % 5 < 2)];
        Rows<bool, bool>(x, y, Logic.And, (a, b) => a && b);
        Rows<bool, bool>(x, y, Logic.Or, (a, b) => a || b);
        Rows<bool, bool>(x, y, Logic.Xor, (a, b) => a != b);
        Rows<bool, bool>(x, y, Logic.Equal, (a, b) => a == b);
        var not = new bool[Length];
        Logic.Not(x, not);
        Assert.Equal(x.Select(v => !v), not);
        var numbers = new float[Length];
        Conversion.FromBool<float>(x, numbers);
        Assert.Equal(x.Select(v => v ? 1f : 0), numbers);
        var longs = new long[Length];
        Conversion.FromBool<long>(x, longs);
        Assert.Equal(x.Select(v => v ? 1L : 0), longs);
    }

    [Fact]
    public void Signs_LongRows_AreThoseOfTheirElements()
    {
        SignsOf<sbyte>(v => v == sbyte.MinValue ? v : sbyte.Abs(v));
        SignsOf<int>(v => v == int.MinValue ? v : int.Abs(v));
        SignsOf<long>(v => v == long.MinValue ? v : long.Abs(v));
        SignsOf<float>(float.Abs);
        SignsOf<double>(double.Abs);
    }

    [Fact]
    public void Tests_LongRows_AreThoseOfTheirElements()
    {
        float[] x = [.. Enumerable.Range(0, Length).Select(i => Special(i))];
        var y = new bool[Length];
        ElementaryFunction.IsNaN<float>(x, y);
        Assert.Equal(x.Select(float.IsNaN), y);
        ElementaryFunction.IsInf<float>(true, true, x, y);
        Assert.Equal(x.Select(float.IsInfinity), y);
        ElementaryFunction.IsInf<float>(true, false, x, y);
        Assert.Equal(x.Select(float.IsNegativeInfinity), y);
        ElementaryFunction.IsInf<float>(false, true, x, y);
        Assert.Equal(x.Select(float.IsPositiveInfinity), y);
        Conversion.ToBool<float>(x, y);
        Assert.Equal(x.Select(v => v != 0), y);
        double[] wide = [.. x.Select(v => (double)v)];
        ElementaryFunction.IsNaN<double>(wide, y);
        Assert.Equal(x.Select(float.IsNaN), y);
        Conversion.ToBool<byte>([.. x.Select((v, i) => (byte)(i % 3))], y);
        Assert.Equal(x.Select((v, i) => i % 3 != 0), y);
    }

    [Fact]
    public void Truncations_LongRows_AreThoseOfTheirElements()
    {
        float[] x = [.. Enumerable.Range(0, Length).Select(i => Special(i) * 3)];
        Truncate<sbyte>(x);
        Truncate<byte>(x);
        Truncate<short>(x);
        Truncate<int>(x);
        Truncate<uint>(x);
        Truncate<long>(x);
        Truncate<ulong>(x);
    }

    [Fact]
    public void Powers_LongRows_AreThoseOfTheirElements()
    {
        float[] x = [.. Samples.Floats(Length, 3, 4), 0, -0f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 1, -1];
        float[] y = [.. Samples.Floats(x.Length, 4, 9)];
        foreach (float exponent in (float[])[2, 0.5f, -3, 1.7f, 65, -70, 0, float.NaN, float.PositiveInfinity])
        {
            Rows<float, float>(x, [exponent], Arithmetic.Power, (a, b) => (float)Elementary.Pow((double)a, b));
        }

        Rows<float, float>(x, y, Arithmetic.Power, (a, b) => (float)Elementary.Pow((double)a, b));
        y[7] = 2;
        y[30] = 0.5f;
        Rows<float, float>(x, y, Arithmetic.Power, (a, b) => (float)Elementary.Pow((double)a, b));
    }

    /// <summary>One value in a vector of ordinary ones decides what is done with all of them.</summary>
    [Theory]
    [InlineData(0f)]
    [InlineData(1e-42f)]
    [InlineData(float.MaxValue)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NaN)]
    public void Powers_OneSpecialValue_AreThoseOfTheirElements(float special)
    {
        float[] x = [.. Samples.Floats(Length, 3, 4)];
        float[] y = [.. Samples.Floats(Length, 4, 9)];
        foreach (float value in (float[])[special, -special])
        {
            x[Length / 2] = value;
            foreach (float exponent in (float[])[2, 0.5f, -3, 1.7f, 0.3f, -0.7f, 65, -70, 0])
            {
                Rows<float, float>(x, [exponent], Arithmetic.Power, (a, b) => (float)Elementary.Pow((double)a, b));
            }

            Rows<float, float>(x, y, Arithmetic.Power, (a, b) => (float)Elementary.Pow((double)a, b));
            Rows<float, float>(y, x, Arithmetic.Power, (a, b) => (float)Elementary.Pow((double)a, b));
        }
    }

    [Fact]
    public void Remainders_OfFloats_AreExact()
    {
        float[] x = [.. Samples.Floats(Length, 3, 4), 1e30f, 7, -7, 6, -0f, float.NaN, float.PositiveInfinity, 5, 1e-40f, 0.3f];
        float[] y = [.. Samples.Floats(Length, 4, 2), 0.1f, 3, 3, -3, 2, 1, 2, 0, 3e-41f, 0.1f];
        Rows<float, float>(x, y, Arithmetic.Remainder, (a, b) => a % b);
    }

    [Fact]
    public void Quotients_OfInts_AreTruncated()
    {
        int[] x = [.. Numbers<int>(1), int.MinValue, int.MinValue, int.MaxValue, int.MaxValue, 7, -7, 0, 1, int.MinValue, -1, -8, 8];
        int[] y = [.. Numbers<int>(2), -1, 1, -1, int.MinValue, 0, 2, 0, int.MaxValue, int.MinValue, 0, -3, -3];
        Rows<int, int>(x, y, Arithmetic.Divide, (a, b) => b == 0 ? 0 : b == -1 ? unchecked(-a) : a / b);
    }

    [Fact]
    public void Shifts_OfAnyDistance_LoseWhatLeaves()
    {
        uint[] x = Numbers<uint>(1);
        uint[] y = [.. Numbers<uint>(2).Select(v => v % 40)];
        Rows<uint, uint>(x, y, Bits.ShiftLeft, (a, b) => b < 32 ? a << (int)b : 0);
        Rows<uint, uint>(x, y, Bits.ShiftRight, (a, b) => b < 32 ? a >> (int)b : 0);
    }

    private static void Compare<T>()
        where T : unmanaged, INumber<T>
    {
        T[] x = Numbers<T>(1);
        T[] y = Numbers<T>(2);
        Rows<T, bool>(x, y, Comparison.Equal, (a, b) => a == b);
        Rows<T, bool>(x, y, Comparison.Less, (a, b) => a < b);
        Rows<T, bool>(x, y, Comparison.LessOrEqual, (a, b) => a <= b);
    }

    private static void Calculate<T>()
        where T : unmanaged, INumber<T>
    {
        T[] x = Numbers<T>(1);
        T[] y = Numbers<T>(2);
        Rows<T, T>(x, y, Arithmetic.Add, (a, b) => unchecked(a + b));
        Rows<T, T>(x, y, Arithmetic.Subtract, (a, b) => unchecked(a - b));
        Rows<T, T>(x, y, Arithmetic.Multiply, (a, b) => unchecked(a * b));
        Rows<T, T>(x, y, Arithmetic.Minimum, T.Min);
        Rows<T, T>(x, y, Arithmetic.Maximum, T.Max);
    }

    private static void ManipulateBits<T>()
        where T : unmanaged, IBinaryInteger<T>
    {
        T[] x = Numbers<T>(1);
        T[] y = Numbers<T>(2);
        Rows<T, T>(x, y, Bits.And, (a, b) => a & b);
        Rows<T, T>(x, y, Bits.Or, (a, b) => a | b);
        Rows<T, T>(x, y, Bits.Xor, (a, b) => a ^ b);
        var not = new T[Length];
        Bits.Not<T>(x, not);
        Assert.Equal(x.Select(v => ~v), not);
    }

    private static void SignsOf<T>(Func<T, T> magnitude)
        where T : unmanaged, INumber<T>
    {
        T[] x = Numbers<T>(1);
        var y = new T[Length];
        ElementaryFunction.Abs<T>(x, y);
        Assert.Equal(x.Select(magnitude), y);
        ElementaryFunction.Neg<T>(x, y);
        Assert.Equal(x.Select(v => unchecked(-v)), y);
        ElementaryFunction.Sign<T>(x, y);
        Assert.Equal(x.Select(v => v > T.Zero ? T.One : v < T.Zero ? -T.One : T.Zero), y);
    }

    private static void Truncate<T>(float[] x)
        where T : unmanaged, INumber<T>
    {
        var y = new T[x.Length];
        Conversion.Convert<float, T>(x, y);
        Assert.Equal(x.Select(v => Conversion.FromFloat64<T>(v)), y);
        double[] wide = [.. x.Select(v => (double)v)];
        Conversion.Convert<double, T>(wide, y);
        Assert.Equal(wide.Select(Conversion.FromFloat64<T>), y);
    }

    private delegate void Kernel<T, TResult>(in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<TResult> output);

    /// <summary>Row by row, and with the first element of each operand standing for all of a row.</summary>
    private static void Rows<T, TResult>(T[] x, T[] y, Kernel<T, TResult> kernel, Func<T, T, TResult> function)
    {
        Check(y.Length == 1 ? 0 : 1, 1);
        Check(0, 1);

        // Elements that are no neighbours are taken one by one.
        Check(y.Length == 1 ? 0 : 1, 2);
        if (y.Length > 1)
        {
            Check(1, 0);
            Check(2, 1);
            Check(3, 2);
        }

        void Check(int rightStride, int leftStride)
        {
            int count = Math.Min(x.Length / Math.Max(leftStride, 1), rightStride == 0 ? x.Length : y.Length / rightStride);
            var output = new TResult[count];
            kernel(new BroadcastShape([count], [leftStride], [rightStride]), x, y, output);
            for (int i = 0; i < count; i++)
            {
                TResult expected = function(x[i * leftStride], y[i * rightStride]);
                Assert.True(Equals(expected, output[i]), $"{x[i * leftStride]}, {y[i * rightStride]}: {output[i]}, not {expected}.");
            }
        }
    }

    private static T[] Numbers<T>(int seed)
        where T : INumber<T>
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, Length).Select(i => i % 7 == 0
                ? T.CreateTruncating(i % 5)
                : T.CreateTruncating(random.NextInt64(long.MinValue, long.MaxValue) >> (int)(i % 60))),
        ];
    }

    private static float Special(int i) => (i % 11) switch
    {
        0 => float.NaN,
        1 => float.PositiveInfinity,
        2 => float.NegativeInfinity,
        3 => 0,
        4 => -0f,
        5 => -1e10f * i,
        6 => 1e18f * i,
        7 => 3e9f + i,
        _ => (i * 1.37f) - 200,
    };
}
