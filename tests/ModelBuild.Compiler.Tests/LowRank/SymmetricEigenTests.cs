using ModelBuild.Compiler.LowRank;

namespace ModelBuild.Compiler.Tests.LowRank;

/// <summary>Eigenvalues against closed forms, and vectors against what they are defined by.</summary>
public sealed class SymmetricEigenTests
{
    /// <summary>The second difference of n points: 2 − 2·cos(kπ / (n + 1)).</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(17)]
    [InlineData(300)]
    public void Eigenvalues_OfTheSecondDifference_AreItsClosedForm(int n)
    {
        double[] matrix = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            matrix[(i * n) + i] = 2;
            if (i > 0)
            {
                matrix[(i * n) + i - 1] = matrix[((i - 1) * n) + i] = -1;
            }
        }

        (double[] values, _) = SymmetricEigen.Of(matrix, n, CancellationToken.None);

        for (int k = 0; k < n; k++)
        {
            Assert.Equal(2 - (2 * Math.Cos((n - k) * Math.PI / (n + 1))), values[k], 1e-12);
        }
    }

    [Theory]
    [InlineData(5, 5)]
    [InlineData(40, 40)]
    [InlineData(40, 7)]
    [InlineData(200, 30)]
    public void Vectors_AreOrthonormalAndMakeTheMatrix(int n, int rank)
    {
        var random = new Random(n + rank);
        double[] rows = [.. Enumerable.Range(0, n * rank).Select(_ => random.NextDouble() - 0.5)];
        double[] matrix = MatrixProduct.BySelf(rows, n, rank);

        (double[] values, double[] vectors) = SymmetricEigen.Of((double[])matrix.Clone(), n, CancellationToken.None);

        Assert.Equal(values.OrderDescending(), values);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                (double product, double sum) = (0, 0);
                for (int k = 0; k < n; k++)
                {
                    product += vectors[(i * n) + k] * vectors[(j * n) + k];
                    sum += values[k] * vectors[(k * n) + i] * vectors[(k * n) + j];
                }

                Assert.Equal(i == j ? 1 : 0, product, 1e-11);
                Assert.Equal(matrix[(i * n) + j], sum, 1e-10);
            }

            ReadOnlySpan<double> vector = vectors.AsSpan(i * n, n);
            Assert.True(System.Numerics.Tensors.TensorPrimitives.MaxMagnitude(vector) > 0);
        }
    }

    [Fact]
    public void Vectors_OfZerosAndOfTheIdentity_AreThoseOfTheAxes()
    {
        double[] zeros = new double[9];
        double[] identity = [1e-200, 0, 0, 0, 1e-200, 0, 0, 0, 1e-200];

        Assert.Equal([0.0, 0, 0], SymmetricEigen.Of(zeros, 3, CancellationToken.None).Values);
        (double[] values, double[] vectors) = SymmetricEigen.Of(identity, 3, CancellationToken.None);
        Assert.Equal([1e-200, 1e-200, 1e-200], values);
        Assert.Equal([1.0, 0, 0, 0, 1, 0, 0, 0, 1], vectors);
        Assert.Throws<ArithmeticException>(() => SymmetricEigen.Of([double.NaN], 1, CancellationToken.None));
    }
}
