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

    /// <summary>The inverse of a matrix.</summary>
    /// <param name="factor">R, as <see cref="Factor"/> gives it. Is used up.</param>
    /// <returns>[n, n], all of it.</returns>
    public static double[] Inverse(double[] factor, int n, CancellationToken cancellation)
    {
        // V = R⁻¹, from its last row to its first; then A⁻¹ = V·Vᵀ, of which row i adds up the columns of V from i on.
        double[] columns = new double[n * n];
        double[] row = new double[n];
        for (int i = n - 1; i >= 0; i--)
        {
            cancellation.ThrowIfCancellationRequested();
            row.AsSpan(i).Clear();
            for (int k = i + 1; k < n; k++)
            {
                AddMultiple(row.AsSpan(k, n - k), factor.AsSpan((k * n) + k, n - k), -factor[(i * n) + k]);
            }

            double pivot = factor[(i * n) + i];
            row[i] = 1;
            for (int k = i; k < n; k++)
            {
                row[k] /= pivot;
                columns[(k * n) + i] = row[k];
            }

            row.AsSpan(i, n - i).CopyTo(factor.AsSpan((i * n) + i));
        }

        double[] inverse = new double[n * n];
        Parallel.For(0, n, new ParallelOptions { CancellationToken = cancellation }, i =>
        {
            for (int k = i; k < n; k++)
            {
                AddMultiple(inverse.AsSpan(i * n, k + 1), columns.AsSpan(k * n, k + 1), columns[(k * n) + i]);
            }
        });
        return inverse;
    }

    /// <summary>Solves A·x = b in place.</summary>
    /// <param name="factor">R, as <see cref="Factor"/> gives it.</param>
    /// <param name="right">b, which becomes x.</param>
    public static void Solve(double[] factor, int n, Span<double> right)
    {
        for (int i = 0; i < n; i++)
        {
            right[i] /= factor[(i * n) + i];
            AddMultiple(right[(i + 1)..n], factor.AsSpan((i * n) + i + 1, n - i - 1), -right[i]);
        }

        for (int i = n - 1; i >= 0; i--)
        {
            double sum = right[i];
            for (int k = i + 1; k < n; k++)
            {
                sum -= factor[(i * n) + k] * right[k];
            }

            right[i] = sum / factor[(i * n) + i];
        }
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
