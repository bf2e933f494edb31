using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The mean of every channel in float32: the taps are added row by row, from the left, then divided. A window without taps gives 0.
/// </summary>
/// <param name="countPadding">True to divide by the number of taps inside the input or its padding, false by that inside the input.</param>
internal readonly struct AveragePoolingOperator(bool countPadding) : IPoolingOperator<float, float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Invoke<TRegisters>(in PoolingWindow window, ref float input, ref float output)
        where TRegisters : struct
    {
        float divisor = nuint.Max(countPadding ? window.Padded : window.Count, 1);
        TapFolding.Run<TRegisters, Mean>(new Mean(divisor), in window, ref input, ref output);
    }

    private readonly struct Mean(float divisor) : ITapFold
    {
        public float Start => 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Add<TLanes>(TLanes total, TLanes tap)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => total + tap;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Finish<TLanes>(TLanes total)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => total / TLanes.Broadcast(divisor);
    }
}
