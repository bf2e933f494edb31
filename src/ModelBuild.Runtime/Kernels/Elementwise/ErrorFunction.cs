using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>erf with the same bits on every processor.</summary>
internal static class ErrorFunction
{
    /// <summary>From here on the float32 next to erf(x) is 1.</summary>
    private const float Saturation = 3.93f;

    /// <summary>
    /// erf(x), within 6 units in the last place: x·p(x²)/q(x²), a fit of two polynomials of degree 5 (relative error 2e-8), in which
    /// nothing cancels. NaN stays NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Erf<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        TLanes one = TLanes.Broadcast(1);
        TLanes magnitude = TLanes.Abs(x);
        TLanes square = x * x;
        TLanes p = TLanes.Broadcast(2.04222306e-06f);
        p = (p * square) + TLanes.Broadcast(0.000284650829f);
        p = (p * square) + TLanes.Broadcast(0.00377456984f);
        p = (p * square) + TLanes.Broadcast(0.0527744852f);
        p = (p * square) + TLanes.Broadcast(0.190672517f);
        p = (p * square) + TLanes.Broadcast(1.12837911f);
        TLanes q = TLanes.Broadcast(3.79984849e-05f);
        q = (q * square) + TLanes.Broadcast(0.00116391026f);
        q = (q * square) + TLanes.Broadcast(0.0149873421f);
        q = (q * square) + TLanes.Broadcast(0.114210539f);
        q = (q * square) + TLanes.Broadcast(0.502311885f);
        q = (q * square) + TLanes.Broadcast(1f);
        TLanes result = magnitude * (p / q);
        result = TLanes.WhereLess(TLanes.Broadcast(Saturation), magnitude, one, result);
        return TLanes.CopySign(TLanes.WhereLess(one, result, one, result), x);
    }
}
