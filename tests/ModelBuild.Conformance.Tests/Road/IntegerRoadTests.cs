using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// Float models whose operators become integer ones in int8, from the file to the generated class: against ONNX Runtime on the float model,
/// and on the file with QuantizeLinear and DequantizeLinear that says the same as the class.
/// </summary>
public sealed class IntegerRoadTests : IDisposable
{
    private static readonly Dictionary<string, Func<OnnxGraph, OnnxGraph>> s_models = new()
    {
        ["products of two tensors"] = g => g.Input("x", "N", 3, 12, 16).Output("y").Constant("k", Tensor.Scalar(0.25f))
            .Linear("x", "q", 16, 16).Linear("x", "p", 16, 16)
            .Node("Transpose", ["p"], ["t"], ("perm", new long[] { 0, 1, 3, 2 }))
            .Node("MatMul", ["q", "t"], ["s"]).Node("Mul", ["s", "k"], ["scaled"]).Node("Tanh", ["scaled"], ["bounded"])
            .Node("Softmax", ["bounded"], ["w"], ("axis", -1)).Node("MatMul", ["w", "q"], ["a"]).Linear("a", "y", 16, 5),
        ["ConvTranspose whose kernel is two strides"] = g => Up(g, kernel: 4, stride: 2, pad: 1),
        ["ConvTranspose with zeros between"] = g => Up(g, kernel: 3, stride: 2, pad: 1),
        ["ConvTranspose of each channel"] = g => Up(g, kernel: 4, stride: 2, pad: 1, groups: 8),
        ["larger and smaller"] = g => g.Input("x", "N", 3, 6, 6).Output("y").Conv("x", "a", 3, 8, 3).Conv("x", "b", 3, 8, 3)
            .Weights("c", 1, 8, 1, 1).Node("Max", ["a", "b"], ["m"]).Node("Min", ["m", "c"], ["n"]).Conv("n", "y", 8, 4, 1),
        ["elements chosen and repeated"] = g => g.Input("x", "N", 3, 6, 6).Output("y").Conv("x", "a", 3, 8, 3)
            .Constant("order", Tensor.Of([3L, 1, 0, 2, 7, 6, 5, 4], 8)).Node("Gather", ["a", "order"], ["b"], ("axis", 1))
            .Conv("b", "c", 8, 8, 3).Constant("channels", Tensor.Of([1L], 1))
            .Node("ReduceMax", ["c", "channels"], ["d"]).Constant("repeats", Tensor.Of([1L, 8, 1, 2], 4))
            .Node("Tile", ["d", "repeats"], ["e"]).Conv("e", "y", 8, 4, 1),
        ["normalization of channels"] = g => g.Input("x", "N", 3, 6, 6).Output("y").Conv("x", "a", 3, 8, 3)
            .Node("Transpose", ["a"], ["b"], ("perm", new long[] { 0, 2, 3, 1 })).Weights("g", 1, 8).Weights("o", 1, 8)
            .Node("LayerNormalization", ["b", "g", "o"], ["n"], ("axis", -1)).Linear("n", "y", 8, 5),
        ["normalization of rows"] = g => g.Input("x", "N", 4, 16).Output("y").Linear("x", "a", 16, 12).Weights("g", 1, 4, 12)
            .Node("LayerNormalization", ["a", "g"], ["n"], ("axis", 1)).Linear("n", "y", 12, 5),
    };

    private static OnnxGraph Up(OnnxGraph g, long kernel, long stride, long pad, long groups = 1) =>
        g.Input("x", "N", 3, 6, 6).Output("y").Conv("x", "a", 3, 8, 3).Weights("w", 0.3, 8, 8 / groups, kernel, kernel)
            .Weights("bias", 1, 8)
            .Node(
                "ConvTranspose", ["a", "w", "bias"], ["b"], ("strides", new long[] { stride, stride }), ("group", groups),
                ("pads", new long[] { pad, pad, pad, pad }))
            .Conv("b", "y", 8, 4, 3);

    private readonly TemporaryFolder _files = new();

    public static TheoryData<string> Names => [.. s_models.Keys];

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Predict_IntegerOperators_AreWhatTheFileSaysAndNearTheFloats(string name)
    {
        byte[] model = s_models[name](new OnnxGraph()).ToModel();
        Graph graph = OnnxImporter.Import(model, "model.onnx");
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, 5, seed: 11);
        var options = new CompileOptions
        {
            ModelPath = _files.Write("model.onnx", model), Mode = ModelMode.Int8, ClassName = "Model", ResourceName = "Model.weights",
            CalibrationFiles = [_files.Write("calibration.npz", NumpyFile.Npz(inputs))],
        };
        using CompileResult result = ModelCompiler.Compile(options);

        Assert.DoesNotContain(result.Findings, f => f.Code == DiagnosticCodes.FloatInsideInt8);
        Dictionary<string, Tensor> actual = GeneratedModels.Build(result).Predict("Model", inputs);

        using CompiledModel compiled = ModelCompiler.CompileModel(options);
        float[] floats = OrtSession.Run(model, inputs)["y"].ToFloats();
        float[] rounded = OrtSession.Run(OnnxExporter.Export(compiled.Portable), inputs)["y"].ToFloats();
        Assert.InRange(Scores.SqnrDb(rounded, actual["y"].ToFloats()), 45, double.PositiveInfinity);
        Assert.InRange(Scores.SqnrDb(floats, actual["y"].ToFloats()), 25, double.PositiveInfinity);
    }
}

/// <summary>Parts of the models.</summary>
file static class Parts
{
    /// <summary>A product with constant weights along the last axis.</summary>
    public static OnnxGraph Linear(this OnnxGraph g, string x, string y, long terms, long outputs) =>
        g.Weights($"{y}_w", 1.5 / Math.Sqrt(terms), terms, outputs).Node("MatMul", [x, $"{y}_w"], [y]);

    /// <summary>A square convolution that keeps the size.</summary>
    public static OnnxGraph Conv(this OnnxGraph g, string x, string y, long inputs, long outputs, long kernel) =>
        g.Weights($"{y}_w", 1.5 / Math.Sqrt(inputs * kernel * kernel), outputs, inputs, kernel, kernel)
            .Node("Conv", [x, $"{y}_w"], [y], ("pads", Enumerable.Repeat(kernel / 2, 4).ToArray()));

    public static OnnxGraph Weights(this OnnxGraph g, string name, double size, params long[] dimensions)
    {
        var values = new float[dimensions.Aggregate(1L, (a, b) => a * b)];
        var random = new Random(name.Sum(c => c));
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(((random.NextDouble() * 2) - 1) * size);
        }

        return g.Constant(name, Tensor.Of(values, dimensions));
    }
}
