using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Reports;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Pruning;

/// <summary>From an item's words to the files: what becomes zero, and that it stays so in every mode.</summary>
public sealed class PrunedModelTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    public static TheoryData<ModelMode, bool> Modes
    {
        get
        {
            var data = new TheoryData<ModelMode, bool>();
            foreach (ModelMode mode in Enum.GetValues<ModelMode>())
            {
                data.Add(mode, true);
                data.Add(mode, false);
            }

            return data;
        }
    }

    /// <summary>GPTQ, balanced rounding, equalization and zero points leave zeros alone.</summary>
    [Theory]
    [MemberData(nameof(Modes))]
    public void Zeros_OfAModel_AreInTheFileOfEveryMode(ModelMode mode, bool isPrunedBefore)
    {
        CompileOptions options = Written(Network(), ModelMode.Fp32, samples: 24) with
        {
            Pruning = new PruningOptions { Sparsity = 0.5, Pattern = SparsityPattern.Blocks(1, 4) },
        };
        using CompiledModel floats = ModelCompiler.CompileModel(options);
        if (isPrunedBefore)
        {
            // The same zeros, brought by the file.
            options = options with
            {
                ModelPath = _files.Write("pruned.onnx", OnnxExporter.Export(floats.Portable)), Pruning = new PruningOptions(),
            };
        }

        using CompiledModel model = ModelCompiler.CompileModel(options with { Mode = mode });

        int expected = Weights(floats.Portable).Sum(w => w.Count(v => v == 0));
        int actual = Weights(model.Portable).Sum(w => w.Count(v => v == 0));
        Assert.True(expected > 2000);
        Assert.InRange(actual, expected, expected * 1.4);
    }

    /// <summary>In weights of the input and of the state.</summary>
    [Theory]
    [MemberData(nameof(Modes))]
    public void Zeros_OfARecurrentLayer_AreInTheFileOfEveryMode(ModelMode mode, bool isTwoOfFour)
    {
        var g = new TestGraph();
        Value y = g.Node("LSTM", [g.FixedInput(6, 1, 32), g.Weights(1, 128, 32), g.Weights(1, 128, 32), g.Weights(1, 256)]);
        Graph graph = g.Finish(g.Gemm(g.Node("Reshape", [y, g.Constant(Tensor.Of([6L, 32L], 2))]), 8));
        CompileOptions options = Written(graph, mode, samples: 24) with
        {
            Pruning = new PruningOptions
            {
                Sparsity = 0.5, Pattern = isTwoOfFour ? SparsityPattern.TwoOfFour : SparsityPattern.Blocks(2, 4),
                Scope = PruningScope.Layer,
            },
        };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        Node layer = Assert.Single(model.Portable.Nodes, n => n.Type is "LSTM" or "DynamicQuantizeLSTM");
        foreach (double[] weights in new[] { 1, 2 }.Select(i => Reals(layer.Required(i))))
        {
            Assert.InRange(weights.Count(w => w == 0), weights.Length / 2, weights.Length * 0.6);
        }
    }

    [Fact]
    public void Model_ThatHasBecomeAnother_IsWarnedOf()
    {
        CompileOptions options = Written(Network(), ModelMode.Fp32, samples: 24);

        Finding far = Assert.Single(Findings(0.97));
        Assert.Empty(Findings(0.3));

        Assert.Equal(DiagnosticCodes.PrunedTooFar, far.Code);
        Assert.Contains("without 97.0 % of its weights is far from what it was", far.Message, StringComparison.Ordinal);

        IReadOnlyList<Finding> Findings(double sparsity)
        {
            using CompiledModel model = ModelCompiler.CompileModel(
                options with { Pruning = new PruningOptions { Sparsity = sparsity, Scope = PruningScope.Layer } });
            return [.. model.Findings];
        }
    }

    /// <summary>At the first layer that is tried, or pruned, of each pattern.</summary>
    [Theory]
    [InlineData("unstructured", "Trying '")]
    [InlineData("unstructured", "Pruning '")]
    [InlineData("channels", "Trying '")]
    [InlineData("channels", "Pruning '")]
    public void Pruning_Cancelled_EndsAtOnce(string word, string at)
    {
        Assert.True(SparsityPattern.TryRead(word, out SparsityPattern pattern, out _));
        CompileOptions options = Written(Network(), ModelMode.Fp32, samples: 16) with
        {
            Pruning = new PruningOptions { Sparsity = 0.5, Pattern = pattern },
        };
        using var cancellation = new CancellationTokenSource();
        var progress = new Told(message =>
        {
            // Whatever is told afterwards would be another layer.
            Assert.False(cancellation.IsCancellationRequested, message);
            if (message.StartsWith(at, StringComparison.Ordinal))
            {
                cancellation.Cancel();
            }
        });

        Assert.ThrowsAny<OperationCanceledException>(() => ModelCompiler.CompileModel(options, progress, cancellation.Token));
        Assert.True(cancellation.IsCancellationRequested);
    }

    [Theory]
    [InlineData("unstructured", PruningCriterion.Magnitude)]
    [InlineData("1x2", PruningCriterion.Magnitude)]
    [InlineData("1x4", PruningCriterion.SecondOrder)]
    [InlineData("2x4", PruningCriterion.SecondOrder)]
    [InlineData("2:4", PruningCriterion.SecondOrder)]
    [InlineData("unstructured", PruningCriterion.SecondOrder)]
    public void Layers_OfAPattern_HaveItsBlocks(string word, PruningCriterion criterion)
    {
        Assert.True(SparsityPattern.TryRead(word, out SparsityPattern pattern, out _));
        CompileOptions options = Written(Network(), ModelMode.Fp32, samples: 16) with
        {
            Pruning = new PruningOptions { Sparsity = 0.5, Pattern = pattern, Criterion = criterion, Scope = PruningScope.Layer },
        };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        Assert.Equal(0.5, model.Pruning!.Reached, 0.01);
        foreach (PrunableWeight weight in PrunableWeights.Find(model.Portable, options.Pruning).Where(w => w.Reason is null))
        {
            float[] values = weight.Value.Constant!.ToFloats();
            bool[] mask = MagnitudeMask.Of(values, weight.Layout, pattern, (double)weight.Zeros / values.Length);
            Assert.Equal(mask, values.Select(v => v != 0));
        }
    }

    /// <summary>What is made up for is nearer to what was, and both are what ONNX Runtime computes.</summary>
    [Fact]
    public void SecondOrder_OnSamples_IsNearerThanMagnitude()
    {
        CompileOptions options = Written(Network(), ModelMode.Fp32, samples: 24);
        using CompiledModel magnitude = ModelCompiler.CompileModel(Pruned(PruningCriterion.Magnitude));
        using CompiledModel second = ModelCompiler.CompileModel(Pruned(PruningCriterion.SecondOrder));

        Assert.True(second.Quality!.Sqnr > magnitude.Quality!.Sqnr + 3);
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(second.Portable, batch: 3, seed: 99);
        Dictionary<string, Tensor> own = new Interpreter(second.Compiled).Run(inputs);
        Dictionary<string, Tensor> theirs = OrtSession.Run(OnnxExporter.Export(second.Portable), inputs);
        foreach ((string name, Tensor tensor) in theirs)
        {
            TensorAssert.Close(tensor, own[name], relative: 1e-4, absolute: 1e-4);
        }

        CompileOptions Pruned(PruningCriterion criterion) => options with
        {
            Pruning = new PruningOptions { Sparsity = 0.5, Criterion = criterion, Scope = PruningScope.Layer },
        };
    }

    [Fact]
    public void Model_PrunedTwice_IsTheSameBytes()
    {
        CompileOptions options = Written(Network(), ModelMode.Fp32, samples: 16) with
        {
            Pruning = new PruningOptions { Sparsity = 0.6 },
        };
        using CompiledModel once = ModelCompiler.CompileModel(options);
        using CompiledModel again = ModelCompiler.CompileModel(options);

        Assert.Equal(OnnxExporter.Export(once.Portable), OnnxExporter.Export(again.Portable));
    }

    /// <summary>What is multiplied with nothing but zeros needs no weights: they are the first to go.</summary>
    [Theory]
    [InlineData("unstructured")]
    [InlineData("2x4")]
    [InlineData("2:4")]
    public void Layer_ThatIsFedZeros_IsPrunedAsWell(string word)
    {
        Assert.True(SparsityPattern.TryRead(word, out SparsityPattern pattern, out _));
        var g = new TestGraph();
        Value x = g.Input(16);
        Value dead = g.Node("Relu", g.Node("Sub", [g.Node("Sigmoid", x), g.Constant(Tensor.Scalar(2f))]));
        Graph graph = g.Finish(g.Node("Add", [g.Gemm(x, 16), g.Gemm(dead, 16)]));
        CompileOptions options = Written(graph, ModelMode.Fp32, samples: 40) with
        {
            Pruning = new PruningOptions { Sparsity = 0.5, Pattern = pattern },
        };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        Assert.Equal(0.5, model.Pruning!.Reached, 0.02);
        Assert.DoesNotContain(model.Findings, f => f.Code == DiagnosticCodes.SparsityMissed);
        if (pattern.Kind != SparsityKind.TwoOfFour)
        {
            Assert.True(model.Pruning.Layers[1].Sparsity > 0.85, $"{model.Pruning.Layers[1].Sparsity}");
        }
    }

    /// <summary>A layer that the output does not depend on gives more than its share.</summary>
    [Fact]
    public void Global_LayerOfNoWeight_LosesMost()
    {
        var g = new TestGraph();
        Value x = g.Input(32);
        Value strong = g.Gemm(x, 32);
        Value weak = g.Node("Mul", [g.Gemm(x, 32), g.Constant(Tensor.Scalar(0.01f))]);
        Graph graph = g.Finish(g.Node("Add", [g.Node("Relu", strong), g.Node("Sigmoid", weak)]));
        CompileOptions options = Written(graph, ModelMode.Fp32, samples: 40) with
        {
            Pruning = new PruningOptions { Sparsity = 0.5, ShowsSensitivity = true },
        };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        double[] sparsity = [.. model.Pruning!.Layers.Select(l => l.Sparsity)];
        Assert.Equal(0.5, model.Pruning.Reached, 0.01);
        Assert.True(sparsity[1] > sparsity[0] + 0.3, string.Join(' ', sparsity));
        Assert.All(model.Pruning.Sensitivity, s => Assert.Equal(s.Points.OrderBy(p => p.Sparsity), s.Points));
    }

    [Fact]
    public void Excluded_FirstAndDepthwiseLayers_StayAndSaySo()
    {
        CompileOptions options = Written(Network(), ModelMode.Fp32, samples: 0) with
        {
            Pruning = new PruningOptions { Sparsity = 0.5, Pattern = SparsityPattern.Blocks(2, 4), Exclude = ["Gemm*"] },
        };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        ReportPrunedLayer[] left = [.. model.Pruning!.Layers.Where(l => l.Reason is not null)];
        Assert.Equal("magnitude", model.Pruning.Criterion);
        Assert.Equal(
            ["a first layer of 3 inputs", "one input channel for each output (depthwise), and a block takes several",
                "named in SparsityExclude"],
            left.Select(l => l.Reason).Distinct());
        Assert.All(left, l => Assert.Equal(0, l.Zeros));
    }

    [Theory]
    [InlineData("MODELB2020", "'dense9*' in SparsityExclude names no node")]
    [InlineData("MODELB2021", "none are given. Set Calibration")]
    [InlineData("MODELB0030", "Sparsity 0.75 is more than pattern 2:4 has room for: 50 %")]
    [InlineData("MODELB2022", "'Gemm2' (1 outputs and 6 inputs hold no 2x4)")]
    public void Pruning_OfWhatCannotBe_IsAnError(string code, string says)
    {
        var g = new TestGraph();
        Graph graph = g.Finish(g.Gemm(g.Input(6), code == DiagnosticCodes.NothingToPrune ? 1 : 4));
        PruningOptions pruning = new() { Sparsity = 0.75 };
        CompileOptions options = Written(graph, ModelMode.Fp16, samples: 0) with
        {
            Pruning = code switch
            {
                DiagnosticCodes.NothingToExclude => pruning with { Exclude = ["dense9*"] },
                DiagnosticCodes.PruningWithoutSamples => pruning with { Criterion = PruningCriterion.SecondOrder },
                DiagnosticCodes.BadSparsity => pruning with { Pattern = SparsityPattern.TwoOfFour },
                _ => pruning with { Pattern = SparsityPattern.Blocks(2, 4) },
            },
        };

        Finding finding = Assert.Single(Assert.Throws<CompilationException>(() => ModelCompiler.CompileModel(options)).Findings);

        Assert.Equal(code, finding.Code);
        Assert.Contains(says, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Blocks_OfInputsThatLeaveSomeOver_AreWarnedOf()
    {
        var g = new TestGraph();
        Graph graph = g.Finish(g.Gemm(g.Input(7), 8));
        CompileOptions options = Written(graph, ModelMode.Fp32, samples: 0) with
        {
            Pruning = new PruningOptions { Sparsity = 0.9, Pattern = SparsityPattern.Blocks(1, 4) },
        };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        Finding finding = Assert.Single(model.Findings);
        Assert.Equal(DiagnosticCodes.SparsityMissed, finding.Code);
        Assert.Contains("57.1 % of the weights are zero, and Sparsity asks for 90.0 %", finding.Message, StringComparison.Ordinal);
    }

    /// <summary>Recurrent layers are pruned in the gates of each direction.</summary>
    [Fact]
    public void Recurrent_Weights_BecomeZeroInEachGate()
    {
        var g = new TestGraph();
        Value x = g.FixedInput(5, 1, 8);
        Value y = g.Node(
            "LSTM", [x, g.Weights(1, 24, 8), g.Weights(1, 24, 6), null, null, null, null, null], ("hidden_size", 6L));
        CompileOptions options = Written(g.Finish(y), ModelMode.Fp32, samples: 0) with
        {
            Pruning = new PruningOptions { Sparsity = 0.5, Pattern = SparsityPattern.TwoOfFour },
        };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        Assert.Equal([96L, 48L], model.Pruning!.Layers.Select(l => l.Zeros));
    }

    /// <summary>
    /// What a matrix among several, or one in the body of a loop, is multiplied with is not looked at: of these the smallest weights become
    /// zero and the others stay what they are.
    /// </summary>
    [Fact]
    public void BatchedMatricesAndBodiesOfLoops_WithSamples_LoseTheirSmallestWeights()
    {
        Tensor matrices = Random(1, 2, 16, 16);
        Tensor inner = Random(2, 16, 16);
        Tensor outer = Random(3, 16, 16);
        OnnxGraph body = new OnnxGraph().Input("i", DataType.Int64).Input("keep", DataType.Bool).Input("state", 2, 4, 16)
            .Output("go", DataType.Bool).Output("next", 2, 4, 16).Constant("inner", inner)
            .Node("Identity", ["keep"], ["go"]).Node("MatMul", ["state", "inner"], ["m"]).Node("Tanh", ["m"], ["next"]);
        byte[] onnx = new OnnxGraph().Input("x", 2, 4, 16).Output("y", 2, 4, 16).Integers("n", 3)
            .Constant("matrices", matrices).Constant("outer", outer)
            .Node("MatMul", ["x", "matrices"], ["h"]).Node("Loop", ["n", "", "h"], ["l"], ("body", body))
            .Node("MatMul", ["l", "outer"], ["y"]).ToModel();
        string[] samples =
        [
            .. Enumerable.Range(0, 20).Select(i => _files.Write($"{i}.npy", NumpyFile.Npy(Tensor.Of(
                [.. Enumerable.Range(i * 128, 128).Select(j => MathF.Sin(j * j * 0.37f))], 2, 4, 16)))),
        ];
        CompileOptions options = CompiledFile.Options(_files.Write("loop.onnx", onnx), ModelMode.Fp32, samples) with
        {
            Pruning = new PruningOptions { Sparsity = 0.5, Scope = PruningScope.Layer },
        };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        float[][] pruned = [.. model.Portable.AllGraphs().SelectMany(g => g.Nodes).Where(n => n.Is("MatMul"))
            .Select(n => n.Required(1).Constant!.ToFloats())];
        Assert.Equal(3, pruned.Length);
        CheckSmallest(matrices);
        CheckSmallest(inner);
        Assert.Equal(128, pruned.Single(p => p.Length == 256 && !IsPartOf(p, inner.ToFloats())).Count(w => w == 0));

        void CheckSmallest(Tensor before)
        {
            float[] were = before.ToFloats();
            float[] now = Assert.Single(pruned, p => p.Length == were.Length && IsPartOf(p, were));
            Assert.Equal(were.Length / 2, now.Count(w => w == 0));
            Assert.True(were.Zip(now).Where(p => p.Second == 0).Max(p => Math.Abs(p.First)) <= now.Where(w => w != 0).Min(Math.Abs));
        }

        static bool IsPartOf(float[] now, float[] were) => now.Zip(were).All(p => p.First == 0 || p.First == p.Second);

        static Tensor Random(int seed, params long[] shape)
        {
            var random = new Random(seed);
            int count = (int)shape.Aggregate((a, b) => a * b);
            return Tensor.Of([.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)], shape);
        }
    }

    /// <summary>A network as in practice, before and behind which nothing is random but weights.</summary>
    private static Graph Network()
    {
        var g = new TestGraph();
        Value x = g.Input(3, 10, 10);
        Value first = g.Relu6(g.Conv(x, 16, 3, stride: 2, pad: 1));
        Value depthwise = g.Node("Relu", g.Conv(first, 16, 3, pad: 1, groups: 16));
        Value sum = g.Node("Add", [g.Conv(depthwise, 16, 1), first]);
        Value wide = g.Node("Relu", g.Conv(sum, 32, 3, pad: 1, stride: 2));
        Value product = g.Node("MatMul", [g.Flatten(wide), g.Weights(wide.KnownShape.Product(1, 4).Value, 24)]);
        return g.Finish(g.Gemm(g.Node("Relu", product), 8));
    }

    private CompileOptions Written(Graph graph, ModelMode mode, int samples)
    {
        string model = _files.Write("model.onnx", OnnxExporter.Export(graph));
        string[] calibration =
            samples == 0 ? [] : [_files.Write("samples.npz", NumpyFile.Npz(TestGraph.Inputs(graph, samples, seed: 1)))];
        return CompiledFile.Options(model, mode, calibration);
    }

    /// <summary>All that products are multiplied with, as reals, or as codes whose zero is 0.</summary>
    private static IEnumerable<double[]> Weights(Graph graph)
    {
        foreach (Node node in graph.Nodes.Where(n => n.Type is "Conv" or "Gemm" or "MatMul" or "MatMulInteger"))
        {
            Value weights = node.Required(1);
            yield return Reals(weights);
        }
    }

    private static double[] Reals(Value weights) => Constant(weights).ToDoubles();

    private static Tensor Constant(Value value) => value.Constant
        ?? NodeEvaluator.Evaluate(value.Producer!, [.. value.Producer!.Inputs.Select(i => i is null ? null : Constant(i))])![0];

    private sealed class Told(Action<string> act) : IProgress<string>
    {
        public void Report(string value) => act(value);
    }
}
