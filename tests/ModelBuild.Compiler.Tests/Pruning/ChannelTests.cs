using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Pruning.Channels;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Reports;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Pruning;

/// <summary>Channels that are removed with all that depends on them.</summary>
public sealed class ChannelTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    private static readonly Dictionary<string, Func<TestGraph, Value>> s_networks = new(StringComparer.Ordinal)
    {
        ["residual"] = g =>
        {
            Value x = g.Node("Relu", g.Conv(g.Input(3, 8, 8), 16, 3, pad: 1));
            Value sum = g.Node("Add", [g.Conv(g.Node("Relu", g.Conv(x, 24, 3, pad: 1)), 16, 3, pad: 1), x]);
            return g.Gemm(g.Flatten(g.Node("GlobalAveragePool", g.Node("Relu", sum))), 5);
        },
        ["depthwise"] = g =>
        {
            Value x = g.Relu6(g.Conv(g.Input(3, 8, 8), 12, 1));
            Value depthwise = g.Relu6(g.Conv(x, 24, 3, pad: 1, groups: 12));
            return g.Gemm(g.Flatten(g.Node("MaxPool", g.Conv(depthwise, 8, 1), ("kernel_shape", (long[])[2, 2]),
                ("strides", (long[])[2, 2]))), 6);
        },
        ["branches"] = g =>
        {
            Value x = g.Input(4, 6, 6);
            Value both = g.Node("Concat", [g.Node("Relu", g.Conv(x, 10, 3, pad: 1)), g.Node("Relu", g.Conv(x, 6, 1)), x], ("axis", 1L));
            Value parts = g.BatchNormalization(g.Node("Relu", g.Conv(both, 16, 1)));
            return g.Gemm(g.Flatten(g.Node("PRelu", [parts, g.Weights(16, 1, 1)])), 4);
        },
        ["gate"] = g =>
        {
            Value x = g.Node("Relu", g.Conv(g.Input(3, 8, 8), 16, 3, pad: 1));
            Value squeezed = g.Node("Relu", g.Conv(g.Node("GlobalAveragePool", x), 8, 1));
            Value gated = g.Node("Mul", [x, g.Node("Sigmoid", g.Conv(squeezed, 16, 1))]);
            Value mean = g.Node("ReduceMean", [g.Node("Relu", g.Conv(gated, 12, 3)), g.Constant(Tensor.Of([2L, 3L], 2))], ("keepdims", 0L));
            return g.Gemm(mean, 4);
        },
        ["split"] = g =>
        {
            Value x = g.Node("Relu", g.Conv(g.Input(3, 8, 8), 18, 3, pad: 1));
            Value first = g.Graph.NewValue("first", DataType.Undefined);
            Value second = g.Graph.NewValue("second", DataType.Undefined);
            Node split = g.Graph.Add(new Node(
                Domains.Onnx, "Split", "split", [x, g.Constant(Tensor.Of([6L, 12L], 2))], [first, second],
                AttributeValue.ByName(("axis", 1L))));
            TestGraph.Context().Inference.Infer(split);
            return g.Gemm(g.Flatten(g.Node("Concat", [g.Node("Relu", g.Conv(second, 8, 1)), first], ("axis", 1L))), 4);
        },
        ["mean of rows"] = g =>
        {
            Value wide = g.Node("Relu", g.Node("MatMul", [g.Input(7, 12), g.Weights(12, 32)]));
            Value mean = g.Node("ReduceMean", [wide, g.Constant(Tensor.Of([1L], 1))], ("keepdims", 0L));
            return g.Gemm(g.Node("Relu", g.Gemm(mean, 24)), 5);
        },
        ["rows"] = g =>
        {
            Value x = g.Input(7, 12);
            Value wide = g.Node("Relu", g.Node("Add", [g.Node("MatMul", [x, g.Weights(12, 32)]), g.Weights(32)]));
            Value back = g.Node("Transpose", g.Node("MatMul", [wide, g.Weights(32, 12)]), ("perm", (long[])[0, 2, 1]));
            return g.Node("Add", [back, g.Node("Transpose", x, ("perm", (long[])[0, 2, 1]))]);
        },
    };

    public static TheoryData<string, PruningCriterion, PruningScope> Networks
    {
        get
        {
            var data = new TheoryData<string, PruningCriterion, PruningScope>();
            foreach (string name in s_networks.Keys.Order(StringComparer.Ordinal))
            {
                data.Add(name, PruningCriterion.Magnitude, PruningScope.Layer);
                data.Add(name, PruningCriterion.SecondOrder, PruningScope.Global);
            }

            return data;
        }
    }

    /// <summary>The smaller network is valid, and ONNX Runtime computes what we do.</summary>
    [Theory]
    [MemberData(nameof(Networks))]
    public void Network_WithFewerChannels_IsSmallerAndRuns(string name, PruningCriterion criterion, PruningScope scope)
    {
        Graph graph = Graph(name);
        using CompiledModel whole = ModelCompiler.CompileModel(Written(graph));
        using CompiledModel pruned = ModelCompiler.CompileModel(Written(graph) with
        {
            Pruning = new PruningOptions
            {
                Sparsity = 0.4, Pattern = SparsityPattern.Channels, Criterion = criterion, Scope = scope,
            },
        });

        double macs = Macs(pruned) / Macs(whole);
        Assert.InRange(macs, 0.3, 0.6001);
        Assert.Equal(1 - macs, pruned.Pruning!.Reached, 1e-3);
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, batch: 3, seed: 7);
        Tensor own = Assert.Single(new Interpreter(pruned.Compiled).Run(inputs)).Value;
        Tensor theirs = Assert.Single(OrtSession.Run(OnnxExporter.Export(pruned.Portable), inputs)).Value;
        TensorAssert.Close(theirs, own, relative: 1e-4, absolute: 1e-4);
    }

    /// <summary>Channels that are zero take nothing with them when they go.</summary>
    [Theory]
    [InlineData("residual")]
    [InlineData("depthwise")]
    [InlineData("branches")]
    [InlineData("gate")]
    [InlineData("mean of rows")]
    [InlineData("rows")]
    [InlineData("split")]
    public void Channels_OfZeros_LeaveTheOutputsEqual(string name)
    {
        Graph graph = Graph(name);
        var groups = ChannelGroups.Of(graph, FloatParts.None);
        int[] removable = [.. groups.Uses.SelectMany(u => u.Channels).Select(groups.Root).Distinct().Where(c => groups.Reason(c) is null)];
        HashSet<int> removed = [.. removable.Where((_, i) => i % 3 == 0)];
        Assert.NotEmpty(removed);
        foreach (ChannelUse use in groups.Uses)
        {
            // All that makes or follows such a channel is zero, and so is the channel behind any of these activations but a gate's own.
            Zero(use, groups, removed);
        }

        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, batch: 2, seed: 3);
        Tensor before = Assert.Single(Evaluate(graph, inputs)).Value;
        long[] sizes = Sizes(graph);
        ChannelRemoval.Run(graph, groups, removed, TestGraph.Context());
        Tensor after = Assert.Single(Evaluate(graph, inputs)).Value;

        TensorAssert.Close(before, after, relative: 1e-5, absolute: 1e-6);
        Assert.True(Sizes(graph).Sum() < sizes.Sum());
    }

    /// <summary>What is read in a way that cannot be followed keeps its channels, and the report says so.</summary>
    [Fact]
    public void Channels_ReadByWhatCannotBeFollowed_Stay()
    {
        var g = new TestGraph();
        Value x = g.Node("Relu", g.Conv(g.Input(3, 8, 8), 16, 3, pad: 1));
        Value softmax = g.Node("Softmax", x, ("axis", 1L));
        Value y = g.Node("Relu", g.Conv(g.Conv(softmax, 16, 1), 4, 1));

        using CompiledModel model = ModelCompiler.CompileModel(Written(g.Finish(y)) with
        {
            Pruning = new PruningOptions { Sparsity = 0.2, Pattern = SparsityPattern.Channels },
        });

        Assert.Equal([16L, 3, 3, 3], model.Pruning!.Layers[0].Shape);
        Assert.Contains("(Softmax), which cannot be followed", model.Pruning.Layers[0].Reason, StringComparison.Ordinal);
        Assert.True(model.Pruning.Layers[1].Shape[0] < 16);
        Assert.Equal("an output of the model", model.Pruning.Layers[2].Reason);
    }

    /// <summary>Zeros beside an image leave its channels what they are; zeros beside channels are channels that nothing makes.</summary>
    [Theory]
    [InlineData(new long[] { 0, 0, 1, 2, 0, 0, 0, 1 }, true)]
    [InlineData(new long[] { 0, 2, 0, 0, 0, 0, 0, 0 }, false)]
    [InlineData(new long[] { 0, 0, 0, 0, 0, 2, 0, 0 }, false)]
    public void Channels_OfAPaddedTensor_GoUnlessTheyArePadded(long[] pads, bool mayGo)
    {
        var g = new TestGraph();
        Value x = g.Node("Relu", g.Conv(g.Input(3, 8, 8), 16, 3));
        Value padded = g.Node("Pad", [x, g.Constant(Tensor.Of(pads, 8))]);
        Graph graph = g.Finish(g.Conv(padded, 4, 3));

        var groups = ChannelGroups.Of(graph, FloatParts.None);

        ChannelUse made = groups.Uses.First(u => u.Kind == ChannelUseKind.Makes);
        Assert.Equal(16, made.Channels.Length);
        Assert.All(made.Channels, c => Assert.Equal(mayGo, groups.Reason(c) is null));
    }

    /// <summary>However much is asked for, one in eight channels stays, and of what leaves something over one more.</summary>
    [Fact]
    public void Channels_OfWhichNearlyAllAreToGo_LeaveOneInEight()
    {
        var g = new TestGraph();
        Value x = g.Node("Relu", g.Conv(g.Input(3, 6, 6), 16, 3, pad: 1));
        Graph graph = g.Finish(g.Conv(g.Node("Relu", g.Conv(x, 12, 3)), 4, 1));

        using CompiledModel model = ModelCompiler.CompileModel(Written(graph) with
        {
            Pruning = new PruningOptions { Sparsity = 0.99, Pattern = SparsityPattern.Channels, Criterion = PruningCriterion.Magnitude },
        });

        Assert.Equal([[2L, 3, 3, 3], [2, 2, 3, 3], [4, 2, 1, 1]], model.Pruning!.Layers.Select(l => l.Shape));
    }

    /// <summary>
    /// Kernels compute 16 channels at once: what stays of more than 16 fills that, but for the one layer that would lose more than asked.
    /// </summary>
    [Theory]
    [InlineData(PruningScope.Global, 0.3, 1)]
    [InlineData(PruningScope.Global, 0.6, 1)]
    [InlineData(PruningScope.Global, 0.9, 1)]
    [InlineData(PruningScope.Layer, 0.3, 1)]
    [InlineData(PruningScope.Layer, 0.5, 1)]
    [InlineData(PruningScope.Layer, 0.7, 1)]
    public void Channels_ThatStay_FillPanels(PruningScope scope, double sparsity, int others)
    {
        var g = new TestGraph();
        Value x = g.Node("Relu", g.Conv(g.Input(3, 6, 6), 64, 3, pad: 1));
        x = g.Node("Relu", g.Conv(g.Node("Relu", g.Conv(x, 100, 3, pad: 1)), 80, 1));

        using CompiledModel model = ModelCompiler.CompileModel(Written(g.Finish(g.Conv(x, 4, 1))) with
        {
            Pruning = new PruningOptions
            {
                Sparsity = sparsity, Pattern = SparsityPattern.Channels, Criterion = PruningCriterion.Magnitude, Scope = scope,
            },
        });

        Assert.InRange(model.Pruning!.Reached, sparsity, sparsity + 0.02);
        IEnumerable<ReportPrunedLayer> changed = model.Pruning.Layers.Where(l => l.Shape[0] < l.Before![0]);
        Assert.InRange(changed.Count(l => l.Shape[0] > 16 && l.Shape[0] % 16 != 0), 0, others);
    }

    /// <summary>Layers of few panels lose what is asked for, and none of them all of it.</summary>
    [Theory]
    [InlineData(PruningScope.Global)]
    [InlineData(PruningScope.Layer)]
    public void Channels_OfLayersOfTwoPanels_LoseWhatIsAskedFor(PruningScope scope)
    {
        var g = new TestGraph();
        Value x = g.Input(3, 6, 6);
        for (int i = 0; i < 5; i++)
        {
            x = g.Node("Relu", g.Conv(x, 32, 3, pad: 1));
        }

        using CompiledModel model = ModelCompiler.CompileModel(Written(g.Finish(g.Conv(x, 4, 1))) with
        {
            Pruning = new PruningOptions
            {
                Sparsity = 0.3, Pattern = SparsityPattern.Channels, Criterion = PruningCriterion.Magnitude, Scope = scope,
            },
        });

        Assert.InRange(model.Pruning!.Reached, 0.3, 0.32);
    }

    /// <summary>The halves of a Split are made by one layer: when one may lose no more, the other still does.</summary>
    [Fact]
    public void Channels_OfHalvesOfASplit_GoOnWhenOneHalfMayLoseNoMore()
    {
        using CompiledModel model = ModelCompiler.CompileModel(Written(Graph("split")) with
        {
            Pruning = new PruningOptions
            {
                Sparsity = 0.8, Pattern = SparsityPattern.Channels, Criterion = PruningCriterion.Magnitude, Scope = PruningScope.Global,
            },
        });

        Assert.InRange(model.Pruning!.Reached, 0.8, 0.9);
    }

    /// <summary>Of two channels that say the same one goes for nothing.</summary>
    [Fact]
    public void SecondOrder_OfDoubledChannels_LosesNothing()
    {
        var g = new TestGraph();
        Value x = g.Input(4, 6, 6);
        Value half = g.Weights(8, 4, 3, 3);
        float[] doubled = [.. half.Constant!.ToFloats(), .. half.Constant.ToFloats()];
        Value wide = g.Node("Relu", g.Node("Conv", [x, g.Constant(Tensor.Of(doubled, 16, 4, 3, 3))]));
        CompileOptions options = Written(g.Finish(g.Conv(wide, 4, 3))) with
        {
            Pruning = new PruningOptions { Sparsity = 0.45, Pattern = SparsityPattern.Channels },
        };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        Assert.Equal([8L, 4, 3, 3], model.Pruning!.Layers[0].Shape);

        // All that is lost is what the raised diagonal of H costs.
        Assert.True(model.Quality!.Sqnr > 35, $"{model.Quality.Sqnr}");
    }

    private static void Zero(ChannelUse use, ChannelGroups groups, HashSet<int> removed)
    {
        if (use.Kind == ChannelUseKind.Reads)
        {
            return;
        }

        Tensor constant = use.Node.Required(use.Input).Constant!;
        float[] values = constant.ToFloats();
        int inner = (int)constant.Shape.Product(use.Axis + 1, constant.Rank).Value;
        for (int i = 0; i < values.Length; i++)
        {
            bool isRemoved = removed.Contains(groups.Root(use.Channels[i / inner % use.Channels.Length]));

            // A variance of zero would be a number like any other.
            values[i] = isRemoved && !use.Node.Is("BatchNormalization") ? 0 : isRemoved && use.Input == 2 ? 0
                : isRemoved && use.Input == 3 ? 0 : values[i];
        }

        use.Node.Required(use.Input).Constant = Tensor.Of(values, [.. constant.Dimensions]);
    }

    private static Dictionary<string, Tensor> Evaluate(Graph graph, Dictionary<string, Tensor> inputs) =>
        new GraphEvaluator(graph, inputs, TestGraph.Context().Inference).Run(CancellationToken.None)!;

    private static long[] Sizes(Graph graph) =>
        [.. graph.Values().Where(v => v.Constant?.Type == DataType.Float32).Select(v => v.Constant!.Length)];

    private static double Macs(CompiledModel model) => BudgetCheck.Macs(model.Compiled.Plan.Card.MultiplyAccumulates);

    private static Graph Graph(string name)
    {
        var g = new TestGraph();
        return g.Finish(s_networks[name](g));
    }

    private CompileOptions Written(Graph graph) => CompiledFile.Options(
        _files.Write("model.onnx", OnnxExporter.Export(graph)), ModelMode.Fp32,
        [_files.Write("samples.npz", NumpyFile.Npz(TestGraph.Inputs(graph, 24, seed: 1)))]);
}
