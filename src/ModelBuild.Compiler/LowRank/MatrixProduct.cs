using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Compiler.LowRank;

/// <summary>Products of matrices in float64, row by row, whose sums have the same order on every processor.</summary>
internal static class MatrixProduct
{
    /// <summary>A·Bᵀ.</summary>
    /// <param name="a">[rows, terms].</param>
    /// <param name="b">[columns, terms].</param>
    /// <returns>[rows, columns].</returns>
    public static double[] ByTransposed(double[] a, double[] b, int rows, int terms, int columns)
    {
        double[] product = new double[rows * columns];
        Parallel.For(0, rows, row =>
        {
            ReadOnlySpan<double> left = a.AsSpan(row * terms, terms);
            for (int column = 0; column < columns; column++)
            {
                product[(row * columns) + column] = Dot(left, b.AsSpan(column * terms, terms));
            }
        });
        return product;
    }

    /// <summary>A·Bᵀ for B = A: half the work.</summary>
    /// <param name="a">[rows, terms].</param>
    public static double[] BySelf(double[] a, int rows, int terms)
    {
        double[] product = new double[rows * rows];
        Parallel.For(0, rows, row =>
        {
            for (int column = 0; column <= row; column++)
            {
                double sum = Dot(a.AsSpan(row * terms, terms), a.AsSpan(column * terms, terms));
                product[(row * rows) + column] = sum;
                product[(column * rows) + row] = sum;
            }
        });
        return product;
    }

    /// <summary>A·B.</summary>
    /// <param name="a">[rows, terms].</param>
    /// <param name="b">[terms, columns].</param>
    public static double[] Of(double[] a, double[] b, int rows, int terms, int columns) =>
        ByTransposed(a, Transpose(b, terms, columns), rows, terms, columns);

    /// <summary>[columns, rows] of [rows, columns].</summary>
    public static double[] Transpose(double[] matrix, int rows, int columns)
    {
        double[] transposed = new double[matrix.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                transposed[(column * rows) + row] = matrix[(row * columns) + column];
            }
        }

        return transposed;
    }

    /// <summary>Σ x·y in four sums side by side, whatever the width of the processor's registers.</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        ReadOnlySpan<Vector256<double>> xs = MemoryMarshal.Cast<double, Vector256<double>>(x);
        ReadOnlySpan<Vector256<double>> ys = MemoryMarshal.Cast<double, Vector256<double>>(y);
        Vector256<double> sums = Vector256<double>.Zero;
        for (int i = 0; i < xs.Length; i++)
        {
            sums += xs[i] * ys[i];
        }

        double sum = sums[0] + sums[1] + (sums[2] + sums[3]);
        for (int i = xs.Length * Vector256<double>.Count; i < x.Length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }

    /// <summary>Turns two rows in their plane.</summary>
    public static void Rotate(Span<double> lower, Span<double> upper, double cosine, double sine)
    {
        var c = new Vector<double>(cosine);
        var s = new Vector<double>(sine);
        int i = 0;
        for (; i <= lower.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            var x = new Vector<double>(lower[i..]);
            var y = new Vector<double>(upper[i..]);
            ((s * x) + (c * y)).CopyTo(upper[i..]);
            ((c * x) - (s * y)).CopyTo(lower[i..]);
        }

        for (; i < lower.Length; i++)
        {
            (double x, double y) = (lower[i], upper[i]);
            upper[i] = (sine * x) + (cosine * y);
            lower[i] = (cosine * x) - (sine * y);
        }
    }
}
