using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Plan;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// Mode int8-dynamic: which kernels it takes, that samples do not meet, and that the ONNX file beside the plan says the same.
/// </summary>
public sealed class DynamicModeTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    public static TheoryData<string, string> Networks => new()
    {
        { "gemm", "DynamicGemm.UInt8" },
        { "gemm without bias, clipped", "DynamicGemm.UInt8" },
        { "matmul of rank 3", "DynamicGemm.UInt8" },
        { "two products of one value", "DynamicGemm.UInt8" },
        { "convolution", "DynamicConvolution.UInt8" },
        { "convolution of one dimension", "DynamicConvolution.UInt8" },
        { "convolution in groups", "DynamicConvolution.UInt8" },
        { "depthwise convolution of many taps", "DynamicConvolution.UInt8" },
        { "gemm of few terms", "Gemm.Float32" },
        { "depthwise convolution", "DepthwiseConvolution.Float32" },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Predict_Network_IsNearTheFloatsAndWhatOnnxRuntimeMakesOfTheFile(string name, string kernel)
    {
        Graph graph = ProductNetworks.Make(name);
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, 3, seed: 5);
        CompileOptions options = Options(graph);
        using CompileResult result = ModelCompiler.Compile(options);

        Dictionary<string, Tensor> actual = GeneratedModels.Build(result).Predict("Model", inputs);

        ExecutionPlan plan = PlanReader.Read(result.Plan);
        Assert.Contains(plan.Steps, s => s.Call.Target == kernel);
        Assert.DoesNotContain(plan.Steps, s => s.Call.Target.StartsWith("MatrixProduct", StringComparison.Ordinal));
        Dictionary<string, Tensor> floats = OrtSession.Run(File.ReadAllBytes(options.ModelPath), inputs);

        // Not optimized, its integer products saturate on processors with AVX2 and no more.
        Dictionary<string, Tensor> written = OrtSession.Run(WrittenModel.Onnx(result), inputs, optimize: true);
        foreach (string output in floats.Keys)
        {
            Assert.InRange(Scores.SqnrDb(floats[output].ToFloats(), actual[output].ToFloats()), 30, double.PositiveInfinity);
            Assert.InRange(Scores.RelativeError(written[output].ToFloats(), actual[output].ToFloats()), 0, 2e-3);
        }
    }

    /// <summary>
    /// Recurrent layers multiply codes, whatever their form; a file cannot say so, and ONNX Runtime computes it with the same weights in
    /// float.
    /// </summary>
    [Theory]
    [InlineData("LSTM", "forward", 0)]
    [InlineData("LSTM", "reverse", 1)]
    [InlineData("LSTM", "bidirectional", 0)]
    [InlineData("GRU", "forward", 0)]
    [InlineData("GRU", "bidirectional", 1)]
    [InlineData("GRU", "reverse", 0)]
    [InlineData("RNN", "bidirectional", 0)]
    public void Predict_RecurrentLayer_IsNearTheFloats(string type, string direction, long resetLast)
    {
        const int Hidden = 40;
        int directions = direction == "bidirectional" ? 2 : 1;
        int gates = type switch { "LSTM" => 4, "GRU" => 3, _ => 1 };
        var g = new TestGraph();
        Value x = g.Node("Transpose", g.Input(9, 24), ("perm", (long[])[1, 0, 2]));
        Value[] inputs =
        [
            x, g.Weights(directions, gates * Hidden, 24), g.Weights(directions, gates * Hidden, Hidden),
            g.Weights(directions, 2 * gates * Hidden),
        ];
        Value y = type == "GRU"
            ? g.Node(type, inputs, ("direction", direction), ("linear_before_reset", resetLast), ("hidden_size", (long)Hidden))
            : g.Node(type, inputs, ("direction", direction), ("hidden_size", (long)Hidden));
        Graph graph = g.Finish(y);
        Dictionary<string, Tensor> samples = TestGraph.Inputs(graph, 3, seed: 5);
        CompileOptions options = Options(graph);
        using CompileResult result = ModelCompiler.Compile(options);

        Dictionary<string, Tensor> actual = GeneratedModels.Build(result).Predict("Model", samples);

        Assert.Equal(directions, PlanReader.Read(result.Plan).Steps.Count(
            s => s.Call.Arguments.Any(a => a.Value is PlanCall { Target: "RecurrentWeights.OfCodes" })));
        Dictionary<string, Tensor> floats = OrtSession.Run(File.ReadAllBytes(options.ModelPath), samples);
        Dictionary<string, Tensor> written = OrtSession.Run(WrittenModel.Onnx(result), samples);
        string output = floats.Keys.Single();
        Assert.InRange(Scores.SqnrDb(floats[output].ToFloats(), actual[output].ToFloats()), 30, 80);
        Assert.InRange(Scores.SqnrDb(written[output].ToFloats(), actual[output].ToFloats()), 33, 80);
    }

    /// <summary>The first sample is a thousand times larger than the second, and would leave it a handful of codes.</summary>
    [Theory]
    [InlineData("gemm")]
    [InlineData("convolution")]
    public void Predict_SmallSampleBesideALargeOne_IsAsGoodAsAlone(string name)
    {
        Graph graph = ProductNetworks.Make(name);
        using CompileResult result = ModelCompiler.Compile(Options(graph));
        GeneratedModels model = GeneratedModels.Build(result);
        (string input, Tensor both) = TestGraph.Inputs(graph, 2, seed: 7).Single();
        float[] values = both.ToFloats();
        int size = values.Length / 2;
        for (int i = 0; i < size; i++)
        {
            values[i] *= 1000;
        }

        float[] together = Predict(values, 2);
        float[] alone = Predict(values[size..], 1);

        Assert.Equal(alone, together[alone.Length..]);

        float[] Predict(float[] x, long batch)
        {
            Tensor samples = Tensor.Of(x, [batch, .. both.Dimensions.Skip(1)]);
            return model.Predict("Model", new Dictionary<string, Tensor> { [input] = samples }).Values.Single().ToFloats();
        }
    }

    private CompileOptions Options(Graph graph) => new()
    {
        ModelPath = _files.Write("model.onnx", OnnxExporter.Export(graph)), Mode = ModelMode.Int8Dynamic, ClassName = "Model",
        ResourceName = "Model.weights",
    };
}
