using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Floats on AVX-512, one panel.</summary>
internal readonly unsafe struct Float32Avx512(Vector512<float> value)
    : IMicroKernelStep<Float32Avx512, Vector512<float>, Vector512<float>>, IFinishingStep<Float32Avx512>
{
    private readonly Vector512<float> _value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Avx512 Load(byte* bias) => new(Vector512.LoadUnsafe(ref *(float*)bias));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadWeights(byte* weights, nint panelStep) => Vector512.LoadUnsafe(ref *(float*)weights);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadInput(byte* input) => Vector512.Create(*(float*)input);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Avx512 MultiplyAdd(Float32Avx512 accumulators, Vector512<float> input, Vector512<float> weights)
        => new(Vector512.FusedMultiplyAdd(input, weights, accumulators._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Avx512 Add(Float32Avx512 left, Float32Avx512 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Avx512 AddOutput(Float32Avx512 accumulators, byte* addends) => Add(accumulators, Load(addends));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreClamped(Float32Avx512 accumulators, float minimum, float maximum, byte* output) =>
        Vector512.MinNative(Vector512.Create(maximum), Vector512.MaxNative(Vector512.Create(minimum), accumulators._value))
            .StoreUnsafe(ref *(float*)output);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Float32Avx512 accumulators, byte* target) => accumulators._value.StoreUnsafe(ref *(float*)target);
}
