using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Sixteen floats in two registers of AVX2.</summary>
internal readonly unsafe struct EpilogueLanesAvx2(Vector256<float> low, Vector256<float> high) : IEpilogueLanes<EpilogueLanesAvx2>
{
    private readonly Vector256<float> _low = low;
    private readonly Vector256<float> _high = high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx2 Broadcast(float value) => new(Vector256.Create(value), Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx2 LoadFloat32(float* source) =>
        new(Vector256.LoadUnsafe(ref *source), Vector256.LoadUnsafe(ref source[8]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx2 LoadInt32(int* source)
        => new(
            Avx.ConvertToVector256Single(Vector256.LoadUnsafe(ref *source)),
            Avx.ConvertToVector256Single(Vector256.LoadUnsafe(ref source[8])));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx2 LoadUInt8(byte* source, int zeroPoint)
    {
        Vector256<int> zeroPoints = Vector256.Create(zeroPoint);
        return new(
            Avx.ConvertToVector256Single(Avx2.Subtract(Avx2.ConvertToVector256Int32(source), zeroPoints)),
            Avx.ConvertToVector256Single(Avx2.Subtract(Avx2.ConvertToVector256Int32(source + 8), zeroPoints)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx2 Multiply(EpilogueLanesAvx2 left, EpilogueLanesAvx2 right)
        => new(Avx.Multiply(left._low, right._low), Avx.Multiply(left._high, right._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx2 Add(EpilogueLanesAvx2 left, EpilogueLanesAvx2 right)
        => new(Avx.Add(left._low, right._low), Avx.Add(left._high, right._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx2 MultiplyAdd(EpilogueLanesAvx2 left, EpilogueLanesAvx2 right, EpilogueLanesAvx2 addend)
        => new(Fma.MultiplyAdd(left._low, right._low, addend._low), Fma.MultiplyAdd(left._high, right._high, addend._high));

    // vmaxps and vminps return their second operand when one is NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx2 Clamp(EpilogueLanesAvx2 value, EpilogueLanesAvx2 minimum, EpilogueLanesAvx2 maximum)
        => new(
            Avx.Min(maximum._low, Avx.Max(minimum._low, value._low)),
            Avx.Min(maximum._high, Avx.Max(minimum._high, value._high)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloat32(EpilogueLanesAvx2 value, float* target)
    {
        value._low.StoreUnsafe(ref *target);
        value._high.StoreUnsafe(ref target[8]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUInt8(EpilogueLanesAvx2 value, int zeroPoint, byte* target)
    {
        Vector256<int> zeroPoints = Vector256.Create(zeroPoint);
        Vector256<int> low = Avx2.Add(Avx.ConvertToVector256Int32(value._low), zeroPoints);
        Vector256<int> high = Avx2.Add(Avx.ConvertToVector256Int32(value._high), zeroPoints);

        // The packing instructions work in halves of 128 bits: 0-3 8-11 | 4-7 12-15 becomes 0-7 | 8-15.
        Vector256<short> words = Avx2.Permute4x64(Avx2.PackSignedSaturate(low, high).AsInt64(), 0b11_01_10_00).AsInt16();
        Sse2.PackUnsignedSaturate(words.GetLower(), words.GetUpper()).StoreUnsafe(ref *target);
    }
}
