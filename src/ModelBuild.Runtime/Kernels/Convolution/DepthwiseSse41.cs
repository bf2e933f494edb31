using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Depthwise bytes on SSE4.1: two taps of a channel are interleaved and widened to 16 bits, so that <c>pmaddwd</c> adds their exact
/// products.
/// </summary>
internal readonly unsafe struct DepthwiseSse41(DepthwiseSse41.Pixel first, DepthwiseSse41.Pixel second)
    : IDepthwiseStep<DepthwiseSse41, DepthwiseSse41.Pairs>
{
    private readonly Pixel _first = first;
    private readonly Pixel _second = second;

    public static int Taps => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DepthwiseSse41 Load(int* first, int* second) => new(Pixel.Load(first), Pixel.Load(second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrepareWeights(sbyte* weights, nint tapStep, int taps, byte* prepared)
    {
        Vector128<sbyte> first = Vector128.LoadUnsafe(ref *weights);
        Vector128<sbyte> second = taps > 1 ? Vector128.LoadUnsafe(ref weights[tapStep]) : default;
        Vector128<sbyte> low = Sse2.UnpackLow(first, second);
        Vector128<sbyte> high = Sse2.UnpackHigh(first, second);
        short* target = (short*)prepared;
        Sse41.ConvertToVector128Int16(low).StoreUnsafe(ref *target);
        Sse41.ConvertToVector128Int16(Sse2.UnpackHigh(low.AsInt64(), low.AsInt64()).AsSByte()).StoreUnsafe(ref target[8]);
        Sse41.ConvertToVector128Int16(high).StoreUnsafe(ref target[16]);
        Sse41.ConvertToVector128Int16(Sse2.UnpackHigh(high.AsInt64(), high.AsInt64()).AsSByte()).StoreUnsafe(ref target[24]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pairs LoadWeights(byte* prepared)
    {
        short* source = (short*)prepared;
        return new(
            Vector128.LoadUnsafe(ref *source), Vector128.LoadUnsafe(ref source[8]),
            Vector128.LoadUnsafe(ref source[16]), Vector128.LoadUnsafe(ref source[24]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DepthwiseSse41 MultiplyAdd(DepthwiseSse41 accumulators, byte* first, byte* second, nint* offsets, Pairs weights)
        => new(accumulators._first.MultiplyAdd(first, offsets, weights), accumulators._second.MultiplyAdd(second, offsets, weights));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(DepthwiseSse41 accumulators, int* first, int* second)
    {
        accumulators._second.Store(second);
        accumulators._first.Store(first);
    }

    /// <summary>16 accumulators.</summary>
    internal readonly struct Pixel(Vector128<int> c0, Vector128<int> c4, Vector128<int> c8, Vector128<int> c12)
    {
        private readonly Vector128<int> _c0 = c0;
        private readonly Vector128<int> _c4 = c4;
        private readonly Vector128<int> _c8 = c8;
        private readonly Vector128<int> _c12 = c12;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Pixel Load(int* source)
            => new(
                Vector128.LoadUnsafe(ref *source), Vector128.LoadUnsafe(ref source[4]),
                Vector128.LoadUnsafe(ref source[8]), Vector128.LoadUnsafe(ref source[12]));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Pixel MultiplyAdd(byte* input, nint* offsets, Pairs weights)
        {
            Vector128<byte> first = Vector128.LoadUnsafe(ref *(input + offsets[0]));
            Vector128<byte> second = Vector128.LoadUnsafe(ref *(input + offsets[1]));
            Vector128<byte> low = Sse2.UnpackLow(first, second);
            Vector128<byte> high = Sse2.UnpackHigh(first, second);
            Vector128<byte> zero = Vector128<byte>.Zero;
            return new(
                Sse2.Add(_c0, Sse2.MultiplyAddAdjacent(Sse2.UnpackLow(low, zero).AsInt16(), weights.C0)),
                Sse2.Add(_c4, Sse2.MultiplyAddAdjacent(Sse2.UnpackHigh(low, zero).AsInt16(), weights.C4)),
                Sse2.Add(_c8, Sse2.MultiplyAddAdjacent(Sse2.UnpackLow(high, zero).AsInt16(), weights.C8)),
                Sse2.Add(_c12, Sse2.MultiplyAddAdjacent(Sse2.UnpackHigh(high, zero).AsInt16(), weights.C12)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(int* target)
        {
            _c0.StoreUnsafe(ref *target);
            _c4.StoreUnsafe(ref target[4]);
            _c8.StoreUnsafe(ref target[8]);
            _c12.StoreUnsafe(ref target[12]);
        }
    }

    /// <summary>Two taps of 16 channels, interleaved, as 16-bit numbers.</summary>
    internal readonly struct Pairs(Vector128<short> c0, Vector128<short> c4, Vector128<short> c8, Vector128<short> c12)
    {
        public readonly Vector128<short> C0 = c0;
        public readonly Vector128<short> C4 = c4;
        public readonly Vector128<short> C8 = c8;
        public readonly Vector128<short> C12 = c12;
    }
}
