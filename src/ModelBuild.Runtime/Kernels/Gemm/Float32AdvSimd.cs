using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Floats on Arm64.</summary>
internal readonly unsafe struct Float32AdvSimd(Vector128<float> c0, Vector128<float> c4, Vector128<float> c8, Vector128<float> c12)
    : IMicroKernelStep<Float32AdvSimd, Float32AdvSimd, Vector128<float>>
{
    private readonly Vector128<float> _c0 = c0;
    private readonly Vector128<float> _c4 = c4;
    private readonly Vector128<float> _c8 = c8;
    private readonly Vector128<float> _c12 = c12;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32AdvSimd Load(byte* bias)
    {
        float* source = (float*)bias;
        return new(Vector128.Load(source), Vector128.Load(source + 4), Vector128.Load(source + 8), Vector128.Load(source + 12));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32AdvSimd LoadWeights(byte* weights, nint panelStep) => Load(weights);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadInput(byte* input) => AdvSimd.LoadAndReplicateToVector128((float*)input);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32AdvSimd MultiplyAdd(Float32AdvSimd accumulators, Vector128<float> input, Float32AdvSimd weights)
        => new(
            AdvSimd.FusedMultiplyAdd(accumulators._c0, input, weights._c0),
            AdvSimd.FusedMultiplyAdd(accumulators._c4, input, weights._c4),
            AdvSimd.FusedMultiplyAdd(accumulators._c8, input, weights._c8),
            AdvSimd.FusedMultiplyAdd(accumulators._c12, input, weights._c12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32AdvSimd Add(Float32AdvSimd left, Float32AdvSimd right)
        => new(
            AdvSimd.Add(left._c0, right._c0), AdvSimd.Add(left._c4, right._c4),
            AdvSimd.Add(left._c8, right._c8), AdvSimd.Add(left._c12, right._c12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Float32AdvSimd accumulators, byte* target)
    {
        accumulators._c0.Store((float*)target);
        accumulators._c4.Store((float*)target + 4);
        accumulators._c8.Store((float*)target + 8);
        accumulators._c12.Store((float*)target + 12);
    }
}
