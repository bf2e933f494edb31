using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Functions of one 8-bit tensor as tables: with 8 bits in and out every unary function has 256 values.</summary>
/// <remarks>All methods are thread-safe and allocate nothing.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Lookup
{
    /// <summary>How many entries a table has.</summary>
    public const int TableLength = 256;

    /// <summary><c>output[i] = table[input[i]]</c>.</summary>
    /// <param name="input">Codes.</param>
    /// <param name="table">256 values, one for each code.</param>
    /// <param name="output">
    /// As long as the input; it may be the very span of the input, any other overlap leaves it unspecified.
    /// </param>
    /// <exception cref="ArgumentException">The output has not the length of the input, or the table has not 256 entries.</exception>
    public static void UInt8(ReadOnlySpan<byte> input, ReadOnlySpan<byte> table, Span<byte> output)
    {
        SpanGuard.Length(table.Length, TableLength, nameof(table));
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        ref byte entries = ref MemoryMarshal.GetReference(table);
        ref byte x = ref MemoryMarshal.GetReference(input);
        ref byte y = ref MemoryMarshal.GetReference(output);
        nuint length = (uint)input.Length;
        nuint i = 0;
        if (Avx512Vbmi.IsSupported)
        {
            i = Permute64(ref entries, ref x, ref y, length);
        }
        else if (Avx2.IsSupported)
        {
            i = Shuffle32(ref entries, ref x, ref y, length);
        }
        else if (AdvSimd.Arm64.IsSupported)
        {
            i = TableLookup16(ref entries, ref x, ref y, length);
        }

        for (; i < length; i++)
        {
            Unsafe.Add(ref y, i) = Unsafe.Add(ref entries, Unsafe.Add(ref x, i));
        }
    }

    /// <summary><c>output[i] = tables[i modulo channels][input[i]]</c>: channels lie side by side.</summary>
    /// <param name="input">Codes, a multiple of the channels.</param>
    /// <param name="tables">256 values for each channel, one channel after the other.</param>
    /// <param name="output">
    /// As long as the input; it may be the very span of the input, any other overlap leaves it unspecified.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The output has not the length of the input, there are no whole tables, or the input is no multiple of their number.
    /// </exception>
    public static void ChannelsUInt8(ReadOnlySpan<byte> input, ReadOnlySpan<byte> tables, Span<byte> output)
    {
        int channels = Math.Max(tables.Length / TableLength, 1);
        SpanGuard.Length(tables.Length, channels * TableLength, nameof(tables));
        SpanGuard.Length(input.Length, input.Length / channels * channels, nameof(input));
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        ref byte entries = ref MemoryMarshal.GetReference(tables);
        ref byte x = ref MemoryMarshal.GetReference(input);
        ref byte y = ref MemoryMarshal.GetReference(output);
        nuint length = (uint)input.Length;
        nuint i = 0;
        if (channels == 3)
        {
            for (; i + 3 <= length; i += 3)
            {
                byte red = Unsafe.Add(ref entries, Unsafe.Add(ref x, i));
                byte green = Unsafe.Add(ref entries, TableLength + Unsafe.Add(ref x, i + 1));
                byte blue = Unsafe.Add(ref entries, (2 * TableLength) + Unsafe.Add(ref x, i + 2));
                Unsafe.Add(ref y, i) = red;
                Unsafe.Add(ref y, i + 1) = green;
                Unsafe.Add(ref y, i + 2) = blue;
            }

            return;
        }

        while (i < length)
        {
            for (int channel = 0; channel < channels; channel++, i++)
            {
                Unsafe.Add(ref y, i) = Unsafe.Add(ref entries, (channel * TableLength) + Unsafe.Add(ref x, i));
            }
        }
    }

    /// <summary>AVX-512 VBMI: one permutation chooses among 128 entries by the low seven bits, the top bit between two of them.</summary>
    private static nuint Permute64(ref byte table, ref byte input, ref byte output, nuint length)
    {
        Vector512<byte> table0 = Vector512.LoadUnsafe(ref table, 0);
        Vector512<byte> table1 = Vector512.LoadUnsafe(ref table, 64);
        Vector512<byte> table2 = Vector512.LoadUnsafe(ref table, 128);
        Vector512<byte> table3 = Vector512.LoadUnsafe(ref table, 192);
        nuint i = 0;
        for (; i + 64 <= length; i += 64)
        {
            Vector512<byte> codes = Vector512.LoadUnsafe(ref input, i);
            Vector512<byte> low = Avx512Vbmi.PermuteVar64x8x2(table0, codes, table1);
            Vector512<byte> high = Avx512Vbmi.PermuteVar64x8x2(table2, codes, table3);
            Vector512<byte> isHigh = Vector512.LessThan(codes.AsSByte(), Vector512<sbyte>.Zero).AsByte();
            Vector512.ConditionalSelect(isHigh, high, low).StoreUnsafe(ref output, i);
        }

        return i;
    }

    /// <summary>
    /// AVX2: sixteen shuffles choose by the low nibble, and a tree of blends, which look at the top bit alone, by the bits of the high one.
    /// </summary>
    private static unsafe nuint Shuffle32(ref byte table, ref byte input, ref byte output, nuint length)
    {
        nuint i = 0;
        fixed (byte* entries = &table)
        {
            for (; i + 32 <= length; i += 32)
            {
                Vector256<byte> codes = Vector256.LoadUnsafe(ref input, i);
                Vector256<byte> low = codes & Vector256.Create((byte)0x0F);
                Vector256<byte> bit4 = (codes.AsUInt16() << 3).AsByte();
                Vector256<byte> bit5 = (codes.AsUInt16() << 2).AsByte();
                Vector256<byte> bit6 = (codes.AsUInt16() << 1).AsByte();
                Vector256<byte> lower = Avx2.BlendVariable(
                    Among64(entries, low, bit4, bit5), Among64(entries + 64, low, bit4, bit5), bit6);
                Vector256<byte> upper = Avx2.BlendVariable(
                    Among64(entries + 128, low, bit4, bit5), Among64(entries + 192, low, bit4, bit5), bit6);
                Avx2.BlendVariable(lower, upper, codes).StoreUnsafe(ref output, i);
            }
        }

        return i;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<byte> Among64(byte* entries, Vector256<byte> low, Vector256<byte> bit4, Vector256<byte> bit5) =>
            Avx2.BlendVariable(Among32(entries, low, bit4), Among32(entries + 32, low, bit4), bit5);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<byte> Among32(byte* entries, Vector256<byte> low, Vector256<byte> bit4) =>
            Avx2.BlendVariable(Among16(entries, low), Among16(entries + 16, low), bit4);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<byte> Among16(byte* entries, Vector256<byte> low) =>
            Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(entries), low);
    }

    /// <summary>
    /// AdvSimd: four lookups among 64 entries each; where the index is too large the first gives 0, the others keep what was.
    /// </summary>
    private static nuint TableLookup16(ref byte table, ref byte input, ref byte output, nuint length)
    {
        var table0 = Entries(ref table, 0);
        var table1 = Entries(ref table, 64);
        var table2 = Entries(ref table, 128);
        var table3 = Entries(ref table, 192);
        Vector128<byte> step = Vector128.Create((byte)64);
        nuint i = 0;
        for (; i + 16 <= length; i += 16)
        {
            Vector128<byte> codes = Vector128.LoadUnsafe(ref input, i);
            Vector128<byte> result = AdvSimd.Arm64.VectorTableLookup(table0, codes);
            codes -= step;
            result = AdvSimd.Arm64.VectorTableLookupExtension(result, table1, codes);
            codes -= step;
            result = AdvSimd.Arm64.VectorTableLookupExtension(result, table2, codes);
            codes -= step;
            AdvSimd.Arm64.VectorTableLookupExtension(result, table3, codes).StoreUnsafe(ref output, i);
        }

        return i;

        static (Vector128<byte>, Vector128<byte>, Vector128<byte>, Vector128<byte>) Entries(ref byte table, nuint first) =>
            (Vector128.LoadUnsafe(ref table, first), Vector128.LoadUnsafe(ref table, first + 16),
             Vector128.LoadUnsafe(ref table, first + 32), Vector128.LoadUnsafe(ref table, first + 48));
    }
}
