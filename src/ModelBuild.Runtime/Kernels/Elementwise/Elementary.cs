using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The elementary functions in float64 with the same bits on every machine and at every width. Those of the C library, which
/// <see cref="Math"/> calls, differ in the last place from one to the next, and neither what the compiler folds and tabulates nor what a
/// kernel computes may.
/// </summary>
internal static partial class Elementary
{
    private const double Log2E = 1.4426950408889634;

    /// <summary>The leading 32 bits of log 2, so that its product with an exponent is exact.</summary>
    private const double Log2High = 0.69314718036912382;

    private const double Log2Low = 1.9082149292705877e-10;

    private const double Log10E = 0.43429448190325183;

    private const double TwoOverRootPi = 1.1283791670955126;

    private const double Log2 = 0.6931471805599453;

    private const double SmallestNormal = 2.2250738585072014e-308;

    private const double TwoTo54 = 18014398509481984;

    /// <summary>1.5 · 2⁵²: adding it to a number of less than 2⁵¹ leaves the nearest integer in the low bits.</summary>
    private const double RoundingBias = 6755399441055744;

    public static double Exp(double x) => Exp(new Float64x1(x)).Value;

    public static double Log(double x) => Log(new Float64x1(x)).Value;

    public static double Log10(double x) => Log(x) * Log10E;

    public static double LogOnePlus(double x) => LogOnePlus(new Float64x1(x)).Value;

    public static double Sinh(double x) => Sinh(new Float64x1(x)).Value;

    public static double Cosh(double x) => Cosh(new Float64x1(x)).Value;

    public static double Asinh(double x) => Asinh(new Float64x1(x)).Value;

    public static double Acosh(double x) => Acosh(new Float64x1(x)).Value;

    public static double Atanh(double x) => Atanh(new Float64x1(x)).Value;

    public static double Tanh(double x) => Tanh(new Float64x1(x)).Value;

    /// <summary>e^x = 2ⁿ · e^r with |r| ≤ log(2)/2, where the Taylor series needs 14 terms.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Exp<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        TLanes highest = TLanes.Broadcast(710);
        TLanes lowest = TLanes.Broadcast(-746);
        TLanes bias = TLanes.Broadcast(RoundingBias);
        TLanes bounded = TLanes.WhereLess(highest, x, highest, TLanes.WhereLess(x, lowest, lowest, x));
        TLanes n = (bounded * TLanes.Broadcast(Log2E)) + bias - bias;
        TLanes r = bounded - (n * TLanes.Broadcast(Log2High)) - (n * TLanes.Broadcast(Log2Low));
        TLanes sum = TLanes.Broadcast(1.0 / 87178291200);
        sum = (sum * r) + TLanes.Broadcast(1.0 / 6227020800);
        sum = (sum * r) + TLanes.Broadcast(1.0 / 479001600);
        sum = (sum * r) + TLanes.Broadcast(1.0 / 39916800);
        sum = (sum * r) + TLanes.Broadcast(1.0 / 3628800);
        sum = (sum * r) + TLanes.Broadcast(1.0 / 362880);
        sum = (sum * r) + TLanes.Broadcast(1.0 / 40320);
        sum = (sum * r) + TLanes.Broadcast(1.0 / 5040);
        sum = (sum * r) + TLanes.Broadcast(1.0 / 720);
        sum = (sum * r) + TLanes.Broadcast(1.0 / 120);
        sum = (sum * r) + TLanes.Broadcast(1.0 / 24);
        sum = (sum * r) + TLanes.Broadcast(1.0 / 6);
        sum = (sum * r) + TLanes.Broadcast(0.5);
        sum = (sum * r) + TLanes.Broadcast(1);
        sum = (sum * r) + TLanes.Broadcast(1);

