using System.ComponentModel;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Conversions between the types of elements (ONNX: Cast).</summary>
/// <remarks>
/// <para>To a floating-point type numbers are rounded to nearest, halves to even; what is too large becomes infinite.</para>
/// <para>Between integers the low bits are kept: 200 becomes -56 as a signed byte.</para>
/// <para>
/// From a floating-point type to an integer numbers are rounded towards zero. Beyond the integer's range ONNX defines nothing; here the
/// result is what ONNX Runtime computes on x64, and the same on every processor: the lowest int32 or int64, of which narrower types keep
/// the low bits, also for NaN. To uint32 and uint64 the upper half of the range is converted apart: negative numbers wrap around, from
/// 2³² or 2⁶⁴ on the result is 0, and NaN becomes 2³¹ or 2⁶³.
/// </para>
/// <para>Truth is 1, and everything but zero is true, NaN too.</para>
/// <para>All methods are thread-safe and allocate nothing. The output is as long as the input; they must not overlap.</para>
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Conversion
{
    private const double TwoTo31 = 2147483648;
    private const double TwoTo63 = 9223372036854775808;

    /// <summary>So many halves lie on the stack.</summary>
    private const int RoundedAtOnce = 256;

    /// <summary>Converts numbers.</summary>
    /// <typeparam name="TFrom">Their type: an integer of up to 64 bits, or IEEE half, single or double precision.</typeparam>
    /// <typeparam name="TTo">Their new type, one of the same.</typeparam>
    /// <param name="input">The numbers to convert.</param>
    /// <param name="output">The numbers in their new type.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void Convert<TFrom, TTo>(ReadOnlySpan<TFrom> input, Span<TTo> output)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        if (typeof(TFrom) == typeof(Half) && typeof(TTo) == typeof(float))
        {
            HalfConversion.ToSingle(MemoryMarshal.Cast<TFrom, Half>(input), MemoryMarshal.Cast<TTo, float>(output));
            return;
        }

        if (typeof(TFrom) == typeof(float) && typeof(TTo) == typeof(Half))
        {
            HalfConversion.ToHalf(MemoryMarshal.Cast<TFrom, float>(input), MemoryMarshal.Cast<TTo, Half>(output));
            return;
        }

        if (!IsReal<TFrom>() || IsReal<TTo>())
        {
            TensorPrimitives.ConvertTruncating(input, output);
            return;
        }

        if (Sse2.X64.IsSupported && typeof(TTo) != typeof(uint) && typeof(TTo) != typeof(ulong))
        {
            TruncateByInstruction(input, output);
            return;
        }

        for (int i = 0; i < input.Length; i++)
        {
            output[i] = FromFloat64<TTo>(double.CreateTruncating(input[i]));
        }
    }

    /// <summary>Understands the bits of elements as those of another type of the same size (ONNX: BitCast).</summary>
    /// <typeparam name="TInput">The type of the elements.</typeparam>
    /// <typeparam name="TOutput">The type that they are understood as.</typeparam>
    /// <param name="input">The elements.</param>
    /// <param name="output">The same bits.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input, or its elements another size.</exception>
    public static void Reinterpret<TInput, TOutput>(ReadOnlySpan<TInput> input, Span<TOutput> output)
        where TInput : unmanaged
        where TOutput : unmanaged
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        SpanGuard.Length(Unsafe.SizeOf<TOutput>(), Unsafe.SizeOf<TInput>(), nameof(output));
        MemoryMarshal.AsBytes(input).CopyTo(MemoryMarshal.AsBytes(output));
    }

    /// <summary>One number from float64.</summary>
    internal static T FromFloat64<T>(double value)
        where T : unmanaged, INumber<T> =>
        IsReal<T>() ? T.CreateTruncating(value)
        : typeof(T) == typeof(uint) ? T.CreateTruncating(ToUInt32(value))
        : typeof(T) == typeof(long) ? T.CreateTruncating(ToInt64(value))
        : typeof(T) == typeof(ulong) ? T.CreateTruncating(ToUInt64(value))
        : T.CreateTruncating(ToInt32(value));

    /// <summary>The same for a span that could be written: before C# 14 the type of a read-only one is not inferred from it.</summary>
    /// <inheritdoc cref="Convert{TFrom,TTo}(ReadOnlySpan{TFrom},Span{TTo})"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static void Convert<TFrom, TTo>(Span<TFrom> input, Span<TTo> output)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo> =>
        Convert((ReadOnlySpan<TFrom>)input, output);

    /// <summary>Says which numbers are not zero.</summary>
    /// <typeparam name="T">Their type.</typeparam>
    /// <param name="input">The numbers.</param>
    /// <param name="output">False for 0 and -0, true for everything else, NaN too.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void ToBool<T>(ReadOnlySpan<T> input, Span<bool> output)
        where T : unmanaged, INumber<T>
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        Vectors.Test(default(NonzeroTest<T>), input, output);
    }

    /// <inheritdoc cref="Convert{TFrom,TTo}(Span{TFrom},Span{TTo})" path="/summary"/>
    /// <inheritdoc cref="ToBool{T}(ReadOnlySpan{T},Span{bool})"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static void ToBool<T>(Span<T> input, Span<bool> output)
        where T : unmanaged, INumber<T> =>
        ToBool((ReadOnlySpan<T>)input, output);

    /// <summary>Makes numbers of truth values.</summary>
    /// <typeparam name="T">Their type.</typeparam>
    /// <param name="input">The truth values.</param>
    /// <param name="output">1 for true, 0 for false.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void FromBool<T>(ReadOnlySpan<bool> input, Span<T> output)
        where T : unmanaged, INumber<T>
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        TensorPrimitives.ConvertTruncating<byte, T>(MemoryMarshal.AsBytes(input), output);
    }

    /// <summary>Rounds to the nearest number of IEEE half precision, halves to even; from 65520 on to infinity.</summary>
    /// <param name="input">The numbers.</param>
    /// <param name="output">The rounded numbers.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void RoundToHalf(ReadOnlySpan<float> input, Span<float> output)
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        Span<Half> halves = stackalloc Half[RoundedAtOnce];
        while (!input.IsEmpty)
        {
            int count = int.Min(input.Length, RoundedAtOnce);
            HalfConversion.ToHalf(input[..count], halves);
            HalfConversion.ToSingle(halves[..count], output);
            input = input[count..];
            output = output[count..];
        }
    }

    /// <summary>Rounds to the nearest number of bfloat16, the upper half of float32, halves to even. NaN stays NaN.</summary>
    /// <inheritdoc cref="RoundToHalf(ReadOnlySpan{float}, Span{float})"/>
    public static void RoundToBFloat16(ReadOnlySpan<float> input, Span<float> output)
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        for (int i = 0; i < input.Length; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(input[i]);
            uint rounded = unchecked(bits + 0x7FFF + ((bits >> 16) & 1));
            output[i] = float.IsNaN(input[i]) ? float.NaN : BitConverter.UInt32BitsToSingle(rounded & 0xFFFF0000);
        }
    }

    /// <summary>
    /// From real numbers to any integers but the unsigned ones of 32 and 64 bits: the processor's own conversions are what ONNX Runtime
    /// computes on x64.
    /// </summary>
    private static void TruncateByInstruction<TFrom, TTo>(ReadOnlySpan<TFrom> input, Span<TTo> output)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        const int Block = 16;
        int i = 0;
        if (typeof(TFrom) == typeof(float) && typeof(TTo) != typeof(long))
        {
            ref float x = ref Unsafe.As<TFrom, float>(ref MemoryMarshal.GetReference(input));
            ref byte y = ref Unsafe.As<TTo, byte>(ref MemoryMarshal.GetReference(output));
            for (; i <= input.Length - Block; i += Block)
            {
                Vector128<uint> a = Truncate(ref x, i);
                Vector128<uint> b = Truncate(ref x, i + 4);
                Vector128<uint> c = Truncate(ref x, i + 8);
                Vector128<uint> d = Truncate(ref x, i + 12);
                ref byte o = ref Unsafe.Add(ref y, i * Unsafe.SizeOf<TTo>());
                if (Unsafe.SizeOf<TTo>() == 1)
                {
                    Vector128.Narrow(Vector128.Narrow(a, b), Vector128.Narrow(c, d)).StoreUnsafe(ref o);
                }
                else if (Unsafe.SizeOf<TTo>() == 2)
                {
                    Vector128.Narrow(a, b).AsByte().StoreUnsafe(ref o);
                    Vector128.Narrow(c, d).AsByte().StoreUnsafe(ref o, 16);
                }
                else
                {
                    a.AsByte().StoreUnsafe(ref o);
                    b.AsByte().StoreUnsafe(ref o, 16);
                    c.AsByte().StoreUnsafe(ref o, 32);
                    d.AsByte().StoreUnsafe(ref o, 48);
                }
            }
        }

        for (; i < input.Length; i++)
        {
            Vector128<double> value = Vector128.CreateScalarUnsafe(double.CreateTruncating(input[i]));
            output[i] = typeof(TTo) == typeof(long)
                ? TTo.CreateTruncating(Sse2.X64.ConvertToInt64WithTruncation(value))
                : TTo.CreateTruncating(Sse2.ConvertToInt32WithTruncation(value));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Truncate(ref float first, int index) =>
        Sse2.ConvertToVector128Int32WithTruncation(Vector128.LoadUnsafe(ref first, (uint)index)).AsUInt32();

    private readonly struct NonzeroTest<T> : IVectorTest<T>
        where T : unmanaged, INumber<T>
    {
        public bool Invoke(T value) => !T.IsZero(value);

        public Vector128<T> Invoke(Vector128<T> value) => ~Vector128.Equals(value, Vector128<T>.Zero);
    }

    private static bool IsReal<T>() => typeof(T) == typeof(float) || typeof(T) == typeof(double) || typeof(T) == typeof(Half);

    private static int ToInt32(double value) => value is > -TwoTo31 - 1 and < TwoTo31 ? (int)value : int.MinValue;

    private static long ToInt64(double value) => value is >= -TwoTo63 and < TwoTo63 ? (long)value : long.MinValue;

    private static uint ToUInt32(double value) => value >= TwoTo31 ? (uint)ToInt32(value - TwoTo31) ^ 0x80000000 : (uint)ToInt32(value);

    private static ulong ToUInt64(double value) => value >= TwoTo63
        ? (ulong)ToInt64(value - TwoTo63) ^ 0x80000000_00000000
        : (ulong)ToInt64(value);
}
