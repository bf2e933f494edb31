using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Plan;

namespace ModelBuild.Conformance.Tests;

/// <summary>Pruned models whose layers run by the blocks that are not zero, against the same models by all of their weights.</summary>
public sealed class SparseClassesTests : IDisposable
{
    private const string Sparse = "Sparse";

    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>Convolutions with residuals, strides and clamps, and matrices; results are the same to the bit.</summary>
    [Theory]
    [InlineData("resnet", "2x4", 0.9, 4)]
    [InlineData("resnet", "1x4", 0.9, 4)]
    [InlineData("resnet", "2x4", 0.8, 4)]
    [InlineData("lenet", "2x4", 0.9, 1)]
    [InlineData("lenet", "1x4", 0.95, 1)]
    public void Run_PrunedModelOfTheSample_IsTheSameAsDense(string model, string pattern, double sparsity, int least)
    {
        CompileOptions options = Options(Repository.Sample("models", model + ".onnx")) with
        {
            CalibrationFiles = [SampleImages.All],
            Pruning = Pruning(pattern, sparsity),
        };
        using CompiledModel sparse = ModelCompiler.CompileModel(options);
        using CompiledModel dense = ModelCompiler.CompileModel(options with { KeepsDense = true });

        Assert.InRange(Steps(sparse.Compiled.Plan).Count(IsSparse), least, int.MaxValue);
        Assert.DoesNotContain(Steps(dense.Compiled.Plan), IsSparse);
        Assert.True(sparse.Compiled.Weights.Length < dense.Compiled.Weights.Length);
        AssertSame(dense, sparse, 8, 1, 28, 28);
    }

    /// <summary>Zeros that the file brings are used as those of pruning are, and a model without has no sparse step.</summary>
    [Theory]
    [InlineData(0.95, true)]
    [InlineData(0.3, false)]
    public void Compile_ZerosOfTheFile_DecideAlone(double zeros, bool expected)
    {
        string file = _files.Write("model.onnx", OnnxExporter.Export(Network(zeros)));
        CompileOptions options = Options(file) with
        {
            CalibrationFiles = [_files.Write("x.npy", NumpyFile.Float32([8, 16, 12, 12], Numbers(8 * 16 * 144, 3)))],
        };
        using CompiledModel sparse = ModelCompiler.CompileModel(options);
        using CompiledModel dense = ModelCompiler.CompileModel(options with { KeepsDense = true });

        using CompiledModel compressed = ModelCompiler.CompileModel(options with { Compress = true });

        Assert.Equal(expected, Steps(sparse.Compiled.Plan).Any(IsSparse));
        Assert.DoesNotContain(Steps(compressed.Compiled.Plan), IsSparse);
        AssertSame(dense, sparse, 3, 16, 12, 12);
    }

    /// <summary>The generated class, on memory that ends where nobody may read or write.</summary>
    [Fact]
    public void Predict_SparseLayers_StayInTheirMemory()
    {
        string file = _files.Write("model.onnx", OnnxExporter.Export(Network(0.95)));
        CompileOptions options = Options(file) with
        {
            CalibrationFiles = [_files.Write("x.npy", NumpyFile.Float32([8, 16, 12, 12], Numbers(8 * 16 * 144, 3)))],
        };
        using CompileResult sparse = ModelCompiler.Compile(options);
        using CompileResult dense = ModelCompiler.Compile(
            options with { KeepsDense = true, ClassName = "Dense", ResourceName = "Dense.weights" });
        GeneratedModels classes = GeneratedModels.Build(sparse, dense);
        var inputs = new Dictionary<string, Tensor> { ["input0"] = Tensor.Of(Numbers(16 * 144 * 2, 4), 2, 16, 12, 12) };

        Dictionary<string, Tensor> expected = classes.Predict("Dense", inputs);
        Dictionary<string, Tensor> actual = classes.Predict("Network", inputs);

        Assert.Contains("SparseConvolution.UInt8", sparse.Plan, StringComparison.Ordinal);
        Assert.Contains("SparseGemm.UInt8", sparse.Plan, StringComparison.Ordinal);
        foreach ((string name, Tensor tensor) in expected)
        {
            Assert.True(tensor.Data.Span.SequenceEqual(actual[name].Data.Span), name);
        }

        classes.CheckGuarded("Network", inputs, actual);
    }

