using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Bytes on AVX2. <c>vpmaddubsw</c> would saturate, so even and odd bytes are widened to 16 bits, the weights once per tile, and
/// <c>vpmaddwd</c> adds pairs of exact products.
/// </summary>
internal readonly unsafe struct UInt8Avx2(Vector256<int> low, Vector256<int> high)
    : IMicroKernelStep<UInt8Avx2, UInt8Avx2.Weights, UInt8Avx2.Input>
{
    private readonly Vector256<int> _low = low;
    private readonly Vector256<int> _high = high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8Avx2 Load(byte* bias) => new(Vector256.LoadUnsafe(ref *(int*)bias), Vector256.LoadUnsafe(ref ((int*)bias)[8]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Weights LoadWeights(byte* weights, nint panelStep)
    {
        Vector256<short> low = Vector256.LoadUnsafe(ref *(short*)weights);
        Vector256<short> high = Vector256.LoadUnsafe(ref *((short*)(weights + 32)));
        return new(
            Avx2.ShiftRightArithmetic(Avx2.ShiftLeftLogical(low, 8), 8), Avx2.ShiftRightArithmetic(low, 8),
            Avx2.ShiftRightArithmetic(Avx2.ShiftLeftLogical(high, 8), 8), Avx2.ShiftRightArithmetic(high, 8));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Input LoadInput(byte* input)
    {
        Vector256<short> quads = Avx2.BroadcastScalarToVector256((int*)input).AsInt16();
        return new(Avx2.And(quads, Vector256.Create((short)0x00FF)), Avx2.ShiftRightLogical(quads, 8));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8Avx2 MultiplyAdd(UInt8Avx2 accumulators, Input input, Weights weights)
        => new(
            Avx2.Add(
                accumulators._low,
                Avx2.Add(Avx2.MultiplyAddAdjacent(input.Even, weights.LowEven), Avx2.MultiplyAddAdjacent(input.Odd, weights.LowOdd))),
            Avx2.Add(
                accumulators._high,
                Avx2.Add(Avx2.MultiplyAddAdjacent(input.Even, weights.HighEven), Avx2.MultiplyAddAdjacent(input.Odd, weights.HighOdd))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8Avx2 Add(UInt8Avx2 left, UInt8Avx2 right) => new(Avx2.Add(left._low, right._low), Avx2.Add(left._high, right._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(UInt8Avx2 accumulators, byte* target)
    {
        accumulators._low.StoreUnsafe(ref *(int*)target);
        accumulators._high.StoreUnsafe(ref ((int*)target)[8]);
    }

    /// <summary>16 outputs × 4 weights as 16-bit pairs: weights 0 and 2, weights 1 and 3.</summary>
    internal readonly struct Weights(Vector256<short> lowEven, Vector256<short> lowOdd, Vector256<short> highEven, Vector256<short> highOdd)
    {
        public readonly Vector256<short> LowEven = lowEven;
        public readonly Vector256<short> LowOdd = lowOdd;
        public readonly Vector256<short> HighEven = highEven;
        public readonly Vector256<short> HighOdd = highOdd;
    }

    /// <summary>Four bytes as 16-bit pairs: bytes 0 and 2, bytes 1 and 3.</summary>
    internal readonly struct Input(Vector256<short> even, Vector256<short> odd)
    {
        public readonly Vector256<short> Even = even;
        public readonly Vector256<short> Odd = odd;
    }
}
