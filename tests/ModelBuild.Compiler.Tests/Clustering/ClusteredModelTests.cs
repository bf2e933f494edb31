using ModelBuild.Compiler.Clustering;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Clustering;

/// <summary>From an item's words to the file: how many values weights have, and which.</summary>
public sealed class ClusteredModelTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(2, 0)]
    [InlineData(16, 0)]
    [InlineData(16, 24)]
    public void Layers_HaveNoMoreValues_AndKeepTheirZeros(int clusters, int samples)
    {
        CompileOptions options = Written(Network(), ModelMode.Fp32, samples) with
        {
            Clustering = new ClusteringOptions { Clusters = clusters }, Pruning = new PruningOptions { Sparsity = 0.5 },
        };

        using CompiledModel model = ModelCompiler.CompileModel(options);
        using CompiledModel sparse = ModelCompiler.CompileModel(options with { Clustering = new ClusteringOptions() });

        Value[] weights = [.. ClusteredWeights.Find(model.Portable).Select(w => w.Value)];
        Value[] before = [.. ClusteredWeights.Find(sparse.Portable).Select(w => w.Value)];
        Assert.Equal(6, weights.Length);
        foreach ((Value clustered, Value pruned) in weights.Zip(before))
        {
            float[] values = clustered.Constant!.ToFloats();
            Assert.InRange(values.Distinct().Count(), 2, clusters);
            Assert.Equal(pruned.Constant!.ToFloats().Select(v => v == 0), values.Select(v => v == 0));
        }
    }

    /// <summary>Rounded to halves, values stay as few.</summary>
    [Fact]
    public void Layers_StoredAsHalves_HaveNoMoreValues()
    {
        CompileOptions options = Written(Network(), ModelMode.Fp16, 0) with { Clustering = new ClusteringOptions { Clusters = 8 } };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        IEnumerable<Tensor> constants = model.Portable.Values().Select(v => v.Constant).OfType<Tensor>();
        Tensor[] halves = [.. constants.Where(t => t is { Type: DataType.Float16, Rank: > 1 })];
        Assert.InRange(halves.Length, 5, 6);
        Assert.All(halves, t => Assert.InRange(t.ToFloats().Distinct().Count(), 2, 8));
        Assert.Empty(model.Findings);
    }

    /// <summary>16 values are numbers of 4 bits and a palette, unless the item says that weights are not stored coded.</summary>
    [Fact]
    public void Layers_OfFewValues_AreStoredAsTheirNumbers()
    {
        var g = new TestGraph();
        Graph graph = g.Finish(g.Gemm(g.Input(256), 64));
        CompileOptions options = Written(graph, ModelMode.Fp32, 0) with { Clustering = new ClusteringOptions { Clusters = 16 } };

        using CompiledModel coded = ModelCompiler.CompileModel(options);
        using CompiledModel plain = ModelCompiler.CompileModel(options with { Compress = false });

        Assert.InRange(plain.Compiled.Weights.Length, 256 * 64 * 4, 256 * 66 * 4);
        Assert.InRange(coded.Compiled.Weights.Length, 256 * 64 / 4, (256 * 64 / 2) + 2048);
    }

    /// <summary>Weights that are multiplied with more count for more: the outputs lose less than without samples.</summary>
    [Fact]
    public void Samples_ShowWhichWeightsMatter()
    {
        var g = new TestGraph();
        Value x = g.Input(32);
        float[] sizes = [.. Enumerable.Range(0, 32).Select(i => i % 4 == 0 ? 1f : 0.01f)];
        Graph graph = g.Finish(g.Node(
            "Gemm", [g.Node("Sigmoid", g.Node("Mul", [x, g.Constant(Tensor.Of(sizes, 32))])), g.Weights(16, 32)], ("transB", 1L)));
        CompileOptions options = Written(graph, ModelMode.Fp32, 64) with { Clustering = new ClusteringOptions { Clusters = 8 } };

        using CompiledModel seen = ModelCompiler.CompileModel(options);
        using CompiledModel blind = ModelCompiler.CompileModel(options with { CalibrationFiles = [] });

        double noise = ChangedModels.Noise(graph, seen);
        double blindly = ChangedModels.Noise(graph, blind);
        Assert.True(noise < blindly / 2, $"{noise} {blindly}");
    }

    [Fact]
    public void Model_WithFewValues_StaysAsItIs()
    {
        CompileOptions options = Written(Network(), ModelMode.Fp32, 24) with { Clustering = new ClusteringOptions { Clusters = 16 } };
        using CompiledModel first = ModelCompiler.CompileModel(options);
        options = options with { ModelPath = _files.Write("clustered.onnx", OnnxExporter.Export(first.Portable)) };

        using CompiledModel second = ModelCompiler.CompileModel(options);

        Assert.Equal(
            ClusteredWeights.Find(first.Portable).SelectMany(w => w.Value.Constant!.ToFloats()),
            ClusteredWeights.Find(second.Portable).SelectMany(w => w.Value.Constant!.ToFloats()));
        Assert.All(second.Clustering!.Layers, l => Assert.Null(l.Sqnr));
    }

    [Fact]
    public void Model_ThatHasBecomeAnother_IsWarnedOf()
    {
        CompileOptions options = Written(Network(), ModelMode.Fp32, 64) with { Clustering = new ClusteringOptions { Clusters = 2 } };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        Finding finding = Assert.Single(model.Findings);
        Assert.Equal(DiagnosticCodes.ChangedTooFar, finding.Code);
        Assert.Contains("with Clusters is far from what it was", finding.Message, StringComparison.Ordinal);
    }

    [SharedTheory]
    [InlineData("models/fashion/resnet_folded.onnx", 0.95)]
    [InlineData("models/fashion/mobilenetv2_folded.onnx", 0.9)]
    [InlineData("models/fashion/lenet.onnx", 0.95)]
    public void TrainedModel_OnOtherPictures_AgreesWithWhatItWas(string file, double least)
    {
        CompileOptions options = ChangedModels.Trained(_files, file) with
        {
            Clustering = new ClusteringOptions { Clusters = 32 },
        };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        double? agreement = ChangedModels.AgreementOnOtherPictures(options, model);
        Assert.True(agreement >= least, $"{agreement}");
    }

    /// <summary>A convolution, a depthwise one, a table, a recurrent layer and a product.</summary>
    private static Graph Network()
    {
        var g = new TestGraph();
        Value x = g.Node("Relu", g.Conv(g.FixedInput(1, 3, 6, 6), 8, 3, pad: 1));
        Value y = g.Node("Reshape", [g.Conv(x, 8, 3, pad: 1, groups: 8), g.Constant(Tensor.Of([36L, 1L, 8L], 3))]);
        Value rows = g.Node("LSTM", [y, g.Weights(1, 24, 8), g.Weights(1, 24, 6), null, null, null, null, null], ("hidden_size", 6L));
        Value index = g.Node("ArgMax", [rows], ("axis", 3L), ("keepdims", 0L));
        Value table = g.Node("Gather", [g.Weights(6, 12), index]);
        return g.Finish(g.Node("MatMul", [table, g.Weights(12, 10)]));
    }

    private CompileOptions Written(Graph graph, ModelMode mode, int samples) =>
        ChangedModels.Written(_files, graph, mode, samples);
}
