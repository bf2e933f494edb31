using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Eight int32 numbers: AVX2.</summary>
internal readonly struct Int32x8(Vector256<int> value) : IInt32Lanes<Int32x8, Float32x8>
{
    private readonly Vector256<int> _value = value;

    /// <summary>The register.</summary>
    public Vector256<int> Value => _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 Broadcast(int value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 Load(ref readonly byte source, nuint offset)
    {
        if (Avx2.IsSupported)
        {
            ulong codes = Unsafe.ReadUnaligned<ulong>(in Unsafe.Add(ref Unsafe.AsRef(in source), offset));
            return new(Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(codes).AsByte()));
        }

        return new(Vector256.Create(Int32x4.Load(in source, offset).Value, Int32x4.Load(in source, offset + 4).Value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 operator +(Int32x8 left, Int32x8 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Float32x8 ToFloat32() => new(Vector256.ConvertToSingle(_value));
}
