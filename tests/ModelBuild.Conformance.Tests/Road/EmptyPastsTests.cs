using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>Decoders whose first call has no keys and values from earlier ones, and sizes that only look as if they could be 0.</summary>
public sealed class EmptyPastsTests : IDisposable
{
    private static readonly Dictionary<string, Func<OnnxGraph, OnnxGraph>> s_models = new(StringComparer.Ordinal)
    {
        ["keys, values and a mask of all"] = g => Past(g, "B", 2, "P", 4).Input("x", "B", 2, "S", 4).Input("m", "B", "T").Output("y")
            .Integers("a", 1, 2).Constant("half", Tensor.Scalar(0.5f))
            .Node("Concat", ["pk", "x"], ["nk"], ("axis", -2L)).Node("Concat", ["pv", "x"], ["nv"], ("axis", -2L))
            .Node("Transpose", ["nk"], ["t"], ("perm", new long[] { 0, 1, 3, 2 })).Node("MatMul", ["x", "t"], ["d"])
            .Node("Mul", ["d", "half"], ["s"]).Node("Unsqueeze", ["m", "a"], ["u"]).Node("Add", ["s", "u"], ["w"])
            .Node("Softmax", ["w"], ["p"]).Node("MatMul", ["p", "nv"], ["y"]),
        ["positions that go on"] = g => Past(g, "B", 2, "P", 4).Input("x", "B", 2, "S", 4).Output("y", DataType.Int64)
            .Constant("two", Tensor.Of([2L], [])).Constant("one", Tensor.Of([1L], [])).Constant("k", Values(1, 4))
            .Node("Concat", ["pk", "x"], ["nk"], ("axis", 2L)).Node("Mul", ["pv", "k"], ["v"])
            .Node("Concat", ["v", "x"], ["nv"], ("axis", 2L)).Node("Shape", ["pk"], ["sp"]).Node("Gather", ["sp", "two"], ["first"])
            .Node("Shape", ["nk"], ["sn"]).Node("Gather", ["sn", "two"], ["last"]).Node("Range", ["first", "last", "one"], ["y"]),
        ["attention of ONNX 23"] = g => Past(g, "B", 1, "P", 8).Input("x", "B", "S", 16).Input("k", "B", "S", 8).Output("y")
            .Node(
                "Attention", ["x", "k", "k", "", "pk", "pv"], ["y", "nk", "nv"],
                ("q_num_heads", 2), ("kv_num_heads", 1), ("is_causal", 1)),
        ["both in one tensor"] = g => g.Input("x", "B", "S", 8).Input("pk", 2, "B", 2, "P", 4).Output("y").Output("nk")
            .Constant("w", Values(1, 8, 24)).Constant("b", Values(2, 24)).Node(
                "com.microsoft", "Attention", string.Empty, ["x", "w", "b", "", "pk"], ["y", "nk"],
                ("num_heads", 2), ("unidirectional", 1)),
    };

    private static readonly Dictionary<string, Func<OnnxGraph, OnnxGraph>> s_needed = new(StringComparer.Ordinal)
    {
        ["largest of the past"] = g => Past(g, "B", 2, "P", 4).Input("x", "B", 2, "S", 4).Output("y")
            .Node("Concat", ["pk", "x"], ["nk"], ("axis", 2L)).Node("Concat", ["pv", "x"], ["nv"], ("axis", 2L))
            .Node("ReduceMax", ["pk"], ["y"], ("axes", new long[] { 2 })),
        ["last of the past"] = g => Past(g, "B", 2, "P", 4).Input("x", "B", 2, "S", 4).Output("y").Constant("i", Tensor.Of([-1L], []))
            .Node("Concat", ["pk", "x"], ["nk"], ("axis", 2L)).Node("Concat", ["pv", "x"], ["nv"], ("axis", 2L))
            .Node("Gather", ["pk", "i"], ["y"], ("axis", 2L)),
    };

    private readonly TemporaryFolder _files = new();

    private static Dictionary<string, DimensionRange> FromNothing => new() { ["P"] = new(0, 4) };

    public static TheoryData<string> Names => [.. s_models.Keys];

