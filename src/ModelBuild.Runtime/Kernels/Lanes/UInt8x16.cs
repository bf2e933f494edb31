using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Sixteen codes: SSE4.1 and AdvSimd.</summary>
internal readonly struct UInt8x16(Vector128<byte> value) : IUInt8Lanes<UInt8x16>
{
    private readonly Vector128<byte> _value = value;

    public static nuint Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8x16 Load(ref readonly byte source, nuint offset) => new(Vector128.LoadUnsafe(in source, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref byte destination, nuint offset) => _value.StoreUnsafe(ref destination, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8x16 Max(UInt8x16 left, UInt8x16 right) => new(Vector128.Max(left._value, right._value));
}
