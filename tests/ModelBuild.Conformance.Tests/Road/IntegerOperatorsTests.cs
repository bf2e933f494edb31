using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// Operators from codes to codes, of ONNX and of ONNX Runtime, with codes of both signs: their codes are ONNX Runtime's, and no step
/// computes in float or converts.
/// </summary>
public sealed class IntegerOperatorsTests : IDisposable
{
    private const double Share = 0.999;

    /// <summary>Many images and rows: what lies between two codes is rare.</summary>
    private const long Batch = 200;

    private const string Own = "com.microsoft";

    private static readonly string[] s_x = ["x", "sx", "zx"];
    private static readonly string[] s_v = ["v", "sv", "zv"];
    private static readonly string[] s_w = ["w", "sw", "zw"];

    private static readonly SortedDictionary<string, Func<bool, OnnxGraph>> s_operators = new(StringComparer.Ordinal)
    {
        ["QLinearConv"] = signed => Convolution(signed, 1, [6, 4, 3, 3], ("pads", L(1, 1, 1, 1)), ("strides", L(2, 2))),
        ["QLinearConv per channel"] = signed => Convolution(signed, 6, [6, 4, 3, 3], ("pads", L(1, 1, 1, 1))),
        ["QLinearConv in groups"] = signed => Convolution(signed, 6, [6, 2, 3, 3], ("group", 2)),
        ["QLinearConv depthwise"] = signed => Convolution(signed, 4, [4, 1, 3, 3], ("group", 4), ("pads", L(1, 1, 1, 1))),
        ["QLinearConv of one axis"] = signed => Convolution(signed, 6, [6, 4, 3], ("pads", L(1, 1))),
        ["QLinearMatMul"] = signed => Start(signed, 24).Range("w", true, 0.01f, 0).Range("y", signed, 0.3f, -9)
            .Constant("w", Weights(1, 24, 10)).Node("QLinearMatMul", [.. s_x, .. s_w, "sy", "zy"], ["y"]),
        ["QLinearMatMul of two inputs"] = signed => Start(signed, 3, 24).Second(signed, "N", 24, 10).Range("y", signed, 0.4f, -9)
            .Node("QLinearMatMul", [.. s_x, .. s_v, "sy", "zy"], ["y"]),
        ["QGemm"] = signed => Start(signed, 24).Range("w", true, 0.01f, 0).Range("y", signed, 0.3f, -9)
            .Constant("w", Weights(1, 24, 10)).Constant("b", Bias(10))
            .Node(Own, "QGemm", string.Empty, [.. s_x, .. s_w, "b", "sy", "zy"], ["y"]),
        ["QLinearAdd"] = signed => Pair(signed, "QLinearAdd", 0.05f),
        ["QLinearMul"] = signed => Pair(signed, "QLinearMul", 0.06f),
        ["QLinearSigmoid"] = signed => Function(signed, "QLinearSigmoid", 1 / 255f, -128, [40]),
        ["QLinearLeakyRelu"] = signed => Function(signed, "QLinearLeakyRelu", 0.02f, -90, [40], ("alpha", 0.1f)),
        ["QLinearSoftmax"] = signed => Function(signed, "QLinearSoftmax", 1 / 256f, -128, [10], ("axis", -1), ("opset", 13)),
        ["QLinearAveragePool"] = signed => Function(signed, "QLinearAveragePool", 0.013f, -20, [3, 6, 6],
            ("kernel_shape", L(3, 3)), ("strides", L(2, 2)), ("pads", L(1, 1, 1, 1))),
        ["QLinearGlobalAveragePool"] = signed => Function(signed, "QLinearGlobalAveragePool", 0.005f, -20, [3, 6, 6]),
        ["QLinearConcat"] = signed => Start(signed, 24).Second(signed, "N", 12).Range("y", signed, 0.04f, -9)
            .Node(Own, "QLinearConcat", string.Empty, ["sy", "zy", .. s_x, .. s_v], ["y"], ("axis", 1)),
        ["QLinearWhere"] = signed => Start(signed, 24).Second(signed, "N", 24).Input("c", DataType.Bool, "N", 24)
            .Range("y", signed, 0.04f, -9).Node(Own, "QLinearWhere", string.Empty, ["c", .. s_x, .. s_v, "sy", "zy"], ["y"]),
        ["NhwcMaxPool"] = signed => Start(signed, 6, 6, 3)
            .Node(Own, "NhwcMaxPool", string.Empty, ["x"], ["y"], ("kernel_shape", L(2, 2)), ("strides", L(2, 2))),
        ["sum of two convolutions"] = signed => Start(signed, 4, 7, 6).Range("w", true, 0.01f, 0).Range("r", signed, 0.9f, -9)
            .Range("y", signed, 1.1f, -60).Constant("w", Weights(1, 6, 4, 3, 3)).Constant("u", Weights(2, 6, 4, 3, 3))
            .Node("QLinearConv", [.. s_x, .. s_w, "sr", "zr"], ["p"]).Node("QLinearConv", [.. s_x, "u", "sw", "zw", "sr", "zr"], ["q"])
            .Node(Own, "QLinearAdd", string.Empty, ["p", "sr", "zr", "q", "sr", "zr", "sy", "zy"], ["y"]),
    };

