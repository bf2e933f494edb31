using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Sixty-four codes: AVX-512.</summary>
internal readonly struct UInt8x64(Vector512<byte> value) : IUInt8Lanes<UInt8x64>
{
    private readonly Vector512<byte> _value = value;

    public static nuint Count => 64;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8x64 Load(ref readonly byte source, nuint offset) => new(Vector512.LoadUnsafe(in source, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref byte destination, nuint offset) => _value.StoreUnsafe(ref destination, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8x64 Max(UInt8x64 left, UInt8x64 right) => new(Vector512.Max(left._value, right._value));
}
