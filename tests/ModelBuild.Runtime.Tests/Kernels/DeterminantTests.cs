using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public class DeterminantTests
{
    [Fact]
    public void Compute_RandomMatrices_EqualsExpansionByRows()
    {
        var random = new Random(3);
        for (int size = 0; size <= 6; size++)
        {
            const int Count = 5;
            double[] input = [.. Enumerable.Range(0, Count * size * size).Select(_ => (double)random.Next(-4, 5))];
            var output = new double[Count];

            Determinant.Compute<double>(Count, size, input, output, new byte[8 * size * size]);

            for (int i = 0; i < Count; i++)
            {
                Assert.Equal(Expand(input[(i * size * size)..((i + 1) * size * size)], size), output[i], 1e-9);
            }
        }
    }

    [Fact]
    public void Compute_SingularMatrix_GivesZero()
    {
        var output = new float[1];

        Determinant.Compute<float>(1, 3, [0, 1, 2, 0, 3, 4, 0, 5, 6], output, new byte[72]);

        Assert.Equal(0, output[0]);
    }

    [Fact]
    public void Compute_WhatDoesNotFit_Throws()
    {
        Assert.Throws<ArgumentException>(() => Determinant.Compute<float>(1, 2, new float[3], new float[1], new byte[32]));
        Assert.Throws<ArgumentException>(() => Determinant.Compute<float>(1, 2, new float[4], new float[2], new byte[32]));
        Assert.Throws<ArgumentException>(() => Determinant.Compute<float>(1, 2, new float[4], new float[1], new byte[31]));
    }

    private static double Expand(double[] matrix, int size)
    {
        double sum = size == 0 ? 1 : 0;
        for (int column = 0; column < size; column++)
        {
            double[] minor = [.. Enumerable.Range(0, size * size).Where(i => i / size > 0 && i % size != column).Select(i => matrix[i])];
            sum += (column % 2 == 0 ? 1 : -1) * matrix[column] * Expand(minor, size - 1);
        }

        return sum;
    }
}
