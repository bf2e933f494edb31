using ModelBuild.Compiler.Clustering;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Clustering;

/// <summary>Mode fp16 rounds a weight to either of two halves, so that sums keep their size: values have to be halves before.</summary>
public sealed class ClusteredHalvesTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    public void Values_StoredAsHalves_AreAsManyAsInTheReport(int samples)
    {
        var g = new TestGraph();
        Value x = g.Node("Relu", g.Conv(g.FixedInput(1, 4, 6, 6), 16, 3));
        Graph graph = g.Finish(g.Conv(x, 24, 3));
        string[] calibration =
            [.. Enumerable.Range(0, samples).Select(i => _files.Write($"{i}.npz", NumpyFile.Npz(TestGraph.Inputs(graph, 1, seed: i + 1))))];
        CompileOptions options =
            CompiledFile.Options(_files.Write("model.onnx", OnnxExporter.Export(graph)), ModelMode.Fp16, calibration) with
            {
                Clustering = new ClusteringOptions { Clusters = 8 },
            };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        IEnumerable<Tensor> constants = model.Portable.Values().Select(v => v.Constant).OfType<Tensor>();
        Tensor[] halves = [.. constants.Where(t => t is { Type: DataType.Float16, Rank: 4 })];
        Assert.Equal(2, halves.Length);
        Assert.All(halves, t => Assert.Equal(8, t.ToFloats().Distinct().Count()));
        Assert.All(model.Clustering!.Layers, l => Assert.Equal(8, l.Values));
    }

    /// <summary>A half can be neither as large nor as small as some weights: they stay what they are, and float32.</summary>
    [Theory]
    [InlineData(1e6f)]
    [InlineData(1e-12f)]
    public void Values_BeyondHalves_StayFiniteAndNotZero(float scale)
    {
        var g = new TestGraph();
        float[] weights = [.. Enumerable.Range(0, 16 * 32).Select(i => scale * (1 + (i % 37)))];
        Graph graph = g.Finish(g.Node("Gemm", [g.Input(32), g.Constant(Tensor.Of(weights, 16, 32))], ("transB", 1L)));
        CompileOptions options = CompiledFile.Options(_files.Write("model.onnx", OnnxExporter.Export(graph)), ModelMode.Fp16, []) with
        {
            Clustering = new ClusteringOptions { Clusters = 8 },
        };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        float[] values = Assert.Single(ClusteredWeights.Find(model.Portable)).Value.Constant!.ToFloats();
        Assert.Equal(8, values.Distinct().Count());
        Assert.All(values, v => Assert.InRange(v, scale, 40 * scale));
    }
}
