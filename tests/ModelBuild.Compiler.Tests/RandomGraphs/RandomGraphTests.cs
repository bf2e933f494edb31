using System.Diagnostics.CodeAnalysis;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Tests.RandomGraphs;

/// <summary>
/// Random graphs through the whole compiler in every mode: the plan computes what the operators of the graph mean, or the graph is
/// refused by name; nothing else happens, and always in the end.
/// </summary>
public sealed class RandomGraphTests
{
    private const int GraphsInAGroup = 25;

    /// <summary>More graphs than usual: a number in this variable.</summary>
    private static readonly int s_groups = int.TryParse(Environment.GetEnvironmentVariable("MODELBUILD_RANDOM_GRAPHS"), out int graphs)
        ? graphs / GraphsInAGroup
        : 12;

    /// <summary>What a correct graph may be refused for.</summary>
    private static readonly string[] s_refusals =
        [DiagnosticCodes.UnsupportedOperator, DiagnosticCodes.UnsupportedFeature, DiagnosticCodes.UnboundDimension];

    /// <summary>Seeds of graphs with activations beyond float32, which int8 has no scale for.</summary>
    private static readonly int[] s_infinite = [2937];

    public static TheoryData<int> Groups => [.. Enumerable.Range(0, s_groups)];

    [Theory]
    [MemberData(nameof(Groups))]
    public void Compile_RandomGraphs_ComputeWhatTheyMean(int group)
    {
        int compiled = 0;
        var failures = new List<string>();
        for (int seed = group * GraphsInAGroup; seed < (group + 1) * GraphsInAGroup; seed++)
        {
            Graph graph = RandomGraph.Make(seed);
            foreach (ModelMode mode in Modes.All)
            {
                try
                {
                    compiled += Try(graph, mode, s_infinite.Contains(seed)) ? 1 : 0;
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    failures.Add($"Seed {seed}, {mode}: {e.GetType().Name}: {e.Message}\n{e.StackTrace}\n{GraphPrinter.Write(graph)}");
                }
            }
        }

        Assert.True(failures.Count == 0, string.Join("\n", failures));
        Assert.InRange(compiled, GraphsInAGroup, int.MaxValue);
    }

    /// <summary>Graphs of the list above are in no group that runs without being asked for.</summary>
    [Fact]
    public void Compile_ActivationsBeyondFloat32_AreRefusedByName()
    {
        foreach (int seed in s_infinite)
        {
            using var files = new TemporaryFolder();
            Graph graph = RandomGraph.Make(seed);
            CompileOptions options = Options(files, graph, ModelMode.Int8, ProbeInputs.For(graph));
            Assert.Equal(
                DiagnosticCodes.BadRange,
                Assert.Single(Assert.Throws<CompilationException>(() => ModelCompiler.CompileModel(options)).Findings).Code);
        }
    }

    private static CompileOptions Options(TemporaryFolder files, Graph graph, ModelMode mode, Dictionary<string, Tensor> inputs) => new()
    {
        ModelPath = files.Write("random.onnx", OnnxExporter.Export(graph)),
        Mode = mode,
        ClassName = "Model",
        ResourceName = "Model.weights",
        CalibrationFiles = mode.QuantizesBySamples() ? [Calibration(files, inputs)] : [],
    };

    private static bool Try(Graph graph, ModelMode mode, bool isInfinite)
    {
        using var files = new TemporaryFolder();
        Dictionary<string, Tensor> inputs = ProbeInputs.For(graph);
        CompiledModel compiled;
        try
        {
            compiled = ModelCompiler.CompileModel(Options(files, graph, mode, inputs));
        }
        catch (CompilationException e) when (
            e.Findings.All(f => s_refusals.Contains(f.Code) || (isInfinite && f.Code == DiagnosticCodes.BadRange)))
        {
            return false;
        }

        // What 8 bits cost is not the question here: quantized graphs are compared with what their Q/DQ form means.
        Graph meaning = mode.QuantizesBySamples() ? compiled.Portable : graph;
        if (!IsValid(meaning, inputs, out GraphEvaluator? evaluator))
        {
            return false;
        }

        Dictionary<string, Tensor> expected = evaluator.Run(CancellationToken.None)!;
        Dictionary<string, Tensor> actual = new Interpreter(compiled.Compiled).Run(inputs);
        bool isQuantized = mode.IsCalibrated() || graph.Nodes.Any(n => n.Is("QuantizeLinear"));
        foreach ((string name, Tensor tensor) in expected)
        {
            Assert.Equal(tensor.Type, actual[name].Type);
            Assert.Equal(tensor.Dimensions, actual[name].Dimensions);
            double bound = isQuantized ? 0.35 : mode is ModelMode.Fp16 or ModelMode.Int8Dynamic ? 0.05 : 1e-3;
            double error = RelativeError(tensor, actual[name]);
            Assert.True(
                error <= bound || error <= 2 * RelativeError(tensor, Disturbed()[name]),
                $"Output '{name}' is {error:G3} of its power from what the operators mean.");
        }

        return true;

        // What is divided by a sum that cancels is whatever the order of the sum makes of it.
        Dictionary<string, Tensor> Disturbed() => evaluator.Run(CancellationToken.None, disturb: (_, tensor) => !tensor.Type.IsFloat()
            ? tensor
            : Tensor.FromDoubles(
                tensor.Type, [.. tensor.ToDoubles().Select((value, i) => value * (1 + (i % 2 == 0 ? 2e-6 : -2e-6)))],
                [.. tensor.Dimensions]))!;
    }

    /// <summary>False where a window is larger than the image that a batch on a spatial axis makes.</summary>
    private static bool IsValid(Graph graph, Dictionary<string, Tensor> inputs, [NotNullWhen(true)] out GraphEvaluator? evaluator)
    {
        try
        {
            evaluator = new GraphEvaluator(graph, inputs, new InferenceContext("random.onnx", 18));
            return true;
        }
        catch (CompilationException)
        {
            evaluator = null;
            return false;
        }
    }

    /// <summary>
    /// Root of the power of the difference over that of the signal: what a single value that is rounded the other way hardly moves.
    /// </summary>
    private static double RelativeError(Tensor expected, Tensor actual)
    {
        (double E, double A)[] finite = [.. expected.ToDoubles().Zip(actual.ToDoubles()).Where(p => double.IsFinite(p.First))];
        double signal = finite.Sum(p => p.E * p.E);
        double noise = finite.Sum(p => (p.E - p.A) * (p.E - p.A));
        return noise == 0 ? 0 : Math.Sqrt(noise / signal);
    }

    /// <summary>Three samples around the probe.</summary>
    private static string Calibration(TemporaryFolder files, Dictionary<string, Tensor> inputs) =>
        files.Write("calibration.npz", NumpyFile.Npz(inputs));
}
