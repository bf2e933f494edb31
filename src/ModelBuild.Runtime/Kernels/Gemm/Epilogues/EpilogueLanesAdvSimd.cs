using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Sixteen floats in four registers of Arm64.</summary>
internal readonly unsafe struct EpilogueLanesAdvSimd(Vector128<float> v0, Vector128<float> v1, Vector128<float> v2, Vector128<float> v3)
    : IEpilogueLanes<EpilogueLanesAdvSimd>
{
    private readonly Vector128<float> _v0 = v0;
    private readonly Vector128<float> _v1 = v1;
    private readonly Vector128<float> _v2 = v2;
    private readonly Vector128<float> _v3 = v3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAdvSimd Broadcast(float value)
    {
        Vector128<float> vector = Vector128.Create(value);
        return new(vector, vector, vector, vector);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAdvSimd LoadFloat32(float* source)
        => new(
            Vector128.LoadUnsafe(ref *source), Vector128.LoadUnsafe(ref source[4]),
            Vector128.LoadUnsafe(ref source[8]), Vector128.LoadUnsafe(ref source[12]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAdvSimd LoadInt32(int* source)
        => new(
            AdvSimd.ConvertToSingle(Vector128.LoadUnsafe(ref *source)), AdvSimd.ConvertToSingle(Vector128.LoadUnsafe(ref source[4])),
            AdvSimd.ConvertToSingle(Vector128.LoadUnsafe(ref source[8])), AdvSimd.ConvertToSingle(Vector128.LoadUnsafe(ref source[12])));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAdvSimd LoadUInt8(byte* source, int zeroPoint)
    {
        Vector128<short> zeroPoints = Vector128.Create((short)zeroPoint);
        Vector128<byte> bytes = Vector128.LoadUnsafe(ref *source);
        Vector128<short> low = AdvSimd.Subtract(AdvSimd.ZeroExtendWideningLower(bytes.GetLower()).AsInt16(), zeroPoints);
        Vector128<short> high = AdvSimd.Subtract(AdvSimd.ZeroExtendWideningUpper(bytes).AsInt16(), zeroPoints);
        return new(
            AdvSimd.ConvertToSingle(AdvSimd.SignExtendWideningLower(low.GetLower())),
            AdvSimd.ConvertToSingle(AdvSimd.SignExtendWideningUpper(low)),
            AdvSimd.ConvertToSingle(AdvSimd.SignExtendWideningLower(high.GetLower())),
            AdvSimd.ConvertToSingle(AdvSimd.SignExtendWideningUpper(high)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAdvSimd Multiply(EpilogueLanesAdvSimd left, EpilogueLanesAdvSimd right)
        => new(
            AdvSimd.Multiply(left._v0, right._v0), AdvSimd.Multiply(left._v1, right._v1),
            AdvSimd.Multiply(left._v2, right._v2), AdvSimd.Multiply(left._v3, right._v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAdvSimd Add(EpilogueLanesAdvSimd left, EpilogueLanesAdvSimd right)
        => new(
            AdvSimd.Add(left._v0, right._v0), AdvSimd.Add(left._v1, right._v1),
            AdvSimd.Add(left._v2, right._v2), AdvSimd.Add(left._v3, right._v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAdvSimd MultiplyAdd(EpilogueLanesAdvSimd left, EpilogueLanesAdvSimd right, EpilogueLanesAdvSimd addend)
        => new(
            AdvSimd.FusedMultiplyAdd(addend._v0, left._v0, right._v0), AdvSimd.FusedMultiplyAdd(addend._v1, left._v1, right._v1),
            AdvSimd.FusedMultiplyAdd(addend._v2, left._v2, right._v2), AdvSimd.FusedMultiplyAdd(addend._v3, left._v3, right._v3));

    // fmax and fmin return NaN when one operand is.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAdvSimd Clamp(EpilogueLanesAdvSimd value, EpilogueLanesAdvSimd minimum, EpilogueLanesAdvSimd maximum)
        => new(
            AdvSimd.Min(maximum._v0, AdvSimd.Max(minimum._v0, value._v0)), AdvSimd.Min(maximum._v1, AdvSimd.Max(minimum._v1, value._v1)),
            AdvSimd.Min(maximum._v2, AdvSimd.Max(minimum._v2, value._v2)), AdvSimd.Min(maximum._v3, AdvSimd.Max(minimum._v3, value._v3)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloat32(EpilogueLanesAdvSimd value, float* target)
    {
        value._v0.StoreUnsafe(ref *target);
        value._v1.StoreUnsafe(ref target[4]);
        value._v2.StoreUnsafe(ref target[8]);
        value._v3.StoreUnsafe(ref target[12]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUInt8(EpilogueLanesAdvSimd value, int zeroPoint, byte* target)
    {
        Vector128<short> zeroPoints = Vector128.Create((short)zeroPoint);
        Vector128<short> low = AdvSimd.Add(Narrow(value._v0, value._v1), zeroPoints);
        Vector128<short> high = AdvSimd.Add(Narrow(value._v2, value._v3), zeroPoints);
        AdvSimd.ExtractNarrowingSaturateUnsignedUpper(AdvSimd.ExtractNarrowingSaturateUnsignedLower(low), high).StoreUnsafe(ref *target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Narrow(Vector128<float> low, Vector128<float> high)
        => AdvSimd.ExtractNarrowingUpper(
            AdvSimd.ExtractNarrowingLower(AdvSimd.ConvertToInt32RoundToEven(low)), AdvSimd.ConvertToInt32RoundToEven(high));
}
