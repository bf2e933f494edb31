using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;

namespace ModelBuild.Conformance.Tests;

/// <summary>
/// Modes that store weights as codes: the ONNX file beside the plan gives in ONNX Runtime what the plan computes, and both files are as
/// small as they are meant to be.
/// </summary>
public sealed class StoredWeightsTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public static TheoryData<string, ModelMode, double> Kinds => new()
    {
        { "Conv", ModelMode.Int8Weights, 0.3 },
        { "Conv", ModelMode.Int4Weights, 0.3 },
        { "depthwise Conv", ModelMode.Int8Weights, 0.5 },
        { "ConvTranspose", ModelMode.Int8Weights, 0.3 },
        { "ConvTranspose", ModelMode.Int4Weights, 0.3 },
        { "Gemm", ModelMode.Int8Weights, 0.28 },
        { "Gemm", ModelMode.Int4Weights, 0.18 },
        { "Gemm transB", ModelMode.Int8Weights, 0.28 },
        { "Gemm transB", ModelMode.Int4Weights, 0.18 },
        { "Gemm behind Flatten", ModelMode.Int4Weights, 0.2 },
        { "MatMul", ModelMode.Int8Weights, 0.28 },
        { "MatMul", ModelMode.Int4Weights, 0.18 },
        { "MatMul of a cut-off block", ModelMode.Int4Weights, 0.2 },
        { "constant MatMul", ModelMode.Int8Weights, 0.28 },
        { "constant MatMul", ModelMode.Int4Weights, 0.18 },
        { "MatMul of a batch", ModelMode.Int8Weights, 0.3 },
        { "MatMul of a batch", ModelMode.Int4Weights, 0.18 },
        { "LSTM in both directions", ModelMode.Int8Weights, 0.3 },
        { "LSTM in both directions", ModelMode.Int4Weights, 0.3 },
        { "GRU", ModelMode.Int8Weights, 0.3 },
        { "RNN", ModelMode.Int8Weights, 0.35 },
        { "Gather", ModelMode.Int8Weights, 0.3 },
        { "Gather", ModelMode.Int4Weights, 0.18 },
        { "Gather of columns", ModelMode.Int8Weights, 0.35 },
        { "If", ModelMode.Int8Weights, 0.3 },
        { "If", ModelMode.Int4Weights, 0.2 },
    };

    public void Dispose() => _files.Dispose();

    /// <param name="kind">Of weights.</param>
    /// <param name="share">Of the bytes of fp32 that are allowed.</param>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Compile_KindOfWeights_IsWhatOnnxRuntimeMakesOfTheFile(string kind, ModelMode mode, double share)
    {
        (byte[] onnx, Dictionary<string, Tensor> inputs) = Model(kind);
        CompileOptions options = Options(_files.Write("model.onnx", onnx), mode);
        using CompiledModel floats = ModelCompiler.CompileModel(options with { Mode = ModelMode.Fp32 });
        using CompiledModel codes = ModelCompiler.CompileModel(options);

        Dictionary<string, Tensor> actual = new Interpreter(codes.Compiled).Run(inputs);

        byte[] written = OnnxExporter.Export(codes.Portable);
        foreach ((string output, Tensor expected) in OrtSession.Run(written, inputs))
        {
            Assert.InRange(Scores.RelativeError(expected.ToFloats(), actual[output].ToFloats()), 0, 1e-4);
        }

        foreach ((string output, Tensor exact) in OrtSession.Run(onnx, inputs))
        {
            double decibels = Scores.SqnrDb(exact.ToFloats(), actual[output].ToFloats());
            Assert.InRange(decibels, mode == ModelMode.Int8Weights ? 35 : 15, 150);
        }

        // Small files have their headers too.
        Assert.InRange(codes.Compiled.Weights.Length, 1, (share * floats.Compiled.Weights.Length) + 512);
        Assert.InRange(written.Length, 1, (share * onnx.Length * 1.2) + 2048);
    }

    /// <summary>Samples make the rounding better, also where they are few, and what is written is still what is computed.</summary>
    [Theory]
    [InlineData("lenet", ModelMode.Int8Weights, 50, 3)]
    [InlineData("lenet", ModelMode.Int4Weights, 36, 3)]
    [InlineData("resnet", ModelMode.Int8Weights, 50, 2)]
    public void Compile_WithSamples_IsNearerToFp32(string model, ModelMode mode, double decibels, double gain)
    {
        CompileOptions options = Options(Repository.Sample("models", $"{model}.onnx"), mode) with
        {
            CalibrationFiles = [SampleImages.All],
        };
        using CompiledModel nearest = ModelCompiler.CompileModel(options with { Recovery = RecoveryMethods.None });
        using CompiledModel recovered = ModelCompiler.CompileModel(options);

        double sqnr = recovered.Compiled.Plan.Card.Sqnr!.Value;
        Assert.InRange(sqnr, decibels, 80);
        Assert.InRange(sqnr - nearest.Compiled.Plan.Card.Sqnr!.Value, gain, 20);
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(recovered.Portable, batch: 4, seed: 2);
        Dictionary<string, Tensor> actual = new Interpreter(recovered.Compiled).Run(inputs);
        foreach ((string output, Tensor expected) in OrtSession.Run(OnnxExporter.Export(recovered.Portable), inputs))
        {
            Assert.InRange(Scores.RelativeError(expected.ToFloats(), actual[output].ToFloats()), 0, 1e-4);
        }
    }

    [SharedTheory]
    [InlineData("models/fashion/mlp.onnx", ModelMode.Int8Weights)]
    [InlineData("models/fashion/mlp.onnx", ModelMode.Int4Weights)]
    [InlineData("models/fashion/mobilenetv2_folded.onnx", ModelMode.Int8Weights)]
    [InlineData("models/fashion/lstm.onnx", ModelMode.Int4Weights)]
    [InlineData("models/real/minilm_l6.onnx", ModelMode.Int8Weights)]
    [InlineData("models/real/minilm_l6.onnx", ModelMode.Int4Weights)]
    public void Compile_TrainedModel_IsWhatOnnxRuntimeMakesOfTheFile(string model, ModelMode mode)
    {
        using CompiledModel codes = ModelCompiler.CompileModel(Options(SharedFolder.File(model), mode));
        Dictionary<string, Tensor> inputs = ProbeInputs.For(codes.Portable);

        Dictionary<string, Tensor> actual = new Interpreter(codes.Compiled).Run(inputs);

        foreach ((string output, Tensor expected) in OrtSession.Run(OnnxExporter.Export(codes.Portable), inputs))
        {
            Assert.InRange(Scores.RelativeError(expected.ToFloats(), actual[output].ToFloats()), 0, 1e-4);
        }
    }

    /// <summary>Blocks that another tool has rounded are stored in the steps that they have, up to the bits of a scale.</summary>
    [SharedTheory]
    [InlineData("models/quantized/ort-nbits.int4_QDQ_blk32.mlp.onnx")]
    [InlineData("models/quantized/ort-nbits.default_int4_blk32_asym.mlp.onnx")]
    public void Compile_BlocksOfAnotherTool_KeepTheirSteps(string model)
    {
        CompileOptions options = Options(SharedFolder.File(model), ModelMode.Fp32);
        using CompiledModel floats = ModelCompiler.CompileModel(options);
        using CompiledModel codes = ModelCompiler.CompileModel(options with { Mode = ModelMode.Int4Weights });
        Dictionary<string, Tensor> inputs = ProbeInputs.For(floats.Portable);

        Assert.InRange(
            Scores.SqnrDb(
                new Interpreter(floats.Compiled).Run(inputs)["logits"].ToFloats(),
                new Interpreter(codes.Compiled).Run(inputs)["logits"].ToFloats()), 55, 100);
    }

    private static (byte[] Onnx, Dictionary<string, Tensor> Inputs) Model(string kind)
    {
        if (kind is "If" or "ConvTranspose")
        {
            return kind == "If" ? Branches() : Transposed();
        }

        var g = new TestGraph();
        Value result = kind switch
        {
            "Conv" => g.Conv(g.Input(24, 7, 7), 40, 3, pad: 1),
            "depthwise Conv" => g.Conv(g.Input(40, 9, 9), 40, 5, groups: 40),
            "Gemm" => g.Node("Gemm", [g.Input(96), g.Weights(96, 80), g.Weights(80)]),
            "Gemm transB" => g.Node("Gemm", [g.Input(96), g.Weights(80, 96), g.Weights(80)], ("transB", 1L)),
            "Gemm behind Flatten" => g.Gemm(g.Flatten(g.Conv(g.Input(1, 8, 8), 24, 3)), 48),
            "MatMul" => g.Node("MatMul", [g.Input(5, 96), g.Weights(96, 80)]),
            "MatMul of a cut-off block" => g.Node("MatMul", [g.Input(5, 101), g.Weights(101, 83)]),
            "constant MatMul" => g.Node("MatMul", [g.Weights(80, 96), g.Input(96, 5)]),
            "MatMul of a batch" => g.Node("MatMul", [g.FixedInput(3, 5, 96), g.Weights(3, 96, 64)]),
            "LSTM in both directions" => g.Node(
                "LSTM", [g.FixedInput(5, 2, 48), g.Weights(2, 128, 48), g.Weights(2, 128, 32)], ("hidden_size", 32L),
                ("direction", "bidirectional")),
            "GRU" => g.Node("GRU", [g.FixedInput(5, 2, 48), g.Weights(1, 96, 48), g.Weights(1, 96, 32)], ("hidden_size", 32L)),
            "RNN" => g.Node("RNN", [g.FixedInput(5, 2, 48), g.Weights(1, 32, 48), g.Weights(1, 32, 32)], ("hidden_size", 32L)),
            "Gather" => g.Node("Gather", [g.Weights(100, 96), Tokens(g)]),
            "Gather of columns" => g.Node("Gather", [g.Weights(6, 30, 96), Tokens(g)], ("axis", 1L)),
            _ => throw new ArgumentException(kind, nameof(kind)),
        };
        Graph graph = g.Finish(result);
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, batch: 3, seed: 5);
        foreach (Value tokens in graph.Inputs.Where(i => i.Type == DataType.Int64))
        {
            inputs[tokens.Name] = Tensor.Of([3L, 0, 29, 17, 3, 8], 6);
        }

        return (OnnxExporter.Export(graph), inputs);
    }

    private static Value Tokens(TestGraph g)
    {
        Value tokens = g.Graph.NewValue("tokens", DataType.Int64, Shape.Of(6));
        g.Graph.Inputs.Add(tokens);
        return tokens;
    }

    /// <summary>Weights in a branch, which is a graph of its own.</summary>
    private static (byte[] Onnx, Dictionary<string, Tensor> Inputs) Branches()
    {
        byte[] onnx = new OnnxGraph().Input("x", 5, 96).Input("c", DataType.Bool).Output("y", 5, 80)
            .Node(
                "If", ["c"], ["y"],
                ("then_branch", new OnnxGraph().Constant("w", Tensor.Of(Numbers(96 * 80), 96, 80)).Output("a", 5, 80)
                    .Node("MatMul", ["x", "w"], ["a"])),
                ("else_branch", new OnnxGraph().Constant("v", Tensor.Of(Numbers(96 * 80), 96, 80)).Output("b", 5, 80)
                    .Node("MatMul", ["x", "v"], ["b"])))
            .ToModel();
        return (onnx, new Dictionary<string, Tensor>
        {
            ["x"] = Tensor.Of(Numbers(5 * 96), 5, 96), ["c"] = new Tensor(DataType.Bool, [], new byte[] { 1 }),
        });
    }

    private static (byte[] Onnx, Dictionary<string, Tensor> Inputs) Transposed()
    {
        byte[] onnx = new OnnxGraph().Input("x", 2, 24, 5, 5).Output("y", 2, 40, 11, 11)
            .Constant("w", Tensor.Of(Numbers(24 * 40 * 9), 24, 40, 3, 3))
            .Node("ConvTranspose", ["x", "w"], ["y"], ("strides", new long[] { 2, 2 })).ToModel();
        return (onnx, new Dictionary<string, Tensor> { ["x"] = Tensor.Of(Numbers(2 * 24 * 25), 2, 24, 5, 5) });
    }

    private static float[] Numbers(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }

    private static CompileOptions Options(string file, ModelMode mode) => new()
    {
        ModelPath = file, Mode = mode, ClassName = "Model", ResourceName = "Model.weights",
    };
}
