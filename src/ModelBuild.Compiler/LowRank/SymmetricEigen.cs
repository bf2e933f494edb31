using ModelBuild.Compiler.Quantization.Recovery;

namespace ModelBuild.Compiler.LowRank;

/// <summary>
/// Eigenvalues and eigenvectors of a symmetric matrix in float64: Householder reflections make it tridiagonal, implicit QL steps diagonal.
/// All sums have a fixed order and no product is fused with a sum, so that every processor and any number of threads finds the same.
/// </summary>
/// <remarks>
/// Libraries were considered: MathNet.Numerics would come into every build as one more assembly beside the tasks, and promises no fixed
/// order of sums.
/// </remarks>
internal static class SymmetricEigen
{
    /// <summary>What counts as zero beside its neighbours on the diagonal, and beside 1, the largest element of the matrix.</summary>
    private const double Epsilon = 2.2204460492503131e-16;

    /// <summary>QL steps for an eigenvalue; two are usual.</summary>
    private const int MostSteps = 100;

    /// <summary>Rows, or columns, that are worth a thread.</summary>
    private const int Chunk = 128;

    /// <summary>Decomposes a matrix.</summary>
    /// <param name="matrix">[n, n], symmetric and finite. Is used up.</param>
    /// <returns>
    /// Values from the largest to the smallest, and vectors of length 1, each a row of [n, n]. The first of the largest components of a
    /// vector is positive.
    /// </returns>
    /// <exception cref="ArithmeticException">The matrix is not finite.</exception>
    public static (double[] Values, double[] Vectors) Of(double[] matrix, int n, CancellationToken cancellation)
    {
        double scale = 0;
        foreach (double element in matrix)
        {
            scale = Math.Max(scale, Math.Abs(element));
        }

        if (!double.IsFinite(scale))
        {
            throw new ArithmeticException("A matrix with NaN or infinity has no eigenvalues.");
        }

        for (int i = 0; i < matrix.Length && scale > 0; i++)
        {
            matrix[i] /= scale;
        }

        double[] diagonal = new double[n];
        double[] beside = new double[n];
        double[] vectors = Tridiagonalize(matrix, n, diagonal, beside, cancellation);
        Diagonalize(vectors, n, diagonal, beside, cancellation);
        int[] order = [.. Enumerable.Range(0, n).OrderByDescending(i => diagonal[i]).ThenBy(i => i)];
        double[] sorted = new double[n * n];
        for (int k = 0; k < n; k++)
        {
            Span<double> row = sorted.AsSpan(k * n, n);
            vectors.AsSpan(order[k] * n, n).CopyTo(row);
            FixSign(row);
        }

        return ([.. order.Select(i => diagonal[i] * scale)], sorted);
    }

    private static void FixSign(Span<double> vector)
    {
        int largest = 0;
        for (int i = 1; i < vector.Length; i++)
        {
            largest = Math.Abs(vector[i]) > Math.Abs(vector[largest]) ? i : largest;
        }

        if (vector[largest] < 0)
        {
            foreach (ref double element in vector)
            {
                element = -element;
            }
        }
    }

    /// <summary>A = Q·T·Qᵀ.</summary>
    /// <returns>Qᵀ.</returns>
    private static double[] Tridiagonalize(double[] a, int n, double[] diagonal, double[] beside, CancellationToken cancellation)
    {
        // Reflection k is I − β·v·vᵀ with v in row k, right of the diagonal.
        double[] betas = new double[n];
        double[] w = new double[n];
        for (int k = 0; k < n - 2; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            int first = k + 1;
            int count = n - first;
            Memory<double> v = a.AsMemory((k * n) + first, count);
            double head = v.Span[0];
            double tail = MatrixProduct.Dot(v.Span[1..], v.Span[1..]);
            diagonal[k] = a[(k * n) + k];
            beside[k] = head;
            if (tail == 0)
            {
                continue;
            }

            double norm = Math.Sqrt((head * head) + tail);
            beside[k] = head > 0 ? -norm : norm;
            v.Span[0] = head - beside[k];
            double beta = 2 / ((v.Span[0] * v.Span[0]) + tail);
            betas[k] = beta;
            ForRows(first, n, row => w[row] = beta * MatrixProduct.Dot(a.AsSpan((row * n) + first, count), v.Span));
            double half = beta / 2 * MatrixProduct.Dot(w.AsSpan(first, count), v.Span);
            Cholesky.AddMultiple(w.AsSpan(first, count), v.Span, -half);
            ForRows(first, n, row =>
            {
                Span<double> target = a.AsSpan((row * n) + first, count);
                Cholesky.AddMultiple(target, w.AsSpan(first, count), -v.Span[row - first]);
                Cholesky.AddMultiple(target, v.Span, -w[row]);
            });
        }

        for (int k = Math.Max(n - 2, 0); k < n; k++)
        {
            diagonal[k] = a[(k * n) + k];
            beside[k] = k < n - 1 ? a[(k * n) + k + 1] : 0;
        }

        return Accumulate(a, n, betas, cancellation);
    }

