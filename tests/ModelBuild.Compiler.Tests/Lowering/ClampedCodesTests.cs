using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>
/// Operators between codes with what may stand between them and their QuantizeLinear. What a clamp cuts off stays cut off, whether it
/// becomes a part of the integer operator or keeps the operator from being one.
/// </summary>
public sealed class ClampedCodesTests
{
    private const float Step = 1f / 128;

    private static readonly Dictionary<string, Func<TestGraph, Value, Value, Value>> s_operators = new(StringComparer.Ordinal)
    {
        ["Add"] = (g, x, y) => g.Node("Add", [x, y]),
        ["Sub"] = (g, x, y) => g.Node("Sub", [x, y]),
        ["Mul"] = (g, x, y) => g.Node("Mul", [x, y]),
        ["Min"] = (g, x, y) => g.Node("Min", [x, y]),
        ["Max"] = (g, x, y) => g.Node("Max", [x, y]),
        ["GlobalAveragePool"] = (g, x, _) => g.Node("GlobalAveragePool", x),
        ["ReduceMean"] = (g, x, _) => g.Node("ReduceMean", [x, g.Constant(Tensor.Of([2L, 3], 2))]),
        ["ReduceSum"] = (g, x, _) => g.Node("ReduceSum", [x, g.Constant(Tensor.Of([3L], 1))]),
        ["AveragePool"] = (g, x, _) => g.Node("AveragePool", x, ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 })),
        ["MaxPool"] = (g, x, _) => g.Node("MaxPool", x, ("kernel_shape", new long[] { 2, 2 }), ("pads", new long[] { 1, 0, 0, 1 })),
        ["Softmax"] = (g, x, _) => g.Node("Softmax", x, ("axis", -1L)),
        ["Softmax of channels"] = (g, x, _) => g.Node("Softmax", x, ("axis", 1L)),
        ["Sigmoid"] = (g, x, _) => g.Node("Sigmoid", x),
        ["Conv"] = (g, x, _) => g.Conv(x, 5, 3, pad: 1),
        ["Conv, depthwise"] = (g, x, _) => g.Conv(x, 3, 3, groups: 3),
        ["MatMul"] = (g, x, y) => g.Node("MatMul", [x, y]),
        ["Transpose"] = (g, x, _) => g.Node("Transpose", x, ("perm", new long[] { 0, 2, 3, 1 })),
        ["Concat"] = (g, x, y) => g.Node("Concat", [x, y], ("axis", 1L)),
    };

    public static TheoryData<string> Operators => [.. s_operators.Keys];

    [Theory]
    [MemberData(nameof(Operators))]
    public void Lower_OperatorOfCodesWithAClamp_IsClamped(string name)
    {
        (float Low, float High)?[] clamps =
            [null, (0, float.PositiveInfinity), (-0.25f, 0.125f), (0.125f, 0.25f), (float.NegativeInfinity, 0)];
        foreach ((float Low, float High)? clamp in clamps)
        {
            foreach (byte zeroPoint in (byte[])[0, 100, 128])
            {
                var g = new TestGraph();
                Value x = Codes(g, g.Input(3, 4, 4), 128);
                Value y = Codes(g, g.Input(3, 4, 4), 128);
                Value result = s_operators[name](g, x, y);
                if (clamp is (0, float.PositiveInfinity))
                {
                    result = g.Node("Relu", result);
                }
                else if (clamp is { } range)
                {
                    result = g.Node("Clip", [result, Bound(g, range.Low), Bound(g, range.High)]);
                }

                Graph graph = g.Finish(Codes(g, result, zeroPoint));

                double error = LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 2, seed: 3));

                Assert.True(error <= 1.01 * Step, $"{name} clamped to {clamp}, zero point {zeroPoint}: {error / Step} steps");
            }
        }
    }

    /// <summary>
    /// A constant of codes that is the weights of one operator and the operand of another: kernels want the two of different signs.
    /// </summary>
    [Theory]
    [InlineData("MatMul", false)]
    [InlineData("MatMul", true)]
    [InlineData("Conv", false)]
    [InlineData("Conv", true)]
    public void Lower_ConstantThatIsWeightsAndOperand_IsBoth(string type, bool isSigned)
    {
        long[] shape = type == "Conv" ? [4, 4, 1, 1] : [4, 4];
        byte[] codes = [.. Enumerable.Range(0, 16).Select(i => (byte)(i * 37))];
        var g = new TestGraph();
        Value x = Codes(g, g.FixedInput(shape), 128);
        Tensor constant = isSigned ? Tensor.Of(Array.ConvertAll(codes, c => (sbyte)c), shape) : Tensor.Of(codes, shape);
        Value zero = g.Constant(isSigned ? Tensor.Of([(sbyte)0], []) : Tensor.Of([(byte)128], []));
        Value weights = g.Node("DequantizeLinear", [g.Constant(constant), g.Constant(Tensor.Scalar(Step)), zero]);
        Value product = Codes(g, g.Node(type, [x, weights]), 120);
        Value sum = Codes(g, g.Node("Add", [g.Node(type, [x, weights]), g.Node("Relu", weights)]), 120);
        Graph graph = g.Finish(product, sum);

        Assert.InRange(LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 4, seed: 3)), 0, 1.01 * Step);
    }

    private static Value? Bound(TestGraph g, float bound) => float.IsInfinity(bound) ? null : g.Constant(Tensor.Scalar(bound));

    private static Value Codes(TestGraph g, Value x, byte zeroPoint)
    {
        Value scale = g.Constant(Tensor.Scalar(Step));
        Value zero = g.Constant(Tensor.Of([zeroPoint], []));
        return g.Node("DequantizeLinear", [g.Node("QuantizeLinear", [x, scale, zero]), scale, zero]);
    }
}
