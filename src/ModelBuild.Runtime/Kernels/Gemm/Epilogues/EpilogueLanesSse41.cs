using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Sixteen floats in four registers of SSE.</summary>
internal readonly unsafe struct EpilogueLanesSse41(Vector128<float> v0, Vector128<float> v1, Vector128<float> v2, Vector128<float> v3)
    : IEpilogueLanes<EpilogueLanesSse41>
{
    private readonly Vector128<float> _v0 = v0;
    private readonly Vector128<float> _v1 = v1;
    private readonly Vector128<float> _v2 = v2;
    private readonly Vector128<float> _v3 = v3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesSse41 Broadcast(float value)
    {
        Vector128<float> vector = Vector128.Create(value);
        return new(vector, vector, vector, vector);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesSse41 LoadFloat32(float* source)
        => new(
            Vector128.LoadUnsafe(ref *source), Vector128.LoadUnsafe(ref source[4]),
            Vector128.LoadUnsafe(ref source[8]), Vector128.LoadUnsafe(ref source[12]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesSse41 LoadInt32(int* source)
        => new(
            Sse2.ConvertToVector128Single(Vector128.LoadUnsafe(ref *source)),
            Sse2.ConvertToVector128Single(Vector128.LoadUnsafe(ref source[4])),
            Sse2.ConvertToVector128Single(Vector128.LoadUnsafe(ref source[8])),
            Sse2.ConvertToVector128Single(Vector128.LoadUnsafe(ref source[12])));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesSse41 LoadUInt8(byte* source, int zeroPoint)
    {
        Vector128<int> zeroPoints = Vector128.Create(zeroPoint);
        return new(
            Sse2.ConvertToVector128Single(Sse2.Subtract(Sse41.ConvertToVector128Int32(source), zeroPoints)),
            Sse2.ConvertToVector128Single(Sse2.Subtract(Sse41.ConvertToVector128Int32(source + 4), zeroPoints)),
            Sse2.ConvertToVector128Single(Sse2.Subtract(Sse41.ConvertToVector128Int32(source + 8), zeroPoints)),
            Sse2.ConvertToVector128Single(Sse2.Subtract(Sse41.ConvertToVector128Int32(source + 12), zeroPoints)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesSse41 Multiply(EpilogueLanesSse41 left, EpilogueLanesSse41 right)
        => new(
            Sse.Multiply(left._v0, right._v0), Sse.Multiply(left._v1, right._v1),
            Sse.Multiply(left._v2, right._v2), Sse.Multiply(left._v3, right._v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesSse41 Add(EpilogueLanesSse41 left, EpilogueLanesSse41 right)
        => new(
            Sse.Add(left._v0, right._v0), Sse.Add(left._v1, right._v1),
            Sse.Add(left._v2, right._v2), Sse.Add(left._v3, right._v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesSse41 MultiplyAdd(EpilogueLanesSse41 left, EpilogueLanesSse41 right, EpilogueLanesSse41 addend)
        => Add(addend, Multiply(left, right));

    // maxps and minps return their second operand when one is NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesSse41 Clamp(EpilogueLanesSse41 value, EpilogueLanesSse41 minimum, EpilogueLanesSse41 maximum)
        => new(
            Sse.Min(maximum._v0, Sse.Max(minimum._v0, value._v0)), Sse.Min(maximum._v1, Sse.Max(minimum._v1, value._v1)),
            Sse.Min(maximum._v2, Sse.Max(minimum._v2, value._v2)), Sse.Min(maximum._v3, Sse.Max(minimum._v3, value._v3)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloat32(EpilogueLanesSse41 value, float* target)
    {
        value._v0.StoreUnsafe(ref *target);
        value._v1.StoreUnsafe(ref target[4]);
        value._v2.StoreUnsafe(ref target[8]);
        value._v3.StoreUnsafe(ref target[12]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUInt8(EpilogueLanesSse41 value, int zeroPoint, byte* target)
    {
        Vector128<short> zeroPoints = Vector128.Create((short)zeroPoint);
        Vector128<short> low = Sse2.Add(Narrow(value._v0, value._v1), zeroPoints);
        Vector128<short> high = Sse2.Add(Narrow(value._v2, value._v3), zeroPoints);
        Sse2.PackUnsignedSaturate(low, high).StoreUnsafe(ref *target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Narrow(Vector128<float> low, Vector128<float> high)
        => Sse2.PackSignedSaturate(Sse2.ConvertToVector128Int32(low), Sse2.ConvertToVector128Int32(high));
}
