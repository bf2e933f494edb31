using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Kernels;

/// <summary>IEEE half precision from and to single precision, as many lanes at a time as <see cref="Vector{T}"/> has.</summary>
/// <remarks>
/// The same bits as .NET's own conversions have, rounded to the nearest and halves to even; a NaN keeps the bits that fit and is quiet.
/// .NET has no instruction of x86 for it: integers do what it does. HalfConversionTests holds all halves and edges of floats to .NET.
/// </remarks>
internal static class HalfConversion
{
    /// <summary>Bits of a half that a float has besides: what its significand is longer by.</summary>
    private const int Shift = 23 - 10;

    /// <summary>From this many registers on, those of 512 bits are worth the compilation of their code at run time.</summary>
    private const uint LeastOf512 = 64;

    /// <summary>2¹¹²: a half's exponent and significand at a float's places make a float that is too small by it.</summary>
    private const float FromExponentOfHalf = 5.192296858534828e33f;

    private const uint SignOfHalf = 0x8000;
    private const uint SignOfSingle = 0x8000_0000;
    private const uint InfinityOfSingle = 0x7F80_0000;

    /// <summary>The exponent of infinity and NaN as a half, where a float has its own.</summary>
    private const int LargestExponent = 0x0F80_0000;

    /// <summary>The least float that is a normal half.</summary>
    private const uint SmallestNormal = 0x3880_0000;

    /// <summary>The least power of two that no half reaches.</summary>
    private const uint BeyondAll = 0x4780_0000;

    /// <summary>Converts halves.</summary>
    public static void ToSingle(ReadOnlySpan<Half> input, Span<float> output)
    {
        ref ushort source = ref Unsafe.As<Half, ushort>(ref MemoryMarshal.GetReference(input));
        ref float target = ref MemoryMarshal.GetReference(output);
        int i = Registers.Are512For((uint)input.Length / LeastOf512) ? ToSingle512(ref source, ref target, input.Length) : 0;
        i = Avx2.IsSupported ? ToSingle(ref source, ref target, i, input.Length) : i;
        if (i < input.Length)
        {
            ToSingle(input, output, i);
        }
    }

    /// <summary>In a form that can be compiled before it ships: weights may be halves.</summary>
    /// <returns>Where fewer than a register are left.</returns>
    private static int ToSingle(ref ushort source, ref float target, int i, int length)
    {
        for (; i <= length - Vector256<uint>.Count; i += Vector256<uint>.Count)
        {
            Vector128<ushort> halves = Vector128.LoadUnsafe(ref source, (nuint)i);
            ToSingle(Avx2.ConvertToVector256Int32(halves).AsUInt32()).StoreUnsafe(ref target, (nuint)i);
        }

        return i;
    }

    /// <summary>For many halves.</summary>
    /// <returns>Where fewer than a register are left.</returns>
    private static int ToSingle512(ref ushort source, ref float target, int length)
    {
        int i = 0;
        for (; i <= length - Vector512<uint>.Count; i += Vector512<uint>.Count)
        {
            Vector512<uint> halves = Avx512F.ConvertToVector512UInt32(Vector256.LoadUnsafe(ref source, (nuint)i));
            Vector512<uint> magnitude = (halves & Vector512.Create(SignOfHalf - 1)) << Shift;
            Vector512<float> scaled = magnitude.AsSingle() * Vector512.Create(FromExponentOfHalf);
            Vector512<uint> special = Vector512.GreaterThan(magnitude.AsInt32(), Vector512.Create(LargestExponent - 1)).AsUInt32()
                & Vector512.Create(InfinityOfSingle);
            Vector512<uint> sign = (halves & Vector512.Create(SignOfHalf)) << 16;
            (scaled.AsUInt32() | special | sign).AsSingle().StoreUnsafe(ref target, (nuint)i);
        }

        return i;
    }

    private static void ToSingle(ReadOnlySpan<Half> input, Span<float> output, int i)
    {
        ref ushort source = ref Unsafe.As<Half, ushort>(ref MemoryMarshal.GetReference(input));
        ref float target = ref MemoryMarshal.GetReference(output);
        for (; Vector.IsHardwareAccelerated && i <= input.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(Vector.LoadUnsafe(ref source, (nuint)i), out Vector<uint> first, out Vector<uint> second);
            ToSingle(first).StoreUnsafe(ref target, (nuint)i);
            ToSingle(second).StoreUnsafe(ref target, (nuint)(i + Vector<uint>.Count));
        }

        for (; i < input.Length; i++)
        {
            output[i] = (float)input[i];
        }
    }

