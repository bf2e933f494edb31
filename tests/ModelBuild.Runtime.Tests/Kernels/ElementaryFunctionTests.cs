using System.Numerics;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Functions of single elements against those of the framework.</summary>
public sealed class ElementaryFunctionTests
{
    private delegate void Kernel(ReadOnlySpan<float> input, Span<float> output);

    [Theory]
    [InlineData("Floor")]
    [InlineData("Ceil")]
    [InlineData("Round")]
    [InlineData("Sqrt")]
    [InlineData("Reciprocal")]
    public void Exact_AnyNumber_IsThatOfTheFramework(string function)
    {
        (Kernel kernel, Func<float, float> expected) = function switch
        {
            "Floor" => ((Kernel)ElementaryFunction.Floor, (Func<float, float>)MathF.Floor),
            "Ceil" => (ElementaryFunction.Ceil, MathF.Ceiling),
            "Round" => (ElementaryFunction.Round, MathF.Round),
            "Sqrt" => (ElementaryFunction.Sqrt, MathF.Sqrt),
            _ => (ElementaryFunction.Reciprocal, x => 1 / x),
        };
        float[] x = [.. Samples.SpecialFloats, .. Samples.Floats(100, 1, 1000), -0f, 0.5f, 1.5f, -2.5f, 8388609, -16777216, 0.49999997f];
        var y = new float[x.Length];

        kernel(x, y);

        for (int i = 0; i < x.Length; i++)
        {
            float e = expected(x[i]);
            Assert.True(e.Equals(y[i]) && float.IsNegative(e) == float.IsNegative(y[i]), $"{function}({x[i]:R}) is {y[i]:R}, not {e:R}.");
        }
    }

    [Theory]
    [InlineData("Exp", -87, 88)]
    [InlineData("Log", 1e-38, 1e38)]
    [InlineData("Log", 0.5, 2)]
    [InlineData("Erf", -4.5, 4.5)]
    [InlineData("Sin", -1000, 1000)]
    [InlineData("Cos", -1e7, 1e7)]
    [InlineData("Tan", -10, 10)]
    [InlineData("Asin", -1, 1)]
    [InlineData("Acos", -1, 1)]
    [InlineData("Atan", -100, 100)]
    [InlineData("Sinh", -80, 80)]
    [InlineData("Cosh", -80, 80)]
    [InlineData("Asinh", -1000, 1000)]
    [InlineData("Acosh", 1, 1000)]
    [InlineData("Atanh", -0.999, 0.999)]
    public void Transcendental_OfItsRange_IsWithinUnitsOfTheLastPlace(string function, double low, double high)
    {
        const int Count = 20_001;
        double units = function == "Erf" ? 6 : 2.5;
        (Kernel kernel, Func<double, double> expected) = Of(function);
        float[] x = [.. Enumerable.Range(0, Count).Select(i => (float)(low + ((high - low) * i / (Count - 1))))];
        var y = new float[Count];

        kernel(x, y);

        for (int i = 0; i < Count; i++)
        {
            double e = expected(x[i]);
            double unit = Math.Max(MathF.BitIncrement(Math.Abs((float)e)) - Math.Abs((float)e), float.Epsilon);
            Assert.True(Math.Abs(y[i] - e) <= units * unit, $"{function}({x[i]:R}) is {y[i]:R}, not {e:R}.");
        }
    }

