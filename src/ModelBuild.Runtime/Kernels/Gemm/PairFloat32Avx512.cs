using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Floats on AVX-512, two panels: every broadcast of the input is used twice.</summary>
internal readonly unsafe struct PairFloat32Avx512(Vector512<float> first, Vector512<float> second)
    : IMicroKernelStep<PairFloat32Avx512, PairFloat32Avx512, Vector512<float>>, IFinishingStep<PairFloat32Avx512>
{
    private readonly Vector512<float> _first = first;
    private readonly Vector512<float> _second = second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PairFloat32Avx512 Load(byte* bias) =>
        new(Vector512.LoadUnsafe(ref *(float*)bias), Vector512.LoadUnsafe(ref ((float*)bias)[16]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PairFloat32Avx512 LoadWeights(byte* weights, nint panelStep)
        => new(Vector512.LoadUnsafe(ref *(float*)weights), Vector512.LoadUnsafe(ref *((float*)(weights + panelStep))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadInput(byte* input) => Vector512.Create(*(float*)input);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PairFloat32Avx512 MultiplyAdd(PairFloat32Avx512 accumulators, Vector512<float> input, PairFloat32Avx512 weights)
        => new(
            Vector512.FusedMultiplyAdd(input, weights._first, accumulators._first),
            Vector512.FusedMultiplyAdd(input, weights._second, accumulators._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PairFloat32Avx512 Add(PairFloat32Avx512 left, PairFloat32Avx512 right)
        => new(left._first + right._first, left._second + right._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PairFloat32Avx512 AddOutput(PairFloat32Avx512 accumulators, byte* addends) => Add(accumulators, Load(addends));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreClamped(PairFloat32Avx512 accumulators, float minimum, float maximum, byte* output)
    {
        Vector512<float> low = Vector512.Create(minimum);
        Vector512<float> high = Vector512.Create(maximum);
        Vector512.MinNative(high, Vector512.MaxNative(low, accumulators._first)).StoreUnsafe(ref *(float*)output);
        Vector512.MinNative(high, Vector512.MaxNative(low, accumulators._second)).StoreUnsafe(ref ((float*)output)[16]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(PairFloat32Avx512 accumulators, byte* target)
    {
        accumulators._first.StoreUnsafe(ref *(float*)target);
        accumulators._second.Store((float*)(target + GemmDriver.AccumulatorsPanelStep));
    }
}