    /// <summary>Converts to halves.</summary>
    public static void ToHalf(ReadOnlySpan<float> input, Span<Half> output)
    {
        ref float source = ref MemoryMarshal.GetReference(input);
        ref ushort target = ref Unsafe.As<Half, ushort>(ref MemoryMarshal.GetReference(output));
        int i = 0;
        for (; Vector.IsHardwareAccelerated && i <= input.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector<float> first = Vector.LoadUnsafe(ref source, (nuint)i);
            Vector<float> second = Vector.LoadUnsafe(ref source, (nuint)(i + Vector<uint>.Count));
            bool areNormal = Vector.LessThanAll(
                Vector.Max(BeyondNormal(first), BeyondNormal(second)), new Vector<uint>(BeyondAll - SmallestNormal));
            (areNormal ? Vector.Narrow(NormalToHalf(first), NormalToHalf(second)) : Vector.Narrow(ToHalf(first), ToHalf(second)))
                .StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < input.Length; i++)
        {
            output[i] = (Half)input[i];
        }
    }

    /// <summary>
    /// Exponent and significand at their places make a float that is too small by 2¹¹²: one product makes normal numbers of all, of
    /// subnormal ones too. Infinity and NaN have the largest exponent before and after.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> ToSingle(Vector<uint> halves)
    {
        Vector<uint> magnitude = (halves & new Vector<uint>(SignOfHalf - 1)) << Shift;
        Vector<float> scaled = Vector.AsVectorSingle(magnitude) * new Vector<float>(FromExponentOfHalf);
        Vector<int> isSpecial = Vector.GreaterThanOrEqual(Vector.AsVectorInt32(magnitude), new Vector<int>(LargestExponent));
        Vector<uint> special = Vector.AsVectorUInt32(isSpecial) & new Vector<uint>(InfinityOfSingle);
        Vector<uint> sign = (halves & new Vector<uint>(SignOfHalf)) << 16;
        return Vector.AsVectorSingle(Vector.AsVectorUInt32(scaled) | special | sign);
    }

    /// <inheritdoc cref="ToSingle(Vector{uint})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> ToSingle(Vector256<uint> halves)
    {
        Vector256<uint> magnitude = (halves & Vector256.Create(SignOfHalf - 1)) << Shift;
        Vector256<float> scaled = magnitude.AsSingle() * Vector256.Create(FromExponentOfHalf);
        Vector256<int> isSpecial = Avx2.CompareGreaterThan(magnitude.AsInt32(), Vector256.Create(LargestExponent - 1));
        Vector256<uint> special = isSpecial.AsUInt32() & Vector256.Create(InfinityOfSingle);
        Vector256<uint> sign = (halves & Vector256.Create(SignOfHalf)) << 16;
        return (scaled.AsUInt32() | special | sign).AsSingle();
    }

    /// <summary>
    /// Integers round normal numbers, a carry goes into the exponent; the sum with 0.5, whose last bit is that of a subnormal half, rounds
    /// those that become subnormal.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> ToHalf(Vector<float> singles)
    {
        const uint HalfAsBits = 0x3F00_0000;
        Vector<uint> bits = Vector.AsVectorUInt32(singles);
        Vector<uint> sign = bits & new Vector<uint>(SignOfSingle);
        Vector<uint> magnitude = bits ^ sign;
        Vector<int> ordered = Vector.AsVectorInt32(magnitude);
        Vector<uint> normal = Rounded(magnitude);
        Vector<uint> subnormal =
            Vector.AsVectorUInt32(Vector.AsVectorSingle(magnitude) + new Vector<float>(0.5f)) - new Vector<uint>(HalfAsBits);
        Vector<uint> isNaN = Vector.AsVectorUInt32(Vector.GreaterThan(ordered, new Vector<int>((int)InfinityOfSingle)));
        Vector<uint> payload = ((magnitude >> Shift) & new Vector<uint>(0x3FF)) | new Vector<uint>(0x200);
        Vector<uint> special = new Vector<uint>(0x7C00) | (isNaN & payload);
        Vector<uint> finite = Vector.ConditionalSelect(
            Vector.AsVectorUInt32(Vector.LessThan(ordered, new Vector<int>((int)SmallestNormal))), subnormal, normal);
        Vector<uint> result = Vector.ConditionalSelect(
            Vector.AsVectorUInt32(Vector.GreaterThanOrEqual(ordered, new Vector<int>((int)BeyondAll))), special, finite);
        return result | (sign >> 16);
    }

    /// <summary>How far a magnitude lies above the least normal one, in bits; a smaller one lies far above, as it were.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> BeyondNormal(Vector<float> singles) =>
        (Vector.AsVectorUInt32(singles) & new Vector<uint>(SignOfSingle - 1)) - new Vector<uint>(SmallestNormal);

    /// <summary>
    /// The same bits as <see cref="ToHalf(Vector{float})"/> for what is between the least normal half and all that is beyond.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> NormalToHalf(Vector<float> singles)
    {
        Vector<uint> bits = Vector.AsVectorUInt32(singles);
        return Rounded(bits & new Vector<uint>(SignOfSingle - 1)) | ((bits >> 16) & new Vector<uint>(SignOfHalf));
    }

    /// <summary>The bits of normal magnitudes as halves, rounded; a carry goes into the exponent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Rounded(Vector<uint> magnitude)
    {
        const uint Rebias = 0xC800_0FFF;
        return (magnitude + new Vector<uint>(Rebias) + ((magnitude >> Shift) & Vector<uint>.One)) >> Shift;
    }
}
