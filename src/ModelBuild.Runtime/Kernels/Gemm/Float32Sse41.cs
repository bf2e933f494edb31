using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Floats on SSE, which has no fused multiply-add.</summary>
internal readonly unsafe struct Float32Sse41(Vector128<float> c0, Vector128<float> c4, Vector128<float> c8, Vector128<float> c12)
    : IMicroKernelStep<Float32Sse41, Float32Sse41, Vector128<float>>
{
    private readonly Vector128<float> _c0 = c0;
    private readonly Vector128<float> _c4 = c4;
    private readonly Vector128<float> _c8 = c8;
    private readonly Vector128<float> _c12 = c12;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Sse41 Load(byte* bias)
    {
        float* source = (float*)bias;
        return new(
            Vector128.LoadUnsafe(ref *source), Vector128.LoadUnsafe(ref source[4]),
            Vector128.LoadUnsafe(ref source[8]), Vector128.LoadUnsafe(ref source[12]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Sse41 LoadWeights(byte* weights, nint panelStep) => Load(weights);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadInput(byte* input) => Vector128.Create(*(float*)input);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Sse41 MultiplyAdd(Float32Sse41 accumulators, Vector128<float> input, Float32Sse41 weights)
        => new(
            Sse.Add(accumulators._c0, Sse.Multiply(input, weights._c0)), Sse.Add(accumulators._c4, Sse.Multiply(input, weights._c4)),
            Sse.Add(accumulators._c8, Sse.Multiply(input, weights._c8)), Sse.Add(accumulators._c12, Sse.Multiply(input, weights._c12)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Sse41 Add(Float32Sse41 left, Float32Sse41 right)
        => new(
            Sse.Add(left._c0, right._c0), Sse.Add(left._c4, right._c4),
            Sse.Add(left._c8, right._c8), Sse.Add(left._c12, right._c12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Float32Sse41 accumulators, byte* target)
    {
        accumulators._c0.StoreUnsafe(ref *(float*)target);
        accumulators._c4.StoreUnsafe(ref ((float*)target)[4]);
        accumulators._c8.StoreUnsafe(ref ((float*)target)[8]);
        accumulators._c12.StoreUnsafe(ref ((float*)target)[12]);
    }
}
