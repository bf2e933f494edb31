using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Eight codes: the lower half of a register.</summary>
internal readonly struct UInt8x8(Vector128<byte> value) : IUInt8Lanes<UInt8x8>
{
    private readonly Vector128<byte> _value = value;

    public static nuint Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8x8 Load(ref readonly byte source, nuint offset) =>
        new(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(in Unsafe.Add(ref Unsafe.AsRef(in source), offset))).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref byte destination, nuint offset) =>
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref destination, offset), _value.AsUInt64().ToScalar());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8x8 Max(UInt8x8 left, UInt8x8 right) => new(Vector128.Max(left._value, right._value));
}
