using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>What differs in one thing from what becomes one operator, and would be another if nobody asked about that.</content>
internal static partial class ReportedModels
{
    private const float Sixth = 1f / 6;

    private static readonly object[] s_heads = ["N", 2, 4, 4];

    private static Dictionary<string, Func<byte[]>> BesideFusions => new(StringComparer.Ordinal)
    {
        ["beside attention: a mask that is taken off"] = () => Model(18, g => Scored(g, s_heads).Input("m", "N", 1, 4, 4)
            .Node("Sub", ["s", "m"], ["a"]).Weighed("a")),
        ["beside attention: a gate for each score"] = () => Model(18, g => Scored(g, s_heads).Input("m", s_heads)
            .Node("Mul", ["s", "m"], ["a"]).Weighed("a")),
        ["beside attention: products of elements"] = () => Model(18, g => g.Input("q", s_heads).Input("k", s_heads).Input("v", s_heads)
            .Output("y").Node("Mul", ["q", "k"], ["s"]).Node("Softmax", ["s"], ["p"], ("axis", -1)).Node("MatMul", ["p", "v"], ["y"])),
        ["beside attention: a product of elements behind"] = () => Model(18, g => Scored(g, s_heads)
            .Node("Softmax", ["s"], ["p"], ("axis", -1)).Node("Mul", ["p", "v"], ["y"])),
        ["beside attention: one number for all scores"] = () => Model(18, g => Scored(g, s_heads).Constant("m", Tensor.Scalar(0.3f))
            .Constant("f", Tensor.Scalar(0.7f)).Node("Mul", ["s", "f"], ["a"]).Node("Add", ["a", "m"], ["b"]).Weighed("b")),
        ["beside attention: a number for all scores that the run knows"] = () => Model(18, g => Scored(g, s_heads).Input("m")
            .Node("Add", ["s", "m"], ["a"]).Weighed("a")),
        ["beside attention: windows of a batch, five dimensions"] = () => Model(18, g => Scored(g, "N", 3, 2, 4, 4).Weighed("s")),
        ["beside attention: one head of one sample, two dimensions"] = () => Model(18, g => Scored(g, "T", 4).Weighed("s")),
        ["beside attention: a scale of more dimensions"] = () => Model(18, g => Scored(g, "N", 4, 4)
            .Constant("f", [1, 1, 1, 1], [0.5f]).Integers("first", 0).Node("Mul", ["s", "f"], ["a"])
            .Node("Softmax", ["a"], ["p"], ("axis", -1)).Node("Unsqueeze", ["v", "first"], ["u"]).Node("MatMul", ["p", "u"], ["y"])),
        ["beside rotation: one cosine for all pairs of a row"] = () => Model(18, g => Angles(g, 1, 3).ByPairs("Concat", -1)),
        ["beside rotation: one sine for all pairs of a row"] = () => Model(18, g => Angles(g, 3, 1).ByPairs("Concat", -1)),
        ["beside rotation: what comes of pairs below each other"] = () => Model(18, g => Angles(g, 3, 3).ByPairs("Concat", 0)),
        ["beside rotation: what comes of pairs summed"] = () => Model(18, g => g.Input("x", 6).Input("c", 3).Input("s", 3).Output("y")
            .Integers("i0", 0).Integers("i3", 3).Integers("i6", 6).Node("Slice", ["x", "i0", "i3"], ["a"])
            .Node("Slice", ["x", "i3", "i6"], ["b"]).ByPairs("Add", null)),
        ["beside rotation: one cosine for all of a row"] = () => Model(18, g => Angles(g, 1, 6).ByHalves()),
        ["beside rotation: one sine for all of a row"] = () => Model(18, g => Angles(g, 6, 1).ByHalves()),
        ["beside rotation: every other element and the second half"] = () => Model(18, g => Angles(g, 6, 6, [5, 6], step: 2).ByHalves()),
        ["beside rotation: halves of rows the other way round"] = () => Model(18, g => Angles(g, 6, 6, rows: -1).ByHalves()),
        ["beside norm: about the mean of all, by deviations from those of rows"] = () => Model(18, g => Normal(g, L(1, 2), L(2))),
        ["beside norm: by the mean of doubles"] = () => Model(18, g => Normal(g, L(2), L(2), "Mul", "two")),
        ["beside norm: by the mean of sums with itself"] = () => Model(18, g => Normal(g, L(2), L(2), "Add", "d")),
        ["beside norm: mean added"] = () => Model(18, g => Normal(g, L(2), L(2), centre: "Add")),
        ["beside norm: of channels that the file leaves open"] = () => Model(18, g => g.Constant("s", Values(1, 3))
            .Constant("b", Values(2, 3)).Constant("m", Values(3, 3)).Constant("v", Tensor.Of([0.5f, 1, 2], 3)).Input("x", "N", "C", 4)
            .Output("y").Node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"])),
        ["beside gate: divided by the gate"] = () => Model(18, g => g.Input("x", "N", 9).Output("y")
            .Node("HardSigmoid", ["x"], ["h"], ("alpha", Sixth), ("beta", 0.5f)).Node("Div", ["x", "h"], ["y"])),
        ["beside gate: three times as much, not three more"] = () => Model(18, g => Sixths(g).Node("Mul", ["x", "three"], ["a"])
            .Node("Clip", ["a", "lo", "hi"], ["c"]).Node("Div", ["c", "six"], ["y"])),
        ["beside gate: divisor of more dimensions"] = () => Model(18, g => Sixths(g).Node("Add", ["x", "three"], ["a"])
            .Node("Clip", ["a", "lo", "hi"], ["c"]).Node("Div", ["c", "six3"], ["y"])),
        ["beside gate: factor of more dimensions"] = () => Model(18, g => Sixths(g).Node("Add", ["x", "three"], ["a"])
            .Node("Clip", ["a", "lo", "hi"], ["c"]).Node("Mul", ["c", "sixth3"], ["y"])),
        ["beside gate: the first six instead of what is below six"] = () => Model(18, g => Sixths(g).Integers("i0", 0).Integers("i6", 6)
            .Integers("one", 1).Node("Add", ["x", "three"], ["a"]).Node("Slice", ["a", "i0", "i6", "one"], ["c"])
            .Node("Div", ["c", "six"], ["y"])),
        ["beside sums: widened by zeros, then twice as much"] = () => Model(18, g => g.Constant("z", Tensor.Of(new float[3], 3, 1, 1))
            .Constant("two", Tensor.Scalar(2)).Input("x", "N", 4).Output("y").Node("Add", ["x", "z"], ["w"])
            .Node("Mul", ["w", "two"], ["y"])),
        ["beside sums: a summand and the same taken off"] = () => Model(18, g => g.Constant("c", Values(1, 4)).Input("x", "N", 4)
            .Output("y").Node("Add", ["x", "c"], ["a"]).Node("Sub", ["a", "c"], ["s"]).Node("Relu", ["s"], ["y"])),
        ["beside sums: two that float32 cannot say as one, around a double"] = () => Model(18, g => g
            .Constant("c", Tensor.Scalar(65537)).Constant("two", Tensor.Scalar(2)).Constant("e", Tensor.Scalar(0.3f))
            .Constant("f", Tensor.Scalar(-1e-4f)).Input("x", "N", 4).Output("y").Node("Add", ["x", "c"], ["a"])
            .Node("Mul", ["a", "two"], ["b"]).Node("Add", ["b", "e"], ["s"]).Node("Mul", ["s", "f"], ["y"])),
        ["beside product: one code as the summand of all columns"] = () => Model(18, g => Summed(g, 1)),
        ["beside product: one code in two dimensions as the summand"] = () => Model(18, g => Summed(g, 1, 1)),
        ["beside product: a code without dimensions as the summand"] = () => Model(18, g => Summed(g)),
        ["beside product: codes along rows, behind a convolution"] = () => Model(18, g => Coded(g, "w", 4, 3, 1).Coded("b", 4)
            .Input("x", "N", 3, 4).Output("y").Node("Conv", ["x", "wd"], ["c"]).Node("Add", ["c", "bd"], ["a"]).Node("Relu", ["a"], ["y"])),
        ["beside clips: integers beyond what float32 tells apart"] = () => Model(18, g => g.Constant("lo", Tensor.Of([-16_777_217], []))
            .Constant("one", Tensor.Of([1], [])).Constant("f", Tensor.Of([100_000_000], [])).Input("x", "N", 9).Output("y", DataType.Bool)
            .Node("Cast", ["x"], ["i"], ("to", 6)).Node("Sub", ["i", "one"], ["s"]).Node("Mul", ["s", "f"], ["m"])
            .Node("Max", ["m", "lo"], ["a"]).Node("Equal", ["a", "lo"], ["y"])),
        ["beside state: learned ones, repeated for each sample"] = () => Model(18, g => g.Constant("h", Values(1, 1, 1, 3))
            .Constant("w", Values(2, 1, 12, 2)).Constant("r", Values(3, 1, 12, 3)).Integers("at", 1).Integers("one", 1).Integers("three", 3)
            .Input("x", 4, "N", 2).Output("y").Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "at"], ["n"])
            .Node("Concat", ["one", "n", "three"], ["to"], ("axis", 0)).Node("Expand", ["h", "to"], ["e"])
            .Node("LSTM", ["x", "w", "r", "", "", "e", "e"], ["y"], ("hidden_size", 3))),
    };

    /// <summary>Products of queries and keys, as many of these as they are long.</summary>
    private static OnnxGraph Scored(OnnxGraph g, params object[] shape)
    {
        long[] turned = [.. Enumerable.Range(0, shape.Length - 2).Select(i => (long)i), shape.Length - 1, shape.Length - 2];
        return g.Input("q", shape).Input("k", shape).Input("v", shape).Output("y").Node("Transpose", ["k"], ["t"], ("perm", turned))
            .Node("MatMul", ["q", "t"], ["s"]);
    }

    private static OnnxGraph Weighed(this OnnxGraph g, string scores) =>
        g.Node("Softmax", [scores], ["p"], ("axis", -1)).Node("MatMul", ["p", "v"], ["y"]);

    /// <summary>Rows of six, their halves a and b, and so many angles for each.</summary>
    /// <param name="ends">Where the two end.</param>
    /// <param name="step">Of the first half.</param>
    /// <param name="rows">-1 for those of a and b in reverse.</param>
    private static OnnxGraph Angles(OnnxGraph g, int cosines, int sines, long[]? ends = null, long step = 1, long rows = 1)
    {
        (long from, long to) = rows < 0 ? (-1, long.MinValue) : (0, long.MaxValue);
        return g.Input("x", 5, 6).Input("c", 5, cosines).Input("s", 5, sines).Output("y").Integers("axes", 0, 1)
            .Integers("a0", from, 0).Integers("a1", to, ends?[0] ?? 3).Integers("a2", rows, step)
            .Integers("b0", from, 3).Integers("b1", to, ends?[1] ?? 6).Integers("b2", rows, 1)
            .Node("Slice", ["x", "a0", "a1", "axes", "a2"], ["a"]).Node("Slice", ["x", "b0", "b1", "axes", "b2"], ["b"]);
    }

    private static OnnxGraph ByPairs(this OnnxGraph g, string type, int? axis) => g.Node("Mul", ["a", "c"], ["ac"])
        .Node("Mul", ["b", "s"], ["bs"]).Node("Sub", ["ac", "bs"], ["l"]).Node("Mul", ["a", "s"], ["u"]).Node("Mul", ["b", "c"], ["w"])
        .Node("Add", ["u", "w"], ["r"]).Node(type, ["l", "r"], ["y"], axis is { } at ? [("axis", at)] : []);

    private static OnnxGraph ByHalves(this OnnxGraph g) => g.Node("Neg", ["b"], ["n"]).Node("Concat", ["n", "a"], ["t"], ("axis", -1))
        .Node("Mul", ["x", "c"], ["p"]).Node("Mul", ["t", "s"], ["r"]).Node("Add", ["p", "r"], ["y"]);

    /// <summary>What is left of the mean over some axes, by the root of the mean of what becomes of differences from another.</summary>
    private static OnnxGraph Normal(
        OnnxGraph g, long[] mean, long[] other, string square = "Mul", string operand = "d", string centre = "Sub") => g
        .Constant("e", Tensor.Scalar(4)).Constant("two", Tensor.Scalar(2)).Integers("i", mean).Integers("j", other).Integers("last", 2)
        .Input("x", "N", 5, 6).Output("y").Node("ReduceMean", ["x", "i"], ["m"]).Node(centre, ["x", "m"], ["c"])
        .Node("ReduceMean", ["x", "j"], ["n"]).Node(centre, ["x", "n"], ["d"]).Node(square, ["d", operand], ["q"])
        .Node("ReduceMean", ["q", "last"], ["v"]).Node("Add", ["v", "e"], ["w"]).Node("Sqrt", ["w"], ["r"]).Node("Div", ["c", "r"], ["y"]);

    private static OnnxGraph Sixths(OnnxGraph g) => g.Constant("three", Tensor.Scalar(3)).Constant("lo", Tensor.Scalar(0))
        .Constant("hi", Tensor.Scalar(6)).Constant("six", Tensor.Scalar(6)).Constant("six3", [1, 1, 1], [6])
        .Constant("sixth3", [1, 1, 1], [Sixth]).Input("x", "N", 9).Output("y");

    private static OnnxGraph Summed(OnnxGraph g, params long[] shape) => Coded(g, "w", 4, 3).Coded("b", shape).Input("x", "N", 3)
        .Output("y").Node("Gemm", ["x", "wd", "bd"], ["m"], ("transB", 1)).Node("Relu", ["m"], ["y"]);

    /// <summary>A constant of 8 bits, and what it says under its name and a d.</summary>
    private static OnnxGraph Coded(this OnnxGraph g, string name, params long[] shape) => g.Constant(name, Bytes(3, shape))
        .Constant(name + "s", Tensor.Scalar(0.01f)).Node("DequantizeLinear", [name, name + "s"], [name + "d"]);
}
