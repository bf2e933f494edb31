using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Bytes on SSE4.1, as <see cref="UInt8Avx2"/> does them: <c>pmaddubsw</c> would saturate, so even and odd bytes are widened to 16 bits,
/// and <c>pmaddwd</c> adds pairs of exact products.
/// </summary>
internal readonly unsafe struct UInt8Sse41(Vector128<int> c0, Vector128<int> c4, Vector128<int> c8, Vector128<int> c12)
    : IMicroKernelStep<UInt8Sse41, UInt8Sse41.Weights, UInt8Sse41.Input>
{
    private readonly Vector128<int> _c0 = c0;
    private readonly Vector128<int> _c4 = c4;
    private readonly Vector128<int> _c8 = c8;
    private readonly Vector128<int> _c12 = c12;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8Sse41 Load(byte* bias)
    {
        int* source = (int*)bias;
        return new(
            Vector128.LoadUnsafe(ref *source), Vector128.LoadUnsafe(ref source[4]),
            Vector128.LoadUnsafe(ref source[8]), Vector128.LoadUnsafe(ref source[12]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Weights LoadWeights(byte* weights, nint panelStep)
        => new(Pairs.Of(weights), Pairs.Of(weights + 16), Pairs.Of(weights + 32), Pairs.Of(weights + 48));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Input LoadInput(byte* input)
    {
        Vector128<short> quads = Vector128.Create(*(int*)input).AsInt16();
        return new(Sse2.And(quads, Vector128.Create((short)0x00FF)), Sse2.ShiftRightLogical(quads, 8));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8Sse41 MultiplyAdd(UInt8Sse41 accumulators, Input input, Weights weights)
        => new(
            MultiplyAdd(accumulators._c0, input, weights.C0), MultiplyAdd(accumulators._c4, input, weights.C4),
            MultiplyAdd(accumulators._c8, input, weights.C8), MultiplyAdd(accumulators._c12, input, weights.C12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8Sse41 Add(UInt8Sse41 left, UInt8Sse41 right)
        => new(
            Sse2.Add(left._c0, right._c0), Sse2.Add(left._c4, right._c4),
            Sse2.Add(left._c8, right._c8), Sse2.Add(left._c12, right._c12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(UInt8Sse41 accumulators, byte* target)
    {
        accumulators._c0.StoreUnsafe(ref *(int*)target);
        accumulators._c4.StoreUnsafe(ref ((int*)target)[4]);
        accumulators._c8.StoreUnsafe(ref ((int*)target)[8]);
        accumulators._c12.StoreUnsafe(ref ((int*)target)[12]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> MultiplyAdd(Vector128<int> accumulators, Input input, Pairs weights)
        => Sse2.Add(
            Sse2.Add(accumulators, Sse2.MultiplyAddAdjacent(weights.Even, input.Even)), Sse2.MultiplyAddAdjacent(weights.Odd, input.Odd));

    /// <summary>4 outputs × 4 weights as 16-bit pairs: weights 0 and 2, weights 1 and 3.</summary>
    internal readonly struct Pairs(Vector128<short> even, Vector128<short> odd)
    {
        public readonly Vector128<short> Even = even;
        public readonly Vector128<short> Odd = odd;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Pairs Of(byte* weights)
        {
            Vector128<short> quads = Vector128.LoadUnsafe(ref *(short*)weights);
            return new(Sse2.ShiftRightArithmetic(Sse2.ShiftLeftLogical(quads, 8), 8), Sse2.ShiftRightArithmetic(quads, 8));
        }
    }

    /// <summary>16 outputs × 4 weights.</summary>
    internal readonly struct Weights(Pairs c0, Pairs c4, Pairs c8, Pairs c12)
    {
        public readonly Pairs C0 = c0;
        public readonly Pairs C4 = c4;
        public readonly Pairs C8 = c8;
        public readonly Pairs C12 = c12;
    }

    /// <summary>Four bytes as 16-bit pairs: bytes 0 and 2, bytes 1 and 3.</summary>
    internal readonly struct Input(Vector128<short> even, Vector128<short> odd)
    {
        public readonly Vector128<short> Even = even;
        public readonly Vector128<short> Odd = odd;
    }
}
