using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <content>Functions of angles, and angles of their values.</content>
internal static partial class Elementary
{
    /// <summary>
    /// From here on neighbouring numbers are a good part of a turn apart, and the C library is asked, which alone knows π well enough.
    /// </summary>
    public const double LargestAngle = 1L << 50;

    /// <summary>π/2, and what its nearest float64 lacks.</summary>
    private const double RightAngle = 1.5707963267948966;
    private const double RightAngleRest = 6.123233995736766e-17;

    public static double Sin(double x) => Math.Abs(x) < LargestAngle ? Sin(new Float64x1(x)).Value : Math.Sin(x);

    public static double Cos(double x) => Math.Abs(x) < LargestAngle ? Cos(new Float64x1(x)).Value : Math.Cos(x);

    public static double Tan(double x) => Math.Abs(x) < LargestAngle ? Tan(new Float64x1(x)).Value : Math.Sin(x) / Math.Cos(x);

    public static double Atan(double x) => Atan(new Float64x1(x)).Value;

    public static double Asin(double x) => Asin(new Float64x1(x)).Value;

    public static double Acos(double x) => Acos(new Float64x1(x)).Value;

    /// <summary>The sine of an angle below <see cref="LargestAngle"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Sin<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        (TLanes sine, TLanes cosine, TLanes quadrant) = Reduce(x);
        return Turned(sine, cosine, quadrant);
    }

    /// <summary>The cosine of an angle below <see cref="LargestAngle"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Cos<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        (TLanes sine, TLanes cosine, TLanes quadrant) = Reduce(x);
        return Turned(cosine, TLanes.Broadcast(0) - sine, quadrant);
    }

    /// <summary>The tangent of an angle below <see cref="LargestAngle"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Tan<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        (TLanes sine, TLanes cosine, TLanes quadrant) = Reduce(x);
        return Turned(sine, cosine, quadrant) / Turned(cosine, TLanes.Broadcast(0) - sine, quadrant);
    }

    /// <summary>
    /// By t = |x|, (|x| − 1)/(|x| + 1) or −1/|x| around 0, π/4 or π/2, so that |t| ≤ tan(π/8), and a fit of degree 11 in t² (relative error
    /// 7e-18).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Atan<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        TLanes one = TLanes.Broadcast(1);
        TLanes first = TLanes.Broadcast(0.41421356237309503);
        TLanes second = TLanes.Broadcast(2.414213562373095);
        TLanes magnitude = TLanes.Abs(x);
        TLanes numerator = TLanes.WhereLess(second, magnitude, TLanes.Broadcast(-1), magnitude - one);
        TLanes denominator = TLanes.WhereLess(second, magnitude, magnitude, magnitude + one);
        TLanes around = TLanes.WhereLess(second, magnitude, TLanes.Broadcast(RightAngle), TLanes.Broadcast(RightAngle / 2));
        TLanes t = TLanes.WhereLess(first, magnitude, numerator / denominator, magnitude);
        around = TLanes.WhereLess(first, magnitude, around, TLanes.Broadcast(0));
        TLanes square = t * t;
        TLanes p = TLanes.Broadcast(-0.019176887109764177);
        p = (p * square) + TLanes.Broadcast(0.03923165828719725);
        p = (p * square) + TLanes.Broadcast(-0.05085449737615746);
        p = (p * square) + TLanes.Broadcast(0.05858148912731945);
        p = (p * square) + TLanes.Broadcast(-0.06664511447372617);
        p = (p * square) + TLanes.Broadcast(0.07692183190825304);
        p = (p * square) + TLanes.Broadcast(-0.09090904578123861);
        p = (p * square) + TLanes.Broadcast(0.1111111101525636);
        p = (p * square) + TLanes.Broadcast(-0.14285714284666542);
        p = (p * square) + TLanes.Broadcast(0.1999999999999552);
        p = (p * square) + TLanes.Broadcast(-0.3333333333333333);
        return TLanes.WhereNaN(x, x, TLanes.CopySign(around + ((p * square * t) + t), x));
    }

    /// <summary>By its fit up to ½, beyond as π/2 − 2·asin(√((1 − |x|)/2)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Asin<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        (TLanes magnitude, TLanes angle) = Arc(x);
        TLanes large = TLanes.Broadcast(RightAngle) - (angle + angle);
        return TLanes.CopySign(TLanes.WhereLess(TLanes.Broadcast(0.5), magnitude, large, angle), x);
    }

    /// <summary>By the same: π/2 − asin(x) up to ½, beyond 2·asin(√((1 − |x|)/2)), from π where x is negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Acos<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        (TLanes magnitude, TLanes angle) = Arc(x);
        TLanes twice = angle + angle;
        TLanes large = TLanes.WhereLess(x, TLanes.Broadcast(0), TLanes.Broadcast(Math.PI) - twice, twice);
        TLanes small = TLanes.Broadcast(RightAngle) - (TLanes.CopySign(angle, x) - TLanes.Broadcast(RightAngleRest));
        return TLanes.WhereLess(TLanes.Broadcast(0.5), magnitude, large, small);
    }

    /// <summary>
    /// asin(|x|) where |x| ≤ ½, otherwise asin(√((1 − |x|)/2)), by a fit of degree 13 in the square (relative error 5e-18); NaN beyond 1.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TLanes Magnitude, TLanes Angle) Arc<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        TLanes half = TLanes.Broadcast(0.5);
        TLanes magnitude = TLanes.Abs(x);
        TLanes square = TLanes.WhereLess(half, magnitude, (TLanes.Broadcast(1) - magnitude) * half, magnitude * magnitude);
        TLanes t = TLanes.WhereLess(half, magnitude, TLanes.Sqrt(square), magnitude);
        TLanes p = TLanes.Broadcast(0.028757851385497846);
        p = (p * square) + TLanes.Broadcast(-0.014851887099418173);
        p = (p * square) + TLanes.Broadcast(0.017400879462006948);
        p = (p * square) + TLanes.Broadcast(0.005457506710982731);
        p = (p * square) + TLanes.Broadcast(0.010322814352127795);
        p = (p * square) + TLanes.Broadcast(0.01147917741485599);
        p = (p * square) + TLanes.Broadcast(0.013971212973590646);
        p = (p * square) + TLanes.Broadcast(0.01735239272086707);
        p = (p * square) + TLanes.Broadcast(0.022372172942150034);
        p = (p * square) + TLanes.Broadcast(0.030381944138531243);
        p = (p * square) + TLanes.Broadcast(0.04464285714635543);
        p = (p * square) + TLanes.Broadcast(0.07499999999998433);
        p = (p * square) + TLanes.Broadcast(0.16666666666666669);
        return (magnitude, (p * square * t) + t);
    }

    /// <summary>
    /// Sine and cosine of what is left of an angle modulo a right angle, which is taken with twice the precision, and how many right angles
    /// it was.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TLanes Sine, TLanes Cosine, TLanes Quadrant) Reduce<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        TLanes one = TLanes.Broadcast(1);
        TLanes turns = TLanes.Round(x * TLanes.Broadcast(2 / Math.PI));
        TLanes back = TLanes.Broadcast(0) - turns;
        TLanes r = TLanes.FusedMultiplyAdd(back, TLanes.Broadcast(RightAngle), x);
        r = TLanes.FusedMultiplyAdd(back, TLanes.Broadcast(RightAngleRest), r);
        TLanes square = r * r;
        TLanes sine = TLanes.Broadcast(1.0 / 355687428096000);
        sine = (sine * square) + TLanes.Broadcast(-1.0 / 1307674368000);
        sine = (sine * square) + TLanes.Broadcast(1.0 / 6227020800);
        sine = (sine * square) + TLanes.Broadcast(-1.0 / 39916800);
        sine = (sine * square) + TLanes.Broadcast(1.0 / 362880);
        sine = (sine * square) + TLanes.Broadcast(-1.0 / 5040);
        sine = (sine * square) + TLanes.Broadcast(1.0 / 120);
        sine = (sine * square) + TLanes.Broadcast(-1.0 / 6);
        sine = (sine * (square * r)) + r;
        TLanes cosine = TLanes.Broadcast(1.0 / 20922789888000);
        cosine = (cosine * square) + TLanes.Broadcast(-1.0 / 87178291200);
        cosine = (cosine * square) + TLanes.Broadcast(1.0 / 479001600);
        cosine = (cosine * square) + TLanes.Broadcast(-1.0 / 3628800);
        cosine = (cosine * square) + TLanes.Broadcast(1.0 / 40320);
        cosine = (cosine * square) + TLanes.Broadcast(-1.0 / 720);
        cosine = (cosine * square) + TLanes.Broadcast(1.0 / 24);
        cosine = (cosine * square) + TLanes.Broadcast(-1.0 / 2);
        cosine = (cosine * square) + one;
        TLanes quadrant = turns - (TLanes.Floor(turns * TLanes.Broadcast(0.25)) * TLanes.Broadcast(4));
        return (sine, cosine, quadrant);
    }

    /// <summary>A sine so many right angles (0 to 3) on: it, the cosine, and the same negated.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Turned<TLanes>(TLanes sine, TLanes cosine, TLanes quadrant)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        TLanes one = TLanes.Broadcast(1);
        TLanes fromOdd = TLanes.Abs(TLanes.Abs(quadrant - TLanes.Broadcast(2)) - one);
        TLanes value = TLanes.WhereLess(fromOdd, TLanes.Broadcast(0.5), cosine, sine);
        return TLanes.WhereLess(TLanes.Broadcast(1.5), quadrant, TLanes.Broadcast(0) - value, value);
    }
}
