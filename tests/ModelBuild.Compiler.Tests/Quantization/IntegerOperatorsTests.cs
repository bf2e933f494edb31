using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Tests.Support;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Quantization;

/// <summary>
/// Which operators of a float model stay integer in int8: each stands between two convolutions, and no step computes in float.
/// </summary>
public sealed class IntegerOperatorsTests
{
    private static readonly Dictionary<string, Func<TestGraph, Value, Value>> s_operators = new()
    {
        ["Conv"] = (g, x) => g.Conv(x, 6, 3, pad: 1),
        ["Conv, depthwise"] = (g, x) => g.Conv(x, 6, 3, groups: 6),
        ["Conv, in groups"] = (g, x) => g.Conv(x, 6, 3, stride: 2, groups: 2),
        ["Conv, 1-D"] = (g, x) => g.Conv(g.Node("Reshape", [x, Numbers(g, 0, 6, 64)]), 6, 3),
        ["ConvTranspose"] = (g, x) => Whole(g, "ConvTranspose", [x, g.Weights(6, 6, 2, 2), g.Weights(6)], ("strides", new long[] { 2, 2 })),
        ["ConvTranspose, with zeros between"] = (g, x) =>
            Whole(g, "ConvTranspose", [x, g.Weights(6, 6, 3, 3)], ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 })),
        ["ConvTranspose, stride 1"] = (g, x) => Whole(g, "ConvTranspose", [x, g.Weights(6, 6, 3, 3)]),
        ["ConvTranspose, depthwise"] = (g, x) =>
            Whole(g, "ConvTranspose", [x, g.Weights(6, 1, 4, 4)], ("strides", new long[] { 2, 2 }), ("group", 6L)),
        ["ConvTranspose, 1-D"] = (g, x) =>
            Whole(g, "ConvTranspose", [g.Node("Reshape", [x, Numbers(g, 0, 6, 64)]), g.Weights(6, 4, 4)], ("strides", new long[] { 2 })),
        ["Gemm"] = (g, x) => g.Gemm(g.Flatten(x), 10),
        ["MatMul"] = (g, x) => g.Node("MatMul", [x, g.Weights(8, 10)]),
        ["MatMul, computed"] = (g, x) => g.Node("MatMul", [x, Other(g, x)]),
        ["Attention"] = Attention,
        ["Add"] = (g, x) => g.Node("Add", [x, Other(g, x)]),
        ["Add, of a number"] = (g, x) => g.Node("Add", [x, Number(g, 0.5f)]),
        ["Add, of channels"] = (g, x) => g.Node("Add", [g.Node("Sigmoid", x), g.Weights(1, 6, 1, 1)]),
        ["Add, of residuals"] = (g, x) => g.Node("Relu", g.Node("Add", [g.Conv(x, 6, 3, pad: 1), x])),
        ["Add, of two convolutions"] = (g, x) => g.Node("Relu", g.Node("Add", [g.Conv(x, 6, 3, pad: 1), g.Conv(x, 6, 1)])),
        ["Sub"] = (g, x) => g.Node("Sub", [x, Other(g, x)]),
        ["Sub, from a number"] = (g, x) => g.Node("Sub", [Number(g, 1), x]),
        ["Mul"] = (g, x) => g.Node("Mul", [x, Other(g, x)]),
        ["Mul, by channels"] = (g, x) => g.Node("Mul", [g.Node("Sigmoid", x), g.Weights(1, 6, 1, 1)]),
        ["Mul, by a number for each channel"] = (g, x) => g.Node("Mul", [x, g.Node("Sigmoid", g.Node("GlobalAveragePool", x))]),
        ["Div, by a number"] = (g, x) => g.Node("Div", [x, Number(g, 3)]),
        ["Div, by channels"] = (g, x) => g.Node("Div", [g.Node("Sigmoid", x), Channels(g, 1, 2, 3, 4, 5, 6)]),
        ["Div, of a number"] = (g, x) => g.Node("Div", [Number(g, 1), g.Node("Add", [g.Node("Exp", x), Number(g, 1)])]),
        ["Min"] = (g, x) => g.Node("Min", [x, Other(g, x)]),
        ["Max"] = (g, x) => g.Node("Max", [x, Other(g, x)]),
        ["Min, with a number"] = (g, x) => g.Node("Min", [x, Number(g, 1)]),
        ["Max, with channels"] = (g, x) => g.Node("Max", [x, g.Weights(1, 6, 1, 1)]),
        ["PRelu, one slope"] = (g, x) => g.Node("PRelu", [x, Channels(g, 0.25f)]),
        ["PRelu, a slope for each channel"] = (g, x) => g.Node("PRelu", [x, g.Weights(6, 1, 1)]),
        ["PRelu, a slope for each column"] = (g, x) => g.Node("PRelu", [x, g.Weights(8)]),
        ["Softmax"] = (g, x) => g.Node("Softmax", x, ("axis", -1L)),
        ["Softmax, of channels"] = (g, x) => g.Node("Softmax", x, ("axis", 1L)),
        ["MaxPool"] = (g, x) => g.Node("MaxPool", x, ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 })),
        ["AveragePool"] = (g, x) => g.Node("AveragePool", x, ("kernel_shape", new long[] { 3, 3 }), ("pads", new long[] { 1, 1, 1, 1 })),
        ["MaxPool, 1-D"] = (g, x) => g.Node(
            "MaxPool", g.Node("Reshape", [x, Numbers(g, 0, 6, 64)]), ("kernel_shape", new long[] { 2 }), ("strides", new long[] { 2 })),
        ["AveragePool, 1-D"] = (g, x) =>
            g.Node("AveragePool", g.Node("Reshape", [x, Numbers(g, 0, 6, 64)]), ("kernel_shape", new long[] { 2 })),
        ["GlobalMaxPool"] = (g, x) => g.Node("GlobalMaxPool", x),
        ["GlobalAveragePool"] = (g, x) => g.Node("GlobalAveragePool", x),
        ["ReduceMean"] = (g, x) => g.Node("ReduceMean", [x, Numbers(g, 2, 3)]),
        ["ReduceMean, of channels"] = (g, x) => g.Node("ReduceMean", [x, Numbers(g, 1)]),
        ["ReduceMean, of channels and columns"] = (g, x) => g.Node("ReduceMean", [x, Numbers(g, 1, 3)]),
        ["ReduceSum"] = (g, x) => g.Node("ReduceSum", [x, Numbers(g, 2, 3)]),
        ["ReduceSum, of channels and columns"] = (g, x) => g.Node("ReduceSum", [x, Numbers(g, 1, 3)]),
        ["ReduceMax"] = (g, x) => g.Node("ReduceMax", [x, Numbers(g, 1)]),
        ["ReduceMin"] = (g, x) => g.Node("ReduceMin", [x, Numbers(g, 3)]),
        ["Concat"] = (g, x) => g.Node("Concat", [x, Other(g, x)], ("axis", 1L)),
        ["Concat, with constants"] = (g, x) =>
            g.Node("Concat", [g.Node("Slice", [x, Numbers(g, 0), Numbers(g, 1), Numbers(g, 0)]), g.Weights(1, 6, 8, 8)], ("axis", 1L)),
        ["Split"] = (g, x) => g.Node("Concat", [.. Split(g, x).Reverse()], ("axis", 1L)),
        ["Slice"] = (g, x) => g.Node("Slice", [x, Numbers(g, 1, 1), Numbers(g, 7, 8), Numbers(g, 2, 3)]),
        ["Slice, with steps"] = (g, x) => g.Node("Slice", [x, Numbers(g, 0), Numbers(g, 8), Numbers(g, 2), Numbers(g, 2)]),
        ["Pad"] = (g, x) => g.Node("Pad", [x, Numbers(g, 0, 0, 1, 1, 0, 0, 1, 1)]),
        ["Pad, reflected"] = (g, x) => g.Node("Pad", [x, Numbers(g, 0, 0, 1, 1, 0, 0, 1, 1)], ("mode", "reflect")),
        ["Resize, nearest"] = (g, x) => Resize(g, x, "nearest"),
        ["Resize, linear"] = (g, x) => Resize(g, x, "linear"),
        ["Resize, cubic"] = (g, x) => Resize(g, x, "cubic"),
        ["Resize, to sizes of another"] = ResizeToAnother,
        ["Transpose"] = (g, x) => g.Node("Transpose", x, ("perm", new long[] { 0, 3, 1, 2 })),
        ["Reshape"] = (g, x) => g.Node("Reshape", [x, Numbers(g, 0, 12, 4, 8)]),
        ["Flatten"] = (g, x) => g.Gemm(g.Node("Flatten", x), 10),
        ["Squeeze"] = (g, x) => g.Node("Squeeze", [g.Node("Unsqueeze", [x, Numbers(g, 1)]), Numbers(g, 1)]),
        ["Expand"] = (g, x) => g.Node("Expand", [g.Node("GlobalMaxPool", x), Numbers(g, 1, 6, 4, 4)]),
        ["Tile"] = (g, x) => g.Node("Tile", [x, Numbers(g, 1, 2, 1, 1)]),
        ["Gather"] = (g, x) => g.Node("Gather", [x, Numbers(g, 5, 0, 3)], ("axis", 1L)),
        ["DepthToSpace"] = (g, x) => Whole(g, "DepthToSpace", [g.Conv(x, 8, 1)], ("blocksize", 2L)),
        ["SpaceToDepth"] = (g, x) => Whole(g, "SpaceToDepth", [x], ("blocksize", 2L)),
        ["Where"] = (g, x) => g.Node("Where", [Condition(g), x, Other(g, x)]),
        ["Where, with a number"] = (g, x) => g.Node("Where", [Condition(g), x, Number(g, -1e9f)]),
        ["LayerNormalization"] = (g, x) => Whole(g, "LayerNormalization", [x, g.Weights(8), g.Weights(8)]),
        ["LayerNormalization, written out"] = NormalizeWrittenOut,
        ["BatchNormalization"] = (g, x) => g.BatchNormalization(g.Node("Relu", x)),
        ["HardSwish"] = (g, x) => g.Node("HardSwish", x),
        ["SiLU, written out"] = (g, x) => g.Node("Mul", [x, Other(g, x)]),
        ["Clip"] = (g, x) => g.Relu6(x),
    };

    private static readonly string[] s_functions =
    [
        "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Celu", "Cos", "Cosh", "Elu", "Erf", "Exp", "Floor",
        "HardSigmoid",
        "LeakyRelu", "Mish", "Neg", "Reciprocal", "Relu", "Round", "Selu", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign",
        "Sqrt", "Log", "Tan", "Tanh", "ThresholdedRelu", "Shrink",
    ];

    public static TheoryData<string> Operators => [.. s_operators.Keys];

    public static TheoryData<string> Functions => [.. s_functions];

    [Theory]
    [MemberData(nameof(Operators))]
    public void Int8_OperatorBetweenConvolutions_StaysInteger(string name) => StaysInteger(s_operators[name]);

    /// <summary>Of one tensor: a table.</summary>
    [Theory]
    [MemberData(nameof(Functions))]
    public void Int8_FunctionBetweenConvolutions_StaysInteger(string name) => StaysInteger((g, x) => name switch
    {
        // Where they have values.
        "Acos" or "Asin" or "Atanh" => g.Node(name, g.Node("Mul", [g.Node("Tanh", x), Number(g, 0.9f)])),
        "Tan" => g.Node(name, g.Node("Tanh", x)),

        // Behind an activation: the logarithm of a sum of inputs is one of a spectrum.
        "Log" => g.Node(name, g.Node("Add", [g.Node("Relu", x), Number(g, 1.5f)])),
        "Acosh" or "Sqrt" or "Reciprocal" => g.Node(name, g.Node("Add", [g.Node("Abs", x), Number(g, 1.5f)])),
        _ => g.Node(name, x),
    });

    private static void StaysInteger(Func<TestGraph, Value, Value> network)
    {
        Graph graph = BetweenConvolutions(network);
        using CompiledModel model = CompiledFile.Of(
            graph, ModelMode.Int8, RecoveryMethods.None, [TestGraph.Inputs(graph, batch: 4, seed: 1)]);

        ExecutionPlan plan = model.Compiled.Plan;
        Assert.Equal(
            ["Quantization.QuantizeUInt8"],
            plan.Steps.Where(s => StepKinds.Of(plan, s) is StepKind.Float or StepKind.Conversion).Select(s => s.Call.Target)
                .Where(t => !t.StartsWith("DataMovement.", StringComparison.Ordinal)));
        Assert.InRange(model.Quality!.Sqnr!.Value, 15, 100);
    }

    private static Graph BetweenConvolutions(Func<TestGraph, Value, Value> network)
    {
        // What it makes says what may stand behind it: import knows the shape, of operators that it takes apart too.
        var part = new TestGraph();
        Graph first = part.Finish(network(part, part.Conv(part.Input(3, 8, 8), 6, 1)));
        Shape shape = OnnxImporter.Import(OnnxExporter.Export(first), "model.onnx").Outputs[0].KnownShape;
        var g = new TestGraph();
        Value y = network(g, g.Conv(g.Input(3, 8, 8), 6, 1));
        (y.Type, y.Shape) = (DataType.Float32, shape);
        return g.Finish(shape.Rank == 2 ? g.Gemm(y, 4) : g.Conv(y, 4, 1));
    }

    /// <summary>An operator that import takes apart: what it makes has no shape before.</summary>
    private static Value Whole(TestGraph g, string type, Value[] inputs, params (string Name, AttributeValue Value)[] attributes)
    {
        Shape open = new(Enumerable.Range(0, inputs[0].KnownShape.Rank).Select(i => Dimension.Symbol($"size{i}")));
        Value output = g.Graph.NewValue($"{type}_output", DataType.Float32, open);
        g.Graph.Add(new Node(
            Domains.Onnx, type, type, inputs, [output], attributes.ToDictionary(a => a.Name, a => a.Value, StringComparer.Ordinal)));
        return output;
    }

    private static Value Number(TestGraph g, float number) => g.Constant(Tensor.Scalar(number));

    /// <summary>A tensor of the same shape that is no function of the elements of one.</summary>
    private static Value Other(TestGraph g, Value x) => g.Node("Sigmoid", g.Conv(x, 6, 1));

    private static Value Channels(TestGraph g, params float[] numbers) => g.Constant(Tensor.Of(numbers, numbers.Length, 1, 1));

    private static Value Numbers(TestGraph g, params long[] numbers) => g.Constant(Tensor.Of(numbers, numbers.Length));

    private static Value Condition(TestGraph g) => g.Constant(Tensor.From<byte>(DataType.Bool, [1, 0, 1, 1, 0, 0, 1, 0], 8));

    private static Value Resize(TestGraph g, Value x, string mode) =>
        g.Node("Resize", [x, null, g.Constant(Tensor.Of([1f, 1f, 2f, 2f], 4))], ("mode", mode));

    private static IEnumerable<Value> Split(TestGraph g, Value x) =>
        new long[] { 0, 3 }.Select(i => g.Node("Slice", [x, Numbers(g, i), Numbers(g, i + 3), Numbers(g, 1)]));

    /// <summary>Up to the size of a tensor of an earlier layer, as decoders of segmentation do.</summary>
    private static Value ResizeToAnother(TestGraph g, Value x)
    {
        Value small = g.Conv(x, 6, 2, stride: 2);
        Value sizes = g.Node(
            "Concat",
            [
                g.Node("Slice", [g.Node("Shape", small), Numbers(g, 0), Numbers(g, 2)]),
                g.Node("Slice", [g.Node("Shape", x), Numbers(g, 2), Numbers(g, 4)]),
            ],
            ("axis", 0L));
        return g.Node("Add", [g.Node("Resize", [small, null, null, sizes], ("mode", "linear")), x]);
    }

    private static Value NormalizeWrittenOut(TestGraph g, Value x)
    {
        Value y = g.Node("Transpose", x, ("perm", new long[] { 0, 2, 3, 1 }));
        Value centered = g.Node("Sub", [y, g.Node("ReduceMean", [y, Numbers(g, -1)])]);
        Value variance = g.Node("ReduceMean", [g.Node("Pow", [centered, Number(g, 2)]), Numbers(g, -1)]);
        Value deviation = g.Node("Sqrt", g.Node("Add", [variance, Number(g, 1e-5f)]));
        Value scaled = g.Node("Mul", [g.Node("Div", [centered, deviation]), g.Weights(6)]);
        return g.Node("Transpose", g.Node("Add", [scaled, g.Weights(6)]), ("perm", new long[] { 0, 3, 1, 2 }));
    }

    private static Value Attention(TestGraph g, Value x)
    {
        Value q = g.Node("Reshape", [x, Numbers(g, 0, 6, 64)]);
        Value scores = g.Node("MatMul", [q, g.Node("Transpose", q, ("perm", new long[] { 0, 2, 1 }))]);
        Value weights = g.Node("Softmax", g.Node("Tanh", g.Node("Mul", [scores, Number(g, 0.1f)])), ("axis", -1L));
        return g.Node("Reshape", [g.Node("MatMul", [weights, q]), Numbers(g, 0, 6, 8, 8)]);
    }
}
