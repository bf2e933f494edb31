using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Plan;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// 16-bit activations: which kernels mode int16x8 takes, that the ONNX file beside the plan says the same, and that models which bring
/// such codes are computed by the same kernels as ONNX Runtime computes them.
/// </summary>
public sealed class WideModeTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    public static TheoryData<string, string> Networks => new()
    {
        { "gemm", "Gemm.UInt8" },
        { "matmul of rank 3", "Gemm.UInt8" },
        { "two products of one value", "Gemm.UInt8" },
        { "padded convolution", "Convolution.UInt8" },
        { "convolution of one dimension", "Convolution.UInt8" },
        { "convolution in groups", "Convolution.UInt8" },
        { "flattened", "Gemm.UInt8" },
        { "residual", "Convolution.UInt8" },
        { "depthwise convolution", "DepthwiseConvolution.Float32" },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Predict_Network_IsNearTheFloatsAndWhatOnnxRuntimeMakesOfTheFile(string name, string kernel)
    {
        Graph graph = ProductNetworks.Make(name);
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, 3, seed: 5);
        CompileOptions options = Options(graph) with
        {
            Mode = ModelMode.Int16x8, CalibrationFiles = [_files.Write("samples.npz", NumpyFile.Npz(inputs))],
        };
        using CompileResult result = ModelCompiler.Compile(options);

        Dictionary<string, Tensor> actual = GeneratedModels.Build(result).Predict("Model", inputs);

        ExecutionPlan plan = PlanReader.Read(result.Plan);
        Assert.Contains(plan.Steps, s => s.Call.Target == kernel);
        if (name == "two products of one value")
        {
            Assert.Single(plan.Steps, s => s.Call.Target == "Quantization.QuantizeUInt16");
        }

        Assert.DoesNotContain(result.Findings, f => f.Code == DiagnosticCodes.FloatInsideInt8);
        using CompiledModel plain = ModelCompiler.CompileModel(options with { Mode = ModelMode.Fp32, CalibrationFiles = [] });
        Assert.Equal(plain.Compiled.Plan.Card.MultiplyAccumulates, plan.Card.MultiplyAccumulates);
        Dictionary<string, Tensor> floats = OrtSession.Run(File.ReadAllBytes(options.ModelPath), inputs);
        Dictionary<string, Tensor> written = OrtSession.Run(WrittenModel.Onnx(result), inputs);
        foreach (string output in floats.Keys)
        {
            Assert.InRange(Scores.SqnrDb(floats[output].ToFloats(), actual[output].ToFloats()), 40, double.PositiveInfinity);
            Assert.InRange(Scores.RelativeError(written[output].ToFloats(), actual[output].ToFloats()), 0, 2e-4);
        }
    }

    /// <summary>Numbers beyond twice the range that samples showed saturate, here as there.</summary>
    [Fact]
    public void Predict_NumbersThatNoSampleShowed_HaveCodesUpToTwiceTheRange()
    {
        var g = new TestGraph();
        Graph graph = g.Finish(g.Gemm(g.Input(40), 24));
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, 3, seed: 5);
        CompileOptions options = Options(graph) with
        {
            Mode = ModelMode.Int16x8, CalibrationFiles = [_files.Write("samples.npz", NumpyFile.Npz(inputs))],
        };
        using CompileResult result = ModelCompiler.Compile(options);
        GeneratedModels models = GeneratedModels.Build(result);

        foreach ((float factor, double least, double most) in ((float, double, double)[])[(1.9f, 40, 200), (4, 0, 30)])
        {
            var larger = inputs.ToDictionary(
                i => i.Key, i => Tensor.Of(Array.ConvertAll(i.Value.ToFloats(), v => v * factor), [.. i.Value.Dimensions]));
            float[] actual = models.Predict("Model", larger).Values.Single().ToFloats();
            float[] floats = OrtSession.Run(File.ReadAllBytes(options.ModelPath), larger).Values.Single().ToFloats();
            float[] written = OrtSession.Run(WrittenModel.Onnx(result), larger).Values.Single().ToFloats();
            Assert.InRange(Scores.SqnrDb(floats, actual), least, most);
            Assert.InRange(Scores.RelativeError(written, actual), 0, 1e-5);
        }
    }

    /// <summary>Its scale is a guess, and so are the steps that the bias of what reads it is counted in.</summary>
    [Theory]
    [InlineData(ModelMode.Int8)]
    [InlineData(ModelMode.Int16x8)]
    public void Predict_TensorThatNoSampleMovesFromZero_LeavesTheBiasOfWhatReadsIt(ModelMode mode)
    {
        var random = new Random(3);
        Tensor Values(double size, double mean, params long[] shape) => Tensor.FromDoubles(
            DataType.Float32,
            [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b))
                .Select(_ => mean + (size * ((2 * random.NextDouble()) - 1)))],
            shape);
        byte[] onnx = new OnnxGraph().Input("x", "N", 3, 8, 8).Output("y", "N", 4, 6, 6)
            .Constant("w", Values(0.1, 0, 8, 3, 1, 1)).Constant("never", Values(1, -50, 8)).Constant("v", Values(0.2, 0, 4, 8, 3, 3))
            .Constant("bias", Values(0.3, 0, 4))
            .Node("Conv", ["x", "w", "never"], ["c"]).Node("Relu", ["c"], ["r"]).Node("Conv", ["r", "v", "bias"], ["y"]).ToModel();
        var inputs = new Dictionary<string, Tensor> { ["x"] = Values(1, 0, 5, 3, 8, 8) };
        using CompileResult result = ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = _files.Write("model.onnx", onnx), Mode = mode, ClassName = "Model", ResourceName = "Model.weights",
            CalibrationFiles = [_files.Write("samples.npz", NumpyFile.Npz(inputs))],
        });

        float[] actual = GeneratedModels.Build(result).Predict("Model", inputs)["y"].ToFloats();

        Assert.InRange(Scores.SqnrDb(OrtSession.Run(onnx, inputs)["y"].ToFloats(), actual), 70, double.PositiveInfinity);
    }

    public static TheoryData<string, bool, int> Imported
    {
        get
        {
            var rows = new TheoryData<string, bool, int>();
            foreach (string name in (string[])["padded convolution", "depthwise convolution", "gemm", "matmul of rank 3"])
            {
                rows.Add(name, false, 0);
                rows.Add(name, false, 31_111);
                rows.Add(name, true, 0);
                rows.Add(name, true, -12_345);
            }

            return rows;
        }
    }

    /// <summary>As ONNX Runtime's tool and others write it: all between QuantizeLinear and DequantizeLinear, the bias in int32.</summary>
    [Theory]
    [MemberData(nameof(Imported))]
    public void Predict_ModelWithCodesOf16Bits_GivesTheCodesOfOnnxRuntime(string name, bool isSigned, int zeroPoint)
    {
        DataType type = isSigned ? DataType.Int16 : DataType.UInt16;
        var g = new TestGraph();
        Value x = Codes(g.Input(Shape(name)), 3f / 65536);
        bool isConvolution = name.Contains("convolution", StringComparison.Ordinal);
        bool isDepthwise = name == "depthwise convolution";
        Value w = Weights(
            name switch
            {
                "padded convolution" => [12, 6, 3, 3],
                "depthwise convolution" => [6, 1, 3, 3],
                "gemm" => [24, 40],
                _ => [40, 24],
            },
            name == "matmul of rank 3" ? 1 : 0);
        long outputs = name switch { "padded convolution" => 12, "depthwise convolution" => 6, _ => 24 };
        float[] units = [.. Enumerable.Range(0, (int)outputs).Select(o => 3f / 65536 * WeightScale(o))];
        Value bias = g.Node(
            "DequantizeLinear",
            [
                g.Constant(Tensor.Of([.. Enumerable.Range(0, (int)outputs).Select(o => (o * 104_729) - 1_000_003)], outputs)),
                g.Constant(Tensor.Of(units, outputs)),
            ],
            ("axis", 0L));
        Value y = name switch
        {
            "gemm" => g.Node("Gemm", [x, w, bias], ("transB", 1L)),
            "matmul of rank 3" => g.Node("MatMul", [x, w]),
            _ => g.Node("Conv", [x, w, bias], ("pads", (long[])[1, 1, 1, 1]), ("group", isDepthwise ? 6L : 1)),
        };
        Value scale = g.Constant(Tensor.Scalar(isConvolution ? 4e-4f : 6e-4f));
        Value zero = g.Constant(Tensor.FromInt64s(type, [zeroPoint], []));
        Graph graph = g.Finish(g.Node("DequantizeLinear", [g.Node("QuantizeLinear", [g.Node("Relu", y), scale, zero]), scale, zero]));
        graph.Opset = 21;
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, 3, seed: 9);

        foreach (ModelMode mode in (ModelMode[])[ModelMode.Fp32, ModelMode.Int8])
        {
            CompileOptions options = Options(graph) with { Mode = mode };
            using CompileResult result = ModelCompiler.Compile(options);
            float[] actual = GeneratedModels.Build(result).Predict("Model", inputs).Values.Single().ToFloats();

            Assert.Contains(PlanReader.Read(result.Plan).Steps, s => s.Call.Target.EndsWith("QuantizeUInt16", StringComparison.Ordinal));
            float[] expected = OrtSession.Run(File.ReadAllBytes(options.ModelPath), inputs).Values.Single().ToFloats();
            float step = scale.Constant!.ToFloats()[0];
            int[] off = [.. expected.Zip(actual, (e, a) => (int)MathF.Round(MathF.Abs(e - a) / step))];
            Assert.InRange(off.Max(), 0, 1);
            Assert.InRange(off.Count(o => o > 0) / (double)off.Length, 0, 0.01);
            Assert.True(expected.Distinct().Count() > 20);
        }

        Value Codes(Value reals, float step)
        {
            Value inputScale = g.Constant(Tensor.Scalar(step));
            Value inputZero = g.Constant(Tensor.FromInt64s(type, [zeroPoint], []));
            return g.Node("DequantizeLinear", [g.Node("QuantizeLinear", [reals, inputScale, inputZero]), inputScale, inputZero]);
        }

        Value Weights(long[] dimensions, long axis)
        {
            var random = new Random(3);
            var codes = new sbyte[dimensions.Aggregate(1L, (a, b) => a * b)];
            for (int i = 0; i < codes.Length; i++)
            {
                codes[i] = (sbyte)random.Next(-127, 128);
            }

            float[] scales = [.. Enumerable.Range(0, (int)dimensions[axis]).Select(WeightScale)];
            return g.Node(
                "DequantizeLinear",
                [g.Constant(Tensor.Of(codes, dimensions)), g.Constant(Tensor.Of(scales, scales.Length))], ("axis", axis));
        }

        static float WeightScale(int output) => 0.004f + (output * 0.0007f);

        static long[] Shape(string name) => name switch
        {
            "gemm" => [40],
            "matmul of rank 3" => [5, 40],
            _ => [6, 12, 12],
        };
    }

    /// <summary>A factor of two and a shift between both sides, as models have them that fold a product into a scale.</summary>
    [Theory]
    [InlineData(2, 0)]
    [InlineData(1, 50)]
    public void Predict_CodesOf16BitsReadByOtherParameters_AreWhatOnnxRuntimeReads(float factor, long shift)
    {
        var g = new TestGraph();
        Value Scale(float s) => g.Constant(Tensor.Scalar(s));
        Value Zero(long z) => g.Constant(Tensor.FromInt64s(DataType.UInt16, [z], []));
        Value codes = g.Node("QuantizeLinear", [g.Input(40), Scale(3f / 65536), Zero(31_111)]);
        Value x = g.Node("DequantizeLinear", [codes, Scale(factor * 3f / 65536), Zero(31_111 + (100 * shift))]);
        var random = new Random(3);
        Value w = g.Node(
            "DequantizeLinear",
            [
                g.Constant(Tensor.Of([.. Enumerable.Range(0, 24 * 40).Select(_ => (sbyte)random.Next(-127, 128))], 24, 40)),
                Scale(0.01f),
            ]);
        Graph graph = g.Finish(g.Node("Gemm", [x, w], ("transB", 1L)));
        graph.Opset = 21;
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, 3, seed: 9);
        CompileOptions options = Options(graph);
        using CompileResult result = ModelCompiler.Compile(options);

        float[] actual = GeneratedModels.Build(result).Predict("Model", inputs).Values.Single().ToFloats();

        float[] expected = OrtSession.Run(File.ReadAllBytes(options.ModelPath), inputs).Values.Single().ToFloats();
        Assert.InRange(Scores.RelativeError(expected, actual), 0, 1e-4);
    }

    private CompileOptions Options(Graph graph) => new()
    {
        ModelPath = _files.Write("model.onnx", OnnxExporter.Export(graph)), Mode = ModelMode.Fp32, ClassName = "Model",
        ResourceName = "Model.weights",
    };
}
