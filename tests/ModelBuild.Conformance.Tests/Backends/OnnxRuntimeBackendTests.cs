using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Conformance.Tests.Backends;

/// <summary>Classes over ONNX Runtime, the whole road, in the real engine.</summary>
public sealed class OnnxRuntimeBackendTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(ModelMode.Fp32, 1e-4)]
    [InlineData(ModelMode.Fp16, 1e-4)]
    [InlineData(ModelMode.Int8Dynamic, 1e-3)]
    [InlineData(ModelMode.Int8, 0.02)]
    [InlineData(ModelMode.Int8Weights, 1e-4)]
    [InlineData(ModelMode.Int4Weights, 1e-4)]
    public void Predict_LeNet_GivesWhatTheKernelsGive(ModelMode mode, double bound)
    {
        CompileOptions options = Options(Repository.Sample("models", "lenet.onnx"), mode) with
        {
            CalibrationFiles = mode.QuantizesBySamples() ? [SampleImages.All] : [],
        };
        using CompileResult managed = ModelCompiler.Compile(options);
        using CompileResult foreign = ModelCompiler.Compile(
            options with { Backend = ModelBackend.OnnxRuntime, ClassName = "Foreign", ResourceName = "Foreign.weights" });
        Assert.Equal(WrittenModel.Onnx(managed), WrittenModel.Onnx(foreign));
        Assert.Equal(managed.Sqnr, foreign.Sqnr);
        ExecutionPlan plan = PlanReader.Read(managed.Plan);
        Dictionary<string, Tensor> inputs = Inputs(options);
        GeneratedModels classes = GeneratedModels.Build(managed, foreign);

        Dictionary<string, Tensor> expected = classes.Predict("Model", inputs);
        Dictionary<string, Tensor> actual = classes.Predict("Foreign", inputs);

        string output = Assert.Single(plan.Outputs).Name;
        Assert.Equal(expected[output].Dimensions, actual[output].Dimensions);
        Assert.InRange(Scores.RelativeError(expected[output].ToFloats(), actual[output].ToFloats()), 0, bound);
    }

    /// <summary>An output whose size data decides, beside one that is known, in a class that a model of known operators makes.</summary>
    [Fact]
    public void Predict_SizeThatDataDecides_IsRead()
    {
        string file = _files.Write("model.onnx", new OnnxGraph().Input("x", "N", 3)
            .Output("places", DataType.Int64, 2, "count").Output("y", "N", 3)
            .Node("NonZero", ["x"], ["places"]).Node("Neg", ["x"], ["y"]).ToModel());
        using CompileResult result = ModelCompiler.Compile(Options(file, ModelMode.Fp32) with { Backend = ModelBackend.OnnxRuntime });
        GeneratedModels model = GeneratedModels.Build(result);

        Dictionary<string, Tensor> some = Predict([0f, 1, 0, 2, 0, 3], 2, 3);
        Dictionary<string, Tensor> none = Predict([0f, 0, 0], 1, 3);

        Assert.Equal([0L, 1, 1, 1, 0, 2], some["places"].Span<long>().ToArray());
        Assert.Equal([0f, -1, 0, -2, 0, -3], some["y"].ToFloats());
        Assert.Equal([2L, 0], none["places"].Dimensions);

        Dictionary<string, Tensor> Predict(float[] x, params long[] shape) =>
            model.Predict("Model", new Dictionary<string, Tensor> { ["x"] = Tensor.Of(x, shape) });
    }

    /// <summary>The engine is told of each port's type by name, and takes no other.</summary>
    [Fact]
    public void Predict_PortsOfEveryType_GiveWhatTheyTake()
    {
        DataType[] types =
        [
            DataType.Float16, DataType.Float32, DataType.Float64, DataType.UInt8, DataType.Int8, DataType.UInt16, DataType.Int16,
            DataType.UInt32, DataType.Int32, DataType.UInt64, DataType.Int64, DataType.Bool,
        ];
        var graph = new OnnxGraph();
        var inputs = new Dictionary<string, Tensor>();
        foreach (DataType type in types)
        {
            graph.Input($"x{type}", type, 3).Output($"y{type}", type, 3).Node("Identity", [$"x{type}"], [$"y{type}"]);
            byte[] bytes = type == DataType.Bool ? [1, 0, 1] : [.. Enumerable.Range(0, 3 * type.Size()).Select(i => (byte)(137 + (5 * i)))];
            inputs.Add($"x{type}", new Tensor(type, [3], bytes));
        }

        using CompileResult result = ModelCompiler.Compile(
            Options(_files.Write("types.onnx", graph.ToModel()), ModelMode.Fp32) with { Backend = ModelBackend.OnnxRuntime });

        Dictionary<string, Tensor> outputs = GeneratedModels.Build(result).Predict("Model", inputs);

        Assert.All(types, type =>
        {
            Assert.Equal(type, outputs[$"y{type}"].Type);
            Assert.Equal(inputs[$"x{type}"].Data.ToArray(), outputs[$"y{type}"].Data.ToArray());
        });
    }

    /// <summary>
    /// <c>SampleOp</c> of ONNX Runtime's own, which gives what it gets, is no operator of ours. Its model has open dimensions without a
    /// name, weights in another file, and an output whose size no input tells.
    /// </summary>
    [Fact]
    public void Predict_OperatorThatIsNotOurs_RunsInOnnxRuntime()
    {
        _files.Write("weights.bin", new byte[] { 0, 0, 0, 64 }); // 2
        string file = _files.Write("model.onnx", Foreign());
        CompileOptions options = Options(file, ModelMode.Fp32) with { Backend = ModelBackend.OnnxRuntime };
        using CompileResult result = ModelCompiler.Compile(options);

        Dictionary<string, Tensor> outputs = GeneratedModels.Build(result).Predict(
            "Model", new Dictionary<string, Tensor> { ["x"] = Tensor.Of([2f, 0, 0, 4, 1, 1, 0, 1], 2, 2, 2) });

        Assert.Equal([4f, 0, 0, 8, 2, 2, 0, 2], outputs["y"].ToFloats());
        Assert.Equal([2L, 2, 2], outputs["y"].Dimensions);
        Assert.Equal([3L, 5], outputs["places"].Dimensions);
        Assert.Equal(["batch", "places_dim1"], [.. PlanReader.Read(result.Plan).Symbols, .. PlanReader.Read(result.Plan).BoundSymbols]);
        Assert.Equal([Path.Combine(Path.GetDirectoryName(file)!, "weights.bin")], result.ExternalFiles);
        ExecutionPlan surface = PlanReader.Read(ModelCompiler.CompileSurface(options));
        Assert.Equal(surface, PlanReader.Read(result.Plan) with { Weights = null });
    }

    [Fact]
    public void Compile_OperatorThatIsNotOurs_NamesTheWayOutOrTheMode()
    {
        _files.Write("weights.bin", new byte[] { 0, 0, 0, 64 });
        CompileOptions options = Options(_files.Write("model.onnx", Foreign()), ModelMode.Fp16);

        CompilationException managed = Assert.Throws<CompilationException>(() => ModelCompiler.Compile(options));
        CompilationException foreign =
            Assert.Throws<CompilationException>(() => ModelCompiler.Compile(options with { Backend = ModelBackend.OnnxRuntime }));

        Assert.Contains("Backend=\"onnxruntime\"", Assert.Single(managed.Findings).Message, StringComparison.Ordinal);
        Assert.Equal(["MODELB2012", "MODELB1003"], foreign.Findings.Select(f => f.Code));
        Assert.Contains("Mode=\"fp32\"", foreign.Findings[0].Message, StringComparison.Ordinal);
    }

    /// <summary>A budget that nobody checks would be kept by every model.</summary>
    [Fact]
    public void Compile_OperatorThatIsNotOurs_ChecksItsBytesAndRefusesOtherBudgets()
    {
        _files.Write("weights.bin", new byte[] { 0, 0, 0, 64 });
        CompileOptions options = Options(_files.Write("model.onnx", Foreign()), ModelMode.Fp32) with { Backend = ModelBackend.OnnxRuntime };

        Finding unknown = Assert.Single(Assert.Throws<CompilationException>(
            () => ModelCompiler.Compile(options with { Budget = new QualityBudget(MinSqnr: 20, MaxMacs: 1000) })).Findings);
        Finding large = Assert.Single(Assert.Throws<CompilationException>(
            () => ModelCompiler.Compile(options with { Budget = new QualityBudget(MaxBytes: 10) })).Findings);

        Assert.Equal("MODELB2026", unknown.Code);
        Assert.Contains("MinSqnr and MaxMacs", unknown.Message, StringComparison.Ordinal);
        Assert.Equal("MODELB2013", large.Code);
        Assert.Contains("MaxBytes is 10", large.Message, StringComparison.Ordinal);
        using CompileResult small = ModelCompiler.Compile(options with { Budget = new QualityBudget(MaxBytes: 100_000) });
    }

    /// <summary>The file that ONNX Runtime loads has the same ports of codes.</summary>
    [Fact]
    public void Predict_CodesAtPorts_GivesWhatTheKernelsGive()
    {
        Assert.True(PortTypes.TryRead("int8", out PortTypes types, out _));
        byte[] onnx = new OnnxGraph().Input("x", "batch", 4).Output("y", "batch", 3)
            .Constant("w", [4, 3], [.. Enumerable.Range(0, 12).Select(i => (i % 5) - 2f)]).Node("MatMul", ["x", "w"], ["y"]).ToModel();
        CompileOptions options = Options(_files.Write("codes.onnx", onnx), ModelMode.Int8) with
        {
            InputType = types, OutputType = types,
            CalibrationFiles = [_files.Write("x.npy", NumpyFile.Float32([8, 4], [.. Enumerable.Range(0, 32).Select(i => i - 9f)]))],
        };
        var x = new Dictionary<string, Tensor> { ["x"] = Tensor.Of((sbyte[])[-128, 127, 0, 5, 9, -40, 77, 1], 2, 4) };
        using CompileResult managed = ModelCompiler.Compile(options);
        using CompileResult foreign = ModelCompiler.Compile(options with { Backend = ModelBackend.OnnxRuntime });

        Tensor theirs = GeneratedModels.Build(foreign).Predict("Model", x)["y"];

        Assert.Equal(DataType.Int8, theirs.Type);
        Assert.Equal(GeneratedModels.Build(managed).Predict("Model", x)["y"].ToInt64s(), theirs.ToInt64s());
    }

    [Theory]
    [InlineData(DataType.String, true, "Cut the model")]
    [InlineData(DataType.Float32, false, "shape")]
    internal void Compile_PortsThatAClassCannotHave_AreRefused(DataType type, bool hasShape, string problem)
    {
        string file = _files.Write("model.onnx", new OnnxGraph().Input("x", "N", 2, 2).Output("y", type, hasShape ? ["N", 2, 2] : null!)
            .Node("com.microsoft", "SampleOp", string.Empty, ["x"], ["y"]).ToModel(17, others: ("com.microsoft", 1)));

        CompilationException refusal = Assert.Throws<CompilationException>(
            () => ModelCompiler.Compile(Options(file, ModelMode.Fp32) with { Backend = ModelBackend.OnnxRuntime }));

        Finding finding = Assert.Single(refusal.Findings);
        Assert.Equal(DiagnosticCodes.UnsupportedFeature, finding.Code);
        Assert.Contains("'y'", finding.Message, StringComparison.Ordinal);
        Assert.Contains(problem, finding.Message, StringComparison.Ordinal);
    }

    private static byte[] Foreign() => new OnnxGraph().Input("x", null, 2, 2)
        .External("scale", DataType.Float32, [1], ("location", "weights.bin"))
        .Output("y", "batch", 2, 2).Output("places", DataType.Int64, 3, null)
        .Node("com.microsoft", "SampleOp", string.Empty, ["x"], ["same"])
        .Node("Mul", ["same", "scale"], ["y"]).Node("NonZero", ["same"], ["places"])
        .ToModel(17, others: ("com.microsoft", 1));

    private static Dictionary<string, Tensor> Inputs(CompileOptions options)
    {
        using CompiledModel model = ModelCompiler.CompileModel(options with { Mode = ModelMode.Fp32, CalibrationFiles = [] });
        return ProbeInputs.For(model.Portable);
    }

    private static CompileOptions Options(string file, ModelMode mode) => new()
    {
        ModelPath = file, Mode = mode, ClassName = "Model", ResourceName = "Model.weights",
    };
}
