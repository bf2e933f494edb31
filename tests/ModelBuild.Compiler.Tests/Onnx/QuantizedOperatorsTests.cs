using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;

namespace ModelBuild.Compiler.Tests.Onnx;

/// <summary>QOperator form against Q/DQ form, both in ONNX Runtime.</summary>
public sealed class QuantizedOperatorsTests
{
    private const double EqualPart = 0.999;

    /// <summary>In networks, where a code that was rounded the other way may come back as two.</summary>
    private const double FartherPart = 1e-4;

    /// <summary>Each operator that has a form on codes becomes that form, and gives the codes that it gave.</summary>
    [Theory]
    [InlineData("Conv", "QLinearConv")]
    [InlineData("ConvRelu", "QLinearConv")]
    [InlineData("ConvNoBias", "QLinearConv")]
    [InlineData("ConvFloat", "ConvInteger,Add,Cast,Mul")]
    [InlineData("Gemm", "Reshape,com.microsoft.QGemm")]
    [InlineData("GemmFloat", "Reshape,com.microsoft.QGemm")]
    [InlineData("MatMul", "QLinearMatMul")]
    [InlineData("MatMulFloat", "com.microsoft.MatMulIntegerToFloat")]
    [InlineData("MatMulDynamic", "Transpose,QLinearMatMul")]
    [InlineData("Add", "com.microsoft.QLinearAdd")]
    [InlineData("AddRelu", "com.microsoft.QLinearAdd")]
    [InlineData("Mul", "com.microsoft.QLinearMul")]
    [InlineData("AveragePool", "com.microsoft.QLinearAveragePool")]
    [InlineData("GlobalAveragePool", "com.microsoft.QLinearGlobalAveragePool")]
    [InlineData("Sigmoid", "com.microsoft.QLinearSigmoid")]
    [InlineData("LeakyRelu", "com.microsoft.QLinearLeakyRelu")]
    [InlineData("Softmax", "com.microsoft.QLinearSoftmax")]
    [InlineData("Concat", "com.microsoft.QLinearConcat")]
    [InlineData("Where", "com.microsoft.QLinearWhere")]
    [InlineData("WhereSigned", "QuantizeLinear,DequantizeLinear,DequantizeLinear,Where,QuantizeLinear")] // codes of two types
    [InlineData("MaxPool", "MaxPool")]
    [InlineData("Reshape", "Reshape")]
    [InlineData("Tanh", "DequantizeLinear,Tanh,QuantizeLinear")] // there is none: it stays
    [InlineData("ReshapeOtherScale", "DequantizeLinear,Reshape,QuantizeLinear")] // codes mean something else behind it
    [InlineData("ConvClip", "ConvInteger,Add,Cast,Mul,Clip,QuantizeLinear")] // the range ends elsewhere
    [InlineData("GemmHalf", "DequantizeLinear,DequantizeLinear,Reshape,DequantizeLinear,Gemm,QuantizeLinear")] // a factor of its own
    [InlineData("MatMulZeros", "DequantizeLinear,DequantizeLinear,MatMul,QuantizeLinear")] // zero points differ
    public void Of_OperatorBetweenCodes_IsTheOneOnCodes(string kind, string operators)
    {
        Graph graph = OnnxImporter.Import(Model(kind), "model.onnx");
        Graph form = QuantizedOperators.Of(graph);

        Assert.Equal(
            operators.Split(','),
            form.Nodes.Skip(1).Select(n => n.Domain.Length > 0 ? $"{n.Domain}.{n.Type}" : n.Type));
        AssertSame(OnnxExporter.Export(graph), OnnxExporter.Export(form), new() { ["x"] = Random([1, 4, 8, 8], 7) });
    }

    /// <summary>
    /// All codes of whole networks, whose tensors are outputs for that. ONNX Runtime makes integer operators of what is between Q/DQ nodes
    /// too, but for sums of residuals, which it computes in float: now and then one rounds the other way, and the layers behind it go on
    /// from there.
    /// </summary>
    [Theory]
    [InlineData("lenet")]
    [InlineData("resnet")]
    public void Of_Network_GivesTheCodesOfItsQdqForm(string network) =>
        AssertNetwork(Repository.Sample("models", network + ".onnx"));

    [SharedTheory]
    [InlineData("models/fashion/mobilenetv2_folded.onnx")]
    public void Of_SharedNetwork_GivesTheCodesOfItsQdqForm(string network) => AssertNetwork(SharedFolder.File(network));

