using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Floats on Arm64.</summary>
internal readonly unsafe struct Float32AdvSimd(Vector128<float> c0, Vector128<float> c4, Vector128<float> c8, Vector128<float> c12)
    : IMicroKernelStep<Float32AdvSimd, Float32AdvSimd, Float32AdvSimd.Input>
{
    private readonly Vector128<float> _c0 = c0;
    private readonly Vector128<float> _c4 = c4;
    private readonly Vector128<float> _c8 = c8;
    private readonly Vector128<float> _c12 = c12;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32AdvSimd Load(byte* bias)
    {
        float* source = (float*)bias;
        return new(
            Vector128.LoadUnsafe(ref *source), Vector128.LoadUnsafe(ref source[4]),
            Vector128.LoadUnsafe(ref source[8]), Vector128.LoadUnsafe(ref source[12]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32AdvSimd LoadWeights(byte* weights, nint panelStep) => Load(weights);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Input LoadInput(byte* input) => new(AdvSimd.LoadAndReplicateToVector128((float*)input));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32AdvSimd MultiplyAdd(Float32AdvSimd accumulators, Input input, Float32AdvSimd weights)
        => new(
            AdvSimd.FusedMultiplyAdd(accumulators._c0, input.Value, weights._c0),
            AdvSimd.FusedMultiplyAdd(accumulators._c4, input.Value, weights._c4),
            AdvSimd.FusedMultiplyAdd(accumulators._c8, input.Value, weights._c8),
            AdvSimd.FusedMultiplyAdd(accumulators._c12, input.Value, weights._c12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32AdvSimd Add(Float32AdvSimd left, Float32AdvSimd right)
        => new(
            AdvSimd.Add(left._c0, right._c0), AdvSimd.Add(left._c4, right._c4),
            AdvSimd.Add(left._c8, right._c8), AdvSimd.Add(left._c12, right._c12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Float32AdvSimd accumulators, byte* target)
    {
        accumulators._c0.StoreUnsafe(ref *(float*)target);
        accumulators._c4.StoreUnsafe(ref ((float*)target)[4]);
        accumulators._c8.StoreUnsafe(ref ((float*)target)[8]);
        accumulators._c12.StoreUnsafe(ref ((float*)target)[12]);
    }

    /// <summary>One float, four times.</summary>
    internal readonly struct Input(Vector128<float> value)
    {
        public readonly Vector128<float> Value = value;
    }
}
