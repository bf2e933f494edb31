using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Codes that are read as other reals than they were written for, and ports of codes: what went wrong once, tried anew.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Causes => new(
        new[] { CausesOfReaders, CausesOfParameters, CausesOfPads, CausesOfRanges, CausesOfTypes, CausesOfSizes }.SelectMany(c => c),
        StringComparer.Ordinal);

    private static Dictionary<string, Func<byte[]>> CausesOfReaders => new(StringComparer.Ordinal)
    {
        ["01 bias codes shared by two convolutions of other scales"] = () => Model(13, g => Quantized(g)
            .Constant("qw", Bytes(1, 4, 3, 1, 1)).Constant("qb", Tensor.Of([900, -1400, 7, 0], 4)).Constant("wa", Tensor.Scalar(0.01f))
            .Constant("wb", Tensor.Scalar(0.04f)).Constant("ba", Tensor.Scalar(0.0002f)).Constant("bb", Tensor.Scalar(0.0008f))
            .Input("x", "N", 3, 4, 4).Output("y").Output("z").Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("DequantizeLinear", ["q", "s1", "z1"], ["d"]).Node("DequantizeLinear", ["qw", "wa"], ["w"])
            .Node("DequantizeLinear", ["qw", "wb"], ["v"]).Node("DequantizeLinear", ["qb", "ba"], ["b"])
            .Node("DequantizeLinear", ["qb", "bb"], ["c"]).Node("Conv", ["d", "w", "b"], ["e"]).Node("Conv", ["d", "v", "c"], ["f"])
            .Node("QuantizeLinear", ["e", "s2", "z1"], ["eq"]).Node("DequantizeLinear", ["eq", "s2", "z1"], ["y"])
            .Node("QuantizeLinear", ["f", "s3", "z1"], ["fq"]).Node("DequantizeLinear", ["fq", "s3", "z1"], ["z"])),
        ["01 codes as numbers beside what they mean"] = () => Model(13, g => Quantized(g).Input("x", "N", 5).Output("y").Output("z")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("Cast", ["q"], ["f"], ("to", 1))
            .Node("DequantizeLinear", ["q", "s2", "z2"], ["d"]).Node("Sub", ["f", "d"], ["y"]).Node("Softmax", ["f"], ["z"])),
        ["01 codes of one constant as words, weights and factors"] = () => Model(13, g => Quantized(g).Constant("q", Bytes(1, 4, 6))
            .Constant("zs", Tensor.Of([(sbyte)-3], [])).Constant("zt", Tensor.Of([(sbyte)5], []))
            .Constant("z00", Tensor.Of([(sbyte)0], [])).Constant("rows", Tensor.Of([3L, 0, 2], 3)).Input("x", "N", 4).Output("y")
            .Output("z").Node("DequantizeLinear", ["q", "s1", "zs"], ["a"]).Node("DequantizeLinear", ["q", "s2", "zt"], ["b"])
            .Node("DequantizeLinear", ["q", "s3", "z00"], ["c"]).Node("Gather", ["a", "rows"], ["t"])
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["xq"]).Node("DequantizeLinear", ["xq", "s1", "z1"], ["xd"])
            .Node("MatMul", ["xd", "b"], ["m"]).Node("ReduceMean", ["c"], ["k"], ("axes", L(0)), ("keepdims", 0))
            .Node("Mul", ["m", "k"], ["y"]).Node("MatMul", ["t", "b2"], ["z"]).Node("Transpose", ["b"], ["b2"])),
        ["01 codes per channel read by one scale"] = () => Model(13, g => Quantized(g).Constant("cs", Tensor.Of([0.01f, 0.03f, 0.02f], 3))
            .Constant("cz", Tensor.Of(new byte[] { 128, 100, 9 }, 3)).Input("x", "N", 3, 4).Output("y").Output("z")
            .Node("QuantizeLinear", ["x", "cs", "cz"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["y"])
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["p"]).Node("DequantizeLinear", ["p", "cs", "cz"], ["z"])),
        ["01 codes per row for one product, per column for another"] = () => Model(13, g => Quantized(g).Constant("qw", Bytes(1, 4, 4))
            .Constant("wa", Tensor.Of([0.01f, 0.002f, 0.02f, 0.005f], 4)).Constant("wb", Tensor.Of([0.004f, 0.02f, 0.001f, 0.01f], 4))
            .Input("x", "N", 4).Output("y").Output("z").Node("QuantizeLinear", ["x", "s2", "z1"], ["q"])
            .Node("DequantizeLinear", ["q", "s2", "z1"], ["d"]).Node("DequantizeLinear", ["qw", "wa"], ["w"], ("axis", 0))
            .Node("DequantizeLinear", ["qw", "wb"], ["v"], ("axis", 1)).Node("Gemm", ["d", "w"], ["a"], ("transB", 1))
            .Node("MatMul", ["d", "v"], ["b"]).Node("QuantizeLinear", ["a", "s3", "z1"], ["aq"])
            .Node("DequantizeLinear", ["aq", "s3", "z1"], ["y"]).Node("QuantizeLinear", ["b", "s2", "z2"], ["bq"])
            .Node("DequantizeLinear", ["bq", "s2", "z2"], ["z"])),
        ["01 codes pooled, then read with two scales"] = () => Model(13, g => Quantized(g).Constant("qw", Bytes(1, 5, 3, 3, 3))
            .Constant("ws", Tensor.Scalar(0.01f)).Input("x", "N", 3, 8, 8).Output("y").Output("z")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("MaxPool", ["q"], ["p"], ("kernel_shape", Two(2)), ("strides", Two(2)))
            .Node("DequantizeLinear", ["p", "s2", "z2"], ["d"]).Node("DequantizeLinear", ["qw", "ws"], ["w"])
            .Node("Conv", ["d", "w"], ["c"]).Node("QuantizeLinear", ["c", "s3", "z1"], ["o"])
            .Node("DequantizeLinear", ["o", "s3", "z1"], ["y"]).Node("DequantizeLinear", ["p", "s1", "z1"], ["z"])),
        ["01 codes read with another scale in each branch"] = () => Model(13, g => Quantized(g).Input("x", "N", 4)
            .Input("c", DataType.Bool).Output("y").Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("If", ["c"], ["i"], ("then_branch", new OnnxGraph().Output("t")
            .Node("DequantizeLinear", ["q", "s2", "z2"], ["t"])), ("else_branch", new OnnxGraph().Output("e")
            .Node("DequantizeLinear", ["q", "s3", "z1"], ["e"]))).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("Sub", ["i", "d"], ["y"])),
        ["01 codes split, parts of other scales joined"] = () => Model(13, g => Quantized(g).Input("x", "N", 6, 3).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("Split", ["q"], ["a", "b", "c"], ("axis", 1))
            .Node("DequantizeLinear", ["a", "s1", "z1"], ["da"]).Node("DequantizeLinear", ["b", "s2", "z2"], ["db"])
            .Node("DequantizeLinear", ["c", "s3", "z0"], ["dc"]).Node("Concat", ["dc", "db", "da"], ["j"], ("axis", 2))
            .Node("QuantizeLinear", ["j", "s3", "z1"], ["o"]).Node("DequantizeLinear", ["o", "s3", "z1"], ["y"])),
        ["01 codes turned and reshaped, read wider than written"] = () => Model(13, g => Quantized(g).Integers("sh", 0, 6, 4)
            .Constant("qw", Bytes(1, 4, 5)).Constant("ws", Tensor.Scalar(0.01f)).Input("x", "N", 4, 2, 3).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("Transpose", ["q"], ["t"], ("perm", s_nhwc))
            .Node("Reshape", ["t", "sh"], ["r"]).Node("DequantizeLinear", ["r", "s3", "z2"], ["d"])
            .Node("DequantizeLinear", ["qw", "ws"], ["w"]).Node("MatMul", ["d", "w"], ["m"])
            .Node("QuantizeLinear", ["m", "s2", "z1"], ["o"]).Node("DequantizeLinear", ["o", "s3", "z1"], ["y"])),
        ["01 int8 codes read as if they were per tensor and as output"] = () => Model(13, g => Quantized(g).Constant("q", Bytes(5, 3, 4))
            .Constant("ws", Tensor.Of([0.01f, 0.002f, 0.02f], 3)).Input("x", "N", 3).Output("y").Output("q", DataType.Int8, 3, 4)
            .Node("DequantizeLinear", ["q", "s1"], ["a"]).Node("DequantizeLinear", ["q", "ws"], ["b"], ("axis", 0))
            .Node("Add", ["a", "b"], ["w"]).Node("MatMul", ["x", "w"], ["y"])),
        ["01 codes chosen by a condition, two scales"] = () => Model(13, g => Quantized(g).Input("x", "N", 5).Input("v", "N", 5)
            .Input("c", DataType.Bool, "N", 5).Output("y").Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("QuantizeLinear", ["v", "s2", "z2"], ["p"]).Node("Where", ["c", "q", "p"], ["w"])
            .Node("DequantizeLinear", ["w", "s3", "z1"], ["y"])),
        ["01 codes flipped from uint8 to int8 by cast and sub"] = () => Model(13, g => Quantized(g).Constant("off", Tensor.Of([128], []))
            .Constant("zz", Tensor.Of([(sbyte)0], [])).Constant("w", Values(1, 5, 3)).Input("x", "N", 5).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("Cast", ["q"], ["c"], ("to", 6)).Node("Sub", ["c", "off"], ["e"])
            .Node("Cast", ["e"], ["f"], ("to", 3)).Node("DequantizeLinear", ["f", "s1", "zz"], ["d"]).Node("MatMul", ["d", "w"], ["y"])),
        ["01 codes joined though their scales differ"] = () => Model(13, g => Quantized(g)
            .Constant("k", Tensor.Of(new byte[] { 3, 200 }, 1, 2)).Input("x", 1, 5).Input("v", 1, 3).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("QuantizeLinear", ["v", "s2", "z2"], ["p"])
            .Node("Concat", ["q", "k", "p"], ["w"], ("axis", 1)).Node("DequantizeLinear", ["w", "s3", "z1"], ["y"])),
        ["01 codes of 8 bits read as 16 by cast, then dequantized"] = () => Model(21, g => Quantized(g)
            .Constant("zz", Tensor.FromDoubles(DataType.UInt16, [300], [])).Input("x", "N", 5).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("Cast", ["q"], ["c"], ("to", 4))
            .Node("DequantizeLinear", ["c", "s2", "zz"], ["y"])),
        ["01 codes summed as numbers"] = () => Model(13, g => Quantized(g).Input("x", "N", 5).Output("y", DataType.Int32)
            .Output("z", DataType.UInt8).Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("Cast", ["q"], ["c"], ("to", 6))
            .Node("ReduceSum", ["c", "a"], ["y"]).Integers("a", 1).Node("ReduceMax", ["q"], ["z"], ("axes", L(1)))),
        ["01 gru weights share codes"] = () => Model(14, g => g.Constant("qw", Bytes(1, 1, 18, 6)).Constant("wa", Tensor.Scalar(0.004f))
            .Constant("wb", Tensor.Scalar(0.002f)).Input("x", 3, "N", 6).Output("y").Node("DequantizeLinear", ["qw", "wa"], ["w"])
            .Node("DequantizeLinear", ["qw", "wb"], ["r"]).Node("GRU", ["x", "w", "r"], ["y"], ("hidden_size", 6))),
        ["01 int32 codes shared as bias and addend"] = () => Model(13, g => Quantized(g).Constant("qw", Bytes(1, 4, 5))
            .Constant("ws", Tensor.Scalar(0.01f)).Constant("qb", Tensor.Of([500, -700, 30, 0, 9], 5))
            .Constant("b1", Tensor.Scalar(0.0002f)).Constant("b2", Tensor.Scalar(0.001f)).Input("x", "N", 4).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("DequantizeLinear", ["qw", "ws"], ["w"]).Node("DequantizeLinear", ["qb", "b1"], ["b"])
            .Node("DequantizeLinear", ["qb", "b2"], ["c"]).Node("Gemm", ["d", "w", "b"], ["m"]).Node("Add", ["m", "c"], ["a"])
            .Node("QuantizeLinear", ["a", "s3", "z1"], ["o"]).Node("DequantizeLinear", ["o", "s3", "z1"], ["y"])),
        ["01 two quantizations of one value, read crosswise"] = () => Model(13, g => Quantized(g).Constant("w", Values(1, 5, 3))
            .Input("x", "N", 5).Output("y").Output("z").Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("QuantizeLinear", ["x", "s2", "z2"], ["p"]).Node("DequantizeLinear", ["q", "s2", "z2"], ["d"])
            .Node("DequantizeLinear", ["p", "s1", "z1"], ["e"]).Node("Add", ["d", "e"], ["a"])
            .Node("QuantizeLinear", ["a", "s3", "z1"], ["o"]).Node("DequantizeLinear", ["o", "s3", "z1"], ["y"])
            .Node("MatMul", ["d", "w"], ["z"])),
        ["01 QLinearConv twice of one constant, other scales"] = () => Model(10, g => Quantized(g).Constant("w", Bytes(1, 4, 3, 1, 1))
            .Constant("wa", Tensor.Scalar(0.01f)).Constant("wb", Tensor.Of([0.01f, 0.02f, 0.005f, 0.03f], 4))
            .Constant("wz", Tensor.Of([(sbyte)0], [])).Constant("wzz", Tensor.Of(new sbyte[4], 4)).Input("x", "N", 3, 4, 4).Output("y")
            .Output("z").Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("QLinearConv", ["q", "s1", "z1", "w", "wa", "wz", "s2", "z1"], ["a"])
            .Node("QLinearConv", ["q", "s1", "z1", "w", "wb", "wzz", "s3", "z2"], ["b"])
            .Node("DequantizeLinear", ["a", "s2", "z1"], ["y"]).Node("DequantizeLinear", ["b", "s3", "z2"], ["z"])),
        ["01 codes put into places, chosen, sorted"] = () => Model(13, g => Quantized(g).Constant("i", Tensor.Of([1L, 0, 3], 1, 3))
            .Integers("k", 2).Input("x", 2, 4).Input("v", 1, 3).Output("y").Output("z").Output("t", DataType.UInt8)
            .Output("j", DataType.Int64).Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("QuantizeLinear", ["v", "s2", "z2"], ["p"])
            .Node("ScatterElements", ["q", "i", "p"], ["s"], ("axis", 1)).Node("DequantizeLinear", ["s", "s3", "z1"], ["y"])
            .Node("GatherElements", ["s", "i"], ["g"], ("axis", 1)).Node("DequantizeLinear", ["g", "s1", "z1"], ["z"])
            .Node("TopK", ["q", "k"], ["t", "j"])),
        ["01 codes rearranged in blocks, then read otherwise"] = () => Model(13, g => Quantized(g).Constant("w", Values(1, 2, 4, 1, 1))
            .Input("x", "N", 4, 4, 4).Output("y").Output("z").Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("DepthToSpace", ["q"], ["a"], ("blocksize", 2)).Node("SpaceToDepth", ["a"], ["b"], ("blocksize", 2))
            .Node("DequantizeLinear", ["b", "s2", "z2"], ["d"]).Node("Conv", ["d", "w"], ["y"])
            .Node("DequantizeLinear", ["a", "s1", "z1"], ["z"])),
        ["01 dynamic codes used by two products, and as numbers"] = () => Model(13, g => g.Constant("w", Bytes(1, 4, 5))
            .Constant("v", Bytes(2, 4, 3)).Constant("ws", Tensor.Scalar(0.01f)).Input("x", "N", 4).Output("y").Output("z").Output("u")
            .Node("DynamicQuantizeLinear", ["x"], ["q", "s", "zp"]).Node("MatMulInteger", ["q", "w", "zp"], ["a"])
            .Node("Cast", ["a"], ["f"], ("to", 1)).Node("Mul", ["s", "ws"], ["m"]).Node("Mul", ["f", "m"], ["y"])
            .Node("MatMulInteger", ["q", "v"], ["b"]).Node("Cast", ["b"], ["z"], ("to", 1))
            .Node("DequantizeLinear", ["q", "ws", "zp"], ["u"])),
        ["01 pairs inside a loop, codes carried"] = () => Model(13, g => Quantized(g).Constant("n", Tensor.Of([3L], []))
            .Input("x", "N", 4).Output("y").Node("QuantizeLinear", ["x", "s1", "z1"], ["q0"])
            .Node("Loop", ["n", "", "q0"], ["q"], ("body", new OnnxGraph().Input("i", DataType.Int64).Input("k", DataType.Bool)
            .Input("h", DataType.UInt8, "N", 4).Output("k", DataType.Bool).Output("o", DataType.UInt8, "N", 4)
            .Node("DequantizeLinear", ["h", "s2", "z1"], ["d"]).Node("Tanh", ["d"], ["t"])
            .Node("QuantizeLinear", ["t", "s1", "z1"], ["o"]))).Node("DequantizeLinear", ["q", "s3", "z2"], ["y"])),
        ["01 pairs inside branches, codes out of them"] = () => Model(13, g => Quantized(g).Input("x", "N", 4).Input("c", DataType.Bool)
            .Output("y").Node("If", ["c"], ["q"], ("then_branch", new OnnxGraph().Output("t", DataType.UInt8, "N", 4)
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["t"])), ("else_branch", new OnnxGraph().Output("e", DataType.UInt8, "N", 4)
            .Node("QuantizeLinear", ["x", "s2", "z2"], ["e"]))).Node("DequantizeLinear", ["q", "s3", "z1"], ["y"])),
        ["06 int8 and uint8 in, both out, joined between"] = () => Model(13, g => SignedPair(Quantized(g))
            .Input("x", DataType.Int8, "N", 3).Input("v", DataType.UInt8, "N", 2).Output("y", DataType.Int8).Output("z", DataType.UInt8)
            .Node("DequantizeLinear", ["x", "p", "a"], ["d"]).Node("DequantizeLinear", ["v", "s1", "z1"], ["e"])
            .Node("Concat", ["d", "e"], ["j"], ("axis", 1)).Node("QuantizeLinear", ["j", "o", "b"], ["y"])
            .Node("QuantizeLinear", ["j", "s2", "z2"], ["z"])),
        ["06 int8 by integers"] = () => Model(13, g => SignedPair(g).Constant("w", Bytes(2, 4, 5))
            .Constant("wz", Tensor.Of([(sbyte)3], [])).Input("x", DataType.Int8, "N", 4).Output("y", DataType.Int32)
            .Output("z", DataType.Int8).Node("MatMulInteger", ["x", "w", "b", "wz"], ["y"])
            .Node("QLinearMatMul", ["x", "p", "a", "w", "o", "wz", "p", "b"], ["z"])),
        ["06 int8 in and out around a convolution"] = () => Model(13, g => SignedPair(g).Constant("qw", Bytes(1, 4, 3, 3, 3))
            .Constant("ws", Tensor.Scalar(0.01f)).Input("x", DataType.Int8, "N", 3, 6, 6).Output("y", DataType.Int8, "N", 4, 4, 4)
            .Node("DequantizeLinear", ["x", "p", "a"], ["d"]).Node("DequantizeLinear", ["qw", "ws"], ["w"])
            .Node("Conv", ["d", "w"], ["c"]).Node("Relu", ["c"], ["r"]).Node("QuantizeLinear", ["r", "o", "b"], ["y"])),
        ["06 int8 out that is read again"] = () => Model(13, g => SignedPair(g).Input("x", "N", 3, 5).Output("y", DataType.Int8)
            .Output("z").Node("QuantizeLinear", ["x", "p", "a"], ["y"]).Node("DequantizeLinear", ["y", "p", "a"], ["d"])
            .Node("LeakyRelu", ["d"], ["r"], ("alpha", 0.3f)).Node("QuantizeLinear", ["r", "o", "b"], ["q"])
            .Node("DequantizeLinear", ["q", "o", "b"], ["z"])),
        ["06 int8 pooled and widened"] = () => Model(13, g => SignedPair(g).Input("x", DataType.Int8, "N", 3, 6, 6)
            .Output("y", DataType.Int8).Output("z")
            .Node("MaxPool", ["x"], ["y"], ("kernel_shape", Two(3)), ("strides", Two(2)), ("pads", s_ones))
            .Node("Cast", ["y"], ["z"], ("to", 1))),
        ["06 int8 that only moves"] = () => Model(13, g => g.Integers("sh", 0, -1).Integers("i", 2, 0)
            .Input("x", DataType.Int8, "N", 3, 2, 4).Output("y", DataType.Int8).Output("z", DataType.Int8)
            .Node("Transpose", ["x"], ["t"], ("perm", s_nhwc)).Node("Reshape", ["t", "sh"], ["y"])
            .Node("Gather", ["x", "i"], ["z"], ("axis", 1))),
        ["06 int8 softmax and where of opset 13 with int8 ports"] = () => Model(13, g => SignedPair(g).Input("x", DataType.Int8, "N", 4)
            .Input("v", DataType.Int8, "N", 4).Output("y", DataType.Int8).Output("z", DataType.Int8).Node("Greater", ["x", "v"], ["g"])
            .Node("Where", ["g", "x", "v"], ["y"]).Node("DequantizeLinear", ["y", "p", "a"], ["d"]).Node("Softmax", ["d"], ["s"])
            .Node("QuantizeLinear", ["s", "p", "b"], ["z"])),
        ["06 int8 sums, largest and places"] = () => Model(13, g => g.Integers("a1", 1).Input("x", DataType.Int8, "N", 4)
            .Output("y", DataType.Int8).Output("z", DataType.Int64).Output("w", DataType.Int8)
            .Node("ReduceMax", ["x"], ["y"], ("axes", L(1))).Node("ArgMin", ["x"], ["z"], ("axis", 1)).Node("Sign", ["x"], ["w"])),
    };

    private static OnnxGraph SignedPair(OnnxGraph graph) => graph.Constant("p", Tensor.Scalar(0.03f)).Constant("a", Tensor.Of([(sbyte)-7],
        [])).Constant("o", Tensor.Scalar(0.05f)).Constant("b", Tensor.Of([(sbyte)11], []));
}
