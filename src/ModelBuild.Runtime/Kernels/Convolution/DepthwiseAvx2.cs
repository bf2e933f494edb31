using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Depthwise bytes on AVX2: two taps of a channel side by side as 16-bit numbers, so that <c>vpmaddwd</c> adds their exact products.
/// </summary>
/// <remarks>Interleaving works in halves of 128 bits, so one register holds channels 0-3 and 8-11, the other 4-7 and 12-15.</remarks>
internal readonly unsafe struct DepthwiseAvx2(
    Vector256<int> firstLow, Vector256<int> firstHigh, Vector256<int> secondLow, Vector256<int> secondHigh)
    : IDepthwiseStep<DepthwiseAvx2, DepthwiseAvx2.Pairs>
{
    private readonly Vector256<int> _firstLow = firstLow;
    private readonly Vector256<int> _firstHigh = firstHigh;
    private readonly Vector256<int> _secondLow = secondLow;
    private readonly Vector256<int> _secondHigh = secondHigh;

    public static int Taps => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DepthwiseAvx2 Load(int* first, int* second)
    {
        Vector256<int> first0 = Vector256.LoadUnsafe(ref *first), first1 = Vector256.LoadUnsafe(ref first[8]);
        Vector256<int> second0 = Vector256.LoadUnsafe(ref *second), second1 = Vector256.LoadUnsafe(ref second[8]);
        return new(
            Avx2.Permute2x128(first0, first1, 0x20), Avx2.Permute2x128(first0, first1, 0x31),
            Avx2.Permute2x128(second0, second1, 0x20), Avx2.Permute2x128(second0, second1, 0x31));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrepareWeights(sbyte* weights, nint tapStep, int taps, byte* prepared)
    {
        Vector256<short> first = Avx2.ConvertToVector256Int16(weights);
        Vector256<short> second = taps > 1 ? Avx2.ConvertToVector256Int16(weights + tapStep) : default;
        Pairs pairs = Interleave(first, second);
        pairs.Low.StoreUnsafe(ref *(short*)prepared);
        pairs.High.StoreUnsafe(ref ((short*)prepared)[16]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pairs LoadWeights(byte* prepared) =>
        new(Vector256.LoadUnsafe(ref *(short*)prepared), Vector256.LoadUnsafe(ref ((short*)prepared)[16]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DepthwiseAvx2 MultiplyAdd(DepthwiseAvx2 accumulators, byte* first, byte* second, nint* offsets, Pairs weights)
    {
        Pairs x = LoadPairs(first, offsets);
        Pairs y = LoadPairs(second, offsets);
        return new(
            Avx2.Add(accumulators._firstLow, Avx2.MultiplyAddAdjacent(x.Low, weights.Low)),
            Avx2.Add(accumulators._firstHigh, Avx2.MultiplyAddAdjacent(x.High, weights.High)),
            Avx2.Add(accumulators._secondLow, Avx2.MultiplyAddAdjacent(y.Low, weights.Low)),
            Avx2.Add(accumulators._secondHigh, Avx2.MultiplyAddAdjacent(y.High, weights.High)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(DepthwiseAvx2 accumulators, int* first, int* second)
    {
        Avx2.Permute2x128(accumulators._secondLow, accumulators._secondHigh, 0x20).StoreUnsafe(ref *second);
        Avx2.Permute2x128(accumulators._secondLow, accumulators._secondHigh, 0x31).StoreUnsafe(ref second[8]);
        Avx2.Permute2x128(accumulators._firstLow, accumulators._firstHigh, 0x20).StoreUnsafe(ref *first);
        Avx2.Permute2x128(accumulators._firstLow, accumulators._firstHigh, 0x31).StoreUnsafe(ref first[8]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Pairs LoadPairs(byte* input, nint* offsets)
        => Interleave(Avx2.ConvertToVector256Int16(input + offsets[0]), Avx2.ConvertToVector256Int16(input + offsets[1]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Pairs Interleave(Vector256<short> first, Vector256<short> second)
        => new(Avx2.UnpackLow(first, second), Avx2.UnpackHigh(first, second));

    /// <summary>Two taps of 16 channels, interleaved.</summary>
    internal readonly struct Pairs(Vector256<short> low, Vector256<short> high)
    {
        public readonly Vector256<short> Low = low;
        public readonly Vector256<short> High = high;
    }
}
