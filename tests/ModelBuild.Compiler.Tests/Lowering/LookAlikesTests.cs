using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>
/// Arithmetic that differs in one thing from what exporters write for an activation, a normalization or a rotation: whatever is made of
/// it, it computes what ONNX Runtime does.
/// </summary>
public sealed class LookAlikesTests
{
    private const float Sixth = 1f / 6;
    private const float RootOfHalf = 0.70710678f;
    private const float RootOfTwoOverPi = 0.79788456f;

    private static readonly Dictionary<string, Func<OnnxGraph, OnnxGraph>> s_models = new(StringComparer.Ordinal)
    {
        ["HardSwish, of another tensor"] = g => Gated(g, "z", "HardSigmoid", ("alpha", Sixth), ("beta", 0.5f)),
        ["HardSwish, another slope"] = g => Gated(g, "x", "HardSigmoid", ("alpha", 0.2f), ("beta", 0.5f)),
        ["HardSwish, another offset"] = g => Gated(g, "x", "HardSigmoid", ("alpha", Sixth), ("beta", 0.4f)),
        ["HardSwish by Clip, to 5"] = g => Clipped(g, "x", 3, 0, 5, 6, [1]),
        ["HardSwish by Clip, from 1"] = g => Clipped(g, "x", 3, 1, 6, 6, [1]),
        ["HardSwish by Clip, another summand"] = g => Clipped(g, "x", 2.9f, 0, 6, 6, [1]),
        ["HardSwish by Clip, another divisor"] = g => Clipped(g, "x", 3, 0, 6, 5.9f, [1]),
        ["HardSwish by Clip, of another tensor"] = g => Clipped(g, "z", 3, 0, 6, 6, [1]),
        ["HardSwish by Clip, of another rank"] = g => Clipped(g, "x", 3, 0, 6, 6, [1, 1, 1]),
        ["HardSigmoid by Clip, of another rank"] = g => Inputs(g).Constant("three", [1, 1, 1], [3f]).Constant("low", [], [0f])
            .Constant("high", [], [6f]).Constant("six", [1, 1, 1], [6f]).Node("Add", ["x", "three"], ["a"])
            .Node("Clip", ["a", "low", "high"], ["c"]).Node("Div", ["c", "six"], ["y"]),
        ["SiLU, of another tensor"] = g => Gated(g, "z", "Sigmoid"),
        ["SiLU, twice"] = g => Scaled(Gated(g, "x", "Sigmoid", "s"), "s", 2),
        ["Mish, of another tensor"] = g => Inputs(g).Node("Softplus", ["z"], ["s"]).Node("Tanh", ["s"], ["t"])
            .Node("Mul", ["x", "t"], ["y"]),
        ["Mish, thrice"] = g => Scaled(
            Inputs(g).Node("Softplus", ["x"], ["s"]).Node("Tanh", ["s"], ["t"]).Node("Mul", ["x", "t"], ["m"]), "m", 3),
        ["GELU, another root"] = g => Erf(g, "x", 0.7092f, 1, 0.5f),
        ["GELU, another one"] = g => Erf(g, "x", RootOfHalf, 1.004f, 0.5f),
        ["GELU, another half"] = g => Erf(g, "x", RootOfHalf, 1, 0.502f),
        ["GELU, of another tensor"] = g => Erf(g, "z", RootOfHalf, 1, 0.5f),
        ["GELU by Tanh, another root"] = g => Tanh(g, "x", "x", 0.8f, 0.044715f, 3),
        ["GELU by Tanh, another factor"] = g => Tanh(g, "x", "x", RootOfTwoOverPi, 0.045f, 3),
        ["GELU by Tanh, another power"] = g => Tanh(g, "x", "x", RootOfTwoOverPi, 0.044715f, 2),
        ["GELU by Tanh, of another tensor"] = g => Tanh(g, "z", "x", RootOfTwoOverPi, 0.044715f, 3),
        ["GELU by Tanh, powers of another tensor"] = g => Tanh(g, "x", "z", RootOfTwoOverPi, 0.044715f, 3),
        ["LayerNormalization by another's deviation"] = g => Normalized(g, "z", [-1], [-1], [-1]),
        ["LayerNormalization about two means"] = g => Normalized(g, "x", [-1], [-2, -1], [-1]),
        ["LayerNormalization about the mean of all"] = g => Normalized(g, "x", [-2, -1], [-2, -1], [-1]),
        ["LayerNormalization by the deviation of all"] = g => Normalized(g, "x", [-1], [-1], [-2, -1]),
        ["LayerNormalization over columns"] = g => Normalized(g, "x", [-2], [-2], [-2]),
        ["LayerNormalization about means that lie across"] = g => Normalized(g, "x", [-1], [-1], [-1], keepdims: 0),
        ["LayerNormalization by another root"] = g => Normalized(g, "x", [-1], [-1], [-1], exponent: 0.4f),
        ["LayerNormalization of third powers"] = g => Normalized(g, "x", [-1], [-1], [-1], power: 4),
        ["LayerNormalization with a factor for each element"] = g => Normalized(g, "x", [-1], [-1], [-1], factor: [5, 5]),
        ["LayerNormalization with a factor for each row"] = g => Normalized(g, "x", [-1], [-1], [-1], factor: [5, 1]),
        ["LayerNormalization"] = g => Normalized(g, "x", [-1], [-1], [-1], factor: [5]),
        ["Rotation"] = g => Halves(g, "x", "x", 0, 3, 3),
        ["Rotation of another tensor's half"] = g => Halves(g, "x", "w", 0, 3, 3),
        ["Rotation of another tensor's halves"] = g => Halves(g, "w", "w", 0, 3, 3),
        ["Rotation of parts that are no halves"] = g => Halves(g, "x", "x", 0, 2, 2),
        ["Rotation of halves that overlap"] = g => Halves(g, "x", "x", 1, 4, 3),
        ["Rotation by pairs"] = g => Pairs(g, "c", "s", "c", "s"),
        ["Rotation by pairs, another sine behind"] = g => Pairs(g, "c", "s", "c", "c2"),
        ["Rotation by pairs, another cosine behind"] = g => Pairs(g, "c", "s", "c2", "s"),
        ["Rotation by pairs, another sine in front"] = g => Pairs(g, "c", "c2", "c", "s"),
        ["Bias of infinities behind a product of codes"] = g => Inputs(g).Constant("w", Tensor.Of((sbyte[])[.. Codes(25)], 5, 5))
            .Constant("f", Tensor.Scalar(0.01f)).Constant("o", Tensor.Of([(sbyte)0], [])).Node("DequantizeLinear", ["w", "f", "o"], ["r"])
            .Constant("mask", [5], [0, float.NegativeInfinity, 1, float.PositiveInfinity, 2]).Node("MatMul", ["x", "r"], ["p"])
            .Node("Add", ["p", "mask"], ["b"]).Node("Sigmoid", ["b"], ["y"]),
        ["Bias of infinities behind a product of codes by codes"] = g => Inputs(g).Constant("w", Tensor.Of((sbyte[])[.. Codes(25)], 5, 5))
            .Constant("f", Tensor.Scalar(0.01f)).Constant("o", Tensor.Of([(sbyte)0], [])).Node("DequantizeLinear", ["w", "f", "o"], ["r"])
            .Constant("t", Tensor.Scalar(0.02f)).Constant("u", Tensor.Of([(byte)128], [])).Node("QuantizeLinear", ["x", "t", "u"], ["q"])
            .Constant("mask", [5], [0, float.NegativeInfinity, 1, float.PositiveInfinity, 2])
            .Node("DequantizeLinear", ["q", "t", "u"], ["d"])
            .Node("Gemm", ["d", "r"], ["p"]).Node("Add", ["p", "mask"], ["b"]).Node("Sigmoid", ["b"], ["y"]),
        ["Weights that a factor would make infinite"] = g => Inputs(g).Constant("w", [5, 5], [.. Codes(25).Select(c => c * 1e30f)])
            .Constant("small", [1], [1e-30f]).Constant("large", [5], [1, 1e10f, 1, 2, 3]).Node("Mul", ["x", "small"], ["a"])
            .Node("Gemm", ["a", "w"], ["p"]).Node("Mul", ["p", "large"], ["y"]),
        ["LSTM from a state that begins with zero"] = g => Lstm(
            g.Constant("h", [1, 5, 2], [0f, 0.7f, 0, 0.1f, 0, 0.2f, 0, 0.3f, 0, 0.4f]), "h"),
        ["LSTM from a state of zeros"] = g => Lstm(g.Constant("h", [1, 5, 2], new float[10]), "h"),
        ["LSTM from a state of halves that is made for each sample"] = g => Made(g, 0.5f),
        ["LSTM from a state of zeros that is made for each sample"] = g => Made(g, 0),
    };

