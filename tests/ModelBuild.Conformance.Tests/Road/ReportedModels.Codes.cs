using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Codes on other axes and of other widths, and around operators that quantizers leave.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Codes => new(StringComparer.Ordinal)
    {
        ["QDQ transposed conv, weights per channel put out"] = () => CodedTransposed(1, 3),
        ["QDQ transposed conv, weights per channel taken in"] = () => CodedTransposed(0, 4),
        ["QDQ conv, weights per channel taken in"] = () => QdqConv(13, g => g.Constant("ws", Tensor.Of([0.01f, 0.002f, 0.02f, 0.005f], 4))
            .Constant("wz", Tensor.Of(new sbyte[4], 4)), ["ws", "wz"], [("axis", 1)]),
        ["QDQ weights per row, turned before the product"] = () => Model(13, g => Quantized(g).Constant("qw", Bytes(3, 5, 4))
            .Constant("ws", Tensor.Of([0.01f, 0.002f, 0.02f, 0.005f, 0.01f], 5)).Constant("wz", Tensor.Of(new sbyte[5], 5))
            .Input("x", "N", 4).Output("y")
            .Node("DequantizeLinear", ["qw", "ws", "wz"], ["w"], ("axis", 0)).Node("Transpose", ["w"], ["t"], ("perm", L(1, 0)))
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("MatMul", ["d", "t"], ["m"])
            .Node("QuantizeLinear", ["m", "s3", "z1"], ["o"]).Node("DequantizeLinear", ["o", "s3", "z1"], ["y"])),
        ["QDQ constant per channel that gets axes before a product"] = () => Model(13, g => Quantized(g)
            .Constant("qk", Bytes(3, 4)).Constant("ks", Tensor.Of([0.01f, 0.002f, 0.02f, 0.005f], 4))
            .Integers("ax", 0, 2, 3).Input("x", "N", 4, 3, 3).Output("y").Node("DequantizeLinear", ["qk", "ks"], ["k"], ("axis", 0))
            .Node("Unsqueeze", ["k", "ax"], ["u"])
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("Mul", ["d", "u"], ["m"])
            .Node("QuantizeLinear", ["m", "s2", "z2"], ["o"]).Node("DequantizeLinear", ["o", "s2", "z2"], ["y"])),
        ["QDQ of sixteen bits around relu and conv"] = () => Model(21, g => g.Constant("s", Tensor.Scalar(0.0003f))
            .Constant("z", Tensor.FromDoubles(DataType.UInt16, [32768], []))
            .Constant("s0", Tensor.Scalar(0.0001f)).Constant("z0", Tensor.FromDoubles(DataType.UInt16, [0], []))
            .Constant("qw", Bytes(3, 4, 3, 3, 3)).Constant("ws", Tensor.Scalar(0.01f))
            .Input("x", "N", 3, 5, 5).Output("y").Node("QuantizeLinear", ["x", "s", "z"], ["q"])
            .Node("DequantizeLinear", ["q", "s", "z"], ["d"]).Node("DequantizeLinear", ["qw", "ws"], ["w"])
            .Node("Conv", ["d", "w"], ["c"]).Node("Relu", ["c"], ["r"]).Node("QuantizeLinear", ["r", "s", "z0"], ["o"])
            .Node("DequantizeLinear", ["o", "s", "z0"], ["y"])),
        ["QDQ attention, scores and mask in codes"] = () => Model(13, g => Quantized(g).Constant("qw", Bytes(3, 8, 8))
            .Constant("qu", Bytes(4, 8, 8)).Constant("ws", Tensor.Scalar(0.004f))
            .Constant("eight", Tensor.Scalar(2.828f)).Constant("sp", Tensor.Scalar(1 / 255f)).Input("x", "N", 4, 8).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("DequantizeLinear", ["q", "s1", "z1"], ["d"]).Node("DequantizeLinear", ["qw", "ws"], ["w"])
            .Node("DequantizeLinear", ["qu", "ws"], ["u"]).Node("MatMul", ["d", "w"], ["a"])
            .Node("QuantizeLinear", ["a", "s2", "z1"], ["aq"]).Node("DequantizeLinear", ["aq", "s2", "z1"], ["ad"])
            .Node("MatMul", ["d", "u"], ["b"]).Node("QuantizeLinear", ["b", "s2", "z1"], ["bq"])
            .Node("DequantizeLinear", ["bq", "s2", "z1"], ["bd"]).Node("Transpose", ["bd"], ["bt"], ("perm", L(0, 2, 1)))
            .Node("MatMul", ["ad", "bt"], ["s"]).Node("QuantizeLinear", ["s", "s3", "z1"], ["sq"])
            .Node("DequantizeLinear", ["sq", "s3", "z1"], ["sd"]).Node("Div", ["sd", "eight"], ["v"])
            .Node("QuantizeLinear", ["v", "s2", "z1"], ["vq"]).Node("DequantizeLinear", ["vq", "s2", "z1"], ["vd"])
            .Node("Softmax", ["vd"], ["p"], ("axis", -1)).Node("QuantizeLinear", ["p", "sp", "z0"], ["pq"])
            .Node("DequantizeLinear", ["pq", "sp", "z0"], ["pd"]).Node("MatMul", ["pd", "d"], ["o"])
            .Node("QuantizeLinear", ["o", "s1", "z1"], ["oq"]).Node("DequantizeLinear", ["oq", "s1", "z1"], ["y"])),
        ["QDQ scale and zero point of one element beside scalars"] = () => Model(13, g => Quantized(g)
            .Constant("sv", Tensor.Of([0.02f], 1)).Constant("zv", Tensor.Of([(byte)128], 1)).Input("x", "N", 3, 4).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("Relu", ["d"], ["r"]).Node("QuantizeLinear", ["r", "s1", "z1"], ["o"])
            .Node("DequantizeLinear", ["o", "s1", "z1"], ["e"]).Node("Sigmoid", ["e"], ["y"])),
        ["QDQ table of words, gathered as codes"] = () => Model(13, g => Quantized(g)
            .Constant("t", Tensor.Of([.. Enumerable.Range(0, 80).Select(i => (byte)(i * 37 % 256))], 20, 4)).Constant("qw", Bytes(3, 4, 5))
            .Constant("ws", Tensor.Of([0.01f, 0.002f, 0.02f, 0.005f, 0.01f], 5)).Input("ids", DataType.Int64, "N", 3).Output("y")
            .Node("Gather", ["t", "ids"], ["g"]).Node("DequantizeLinear", ["g", "s1", "z1"], ["d"])
            .Node("DequantizeLinear", ["qw", "ws"], ["w"], ("axis", 1)).Node("MatMul", ["d", "w"], ["m"]).Node("Tanh", ["m"], ["y"])),
        ["QDQ through slices, split, and what is joined"] = () => Model(13, g => Quantized(g).Integers("i0", 0).Integers("i2", 2)
            .Integers("rows", 2).Input("x", "N", 4, 4, 4).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("Slice", ["d", "i0", "i2", "rows"], ["a"]).Node("QuantizeLinear", ["a", "s1", "z1"], ["aq"])
            .Node("DequantizeLinear", ["aq", "s1", "z1"], ["ad"]).Node("Split", ["ad"], ["p", "r"], ("axis", 1))
            .Node("QuantizeLinear", ["p", "s1", "z1"], ["pq"]).Node("DequantizeLinear", ["pq", "s1", "z1"], ["pd"])
            .Node("QuantizeLinear", ["r", "s1", "z1"], ["rq"]).Node("DequantizeLinear", ["rq", "s1", "z1"], ["rd"])
            .Node("Concat", ["rd", "pd", "ad"], ["c"], ("axis", 1)).Node("QuantizeLinear", ["c", "s2", "z2"], ["cq"])
            .Node("DequantizeLinear", ["cq", "s2", "z2"], ["y"])),
        ["QDQ PRelu, instance norm and largest"] = () => Model(13, g => Quantized(g)
            .Constant("slope", Tensor.Of([0.1f, 0.2f, -0.3f], 3, 1, 1)).Constant("g1", Values(1, 3)).Constant("b1", Values(2, 3))
            .Input("x", "N", 3, 4, 4).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("PRelu", ["d", "slope"], ["p"]).Node("QuantizeLinear", ["p", "s1", "z1"], ["pq"])
            .Node("DequantizeLinear", ["pq", "s1", "z1"], ["pd"]).Node("InstanceNormalization", ["pd", "g1", "b1"], ["n"])
            .Node("QuantizeLinear", ["n", "s2", "z2"], ["nq"]).Node("DequantizeLinear", ["nq", "s2", "z2"], ["nd"])
            .Node("ReduceMax", ["nd"], ["y"], ("axes", L(2, 3)), ("keepdims", 0))),
        ["QDQ weights of an lstm"] = () => Model(14, g => g.Constant("qw", Bytes(1, 1, 24, 4)).Constant("ws", Absolute(2, 24))
            .Constant("qr", Bytes(3, 1, 24, 6)).Constant("rs", Tensor.Scalar(0.004f)).Constant("b", Values(5, 1, 48))
            .Input("x", 5, "N", 4).Output("y").Output("h").Constant("c", Tensor.Scalar(0.01f)).Node("Mul", ["ws", "c"], ["wsc"])
            .Node("DequantizeLinear", ["qw", "wsc"], ["w"], ("axis", 1)).Node("DequantizeLinear", ["qr", "rs"], ["r"])
            .Node("LSTM", ["x", "w", "r", "b"], ["y", "h"], ("hidden_size", 6))),
        ["QDQ of what is pooled, flattened and classified"] = () => Model(13, g => Quantized(g).Constant("qw", Bytes(3, 5, 4))
            .Constant("ws", Tensor.Scalar(0.01f)).Constant("qb", Tensor.Of([100, -200, 30, 0, 7], 5)).Constant("bs", Tensor.Scalar(0.0003f))
            .Input("x", "N", 4, 3, 3).Output("y").Node("QuantizeLinear", ["x", "s2", "z1"], ["q"])
            .Node("DequantizeLinear", ["q", "s2", "z1"], ["d"]).Node("GlobalAveragePool", ["d"], ["g"])
            .Node("QuantizeLinear", ["g", "s2", "z1"], ["gq"])
            .Node("DequantizeLinear", ["gq", "s2", "z1"], ["gd"]).Node("Flatten", ["gd"], ["f"])
            .Node("QuantizeLinear", ["f", "s2", "z1"], ["fq"]).Node("DequantizeLinear", ["fq", "s2", "z1"], ["fd"])
            .Node("DequantizeLinear", ["qw", "ws"], ["w"])
            .Node("DequantizeLinear", ["qb", "bs"], ["b"]).Node("Gemm", ["fd", "w", "b"], ["m"], ("transB", 1))
            .Node("QuantizeLinear", ["m", "s3", "z1"], ["o"]).Node("DequantizeLinear", ["o", "s3", "z1"], ["y"])),
        ["QDQ sums that lie between two codes"] = () => Model(13, g => g.Constant("s", Tensor.Scalar(0.25f))
            .Constant("t", Tensor.Scalar(0.5f)).Constant("z", Tensor.Of([(byte)128], [])).Input("x", "N", 32).Input("v", "N", 32)
            .Output("y")
            .Node("QuantizeLinear", ["x", "s", "z"], ["a"]).Node("DequantizeLinear", ["a", "s", "z"], ["b"])
            .Node("QuantizeLinear", ["v", "s", "z"], ["c"]).Node("DequantizeLinear", ["c", "s", "z"], ["d"]).Node("Add", ["b", "d"], ["e"])
            .Node("QuantizeLinear", ["e", "t", "z"], ["f"]).Node("DequantizeLinear", ["f", "t", "z"], ["y"])),
        ["integers: product by stacked weights, zero per column"] = () => Model(13, g => g.Constant("w", Bytes(1, 2, 4, 3))
            .Constant("wz", Tensor.Of(new sbyte[] { 1, -2, 3, 0, 5, -6 }, 2, 1, 3)).Constant("ws", Tensor.Of([0.01f, 0.02f, 0.005f], 3))
            .Input("x", "N", 2, 5, 4).Output("y").Node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"])
            .Node("MatMulInteger", ["q", "w", "z", "wz"], ["i"]).Node("Cast", ["i"], ["f"], ("to", 1))
            .Node("Mul", ["s", "ws"], ["sc"]).Node("Mul", ["f", "sc"], ["y"])),
        ["integers: weights turned as codes before the product"] = () => Model(13, g => g
            .Constant("w", Tensor.Of([.. Enumerable.Range(0, 20).Select(i => (byte)(i * 73 % 251))], 5, 4))
            .Constant("wz", Tensor.Of([(byte)120], [])).Constant("ws", Tensor.Scalar(0.01f))
            .Constant("b", Values(3, 5)).Input("x", "N", 4).Output("y").Node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"])
            .Node("Transpose", ["w"], ["t"], ("perm", L(1, 0))).Node("MatMulInteger", ["q", "t", "z", "wz"], ["i"])
            .Node("Cast", ["i"], ["f"], ("to", 1)).Node("Mul", ["s", "ws"], ["sc"]).Node("Mul", ["f", "sc"], ["m"])
            .Node("Add", ["m", "b"], ["y"])),
        ["integers: QLinearConv per channel taken apart, depthwise, scales of one element"] = () => Model(10, g => g
            .Constant("xs", Tensor.Of([0.02f], 1)).Constant("xz", Tensor.Of([(byte)128], 1))
            .Constant("w", Tensor.Of([.. Enumerable.Range(0, 27).Select(i => (byte)(i * 73 % 251))], 3, 1, 3, 3))
            .Constant("ws", Tensor.Of([0.01f], 1)).Constant("wz", Tensor.Of([(byte)131], 1)).Constant("ys", Tensor.Of([0.05f], 1))
            .Constant("yz", Tensor.Of([(byte)100], 1)).Constant("s", Tensor.Scalar(0.02f))
            .Constant("z", Tensor.Of([(byte)128], [])).Constant("yss", Tensor.Scalar(0.05f))
            .Constant("yzz", Tensor.Of([(byte)100], [])).Constant("b", Tensor.Of([500, -300, 0], 3))
            .Input("x", "N", 3, 5, 5).Output("y").Node("QuantizeLinear", ["x", "s", "z"], ["q"])
            .Node("QLinearConv", ["q", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"], ["c"], ("group", 3), ("pads", s_ones))
            .Node("DequantizeLinear", ["c", "yss", "yzz"], ["y"])),
    };

    private static byte[] CodedTransposed(int axis, int count) => Model(13, g => Quantized(g)
        .Constant("qw", Bytes(3, 4, 3, 3, 3)).Constant("ws", Tensor.Of([.. new[] { 0.01f, 0.002f, 0.02f, 0.005f }.Take(count)], count))
        .Constant("wz", Tensor.Of(new sbyte[count], count)).Constant("qb", Tensor.Of([30, -7, 12], 3))
            .Constant("bs", Tensor.Of([0.001f, 0.002f, 0.0005f], 3)).Input("x", "N", 4, 5, 5).Output("y")
        .Node("DequantizeLinear", ["qw", "ws", "wz"], ["w"], ("axis", axis))
            .Node("DequantizeLinear", ["qb", "bs"], ["b"], ("axis", 0)).Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
        .Node("ConvTranspose", ["d", "w", "b"], ["c"], ("pads", s_ones), ("strides", Two(2)), ("output_padding", L(1, 1)))
            .Node("QuantizeLinear", ["c", "s3", "z1"], ["o"]).Node("DequantizeLinear", ["o", "s3", "z1"], ["y"]));
}
