using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>The largest tap of every channel in float32. NaN is passed over; a window without taps gives negative infinity.</summary>
internal readonly struct MaximumPoolingOperator : IPoolingOperator<float, float>, ITapFold
{
    public float Start => float.NegativeInfinity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Invoke<TRegisters>(in PoolingWindow window, ref float input, ref float output)
        where TRegisters : struct =>
        TapFolding.Run<TRegisters, MaximumPoolingOperator>(this, in window, ref input, ref output);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Add<TLanes>(TLanes total, TLanes tap)
        where TLanes : unmanaged, IFloat32Lanes<TLanes> => TLanes.WhereLess(total, tap, tap, total);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Finish<TLanes>(TLanes total)
        where TLanes : unmanaged, IFloat32Lanes<TLanes> => total;
}