    private static double[] Accumulate(double[] a, int n, double[] betas, CancellationToken cancellation)
    {
        double[] q = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            q[(i * n) + i] = 1;
        }

        double[] sum = new double[n];
        for (int k = n - 3; k >= 0; k--)
        {
            cancellation.ThrowIfCancellationRequested();
            if (betas[k] == 0)
            {
                continue;
            }

            int first = k + 1;
            int count = n - first;
            Array.Clear(sum);
            for (int i = first; i < n; i++)
            {
                Cholesky.AddMultiple(sum.AsSpan(first, count), q.AsSpan((i * n) + first, count), a[(k * n) + i]);
            }

            ForRows(first, n, i =>
                Cholesky.AddMultiple(q.AsSpan((i * n) + first, count), sum.AsSpan(first, count), -betas[k] * a[(k * n) + i]));
        }

        return MatrixProduct.Transpose(q, n, n);
    }

    /// <summary>Makes the diagonal the eigenvalues, and turns the rows of Qᵀ into their vectors.</summary>
    private static void Diagonalize(double[] vectors, int n, double[] d, double[] e, CancellationToken cancellation)
    {
        var rotations = new List<(int Row, double Cosine, double Sine)>();
        for (int l = 0; l < n; l++)
        {
            for (int step = 0; ; step++)
            {
                int m = l;
                while (m < n - 1 && Math.Abs(e[m]) > Epsilon * (1 + Math.Abs(d[m]) + Math.Abs(d[m + 1])))
                {
                    m++;
                }

                if (m == l)
                {
                    break;
                }

                if (step == MostSteps)
                {
                    throw new ArithmeticException("Eigenvalues were not found in as many steps as always suffice.");
                }

                cancellation.ThrowIfCancellationRequested();
                Sweep(d, e, l, m, rotations);
                Rotate(vectors, n, rotations);
                rotations.Clear();
            }
        }
    }

    /// <summary>An implicit QL step on the block from <paramref name="l"/> to <paramref name="m"/>, with Wilkinson's shift.</summary>
    private static void Sweep(double[] d, double[] e, int l, int m, List<(int Row, double Cosine, double Sine)> rotations)
    {
        double g = (d[l + 1] - d[l]) / (2 * e[l]);
        double root = Length(g, 1);
        g = d[m] - d[l] + (e[l] / (g + (g >= 0 ? root : -root)));
        double sine = 1;
        double cosine = 1;
        double p = 0;
        for (int i = m - 1; i >= l; i--)
        {
            double f = sine * e[i];
            double b = cosine * e[i];
            double r = Length(f, g);
            e[i + 1] = r;
            if (r == 0)
            {
                // The block falls apart here.
                d[i + 1] -= p;
                e[m] = 0;
                return;
            }

            sine = f / r;
            cosine = g / r;
            g = d[i + 1] - p;
            r = ((d[i] - g) * sine) + (2 * cosine * b);
            p = sine * r;
            d[i + 1] = g + p;
            g = (cosine * r) - b;
            rotations.Add((i, cosine, sine));
        }

        d[l] -= p;
        e[l] = g;
        e[m] = 0;
    }

    private static double Length(double x, double y)
    {
        double larger = Math.Max(Math.Abs(x), Math.Abs(y));
        double smaller = Math.Min(Math.Abs(x), Math.Abs(y));
        double ratio = larger == 0 ? 0 : smaller / larger;
        return larger * Math.Sqrt(1 + (ratio * ratio));
    }

    /// <summary>Turns neighbouring rows, a range of columns on each thread.</summary>
    private static void Rotate(double[] rows, int n, List<(int Row, double Cosine, double Sine)> rotations) =>
        Parallel.For(0, (n + Chunk - 1) / Chunk, chunk =>
        {
            int first = chunk * Chunk;
            int count = Math.Min(Chunk, n - first);
            foreach ((int row, double cosine, double sine) in rotations)
            {
                MatrixProduct.Rotate(
                    rows.AsSpan((row * n) + first, count), rows.AsSpan(((row + 1) * n) + first, count), cosine, sine);
            }
        });

    private static void ForRows(int first, int end, Action<int> run)
    {
        if (end - first > Chunk)
        {
            Parallel.For(first, end, run);
            return;
        }

        for (int row = first; row < end; row++)
        {
            run(row);
        }
    }
}
