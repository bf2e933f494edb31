using System.Numerics;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public class Float64Tests
{
    private delegate void Kernel(ReadOnlySpan<double> input, Span<double> output);

    [Fact]
    public void Functions_AnyNumber_AreWithinThirteenDigitsOfTheLibrarys()
    {
        Check(Float64.Relu, x => x < 0 ? 0 : x);
        Check(Float64.Sigmoid, x => 1 / (1 + Math.Exp(-x)));
        Check(Float64.Softplus, x => x < -30 ? Math.Exp(x) : Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x))), 1e-12);
        Check(Float64.Softsign, x => x / (1 + Math.Abs(x)));
        Check(Float64.Tanh, Math.Tanh);
        Check(Float64.Floor, Math.Floor);
        Check(Float64.Ceil, Math.Ceiling);
        Check(Float64.Round, x => Math.Round(x, MidpointRounding.ToEven));
        Check(Float64.Sqrt, Math.Sqrt);
        Check(Float64.Reciprocal, x => 1 / x);
        Check(Float64.Exp, Math.Exp);
        Check(Float64.Log, Math.Log);
        Check(Float64.Sin, Math.Sin);
        Check(Float64.Cos, Math.Cos);
        Check(Float64.Tan, Math.Tan, 1e-12);
        Check(Float64.Asin, Math.Asin);
        Check(Float64.Acos, Math.Acos);
        Check(Float64.Atan, Math.Atan);
        Check(Float64.Sinh, Math.Sinh);
        Check(Float64.Cosh, Math.Cosh);
        Check(Float64.Asinh, Math.Asinh);
        Check(Float64.Acosh, Math.Acosh);
        Check(Float64.Atanh, Math.Atanh);
        Check(Float64.Erf, x => double.IsNaN(x) ? x : x > 9 ? 1 : x < -9 ? -1 : Erf(x), 1e-12);

        // By the series of Maclaurin where it converges well, and the asymptotic value beyond.
        static double Erf(double x)
        {
            if (Math.Abs(x) > 3)
            {
                double tail = Enumerable.Range(0, 200).Reverse().Aggregate(Math.Abs(x), (d, n) => Math.Abs(x) + ((n + 1) / 2.0 / d));
                return Math.Sign(x) * (1 - (Math.Exp(-x * x) / (tail * Math.Sqrt(Math.PI))));
            }

            double term = x;
            double sum = x;
            for (int n = 1; n < 120; n++)
            {
                term *= -x * x / n;
                sum += term / ((2 * n) + 1);
            }

            return sum * 2 / Math.Sqrt(Math.PI);
        }
    }

    [Theory]
    [InlineData(2, 5, 1)]
    [InlineData(3, 4, 2)]
    [InlineData(0, 4, 2)]
    [InlineData(2, 150, 3)]
    public void SoftmaxAndMean_AnyPlaceOfTheAxis_AreWhatTheyAreDefinedAs(int outer, int length, int inner)
    {
        double[] x = [.. Samples.Floats(outer * length * inner, 5).Select(v => v * (1 + 1e-10))];
        var softmax = new double[x.Length];
        var logarithm = new double[x.Length];
        var mean = new double[outer * inner];
        Float64.Softmax(outer, length, inner, x, softmax);
        Float64.LogSoftmax(outer, length, inner, x, logarithm);
        Float64.Mean(outer, length, inner, x, mean);
        for (int row = 0; row < outer * inner; row++)
        {
            int[] places = [.. Enumerable.Range(0, length).Select(i => (row / inner * length * inner) + (i * inner) + (row % inner))];
            double sum = places.Sum(p => Math.Exp(x[p]));
            Assert.Equal(places.Average(p => x[p]), mean[row], 1e-13);
            foreach (int p in places)
            {
                Assert.Equal(Math.Exp(x[p]) / sum, softmax[p], 1e-14);
                Assert.Equal(x[p] - Math.Log(sum), logarithm[p], 1e-13);
            }
        }
    }

    /// <summary>What matters is how far elements lie from the largest, wherever that is: e⁻⁸⁰⁰ is 0, and e⁸⁰⁰ is infinite.</summary>
    [Theory]
    [InlineData(-800)]
    [InlineData(800)]
    [InlineData(-1e100)]
    public void Softmax_RowsFarFromZero_AreThoseAroundIt(double shift)
    {
        double[] row = [0, -1.5, -0.25, double.NegativeInfinity];
        double[] x = [.. row.Select(v => shift + v)];
        double[] distances = [.. x.Select(v => v - shift)];
        double sum = distances.Sum(Math.Exp);
        var softmax = new double[4];
        var logarithm = new double[4];

        Float64.Softmax(1, 4, 1, x, softmax);
        Float64.LogSoftmax(1, 4, 1, x, logarithm);

        Assert.All(distances.Zip(softmax), p => Assert.Equal(Math.Exp(p.First) / sum, p.Second, 1e-13));
        Assert.All(distances.Zip(logarithm), p => Assert.Equal(p.First - Math.Log(sum), p.Second, 1e-13));
    }

    [Fact]
    public void Softmax_SpansThatDoNotFit_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => Float64.Softmax(2, 3, 1, new double[5], new double[5]));
        Assert.Throws<ArgumentException>(() => Float64.LogSoftmax(2, 3, 1, new double[6], new double[5]));
        Assert.ThrowsAny<ArgumentException>(() => Float64.Softmax(-1, -3, 2, new double[6], new double[6]));
        Assert.Throws<ArgumentException>(() => Float64.Exp(new double[2], new double[3]));
    }

    /// <summary>
    /// Whole numbers are exact however they are rounded; what is rounded stays within as many half units as there are terms.
    /// </summary>
    [Fact]
    public void MatrixProduct_Doubles_AreSumsOfProducts()
    {
        CheckProduct<double>(i => (i % 1999) - 1000);
        CheckProduct<double>(i => (i * 0.7) - 3.1, tolerance: 1e-15);
    }

    [Fact]
    public void MatrixProduct_Integers_WrapAround()
    {
        CheckProduct<long>(i => (i * 0x123456789ABCDEFL) - 77);
        CheckProduct<uint>(i => unchecked((uint)i * 2654435761u));
        CheckProduct<short>(i => unchecked((short)(i * 31)));
    }

    [Fact]
    public void MatrixProduct_SpansThatDoNotFit_AreRefused()
    {
        var shape = new GemmShape(2, 3, 4);
        Assert.Throws<ArgumentException>(
            () => MatrixProduct.Multiply(shape, new BroadcastShape([2], [1], [0]), new int[6], new int[12], new int[16]));
        Assert.Throws<ArgumentException>(
            () => MatrixProduct.Multiply(shape, new BroadcastShape([2], [1], [0]), new int[12], new int[24], new int[16]));
        Assert.Throws<ArgumentException>(
            () => MatrixProduct.Multiply(shape, new BroadcastShape([2], [1], [0]), new int[12], new int[12], new int[15]));
    }

    /// <summary>[2, 1, 3, rows, inner] × [1, 5, 1, inner, columns].</summary>
    private static void CheckProduct<T>(Func<int, T> number, double tolerance = 0)
        where T : unmanaged, INumber<T>
    {
        foreach ((int rows, int inner, int columns) in ((int, int, int)[])
            [(3, 9, 21), (1, 3, 1), (2, 11, 3), (4, 9, 16), (9, 6, 45), (5, 1, 3), (4, 4, 8)])
        {
            T[] left = [.. Enumerable.Range(0, 6 * rows * inner).Select(number)];
            T[] right = [.. Enumerable.Range(1000, 5 * inner * columns).Select(number)];
            T[] y = [.. Enumerable.Repeat(T.One, 30 * rows * columns)];
            MatrixProduct.Multiply(
                new GemmShape(rows, inner, columns), new BroadcastShape([2, 5, 3], [3, 0, 1], [0, 1, 0]), left, right, y);
            for (int i = 0; i < y.Length; i++)
            {
                int matrix = i / (rows * columns);
                int a = (((matrix / 15 * 3) + (matrix % 3)) * rows) + (i / columns % rows);
                int b = matrix / 3 % 5 * inner;
                T sum = T.Zero;
                double magnitude = 0;
                for (int k = 0; k < inner; k++)
                {
                    T product = unchecked(left[(a * inner) + k] * right[((b + k) * columns) + (i % columns)]);
                    sum = unchecked(sum + product);
                    magnitude += Math.Abs(double.CreateTruncating(product));
                }

                Assert.InRange(Math.Abs(double.CreateTruncating(sum) - double.CreateTruncating(y[i])), 0, magnitude * tolerance);
            }
        }
    }

    private static void Check(Kernel kernel, Func<double, double> expected, double tolerance = 1e-13)
    {
        double[] x =
        [
            0, -0.0, 1, -1, 0.5, -0.5, 2.5, -2.5, 1.5, 0.123456789012345, -0.987654321098765, 3.3, -5.7, 12.25, 700, -700, 1e-9, -1e-9,
            double.NaN, double.PositiveInfinity, double.NegativeInfinity,
        ];
        var y = new double[x.Length];
        kernel(x, y);
        for (int i = 0; i < x.Length; i++)
        {
            double e = expected(x[i]);
            Assert.True(
                e.Equals(y[i]) || e == y[i] || Math.Abs(e - y[i]) <= tolerance * Math.Max(Math.Abs(e), 1e-300),
                $"{kernel.Method.Name}({x[i]:R}) is {y[i]:R}, not {e:R}.");
        }
    }
}