    private static bool IsSparse(PlanStep step) => step.Call.Target.StartsWith(Sparse, StringComparison.Ordinal);

    private static IEnumerable<PlanStep> Steps(ExecutionPlan plan) => plan.Steps.SelectMany(s => s.WithInner);

    private static CompileOptions Options(string file) => new()
    {
        ModelPath = file,
        Mode = ModelMode.Int8,
        ClassName = "Network",
        ResourceName = "Network.weights",
        Recovery = RecoveryMethods.None,
    };

    private static PruningOptions Pruning(string pattern, double sparsity)
    {
        Assert.True(SparsityPattern.TryRead(pattern, out SparsityPattern read, out _));
        return new PruningOptions
        {
            Sparsity = sparsity, Pattern = read, Scope = PruningScope.Layer, Criterion = PruningCriterion.Magnitude,
        };
    }

    private static void AssertSame(CompiledModel expected, CompiledModel actual, params long[] dimensions)
    {
        string input = expected.Portable.Inputs[0].Name;
        var inputs = new Dictionary<string, Tensor>
        {
            [input] = Tensor.Of(Numbers((int)dimensions.Aggregate((a, b) => a * b), 7), dimensions),
        };
        Dictionary<string, Tensor> first = new Interpreter(expected.Compiled).Run(inputs);
        Dictionary<string, Tensor> second = new Interpreter(actual.Compiled).Run(inputs);
        foreach ((string name, Tensor tensor) in first)
        {
            Assert.True(tensor.Data.Span.SequenceEqual(second[name].Data.Span), name);
        }
    }

    /// <summary>
    /// Groups, a dilation, a stride, a residual, a gate and a matrix, with zeros in blocks of four input channels of two outputs.
    /// </summary>
    private static Graph Network(double zeros)
    {
        var g = new TestGraph();
        var random = new Random(11);
        Value x = g.Input(16, 12, 12);
        Value y = g.Node("Relu", g.Conv(x, 64, 3, pad: 1));
        Value z = g.Node("HardSwish", g.Conv(y, 64, 3, dilation: 2, pad: 2));
        y = g.Node("Relu", g.Node("Add", [z, y]));
        y = g.Node("Relu", g.Conv(y, 128, 3, pad: 1, groups: 2));
        y = g.Node("Relu", g.Conv(y, 96, 3, stride: 2, pad: 1));
        y = g.Node("Relu", g.Conv(y, 64, 1));
        y = g.Node("Relu", g.Gemm(g.Flatten(g.Node("GlobalAveragePool", y)), 512));
        y = g.Node("Relu", g.Gemm(y, 768));
        Graph graph = g.Finish(g.Gemm(y, 10));
        foreach (Node node in graph.Nodes.Where(n => n.Type is "Conv" or "Gemm"))
        {
            Value weights = node.Required(1);
            weights.Constant = Pruned(weights.Constant!, random, zeros);
        }

        return graph;
    }

    /// <summary>Of outputs by inputs, with taps or without.</summary>
    private static Tensor Pruned(Tensor weights, Random random, double zeros)
    {
        float[] values = weights.ToFloats();
        long outputs = weights.Dimensions[0];
        long channels = weights.Dimensions[1];
        long taps = values.Length / outputs / channels;
        for (long output = 0; output < outputs; output += 2)
        {
            for (long channel = 0; channel < channels; channel += 4)
            {
                for (long tap = 0; tap < taps; tap++)
                {
                    bool isZero = random.NextDouble() < zeros;
                    for (long o = output; isZero && o < Math.Min(output + 2, outputs); o++)
                    {
                        for (long c = channel; c < Math.Min(channel + 4, channels); c++)
                        {
                            values[(((o * channels) + c) * taps) + tap] = 0;
                        }
                    }
                }
            }
        }

        return Tensor.Of(values, [.. weights.Dimensions]);
    }

    private static float[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }
}
