using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Four pixels on SSE4.1, as <see cref="SparseAvx2"/> does eight. Any values; held to <see cref="SparseScalar"/> by the sparse cases of
/// <c>TierTests</c>.
/// </summary>
internal readonly unsafe struct SparseSse41(Vector128<int> sums) : ISparseLanes<SparseSse41, SparseSse41.Pairs, SparseSse41.Pairs>
{
    private readonly Vector128<int> _sums = sums;

    public static int Count => Vector128<int>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SparseSse41 Broadcast(int bias) => new(Vector128.Create(bias));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pairs LoadWeights(sbyte* weights) => SplitSigned(Vector128.Create(*(int*)weights).AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pairs LoadInput(byte* input) => Split(Vector128.Load((short*)input));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pairs LoadOwnWeights(sbyte* weights) => SplitSigned(Vector128.Load((short*)weights));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pairs Gather(byte* input, byte* lanes)
    {
        return Split(Vector128.Create(At(lanes[0]), At(lanes[1]), At(lanes[2]), At(lanes[3])).AsInt16());

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        int At(int lane) => *(int*)(input + (lane * WeightPacking.QuadLength));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SparseSse41 MultiplyAdd(SparseSse41 sums, Pairs input, Pairs weights) => new(
        Sse2.Add(
            sums._sums,
            Sse2.Add(Sse2.MultiplyAddAdjacent(input.Even, weights.Even), Sse2.MultiplyAddAdjacent(input.Odd, weights.Odd))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(SparseSse41 sums, int* target) => sums._sums.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Pairs Split(Vector128<short> quads) =>
        new(Sse2.And(quads, Vector128.Create((short)0x00FF)), Sse2.ShiftRightLogical(quads, 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Pairs SplitSigned(Vector128<short> quads) =>
        new(Sse2.ShiftRightArithmetic(Sse2.ShiftLeftLogical(quads, 8), 8), Sse2.ShiftRightArithmetic(quads, 8));

    /// <summary>Quads as 16-bit pairs: bytes 0 and 2, bytes 1 and 3.</summary>
    internal readonly struct Pairs(Vector128<short> even, Vector128<short> odd)
    {
        public readonly Vector128<short> Even = even;
        public readonly Vector128<short> Odd = odd;
    }
}
