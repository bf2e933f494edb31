using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Floats on AVX2 with FMA.</summary>
internal readonly unsafe struct Float32Avx2(Vector256<float> low, Vector256<float> high)
    : IMicroKernelStep<Float32Avx2, Float32Avx2, Vector256<float>>
{
    private readonly Vector256<float> _low = low;
    private readonly Vector256<float> _high = high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Avx2 Load(byte* bias) => new(Vector256.Load((float*)bias), Vector256.Load((float*)bias + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Avx2 LoadWeights(byte* weights, nint panelStep) => Load(weights);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadInput(byte* input) => Avx.BroadcastScalarToVector256((float*)input);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Avx2 MultiplyAdd(Float32Avx2 accumulators, Vector256<float> input, Float32Avx2 weights)
        => new(Fma.MultiplyAdd(input, weights._low, accumulators._low), Fma.MultiplyAdd(input, weights._high, accumulators._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Avx2 Add(Float32Avx2 left, Float32Avx2 right)
        => new(Avx.Add(left._low, right._low), Avx.Add(left._high, right._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Float32Avx2 accumulators, byte* target)
    {
        accumulators._low.Store((float*)target);
        accumulators._high.Store((float*)target + 8);
    }
}
