namespace ModelBuild.Compiler.LowRank;

/// <summary>The directions in which the columns of a matrix lie, the longest first: its left singular vectors.</summary>
/// <param name="Energies">Squared singular values, from the largest to the smallest.</param>
/// <param name="Vectors">A row for each, orthonormal where its energy is not negligible.</param>
internal sealed record SingularVectors(double[] Energies, double[] Vectors)
{
    /// <summary>Energy beside the largest that is nothing but rounding of float32 weights.</summary>
    private const double Negligible = 1e-12;

    /// <summary>How many have an energy that is not negligible.</summary>
    public int Rank { get; } = Energies.Count(e => e > Negligible * Energies[0]);

    /// <summary>Those of a matrix, by way of the smaller of M·Mᵀ and Mᵀ·M.</summary>
    /// <param name="matrix">[rows, columns].</param>
    public static SingularVectors Left(double[] matrix, int rows, int columns, CancellationToken cancellation)
    {
        if (rows <= columns)
        {
            (double[] values, double[] left) = SymmetricEigen.Of(MatrixProduct.BySelf(matrix, rows, columns), rows, cancellation);
            return new SingularVectors(Positive(values), left);
        }

        // M·v has the length of the singular value.
        double[] transposed = MatrixProduct.Transpose(matrix, rows, columns);
        (double[] energies, double[] right) = SymmetricEigen.Of(MatrixProduct.BySelf(transposed, columns, rows), columns, cancellation);
        double[] vectors = MatrixProduct.ByTransposed(right, matrix, columns, columns, rows);
        for (int k = 0; k < columns; k++)
        {
            double length = Math.Sqrt(Math.Max(energies[k], Negligible * Math.Max(energies[0], 0)));
            foreach (ref double element in vectors.AsSpan(k * rows, rows))
            {
                element = length > 0 ? element / length : 0;
            }
        }

        return new SingularVectors(Positive(energies), vectors);
    }

    /// <summary>Part of all energy that is lost where only so many vectors are kept.</summary>
    public double[] Tails()
    {
        double[] tails = new double[Energies.Length + 1];
        for (int k = Energies.Length - 1; k >= 0; k--)
        {
            tails[k] = tails[k + 1] + Energies[k];
        }

        double all = tails[0];
        return Array.ConvertAll(tails, t => all > 0 ? t / all : 0);
    }

    private static double[] Positive(double[] values) => Array.ConvertAll(values, v => Math.Max(v, 0));
}
