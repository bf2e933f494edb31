using ModelBuild.Compiler.Pruning;

namespace ModelBuild.Compiler.Tests.Pruning;

public sealed class AdaptiveMasksTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(0.75)]
    [InlineData(0.95)]
    public void Masks_OfThreeLayers_AreThoseOfTheDefinition(double sparsity)
    {
        var random = new Random(5);
        (float[] Weights, WeightLayout Layout)[] layers =
            [Layer(random, 6, 4, 0.1), Layer(random, 20, 30, 3), Layer(random, 3, 20, 1)];

        bool[][] masks = AdaptiveMasks.Of(layers, SparsityPattern.Unstructured, sparsity);

        Assert.Equal(ByDefinition([.. layers.Select(l => l.Weights)], sparsity), masks);
        int all = layers.Sum(l => l.Weights.Length);
        Assert.Equal((int)Math.Round(sparsity * all), masks.Sum(m => m.Count(kept => !kept)));
    }

    [Fact]
    public void Masks_OfASmallLayerAndALargeOne_KeepMoreOfTheSmallOneWhateverItsScale()
    {
        var random = new Random(1);
        (float[] Weights, WeightLayout Layout)[] layers = [Layer(random, 8, 9, 0.001), Layer(random, 64, 72, 10)];

        bool[][] masks = AdaptiveMasks.Of(layers, SparsityPattern.Unstructured, 0.9);

        Assert.InRange(masks[0].Count(kept => kept) / 72.0, 0.3, 1);
        Assert.InRange(masks[1].Count(kept => kept) / (64 * 72.0), 0.05, 0.11);
    }

    [Fact]
    public void Masks_OfTheWeightsThatAreLeft_AreTheSame()
    {
        var random = new Random(2);
        (float[] Weights, WeightLayout Layout)[] layers = [Layer(random, 8, 12, 1), Layer(random, 16, 12, 2)];
        bool[][] first = AdaptiveMasks.Of(layers, SparsityPattern.Blocks(2, 4), 0.5);
        for (int i = 0; i < layers.Length; i++)
        {
            layers[i].Weights = [.. layers[i].Weights.Zip(first[i], (w, kept) => kept ? w : 0)];
        }

        Assert.Equal(first, AdaptiveMasks.Of(layers, SparsityPattern.Blocks(2, 4), 0.5));
    }

    [Fact]
    public void Masks_OfAllWeights_LeaveNothing() => Assert.All(
        AdaptiveMasks.Of([([1, 2, 0, 3], WeightLayout.Matrix(2, 2)), ([1], WeightLayout.Matrix(1, 1))], SparsityPattern.Unstructured, 1),
        mask => Assert.DoesNotContain(true, mask));

    /// <summary>
    /// Removes one weight after the other: of all layers the one whose part of the squares that its layer has left is least.
    /// </summary>
    private static bool[][] ByDefinition(float[][] layers, double sparsity)
    {
        bool[][] masks = [.. layers.Select(l => Array.ConvertAll(l, _ => true))];
        int count = (int)Math.Round(sparsity * layers.Sum(l => l.Length));
        for (int removed = 0; removed < count; removed++)
        {
            (int layer, int place, _) = layers.SelectMany((l, i) =>
            {
                double left = l.Where((_, k) => masks[i][k]).Sum(w => (double)w * w);
                return l.Index().Where(w => masks[i][w.Index]).Select(w => (i, w.Index, Part: (double)w.Item * w.Item / left));
            }).MinBy(w => w.Part);
            masks[layer][place] = false;
        }

        return masks;
    }

    private static (float[] Weights, WeightLayout Layout) Layer(Random random, int outputs, int inputs, double scale) =>
        ([.. Enumerable.Range(0, outputs * inputs).Select(_ => (float)((random.NextDouble() - 0.5) * scale))],
            WeightLayout.Matrix(outputs, inputs));
}
