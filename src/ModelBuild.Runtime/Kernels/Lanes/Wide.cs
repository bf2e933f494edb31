using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// What the tiers beyond AVX2 use of their own instructions. A processor without an instruction does the same by those of AVX2, so that
/// all tiers can be tested on every x64 processor of today; where it is there, the compiler leaves nothing else.
/// </summary>
internal static class Wide
{
    /// <summary>
    /// A vector of two halves. <see cref="Vector512.Create{T}(Vector256{T}, Vector256{T})"/> of .NET 10 keeps one vector on the stack
    /// that every joining reads and writes, so that no turn of a loop begins before the one before has ended.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Join<T>(Vector256<T> lower, Vector256<T> upper) => lower.ToVector512Unsafe().WithUpper(upper);

    /// <summary><c>vpdpbusd</c>: adds the four products of each quad of bytes to an int32, modulo 2³².</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyWideningAndAdd(Vector256<int> addend, Vector256<byte> left, Vector256<sbyte> right)
    {
        if (AvxVnni.IsSupported)
        {
            return AvxVnni.MultiplyWideningAndAdd(addend, left, right);
        }

        Vector256<short> even = Avx2.MultiplyAddAdjacent(left & Vector256.Create((ushort)0x00FF).AsByte(), right);
        Vector256<short> odd = Avx2.MultiplyAddAdjacent(left & Vector256.Create((ushort)0xFF00).AsByte(), right);
        return addend + Sum(even) + Sum(odd);

        static Vector256<int> Sum(Vector256<short> pairs) => Avx2.MultiplyAddAdjacent(pairs, Vector256<short>.One);
    }

    /// <summary><c>vcvtps2dq</c>: rounded to nearest, halves to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> RoundToInt32(Vector512<float> value) => Avx512F.IsSupported
        ? Avx512F.ConvertToVector512Int32(value)
        : Vector512.Create(Avx.ConvertToVector256Int32(value.GetLower()), Avx.ConvertToVector256Int32(value.GetUpper()));

    /// <summary><c>vpmovzxbd</c>: sixteen bytes as int32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> WidenToInt32(Vector128<byte> value) => Avx512F.IsSupported
        ? Avx512F.ConvertToVector512Int32(value)
        : Vector512.Create(
            Avx2.ConvertToVector256Int32(value), Avx2.ConvertToVector256Int32(Sse2.ShiftRightLogical128BitLane(value, 8)));

    /// <summary><c>vpmovdb</c>: the low bytes of sixteen int32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> NarrowToUInt8(Vector512<int> value)
    {
        if (Avx512F.IsSupported)
        {
            return Avx512F.ConvertToVector128Byte(value);
        }

        Vector256<short> words = Vector256.Narrow(value.GetLower(), value.GetUpper());
        return Vector128.Narrow(words.GetLower(), words.GetUpper()).AsByte();
    }
}
