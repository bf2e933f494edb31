using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Transposes a matrix of any elements: rows of the input become columns of the output.</summary>
internal static class MatrixTransposition
{
    /// <summary>How many rows are read side by side: as many elements are written next to each other.</summary>
    private const int TileRows = 4;

    /// <summary>How many rows of the output are in work at once, so that their cache lines stay until they are full.</summary>
    private const int TileColumns = 128;

    /// <summary>Rows and columns that are transposed in registers.</summary>
    private const int BlockSize = 4;

    /// <summary>As many elements of four bytes are a cache line of the output, which is written as a whole.</summary>
    private const int LineRows = 16;

    /// <summary>Bytes of a row from which registers pay.</summary>
    private const int LongRow = 32;

    /// <summary>Whether <see cref="Block"/> can be called.</summary>
    public static bool HasZip => Sse2.IsSupported || AdvSimd.Arm64.IsSupported;

    /// <summary>Whether bytes of a register can be picked in any order.</summary>
    private static bool HasTable => Ssse3.IsSupported || AdvSimd.Arm64.IsSupported;

    /// <param name="input">The first element of <paramref name="rows"/> rows of <paramref name="columns"/> neighbouring elements.</param>
    /// <param name="inputStride">From one row of the input to the next.</param>
    /// <param name="output">The first element of <paramref name="columns"/> rows of <paramref name="rows"/> neighbouring elements.</param>
    /// <param name="outputStride">From one row of the output to the next.</param>
    /// <param name="rows">Rows of the input.</param>
    /// <param name="columns">Columns of the input.</param>
    public static void Run<T>(ref T input, nint inputStride, ref T output, nint outputStride, nint rows, nint columns)
    {
        nint blockRows = 0;
        if (HasZip && Unsafe.SizeOf<T>() == sizeof(byte) && rows == 2 && outputStride == 2 && columns >= Vector128<byte>.Count)
        {
            Merge(ref Unsafe.As<T, byte>(ref input), inputStride, ref Unsafe.As<T, byte>(ref output), columns);
            return;
        }

        if (HasTable && rows == 3 && outputStride == 3 && columns * Unsafe.SizeOf<T>() >= LongRow)
        {
            MergeThree(
                ref Unsafe.As<T, byte>(ref input), inputStride * Unsafe.SizeOf<T>(), ref Unsafe.As<T, byte>(ref output),
                columns * Unsafe.SizeOf<T>(), Unsafe.SizeOf<T>());
            return;
        }

        if (HasZip && Unsafe.SizeOf<T>() == sizeof(uint))
        {
            if (columns == 2 && inputStride == 2)
            {
                Split(ref Unsafe.As<T, uint>(ref input), ref Unsafe.As<T, uint>(ref output), outputStride, rows);
                return;
            }

            if (rows == 2 && outputStride == 2)
            {
                Merge(ref Unsafe.As<T, uint>(ref input), inputStride, ref Unsafe.As<T, uint>(ref output), columns);
                return;
            }

            blockRows = rows / BlockSize * BlockSize;
            nint blockColumns = columns / BlockSize * BlockSize;
            Blocks(
                ref Unsafe.As<T, uint>(ref input), inputStride, ref Unsafe.As<T, uint>(ref output), outputStride, blockRows, blockColumns);
            Elements(
                ref Unsafe.Add(ref input, blockColumns), inputStride, ref Unsafe.Add(ref output, blockColumns * outputStride), outputStride,
                blockRows, columns - blockColumns);
        }

        Elements(
            ref Unsafe.Add(ref input, blockRows * inputStride), inputStride, ref Unsafe.Add(ref output, blockRows), outputStride,
            rows - blockRows, columns);
    }

    /// <summary>Whole blocks of elements of four bytes, by rows of them that fill lines of the output.</summary>
    private static void Blocks(ref uint input, nint inputStride, ref uint output, nint outputStride, nint rows, nint columns)
    {
        for (nint line = 0; line < rows; line += LineRows)
        {
            nint end = nint.Min(line + LineRows, rows);
            for (nint column = 0; column < columns; column += BlockSize)
            {
                for (nint row = line; row < end; row += BlockSize)
                {
                    Block(
                        ref Unsafe.Add(ref input, (row * inputStride) + column), inputStride,
                        ref Unsafe.Add(ref output, (column * outputStride) + row), outputStride);
                }
            }
        }
    }

