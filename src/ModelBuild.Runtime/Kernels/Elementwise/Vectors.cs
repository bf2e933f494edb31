using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>A function of one element of any type, also of as many as a register holds.</summary>
internal interface IVectorFunction<T>
{
    static abstract T Invoke(T value);

    static abstract Vector128<T> Invoke(Vector128<T> value);
}

/// <summary>A question about one element of any type, also about as many as a register holds: all bits set where it is true.</summary>
internal interface IVectorTest<T>
{
    bool Invoke(T value);

    Vector128<T> Invoke(Vector128<T> value);
}

/// <summary>A question about two elements of one type, also about as many as registers hold: all bits set where it is true.</summary>
internal interface IVectorComparison<T>
{
    static abstract bool Invoke(T left, T right);

    static abstract Vector128<T> Invoke(Vector128<T> left, Vector128<T> right);
}

/// <summary>
/// Loops over elements of any type whose function is an instruction or two. Registers of 128 bits, which every processor has, are enough
/// for what memory limits.
/// </summary>
internal static class Vectors
{
    /// <summary>As many bytes as a register holds, and as many truth values as the loops make at once.</summary>
    private const int Block = 16;

    /// <summary><c>output[i] = function(input[i])</c>; the output may be the input.</summary>
    public static void Map<TFunction, T>(ReadOnlySpan<T> input, Span<T> output)
        where TFunction : IVectorFunction<T>
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        int i = 0;
        if (Vector128.IsHardwareAccelerated && Vector128<T>.IsSupported)
        {
            ref T x = ref MemoryMarshal.GetReference(input);
            ref T y = ref MemoryMarshal.GetReference(output);
            for (; i <= input.Length - Vector128<T>.Count; i += Vector128<T>.Count)
            {
                TFunction.Invoke(Vector128.LoadUnsafe(ref x, (uint)i)).StoreUnsafe(ref y, (uint)i);
            }
        }

        for (; i < input.Length; i++)
        {
            output[i] = TFunction.Invoke(input[i]);
        }
    }

    /// <summary><c>output[i] = test(input[i])</c>.</summary>
    public static void Test<TTest, T>(TTest test, ReadOnlySpan<T> input, Span<bool> output)
        where TTest : struct, IVectorTest<T>
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        int i = 0;
        if (Vector128.IsHardwareAccelerated && Vector128<T>.IsSupported)
        {
            ref T x = ref MemoryMarshal.GetReference(input);
            ref byte y = ref Unsafe.As<bool, byte>(ref MemoryMarshal.GetReference(output));
            Span<Vector128<T>> masks = stackalloc Vector128<T>[Unsafe.SizeOf<T>()];
            for (; i <= input.Length - Block; i += Block)
            {
                for (int j = 0; j < masks.Length; j++)
                {
                    masks[j] = test.Invoke(Vector128.LoadUnsafe(ref x, (uint)(i + (j * Vector128<T>.Count))));
                }

                Truths<T>(masks).StoreUnsafe(ref y, (uint)i);
            }
        }

        for (; i < input.Length; i++)
        {
            output[i] = test.Invoke(input[i]);
        }
    }

    /// <summary><c>output[i] = comparison(left[i], right[i])</c>; the caller has checked the lengths.</summary>
    public static void Compare<TComparison, T>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<bool> output)
        where TComparison : IVectorComparison<T>
    {
        int i = 0;
        if (Vector128.IsHardwareAccelerated && Vector128<T>.IsSupported)
        {
            ref T x = ref MemoryMarshal.GetReference(left);
            ref T y = ref MemoryMarshal.GetReference(right);
            ref byte o = ref Unsafe.As<bool, byte>(ref MemoryMarshal.GetReference(output));
            Span<Vector128<T>> masks = stackalloc Vector128<T>[Unsafe.SizeOf<T>()];
            for (; i <= output.Length - Block; i += Block)
            {
                for (int j = 0; j < masks.Length; j++)
                {
                    uint at = (uint)(i + (j * Vector128<T>.Count));
                    masks[j] = TComparison.Invoke(Vector128.LoadUnsafe(ref x, at), Vector128.LoadUnsafe(ref y, at));
                }

                Truths<T>(masks).StoreUnsafe(ref o, (uint)i);
            }
        }

        for (; i < output.Length; i++)
        {
            output[i] = TComparison.Invoke(left[i], right[i]);
        }
    }

    /// <summary>Masks of sixteen elements as truth values: a register for each byte of an element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Truths<T>(ReadOnlySpan<Vector128<T>> masks)
    {
        Vector128<byte> mask = Unsafe.SizeOf<T>() switch
        {
            1 => masks[0].AsByte(),
            2 => Vector128.Narrow(masks[0].AsUInt16(), masks[1].AsUInt16()),
            4 => Vector128.Narrow(
                Vector128.Narrow(masks[0].AsUInt32(), masks[1].AsUInt32()), Vector128.Narrow(masks[2].AsUInt32(), masks[3].AsUInt32())),
            _ => Vector128.Narrow(
                Vector128.Narrow(
                    Vector128.Narrow(masks[0].AsUInt64(), masks[1].AsUInt64()),
                    Vector128.Narrow(masks[2].AsUInt64(), masks[3].AsUInt64())),
                Vector128.Narrow(
                    Vector128.Narrow(masks[4].AsUInt64(), masks[5].AsUInt64()),
                    Vector128.Narrow(masks[6].AsUInt64(), masks[7].AsUInt64()))),
        };
        return mask & Vector128.Create((byte)1);
    }
}
