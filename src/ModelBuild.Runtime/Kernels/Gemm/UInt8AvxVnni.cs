using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Bytes on AVX-VNNI: <c>vpdpbusd</c> adds four exact products to each of eight int32 accumulators.</summary>
internal readonly unsafe struct UInt8AvxVnni(Vector256<int> low, Vector256<int> high)
    : IMicroKernelStep<UInt8AvxVnni, UInt8AvxVnni.Weights, Vector256<byte>>
{
    private readonly Vector256<int> _low = low;
    private readonly Vector256<int> _high = high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8AvxVnni Load(byte* bias) => new(Vector256.Load((int*)bias), Vector256.Load((int*)bias + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Weights LoadWeights(byte* weights, nint panelStep)
        => new(Vector256.Load((sbyte*)weights), Vector256.Load((sbyte*)weights + 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> LoadInput(byte* input) => Avx2.BroadcastScalarToVector256((int*)input).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8AvxVnni MultiplyAdd(UInt8AvxVnni accumulators, Vector256<byte> input, Weights weights)
        => new(
            Wide.MultiplyWideningAndAdd(accumulators._low, input, weights.Low),
            Wide.MultiplyWideningAndAdd(accumulators._high, input, weights.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8AvxVnni Add(UInt8AvxVnni left, UInt8AvxVnni right)
        => new(Avx2.Add(left._low, right._low), Avx2.Add(left._high, right._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(UInt8AvxVnni accumulators, byte* target)
    {
        accumulators._low.Store((int*)target);
        accumulators._high.Store((int*)target + 8);
    }

    /// <summary>16 outputs × 4 weights.</summary>
    internal readonly struct Weights(Vector256<sbyte> low, Vector256<sbyte> high)
    {
        public readonly Vector256<sbyte> Low = low;
        public readonly Vector256<sbyte> High = high;
    }
}