    /// <summary>Four rows and columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Block(ref uint x, nint inputStride, ref uint y, nint outputStride)
    {
        Vector128<uint> a = Vector128.LoadUnsafe(ref x);
        Vector128<uint> b = Vector128.LoadUnsafe(ref Unsafe.Add(ref x, inputStride));
        Vector128<uint> c = Vector128.LoadUnsafe(ref Unsafe.Add(ref x, 2 * inputStride));
        Vector128<uint> d = Vector128.LoadUnsafe(ref Unsafe.Add(ref x, 3 * inputStride));

        // a₀ c₀ a₁ c₁ and b₀ d₀ b₁ d₁ give a₀ b₀ c₀ d₀ and a₁ b₁ c₁ d₁.
        Vector128<uint> acLow = ZipLow(a, c), bdLow = ZipLow(b, d), acHigh = ZipHigh(a, c), bdHigh = ZipHigh(b, d);
        ZipLow(acLow, bdLow).StoreUnsafe(ref y);
        ZipHigh(acLow, bdLow).StoreUnsafe(ref Unsafe.Add(ref y, outputStride));
        ZipLow(acHigh, bdHigh).StoreUnsafe(ref Unsafe.Add(ref y, 2 * outputStride));
        ZipHigh(acHigh, bdHigh).StoreUnsafe(ref Unsafe.Add(ref y, 3 * outputStride));
    }

    /// <summary>A row of pairs becomes two rows: their first elements and their second ones.</summary>
    private static void Split(ref uint pairs, ref uint output, nint outputStride, nint count)
    {
        ref uint second = ref Unsafe.Add(ref output, outputStride);
        nint i = 0;
        for (; i <= count - Vector128<uint>.Count; i += Vector128<uint>.Count)
        {
            Vector128<uint> a = Vector128.LoadUnsafe(ref Unsafe.Add(ref pairs, 2 * i));
            Vector128<uint> b = Vector128.LoadUnsafe(ref Unsafe.Add(ref pairs, 2 * i), (uint)Vector128<uint>.Count);

            // x₀ y₀ x₁ y₁ and x₂ y₂ x₃ y₃ give x₀ x₂ y₀ y₂ and x₁ x₃ y₁ y₃.
            Vector128<uint> even = ZipLow(a, b), odd = ZipHigh(a, b);
            ZipLow(even, odd).StoreUnsafe(ref Unsafe.Add(ref output, i));
            ZipHigh(even, odd).StoreUnsafe(ref Unsafe.Add(ref second, i));
        }

        for (; i < count; i++)
        {
            Unsafe.Add(ref output, i) = Unsafe.Add(ref pairs, 2 * i);
            Unsafe.Add(ref second, i) = Unsafe.Add(ref pairs, (2 * i) + 1);
        }
    }

    /// <summary>Two rows become a row of pairs.</summary>
    private static void Merge(ref uint input, nint inputStride, ref uint pairs, nint count)
    {
        ref uint second = ref Unsafe.Add(ref input, inputStride);
        nint i = 0;
        for (; i <= count - Vector128<uint>.Count; i += Vector128<uint>.Count)
        {
            Vector128<uint> a = Vector128.LoadUnsafe(ref Unsafe.Add(ref input, i));
            Vector128<uint> b = Vector128.LoadUnsafe(ref Unsafe.Add(ref second, i));
            ZipLow(a, b).StoreUnsafe(ref Unsafe.Add(ref pairs, 2 * i));
            ZipHigh(a, b).StoreUnsafe(ref Unsafe.Add(ref pairs, 2 * i), (uint)Vector128<uint>.Count);
        }

        for (; i < count; i++)
        {
            Unsafe.Add(ref pairs, 2 * i) = Unsafe.Add(ref input, i);
            Unsafe.Add(ref pairs, (2 * i) + 1) = Unsafe.Add(ref second, i);
        }
    }