    [Theory]
    [InlineData("Log", 0, float.NegativeInfinity)]
    [InlineData("Log", -1, float.NaN)]
    [InlineData("Log", float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData("Log", float.NaN, float.NaN)]
    [InlineData("Log", 1e-45f, -103.27893f)]
    [InlineData("Erf", float.NaN, float.NaN)]
    [InlineData("Erf", float.NegativeInfinity, -1)]
    [InlineData("Asin", 1.5f, float.NaN)]
    [InlineData("Acos", -1.5f, float.NaN)]
    [InlineData("Acosh", 0.5f, float.NaN)]
    [InlineData("Acosh", -1e8f, float.NaN)]
    [InlineData("Atanh", 1, float.PositiveInfinity)]
    [InlineData("Atanh", 2, float.NaN)]
    [InlineData("Atan", float.PositiveInfinity, 1.5707964f)]
    [InlineData("Cosh", float.NegativeInfinity, float.PositiveInfinity)]
    [InlineData("Sin", float.PositiveInfinity, float.NaN)]
    public void Transcendental_AtTheEdges_IsDefined(string function, float x, float expected)
    {
        float[] y = new float[19];

        Of(function).Kernel([.. Enumerable.Repeat(x, y.Length)], y);

        Assert.All(y, v => Assert.Equal(expected, v, 1e-5f * Math.Abs(float.IsFinite(expected) ? expected : 0)));
    }

    [Fact]
    public void SignsAndMagnitudes_OfIntegers_WrapAtTheLowest()
    {
        sbyte[] x = [-128, -5, 0, 7];
        var y = new sbyte[4];
        ElementaryFunction.Abs<sbyte>(x, y);
        Assert.Equal([-128, 5, 0, 7], y);
        ElementaryFunction.Neg<sbyte>(x, y);
        Assert.Equal([-128, 5, 0, -7], y);
        ElementaryFunction.Sign<sbyte>(x, y);
        Assert.Equal([-1, -1, 0, 1], y);
    }

    [Fact]
    public void Sign_OfNotANumber_IsNone()
    {
        // As many as fill vectors, and some behind them.
        SignOf<float>(float.NaN, float.NegativeInfinity, -0f, 2, float.NaN, float.Epsilon);
        SignOf<double>(double.NaN, -1, 0, double.PositiveInfinity, double.NaN);
    }

    [Fact]
    public void Thresholds_OfNotANumber_AreZero()
    {
        float[] x = [.. Enumerable.Range(0, 19).Select(i => i % 2 == 0 ? float.NaN : i)];
        var y = new float[x.Length];
        Activation.ThresholdedRelu(x, 1, y);
        Assert.Equal(x.Select(v => v > 1 ? v : 0), y);
        Activation.Shrink(x, 1, 0, y);
        Assert.Equal(x.Select(v => v > 1 ? v : 0), y);
    }

    private static void SignOf<T>(params T[] x)
        where T : unmanaged, INumber<T>
    {
        var y = new T[x.Length];
        ElementaryFunction.Sign<T>(x, y);
        Assert.Equal(x.Select(v => T.IsNaN(v) ? v : v > T.Zero ? T.One : v < T.Zero ? -T.One : T.Zero), y);
    }

    [Fact]
    public void Tests_OfSpecialNumbers_TellThem()
    {
        float[] x = [float.NaN, float.NegativeInfinity, float.PositiveInfinity, 1];
        var y = new bool[4];
        ElementaryFunction.IsNaN<float>(x, y);
        Assert.Equal([true, false, false, false], y);
        ElementaryFunction.IsInf<float>(true, false, x, y);
        Assert.Equal([false, true, false, false], y);
        ElementaryFunction.IsInf<float>(false, true, x, y);
        Assert.Equal([false, false, true, false], y);
    }

    [Fact]
    public void Outputs_OfAnotherLength_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => ElementaryFunction.Sin(new float[2], new float[3]));
        Assert.Throws<ArgumentException>(() => ElementaryFunction.Log(new float[2], new float[3]));
        Assert.Throws<ArgumentException>(() => ElementaryFunction.Abs<int>(new int[2], new int[1]));
        Assert.Throws<ArgumentException>(() => ElementaryFunction.IsNaN<float>(new float[2], new bool[1]));
    }

    private static (Kernel Kernel, Func<double, double> Expected) Of(string function) => function switch
    {
        "Exp" => (ElementaryFunction.Exp, Math.Exp),
        "Log" => (ElementaryFunction.Log, Math.Log),
        "Erf" => (ElementaryFunction.Erf, Elementary.Erf),
        "Sin" => (ElementaryFunction.Sin, Math.Sin),
        "Cos" => (ElementaryFunction.Cos, Math.Cos),
        "Tan" => (ElementaryFunction.Tan, Math.Tan),
        "Asin" => (ElementaryFunction.Asin, Math.Asin),
        "Acos" => (ElementaryFunction.Acos, Math.Acos),
        "Atan" => (ElementaryFunction.Atan, Math.Atan),
        "Sinh" => (ElementaryFunction.Sinh, Math.Sinh),
        "Cosh" => (ElementaryFunction.Cosh, Math.Cosh),
        "Asinh" => (ElementaryFunction.Asinh, Math.Asinh),
        "Acosh" => (ElementaryFunction.Acosh, Math.Acosh),
        _ => (ElementaryFunction.Atanh, Math.Atanh),
    };
}
