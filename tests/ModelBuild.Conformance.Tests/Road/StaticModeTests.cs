using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Plan;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// Mode int8 with as many samples as ranges are refined on: what stays integer, what masks among the samples do, and that the ONNX file
/// beside the plan says the same.
/// </summary>
public sealed class StaticModeTests : IDisposable
{
    /// <summary>Ranges are refined from 16 on.</summary>
    private const int Samples = 20;

    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    public static TheoryData<string> Networks =>
    [
        "split into halves", "split, a part gates the other", "split into parts that stay float", "sum of a constant in codes",
        "mean of two",
    ];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Predict_Network_IsIntegerAndWhatOnnxRuntimeMakesOfTheFile(string name)
    {
        Graph graph = Make(name);
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, Samples, seed: 5);

        (double sqnr, double file, CompileResult result) = Measure(graph, inputs);

        using (result)
        {
            Assert.DoesNotContain(result.Findings, f => f.Code == DiagnosticCodes.FloatInsideInt8);
            Assert.InRange(sqnr, 30, double.PositiveInfinity);
            Assert.InRange(file, 40, double.PositiveInfinity);
        }
    }

    /// <summary>
    /// What a mask takes out may be −∞ or the lowest float: neither has a part in ranges, and both stay below all others.
    /// </summary>
    [Theory]
    [InlineData("attention", float.NegativeInfinity, 30)]
    [InlineData("attention", -3.4e38f, 30)]
    [InlineData("attention with a bias", float.NegativeInfinity, 22)]
    [InlineData("attention with a bias", -1e38f, 22)]
    [InlineData("largest of those that are there", float.NegativeInfinity, 30)]
    [InlineData("largest of those that are there", -1e38f, 30)]
    public void Predict_MaskAmongTheInputs_TakesNoCodesFromOthers(string name, float masked, double expected)
    {
        Graph graph = Masked(name);
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, Samples, seed: 5);
        string mask = graph.Inputs[1].Name;
        var random = new Random(3);
        inputs[mask] = Tensor.Of(
            [.. inputs[mask].ToFloats().Select((_, i) => i % 6 == 0 || random.NextDouble() > 0.3 ? 0 : masked)],
            [.. inputs[mask].Dimensions]);

        (double sqnr, double file, CompileResult result) = Measure(graph, inputs);

        using (result)
        {
            Assert.DoesNotContain(result.Findings, f => f.Code is DiagnosticCodes.PoorSqnr or DiagnosticCodes.BadRange);
            Assert.InRange(sqnr, expected, double.PositiveInfinity);
            Assert.InRange(file, 40, double.PositiveInfinity);
        }
    }

    private (double Sqnr, double File, CompileResult Result) Measure(Graph graph, Dictionary<string, Tensor> inputs)
    {
        var options = new CompileOptions
        {
            ModelPath = _files.Write("model.onnx", OnnxExporter.Export(graph)), Mode = ModelMode.Int8, ClassName = "Model",
            ResourceName = "Model.weights", CalibrationFiles = [_files.Write("samples.npz", NumpyFile.Npz(inputs))],
        };
        CompileResult result = ModelCompiler.Compile(options);
        float[] actual = GeneratedModels.Build(result).Predict("Model", inputs).Values.Single().ToFloats();
        float[] floats = OrtSession.Run(File.ReadAllBytes(options.ModelPath), inputs).Values.Single().ToFloats();
        float[] written = OrtSession.Run(WrittenModel.Onnx(result), inputs).Values.Single().ToFloats();
        return (Scores.SqnrDb(floats, actual), Scores.SqnrDb(written, actual), result);
    }

    private static Graph Make(string name)
    {
        var g = new TestGraph();
        Value x = g.Node("Relu", g.Conv(g.Input(4, 9, 9), 16, 3, pad: 1));
        Value y = x;
        switch (name)
        {
            case "split into halves":
                Value[] halves = Split(g, x, 8, 8);
                y = g.Node("Concat", [halves[1], halves[0]], ("axis", 1L));
                break;
            case "split, a part gates the other":
                Value[] gate = Split(g, x, 8, 8);
                y = g.Node("Concat", [g.Node("Mul", [gate[0], g.Node("Sigmoid", gate[1])]), gate[1]], ("axis", 1L));
                break;
            case "split into parts that stay float":
                Value[] parts = Split(g, g.Conv(x, 16, 3, pad: 1), 4, 12);
                return g.Finish(g.Node("Concat", [g.Node("Sigmoid", parts[0]), parts[1]], ("axis", 1L)));
            case "sum of a constant in codes":
                y = g.Node("Add", [g.Node("Sigmoid", g.Node("MaxPool", x, ("kernel_shape", (long[])[1, 1]))), g.Weights(1, 16, 9, 9)]);
                break;
            default:
                y = g.Node("Mul", [g.Node("Add", [x, g.Node("Sigmoid", g.Conv(x, 16, 3, pad: 1))]), g.Constant(Tensor.Scalar(0.5f))]);
                break;
        }

        return g.Finish(g.Conv(y, 8, 3));
    }

    private static Value[] Split(TestGraph g, Value x, params long[] lengths)
    {
        Value[] parts = [.. lengths.Select((l, i) => g.Graph.NewValue($"part{i}", DataType.Float32, new Shape(
            x.KnownShape.Select((d, axis) => axis == 1 ? l : d))))];
        g.Graph.Add(new Node(
            Domains.Onnx, "Split", "split", [x, g.Constant(Tensor.Of(lengths, lengths.Length))], parts,
            AttributeValue.ByName(("axis", 1L))));
        return parts;
    }

    private static Graph Masked(string name)
    {
        var g = new TestGraph();
        Value x = g.Input(6, 16);
        if (name == "largest of those that are there")
        {
            Value mask = g.Input(6, 1);
            Value rows = g.Node("Add", [g.Node("Relu", g.Node("MatMul", [x, g.Weights(16, 16)])), mask]);
            Value largest = g.Node(
                "ReduceMax", [rows, g.Constant(Tensor.Of([1L], 1))], ("keepdims", 0L));
            return g.Finish(g.Node("MatMul", [largest, g.Weights(16, 8)]));
        }

        Value of = g.Input(6, 6);
        Value scores = g.Node("MatMul", [Product(), g.Node("Transpose", Product(), ("perm", (long[])[0, 2, 1]))]);
        if (name == "attention with a bias")
        {
            scores = g.Node("Add", [scores, g.Weights(6, 6)]);
        }

        Value weights = g.Node("Softmax", g.Node("Add", [scores, of]), ("axis", -1L));
        return g.Finish(g.Node("MatMul", [g.Node("MatMul", [weights, Product()]), g.Weights(16, 8)]));

        Value Product() => g.Node("MatMul", [x, g.Weights(16, 16)]);
    }
}
