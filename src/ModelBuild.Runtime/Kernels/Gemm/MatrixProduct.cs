using System.ComponentModel;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Matrix products of numbers other than float32, which <see cref="Gemm"/> multiplies.</summary>
/// <remarks>
/// The products of an element are added in the order of the inner dimension, each rounded by itself, so that results are identical on
/// every processor. All methods are thread-safe and allocate nothing. Spans must not overlap.
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
        for (long matrix = 0; matrix < matrices.OutputLength; matrix++)
        {
            (nuint first, nuint second) = matrices.Offset(matrix);
            ReadOnlySpan<T> a = left.Slice((int)first * (int)shape.LeftLength, (int)shape.LeftLength);
            ReadOnlySpan<T> b = right.Slice((int)second * (int)shape.RightLength, (int)shape.RightLength);
            Span<T> y = output.Slice((int)(matrix * shape.OutputLength), (int)shape.OutputLength);
            for (int row = 0; row < shape.Rows; row++)
            {
                Span<T> sums = y.Slice(row * shape.Columns, shape.Columns);
                ReadOnlySpan<T> factors = a.Slice(row * shape.Inner, shape.Inner);
                int k = 0;
                for (; k <= factors.Length - RowsAtOnce; k += RowsAtOnce)
                {
                    AddRows(factors.Slice(k, RowsAtOnce), b.Slice(k * shape.Columns, RowsAtOnce * shape.Columns), sums);
                }

                for (; k < factors.Length; k++)
                {
                    AddRow(factors[k], b.Slice(k * shape.Columns, shape.Columns), sums, 0);
                }
            }
        }
    }

    /// <summary>Adds four rows, each times its factor, one after the other to what stays in a register meanwhile.</summary>
    private static void AddRows<T>(ReadOnlySpan<T> factors, ReadOnlySpan<T> rows, Span<T> sums)
        where T : unmanaged, INumber<T>
    {
        int columns = sums.Length;
        int i = 0;
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
                s += a * Vector256.LoadUnsafe(ref first, (uint)i);
                s += b * Vector256.LoadUnsafe(ref first, (uint)(i + columns));
                s += c * Vector256.LoadUnsafe(ref first, (uint)(i + (2 * columns)));
                s += d * Vector256.LoadUnsafe(ref first, (uint)(i + (3 * columns)));
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
            sums[i] = unchecked(sums[i] + (factor * row[i]));
        }
    }
}
