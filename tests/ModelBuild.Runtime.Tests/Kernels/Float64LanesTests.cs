using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Every operation and every elementary function of every width of float64 gives the bits of the width of one.</summary>
public sealed class Float64LanesTests
{
    private static readonly double[] s_special =
    [
        0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 1e300, -1e300, 1e-310, -1e-310, double.Epsilon, double.MaxValue, double.MinValue,
        double.NaN, double.PositiveInfinity, double.NegativeInfinity, 709.7, 710.1, -745.1, -746.5, 4503599627370497, 1L << 51, 1L << 53,
        0.41421356237309503, 2.414213562373095, 1 - 1e-16, 1.0000000000000002,
    ];

    [Fact]
    public void Float64x2_EveryOperation_EqualsOneLane() => EveryOperationEqualsOneLane<Float64x2>();

    [Fact]
    public void Float64x4_EveryOperation_EqualsOneLane() => EveryOperationEqualsOneLane<Float64x4>();

    [Fact]
    public void Float64x8_EveryOperation_EqualsOneLane() => EveryOperationEqualsOneLane<Float64x8>();

    [Fact]
    public void Functions_EveryWidth_EqualOneLane()
    {
        EqualOneLane<RealFunctions.Total<RealFunctions.Exp>>();
        EqualOneLane<RealFunctions.Total<RealFunctions.Log>>();
        EqualOneLane<RealFunctions.Total<RealFunctions.Sinh>>();
        EqualOneLane<RealFunctions.Total<RealFunctions.Cosh>>();
        EqualOneLane<RealFunctions.Total<RealFunctions.Tanh>>();
        EqualOneLane<RealFunctions.Total<RealFunctions.Asinh>>();
        EqualOneLane<RealFunctions.Total<RealFunctions.Acosh>>();
        EqualOneLane<RealFunctions.Total<RealFunctions.Atanh>>();
        EqualOneLane<RealFunctions.Total<RealFunctions.Asin>>();
        EqualOneLane<RealFunctions.Total<RealFunctions.Acos>>();
        EqualOneLane<RealFunctions.Total<RealFunctions.Atan>>();
        EqualOneLane<RealFunctions.Total<RealFunctions.Softplus>>();
        EqualOneLane<RealFunctions.Total<RealFunctions.Sigmoid>>();
        EqualOneLane<RealFunctions.OfAngle<RealFunctions.Sin>>();
        EqualOneLane<RealFunctions.OfAngle<RealFunctions.Cos>>();
        EqualOneLane<RealFunctions.OfAngle<RealFunctions.Tan>>();
    }

    [Fact]
    public void Spans_AnyLength_AreComputedWhole()
    {
        for (int length = 0; length < 35; length++)
        {
            double[] x = [.. Numbers().Take(length)];
            var y = new double[length];
            Float64.Atan(x, y);
            Assert.Equal(x.Select(v => Bits(Elementary.Atan(v))), y.Select(Bits));
            float[] z = [.. x.Select(v => (float)v)];
            ElementaryFunction.Sin(z, z);
            Assert.Equal(x.Select(v => Bits((float)Elementary.Sin((float)v))), z.Select(v => Bits(v)));
        }
    }

