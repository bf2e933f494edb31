using ModelBuild.Compiler.Clustering;

namespace ModelBuild.Compiler.Tests.Clustering;

public sealed class ManyNumbersTests
{
    /// <summary>More numbers than cells: what the cells have found is made exact, so that no step of k-means is left to take.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    public void Centres_OfManyNumbers_AreTheMeansOfWhatIsNearest(int count)
    {
        var random = new Random(count);
        float[] numbers = [.. Enumerable.Range(0, 20_000).Select(_ => (float)Math.Pow(random.NextDouble(), 3))];

        float[] centres = ScalarClusters.Of(numbers, null, count);

        Assert.Equal(count, centres.Length);
        foreach (IGrouping<float, float> nearest in numbers.GroupBy(n => centres.MinBy(c => Math.Abs((double)n - c))))
        {
            Assert.Equal(nearest.Average(n => (double)n), nearest.Key, 1e-6);
        }
    }
}
