using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>The last step of every kernel that ends in 8-bit codes, after the multiplication by the output's scale.</summary>
internal static class Requantization
{
    /// <summary>
    /// <c>clamp(round(value) + zeroPoint, minimum, maximum)</c>, halves to the even integer, all in float32: integers of that size
    /// are exact, infinities end at the bounds, and NaN becomes the zero point (clamped).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes ToCode<TLanes>(TLanes value, float zeroPoint, float minimum, float maximum)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        return NumberToCode(TLanes.WhereNaN(value, TLanes.Broadcast(0), value), zeroPoint, minimum, maximum);
    }

    /// <summary>The same of what cannot be NaN, such as a product of codes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes NumberToCode<TLanes>(TLanes value, float zeroPoint, float minimum, float maximum)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        TLanes code = TLanes.Round(value) + TLanes.Broadcast(zeroPoint);
        return TLanes.Clamp(code, TLanes.Broadcast(minimum), TLanes.Broadcast(maximum));
    }
}