    public static TheoryData<string> NeededNames => [.. s_needed.Keys];

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Predict_NoPast_GivesWhatOnnxRuntimeGives(string name)
    {
        byte[] onnx = s_models[name](new OnnxGraph()).ToModel(name.EndsWith("23", StringComparison.Ordinal) ? 23 : 13);
        using CompileResult result = ModelCompiler.Compile(Options(onnx));
        GeneratedModels classes = GeneratedModels.Build(result);
        foreach ((int batch, int sequence, int past) in ((int, int, int)[])[(1, 5, 0), (1, 1, 5), (2, 3, 1), (2, 1, 0)])
        {
            Dictionary<string, Tensor> inputs = Inputs(result, batch, sequence, past);
            Dictionary<string, Tensor> actual = classes.Predict("Model", inputs);
            foreach ((string output, Tensor expected) in OrtSession.Run(onnx, inputs))
            {
                Assert.Equal(expected.Dimensions, actual[output].Dimensions);
                Assert.All(expected.ToDoubles().Zip(actual[output].ToDoubles()), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
            }

            classes.CheckGuarded("Model", inputs, actual);
        }
    }

    [Theory]
    [MemberData(nameof(NeededNames))]
    public void Predict_NoPastWhereItIsNeeded_SaysThatItIsTooSmall(string name)
    {
        using CompileResult result = ModelCompiler.Compile(Options(s_needed[name](new OnnxGraph()).ToModel(13)));
        GeneratedModels classes = GeneratedModels.Build(result);
        classes.Predict("Model", Inputs(result, 1, 2, 1));

        Assert.Throws<ArgumentOutOfRangeException>("P", () => classes.Predict("Model", Inputs(result, 1, 2, 0)));
    }

    /// <summary>What the item says is not widened.</summary>
    [Fact]
    public void Predict_NoPastOfARange_SaysThatItIsTooSmall()
    {
        CompileOptions options = Options(s_models["positions that go on"](new OnnxGraph()).ToModel(13)) with
        {
            Dimensions = new Dictionary<string, DimensionRange> { ["P"] = new(1, 4) },
        };
        using CompileResult result = ModelCompiler.Compile(options);
        GeneratedModels classes = GeneratedModels.Build(result);

        Assert.Throws<ArgumentOutOfRangeException>("P", () => classes.Predict("Model", Inputs(result, 1, 2, 0)));
    }

    [Fact]
    public void Predict_RangeFromNothing_ChecksItsEnds()
    {
        byte[] onnx = s_models["positions that go on"](new OnnxGraph()).ToModel(13);
        using CompileResult result = ModelCompiler.Compile(Options(onnx) with { Dimensions = FromNothing });
        GeneratedModels classes = GeneratedModels.Build(result);
        foreach (int past in (int[])[0, 4])
        {
            Dictionary<string, Tensor> inputs = Inputs(result, 1, 2, past);
            Assert.Equal(OrtSession.Run(onnx, inputs)["y"].ToDoubles(), classes.Predict("Model", inputs)["y"].ToDoubles());
        }

        Assert.Throws<ArgumentOutOfRangeException>("P", () => classes.Predict("Model", Inputs(result, 1, 2, 5)));
    }

    [Theory]
    [MemberData(nameof(NeededNames))]
    public void Compile_RangeFromNothingWhereSomethingIsNeeded_SaysWhatTheModelNeeds(string name)
    {
        CompileOptions options = Options(s_needed[name](new OnnxGraph()).ToModel(13)) with { Dimensions = FromNothing };

        CompilationException e = Assert.Throws<CompilationException>(() => ModelCompiler.Compile(options));

        Finding finding = Assert.Single(e.Findings);
        Assert.Equal(DiagnosticCodes.BadDimensions, finding.Code);
        Assert.Contains("'P' cannot be 0..4: the model needs it to be 1..", finding.Message, StringComparison.Ordinal);
    }

    private static OnnxGraph Past(OnnxGraph graph, params object[] shape) =>
        graph.Input("pk", shape).Input("pv", shape).Output("nk").Output("nv");

    private static Dictionary<string, Tensor> Inputs(CompileResult model, int batch, int sequence, int past)
    {
        var sizes = new Dictionary<string, long>(StringComparer.Ordinal)
        {
            ["B"] = batch, ["S"] = sequence, ["P"] = past, ["T"] = past + sequence,
        };
        Plan.ExecutionPlan plan = Plan.PlanReader.Read(model.Plan);
        return plan.Inputs.ToDictionary(
            i => i.Name, i => Values(i.Name.Length, [.. plan.Tensors[i.Tensor].Shape.Select(d => d.Evaluate(sizes))]));
    }

    private CompileOptions Options(byte[] onnx) => new()
    {
        ModelPath = _files.Write("model.onnx", onnx), Mode = ModelMode.Fp32, ClassName = "Model", ResourceName = "Model.weights",
    };
}
