using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Plan;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// Recurrent layers in mode int8: they multiply codes of known scales, and the ONNX file beside the plan, in which each is a loop, says the
/// same.
/// </summary>
public sealed class StaticRecurrenceTests : IDisposable
{
    private const int Hidden = 40;
    private const int Steps = 9;
    private const int Batch = 3;

    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("LSTM", "forward", "")]
    [InlineData("LSTM", "reverse", "states")]
    [InlineData("LSTM", "bidirectional", "lengths")]
    [InlineData("LSTM", "forward", "peepholes clip coupled states lengths")]
    [InlineData("LSTM", "bidirectional", "functions no-bias")]
    [InlineData("GRU", "forward", "")]
    [InlineData("GRU", "bidirectional", "reset-last states")]
    [InlineData("GRU", "reverse", "lengths")]
    [InlineData("GRU", "forward", "reset-last no-bias clip")]
    [InlineData("RNN", "bidirectional", "functions")]
    [InlineData("RNN", "reverse", "states lengths")]
    public void Predict_RecurrentLayer_IsNearTheFloatsAndWhatOnnxRuntimeMakesOfTheFile(string type, string direction, string with)
    {
        Graph graph = Layer(type, direction, with.Split(' '));
        Dictionary<string, Tensor> samples = TestGraph.Inputs(graph, Batch, seed: 5);
        CompileOptions options = Options(graph, samples);
        using CompileResult result = ModelCompiler.Compile(options);

        Dictionary<string, Tensor> actual = GeneratedModels.Build(result).Predict("Model", samples);

        Assert.Equal(direction == "bidirectional" ? 2 : 1, PlanReader.Read(result.Plan).Steps.Count(
            s => s.Call.Arguments.Any(a => a.Value is PlanCall { Target: "RecurrentWeights.OfStaticCodes" })));
        Assert.DoesNotContain(result.Findings, f => f.Code == DiagnosticCodes.FloatInsideInt8);
        Dictionary<string, Tensor> floats = OrtSession.Run(File.ReadAllBytes(options.ModelPath), samples);
        Dictionary<string, Tensor> written = OrtSession.Run(WrittenModel.Onnx(result), samples);
        Assert.Equal(floats.Keys.Order(), actual.Keys.Order());
        foreach (string output in floats.Keys)
        {
            Assert.InRange(Scores.SqnrDb(floats[output].ToFloats(), actual[output].ToFloats()), 33, 80);
            Assert.InRange(Scores.SqnrDb(written[output].ToFloats(), actual[output].ToFloats()), 60, double.PositiveInfinity);
        }
    }

    /// <summary>Beyond the samples' range codes end, and a state that is no number has that of zero.</summary>
    [Fact]
    public void Predict_InputsBeyondTheSamples_AreThoseAtTheEnds()
    {
        Graph graph = Layer("GRU", "forward", []);
        Dictionary<string, Tensor> samples = TestGraph.Inputs(graph, Batch, seed: 5);
        using CompileResult result = ModelCompiler.Compile(Options(graph, samples));
        GeneratedModels model = GeneratedModels.Build(result);
        (string input, Tensor values) = samples.Single();
        var far = new Dictionary<string, Tensor>
        {
            [input] = Tensor.Of([.. values.ToFloats().Select(v => v * 100)], [.. values.Dimensions]),
        };

        Dictionary<string, Tensor> actual = model.Predict("Model", far);

        Dictionary<string, Tensor> written = OrtSession.Run(WrittenModel.Onnx(result), far);
        Assert.All(actual, a => Assert.InRange(
            Scores.SqnrDb(written[a.Key].ToFloats(), a.Value.ToFloats()), 60, double.PositiveInfinity));
    }

    [Fact]
    public void Compile_LayerNamedInKeepFloat_ComputesInFloat()
    {
        Graph graph = Layer("LSTM", "forward", []);
        Dictionary<string, Tensor> samples = TestGraph.Inputs(graph, Batch, seed: 5);
        using CompileResult result = ModelCompiler.Compile(Options(graph, samples) with { KeepFloat = ["layer"] });

        Assert.DoesNotContain(PlanReader.Read(result.Plan).Steps, s => s.Call.Arguments.Any(a => a.Value is PlanCall call
            && call.Target is "RecurrentWeights.OfStaticCodes" or "RecurrentWeights.OfCodes"));
    }

    private static Graph Layer(string type, string direction, string[] with)
    {
        int directions = direction == "bidirectional" ? 2 : 1;
        int gates = type switch { "LSTM" => 4, "GRU" => 3, _ => 1 };
        var g = new TestGraph();
        Value x = g.FixedInput(Steps, Batch, 24);
        bool isLstm = type == "LSTM";
        Value?[] inputs =
        [
            x, g.Weights(directions, gates * Hidden, 24), g.Weights(directions, gates * Hidden, Hidden),
            with.Contains("no-bias") ? null : g.Weights(directions, 2 * gates * Hidden),
            with.Contains("lengths") ? g.Constant(Tensor.FromInt64s(DataType.Int32, [Steps, 0, 4], [Batch])) : null,
            with.Contains("states") ? g.FixedInput(directions, Batch, Hidden) : null,
            .. isLstm
                ? [with.Contains("states") ? g.FixedInput(directions, Batch, Hidden) : null,
                    with.Contains("peepholes") ? g.Weights(directions, 3 * Hidden) : null]
                : Array.Empty<Value?>(),
        ];
        var attributes = new Dictionary<string, AttributeValue> { ["direction"] = direction, ["hidden_size"] = (long)Hidden };
        if (with.Contains("reset-last"))
        {
            attributes["linear_before_reset"] = 1L;
        }

        if (with.Contains("clip"))
        {
            attributes["clip"] = 0.4f;
        }

        if (with.Contains("coupled"))
        {
            attributes["input_forget"] = 1L;
        }

        if (with.Contains("functions"))
        {
            string[] cell = isLstm ? ["HardSigmoid", "ScaledTanh", "Softsign"] : ["Affine"];
            attributes["activations"] = (string[])[.. Enumerable.Repeat(cell, directions).SelectMany(c => c)];
            attributes["activation_alpha"] = (float[])[.. Enumerable.Repeat<float[]>(isLstm ? [0.3f, 0.9f] : [0.4f], directions)
                .SelectMany(a => a)];
            attributes["activation_beta"] = (float[])[.. Enumerable.Repeat<float[]>(isLstm ? [0.4f, 1.1f] : [0.1f], directions)
                .SelectMany(a => a)];
        }

        Value[] outputs = [.. Enumerable.Range(0, isLstm ? 3 : 2).Select(i => g.Graph.NewValue($"y{i}", DataType.Float32, i == 0
            ? Shape.Of(Steps, directions, Batch, Hidden) : Shape.Of(directions, Batch, Hidden)))];
        g.Graph.Add(new Node(Domains.Onnx, type, "layer", inputs, outputs, attributes));
        return g.Finish(outputs);
    }

    private CompileOptions Options(Graph graph, Dictionary<string, Tensor> samples) => new()
    {
        ModelPath = _files.Write("model.onnx", OnnxExporter.Export(graph)), Mode = ModelMode.Int8, ClassName = "Model",
        ResourceName = "Model.weights", CalibrationFiles = [_files.Write("samples.npz", NumpyFile.Npz(samples))],
    };
}
