using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Thirty-two codes: AVX2.</summary>
internal readonly struct UInt8x32(Vector256<byte> value) : IUInt8Lanes<UInt8x32>
{
    private readonly Vector256<byte> _value = value;

    public static nuint Count => 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8x32 Load(ref readonly byte source, nuint offset) => new(Vector256.LoadUnsafe(in source, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref byte destination, nuint offset) => _value.StoreUnsafe(ref destination, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8x32 Max(UInt8x32 left, UInt8x32 right) => new(Vector256.Max(left._value, right._value));
}
