using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Angles of sines, cosines and tangents in float32, with the same bits on every processor.</summary>
internal static class Arcs
{
    private const float RightAngle = 1.5707964f;

    /// <summary>What π/2 is more than its nearest float32.</summary>
    private const float RightAngleRest = -4.371139e-08f;

    /// <summary>
    /// Within 2 units in the last place: by t = |x|, (|x| − 1)/(|x| + 1) or −1/|x| around 0, π/4 or π/2, so that |t| ≤ tan(π/8), and a fit
    /// of degree 4 in t².
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Atan<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        TLanes zero = TLanes.Broadcast(0);
        TLanes one = TLanes.Broadcast(1);
        TLanes first = TLanes.Broadcast(0.41421357f);
        TLanes second = TLanes.Broadcast(2.4142135f);
        TLanes magnitude = TLanes.Abs(x);
        TLanes numerator = TLanes.WhereLess(second, magnitude, TLanes.Broadcast(-1), magnitude - one);
        TLanes denominator = TLanes.WhereLess(second, magnitude, magnitude, magnitude + one);
        TLanes around = TLanes.WhereLess(second, magnitude, TLanes.Broadcast(RightAngle), TLanes.Broadcast(RightAngle / 2));
        TLanes rest = TLanes.WhereLess(second, magnitude, TLanes.Broadcast(RightAngleRest), TLanes.Broadcast(RightAngleRest / 2));
        TLanes t = TLanes.WhereLess(first, magnitude, numerator / denominator, magnitude);
        around = TLanes.WhereLess(first, magnitude, around, zero);
        rest = TLanes.WhereLess(first, magnitude, rest, zero);
        TLanes square = t * t;
        TLanes p = TLanes.Broadcast(-0.0645192787f);
        p = (p * square) + TLanes.Broadcast(0.107437313f);
        p = (p * square) + TLanes.Broadcast(-0.142639562f);
        p = (p * square) + TLanes.Broadcast(0.199995399f);
        p = (p * square) + TLanes.Broadcast(-0.333333313f);
        TLanes angle = around + (((p * (square * t)) + rest) + t);
        return TLanes.WhereNaN(x, x, TLanes.CopySign(angle, x));
    }

    /// <summary>
    /// Within 2 units in the last place: by its fit up to ½, beyond as π/2 − 2·asin(√((1 − |x|)/2)); NaN outside [-1, 1].
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Asin<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        (TLanes magnitude, TLanes angle) = Arc(x);
        TLanes large = TLanes.Broadcast(RightAngle) - (angle + angle - TLanes.Broadcast(RightAngleRest));
        return TLanes.CopySign(TLanes.WhereLess(TLanes.Broadcast(0.5f), magnitude, large, angle), x);
    }

    /// <summary>By the same: π/2 − asin(x) up to ½, beyond 2·asin(√((1 − |x|)/2)), from π where x is negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Acos<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        (TLanes magnitude, TLanes angle) = Arc(x);
        TLanes right = TLanes.Broadcast(RightAngle);
        TLanes rest = TLanes.Broadcast(RightAngleRest);
        TLanes twice = angle + angle;
        TLanes large = TLanes.WhereLess(x, TLanes.Broadcast(0), (right + right) - (twice - (rest + rest)), twice);
        TLanes small = right - (TLanes.CopySign(angle, x) - rest);
        return TLanes.WhereLess(TLanes.Broadcast(0.5f), magnitude, large, small);
    }

    /// <summary>asin(|x|) where |x| ≤ ½, otherwise asin(√((1 − |x|)/2)), by a fit of degree 6 in the square; NaN beyond 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TLanes Magnitude, TLanes Angle) Arc<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        TLanes half = TLanes.Broadcast(0.5f);
        TLanes magnitude = TLanes.Abs(x);
        TLanes square = TLanes.WhereLess(half, magnitude, (TLanes.Broadcast(1) - magnitude) * half, magnitude * magnitude);
        TLanes t = TLanes.WhereLess(half, magnitude, TLanes.Sqrt(square), magnitude);
        TLanes p = TLanes.Broadcast(0.0336908475f);
        p = (p * square) + TLanes.Broadcast(0.0171492379f);
        p = (p * square) + TLanes.Broadcast(0.0311006624f);
        p = (p * square) + TLanes.Broadcast(0.0445994027f);
        p = (p * square) + TLanes.Broadcast(0.0750009418f);
        p = (p * square) + TLanes.Broadcast(0.166666657f);
        return (magnitude, (p * (square * t)) + t);
    }
}
