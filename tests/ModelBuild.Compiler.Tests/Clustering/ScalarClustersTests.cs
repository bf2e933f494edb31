using ModelBuild.Compiler.Clustering;

namespace ModelBuild.Compiler.Tests.Clustering;

public sealed class ScalarClustersTests
{
    /// <summary>Against all ways to cut a few numbers into ranges.</summary>
    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public void Centres_OfFewNumbers_AreTheBestOfAll(int count, bool isWeighted)
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            float[] numbers = [.. Enumerable.Range(0, 13).Select(_ => (float)Math.Round(random.NextDouble() * 6 - 2, seed % 2))];
            float[]? weights = isWeighted ? [.. numbers.Select(_ => (float)random.NextDouble() + 0.01f)] : null;

            float[] centres = ScalarClusters.Of(numbers, weights, count);

            Assert.True(centres.Length <= count);
            Assert.Equal(centres.Order(), centres);
            Assert.Equal(Best(numbers, weights, count), Cost(numbers, weights, centres), 1e-5);
        }
    }

    /// <summary>Many numbers in groups: cells are no coarser than what has to be told apart.</summary>
    [Fact]
    public void Centres_OfManyNumbersInGroups_AreTheMeansOfTheGroups()
    {
        var random = new Random(3);
        double[] middles = [-40, -1, -0.98, 0.5, 0.52, 3];
        float[] numbers = [.. Enumerable.Range(0, 60_000).Select(i => (float)(middles[i % 6] + ((random.NextDouble() - 0.5) / 200)))];

        float[] centres = ScalarClusters.Of(numbers, null, 6);

        for (int i = 0; i < 6; i++)
        {
            Assert.Equal(middles[i], centres[i], 2e-4);
        }
    }

    /// <summary>A range of width w with k values loses w² / (12·k²) on each of evenly spread numbers.</summary>
    [Theory]
    [InlineData(16)]
    [InlineData(256)]
    public void Loss_OfEvenlySpreadNumbers_IsThatOfEqualSteps(int count)
    {
        float[] numbers = [.. Enumerable.Range(0, 100_000).Select(i => i / 100_000f)];

        float[] centres = ScalarClusters.Of(numbers, null, count);

        Assert.Equal(1.0 / (12.0 * count * count), Cost(numbers, null, centres) / numbers.Length, 0.02 / (12.0 * count * count));
    }

    [Fact]
    public void Centres_OfAsManyNumbersAsAskedFor_AreThese()
    {
        Assert.Equal([-1f, 0.25f, 7f], ScalarClusters.Of([7, -1, 0.25f, 7, -1], null, 3));
        Assert.Empty(ScalarClusters.Of([], null, 3));
        Assert.Equal([0, 0, 1, 2, 2], ((float[])[-9, -0.4f, 0.4f, 7, 3.7f]).Select(v => ScalarClusters.Nearest([-1, 0.25f, 7], v)));
    }

    private static double Cost(float[] numbers, float[]? weights, float[] centres) =>
        numbers.Select((n, i) => (weights?[i] ?? 1) * centres.Min(c => Math.Pow((double)n - c, 2))).Sum();

    private static double Best(float[] numbers, float[]? weights, int count)
    {
        (float Number, double Weight)[] sorted = [.. numbers.Select((n, i) => (n, (double)(weights?[i] ?? 1))).OrderBy(p => p.n)];
        return Rest(0, count);

        double Rest(int from, int left)
        {
            if (from == sorted.Length)
            {
                return 0;
            }

            return left == 0 ? double.PositiveInfinity
                : Enumerable.Range(from + 1, sorted.Length - from).Min(to =>
                {
                    (float Number, double Weight)[] own = sorted[from..to];
                    double mean = own.Sum(p => p.Weight * p.Number) / own.Sum(p => p.Weight);
                    return own.Sum(p => p.Weight * Math.Pow(p.Number - mean, 2)) + Rest(to, left - 1);
                });
        }
    }
}
