using System.ComponentModel;
using System.Numerics;
using System.Numerics.Tensors;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Matrix products of numbers other than float32, which <see cref="Gemm"/> multiplies.</summary>
/// <remarks>
/// The products of an element are added in the order of the inner dimension, each rounded by itself, so that results are identical on
/// every processor. All methods are thread-safe and allocate nothing. Spans must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class MatrixProduct
{
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
                for (int k = 0; k < shape.Inner; k++)
                {
                    TensorPrimitives.MultiplyAdd(b.Slice(k * shape.Columns, shape.Columns), a[(row * shape.Inner) + k], sums, sums);
                }
            }
        }
    }
}