    private static void EveryOperationEqualsOneLane<TLanes>()
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        double[] x = Numbers();
        Equal<TLanes>(x, Float64x1.Abs, TLanes.Abs);
        Equal<TLanes>(x, Float64x1.Round, TLanes.Round);
        Equal<TLanes>(x, Float64x1.Floor, TLanes.Floor);
        Equal<TLanes>(x, Float64x1.Ceiling, TLanes.Ceiling);
        Equal<TLanes>(x, Float64x1.Sqrt, TLanes.Sqrt);
        double[] normal = [.. x.Select(Math.Abs).Where(double.IsNormal)];
        Equal<TLanes>(normal, Float64x1.Exponent, TLanes.Exponent);
        Equal<TLanes>(normal, Float64x1.Mantissa, TLanes.Mantissa);
        foreach (double second in s_special)
        {
            Float64x1 one = Float64x1.Broadcast(second);
            TLanes all = TLanes.Broadcast(second);
            Equal<TLanes>(x, v => v + one, v => v + all);
            Equal<TLanes>(x, v => v - one, v => v - all);
            Equal<TLanes>(x, v => v * one, v => v * all);
            Equal<TLanes>(x, v => v / one, v => v / all);
            Equal<TLanes>(x, v => Float64x1.FusedMultiplyAdd(v, one, v), v => TLanes.FusedMultiplyAdd(v, all, v));
            Equal<TLanes>(x, v => Float64x1.WhereNaN(v, one, v), v => TLanes.WhereNaN(v, all, v));
            Equal<TLanes>(x, v => Float64x1.CopySign(v, one), v => TLanes.CopySign(v, all));
            Equal<TLanes>(x, v => Float64x1.WhereLess(v, one, v + v, one), v => TLanes.WhereLess(v, all, v + v, all));
            Equal<TLanes>(x, v => Float64x1.AddToExponent(v, one), v => TLanes.AddToExponent(v, all));
        }

        for (int lane = 0; lane < (int)TLanes.Count; lane++)
        {
            double[] values = [.. Enumerable.Repeat(1.0, (int)TLanes.Count)];
            Assert.True(TLanes.AllLess(TLanes.Load(ref values[0], 0), TLanes.Broadcast(2)));
            values[lane] = lane % 2 == 0 ? 2 : double.NaN;
            Assert.False(TLanes.AllLess(TLanes.Load(ref values[0], 0), TLanes.Broadcast(2)));
        }

        float[] singles = [.. Samples.SpecialFloats, .. Samples.Floats(100, 1, 300), .. new float[16]];
        var back = new float[singles.Length];
        for (nuint i = 0; i + TLanes.Count <= (nuint)singles.Length; i += TLanes.Count)
        {
            TLanes widened = TLanes.Load(ref singles[0], i);
            (widened * TLanes.Broadcast(1 / 3.0)).Store(ref back[0], i);
        }

        int whole = singles.Length / (int)TLanes.Count * (int)TLanes.Count;
        Assert.Equal(singles.Take(whole).Select(v => Bits((float)(v * (1 / 3.0)))), back.Take(whole).Select(v => Bits(v)));
    }

    private static void EqualOneLane<TOperator>()
        where TOperator : struct, IRealOperator
    {
        TOperator operation = default;
        double[] x = Numbers();
        long[] expected = [.. x.Select(v => Bits(operation.Invoke(v)))];
        Assert.Equal(expected, Looped<Float64x2>());
        Assert.Equal(expected, Looped<Float64x4>());
        Assert.Equal(expected, Looped<Float64x8>());

        long[] Looped<TLanes>()
            where TLanes : unmanaged, IFloat64Lanes<TLanes>
        {
            double[] padded = [.. x, .. new double[8]];
            var y = new double[padded.Length];
            Elementwise.RealLoop<TOperator, double, TLanes>(operation, ref padded[0], ref y[0], 0, (nuint)padded.Length);
            return [.. y.Take(x.Length).Select(Bits)];
        }
    }

    private static double[] Numbers() =>
    [
        .. s_special, .. Samples.Floats(400, 1, 1).Select(v => (double)v), .. Samples.Floats(400, 2, 50).Select(v => v * 1.0000000001),
        .. Samples.Floats(100, 3, 1).Select(v => v * 1e17),
    ];

    private static void Equal<TLanes>(double[] x, Func<Float64x1, Float64x1> one, Func<TLanes, TLanes> all)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        double[] padded = [.. x, .. new double[8]];
        var y = new double[padded.Length];
        for (nuint i = 0; i < (nuint)x.Length; i += TLanes.Count)
        {
            all(TLanes.Load(ref padded[0], i)).Store(ref y[0], i);
        }

        Assert.Equal(x.Select(v => Bits(one(Float64x1.Broadcast(v)).Value)), y.Take(x.Length).Select(Bits));
    }

    /// <summary>NaN is NaN whatever its sign and payload.</summary>
    private static long Bits(double value) => BitConverter.DoubleToInt64Bits(double.IsNaN(value) ? double.NaN : value);
}
