using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>Models of all sorts, the whole road in every mode, against ONNX Runtime without its optimizations.</summary>
public sealed class PracticeRoadTests : IDisposable
{
    /// <summary>What has no kernels yet, and the code that says so.</summary>
    private static readonly Dictionary<string, string> s_refused = new(StringComparer.Ordinal)
    {
        ["13 height written as 0"] = DiagnosticCodes.MalformedGraph,
        ["QDQ max pool of negative scale"] = DiagnosticCodes.MalformedGraph,
        ["QDQ scale infinite"] = DiagnosticCodes.MalformedGraph,
        ["QDQ zero scale of the input"] = DiagnosticCodes.MalformedGraph,
        ["QDQ zero scale where weights are quantized in the model"] = DiagnosticCodes.MalformedGraph,
        ["max pool of an empty result"] = DiagnosticCodes.MalformedGraph,
        ["reshape allowzero to nothing"] = DiagnosticCodes.UnboundDimension,
        ["split into more than the node has outputs"] = DiagnosticCodes.MalformedGraph,
        ["split into as many as there are integers"] = DiagnosticCodes.MalformedGraph,
    };

    /// <summary>Weights that have no codes.</summary>
    private static readonly string[] s_refusedAsInt8 = ["08 NaN among weights of a product", "08 infinite bias of a convolution"];

    /// <summary>What eight bits cannot say, and the build warns of.</summary>
    private static readonly string[] s_poor =
    [
        "08 alpha that overflows weights, and beta a bias",
        "08 factor before a product that overflows its weights", "08 weights of 1e38 that overflow when scaled", "extreme: values of 1e-30",
        "peaks of a map, and what lies there",
    ];

    private readonly TemporaryFolder _files = new();

    public static TheoryData<string, ModelMode> Rows => RoadRows.InEveryMode(PracticeModels.All.Keys.Concat(ReportedModels.All.Keys));

    public static TheoryData<string> OpenRows => [.. ReportedModels.OpenWindows.Keys.Concat(ReportedModels.OpenSequences.Keys)];

    public void Dispose() => _files.Dispose();

