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
        ["clip attributes of opset 6"] = DiagnosticCodes.UnsupportedFeature,
        ["conv 3 axes"] = DiagnosticCodes.UnsupportedFeature,
        ["input that is an output"] = DiagnosticCodes.MalformedGraph,
        ["pad edge"] = DiagnosticCodes.UnsupportedFeature,
        ["prelu by channel"] = DiagnosticCodes.UnsupportedOperator,
    };

    private readonly TemporaryFolder _files = new();

    public static TheoryData<string, ModelMode> Rows => RoadRows.InEveryMode(PracticeModels.Names);

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Rows))]
    public void Predict_Model_GivesWhatOnnxRuntimeComputes(string name, ModelMode mode)
    {
        byte[] onnx = PracticeModels.Make(name);
        string file = _files.Write("model.onnx", onnx);
        CompileOptions options = new() { ModelPath = file, Mode = ModelMode.Fp32, ClassName = "Model", ResourceName = "Model.weights" };
        if (s_refused.TryGetValue(name, out string? code))
        {
            var error = Assert.Throws<CompilationException>(() => ModelCompiler.Compile(options with { Mode = mode }));
            Assert.Equal(code, error.Findings[0].Code);
            return;
        }

        Dictionary<string, Tensor> inputs;
        using (CompiledModel plain = ModelCompiler.CompileModel(options))
        {
            inputs = ProbeInputs.For(plain.Portable);
        }

        string samples = _files.Write("samples.npz", NumpyFile.Npz([.. inputs.Select(i => (i.Key, NumpyFile.Npy(i.Value)))]));
        using CompileResult result =
            ModelCompiler.Compile(options with { Mode = mode, CalibrationFiles = mode == ModelMode.Int8 ? [samples] : [] });

        Dictionary<string, Tensor> actual = GeneratedModels.Build(result).Predict("Model", inputs);

        foreach ((string output, Tensor expected) in OrtSession.Run(onnx, inputs))
        {
            Assert.Equal(expected.Type, actual[output].Type);
            Assert.Equal(expected.Dimensions, actual[output].Dimensions);
            double bound = mode switch { ModelMode.Fp32 => 1e-5, ModelMode.Fp16 => 2e-3, _ => 0.03 };
            double largest = expected.ToDoubles().Max(Math.Abs);
            Assert.InRange(expected.ToDoubles().Zip(actual[output].ToDoubles(), (e, a) => Math.Abs(e - a)).Max(), 0, bound * largest);
        }
    }
}
