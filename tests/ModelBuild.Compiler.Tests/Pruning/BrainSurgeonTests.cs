using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Quantization.Recovery;

namespace ModelBuild.Compiler.Tests.Pruning;

public sealed class BrainSurgeonTests
{
    private const int Terms = 9;

    /// <summary>Of two inputs of which one is always twice the other, either weight can do the work of both.</summary>
    [Fact]
    public void Compensate_OfAnInputThatAnotherIsAMultipleOf_LosesNothing()
    {
        // x₁ = 2·x₀, x₂ has nothing to do with them.
        double[] gram = [1, 2, 0, 2, 4 + 1e-9, 0, 0, 0, 1];
        double[] weights = [3, 5, 7];

        BrainSurgeon.Compensate([weights], gram, [true, false, false], CancellationToken.None);

        Assert.Equal(0, weights[0]);
        Assert.Equal(6.5, weights[1], 1e-6);
        Assert.Equal(7, weights[2], 1e-9);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Run_OfUnitsOfAnySize_RemovesFirstWhatCostsLeastAndSaysHowMuch(int size)
    {
        double[] gram = Gram(seed: size);
        double[][] rows = [Random(1), Random(2)];
        int[][] units = [.. Enumerable.Range(0, Terms / size).Select(u => Enumerable.Range(u * size, size).ToArray())];

        (int[] order, double[] losses) = BrainSurgeon.Run(rows, Inverse(gram), units, [], most: 0, CancellationToken.None);

        // The cost of every single unit and of the first two, by solving the normal equations.
        double[] single = [.. units.Select(u => Cost(rows, gram, u))];
        Assert.Equal(Array.IndexOf(single, single.Min()), order[0]);
        Assert.Equal(single.Min(), losses[0], 1e-9);
        double[] second = [.. units.Select(u => u == units[order[0]] ? double.MaxValue : Cost(rows, gram, [.. units[order[0]], .. u]))];
        Assert.Equal(Array.IndexOf(second, second.Min()), order[1]);
        Assert.Equal(second.Min(), losses[0] + losses[1], 1e-9);

        // In the end nothing is left: the cost is all that the sums gave, however the matrix was cut down on the way.
        Assert.Equal(Enumerable.Range(0, units.Length), order.Order());
        Assert.Equal(rows.Sum(r => Energy(r, gram)), losses.Sum(), 1e-8);
    }

    /// <summary>What costs the same goes in the order in which it stands, as where nothing is known of the inputs.</summary>
    [Fact]
    public void Run_OfUnitsThatCostTheSame_TakesTheFirst()
    {
        double[] identity = [.. Enumerable.Range(0, Terms * Terms).Select(i => i % (Terms + 1) == 0 ? 1.0 : 0)];
        int[][] units = [.. Enumerable.Range(0, Terms).Select(t => new[] { t })];
        double[] row = [.. Enumerable.Range(0, Terms).Select(t => t % 2 == 0 ? 0.5 : -0.5)];

        (int[] order, double[] losses) = BrainSurgeon.Run([row], identity, units, [], most: 0, CancellationToken.None);

        Assert.Equal(Enumerable.Range(0, Terms), order);
        Assert.All(losses, l => Assert.Equal(0.25, l));
    }

    [Fact]
    public void Run_OfFamilies_TakesTwoOfEach()
    {
        int[][] units = [.. Enumerable.Range(0, 8).Select(t => new[] { t })];
        double[] gram = Gram(seed: 4);

        (int[] order, _) = BrainSurgeon.Run(
            [Random(5)], Inverse(gram), units, [.. units.Select(u => u[0] / 4)], most: 2, CancellationToken.None);

        Assert.Equal([0, 0, 1, 1], order.Select(u => u / 4).Order());
    }

    [Fact]
    public void Inverse_TimesTheMatrix_IsOne()
    {
        double[] gram = Gram(seed: 6);
        double[] inverse = Inverse(gram);
        for (int i = 0; i < Terms; i++)
        {
            for (int j = 0; j < Terms; j++)
            {
                double product = Enumerable.Range(0, Terms).Sum(k => gram[(i * Terms) + k] * inverse[(k * Terms) + j]);
                Assert.Equal(i == j ? 1 : 0, product, 1e-9);
            }
        }
    }

    /// <summary>Zeros of weights are in the order of their cost, over all rows.</summary>
    [Fact]
    public void RemovalOrder_OfSeveralStrands_TakesTheCheapestNext()
    {
        var order = new RemovalOrder([([4, 2], [1, 5]), ([7, 8, 9], [2, 3, 9])]);

        Assert.Equal(5, order.Units);
        Assert.Equal([[4], [7, 8]], order.First(3).Select(s => s.ToArray()));
        Assert.Equal([[4, 2], [7, 8]], order.First(4).Select(s => s.ToArray()));
    }

    /// <summary>What cannot be made up for with some terms at zero.</summary>
    private static double Cost(double[][] rows, double[] gram, int[] zeros)
    {
        double[][] compensated = [.. rows.Select(r => (double[])r.Clone())];
        bool[] isZero = [.. Enumerable.Range(0, Terms).Select(zeros.Contains)];
        BrainSurgeon.Compensate(compensated, gram, isZero, CancellationToken.None);
        foreach (double[] row in compensated)
        {
            // At the best weights no change of one that is left makes the error smaller.
            double[] change = [.. row.Zip(rows[Array.IndexOf(compensated, row)], (v, w) => w - v)];
            for (int t = 0; t < Terms; t++)
            {
                double slope = Enumerable.Range(0, Terms).Sum(k => gram[(t * Terms) + k] * change[k]);
                Assert.Equal(0, isZero[t] ? row[t] : slope, 1e-8);
            }
        }

        return rows.Zip(compensated, (w, v) => Energy([.. w.Zip(v, (a, b) => a - b)], gram)).Sum();
    }

    private static double Energy(double[] row, double[] gram)
    {
        double sum = 0;
        for (int i = 0; i < Terms; i++)
        {
            for (int j = 0; j < Terms; j++)
            {
                sum += row[i] * gram[(i * Terms) + j] * row[j];
            }
        }

        return sum;
    }

    private static double[] Inverse(double[] gram)
    {
        double[] factor = (double[])gram.Clone();
        Assert.True(Cholesky.Factor(factor, Terms, CancellationToken.None));
        return Cholesky.Inverse(factor, Terms, CancellationToken.None);
    }

    /// <summary>Σ x·xᵀ of inputs that have much in common.</summary>
    private static double[] Gram(int seed)
    {
        var random = new Random(seed);
        double[] gram = new double[Terms * Terms];
        for (int place = 0; place < 40; place++)
        {
            double common = random.NextDouble();
            double[] x = [.. Enumerable.Range(0, Terms).Select(_ => common + random.NextDouble())];
            for (int i = 0; i < gram.Length; i++)
            {
                gram[i] += x[i / Terms] * x[i % Terms];
            }
        }

        return gram;
    }

    private static double[] Random(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Terms).Select(_ => random.NextDouble() - 0.5)];
    }
}
