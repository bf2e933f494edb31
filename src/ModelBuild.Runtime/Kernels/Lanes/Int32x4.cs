using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Four int32 numbers: SSE4.1 and AdvSimd.</summary>
internal readonly struct Int32x4(Vector128<int> value) : IInt32Lanes<Int32x4, Float32x4>
{
    private readonly Vector128<int> _value = value;

    /// <summary>The register.</summary>
    public Vector128<int> Value => _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x4 Broadcast(int value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x4 Load(ref readonly byte source, nuint offset)
    {
        uint codes = Unsafe.ReadUnaligned<uint>(in Unsafe.Add(ref Unsafe.AsRef(in source), offset));
        return new(Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalar(codes).AsByte())).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x4 operator +(Int32x4 left, Int32x4 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Float32x4 ToFloat32() => new(Vector128.ConvertToSingle(_value));
}