    /// <summary>Sizes that nothing divides evenly, and such that are hardly there.</summary>
    [Theory]
    [MemberData(nameof(OpenRows))]
    public void Predict_ModelOfOpenSizes_GivesWhatOnnxRuntimeComputesForEachSize(string name)
    {
        byte[] onnx = ReportedModels.All[name]();
        CompileOptions options = new()
        {
            ModelPath = _files.Write("model.onnx", onnx), Mode = ModelMode.Fp32, ClassName = "Model", ResourceName = "Model.weights",
        };
        Graph graph;
        using (CompiledModel plain = ModelCompiler.CompileModel(options))
        {
            graph = plain.Portable;
        }

        using CompileResult result = ModelCompiler.Compile(options);
        GeneratedModels models = GeneratedModels.Build(result);
        foreach (long extent in new long[] { 3, 4, 5, 6, 7, 9, 10, 12 })
        {
            Dictionary<string, Tensor> inputs = ProbeInputs.For(graph, extent);
            Dictionary<string, Tensor> expected;
            try
            {
                expected = OrtSession.Run(onnx, inputs);
            }
            catch (Microsoft.ML.OnnxRuntime.OnnxRuntimeException)
            {
                // A size that the model does not take is not taken here either.
                Assert.ThrowsAny<ArgumentException>(() => models.Predict("Model", inputs));
                continue;
            }

            Dictionary<string, Tensor> actual = models.Predict("Model", inputs);
            foreach ((string output, Tensor tensor) in expected)
            {
                Assert.Equal(tensor.Dimensions, actual[output].Dimensions);
                Assert.True(IsNear(tensor.ToDoubles(), actual[output].ToDoubles(), 1e-5, double.PositiveInfinity), $"{output} of {extent}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Predict_Model_GivesWhatOnnxRuntimeComputes(string name, ModelMode mode)
    {
        byte[] onnx = (PracticeModels.All.GetValueOrDefault(name) ?? ReportedModels.All[name])();
        CompileOptions options = new()
        {
            ModelPath = _files.Write("model.onnx", onnx), Mode = ModelMode.Fp32, ClassName = "Model", ResourceName = "Model.weights",
        };
        string? code = mode.IsCalibrated() && s_refusedAsInt8.Contains(name) ? DiagnosticCodes.WeightsNotFinite
            : s_refused.GetValueOrDefault(name);
        if (code is not null)
        {
            var error = Assert.Throws<CompilationException>(() => ModelCompiler.Compile(options with { Mode = mode }));
            Assert.Equal(code, error.Findings[0].Code);
            return;
        }

        Dictionary<string, Tensor> inputs;
        bool isQuantized;
        using (CompiledModel plain = ModelCompiler.CompileModel(options))
        {
            inputs = ProbeInputs.For(plain.Portable);
            isQuantized = plain.Portable.Nodes.Any(n => n.Is("QuantizeLinear"));
        }

        string samples = _files.Write("samples.npz", NumpyFile.Npz(inputs));
        using CompileResult result =
            ModelCompiler.Compile(options with { Mode = mode, CalibrationFiles = mode.IsCalibrated() ? [samples] : [] });

        GeneratedModels models = GeneratedModels.Build(result);
        Dictionary<string, Tensor> actual = models.Predict("Model", inputs);
        models.CheckGuarded("Model", inputs, actual);

        // Models in halves are computed in float32, which rounds less often.
        bool isHalf = name.StartsWith("half", StringComparison.Ordinal);
        bool isDouble = name.StartsWith("double", StringComparison.Ordinal);
        bool isPoor = result.Findings.Any(f => f.Code == DiagnosticCodes.PoorSqnr);
        Assert.Equal(mode == ModelMode.Int8 && s_poor.Contains(name), isPoor);

        // On processors with AVX2 and no more its integer operators saturate, and one of its optimizations makes weights unsigned.
        bool optimize = onnx.AsSpan().IndexOf("MatMulInteger"u8) >= 0;
        foreach ((string port, Tensor expected) in OrtSession.Run(onnx, inputs, optimize))
        {
            // The name of an output that is an input stays with the input.
            string output = inputs.ContainsKey(port) ? port + "_1" : port;
            Assert.Equal(expected.Type, actual[output].Type);
            Assert.Equal(expected.Dimensions, actual[output].Dimensions);
            double bound = mode switch
            {
                ModelMode.Fp32 => isHalf ? 2e-3 : isDouble ? 1e-12 : 1e-5,
                ModelMode.Fp16 => 2e-3,
                ModelMode.Int4Weights => 0.3,
                _ => 0.03,
            };

            // Where a code lies between two, each of them is right; and what the build has called poor is not looked at twice.
            double decibels = mode switch
            {
                ModelMode.Int8 or ModelMode.Int8Dynamic => 20,
                ModelMode.Int16x8 => 25,
                ModelMode.Int4Weights => 10,
                _ when isQuantized => 40,
                ModelMode.Int8Weights => 25,
                ModelMode.Fp16 => 60,
                _ => double.PositiveInfinity,
            };
            Assert.True(
                isPoor || IsNear(expected.ToDoubles(), actual[output].ToDoubles(), bound, decibels),
                $"{output}: {string.Join(' ', actual[output].ToDoubles().Take(8))}, not {string.Join(' ', expected.ToDoubles().Take(8))}");
        }
    }

    /// <summary>Every element within a part of the largest, or the whole so many decibels above the difference.</summary>
    private static bool IsNear(double[] expected, double[] actual, double bound, double decibels)
    {
        double largest = expected.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max();
        double[] errors = [.. expected.Zip(actual, (e, a) => e.Equals(a) ? 0 : Math.Abs(e - a))];
        double signal = expected.Where(double.IsFinite).Sum(e => e * e);
        return errors.All(e => e <= bound * largest) || errors.Sum(e => e * e) <= signal * Math.Pow(10, -decibels / 10);
    }
}
