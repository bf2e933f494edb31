namespace ModelBuild.Compiler.Operators;

/// <summary>
/// The elementary functions in float64 with the same bits on every machine. Those of the C library, which <see cref="Math"/> calls, differ
/// in the last place from one to the next, and what the compiler folds and tabulates must not.
/// </summary>
internal static class Elementary
{
    private const double Log2E = 1.4426950408889634;

    /// <summary>The leading 32 bits of log 2, so that its product with an exponent is exact.</summary>
    private const double Log2High = 0.69314718036912382;

    private const double Log2Low = 1.9082149292705877e-10;

    private const double Log10E = 0.43429448190325183;

    /// <summary>1/14!, 1/13!, … 1.</summary>
    private static readonly double[] s_inverseFactorials = InverseFactorials(14);

    /// <summary>e^x = 2ⁿ · e^r with |r| ≤ log(2)/2, where the Taylor series needs 14 terms.</summary>
    public static double Exp(double x)
    {
        if (double.IsNaN(x) || x > 710 || x < -746)
        {
            return double.IsNaN(x) ? x : x > 0 ? double.PositiveInfinity : 0;
        }

        double n = Math.Round(x * Log2E);
        double r = x - (n * Log2High) - (n * Log2Low);
        double sum = 0;
        foreach (double coefficient in s_inverseFactorials)
        {
            sum = (sum * r) + coefficient;
        }

        return Math.ScaleB(sum, (int)n);
    }

    /// <summary>log(m · 2ᵉ) = e · log 2 + 2 · artanh((m − 1)/(m + 1)) with m from √½ to √2, where the series needs 11 terms.</summary>
    public static double Log(double x)
    {
        if (!(x > 0) || double.IsPositiveInfinity(x))
        {
            return x == 0 ? double.NegativeInfinity : x < 0 ? double.NaN : x;
        }

        int exponent = Math.ILogB(x);
        double m = Math.ScaleB(x, -exponent);
        if (m > Math.Sqrt(2))
        {
            m /= 2;
            exponent++;
        }

        double z = (m - 1) / (m + 1);
        double square = z * z;
        double series = 0;
        for (int i = 23; i > 1; i -= 2)
        {
            series = (series + (1.0 / i)) * square;
        }

        return (exponent * Log2High) + ((exponent * Log2Low) + (2 * z * series) + (2 * z));
    }

    public static double Log10(double x) => Log(x) * Log10E;

    /// <summary>By the continued fraction x/(1 + x²/(3 + x²/(5 + …))) where 1 − 2/(e²ˣ + 1) would cancel.</summary>
    public static double Tanh(double x)
    {
        if (Math.Abs(x) > 1)
        {
            double large = 1 - (2 / (Exp(2 * Math.Abs(x)) + 1));
            return x < 0 ? -large : large;
        }

        double square = x * x;
        double denominator = 25;
        for (int i = 23; i > 0; i -= 2)
        {
            denominator = i + (square / denominator);
        }

        return x / denominator;
    }

    /// <summary>
    /// Whole exponents by repeated multiplication, halves by the root, which are exact where they can be; others as e^(y·log x).
    /// </summary>
    public static double Pow(double x, double y)
    {
        const int Largest = 64;
        if (y == 0.5 && x > 0)
        {
            return Math.Sqrt(x);
        }

        if (Math.Abs(y) <= Largest && y == Math.Floor(y))
        {
            double product = 1;
            for (int i = 0; i < (int)Math.Abs(y); i++)
            {
                product *= x;
            }

            return y < 0 ? 1 / product : product;
        }

        if (x == 0 || !double.IsFinite(x) || !double.IsFinite(y))
        {
            // The special cases of IEEE 754, which leave nothing to round.
            return Math.Pow(x, y);
        }

        double magnitude = Exp(y * Log(Math.Abs(x)));
        return x > 0 ? magnitude : y != Math.Floor(y) ? double.NaN : y % 2 == 0 ? magnitude : -magnitude;
    }

    /// <summary>Integers modulo 2⁶⁴; of a negative exponent, the quotient 1/xʸ towards zero.</summary>
    public static long Pow(long x, long y)
    {
        if (y < 0)
        {
            return x switch { 1 => 1, -1 => y % 2 == 0 ? 1 : -1, _ => 0 };
        }

        long product = 1;
        for (; y > 0; y >>= 1)
        {
            product = unchecked((y & 1) != 0 ? product * x : product);
            x = unchecked(x * x);
        }

        return product;
    }

    private static double[] InverseFactorials(int largest)
    {
        var inverses = new double[largest + 1];
        double factorial = 1;
        for (int i = 0; i <= largest; i++)
        {
            factorial *= Math.Max(i, 1);
            inverses[largest - i] = 1 / factorial;
        }

        return inverses;
    }
}
