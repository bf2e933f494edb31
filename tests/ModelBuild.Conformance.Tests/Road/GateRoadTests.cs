using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Plan;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// HardSwish, and constants per channel behind it, inside the integer kernels of convolutions and matrix products: the same codes as ONNX
/// Runtime computes from the ONNX file beside the plan.
/// </summary>
public sealed class GateRoadTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    public static TheoryData<string, int> Networks => new()
    {
        { "convolution", 1 },
        { "scaled and shifted", 1 },
        { "scaled, shifted and divided by channel", 1 },
        { "rows, scaled by channel", 1 },
        { "depthwise", 2 },
        { "gemm", 1 },
        { "one dimension", 1 },
        { "groups", 1 },
        { "read twice", 1 },
        { "read by others", 1 },
        { "output", 0 },
        { "taken from a constant", 1 },
        { "shifted, and divides a constant", 0 },
        { "read before the gate", 0 },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Predict_HardSwishBehindAProduct_GivesTheCodesOfOnnxRuntime(string name, int gates)
    {
        Graph graph = Network(name);
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, 3, seed: 5);
        var options = new CompileOptions
        {
            ModelPath = _files.Write("model.onnx", OnnxExporter.Export(graph)), Mode = ModelMode.Int8, ClassName = "Model",
            ResourceName = "model", CalibrationFiles = [_files.Write("samples.npz", NumpyFile.Npz(inputs))],
        };
        using CompileResult result = ModelCompiler.Compile(options);

        Dictionary<string, Tensor> actual = GeneratedModels.Build(result).Predict("Model", inputs);

        Assert.Equal(gates, Gates(PlanReader.Read(result.Plan)));
        Dictionary<string, Tensor> floats = OrtSession.Run(File.ReadAllBytes(options.ModelPath), inputs);
        Dictionary<string, Tensor> written = OrtSession.Run(WrittenModel.Onnx(result), inputs);
        foreach (string output in floats.Keys)
        {
            float[] expected = written[output].ToFloats();
            float[] found = actual[output].ToFloats();
            float largest = expected.Max(MathF.Abs);
            Assert.InRange(Scores.SqnrDb(floats[output].ToFloats(), found), 25, double.PositiveInfinity);

            // A code that lies at a half of a step for one of both is another for the other; an output is a sum of many.
            Assert.InRange(Scores.RelativeError(expected, found), 0, 0.01);
            Assert.InRange(expected.Zip(found).Count(p => MathF.Abs(p.First - p.Second) > 1e-4f * largest), 0, expected.Length / 50);
        }
    }

    private static int Gates(ExecutionPlan plan) => plan.Steps.Count(
        s => s.Call.Arguments.Any(a => a.Value is PlanCall { Target: "Epilogue.GateToUInt8" }));

    private static Graph Network(string name)
    {
        var g = new TestGraph();
        Value x = name switch
        {
            "gemm" => g.Gemm(g.Input(40), 24),
            "rows, scaled by channel" => g.Node("MatMul", [g.Input(5, 16), g.Weights(16, 24)]),
            "one dimension" => g.Conv(g.Input(8, 30), 24, 5, pad: 2),
            "groups" => g.Conv(g.Input(8, 9, 9), 24, 3, groups: 2),
            _ => g.Conv(g.Input(6, 9, 9), 24, 3, stride: 2, pad: 1),
        };

        // Pre-activations on both sides of where the gate opens and closes.
        Value swish = g.Node("HardSwish", x);
        Value y = name switch
        {
            "scaled and shifted" => g.Node("Add", [g.Node("Mul", [swish, Number(1.7f)]), Number(-0.3f)]),
            "scaled, shifted and divided by channel" =>
                g.Node("Div", [g.Node("Sub", [g.Node("Mul", [PerChannel(0.5f, 0.1f), swish]), PerChannel(-1, 0.07f)]), Number(0.6f)]),
            "rows, scaled by channel" => g.Node("Mul", [swish, g.Constant(Tensor.Of(Numbers(0.5f, 0.1f), 24))]),
            "shifted, and divides a constant" => g.Node("Div", [Number(2), g.Node("Add", [swish, Number(1)])]),
            "depthwise" => g.Node("HardSwish", g.Conv(swish, 24, 3, pad: 1, groups: 24)),
            "taken from a constant" => g.Node("Sub", [Number(2), swish]),
            _ => swish,
        };
        if (name == "gemm")
        {
            return g.Finish(g.Gemm(y, 7));
        }

        if (name == "rows, scaled by channel")
        {
            return g.Finish(g.Node("MatMul", [y, g.Weights(24, 7)]));
        }

        Value end = g.Conv(y, 8, 1);
        return name switch
        {
            "read twice" => g.Finish(g.Node("Add", [end, g.Conv(y, 8, 1)])),
            "read by others" => g.Finish(g.Node("Mul", [end, g.Node("ReduceMax", y, ("keepdims", 1L))])),
            "read before the gate" => g.Finish(g.Node("Add", [end, g.Conv(x, 8, 1)])),
            "output" => g.Finish(end, y),
            _ => g.Finish(end),
        };

        Value Number(float value) => g.Constant(Tensor.Scalar(value));

        Value PerChannel(float first, float step) => g.Constant(Tensor.Of(Numbers(first, step), 24, 1, 1));

        static float[] Numbers(float first, float step) => [.. Enumerable.Range(0, 24).Select(c => first + (step * c))];
    }
}
