namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The elementary functions in float64 with the same bits on every machine. Those of the C library, which <see cref="Math"/> calls, differ
/// in the last place from one to the next, and neither what the compiler folds and tabulates nor what a kernel computes may. They are asked
/// for angles beyond 2⁵⁰ only, where neighbouring numbers are a good part of a turn apart.
/// </summary>
internal static class Elementary
{
    private const double Log2E = 1.4426950408889634;

    /// <summary>The leading 32 bits of log 2, so that its product with an exponent is exact.</summary>
    private const double Log2High = 0.69314718036912382;

    private const double Log2Low = 1.9082149292705877e-10;

    private const double Log10E = 0.43429448190325183;

    private const double TwoOverRootPi = 1.1283791670955126;

    /// <summary>π/2, and what its nearest float64 lacks.</summary>
    private const double RightAngle = 1.5707963267948966;
    private const double RightAngleRest = 6.123233995736766e-17;

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

    /// <summary>log(1 + x) without the loss that 1 + x alone would mean for small x (Kahan).</summary>
    public static double LogOnePlus(double x)
    {
        double sum = 1 + x;
        return sum == 1 ? x : double.IsPositiveInfinity(sum) ? sum : Log(sum) * x / (sum - 1);
    }

    /// <summary>By the series where the difference of exponentials would cancel.</summary>
    public static double Sinh(double x)
    {
        if (!(Math.Abs(x) < 1))
        {
            return (Exp(x) - Exp(-x)) / 2;
        }

        double square = x * x;
        double series = 1;
        for (int i = 19; i > 1; i -= 2)
        {
            series = 1 + (series * square / (i * (i - 1)));
        }

        return x * series;
    }

    public static double Cosh(double x) => (Exp(x) + Exp(-x)) / 2;

    public static double Asinh(double x)
    {
        double magnitude = Math.Abs(x);
        double square = magnitude * magnitude;
        return double.IsInfinity(square)
            ? x > 0 ? Log(magnitude) + Log(2) : -Log(magnitude) - Log(2)
            : Math.CopySign(LogOnePlus(magnitude + (square / (1 + Math.Sqrt(square + 1)))), x);
    }

    public static double Acosh(double x) => x < 1 ? double.NaN
        : x > 1e150 ? Log(x) + Log(2)
        : LogOnePlus((x - 1) + Math.Sqrt((x - 1) * (x + 1)));

    public static double Atanh(double x) =>
        Math.Abs(x) == 1 ? x / 0.0 : Math.CopySign(LogOnePlus(2 * Math.Abs(x) / (1 - Math.Abs(x))) / 2, x);

    /// <summary>By its reciprocal where it is large, by twice the angle's half twice over, and the series for what is then small.</summary>
    public static double Atan(double x)
    {
        double magnitude = Math.Abs(x);
        double t = magnitude > 1 ? 1 / magnitude : magnitude;
        t /= 1 + Math.Sqrt(1 + (t * t));
        t /= 1 + Math.Sqrt(1 + (t * t));
        double square = t * t;
        double series = 0;
        for (int i = 25; i > 1; i -= 2)
        {
            series = square * ((1.0 / i) - series);
        }

        double angle = 4 * (t - (t * series));
        return Math.CopySign(magnitude > 1 ? (Math.PI / 2) - angle : angle, x);
    }

    public static double Asin(double x) => Atan(x / Math.Sqrt((1 - x) * (1 + x)));

    public static double Acos(double x) => 2 * Atan(Math.Sqrt((1 - x) / (1 + x)));

    public static double Sin(double x) => Circular(x, 0);

    public static double Cos(double x) => Circular(x, 1);

    public static double Tan(double x) => Circular(x, 0) / Circular(x, 1);

    /// <summary>2/√π · e^(-x²) · Σ 2ⁿ·x²ⁿ⁺¹/(2n+1)!!, in which nothing cancels.</summary>
    public static double Erf(double x)
    {
        const double Saturation = 6;
        if (!(Math.Abs(x) < Saturation))
        {
            return double.IsNaN(x) ? x : Math.Sign(x);
        }

        double square = x * x;
        double term = x;
        double sum = 0;
        for (int n = 0; sum + term != sum; n++)
        {
            sum += term;
            term *= 2 * square / ((2 * n) + 3);
        }

        return sum * Exp(-square) * TwoOverRootPi;
    }

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

    /// <summary>
    /// The sine of an angle and so many right angles. The angle is taken modulo a right angle with twice the precision; where not even
    /// that is enough (beyond 2⁵⁰), the C library is asked.
    /// </summary>
    private static double Circular(double x, int rightAngles)
    {
        const double Largest = 1L << 50;
        if (!(Math.Abs(x) < Largest))
        {
            return rightAngles == 0 ? Math.Sin(x) : Math.Cos(x);
        }

        double turns = Math.Round(x * (2 / Math.PI));
        double r = Math.FusedMultiplyAdd(-turns, RightAngle, x);
        r = Math.FusedMultiplyAdd(-turns, RightAngleRest, r);
        long quadrant = ((long)turns + rightAngles) & 3;
        double square = r * r;
        double series = 1;
        bool isSine = (quadrant & 1) == 0;
        for (int i = isSine ? 17 : 16; i > 1; i -= 2)
        {
            series = 1 - (series * square / (i * (i - 1)));
        }

        double value = isSine ? r * series : series;
        return quadrant < 2 ? value : -value;
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