    public static TheoryData<string> Models => [.. s_models.Keys];

    [Theory]
    [MemberData(nameof(Models))]
    public void Compile_ArithmeticThatLooksLikeOneOperator_ComputesWhatOnnxRuntimeDoes(string name)
    {
        using var files = new TemporaryFolder();
        byte[] onnx = s_models[name](new OnnxGraph()).ToModel();
        using CompiledModel model = ModelCompiler.CompileModel(CompiledFile.Options(files.Write("model.onnx", onnx), ModelMode.Fp32, []));
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(OnnxImporter.Import(onnx, "model.onnx"), 5, seed: 3);

        TensorAssert.Close(OrtSession.Run(onnx, inputs)["y"], new Interpreter(model.Compiled).Run(inputs)["y"]);
    }

    private static IEnumerable<sbyte> Codes(int count) => Enumerable.Range(0, count).Select(i => (sbyte)((i * 37 % 41) - 20));

    /// <summary>Rows as long as there are of them: what lies across fits.</summary>
    private static OnnxGraph Inputs(OnnxGraph g) => g.Input("x", 5, 5).Input("z", 5, 5).Output("y");

    private static OnnxGraph Gated(OnnxGraph g, string of, string type, params (string Name, object Value)[] attributes) =>
        Inputs(g).Node(type, [of], ["gate"], attributes).Node("Mul", ["x", "gate"], ["y"]);

