using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>One code.</summary>
internal readonly struct UInt8x1(byte value) : IUInt8Lanes<UInt8x1>
{
    private readonly byte _value = value;

    public static nuint Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8x1 Load(ref readonly byte source, nuint offset) => new(Unsafe.Add(ref Unsafe.AsRef(in source), offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref byte destination, nuint offset) => Unsafe.Add(ref destination, offset) = _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8x1 Max(UInt8x1 left, UInt8x1 right) => new(byte.Max(left._value, right._value));
}
