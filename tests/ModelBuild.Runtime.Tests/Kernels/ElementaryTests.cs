using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Our own elementary functions against the C library's, within a few units of float64's last place.</summary>
public sealed class ElementaryTests
{
    [Fact]
    public void Exp_AllMagnitudes_IsThatOfTheLibrary() => Compare(Elementary.Exp, Math.Exp, -745, 709.7);

    [Fact]
    public void Log_AllMagnitudes_IsThatOfTheLibrary()
    {
        Compare(Elementary.Log, Math.Log, 1e-3, 10);
        Compare(x => Elementary.Log(Math.ScaleB(1.37, (int)x)), x => Math.Log(Math.ScaleB(1.37, (int)x)), -1070, 1020);
        Compare(Elementary.Log10, Math.Log10, 1, 1e6);
    }

    [Fact]
    public void Tanh_AllMagnitudes_IsThatOfTheLibrary()
    {
        Compare(Elementary.Tanh, Math.Tanh, -1.5, 1.5);
        Compare(Elementary.Tanh, Math.Tanh, -40, 40);
        Compare(x => Elementary.Tanh(x * 1e-12), x => Math.Tanh(x * 1e-12), -1, 1);
    }

    [Fact]
    public void FunctionsOfAngles_AnyAngle_AreThoseOfTheLibrary()
    {
        Compare(Elementary.Sin, Math.Sin, -0.8, 0.8);
        Compare(Elementary.Sin, Math.Sin, -1e4, 1e4);
        Compare(Elementary.Cos, Math.Cos, -0.8, 0.8);
        Compare(Elementary.Cos, Math.Cos, -1e4, 1e4);
        Compare(Elementary.Tan, Math.Tan, -0.8, 0.8);
        Compare(Elementary.Tan, Math.Tan, -1e4, 1e4);
        Compare(Elementary.Atan, Math.Atan, -10, 10);
        Compare(Elementary.Asin, Math.Asin, -1, 1);
        Compare(Elementary.Acos, Math.Acos, -1, 1);
    }

    /// <summary>Errors of one unit in log x and in y·log x are up to 600 in the exponential.</summary>
    [Theory]
    [InlineData(0.5)]
    [InlineData(-0.5)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(-1)]
    [InlineData(0.3)]
    [InlineData(7.7)]
    [InlineData(100)]
    public void Pow_OfPositiveNumbers_IsThatOfTheLibrary(double exponent) =>
        Compare(x => Elementary.Pow(x, exponent), x => Math.Pow(x, exponent), 0.01, 20, places: 600);

    [Fact]
    public void Functions_SpecialNumbers_AreThoseOfTheLibrary()
    {
        double[] numbers =
            [0, -0.0, 1, -1, 2, -2, 0.5, 1e300, -1e300, 1e-310, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 65, -67,
            0.25];
        foreach (double x in numbers)
        {
            Same(Math.Exp(x), Elementary.Exp(x));
            Same(Math.Log(x), Elementary.Log(x));
            Same(Math.Tanh(x), Elementary.Tanh(x));
            Same(Math.Sinh(x), Elementary.Sinh(x));
            Same(Math.Cosh(x), Elementary.Cosh(x));
            Same(Math.Asinh(x), Elementary.Asinh(x));
            Same(Math.Acosh(x), Elementary.Acosh(x));
            Same(Math.Atanh(x), Elementary.Atanh(x));
            foreach (double y in numbers)
            {
                Same(Math.Pow(x, y), Elementary.Pow(x, y));
            }
        }

        static void Same(double expected, double actual) => Assert.True(
            expected.Equals(actual) || Math.Abs(expected - actual) <= Math.Abs(
                expected) * 1e-12, $"Expected {expected:R}, was {actual:R}.");
    }

    [Fact]
    public void Pow_OfIntegers_IsExactModuloTheirRange()
    {
        Assert.Equal(4052555153018976267, Elementary.Pow(3L, 39));
        Assert.Equal(unchecked((long)12157665459056928801UL), Elementary.Pow(3L, 40));
        Assert.Equal(
            [1L, -8, 0, -1, 1],
            [Elementary.Pow(7L, 0), Elementary.Pow(-2L, 3), Elementary.Pow(2L, -1), Elementary.Pow(-1L, -3), Elementary.Pow(1L, -5)]);
    }

    private static void Compare(Func<double, double> own, Func<double, double> library, double from, double to, int places = 4)
    {
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++)
        {
            double x = from + (random.NextDouble() * (to - from));
            double expected = library(x);
            double actual = own(x);
            double unit = Math.Max(Math.BitIncrement(Math.Abs(expected)) - Math.Abs(expected), double.Epsilon);
            Assert.True(Math.Abs(expected - actual) <= places * unit, $"At {x:R}: expected {expected:R}, was {actual:R}.");
        }
    }
}
