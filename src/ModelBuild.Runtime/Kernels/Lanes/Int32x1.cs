using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>One int32 number.</summary>
internal readonly struct Int32x1(int value) : IInt32Lanes<Int32x1, Float32x1>
{
    private readonly int _value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x1 Broadcast(int value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x1 Load(ref readonly byte source, nuint offset) => new(Unsafe.Add(ref Unsafe.AsRef(in source), offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x1 operator +(Int32x1 left, Int32x1 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Float32x1 ToFloat32() => new(_value);
}