    /// <summary>Kernels know unsigned codes; ports have what the model says.</summary>
    private static readonly string[] s_flips = ["Quantization.ToUnsigned", "Quantization.ToSigned"];

    private readonly TemporaryFolder _files = new();

    public static TheoryData<string, bool> Rows
    {
        get
        {
            var rows = new TheoryData<string, bool>();
            foreach (string name in s_operators.Keys)
            {
                rows.Add(name, false);
                rows.Add(name, true);
            }

            return rows;
        }
    }

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Rows))]
    public void Run_OperatorOnCodes_GivesOnnxRuntimesCodesWithoutAFloatStep(string name, bool signed)
    {
        byte[] onnx = s_operators[name](signed).ToModel(17, others: ("com.microsoft", 1));
        using CompiledModel model = ModelCompiler.CompileModel(new CompileOptions
        {
            ModelPath = _files.Write("model.onnx", onnx), Mode = ModelMode.Fp16, ClassName = "Model", ResourceName = "Model.weights",
        });
        Dictionary<string, Tensor> inputs = ProbeInputs.For(model.Portable, Batch);

        Tensor actual = new Interpreter(model.Compiled).Run(inputs)["y"];

        Tensor expected = OrtSession.Run(onnx, inputs)["y"];
        Assert.Equal(expected.Dimensions, actual.Dimensions);
        Assert.Equal(expected.Type, actual.Type);
        long[] differences = [.. expected.ToInt64s().Zip(actual.ToInt64s(), (e, a) => Math.Abs(e - a))];
        int different = differences.Count(d => d > 0);
        Assert.True(
            differences.Max() <= 1 && different <= (1 - Share) * differences.Length,
            $"{different} of {differences.Length} codes differ, by {differences.Max()} at most.");
        ExecutionPlan plan = model.Compiled.Plan;
        Assert.Empty(
            plan.Steps.Where(s => StepKinds.Of(plan, s) is StepKind.Float or StepKind.Conversion).Select(s => s.Call.Target)
                .Except(s_flips));
    }

    private static OnnxGraph Start(bool signed, params object[] shape) => new OnnxGraph().Input("x", Codes.Type(signed), ["N", .. shape])
        .Range("x", signed, 0.0203917f, 5).Output("y", Codes.Type(signed));

    private static OnnxGraph Convolution(bool signed, int scales, long[] weights, params (string, object)[] attributes)
    {
        object[] shape = [4, .. new object[] { 7, 6 }.Take(weights.Length - 2)];
        float[] steps = [.. Enumerable.Range(1, scales).Select(i => 0.004f * i)];
        return Start(signed, shape).Range("y", signed, 0.9f, -9).Constant("w", Weights(1, weights))
            .Constant("sw", Tensor.Of(steps, scales)).Constant("zw", Tensor.Of(new sbyte[scales], scales))
            .Constant("b", Bias((int)weights[0])).Node("QLinearConv", [.. s_x, .. s_w, "sy", "zy", "b"], ["y"], attributes);
    }

    private static OnnxGraph Pair(bool signed, string type, float scale) => Start(signed, 3, 40).Second(signed, "N", 3, 40)
        .Range("y", signed, scale, -9).Node(Own, type, string.Empty, [.. s_x, .. s_v, "sy", "zy"], ["y"]);

    private static OnnxGraph Function(
        bool signed, string type, float scale, int zero, object[] shape, params (string, object)[] attributes) => Start(signed, shape)
        .Range("y", signed, scale, zero).Node(Own, type, string.Empty, [.. s_x, "sy", "zy"], ["y"], attributes);

    private static Tensor Bias(int count) => Tensor.Of([.. Enumerable.Range(0, count).Select(i => (i * 700) - 3000)], count);

    /// <summary>Seven bits, for processors without VNNI, on which ONNX Runtime cuts the sum of two products off.</summary>
    private static Tensor Weights(int seed, params long[] shape)
    {
        var random = new Random(seed);
        long count = shape.Aggregate(1L, (a, b) => a * b);
        return Tensor.Of([.. Enumerable.Range(0, (int)count).Select(_ => (sbyte)random.Next(-63, 64))], shape);
    }

    private static long[] L(params long[] values) => values;
}

/// <summary>What the graphs of these tests are written with.</summary>
file static class Codes
{
    public static DataType Type(bool signed) => signed ? DataType.Int8 : DataType.UInt8;

    /// <summary>Constants <c>s…</c> and <c>z…</c>. Scales of few digits would have many results lie right between two codes.</summary>
    /// <param name="zero">Of signed codes.</param>
    public static OnnxGraph Range(this OnnxGraph graph, string name, bool signed, float scale, int zero) => graph
        .Constant($"s{name}", Tensor.Scalar(scale))
        .Constant($"z{name}", signed ? Tensor.Of([(sbyte)zero], []) : Tensor.Of([(byte)(zero + 128)], []));

    /// <summary>A second input.</summary>
    public static OnnxGraph Second(this OnnxGraph graph, bool signed, params object[] shape) => graph
        .Input("v", Type(signed), shape).Range("v", signed, 0.0307713f, -40);
}
