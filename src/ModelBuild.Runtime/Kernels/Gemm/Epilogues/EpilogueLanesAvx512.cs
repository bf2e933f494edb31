using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Sixteen floats in one register of AVX-512.</summary>
internal readonly unsafe struct EpilogueLanesAvx512(Vector512<float> value) : IEpilogueLanes<EpilogueLanesAvx512>
{
    private readonly Vector512<float> _value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx512 Broadcast(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx512 LoadFloat32(float* source) => new(Vector512.Load(source));

    // The integer kernels write 32 bytes at a time; one load of 64 could not be forwarded from two stores and would wait for both.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx512 LoadInt32(int* source)
        => new(Avx512F.ConvertToVector512Single(
            Avx512F.InsertVector256(Vector256.Load(source).ToVector512Unsafe(), Vector256.Load(source + 8), 1)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx512 LoadUInt8(byte* source, int zeroPoint)
    {
        Vector512<int> values = Avx512F.ConvertToVector512Int32(Vector128.Load(source));
        return new(Avx512F.ConvertToVector512Single(Avx512F.Subtract(values, Vector512.Create(zeroPoint))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx512 Multiply(EpilogueLanesAvx512 left, EpilogueLanesAvx512 right)
        => new(Avx512F.Multiply(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx512 Add(EpilogueLanesAvx512 left, EpilogueLanesAvx512 right)
        => new(Avx512F.Add(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx512 MultiplyAdd(EpilogueLanesAvx512 left, EpilogueLanesAvx512 right, EpilogueLanesAvx512 addend)
        => new(Avx512F.FusedMultiplyAdd(left._value, right._value, addend._value));

    // vmaxps and vminps return their second operand when one is NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx512 Clamp(EpilogueLanesAvx512 value, EpilogueLanesAvx512 minimum, EpilogueLanesAvx512 maximum)
        => new(Avx512F.Min(maximum._value, Avx512F.Max(minimum._value, value._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloat32(EpilogueLanesAvx512 value, float* target) => value._value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUInt8(EpilogueLanesAvx512 value, int zeroPoint, byte* target)
    {
        Vector512<int> rounded = Avx512F.ConvertToVector512Int32(value._value);
        Avx512F.ConvertToVector128Byte(Avx512F.Add(rounded, Vector512.Create(zeroPoint))).Store(target);
    }
}
