using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Sixteen floats in one register of AVX-512.</summary>
internal readonly unsafe struct EpilogueLanesAvx512(Vector512<float> value) : IEpilogueLanes<EpilogueLanesAvx512>
{
    private readonly Vector512<float> _value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx512 Broadcast(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx512 LoadFloat32(float* source) => new(Vector512.LoadUnsafe(ref *source));

    // The integer kernels write 32 bytes at a time; one load of 64 could not be forwarded from two stores and would wait for both.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx512 LoadInt32(int* source)
        => new(Vector512.ConvertToSingle(Wide.Join(Vector256.LoadUnsafe(ref *source), Vector256.LoadUnsafe(ref source[8]))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx512 LoadUInt8(byte* source, int zeroPoint)
        => new(Vector512.ConvertToSingle(Wide.WidenToInt32(Vector128.LoadUnsafe(ref *source)) - Vector512.Create(zeroPoint)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx512 Multiply(EpilogueLanesAvx512 left, EpilogueLanesAvx512 right)
        => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx512 Add(EpilogueLanesAvx512 left, EpilogueLanesAvx512 right)
        => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx512 MultiplyAdd(EpilogueLanesAvx512 left, EpilogueLanesAvx512 right, EpilogueLanesAvx512 addend)
        => new(Vector512.FusedMultiplyAdd(left._value, right._value, addend._value));

    // vmaxps and vminps return their second operand when one is NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EpilogueLanesAvx512 Clamp(EpilogueLanesAvx512 value, EpilogueLanesAvx512 minimum, EpilogueLanesAvx512 maximum)
        => new(Vector512.MinNative(maximum._value, Vector512.MaxNative(minimum._value, value._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloat32(EpilogueLanesAvx512 value, float* target) => value._value.StoreUnsafe(ref *target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUInt8(EpilogueLanesAvx512 value, int zeroPoint, byte* target)
        => Wide.NarrowToUInt8(Wide.RoundToInt32(value._value) + Vector512.Create(zeroPoint)).StoreUnsafe(ref *target);
}
