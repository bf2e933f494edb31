using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public class InversionTests
{
    [Fact]
    public void Compute_RandomMatrices_GivesTheIdentityTimesThem()
    {
        var random = new Random(3);
        for (int size = 0; size <= 9; size++)
        {
            const int Count = 4;
            int length = size * size;
            double[] input = [.. Enumerable.Range(0, Count * length).Select(_ => random.NextDouble() - 0.5)];
            var output = new double[Count * length];

            Inversion.Compute<double>(Count, size, input, output, new byte[16 * length]);

            for (int i = 0; i < Count * length; i++)
            {
                (int first, int row, int column) = (i / length * length, i % length / size, i % size);
                double sum = Enumerable.Range(0, size).Sum(k => input[first + (row * size) + k] * output[first + (k * size) + column]);
                Assert.Equal(row == column ? 1 : 0, sum, 1e-9);
            }
        }
    }

    /// <summary>Zeros on the diagonal want other pivots; numbers whose determinant no float could hold do not matter.</summary>
    [Theory]
    [InlineData(new[] { 0f, 2, 4, 0 }, new[] { 0f, 0.25f, 0.5f, 0 })]
    [InlineData(new[] { 1e30f, 0, 0, 1e30f }, new[] { 1e-30f, 0, 0, 1e-30f })]
    [InlineData(new[] { 1e-30f, 0, 0, 1e-30f }, new[] { 1e30f, 0, 0, 1e30f })]
    public void Compute_SmallMatrix_GivesItsInverse(float[] matrix, float[] inverse)
    {
        var output = new float[4];

        Inversion.Compute<float>(1, 2, matrix, output, new byte[64]);

        Assert.Equal(inverse, output);
    }

    [Fact]
    public void Compute_SingularMatrix_GivesNothingFinite()
    {
        var output = new float[4];

        Inversion.Compute<float>(1, 2, [1, 2, 2, 4], output, new byte[64]);

        Assert.DoesNotContain(output, float.IsFinite);
    }

    [Fact]
    public void Compute_MemoryThatEnds_ReadsAndWritesNothingBehindIt()
    {
        using var input = new GuardedSpan<float>([0, 1, 2, 0, 3, 4, 7, 5, 6, 1, 0, 0, 0, 2, 0, 0, 0, 4]);
        using var output = new GuardedSpan<float>(18);
        using var scratch = new GuardedSpan<byte>(144);

        Inversion.Compute<float>(2, 3, input.Span, output.Span, scratch.Span);

        Assert.Equal([1, 0, 0, 0, 0.5f, 0, 0, 0, 0.25f], output.Span[9..].ToArray());
    }

    [Fact]
    public void Compute_WhatDoesNotFit_Throws()
    {
        Assert.Throws<ArgumentException>(() => Inversion.Compute<float>(1, 2, new float[3], new float[4], new byte[64]));
        Assert.Throws<ArgumentException>(() => Inversion.Compute<float>(1, 2, new float[4], new float[5], new byte[64]));
        Assert.Throws<ArgumentException>(() => Inversion.Compute<float>(1, 2, new float[4], new float[4], new byte[63]));
    }
}
