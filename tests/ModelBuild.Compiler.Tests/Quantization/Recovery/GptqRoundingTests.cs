using ModelBuild.Compiler.Quantization.Recovery;

namespace ModelBuild.Compiler.Tests.Quantization.Recovery;

public sealed class GptqRoundingTests
{
    private const int Terms = 24;

    private const int Outputs = 70;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(24)]
    [InlineData(130)]
    public void Factor_TimesItself_IsTheMatrix(int n)
    {
        double[] matrix = Gram(n, n + 7, correlation: 0.7, seed: n);
        double[] factor = (double[])matrix.Clone();

        Assert.True(Cholesky.Factor(factor, n, CancellationToken.None));

        for (int i = 0; i < n; i++)
        {
            for (int j = i; j < n; j++)
            {
                double product = Enumerable.Range(0, i + 1).Sum(k => factor[(k * n) + i] * factor[(k * n) + j]);
                Assert.Equal(matrix[(i * n) + j], product, 1e-9 * matrix[(i * n) + i]);
            }
        }
    }

    [Fact]
    public void Factor_OfAMatrixThatIsNotPositive_IsNone() =>
        Assert.False(Cholesky.Factor([1, 2, 2, 1], 2, CancellationToken.None));

    /// <summary>Where inputs have nothing in common, no weight can make up for another.</summary>
    [Fact]
    public void Round_IndependentInputs_IsToTheNearest()
    {
        double[] gram = new double[Terms * Terms];
        for (int i = 0; i < Terms; i++)
        {
            gram[(i * Terms) + i] = 1 + (i % 5);
        }

        (float[] weights, float[] scales) = Weights();
        Assert.Equal(Nearest(weights, scales), Round(weights, scales, gram));
    }

    [Fact]
    public void Round_InputsThatAreAlwaysZero_ChangesNothing()
    {
        (float[] weights, float[] scales) = Weights();
        Assert.Equal(Nearest(weights, scales), Round(weights, scales, new double[Terms * Terms]));
    }

    /// <summary>Of two inputs that are always equal only the sum of their weights counts.</summary>
    [Fact]
    public void Round_EqualInputs_KeepsTheSumOfTheirWeights()
    {
        sbyte[] codes = Round([10.4f, 20.4f, -3.4f, -5.4f], [1, 1], [100, 100, 100, 100]);

        Assert.Equal(31, codes[0] + codes[1]);
        Assert.Equal(-9, codes[2] + codes[3]);
    }

    /// <summary>
    /// An input of 10 and one of a tenth of it: what the first loses by rounding, the second can make up for, and not the other way
    /// round.
    /// </summary>
    [Fact]
    public void Round_InputsOfDifferentSize_DecidesTheLargestFirst()
    {
        Assert.Equal([0, 1], Round([0.4f, 0.4f], [1], [100, 10, 10, 1]));
        Assert.Equal([1, 0], Round([0.4f, 0.4f], [1], [1, 10, 10, 100]));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.99)]
    public void Round_InputsThatVaryTogether_LosesLessThanTheNearest(double correlation)
    {
        double[] gram = Gram(Terms, 400, correlation, seed: 5);
        (float[] weights, float[] scales) = Weights();

        double rounded = Loss(weights, scales, Round(weights, scales, gram), gram);
        double nearest = Loss(weights, scales, Nearest(weights, scales), gram);

        Assert.InRange(rounded / nearest, 0, 1.02 - (0.6 * correlation));
    }

    [Fact]
    public void Round_LargestWeights_StayWithinTheCodes()
    {
        sbyte[] codes = Round([127.4f, 127.4f, -127.4f, -127.4f], [1, 1], [100, 99, 99, 100]);

        Assert.Equal([127, 127, -127, -127], codes);
    }

    private static sbyte[] Round(float[] weights, float[] scales, double[] gram)
    {
        short[] levels = Array.ConvertAll(Nearest(weights, scales), c => (short)c);
        GptqRounding.Round(
            weights, LevelGrid.Symmetric(scales), scales.Length, (double[])gram.Clone(), levels, CancellationToken.None);
        return Array.ConvertAll(levels, l => (sbyte)l);
    }

    private static sbyte[] Nearest(float[] weights, float[] scales)
    {
        int terms = weights.Length / scales.Length;
        return [.. weights.Select((w, i) => (sbyte)Math.Clamp(Math.Round(w / (double)scales[i / terms]), -127, 127))];
    }

    /// <summary>Σ over outputs of (w − q)ᵀ·H·(w − q).</summary>
    private static double Loss(float[] weights, float[] scales, sbyte[] codes, double[] gram)
    {
        int terms = weights.Length / scales.Length;
        double loss = 0;
        for (int o = 0; o < scales.Length; o++)
        {
            double[] errors = [.. Enumerable.Range(o * terms, terms).Select(i => weights[i] - ((double)codes[i] * scales[o]))];
            loss += Enumerable.Range(0, terms * terms).Sum(i => errors[i / terms] * gram[i] * errors[i % terms]);
        }

        return loss;
    }

    private static (float[] Weights, float[] Scales) Weights()
    {
        var random = new Random(3);
        float[] weights = [.. Enumerable.Range(0, Terms * Outputs).Select(_ => (random.NextSingle() * 2) - 1)];
        return (weights, [.. Enumerable.Range(0, Outputs).Select(o => 1f / (7 + (o % 90)))]);
    }

    /// <summary>Σ x·xᵀ of inputs that have a part in common.</summary>
    private static double[] Gram(int terms, int places, double correlation, int seed)
    {
        var random = new Random(seed);
        double[] gram = new double[terms * terms];
        for (int p = 0; p < places; p++)
        {
            double common = random.NextDouble() - 0.5;
            double[] x = [.. Enumerable.Range(0, terms)
                .Select(_ => (correlation * common) + ((1 - correlation) * (random.NextDouble() - 0.5)))];
            for (int i = 0; i < gram.Length; i++)
            {
                gram[i] += x[i / terms] * x[i % terms];
            }
        }

        return gram;
    }
}
