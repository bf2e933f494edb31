using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.LowRank;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Reports;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.LowRank;

/// <summary>What lower ranks do to means and ratios, by definition.</summary>
public sealed class LowRankLossTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>Added to the bias, the shift makes the mean of each output what it was.</summary>
    [Fact]
    public void Shift_OfALowerRank_IsWhatTheMeanLoses()
    {
        const int Inputs = 12, Outputs = 16, Places = 60;
        var g = new TestGraph();
        Graph graph = g.Finish(g.Gemm(g.Input(Inputs), Outputs));
        PrunableWeight weight = Assert.Single(PrunableWeights.Find(graph, new PruningOptions()));
        LayerWork work = LayerWork.Of(weight);
        Tensor sample = TestGraph.Inputs(graph, Places, seed: 3).Values.Single();
        var layer = new LowRankLayer(weight, work, [sample], isCentred: true, CancellationToken.None);

        double[] product = layer.Factor(new FactorRanks(Inputs, 3)).Product(work);
        float[] shift = layer.Lost(product).Shift;

        float[] weights = weight.Value.Constant!.ToFloats();
        float[] inputs = sample.ToFloats();
        for (int o = 0; o < Outputs; o++)
        {
            double lost = 0;
            for (int i = 0; i < inputs.Length; i++)
            {
                int place = (o * Inputs) + (i % Inputs);
                lost += (weights[place] - product[place]) * inputs[i] / Places;
            }

            // Inputs are known as codes of a byte.
            Assert.Equal(lost, shift[o], 0.01);
        }

        Assert.Contains(shift, s => Math.Abs(s) > 0.05);
    }

    /// <summary>
    /// Each singular value is 0.7 of the one before it: 8 of 32 keep 24.8 dB and half of the work, and the 6 that a further tenth leaves
    /// keep 18.6 dB only.
    /// </summary>
    [Fact]
    public void Ratio_WithoutSamples_SavesAsMuchAsItAllows()
    {
        const int Size = 32;
        float[] weights = new float[Size * Size];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = (float)Enumerable.Range(0, Size).Sum(k =>
                Math.Pow(0.7, k) * Hadamard(i / Size, k) * Hadamard(i % Size, k) / Size);
        }

        var g = new TestGraph();
        Graph graph = g.Finish(g.Node("Gemm", [g.Input(Size), g.Constant(Tensor.Of(weights, Size, Size))], ("transB", 1L)));
        CompileOptions options = CompiledFile.Options(_files.Write("model.onnx", OnnxExporter.Export(graph)), ModelMode.Fp32, []) with
        {
            LowRank = new LowRankOptions { MinSqnr = 20 },
        };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        ReportFactoredLayer layer = Assert.Single(model.LowRank!.Layers);
        Assert.Equal([8], layer.Ranks);
        Assert.Equal(-160 * Math.Log10(0.7), layer.Sqnr!.Value, 0.1);
    }

    private static int Hadamard(int row, int column) =>
        (System.Numerics.BitOperations.PopCount((uint)(row & column)) & 1) == 0 ? 1 : -1;
}
