using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Depthwise bytes on AVX-VNNI: four taps of a channel side by side, so that <c>vpdpbusd</c> adds their exact products. The lower half
/// of a register belongs to one pixel, the upper to the other; register <c>n</c> holds channels 4n to 4n + 3.
/// </summary>
internal readonly unsafe struct DepthwiseAvxVnni(Vector256<int> c0, Vector256<int> c4, Vector256<int> c8, Vector256<int> c12)
    : IDepthwiseStep<DepthwiseAvxVnni, DepthwiseAvxVnni.Quads>
{
    private readonly Vector256<int> _c0 = c0;
    private readonly Vector256<int> _c4 = c4;
    private readonly Vector256<int> _c8 = c8;
    private readonly Vector256<int> _c12 = c12;

    public static int Taps => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DepthwiseAvxVnni Load(int* first, int* second)
        => new(Join(first, second), Join(first + 4, second + 4), Join(first + 8, second + 8), Join(first + 12, second + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrepareWeights(sbyte* weights, nint tapStep, int taps, byte* prepared)
    {
        Vector128<sbyte> w0 = Vector128.LoadUnsafe(ref *weights);
        Vector128<sbyte> w1 = taps > 1 ? Vector128.LoadUnsafe(ref weights[tapStep]) : default;
        Vector128<sbyte> w2 = taps > 2 ? Vector128.LoadUnsafe(ref *(weights + (2 * tapStep))) : default;
        Vector128<sbyte> w3 = taps > 3 ? Vector128.LoadUnsafe(ref *(weights + (3 * tapStep))) : default;
        Vector128<short> low01 = Sse2.UnpackLow(w0, w1).AsInt16(), high01 = Sse2.UnpackHigh(w0, w1).AsInt16();
        Vector128<short> low23 = Sse2.UnpackLow(w2, w3).AsInt16(), high23 = Sse2.UnpackHigh(w2, w3).AsInt16();
        Sse2.UnpackLow(low01, low23).StoreUnsafe(ref *(short*)prepared);
        Sse2.UnpackHigh(low01, low23).StoreUnsafe(ref ((short*)prepared)[8]);
        Sse2.UnpackLow(high01, high23).StoreUnsafe(ref ((short*)prepared)[16]);
        Sse2.UnpackHigh(high01, high23).StoreUnsafe(ref ((short*)prepared)[24]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quads LoadWeights(byte* prepared)
        => new(
            Avx2.BroadcastVector128ToVector256((sbyte*)prepared), Avx2.BroadcastVector128ToVector256((sbyte*)prepared + 16),
            Avx2.BroadcastVector128ToVector256((sbyte*)prepared + 32), Avx2.BroadcastVector128ToVector256((sbyte*)prepared + 48));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DepthwiseAvxVnni MultiplyAdd(DepthwiseAvxVnni accumulators, byte* first, byte* second, nint* offsets, Quads weights)
    {
        Vector256<byte> x0 = Join(first + offsets[0], second + offsets[0]);
        Vector256<byte> x1 = Join(first + offsets[1], second + offsets[1]);
        Vector256<byte> x2 = Join(first + offsets[2], second + offsets[2]);
        Vector256<byte> x3 = Join(first + offsets[3], second + offsets[3]);
        Vector256<short> low01 = Avx2.UnpackLow(x0, x1).AsInt16(), high01 = Avx2.UnpackHigh(x0, x1).AsInt16();
        Vector256<short> low23 = Avx2.UnpackLow(x2, x3).AsInt16(), high23 = Avx2.UnpackHigh(x2, x3).AsInt16();
        return new(
            Wide.MultiplyWideningAndAdd(accumulators._c0, Avx2.UnpackLow(low01, low23).AsByte(), weights.C0),
            Wide.MultiplyWideningAndAdd(accumulators._c4, Avx2.UnpackHigh(low01, low23).AsByte(), weights.C4),
            Wide.MultiplyWideningAndAdd(accumulators._c8, Avx2.UnpackLow(high01, high23).AsByte(), weights.C8),
            Wide.MultiplyWideningAndAdd(accumulators._c12, Avx2.UnpackHigh(high01, high23).AsByte(), weights.C12));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(DepthwiseAvxVnni accumulators, int* first, int* second)
    {
        // Whole registers, as the epilogues load them: narrower stores could not be forwarded.
        Avx2.Permute2x128(accumulators._c0, accumulators._c4, 0x31).StoreUnsafe(ref *second);
        Avx2.Permute2x128(accumulators._c8, accumulators._c12, 0x31).StoreUnsafe(ref second[8]);
        Avx2.Permute2x128(accumulators._c0, accumulators._c4, 0x20).StoreUnsafe(ref *first);
        Avx2.Permute2x128(accumulators._c8, accumulators._c12, 0x20).StoreUnsafe(ref first[8]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Join<T>(T* low, T* high)
        where T : unmanaged
        => Avx2.InsertVector128(
            Vector128.LoadUnsafe(ref *(byte*)low).ToVector256Unsafe(), Vector128.LoadUnsafe(ref *(byte*)high), 1).As<byte, T>();

    /// <summary>Four taps of 16 channels, interleaved; both halves of a register are the same.</summary>
    internal readonly struct Quads(Vector256<sbyte> c0, Vector256<sbyte> c4, Vector256<sbyte> c8, Vector256<sbyte> c12)
    {
        public readonly Vector256<sbyte> C0 = c0;
        public readonly Vector256<sbyte> C4 = c4;
        public readonly Vector256<sbyte> C8 = c8;
        public readonly Vector256<sbyte> C12 = c12;
    }
}
