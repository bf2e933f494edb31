using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Eight pixels on AVX2: even and odd bytes are widened to 16 bits, and <c>vpmaddwd</c> adds pairs of exact products. Any values; held to
/// <see cref="SparseScalar"/> by the sparse cases of <c>TierTests</c>.
/// </summary>
internal readonly unsafe struct SparseAvx2(Vector256<int> sums) : ISparseLanes<SparseAvx2, SparseAvx2.Pairs, SparseAvx2.Pairs>
{
    private readonly Vector256<int> _sums = sums;

    public static int Count => Vector256<int>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SparseAvx2 Broadcast(int bias) => new(Vector256.Create(bias));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pairs LoadWeights(sbyte* weights) => SplitSigned(Avx2.BroadcastScalarToVector256((int*)weights).AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pairs LoadInput(byte* input) => Split(Vector256.Load((short*)input));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pairs LoadOwnWeights(sbyte* weights) => SplitSigned(Vector256.Load((short*)weights));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pairs Gather(byte* input, byte* lanes) => Split(SparseWindow.Choose(input, lanes).AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SparseAvx2 MultiplyAdd(SparseAvx2 sums, Pairs input, Pairs weights) => new(
        Avx2.Add(
            sums._sums,
            Avx2.Add(Avx2.MultiplyAddAdjacent(input.Even, weights.Even), Avx2.MultiplyAddAdjacent(input.Odd, weights.Odd))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(SparseAvx2 sums, int* target) => sums._sums.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Pairs Split(Vector256<short> quads) =>
        new(Avx2.And(quads, Vector256.Create((short)0x00FF)), Avx2.ShiftRightLogical(quads, 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Pairs SplitSigned(Vector256<short> quads) =>
        new(Avx2.ShiftRightArithmetic(Avx2.ShiftLeftLogical(quads, 8), 8), Avx2.ShiftRightArithmetic(quads, 8));

    /// <summary>Quads as 16-bit pairs: bytes 0 and 2, bytes 1 and 3.</summary>
    internal readonly struct Pairs(Vector256<short> even, Vector256<short> odd)
    {
        public readonly Vector256<short> Even = even;
        public readonly Vector256<short> Odd = odd;
    }
}
