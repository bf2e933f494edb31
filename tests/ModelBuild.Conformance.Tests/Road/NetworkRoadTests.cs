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

    public static TheoryData<string> Rows => [.. Networks.Names];

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Rows))]
    public void Predict_NetworkInEveryMode_IsTheInterpretersAndNearOnnxRuntimes(string name)
    {
        Graph graph = Networks.Make(name);
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, Samples, seed: 11);
        (string file, string samples) = Write(graph, inputs);
        using ModelInModes model = ModelInModes.Compile(file, Modes.All, samples);
        GeneratedModels classes = model.Build();
        Dictionary<string, Tensor> expected = OrtSession.Run(OnnxExporter.Export(graph), inputs);

        Assert.All(Modes.All, mode =>
        {
            Dictionary<string, Tensor> actual = classes.Predict(ModelInModes.ClassOf(mode), inputs);
            using CompiledModel compiled = ModelCompiler.CompileModel(ModelInModes.Options(file, mode, samples));
            Dictionary<string, Tensor> interpreted = new Interpreter(compiled.Compiled).Run(inputs);
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
        });
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Predict_SampleBySampleInEveryMode_IsTheSameAsAtOnce(string name)
    {
        Graph graph = Networks.Make(name);
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, Samples, seed: 11);
        (string file, string samples) = Write(graph, inputs);
        using ModelInModes model = ModelInModes.Compile(file, Modes.All, samples);
        GeneratedModels whole = model.Build();
        GeneratedModels sliced = model.Build(p => p with { Slice = p.Slice is { } s ? s with { Bytes = 1 } : null });

        Assert.All(model.Results, made =>
        {
            ExecutionPlan plan = PlanReader.Read(made.Result.Plan);
            Assert.True(plan.Slice is not null || plan.Arena.IsConstant);
            Dictionary<string, Tensor> expected = whole.Predict(ModelInModes.ClassOf(made.Mode), inputs);
            Dictionary<string, Tensor> actual = sliced.Predict(ModelInModes.ClassOf(made.Mode), inputs);
            foreach (Value output in graph.Outputs)
            {
                // Sums of floats may be cut in other tiles for a batch.
                double bound = made.Mode == ModelMode.Int8 ? 0 : 1e-5;
                Assert.InRange(Scores.RelativeError(expected[output.Name].ToFloats(), actual[output.Name].ToFloats()), 0, bound);
            }
        });
    }

    private (string Model, string Samples) Write(Graph graph, Dictionary<string, Tensor> inputs) =>
        (_files.Write("model.onnx", OnnxExporter.Export(graph)), _files.Write("calibration.npz", NumpyFile.Npz(inputs)));
}