    /// <summary>Two rows of bytes, of at least 16, become a row of pairs; the last 16 may be some of the ones before again.</summary>
    private static void Merge(ref byte input, nint inputStride, ref byte pairs, nint count)
    {
        ref byte second = ref Unsafe.Add(ref input, inputStride);
        nint last = count - Vector128<byte>.Count;
        for (nint i = 0; ; i = nint.Min(i + Vector128<byte>.Count, last))
        {
            Vector128<byte> a = Vector128.LoadUnsafe(ref Unsafe.Add(ref input, i));
            Vector128<byte> b = Vector128.LoadUnsafe(ref Unsafe.Add(ref second, i));
            ref byte target = ref Unsafe.Add(ref pairs, 2 * i);
            (Sse2.IsSupported ? Sse2.UnpackLow(a, b) : AdvSimd.Arm64.ZipLow(a, b)).StoreUnsafe(ref target);
            (Sse2.IsSupported ? Sse2.UnpackHigh(a, b) : AdvSimd.Arm64.ZipHigh(a, b)).StoreUnsafe(
                ref target, (uint)Vector128<byte>.Count);
            if (i == last)
            {
                return;
            }
        }
    }

    /// <summary>
    /// Three rows become a row of triples, as the planes of an image become pixels. Each register of a row goes into three of the output;
    /// the last may be some of what was before again.
    /// </summary>
    /// <param name="input">The first byte.</param>
    /// <param name="inputStride">From row to row, in bytes.</param>
    /// <param name="triples">Three times <paramref name="length"/> bytes.</param>
    /// <param name="length">Bytes of a row, at least 16.</param>
    /// <param name="size">Bytes of an element: 1, 2, 4 or 8.</param>
    private static void MergeThree(ref byte input, nint inputStride, ref byte triples, nint length, int size)
    {
        // Of each row and each of the three registers that its 16 bytes go to: which byte comes where; 255 where none of the row does.
        Span<byte> numbers = stackalloc byte[9 * Vector128<byte>.Count];
        numbers.Fill(byte.MaxValue);
        for (int i = 0; i < 3 * Vector128<byte>.Count; i++)
        {
            (int element, int part) = int.DivRem(i, size);
            (int column, int row) = int.DivRem(element, 3);
            numbers[(row * 3 * Vector128<byte>.Count) + i] = (byte)((column * size) + part);
        }

        ref byte first = ref MemoryMarshal.GetReference(numbers);
        Vector128<byte> a0 = Numbers(ref first, 0), a1 = Numbers(ref first, 1), a2 = Numbers(ref first, 2);
        Vector128<byte> b0 = Numbers(ref first, 3), b1 = Numbers(ref first, 4), b2 = Numbers(ref first, 5);
        Vector128<byte> c0 = Numbers(ref first, 6), c1 = Numbers(ref first, 7), c2 = Numbers(ref first, 8);
        ref byte second = ref Unsafe.Add(ref input, inputStride);
        ref byte third = ref Unsafe.Add(ref second, inputStride);
        nint last = length - Vector128<byte>.Count;
        for (nint i = 0; ; i = nint.Min(i + Vector128<byte>.Count, last))
        {
            Vector128<byte> a = Vector128.LoadUnsafe(ref Unsafe.Add(ref input, i));
            Vector128<byte> b = Vector128.LoadUnsafe(ref Unsafe.Add(ref second, i));
            Vector128<byte> c = Vector128.LoadUnsafe(ref Unsafe.Add(ref third, i));
            ref byte target = ref Unsafe.Add(ref triples, 3 * i);
            (Pick(a, a0) | Pick(b, b0) | Pick(c, c0)).StoreUnsafe(ref target);
            (Pick(a, a1) | Pick(b, b1) | Pick(c, c1)).StoreUnsafe(ref target, (uint)Vector128<byte>.Count);
            (Pick(a, a2) | Pick(b, b2) | Pick(c, c2)).StoreUnsafe(ref target, 2 * (uint)Vector128<byte>.Count);
            if (i == last)
            {
                return;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Numbers(ref byte first, uint index) =>
        Vector128.LoadUnsafe(ref first, index * (uint)Vector128<byte>.Count);

    /// <summary>Bytes by their numbers; 0 for the number 255.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Pick(Vector128<byte> bytes, Vector128<byte> numbers) =>
        Ssse3.IsSupported ? Ssse3.Shuffle(bytes, numbers) : AdvSimd.Arm64.VectorTableLookup(bytes, numbers);

    /// <summary>The first two elements of both, by turns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> ZipLow(Vector128<uint> left, Vector128<uint> right) =>
        Sse2.IsSupported ? Sse2.UnpackLow(left, right) : AdvSimd.Arm64.ZipLow(left, right);

    /// <summary>The last two elements of both, by turns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> ZipHigh(Vector128<uint> left, Vector128<uint> right) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(left, right) : AdvSimd.Arm64.ZipHigh(left, right);

    private static void Elements<T>(ref T input, nint inputStride, ref T output, nint outputStride, nint rows, nint columns)
    {
        for (nint column = 0; column < columns; column += TileColumns)
        {
            nint count = nint.Min(TileColumns, columns - column);
            for (nint row = 0; row < rows; row += TileRows)
            {
                ref T x = ref Unsafe.Add(ref input, (row * inputStride) + column);
                ref T y = ref Unsafe.Add(ref output, (column * outputStride) + row);
                switch (rows - row)
                {
                    case 1:
                        Interleave1(ref x, ref y, outputStride, count);
                        break;
                    case 2:
                        Interleave2(ref x, inputStride, ref y, outputStride, count);
                        break;
                    case 3:
                        Interleave3(ref x, inputStride, ref y, outputStride, count);
                        break;
                    default:
                        Interleave4(ref x, inputStride, ref y, outputStride, count);
                        break;
                }
            }
        }
    }

    private static void Interleave1<T>(ref T x0, ref T y, nint stride, nint count)
    {
        for (nint i = 0; i < count; i++)
        {
            ref T target = ref Unsafe.Add(ref y, i * stride);
            target = Unsafe.Add(ref x0, i);
        }
    }

    private static void Interleave2<T>(ref T x0, nint inputStride, ref T y, nint stride, nint count)
    {
        ref T x1 = ref Unsafe.Add(ref x0, inputStride);
        for (nint i = 0; i < count; i++)
        {
            ref T target = ref Unsafe.Add(ref y, i * stride);
            target = Unsafe.Add(ref x0, i);
            Unsafe.Add(ref target, 1) = Unsafe.Add(ref x1, i);
        }
    }

    private static void Interleave3<T>(ref T x0, nint inputStride, ref T y, nint stride, nint count)
    {
        ref T x1 = ref Unsafe.Add(ref x0, inputStride);
        ref T x2 = ref Unsafe.Add(ref x1, inputStride);
        for (nint i = 0; i < count; i++)
        {
            ref T target = ref Unsafe.Add(ref y, i * stride);
            target = Unsafe.Add(ref x0, i);
            Unsafe.Add(ref target, 1) = Unsafe.Add(ref x1, i);
            Unsafe.Add(ref target, 2) = Unsafe.Add(ref x2, i);
        }
    }

    private static void Interleave4<T>(ref T x0, nint inputStride, ref T y, nint stride, nint count)
    {
        ref T x1 = ref Unsafe.Add(ref x0, inputStride);
        ref T x2 = ref Unsafe.Add(ref x1, inputStride);
        ref T x3 = ref Unsafe.Add(ref x2, inputStride);
        for (nint i = 0; i < count; i++)
        {
            ref T target = ref Unsafe.Add(ref y, i * stride);
            target = Unsafe.Add(ref x0, i);
            Unsafe.Add(ref target, 1) = Unsafe.Add(ref x1, i);
            Unsafe.Add(ref target, 2) = Unsafe.Add(ref x2, i);
            Unsafe.Add(ref target, 3) = Unsafe.Add(ref x3, i);
        }
    }
}
