using ModelBuild.Compiler.Pruning;

namespace ModelBuild.Compiler.Tests.Pruning;

public sealed class SparsitySharesTests
{
    [Fact]
    public void Shares_OfALayerThatCostsNothing_GoThereFirst()
    {
        double[] shares = SparsityShares.Of(
            [(100, [(0.5, 1.0), (0.9, 4.0)]), (100, [(0.5, 0.01), (0.9, 0.05)])], target: 0.5);

        // 0.9 of the second, and the rest of the first.
        Assert.Equal([0.1, 0.9], shares.Select(s => Math.Round(s, 12)));
    }

    [Fact]
    public void Shares_OfLayersOfDifferentSizes_MakeTheZerosThatAreAskedFor()
    {
        (long Weights, (double, double)[] Points)[] layers =
        [
            (1000, [(0.25, 0.001), (0.5, 0.004), (0.75, 0.02)]), (50, [(0.25, 0.0001), (0.5, 0.0004), (0.75, 0.03)]),
            (300, [(0.25, 0.1), (0.5, 0.2), (0.75, 0.9)]),
        ];

        double[] shares = SparsityShares.Of(layers, 0.6);

        Assert.Equal(0.6 * 1350, shares.Zip(layers, (s, l) => s * l.Weights).Sum(), 1e-6);
        Assert.All(shares, s => Assert.InRange(s, 0, 0.75));
    }

    /// <summary>Where more zeros are measured to cost less, what is between them is of no interest.</summary>
    [Fact]
    public void Shares_OfNoiseThatIsNotConvex_TakeItsHull() => Assert.Equal(
        [0.5, 0],
        SparsityShares.Of([(10, [(0.25, 1.0), (0.5, 0.1)]), (10, [(0.25, 0.5), (0.5, 2.0)])], target: 0.25));

    /// <summary>Noise for each weight counts: a large layer gives more zeros for the same noise.</summary>
    [Fact]
    public void Shares_OfLayersOfTheSameNoise_AreTakenFromTheLargerOneFirst() => Assert.Equal(
        [0, 0.5], SparsityShares.Of([(10, [(0.5, 1.0)]), (1000, [(0.5, 1.0)])], target: 500 / 1010.0).Select(s => Math.Round(s, 12)));

    /// <summary>In a small layer two sparsities that are tried may be the same number of weights.</summary>
    [Fact]
    public void Shares_OfPointsThatWereMeasuredTwice_TakeTheHullAllTheSame() => Assert.Equal(
        [0.75, 0],
        SparsityShares.Of(
            [(8, [(0.5, 1.0), (0.5, 1.0), (0.75, 0.9)]), (8, [(0.5, 3.0)])], target: 0.375).Select(s => Math.Round(s, 12)));
}