    private static void AssertNetwork(string path)
    {
        string samples = SampleImages.Few;
        using CompiledModel model = ModelCompiler.CompileModel(new CompileOptions
        {
            ModelPath = path, Mode = ModelMode.Int8, CalibrationFiles = [samples], ClassName = "Network", ResourceName = "Network.weights",
        });
        Graph graph = model.Portable.Clone();
        graph.Outputs.AddRange([.. graph.Nodes.Where(n => n.Is("QuantizeLinear")).Select(n => n.Output)]);
        byte[] qdq = OnnxExporter.Export(graph);
        byte[] form = OnnxExporter.Export(QuantizedOperators.Of(graph));
        Assert.All(
            CalibrationData.Open([samples], graph.Inputs).Spread(8),
            sample => AssertSame(qdq, form, new(sample), isNetwork: true));
    }

    private static void AssertSame(byte[] qdq, byte[] form, Dictionary<string, Tensor> inputs, bool isNetwork = false)
    {
        Dictionary<string, Tensor> expected = OrtSession.Run(qdq, inputs, isNetwork);

        // On processors with AVX2 and no more its kernels for signed weights saturate, and one of its optimizations takes unsigned ones.
        Dictionary<string, Tensor> actual = OrtSession.Run(form, inputs, optimize: true);
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), actual.Keys.Order(StringComparer.Ordinal));
        long codes = 0;
        long same = 0;
        long farther = 0;
        foreach ((string name, Tensor tensor) in expected)
        {
            Assert.Equal(tensor.Dimensions, actual[name].Dimensions);
            if (tensor.Type == DataType.Float32)
            {
                TensorAssert.Close(tensor, actual[name], relative: 1e-3, absolute: 0.1);
                continue;
            }

            double[] differences = [.. tensor.ToDoubles().Zip(actual[name].ToDoubles(), (a, b) => Math.Abs(a - b))];
            Assert.All(differences, difference => Assert.InRange(difference, 0, isNetwork ? 2 : 1));
            farther += differences.Count(d => d > 1);
            codes += differences.Length;
            same += differences.Count(d => d == 0);
        }

        Assert.True(
            same >= EqualPart * codes && farther <= FartherPart * codes,
            $"{same} of {codes} codes are the same, {farther} differ by more than one.");
    }

    /// <summary>x [1,4,8,8] becomes codes, goes through an operator, and becomes codes again unless the kind says float.</summary>
    private static byte[] Model(string kind)
    {
        OnnxGraph graph = new OnnxGraph().Input("x", 1, 4, 8, 8)
            .Constant("s", Tensor.Scalar(0.02f)).Constant("z", Tensor.Of([(byte)100], []))
            .Constant("zero", Tensor.Of([(byte)0], []))
            .Node("QuantizeLinear", ["x", "s", "z"], ["c"]);
        string name = kind.Replace("Float", string.Empty, StringComparison.Ordinal);
        bool isFloat = kind.EndsWith("Float", StringComparison.Ordinal);
        (float scale, string zero) = name switch
        {
            "Conv" or "ConvNoBias" or "MatMulDynamic" or "MatMul" or "MatMulZeros" or "Gemm" or "GemmHalf" => (0.15f, "z"),
            "ConvRelu" or "ConvClip" or "AddRelu" => (0.05f, "zero"),
            "Add" or "Mul" => (0.061f, "z"),
            "AveragePool" or "GlobalAveragePool" => (0.015f, "z"),
            "Sigmoid" or "Softmax" => (1 / 256f, "zero"),
            "ReshapeOtherScale" => (0.03f, "z"),
            "Concat" or "Tanh" or "LeakyRelu" or "Where" => (0.025f, "z"),
            _ => (0.02f, "z"),
        };
        graph.Constant("t", Tensor.Scalar(scale));
        string y = name switch
        {
            "Conv" or "ConvNoBias" or "ConvRelu" or "ConvClip" => Convolution(name),
            "MatMul" or "MatMulZeros" or "Gemm" or "GemmHalf" => Product(name),
            "MatMulDynamic" => Dynamic(),
            "Add" or "AddRelu" => Clamped(Binary("Add"), name),
            "Mul" => Binary("Mul"),
            "Concat" => Binary("Concat", ("axis", 1L)),
            "Where" => Choice(Real()),
            "WhereSigned" => Choice(Signed()),
            "AveragePool" or "MaxPool" => Unary(name, ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 })),
            "Softmax" => Unary(name, ("axis", -1L)),
            "LeakyRelu" => Unary(name, ("alpha", 0.1f)),
            "Reshape" or "ReshapeOtherScale" => Reshape(),
            _ => Unary(name),
        };
        if (!isFloat)
        {
            graph.Node("QuantizeLinear", [y, "t", zero], ["y"]).Output("y", DataType.UInt8);
        }
        else
        {
            graph.Output(y);
        }

        return graph.ToModel();

        string Real(string codes = "c", string name = "r")
        {
            graph.Node("DequantizeLinear", [codes, "s", "z"], [name]);
            return name;
        }

        string Unary(string type, params (string, object)[] attributes)
        {
            graph.Node(type, [Real()], ["v"], attributes);
            return "v";
        }

        string Binary(string type, params (string, object)[] attributes)
        {
            graph.Node(type, [Real(), "r"], ["v"], attributes);
            return "v";
        }

        string Signed()
        {
            graph.Constant("zs", Tensor.Of([(sbyte)-28], [])).Node("QuantizeLinear", ["x", "s", "zs"], ["signed"])
                .Node("DequantizeLinear", ["signed", "s", "zs"], ["r"]);
            return "r";
        }

        string Choice(string first)
        {
            bool[] every = [true, false, false, true, false, true, true, false];
            graph.Constant("m", new Tensor(DataType.Bool, [8], Array.ConvertAll(every, m => m ? (byte)1 : (byte)0)))
                .Node("Where", ["m", first, Real(name: "q")], ["v"]);
            return "v";
        }

        string Reshape()
        {
            graph.Integers("shape", 1, 256).Node("Reshape", [Real(), "shape"], ["v"]);
            return "v";
        }

        string Clamped(string value, string from)
        {
            if (from.EndsWith("Relu", StringComparison.Ordinal))
            {
                graph.Node("Relu", [value], ["clamped"]);
            }
            else if (from.EndsWith("Clip", StringComparison.Ordinal))
            {
                graph.Constant("low", Tensor.Scalar(0f)).Constant("high", Tensor.Scalar(6f))
                    .Node("Clip", [value, "low", "high"], ["clamped"]);
            }
            else
            {
                return value;
            }

            return "clamped";
        }

        string Convolution(string from)
        {
            Weights([6, 4, 3, 3], 6, 0);
            string[] bias = from == "ConvNoBias" ? [] : ["bias"];
            graph.Node("Conv", [Real(), "w", .. bias], ["v"], ("pads", new long[] { 1, 1, 1, 1 }));
            return Clamped("v", from);
        }

        string Product(string type)
        {
            bool isGemm = type.StartsWith("Gemm", StringComparison.Ordinal);
            Weights(isGemm ? [5, 256] : [8, 5], 5, isGemm ? 0 : 1, type == "MatMulZeros" ? [0, 1, 2, 3, 4] : new byte[5]);
            string rows = Real();
            if (isGemm)
            {
                // On codes, as it comes out of a network: a view of them.
                graph.Integers("shape", 1, 256).Node("Reshape", ["c", "shape"], ["flat"]);
                rows = Real("flat", "flatReals");
            }

            graph.Node(
                isGemm ? "Gemm" : "MatMul", isGemm ? [rows, "w", "bias"] : [rows, "w"], ["v"],
                isGemm ? [("transB", 1L), ("alpha", type == "GemmHalf" ? 0.5f : 1)] : []);
            return "v";
        }

        string Dynamic()
        {
            graph.Node("Transpose", ["c"], ["turned"], ("perm", new long[] { 0, 1, 3, 2 }));
            graph.Node("MatMul", [Real(), Real("turned", "q")], ["v"]);
            return "v";
        }

        void Weights(long[] shape, int outputs, long axis, byte[]? zeroPoints = null)
        {
            var random = new Random(3);
            long length = shape.Aggregate(1L, (product, d) => product * d);
            float[] scales = [.. Enumerable.Range(0, outputs).Select(i => 0.002f + (0.001f * i))];
            graph.Constant("codes", new Tensor(
                    DataType.Int8, shape, Enumerable.Range(0, (int)length).Select(_ => (byte)(sbyte)random.Next(-127, 128)).ToArray()))
                .Constant("ws", Tensor.Of(scales, outputs))
                .Constant("wz", new Tensor(DataType.Int8, [outputs], zeroPoints ?? new byte[outputs]))
                .Node("DequantizeLinear", ["codes", "ws", "wz"], ["w"], ("axis", axis))
                .Constant("bs", Tensor.Of([.. scales.Select(s => s * 0.02f)], outputs))
                .Constant("biasCodes", Tensor.FromInt64s(
                    DataType.Int32, [.. Enumerable.Range(0, outputs).Select(i => (1000L * i) - 2500)], outputs))
                .Node("DequantizeLinear", ["biasCodes", "bs"], ["bias"], ("axis", 0L));
        }
    }

    private static Tensor Random(long[] shape, int seed)
    {
        var random = new Random(seed);
        long length = shape.Aggregate(1L, (product, d) => product * d);
        return Tensor.Of([.. Enumerable.Range(0, (int)length).Select(_ => (random.NextSingle() * 5) - 2)], shape);
    }
}
