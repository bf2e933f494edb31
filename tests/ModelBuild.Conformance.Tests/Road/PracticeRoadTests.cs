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

    /// <summary>
    /// What ONNX Runtime saturates on processors with AVX2 and no more, unless it is optimized: then weights become unsigned.
    /// </summary>
    private static readonly string[] s_saturating = ["01 dynamic codes used by two products, and as numbers"];

    private readonly TemporaryFolder _files = new();

    public static TheoryData<string> Rows => [.. PracticeModels.All.Keys.Concat(ReportedModels.All.Keys)];

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
    public void Predict_ModelInEveryMode_GivesWhatOnnxRuntimeComputes(string name)
    {
        byte[] onnx = (PracticeModels.All.GetValueOrDefault(name) ?? ReportedModels.All[name])();
        string file = _files.Write("model.onnx", onnx);
        ModelMode[] modes = [.. Modes.All.Where(mode => !IsRefused(name, ModelInModes.Options(file, mode)))];
        if (modes.Length == 0)
        {
            return;
        }

        Dictionary<string, Tensor> inputs;
        bool isQuantized;
        using (CompiledModel plain = ModelCompiler.CompileModel(ModelInModes.Options(file, ModelMode.Fp32)))
        {
            inputs = ProbeInputs.For(plain.Portable);
            isQuantized = plain.Portable.Nodes.Any(n => n.Is("QuantizeLinear"));
        }

        Dictionary<string, Tensor> expected = OrtSession.Run(onnx, inputs, optimize: s_saturating.Contains(name));
        using ModelInModes model = ModelInModes.Compile(file, modes, _files.Write("samples.npz", NumpyFile.Npz(inputs)));
        GeneratedModels classes = model.Build();
        Assert.All(model.Results, made =>
        {
            string @class = ModelInModes.ClassOf(made.Mode);
            Dictionary<string, Tensor> actual = classes.Predict(@class, inputs);
            classes.CheckGuarded(@class, inputs, actual);
            bool isPoor = made.Result.Findings.Any(f => f.Code == DiagnosticCodes.PoorSqnr);
            Assert.Equal(made.Mode == ModelMode.Int8 && s_poor.Contains(name), isPoor);
            AssertNear(name, made.Mode, isPoor, isQuantized, expected, actual, inputs);
        });
    }

    /// <summary>Whether a model is one that a mode has no kernels for, which the compiler has to say.</summary>
    private static bool IsRefused(string name, CompileOptions options)
    {
        string? code = options.Mode.IsCalibrated() && s_refusedAsInt8.Contains(name) ? DiagnosticCodes.WeightsNotFinite
            : s_refused.GetValueOrDefault(name);
        if (code is not null)
        {
            var error = Assert.Throws<CompilationException>(() => ModelCompiler.Compile(options));
            Assert.Equal(code, error.Findings[0].Code);
        }

        return code is not null;
    }

    private static void AssertNear(
        string name, ModelMode mode, bool isPoor, bool isQuantized, Dictionary<string, Tensor> expected, Dictionary<string, Tensor> actual,
        Dictionary<string, Tensor> inputs)
    {
        // Models in halves are computed in float32, which rounds less often.
        bool isHalf = name.StartsWith("half", StringComparison.Ordinal);
        bool isDouble = name.StartsWith("double", StringComparison.Ordinal);
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
        foreach ((string port, Tensor tensor) in expected)
        {
            // The name of an output that is an input stays with the input.
            string output = inputs.ContainsKey(port) ? port + "_1" : port;
            Assert.Equal(tensor.Type, actual[output].Type);
            Assert.Equal(tensor.Dimensions, actual[output].Dimensions);
            Assert.True(
                isPoor || IsNear(tensor.ToDoubles(), actual[output].ToDoubles(), bound, decibels),
                $"{output}: {string.Join(' ', actual[output].ToDoubles().Take(8))}, not {string.Join(' ', tensor.ToDoubles().Take(8))}");
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
