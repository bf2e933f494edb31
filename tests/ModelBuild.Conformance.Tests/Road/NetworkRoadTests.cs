using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Plan;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// Networks of all kinds of operators, from the file to the generated class: compared with the compiler's interpreter to the byte, and with
/// ONNX Runtime on the original model, not on the one that was rounded here.
/// </summary>
public sealed class NetworkRoadTests : IDisposable
{
    private const int Samples = 5;
    private readonly TemporaryFolder _files = new();

    public static TheoryData<string, ModelMode> Rows => RoadRows.InEveryMode(Networks.Names);

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Rows))]
    public void Predict_Network_IsTheInterpretersAndNearOnnxRuntimes(string name, ModelMode mode)
    {
        Graph graph = Networks.Make(name);
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, Samples, seed: 11);
        CompileOptions options = Options(graph, mode, inputs);
        using CompileResult result = ModelCompiler.Compile(options);

        Dictionary<string, Tensor> actual = GeneratedModels.Build(result).Predict("Model", inputs);

        using CompiledModel model = ModelCompiler.CompileModel(options);
        Dictionary<string, Tensor> interpreted = new Interpreter(model.Compiled).Run(inputs);
        Dictionary<string, Tensor> expected = OrtSession.Run(File.ReadAllBytes(options.ModelPath), inputs);
        foreach (Value output in graph.Outputs)
        {
            Assert.Equal(interpreted[output.Name].Dimensions, actual[output.Name].Dimensions);
            Assert.Equal(interpreted[output.Name].Data.ToArray(), actual[output.Name].Data.ToArray());
            double decibels = Scores.SqnrDb(expected[output.Name].ToFloats(), actual[output.Name].ToFloats());
            double least = mode switch
            {
                ModelMode.Fp32 => 90, ModelMode.Fp16 => 50, ModelMode.Int8Weights => 30, ModelMode.Int4Weights => 10, _ => 20,
            };
            Assert.InRange(decibels, least, double.PositiveInfinity);
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Predict_SampleBySample_IsTheSameAsAtOnce(string name, ModelMode mode)
    {
        Graph graph = Networks.Make(name);
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, Samples, seed: 11);
        using CompileResult result = ModelCompiler.Compile(Options(graph, mode, inputs));
        ExecutionPlan plan = PlanReader.Read(result.Plan);
        Assert.True(plan.Slice is not null || plan.Arena.IsConstant);

        Dictionary<string, Tensor> sliced =
            GeneratedModels.Build([result], p => p with { Slice = p.Slice is { } s ? s with { Bytes = 1 } : null })
            .Predict("Model", inputs);

        Dictionary<string, Tensor> whole = GeneratedModels.Build(result).Predict("Model", inputs);
        foreach (Value output in graph.Outputs)
        {
            // Sums of floats may be cut in other tiles for a batch.
            Assert.InRange(
                Scores.RelativeError(whole[output.Name].ToFloats(), sliced[output.Name].ToFloats()), 0, mode == ModelMode.Int8 ? 0 : 1e-5);
        }
    }

    private CompileOptions Options(Graph graph, ModelMode mode, Dictionary<string, Tensor> inputs) => new()
    {
        ModelPath = _files.Write("model.onnx", OnnxExporter.Export(graph)),
        Mode = mode,
        ClassName = "Model",
        ResourceName = "Model.weights",
        CalibrationFiles = mode.IsCalibrated()
            ? [_files.Write("calibration.npz", NumpyFile.Npz(inputs))]
            : [],
    };
}
