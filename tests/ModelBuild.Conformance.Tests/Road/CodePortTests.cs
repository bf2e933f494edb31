using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// Inputs and outputs that are codes: the class gives the codes that ONNX Runtime gives for the written file on the same codes, and what
/// they stand for is what the model in floats gives.
/// </summary>
public sealed class CodePortTests : IDisposable
{
    private const int Features = 12;
    private const int Batch = 16;
    private readonly TemporaryFolder _files = new();

    public static TheoryData<string, ModelMode, string, string> InModes
    {
        get
        {
            var data = new TheoryData<string, ModelMode, string, string>();
            foreach (string model in (string[])["dense", "probabilities", "prepared", "image"])
            {
                foreach (ModelMode mode in (ModelMode[])[ModelMode.Int8, ModelMode.Int16x8, ModelMode.Auto])
                {
                    data.Add(model, mode, "x=int8", "y=uint8");
                    data.Add(model, mode, "int8", "int8");
                    if (model != "image")
                    {
                        data.Add(model, mode, "uint8", string.Empty);
                    }
                }
            }

            return data;
        }
    }

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(InModes))]
    public void Predict_CodesAtPorts_IsTheModelOnFloatsAndWhatOnnxRuntimeMakesOfTheFile(
        string model, ModelMode mode, string inputType, string outputType)
    {
        byte[] onnx = Model(model);
        using CompileResult result = ModelCompiler.Compile(Options(onnx, model, mode, inputType, outputType));
        ExecutionPlan plan = PlanReader.Read(result.Plan);
        Tensor floats = Samples(model, Batch, seed: 9);
        Tensor input = Codes(plan, plan.Inputs[0], floats);

        Tensor actual = GeneratedModels.Build(result).Predict("Model", new Dictionary<string, Tensor> { ["x"] = input })["y"];
        Tensor written = OrtSession.Run(WrittenModel.Onnx(result), new Dictionary<string, Tensor> { ["x"] = input })["y"];
        float[] expected = OrtSession.Run(onnx, new Dictionary<string, Tensor> { ["x"] = floats })["y"].ToFloats();

        Assert.Equal(outputType.Length == 0 ? DataType.Float32 : outputType.EndsWith("uint8", StringComparison.Ordinal)
            ? DataType.UInt8 : DataType.Int8, actual.Type);
        Assert.Equal(actual.Type, written.Type);
        if (plan.Outputs[0].Codes is { } codes)
        {
            // Where a sum of floats ends between two codes, the last bit decides.
            Assert.All(actual.ToInt64s().Zip(written.ToInt64s()), p => Assert.InRange(Math.Abs(p.First - p.Second), 0, 1));
            float[] reals = [.. actual.ToInt64s().Select(q => (q - codes.ZeroPoint) * codes.Scale)];
            Assert.InRange(Scores.SqnrDb(expected, reals), 26, double.PositiveInfinity);
        }
        else
        {
            Assert.InRange(Scores.SqnrDb(expected, actual.ToFloats()), 26, double.PositiveInfinity);
        }
    }

    /// <summary>Codes that a caller makes by the scale that the class names are those that the network computes with.</summary>
    [Fact]
    public void Compile_CodesAtBothPorts_LeavesNoFloats()
    {
        using CompileResult result = ModelCompiler.Compile(Options(Model("dense"), "dense", ModelMode.Int8, "uint8", "uint8"));

        ExecutionPlan plan = PlanReader.Read(result.Plan);
        Assert.DoesNotContain(plan.Tensors, t => t.Type == PlanType.F32);
        Assert.Equal([PlanType.U8, PlanType.U8], plan.Inputs.Concat(plan.Outputs).Select(p => plan.Tensors[p.Tensor].Type));
    }

    [Fact]
    public void Compile_Probabilities_HaveAScaleOfA256th()
    {
        using CompileResult unsigned = ModelCompiler.Compile(Options(Model("probabilities"), "probabilities", ModelMode.Int8, "", "uint8"));
        using CompileResult signed = ModelCompiler.Compile(Options(Model("probabilities"), "probabilities", ModelMode.Int8, "", "int8"));

        Assert.Equal(new PlanCodes(1f / 256, 0), PlanReader.Read(unsigned.Plan).Outputs[0].Codes);
        Assert.Equal(new PlanCodes(1f / 256, -128), PlanReader.Read(signed.Plan).Outputs[0].Codes);
    }

    /// <summary>A model that brings its codes keeps them, in the type that is asked for.</summary>
    [Theory]
    [InlineData("uint8", "int8")]
    [InlineData("int8", "uint8")]
    public void Predict_ModelThatArrivesQuantized_TakesAndGivesItsCodes(string inputType, string outputType)
    {
        byte[] arriving = Quantized();
        using CompileResult result = ModelCompiler.Compile(Options(arriving, "dense", ModelMode.Int8, inputType, outputType) with
        {
            CalibrationFiles = [],
        });
        ExecutionPlan plan = PlanReader.Read(result.Plan);
        Tensor floats = Samples("dense", Batch, seed: 5);

        Tensor actual = GeneratedModels.Build(result).Predict(
            "Model", new Dictionary<string, Tensor> { ["x"] = Codes(plan, plan.Inputs[0], floats) })["y"];

        float[] expected = OrtSession.Run(arriving, new Dictionary<string, Tensor> { ["x"] = floats })["y"].ToFloats();
        PlanCodes codes = plan.Outputs[0].Codes!;
        Assert.Equal(expected, actual.ToInt64s().Select(q => (q - codes.ZeroPoint) * codes.Scale));
    }

    private CompileOptions Options(byte[] onnx, string model, ModelMode mode, string inputType, string outputType)
    {
        Assert.True(PortTypes.TryRead(inputType, out PortTypes inputs, out _));
        Assert.True(PortTypes.TryRead(outputType, out PortTypes outputs, out _));
        return new CompileOptions
        {
            ModelPath = _files.Write("model.onnx", onnx), Mode = mode, ClassName = "Model", ResourceName = "Model.weights",
            InputType = inputs, OutputType = outputs,
            CalibrationFiles = [_files.Write("samples.npy", NumpyFile.Npy(Samples(model, 64, seed: 3)))],
        };
    }

    private static Tensor Codes(ExecutionPlan plan, PlanPort port, Tensor floats)
    {
        PlanCodes codes = port.Codes!;
        bool isSigned = plan.Tensors[port.Tensor].Type == PlanType.S8;
        long[] values =
        [
            .. floats.ToFloats().Select(v => (long)Math.Clamp(
                MathF.Round(v / codes.Scale) + codes.ZeroPoint, isSigned ? -128 : 0, isSigned ? 127 : 255)),
        ];
        return Tensor.FromInt64s(isSigned ? DataType.Int8 : DataType.UInt8, values, [.. floats.Dimensions]);
    }

    private static Tensor Samples(string model, int count, int seed)
    {
        var random = new Random(seed);
        long[] shape = model == "image" ? [count, 1, 6, 6] : [count, Features];
        float[] values = [.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => (random.NextSingle() * 3) - 1)];
        return Tensor.Of(values, shape);
    }

    private static byte[] Quantized() => new OnnxGraph().Input("x", "batch", Features).Output("y", "batch", 5)
        .Constant("sx", Tensor.Scalar(0.0125f)).Constant("zx", Tensor.Of([(byte)81])).Constant("sy", Tensor.Scalar(0.02f))
        .Constant("zy", Tensor.Of([(byte)120])).Constant("sw", Tensor.Scalar(0.004f))
        .Constant("w", Tensor.Of([.. Numbers(Features * 5, 250).Select(v => (sbyte)v)], Features, 5))
        .Node("QuantizeLinear", ["x", "sx", "zx"], ["q"]).Node("DequantizeLinear", ["q", "sx", "zx"], ["d"])
        .Node("DequantizeLinear", ["w", "sw"], ["v"]).Node("MatMul", ["d", "v"], ["m"])
        .Node("QuantizeLinear", ["m", "sy", "zy"], ["c"]).Node("DequantizeLinear", ["c", "sy", "zy"], ["y"]).ToModel(13);

    private static byte[] Model(string model)
    {
        var graph = new OnnxGraph().Output("y", "batch", 5)
            .Constant("w", [Features, 24], Numbers(Features * 24, 0.5f)).Constant("b", [24], Numbers(24, 0.5f))
            .Constant("v", [24, 5], Numbers(24 * 5, 0.5f));
        if (model == "image")
        {
            return graph.Input("x", "batch", 1, 6, 6).Constant("k", [4, 1, 3, 3], Numbers(36, 0.5f))
                .Constant("u", [64, 5], Numbers(320, 0.3f))
                .Node("Conv", ["x", "k"], ["c"]).Node("Relu", ["c"], ["r"]).Node("Flatten", ["r"], ["f"])
                .Node("MatMul", ["f", "u"], ["y"]).ToModel();
        }

        graph.Input("x", "batch", Features);
        string x = "x";
        if (model == "prepared")
        {
            // Codes of the input are not those that the product reads.
            graph.Constant("mean", [Features], Numbers(Features, 4)).Constant("deviation", [Features], Numbers(Features, 2))
                .Node("Sub", ["x", "mean"], ["s"]).Node("Mul", ["s", "deviation"], ["t"]).Node("Tanh", ["t"], ["p"]);
            x = "p";
        }

        graph.Node("Gemm", [x, "w", "b"], ["g"]).Node("Relu", ["g"], ["r"]);
        return model == "probabilities"
            ? graph.Node("MatMul", ["r", "v"], ["z"]).Node("Softmax", ["z"], ["y"], ("axis", -1L)).ToModel()
            : graph.Node("MatMul", ["r", "v"], ["y"]).ToModel();
    }

    private static float[] Numbers(int count, float size)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * size)];
    }
}
