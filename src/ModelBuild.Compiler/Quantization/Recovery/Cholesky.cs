using System.Numerics;

namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>
/// The Cholesky factor of a symmetric positive definite matrix in float64. The order of all additions is fixed and no product is fused
/// with a sum, so that every processor finds the same factor.
/// </summary>
internal static class Cholesky
{
    /// <summary>Rows that are brought into all rows behind them at a time, while those are in the cache.</summary>
    private const int Block = 48;

    /// <summary>Factors a matrix in place: A = Rᵀ·R.</summary>
    /// <param name="matrix">[n, n], of which the diagonal and what lies right of it are read; they become R.</param>
    /// <returns>False where the matrix is not positive definite; then its content is of no use.</returns>
    public static bool Factor(double[] matrix, int n, CancellationToken cancellation)
    {
        for (int first = 0; first < n; first += Block)
        {
            cancellation.ThrowIfCancellationRequested();
            int end = Math.Min(first + Block, n);
            for (int row = first; row < end; row++)
            {
                for (int above = first; above < row; above++)
                {
                    SubtractMultiple(matrix, n, row, above);
                }

                double pivot = matrix[(row * n) + row];
                if (!(pivot > 0) || !double.IsFinite(pivot))
                {
                    return false;
                }

                double root = Math.Sqrt(pivot);
                foreach (ref double element in matrix.AsSpan((row * n) + row, n - row))
                {
                    element /= root;
                }
            }

            Parallel.For(end, n, row =>
            {
                for (int above = first; above < end; above++)
                {
                    SubtractMultiple(matrix, n, row, above);
                }
            });
        }

        return true;
    }

    private static void SubtractMultiple(double[] matrix, int n, int row, int above)
    {
        double factor = matrix[(above * n) + row];
        AddMultiple(matrix.AsSpan((row * n) + row, n - row), matrix.AsSpan((above * n) + row, n - row), -factor);
    }

    /// <summary><c>target += factor · source</c>, each product rounded by itself.</summary>
    public static void AddMultiple(Span<double> target, ReadOnlySpan<double> source, double factor)
    {
        var factors = new Vector<double>(factor);
        int i = 0;
        for (; i <= target.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            (new Vector<double>(target[i..]) + (factors * new Vector<double>(source[i..]))).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] += factor * source[i];
        }
    }
}
