using ModelBuild.Compiler.Quantization.Recovery;

namespace ModelBuild.Compiler.Tests.Quantization.Recovery;

public sealed class AdaptiveRoundingTests
{
    private const int Terms = 24;

    private const int Outputs = 12;

    /// <summary>Where inputs have nothing in common, no weight can make up for another.</summary>
    [Fact]
    public void Round_IndependentInputs_IsToTheNearest()
    {
        double[] gram = new double[Terms * Terms];
        for (int i = 0; i < Terms; i++)
        {
            gram[(i * Terms) + i] = 1;
        }

        Assert.Equal(Nearest(), Round(Nearest(), gram));
    }

    [Fact]
    public void Round_InputsThatAreAlwaysZero_ChangesNothing() => Assert.Equal(Nearest(), Round(Nearest(), new double[Terms * Terms]));

    /// <summary>Weights go up or down, never further, and no output is worse than it was.</summary>
    [Theory]
    [InlineData(0.5, 0.9)]
    [InlineData(0.9, 0.6)]
    [InlineData(0.99, 0.4)]
    public void Round_InputsThatVaryTogether_LosesLessThanTheNearest(double correlation, double part)
    {
        double[] gram = Gram(correlation);
        short[] nearest = Nearest();

        short[] rounded = Round(nearest, gram);

        (float[] weights, LevelGrid grid) = Weights();
        double[] before = Losses(nearest);
        double[] after = Losses(rounded);
        Assert.All(before.Zip(after), p => Assert.InRange(p.Second, 0, p.First));
        Assert.InRange(after.Sum() / before.Sum(), 0, part);
        Assert.All(
            Enumerable.Range(0, rounded.Length),
            i => Assert.InRange(Math.Abs(rounded[i] - (weights[i] / grid.At(i / Terms, i % Terms).Step)), 0, 1.0001));

        double[] Losses(short[] levels) =>
        [
            .. Enumerable.Range(0, Outputs).Select(o => AdaptiveRounding.Error(
                weights.AsSpan(o * Terms, Terms), grid.Part(o, 0), levels.AsSpan(o * Terms, Terms), gram)),
        ];
    }

    /// <summary>What is better than any rounding up or down stays.</summary>
    [Fact]
    public void Round_LevelsThatAreBetter_AreKept()
    {
        double[] gram = Gram(0.99);
        (float[] weights, LevelGrid grid) = Weights();
        short[] better = Nearest();
        GptqRounding.Round(weights, grid, Outputs, (double[])gram.Clone(), better, CancellationToken.None);

        short[] rounded = Round(better, gram);

        for (int o = 0; o < Outputs; o++)
        {
            Assert.True(Loss(rounded, o) <= Loss(better, o));
        }

        double Loss(short[] levels, int o) => AdaptiveRounding.Error(
            weights.AsSpan(o * Terms, Terms), grid.Part(o, 0), levels.AsSpan(o * Terms, Terms), gram);
    }

    [Fact]
    public void Round_LargestWeights_StayWithinTheCodes()
    {
        short[] levels = [127, 127, -127, -127];
        AdaptiveRounding.Round(
            new[] { 127.4f, 127.4f, -127.4f, -127.4f }, LevelGrid.Symmetric([1, 1]), 2, [100, 99, 99, 100], levels, CancellationToken.None);

        Assert.All(levels, l => Assert.InRange(l, -127, 127));
    }

    /// <summary>A pruned model keeps its zeros, even where a weight could make up for others.</summary>
    [Fact]
    public void Round_WeightsThatAreZero_StayZero()
    {
        float[] weights = [0.45f, 0, 0.45f, 0, 0.45f, 0, 0.45f, 0];
        double[] gram = [.. Enumerable.Range(0, 64).Select(i => i / 8 == i % 8 ? 1 : 0.999)];
        short[] levels = new short[8];

        AdaptiveRounding.Round(weights, LevelGrid.Symmetric([1]), 1, gram, levels, CancellationToken.None);

        Assert.Equal(2, levels.Sum(l => l));
        Assert.All(Enumerable.Range(0, 4), i => Assert.Equal(0, levels[(2 * i) + 1]));
    }

    [Fact]
    public void Round_Cancelled_Stops()
    {
        (float[] weights, LevelGrid grid) = Weights();

        Assert.ThrowsAny<OperationCanceledException>(
            () => AdaptiveRounding.Round(weights, grid, Outputs, Gram(0.5), Nearest(), new CancellationToken(true)));
    }

    private static short[] Round(short[] levels, double[] gram)
    {
        (float[] weights, LevelGrid grid) = Weights();
        short[] rounded = (short[])levels.Clone();
        AdaptiveRounding.Round(weights, grid, Outputs, gram, rounded, CancellationToken.None);
        return rounded;
    }

    private static short[] Nearest()
    {
        (float[] weights, LevelGrid grid) = Weights();
        return [.. weights.Select((w, i) => (short)Math.Clamp(Math.Round(w / (double)grid.At(i / Terms, i % Terms).Step), -127, 127))];
    }

    private static (float[] Weights, LevelGrid Grid) Weights()
    {
        var random = new Random(3);
        float[] weights = [.. Enumerable.Range(0, Terms * Outputs).Select(_ => (random.NextSingle() * 2) - 1)];
        return (weights, LevelGrid.Symmetric([.. Enumerable.Range(0, Outputs).Select(o => 1f / (7 + (9 * o)))]));
    }

    /// <summary>Σ x·xᵀ of inputs that have a part in common.</summary>
    private static double[] Gram(double correlation)
    {
        var random = new Random(5);
        double[] gram = new double[Terms * Terms];
        for (int place = 0; place < 400; place++)
        {
            double common = Gaussian();
            double[] x =
            [
                .. Enumerable.Range(0, Terms).Select(
                    _ => (Math.Sqrt(correlation) * common) + (Math.Sqrt(1 - correlation) * Gaussian())),
            ];
            for (int i = 0; i < gram.Length; i++)
            {
                gram[i] += x[i / Terms] * x[i % Terms];
            }
        }

        return gram;

        double Gaussian() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }
}
