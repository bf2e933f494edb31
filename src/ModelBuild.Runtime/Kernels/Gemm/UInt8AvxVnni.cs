using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Bytes on AVX-VNNI: <c>vpdpbusd</c> adds four exact products to each of eight int32 accumulators.</summary>
internal readonly unsafe struct UInt8AvxVnni(Vector256<int> low, Vector256<int> high)
    : IMicroKernelStep<UInt8AvxVnni, UInt8AvxVnni.Weights, UInt8AvxVnni.Input>
{
    private readonly Vector256<int> _low = low;
    private readonly Vector256<int> _high = high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8AvxVnni Load(byte* bias) => new(Vector256.LoadUnsafe(ref *(int*)bias), Vector256.LoadUnsafe(ref ((int*)bias)[8]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Weights LoadWeights(byte* weights, nint panelStep)
        => new(Vector256.LoadUnsafe(ref *(sbyte*)weights), Vector256.LoadUnsafe(ref ((sbyte*)weights)[32]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Input LoadInput(byte* input) => new(Avx2.BroadcastScalarToVector256((int*)input).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8AvxVnni MultiplyAdd(UInt8AvxVnni accumulators, Input input, Weights weights)
        => new(
            Wide.MultiplyWideningAndAdd(accumulators._low, input.Value, weights.Low),
            Wide.MultiplyWideningAndAdd(accumulators._high, input.Value, weights.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8AvxVnni Add(UInt8AvxVnni left, UInt8AvxVnni right)
        => new(Avx2.Add(left._low, right._low), Avx2.Add(left._high, right._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(UInt8AvxVnni accumulators, byte* target)
    {
        accumulators._low.StoreUnsafe(ref *(int*)target);
        accumulators._high.StoreUnsafe(ref ((int*)target)[8]);
    }

    /// <summary>16 outputs × 4 weights.</summary>
    internal readonly struct Weights(Vector256<sbyte> low, Vector256<sbyte> high)
    {
        public readonly Vector256<sbyte> Low = low;
        public readonly Vector256<sbyte> High = high;
    }

    /// <summary>Four bytes, eight times.</summary>
    internal readonly struct Input(Vector256<byte> value)
    {
        public readonly Vector256<byte> Value = value;
    }
}
