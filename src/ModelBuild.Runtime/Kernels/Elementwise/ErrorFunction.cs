using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>erf with the same bits on every processor.</summary>
internal static class ErrorFunction
{
    /// <summary>From here on the float32 next to erf(x) is 1.</summary>
    private const float Saturation = 4;

    /// <summary>
    /// erf(x), within 2 units in the last place: up to 1 it is x·p(x²), beyond 1 - exp(-q(|x|)). p and q are Chebyshev fits, of degree 6 to
    /// erf(x)/x (relative error 1.4e-9) and of degree 8 to -log(1 - erf(x)) on [1, 4] (error of erf 5e-10). NaN stays NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Erf<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        TLanes one = TLanes.Broadcast(1);
        TLanes square = x * x;
        TLanes p = TLanes.Broadcast(7.875875e-05f);
        p = (p * square) + TLanes.Broadcast(-0.00080168643f);
        p = (p * square) + TLanes.Broadcast(0.0051890874f);
        p = (p * square) + TLanes.Broadcast(-0.026854212f);
        p = (p * square) + TLanes.Broadcast(0.11283595f);
        p = (p * square) + TLanes.Broadcast(-0.37612627f);
        p = (p * square) + TLanes.Broadcast(0.12837917f);
        TLanes small = x + (p * x);

        TLanes magnitude = TLanes.Abs(x);
        magnitude = TLanes.WhereLess(magnitude, TLanes.Broadcast(Saturation), magnitude, TLanes.Broadcast(Saturation));
        TLanes q = TLanes.Broadcast(-1.6371514e-06f);
        q = (q * magnitude) + TLanes.Broadcast(4.6058043e-05f);
        q = (q * magnitude) + TLanes.Broadcast(-0.0005968056f);
        q = (q * magnitude) + TLanes.Broadcast(0.0047595963f);
        q = (q * magnitude) + TLanes.Broadcast(-0.026421136f);
        q = (q * magnitude) + TLanes.Broadcast(0.11008008f);
        q = (q * magnitude) + TLanes.Broadcast(0.63182605f);
        q = (q * magnitude) + TLanes.Broadcast(1.1302334f);
        q = (q * magnitude) + TLanes.Broadcast(-0.00032013805f);
        TLanes large = TLanes.CopySign(one - Exponential.Exp(TLanes.Broadcast(0) - q), x);
        return TLanes.WhereNaN(x, x, TLanes.WhereLess(TLanes.Abs(x), one, small, large));
    }
}
