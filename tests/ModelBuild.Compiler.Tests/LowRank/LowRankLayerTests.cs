using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.LowRank;
using ModelBuild.Compiler.Pruning;

namespace ModelBuild.Compiler.Tests.LowRank;

/// <summary>What a layer loses against closed forms.</summary>
public sealed class LowRankLayerTests
{
    /// <summary>Without samples the squares of the singular values that are left out.</summary>
    [Theory]
    [InlineData(8, 16)]
    [InlineData(16, 16)]
    [InlineData(32, 16)]
    public void Loss_OfAMatrix_IsTheSumOfDiscardedSquaredSingularValues(int outputs, int inputs)
    {
        // Hadamard matrices are orthogonal.
        int least = Math.Min(outputs, inputs);
        double[] singular = [.. Enumerable.Range(0, least).Select(k => Math.Pow(0.7, k))];
        float[] weights = new float[outputs * inputs];
        for (int o = 0; o < outputs; o++)
        {
            for (int i = 0; i < inputs; i++)
            {
                weights[(o * inputs) + i] = (float)Enumerable.Range(0, least).Sum(k =>
                    singular[k] * Hadamard(o, k) * Hadamard(i, k) / Math.Sqrt(outputs * (double)inputs));
            }
        }

        var graph = new TestGraph();
        graph.Finish(graph.Node("Gemm", [graph.Input(inputs), graph.Constant(Tensor.Of(weights, outputs, inputs))], ("transB", 1L)));
        PrunableWeight weight = Assert.Single(PrunableWeights.Find(graph.Graph, new PruningOptions()));
        LayerWork work = LayerWork.Of(weight);
        var layer = new LowRankLayer(weight, work, null, false, CancellationToken.None);

        Assert.Equal(singular.Sum(s => s * s), layer.Signal, 1e-6);
        for (int rank = 1; rank < least; rank++)
        {
            LayerFactors factors = layer.Factor(new FactorRanks(inputs, rank));
            double noise = layer.Lost(factors.Product(work)).Noise;
            Assert.Equal(singular.Skip(rank).Sum(s => s * s), noise, 1e-6);
            Assert.Equal(rank * inputs, factors.Core.Length);
            Assert.Equal(rank * outputs, factors.Last!.Length);
        }
    }

    /// <summary>Work is counted by hand: 10 × 10 places read, 5 × 5 written.</summary>
    [Fact]
    public void Work_OfAStridedKernel_CountsPlacesBeforeAndAfterIt()
    {
        var g = new TestGraph();
        g.Finish(g.Conv(g.FixedInput(1, 12, 10, 10), 20, 3, stride: 2, pad: 1));
        LayerWork work = LayerWork.Of(PrunableWeights.Find(g.Graph, new PruningOptions())[0]);

        Assert.Equal(25 * 12 * 9 * 20, work.Macs);
        Assert.Equal((100 * 12 * 4) + (25 * 4 * 9 * 5) + (25 * 5 * 20), work.MacsOf(new FactorRanks(4, 5)));
        Assert.Equal((25 * 12 * 9 * 5) + (25 * 5 * 20), work.MacsOf(new FactorRanks(12, 5)));
        Assert.Equal((100 * 12 * 4) + (25 * 4 * 9 * 20), work.MacsOf(new FactorRanks(4, 20)));
        Assert.All(work.Within(0.4, 12, 20), r => Assert.True(work.MacsOf(r) <= 0.6 * work.Macs && work.Saves(r)));
        Assert.False(new LayerWork(2, 1, 2, 1, 1).CanSave);
    }

    /// <summary>
    /// Channels that are mixtures of eight signals need eight directions, whether the products of all taps are looked at or, beyond 1,152
    /// terms, those of the channels.
    /// </summary>
    [Theory]
    [InlineData(64)]
    [InlineData(136)]
    public void Kernel_OnMixturesOfEightSignals_LosesNothingWithEightChannels(int channels)
    {
        const int Signals = 8;
        const int Side = 7;
        const int Outputs = 40;
        var random = new Random(7);
        double[] mixture = [.. Enumerable.Range(0, channels * Signals).Select(_ => random.NextDouble() - 0.5)];
        Tensor[] samples = [.. Enumerable.Range(0, 24).Select(_ =>
        {
            double[] signals = [.. Enumerable.Range(0, Signals * Side * Side).Select(_ => random.NextDouble() - 0.5)];
            return Tensor.Of(
                [.. Enumerable.Range(0, channels * Side * Side).Select(i => (float)Enumerable.Range(0, Signals).Sum(k =>
                    mixture[(i / (Side * Side) * Signals) + k] * signals[(k * Side * Side) + (i % (Side * Side))]))],
                1, channels, Side, Side);
        })];
        var g = new TestGraph();
        g.Finish(g.Conv(g.FixedInput(1, channels, Side, Side), Outputs, 3));
        PrunableWeight weight = Assert.Single(PrunableWeights.Find(g.Graph, new PruningOptions()));
        LayerWork work = LayerWork.Of(weight);
        var layer = new LowRankLayer(weight, work, samples, isCentred: false, CancellationToken.None);

        // What the layer sees of samples are bytes: their rounding is all that is left.
        Assert.True(LostOf(Signals) < 1e-3, $"{LostOf(Signals)}");
        Assert.True(LostOf(Signals / 2) > 0.1, $"{LostOf(Signals / 2)}");

        // Of what the convolution gives for the samples, computed here.
        double LostOf(int rank)
        {
            float[] weights = weight.Value.Constant!.ToFloats();
            double[] product = layer.Factor(new FactorRanks(rank, Outputs)).Product(work);
            (double noise, double signal) = (0, 0);
            foreach (Tensor sample in samples.Take(2))
            {
                float[] x = sample.ToFloats();
                for (int place = 0; place < (Side - 2) * (Side - 2) * Outputs; place++)
                {
                    (int o, int at) = Math.DivRem(place, (Side - 2) * (Side - 2));
                    (double lost, double whole) = (0, 0);
                    for (int i = 0; i < channels * 9; i++)
                    {
                        (int channel, int tap) = Math.DivRem(i, 9);
                        float value = x[(((channel * Side) + (at / (Side - 2)) + (tap / 3)) * Side) + (at % (Side - 2)) + (tap % 3)];
                        double own = weights[(o * channels * 9) + i];
                        lost += (own - product[(((o * 9) + tap) * channels) + channel]) * value;
                        whole += own * value;
                    }

                    noise += lost * lost;
                    signal += whole * whole;
                }
            }

            return noise / signal;
        }
    }

    private static int Hadamard(int row, int column) =>
        (System.Numerics.BitOperations.PopCount((uint)(row & column)) & 1) == 0 ? 1 : -1;
}