    private static OnnxGraph Gated(OnnxGraph g, string of, string type, string to) =>
        Inputs(g).Node(type, [of], ["gate"]).Node("Mul", ["x", "gate"], [to]);

    private static OnnxGraph Scaled(OnnxGraph g, string value, float factor) =>
        g.Constant("factor", [], [factor]).Node("Mul", [value, "factor"], ["y"]);

    private static OnnxGraph Clipped(OnnxGraph g, string of, float summand, float low, float high, float divisor, long[] shape) =>
        Inputs(g).Constant("summand", shape, [summand]).Constant("low", [], [low]).Constant("high", [], [high])
            .Constant("divisor", shape, [divisor]).Node("Add", [of, "summand"], ["a"]).Node("Clip", ["a", "low", "high"], ["c"])
            .Node("Mul", ["x", "c"], ["m"]).Node("Div", ["m", "divisor"], ["y"]);

    private static OnnxGraph Erf(OnnxGraph g, string of, float root, float one, float half) => Inputs(g).Constant("root", [], [root])
        .Constant("one", [], [one]).Constant("half", [], [half]).Node("Mul", [of, "root"], ["r"]).Node("Erf", ["r"], ["e"])
        .Node("Add", ["e", "one"], ["f"]).Node("Mul", ["x", "f"], ["m"]).Node("Mul", ["m", "half"], ["y"]);

    private static OnnxGraph Tanh(OnnxGraph g, string first, string cubed, float root, float factor, float power) => Inputs(g)
        .Constant("root", [], [root]).Constant("factor", [], [factor]).Constant("power", [], [power]).Constant("one", [], [1f])
        .Constant("half", [], [0.5f]).Node("Pow", [cubed, "power"], ["p"]).Node("Mul", ["p", "factor"], ["q"])
        .Node("Add", [first, "q"], ["s"]).Node("Mul", ["s", "root"], ["r"]).Node("Tanh", ["r"], ["t"]).Node("Add", ["t", "one"], ["f"])
        .Node("Mul", ["x", "f"], ["m"]).Node("Mul", ["m", "half"], ["y"]);

