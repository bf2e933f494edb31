using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Sixteen int32 numbers: AVX-512.</summary>
internal readonly struct Int32x16(Vector512<int> value) : IInt32Lanes<Int32x16, Float32x16>
{
    private readonly Vector512<int> _value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 Broadcast(int value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 Load(ref readonly byte source, nuint offset)
    {
        if (Avx512F.IsSupported)
        {
            return new(Avx512F.ConvertToVector512Int32(Vector128.LoadUnsafe(in source, offset)));
        }

        return new(Wide.Join(Int32x8.Load(in source, offset).Value, Int32x8.Load(in source, offset + 8).Value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 operator +(Int32x16 left, Int32x16 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Float32x16 ToFloat32() => new(Vector512.ConvertToSingle(_value));
}
