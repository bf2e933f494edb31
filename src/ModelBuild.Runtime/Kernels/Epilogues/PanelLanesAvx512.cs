using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Sixteen floats in one register of AVX-512.</summary>
internal readonly unsafe struct PanelLanesAvx512(Vector512<float> value) : IPanelLanes<PanelLanesAvx512>
{
    private readonly Vector512<float> _value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PanelLanesAvx512 Broadcast(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PanelLanesAvx512 LoadFloat32(float* source) => new(Vector512.Load(source));

    // The integer kernels write 32 bytes at a time; one load of 64 could not be forwarded from two stores and would wait for both.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PanelLanesAvx512 LoadInt32(int* source)
        => new(Avx512F.ConvertToVector512Single(
            Avx512F.InsertVector256(Vector256.Load(source).ToVector512Unsafe(), Vector256.Load(source + 8), 1)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PanelLanesAvx512 LoadUInt8(byte* source, int zeroPoint)
    {
        Vector512<int> values = Avx512F.ConvertToVector512Int32(Vector128.Load(source));
        return new(Avx512F.ConvertToVector512Single(Avx512F.Subtract(values, Vector512.Create(zeroPoint))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PanelLanesAvx512 Multiply(PanelLanesAvx512 left, PanelLanesAvx512 right)
        => new(Avx512F.Multiply(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PanelLanesAvx512 Add(PanelLanesAvx512 left, PanelLanesAvx512 right)
        => new(Avx512F.Add(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PanelLanesAvx512 MultiplyAdd(PanelLanesAvx512 left, PanelLanesAvx512 right, PanelLanesAvx512 addend)
        => new(Avx512F.FusedMultiplyAdd(left._value, right._value, addend._value));

    // vmaxps and vminps return their second operand when one is NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PanelLanesAvx512 Clamp(PanelLanesAvx512 value, PanelLanesAvx512 minimum, PanelLanesAvx512 maximum)
        => new(Avx512F.Min(maximum._value, Avx512F.Max(minimum._value, value._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloat32(PanelLanesAvx512 value, float* target) => value._value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUInt8(PanelLanesAvx512 value, int zeroPoint, byte* target)
    {
        Vector512<int> rounded = Avx512F.ConvertToVector512Int32(value._value);
        Avx512F.ConvertToVector128Byte(Avx512F.Add(rounded, Vector512.Create(zeroPoint))).Store(target);
    }
}