    private static OnnxGraph Normalized(
        OnnxGraph g, string squared, long[] mean, long[] otherMean, long[] variance, long keepdims = 1, float exponent = 0.5f,
        float power = 2, long[]? factor = null) => Inputs(g).Integers("mean", mean).Integers("other", otherMean).Integers("over", variance)
        .Constant("power", [], [power]).Constant("epsilon", [], [0.01f]).Constant("exponent", [], [exponent])
        .Constant(
            "factor", factor ?? [1],
            [.. Enumerable.Range(1, (int)(factor ?? [1]).Aggregate(1L, (a, b) => a * b)).Select(i => i * 0.5f)])
        .Node("ReduceMean", ["x", "mean"], ["m"], ("keepdims", keepdims)).Node("Sub", ["x", "m"], ["d"])
        .Node("ReduceMean", [squared, "other"], ["n"], ("keepdims", keepdims)).Node("Sub", [squared, "n"], ["e"])
        .Node("Pow", ["e", "power"], ["s"]).Node("ReduceMean", ["s", "over"], ["v"], ("keepdims", keepdims))
        .Node("Add", ["v", "epsilon"], ["w"]).Node("Pow", ["w", "exponent"], ["r"]).Node("Div", ["d", "r"], ["q"])
        .Node("Mul", ["q", "factor"], ["y"]);

    private static OnnxGraph Half(OnnxGraph g, string of, string name, long start, long end) => g.Integers($"{name}_start", start)
        .Integers($"{name}_end", end).Node("Slice", [of, $"{name}_start", $"{name}_end", "last"], [name]);

    private static OnnxGraph Rotated(OnnxGraph g) => g.Input("x", 5, 6).Input("w", 5, 6).Output("y").Integers("last", 1);

    private static OnnxGraph Halves(OnnxGraph g, string first, string second, long start, long end, long behind) =>
        Half(Half(Rotated(g).Input("c", 5, 6).Input("s", 5, 6), first, "a", start, end), second, "b", behind, 6).Node("Neg", ["b"], ["n"])
            .Node("Concat", ["n", "a"], ["t"], ("axis", -1L)).Node("Mul", ["x", "c"], ["p"]).Node("Mul", ["t", "s"], ["q"])
            .Node("Add", ["p", "q"], ["y"]);

    private static OnnxGraph Pairs(OnnxGraph g, string cosA, string sinB, string cosB, string sinA) =>
        Half(Half(Rotated(g).Input("c", 5, 3).Input("s", 5, 3).Input("c2", 5, 3), "x", "a", 0, 3), "x", "b", 3, 6)
            .Node("Mul", ["a", cosA], ["p"]).Node("Mul", ["b", sinB], ["q"]).Node("Sub", ["p", "q"], ["l"])
            .Node("Mul", ["a", sinA], ["u"]).Node("Mul", ["b", cosB], ["v"]).Node("Add", ["u", "v"], ["r"])
            .Node("Concat", ["l", "r"], ["y"], ("axis", -1L));

    private static OnnxGraph Made(OnnxGraph g, float fill) => Lstm(
        g.Integers("at", 1).Integers("one", 1).Integers("two", 2).Node("Shape", ["x"], ["shape"]).Node("Gather", ["shape", "at"], ["n"])
            .Node("Concat", ["one", "n", "two"], ["sizes"], ("axis", 0L))
            .Node("ConstantOfShape", ["sizes"], ["h"], ("value", Tensor.Of([fill], 1))),
        "h");

    private static OnnxGraph Lstm(OnnxGraph g, string state) => g.Input("x", 3, "n", 2).Output("y")
        .Constant("w", [1, 8, 2], [.. Codes(16).Select(c => c * 0.03f)]).Constant("r", [1, 8, 2], [.. Codes(16).Select(c => c * -0.02f)])
        .Node("LSTM", ["x", "w", "r", "", "", state], ["y"], ("hidden_size", 2L));
}