        // In two steps: 2ⁿ itself may be too large, or subnormal, where the result is not.
        TLanes half = (n * TLanes.Broadcast(0.5)) + bias;
        TLanes rest = TLanes.AddToExponent(TLanes.Broadcast(1), n - (half - bias) + bias);
        TLanes power = TLanes.AddToExponent(sum, half) * rest;
        power = TLanes.WhereLess(highest, x, TLanes.Broadcast(double.PositiveInfinity), power);
        power = TLanes.WhereLess(x, lowest, TLanes.Broadcast(0), power);
        return TLanes.WhereNaN(x, x, power);
    }

    /// <summary>log(m · 2ᵉ) = e · log 2 + 2 · artanh((m − 1)/(m + 1)) with m from √½ to √2, where the series needs 11 terms.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Log<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        TLanes zero = TLanes.Broadcast(0);
        TLanes one = TLanes.Broadcast(1);

        // Subnormal numbers have no exponent of their own.
        TLanes tiny = TLanes.Broadcast(SmallestNormal);
        TLanes normal = TLanes.WhereLess(x, tiny, x * TLanes.Broadcast(TwoTo54), x);
        TLanes e = TLanes.Exponent(normal) - TLanes.WhereLess(x, tiny, TLanes.Broadcast(54), zero);
        TLanes m = TLanes.Mantissa(normal);
        TLanes root = TLanes.Broadcast(1.4142135623730951);
        e = TLanes.WhereLess(root, m, e + one, e);
        m = TLanes.WhereLess(root, m, m * TLanes.Broadcast(0.5), m);
        TLanes z = (m - one) / (m + one);
        TLanes square = z * z;
        TLanes series = TLanes.Broadcast(1.0 / 23) * square;
        series = (series + TLanes.Broadcast(1.0 / 21)) * square;
        series = (series + TLanes.Broadcast(1.0 / 19)) * square;
        series = (series + TLanes.Broadcast(1.0 / 17)) * square;
        series = (series + TLanes.Broadcast(1.0 / 15)) * square;
        series = (series + TLanes.Broadcast(1.0 / 13)) * square;
        series = (series + TLanes.Broadcast(1.0 / 11)) * square;
        series = (series + TLanes.Broadcast(1.0 / 9)) * square;
        series = (series + TLanes.Broadcast(1.0 / 7)) * square;
        series = (series + TLanes.Broadcast(1.0 / 5)) * square;
        series = (series + TLanes.Broadcast(1.0 / 3)) * square;
        TLanes twice = z + z;
        TLanes result = (e * TLanes.Broadcast(Log2High)) + ((e * TLanes.Broadcast(Log2Low)) + (twice * series) + twice);

        // Infinity, zero, negative numbers and NaN, in this order.
        result = TLanes.WhereLess(TLanes.Broadcast(double.MaxValue), x, x, result);
        result = TLanes.WhereLess(zero, x, result, TLanes.Broadcast(double.NegativeInfinity));
        result = TLanes.WhereLess(x, zero, TLanes.Broadcast(double.NaN), result);
        return TLanes.WhereNaN(x, x, result);
    }

    /// <summary>log(1 + x) without the loss that 1 + x alone would mean for small x (Kahan).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes LogOnePlus<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        TLanes one = TLanes.Broadcast(1);
        TLanes sum = one + x;
        TLanes result = Log(sum) * x / (sum - one);
        result = TLanes.WhereLess(TLanes.Broadcast(double.MaxValue), sum, sum, result);

        // Where the sum is 1 the quotient is 0/0, and the logarithm x.
        TLanes distance = TLanes.Abs(sum - one);
        return TLanes.WhereLess(TLanes.Broadcast(0), distance, result, TLanes.WhereNaN(distance, result, x));
    }

    /// <summary>By the series where the difference of exponentials would cancel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Sinh<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        TLanes one = TLanes.Broadcast(1);
        TLanes magnitude = TLanes.Abs(x);
        TLanes power = Exp(magnitude);
        TLanes large = TLanes.CopySign((power - (one / power)) * TLanes.Broadcast(0.5), x);
        TLanes square = x * x;
        TLanes series = one + (square * TLanes.Broadcast(1.0 / (19 * 18)));
        series = one + (series * square * TLanes.Broadcast(1.0 / (17 * 16)));
        series = one + (series * square * TLanes.Broadcast(1.0 / (15 * 14)));
        series = one + (series * square * TLanes.Broadcast(1.0 / (13 * 12)));
        series = one + (series * square * TLanes.Broadcast(1.0 / (11 * 10)));
        series = one + (series * square * TLanes.Broadcast(1.0 / (9 * 8)));
        series = one + (series * square * TLanes.Broadcast(1.0 / (7 * 6)));
        series = one + (series * square * TLanes.Broadcast(1.0 / (5 * 4)));
        series = one + (series * square * TLanes.Broadcast(1.0 / (3 * 2)));
        return TLanes.WhereLess(magnitude, one, x * series, large);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Cosh<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        TLanes power = Exp(TLanes.Abs(x));
        return (power + (TLanes.Broadcast(1) / power)) * TLanes.Broadcast(0.5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Asinh<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        TLanes one = TLanes.Broadcast(1);
        TLanes magnitude = TLanes.Abs(x);
        TLanes square = magnitude * magnitude;
        TLanes near = LogOnePlus(magnitude + (square / (one + TLanes.Sqrt(square + one))));
        TLanes far = Log(magnitude) + TLanes.Broadcast(Log2);
        return TLanes.WhereNaN(x, x, TLanes.CopySign(TLanes.WhereLess(magnitude, TLanes.Broadcast(1e150), near, far), x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Acosh<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        TLanes one = TLanes.Broadcast(1);
        TLanes above = x - one;
        TLanes near = LogOnePlus(above + TLanes.Sqrt(above * (x + one)));
        TLanes far = Log(x) + TLanes.Broadcast(Log2);
        TLanes result = TLanes.WhereLess(TLanes.Broadcast(1e150), x, far, near);
        return TLanes.WhereLess(x, one, TLanes.Broadcast(double.NaN), result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Atanh<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        TLanes one = TLanes.Broadcast(1);
        TLanes magnitude = TLanes.Abs(x);
        TLanes result = LogOnePlus((magnitude + magnitude) / (one - magnitude)) * TLanes.Broadcast(0.5);
        return TLanes.WhereNaN(x, x, TLanes.CopySign(TLanes.WhereLess(one, magnitude, TLanes.Broadcast(double.NaN), result), x));
    }

    /// <summary>
    /// By the continued fraction x/(1 + x²/(3 + x²/(5 + … 25))), a quotient of two polynomials, where 1 − 2/(e²ˣ + 1) would cancel.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Tanh<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        TLanes one = TLanes.Broadcast(1);
        TLanes two = TLanes.Broadcast(2);
        TLanes magnitude = TLanes.Abs(x);
        TLanes large = TLanes.CopySign(one - (two / (Exp(magnitude + magnitude) + one)), x);
        TLanes square = x * x;
        TLanes p = square + TLanes.Broadcast(4095);
        p = (p * square) + TLanes.Broadcast(2552550);
        p = (p * square) + TLanes.Broadcast(523783260);
        p = (p * square) + TLanes.Broadcast(41247931725);
        p = (p * square) + TLanes.Broadcast(1159525191825);
        p = (p * square) + TLanes.Broadcast(7905853580625);
        TLanes q = (TLanes.Broadcast(91) * square) + TLanes.Broadcast(120120);
        q = (q * square) + TLanes.Broadcast(41351310);
        q = (q * square) + TLanes.Broadcast(5237832600);
        q = (q * square) + TLanes.Broadcast(252070693875);
        q = (q * square) + TLanes.Broadcast(3794809718700);
        q = (q * square) + TLanes.Broadcast(7905853580625);
        return TLanes.WhereNaN(x, x, TLanes.WhereLess(magnitude, one, x * (p / q), large));
    }

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
}
