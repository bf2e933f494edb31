using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Floats on AVX2 with FMA.</summary>
internal readonly unsafe struct Float32Avx2(Vector256<float> low, Vector256<float> high)
    : IMicroKernelStep<Float32Avx2, Float32Avx2, Float32Avx2.Input>, IFinishingStep<Float32Avx2>
{
    private readonly Vector256<float> _low = low;
    private readonly Vector256<float> _high = high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Avx2 Load(byte* bias) => new(Vector256.LoadUnsafe(ref *(float*)bias), Vector256.LoadUnsafe(ref ((float*)bias)[8]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Avx2 LoadWeights(byte* weights, nint panelStep) => Load(weights);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Input LoadInput(byte* input) => new(Avx.BroadcastScalarToVector256((float*)input));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Avx2 MultiplyAdd(Float32Avx2 accumulators, Input input, Float32Avx2 weights)
        => new(
            Fma.MultiplyAdd(input.Value, weights._low, accumulators._low), Fma.MultiplyAdd(input.Value, weights._high, accumulators._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Avx2 Add(Float32Avx2 left, Float32Avx2 right)
        => new(Avx.Add(left._low, right._low), Avx.Add(left._high, right._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Avx2 AddOutput(Float32Avx2 accumulators, byte* addends) => Add(accumulators, Load(addends));

    // vmaxps and vminps return their second operand when one is NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreClamped(Float32Avx2 accumulators, float minimum, float maximum, byte* output)
    {
        Vector256<float> low = Vector256.Create(minimum);
        Vector256<float> high = Vector256.Create(maximum);
        Avx.Min(high, Avx.Max(low, accumulators._low)).StoreUnsafe(ref *(float*)output);
        Avx.Min(high, Avx.Max(low, accumulators._high)).StoreUnsafe(ref ((float*)output)[8]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Float32Avx2 accumulators, byte* target)
    {
        accumulators._low.StoreUnsafe(ref *(float*)target);
        accumulators._high.StoreUnsafe(ref ((float*)target)[8]);
    }

    /// <summary>One float, eight times.</summary>
    internal readonly struct Input(Vector256<float> value)
    {
        public readonly Vector256<float> Value = value;
    }
}
