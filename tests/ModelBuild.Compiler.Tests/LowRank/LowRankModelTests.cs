using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.LowRank;
using ModelBuild.Compiler.Clustering;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Reports;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.LowRank;

/// <summary>From an item's words to the file: what is taken apart, and that it computes the same as far as ranks allow.</summary>
public sealed class LowRankModelTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    private static readonly Dictionary<string, Func<TestGraph, Value>> s_layers = new(StringComparer.Ordinal)
    {
        ["gemm"] = g => Low(g, g.Gemm(g.Input(20), 24)),
        ["tall gemm"] = g => Low(g, g.Gemm(g.Input(20), 64)),
        ["product of rows"] = g => Low(g, g.Node("MatMul", [g.Input(5, 20), g.Weights(20, 24)])),
        ["1x1"] = g => Low(g, g.Conv(g.Input(20, 7, 6), 24, 1)),
        ["1x1 strided and padded"] = g => Low(g, g.Conv(g.Input(20, 7, 6), 24, [1, 1], [1, 0, 2, 1], stride: 2)),
        ["3x3"] = g => Low(g, g.Conv(g.Input(20, 9, 8), 24, 3, pad: 1)),
        ["3x3 strided"] = g => Low(g, g.Conv(g.Input(20, 9, 8), 24, 3, stride: 2, pad: 1)),
        ["3x3 dilated"] = g => Low(g, g.Conv(g.Input(20, 9, 8), 24, 3, pad: 2, dilation: 2)),
        ["2x5, padded on one side"] = g => Low(g, g.Conv(g.Input(20, 9, 8), 24, [2, 5], [0, 1, 1, 3])),
        ["one axis"] = g => Low(g, g.Conv(g.Input(20, 12), 24, [3], [1, 1], stride: 2)),
        ["three axes"] = g => Low(g, g.Conv(g.Input(20, 5, 4, 5), 24, 3, pad: 1)),
        ["without bias, same padding"] = g => Low(g, g.Node(
            "Conv", [g.FixedInput(1, 20, 9, 8), g.Weights(24, 20, 3, 3)], ("auto_pad", "SAME_UPPER"), ("strides", (long[])[2, 1]))),
    };

    public static TheoryData<string, bool> Layers
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (string name in s_layers.Keys)
            {
                data.Add(name, false);
                data.Add(name, true);
            }

            return data;
        }
    }

    /// <summary>
    /// A layer whose weights have low ranks comes back exactly, in ONNX Runtime: zeros around an image, strides and dilations as well.
    /// </summary>
    [Theory]
    [MemberData(nameof(Layers))]
    public void Layer_OfLowRank_ComputesTheSameWithLessWork(string name, bool hasSamples)
    {
        var g = new TestGraph();
        Graph graph = g.Finish(s_layers[name](g));
        byte[] whole = OnnxExporter.Export(graph);
        CompileOptions options = Written(graph, ModelMode.Fp32, hasSamples ? 12 : 0) with { LowRank = new LowRankOptions { Saved = 0.3 } };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        ReportFactoredLayer layer = Assert.Single(model.LowRank!.Layers);
        Assert.NotEmpty(layer.Ranks);
        Assert.InRange(model.LowRank.Reached, 0.3, 1);
        Assert.True(layer.Sqnr > 80, $"{layer.Sqnr}");
        Assert.Equal(1 + layer.Ranks.Count, model.Portable.Nodes.Count(n => n.Type is "Conv" or "Gemm" or "MatMul"));
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, 2, seed: 5);
        if (graph.Inputs[0].KnownShape.IsConstant)
        {
            inputs = TestGraph.Inputs(graph, 1, seed: 5);
        }

        string output = graph.Outputs[0].Name;
        TensorAssert.Close(
            OrtSession.Run(whole, inputs)[output], OrtSession.Run(OnnxExporter.Export(model.Portable), inputs)[output],
            relative: 1e-3, absolute: 1e-4);
    }

    /// <summary>Channels that hardly vary may be lost: samples show which do, and weights alone do not.</summary>
    [Fact]
    public void Samples_ShowWhichDirectionsMatter()
    {
        var g = new TestGraph();
        Value x = g.Input(24);
        float[] sizes = [.. Enumerable.Range(0, 24).Select(i => i < 6 ? 1f : 0.02f)];
        Value scaled = g.Node("Sigmoid", g.Node("Mul", [x, g.Constant(Tensor.Of(sizes, 24))]));
        Graph graph = g.Finish(g.Gemm(scaled, 24));
        CompileOptions options = Written(graph, ModelMode.Fp32, 64) with { LowRank = new LowRankOptions { Saved = 0.5 } };

        using CompiledModel seen = ModelCompiler.CompileModel(options);
        using CompiledModel blind = ModelCompiler.CompileModel(options with { CalibrationFiles = [] });

        double noise = ChangedModels.Noise(graph, seen);
        double blindly = ChangedModels.Noise(graph, blind);
        Assert.True(noise < blindly / 100, $"{noise} {blindly}");
    }

    [Theory]
    [InlineData(20)]
    [InlineData(35)]
    public void Ratio_ThatIsToBeKept_IsKept(double ratio)
    {
        CompileOptions options = Written(Network(), ModelMode.Fp32, 200) with { LowRank = new LowRankOptions { MinSqnr = ratio } };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        // Chosen on some samples, measured on others.
        Assert.InRange(model.Quality!.Sqnr!.Value, ratio - 2, ratio + 8);
        Assert.True(model.LowRank!.Reached > 0);
        Assert.Equal(ratio, model.LowRank.AskedSqnr);
    }

    /// <summary>Ranks, then zeros, then few values, then the mode.</summary>
    [Theory]
    [InlineData(ModelMode.Fp32, 20)]
    [InlineData(ModelMode.Fp16, 20)]
    [InlineData(ModelMode.Int8, 15)]
    [InlineData(ModelMode.Int16x8, 15)]
    [InlineData(ModelMode.Auto, 15)]
    [InlineData(ModelMode.Int8Dynamic, 15)]
    [InlineData(ModelMode.Int8Weights, 15)]
    [InlineData(ModelMode.Int4Weights, 5)]
    public void Ranks_ZerosAndClusters_GoTogetherInEveryMode(ModelMode mode, double least)
    {
        CompileOptions options = Written(Network(), mode, 40) with
        {
            LowRank = new LowRankOptions { Saved = 0.25 }, Pruning = new PruningOptions { Sparsity = 0.2 },
            Clustering = new ClusteringOptions { Clusters = 64 }, Report = true,
        };

        using CompiledModel model = ModelCompiler.CompileModel(options);
        using CompiledModel again = ModelCompiler.CompileModel(options);

        Assert.InRange(model.LowRank!.Reached, 0.25, 0.5);
        Assert.Equal(0.2, model.Pruning!.Reached, 0.02);
        Assert.All(model.Clustering!.Layers, l => Assert.InRange(l.Values, 1, 64));
        Assert.True(model.Quality!.Sqnr > least, $"{model.Quality.Sqnr}");
        Assert.Equal(mode is not (ModelMode.Fp32 or ModelMode.Fp16), model.Findings.Any(f => f.Code == DiagnosticCodes.ClustersLost));
        Assert.Equal(model.LowRank, model.Report!.LowRank);
        Assert.Equal(OnnxExporter.Export(model.Portable), OnnxExporter.Export(again.Portable));
    }

    [Fact]
    public void Layers_ThatStayWhole_SayWhy()
    {
        var g = new TestGraph();
        Value x = g.Node("Relu", g.Conv(g.Input(8, 6, 6), 16, 3, pad: 1));
        Value depthwise = g.Conv(x, 16, 3, pad: 1, groups: 16);
        Value named = g.Conv(depthwise, 16, 1);
        Value small = g.Conv(named, 1, 1);
        Graph graph = g.Finish(small);
        CompileOptions options = Written(graph, ModelMode.Fp32, 0) with
        {
            LowRank = new LowRankOptions { Saved = 0.2, Exclude = [graph.Nodes[3].Name] },
        };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        Assert.Equal(
            [null, "a convolution of 16 groups", "named in LowRankExclude", "no rank takes fewer multiply-accumulates"],
            model.LowRank!.Layers.Select(l => l.Reason));
        Assert.All(model.LowRank.Layers.Skip(1), l => Assert.Empty(l.Ranks));
    }

    [Theory]
    [InlineData("MODELB2020", "'dense9*' in LowRankExclude names no node")]
    [InlineData("MODELB2030", "(no rank takes fewer multiply-accumulates). Remove LowRank")]
    public void LowRank_OfWhatCannotBe_IsAnError(string code, string says)
    {
        var g = new TestGraph();
        Graph graph = g.Finish(g.Gemm(g.Input(6), 1));
        CompileOptions options = Written(graph, ModelMode.Fp16, samples: 0) with
        {
            LowRank = new LowRankOptions { Saved = 0.5, Exclude = code == DiagnosticCodes.NothingToExclude ? ["dense9*"] : [] },
        };

        Finding finding = Assert.Single(Assert.Throws<CompilationException>(() => ModelCompiler.CompileModel(options)).Findings);

        Assert.Equal(code, finding.Code);
        Assert.Contains(says, finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.95, null, "and LowRank asks for 95.0 %. Every layer keeps a tenth of its work")]
    [InlineData(null, 140.0, "no layer could be taken apart with 140.0 dB kept")]
    public void LowRank_ThatCannotBeReached_IsWarnedOf(double? saved, double? ratio, string says)
    {
        CompileOptions options = Written(Network(), ModelMode.Fp32, 0) with
        {
            LowRank = new LowRankOptions { Saved = saved, MinSqnr = ratio },
        };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        Finding finding = Assert.Single(model.Findings);
        Assert.Equal(DiagnosticCodes.LowRankMissed, finding.Code);
        Assert.Contains(says, finding.Message, StringComparison.Ordinal);
    }

    /// <summary>Trained networks are far from random: half of the work goes, and hardly a picture changes its class.</summary>
    [SharedTheory]
    [InlineData("models/fashion/resnet_folded.onnx", 0.5, 0.95)]
    [InlineData("models/fashion/mobilenetv2_folded.onnx", 0.25, 0.9)]
    [InlineData("models/fashion/lenet.onnx", 0.5, 0.95)]
    public void TrainedModel_OnOtherPictures_AgreesWithWhatItWas(string file, double saved, double least)
    {
        CompileOptions options = ChangedModels.Trained(_files, file) with
        {
            LowRank = new LowRankOptions { Saved = saved },
        };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        Assert.InRange(model.LowRank!.Reached, saved - 0.005, saved + 0.05);
        double? agreement = ChangedModels.AgreementOnOtherPictures(options, model);
        Assert.True(agreement >= least, $"{agreement}");
    }

    /// <summary>Replaces the weights behind an output by some of rank 3 in outputs and 4 in inputs.</summary>
    private static Value Low(TestGraph g, Value output)
    {
        Value value = output.Producer!.Required(1);
        WeightLayout layout = PrunableWeights.Layouts(output.Producer).Single().Layout;
        var random = new Random(7);
        float[] left = Numbers(layout.Outputs * 3);
        float[] core = Numbers(3 * layout.Taps * 4);
        float[] right = Numbers(4 * layout.Inputs);
        float[] weights = new float[layout.Length];
        for (int o = 0; o < layout.Outputs; o++)
        {
            for (int t = 0; t < layout.Taps; t++)
            {
                for (int i = 0; i < layout.Inputs; i++)
                {
                    double sum = 0;
                    for (int r = 0; r < 3; r++)
                    {
                        for (int s = 0; s < 4; s++)
                        {
                            sum += (double)left[(o * 3) + r] * core[(((r * layout.Taps) + t) * 4) + s] * right[(s * layout.Inputs) + i];
                        }
                    }

                    weights[layout.Index(0, o, t, i)] = (float)sum;
                }
            }
        }

        value.Constant = Tensor.Of(weights, [.. value.Constant!.Dimensions]);
        return output;

        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
    }

    private static Graph Network()
    {
        var g = new TestGraph();
        Value x = g.Node("Relu", g.Conv(g.Input(3, 10, 10), 16, 3, stride: 2, pad: 1));
        Value depthwise = g.Node("Relu", g.Conv(x, 16, 3, pad: 1, groups: 16));
        Value sum = g.Node("Add", [g.Conv(depthwise, 16, 1), x]);
        Value wide = g.Node("Relu", g.Conv(sum, 32, 3, pad: 1, stride: 2));
        Value product = g.Node("MatMul", [g.Flatten(wide), g.Weights(wide.KnownShape.Product(1, 4).Value, 24)]);
        return g.Finish(g.Gemm(g.Node("Relu", product), 8));
    }

    private CompileOptions Written(Graph graph, ModelMode mode, int samples) =>
        ChangedModels.Written(_files, graph, mode, samples);
}
