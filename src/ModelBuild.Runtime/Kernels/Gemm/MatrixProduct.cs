using System.ComponentModel;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Matrix products of numbers other than float32, which <see cref="Gemm"/> multiplies.</summary>
/// <remarks>
/// The products of an element are added in the order of the inner dimension. Integers wrap around; float64 is fused where the processor
/// does that, as in <see cref="Gemm"/>, and then rounded once for each product. All methods are thread-safe and allocate nothing. Spans
/// must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class MatrixProduct
{
    private const int RowsAtOnce = 4;

    /// <summary>Multiplies matrices that are both known only at run time, each with several of the other; integers wrap around.</summary>
    /// <typeparam name="T">The type of the numbers.</typeparam>
    /// <param name="shape">The sizes of one product.</param>
    /// <param name="matrices">How the leading dimensions of the operands meet; its strides count matrices.</param>
    /// <param name="left">Matrices of <c>[rows, inner]</c>.</param>
    /// <param name="right">Matrices of <c>[inner, columns]</c>.</param>
    /// <param name="output">Matrices of <c>[rows, columns]</c>.</param>
    /// <exception cref="ArgumentException">A span's length does not fit the shape.</exception>
    public static void Multiply<T>(
        in GemmShape shape, in BroadcastShape matrices, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
        where T : unmanaged, INumber<T>
    {
        SpanGuard.Length(left.Length, Extent.Product(shape.LeftLength, matrices.LeftLength), nameof(left));
        SpanGuard.Length(right.Length, Extent.Product(shape.RightLength, matrices.RightLength), nameof(right));
        SpanGuard.Length(output.Length, Extent.Product(shape.OutputLength, matrices.OutputLength), nameof(output));
        if (output.IsEmpty)
        {
            return;
        }

        output.Clear();
        if (shape.Inner == 0)
        {
            return;
        }

        for (long matrix = 0; matrix < matrices.OutputLength; matrix++)
        {
            (nuint first, nuint second) = matrices.Offset(matrix);
            ReadOnlySpan<T> a = left.Slice((int)first * (int)shape.LeftLength, (int)shape.LeftLength);
            ReadOnlySpan<T> b = right.Slice((int)second * (int)shape.RightLength, (int)shape.RightLength);
            Span<T> y = output.Slice((int)(matrix * shape.OutputLength), (int)shape.OutputLength);
            int row = 0;
            for (; row <= shape.Rows - RowsAtOnce; row += RowsAtOnce)
            {
                int done = Tiles(
                    a.Slice(row * shape.Inner, RowsAtOnce * shape.Inner), b, y.Slice(row * shape.Columns, RowsAtOnce * shape.Columns),
                    shape.Inner, shape.Columns);
                for (int i = row; i < row + RowsAtOnce && done < shape.Columns; i++)
                {
                    AddRows(a.Slice(i * shape.Inner, shape.Inner), b, y.Slice(i * shape.Columns, shape.Columns), done);
                }
            }

            for (; row < shape.Rows; row++)
            {
                AddRows(a.Slice(row * shape.Inner, shape.Inner), b, y.Slice(row * shape.Columns, shape.Columns), 0);
            }
        }
    }

    /// <summary>Four rows of products, as many columns as whole tiles are wide; their sums stay in registers.</summary>
    /// <returns>The first column that is left.</returns>
    private static int Tiles<T>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output, int inner, int columns)
        where T : unmanaged, INumber<T>
    {
        if (!Vector256.IsHardwareAccelerated || !Vector256<T>.IsSupported)
        {
            return 0;
        }

        ref T factor = ref MemoryMarshal.GetReference(left);
        ref T sum = ref MemoryMarshal.GetReference(output);
        int width = 2 * Vector256<T>.Count;
        int column = 0;
        for (; column <= columns - width; column += width)
        {
            (Vector256<T> a0, Vector256<T> a1) = (Vector256<T>.Zero, Vector256<T>.Zero);
            (Vector256<T> b0, Vector256<T> b1) = (Vector256<T>.Zero, Vector256<T>.Zero);
            (Vector256<T> c0, Vector256<T> c1) = (Vector256<T>.Zero, Vector256<T>.Zero);
            (Vector256<T> d0, Vector256<T> d1) = (Vector256<T>.Zero, Vector256<T>.Zero);
            ref T row = ref Unsafe.Add(ref MemoryMarshal.GetReference(right), column);
            for (int k = 0; k < inner; k++)
            {
                Vector256<T> x = Vector256.LoadUnsafe(ref row);
                Vector256<T> y = Vector256.LoadUnsafe(ref row, (uint)Vector256<T>.Count);
                Vector256<T> a = Vector256.Create(Unsafe.Add(ref factor, k));
                (a0, a1) = (MultiplyAdd(a, x, a0), MultiplyAdd(a, y, a1));
                Vector256<T> b = Vector256.Create(Unsafe.Add(ref factor, k + inner));
                (b0, b1) = (MultiplyAdd(b, x, b0), MultiplyAdd(b, y, b1));
                Vector256<T> c = Vector256.Create(Unsafe.Add(ref factor, k + (2 * inner)));
                (c0, c1) = (MultiplyAdd(c, x, c0), MultiplyAdd(c, y, c1));
                Vector256<T> d = Vector256.Create(Unsafe.Add(ref factor, k + (3 * inner)));
                (d0, d1) = (MultiplyAdd(d, x, d0), MultiplyAdd(d, y, d1));
                row = ref Unsafe.Add(ref row, columns);
            }

            Store(a0, a1, 0, ref sum);
            Store(b0, b1, 1, ref sum);
            Store(c0, c1, 2, ref sum);
            Store(d0, d1, 3, ref sum);

            void Store(Vector256<T> first, Vector256<T> second, int line, ref T target)
            {
                first.StoreUnsafe(ref target, (uint)((line * columns) + column));
                second.StoreUnsafe(ref target, (uint)((line * columns) + column + Vector256<T>.Count));
            }
        }

        return column;
    }

    /// <summary>The columns of a row from one on: four rows of factors at a time are added to what stays in a register meanwhile.</summary>
    private static void AddRows<T>(ReadOnlySpan<T> factors, ReadOnlySpan<T> rows, Span<T> sums, int from)
        where T : unmanaged, INumber<T>
    {
        int columns = sums.Length;
        int k = 0;
        for (; k <= factors.Length - RowsAtOnce; k += RowsAtOnce)
        {
            AddFour(factors.Slice(k, RowsAtOnce), rows.Slice(k * columns, RowsAtOnce * columns), sums, from);
        }

        for (; k < factors.Length; k++)
        {
            AddRow(factors[k], rows.Slice(k * columns, columns), sums, from);
        }
    }

    /// <summary>Adds four rows, each times its factor, one after the other.</summary>
    private static void AddFour<T>(ReadOnlySpan<T> factors, ReadOnlySpan<T> rows, Span<T> sums, int from)
        where T : unmanaged, INumber<T>
    {
        int columns = sums.Length;
        int i = from;
        if (Vector256.IsHardwareAccelerated && Vector256<T>.IsSupported)
        {
            ref T first = ref MemoryMarshal.GetReference(rows);
            ref T sum = ref MemoryMarshal.GetReference(sums);
            Vector256<T> a = Vector256.Create(factors[0]);
            Vector256<T> b = Vector256.Create(factors[1]);
            Vector256<T> c = Vector256.Create(factors[2]);
            Vector256<T> d = Vector256.Create(factors[3]);
            for (; i <= columns - Vector256<T>.Count; i += Vector256<T>.Count)
            {
                Vector256<T> s = Vector256.LoadUnsafe(ref sum, (uint)i);
                s = MultiplyAdd(a, Vector256.LoadUnsafe(ref first, (uint)i), s);
                s = MultiplyAdd(b, Vector256.LoadUnsafe(ref first, (uint)(i + columns)), s);
                s = MultiplyAdd(c, Vector256.LoadUnsafe(ref first, (uint)(i + (2 * columns))), s);
                s = MultiplyAdd(d, Vector256.LoadUnsafe(ref first, (uint)(i + (3 * columns))), s);
                s.StoreUnsafe(ref sum, (uint)i);
            }
        }

        for (int k = 0; k < RowsAtOnce; k++)
        {
            AddRow(factors[k], rows.Slice(k * columns, columns), sums, i);
        }
    }

    /// <summary>Adds a row times its factor from a column on.</summary>
    private static void AddRow<T>(T factor, ReadOnlySpan<T> row, Span<T> sums, int from)
        where T : unmanaged, INumber<T>
    {
        for (int i = from; i < sums.Length; i++)
        {
            sums[i] = typeof(T) == typeof(double)
                ? T.MultiplyAddEstimate(factor, row[i], sums[i])
                : unchecked(sums[i] + (factor * row[i]));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> MultiplyAdd<T>(Vector256<T> left, Vector256<T> right, Vector256<T> addend)
        where T : unmanaged, INumber<T> => typeof(T) == typeof(double)
        ? Vector256.MultiplyAddEstimate(left.AsDouble(), right.AsDouble(), addend.AsDouble()).As<double, T>()
        : addend + (left * right);
}
