using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Models that arrive quantized.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> QuantizedModels => new(StringComparer.Ordinal)
    {
        ["QDQ quantize without zero point"] = () => Model(13, g => Scales(g).Input("x", "N", 9).Output("y")
            .Node("QuantizeLinear", ["x", "s1"], ["q"]).Node("DequantizeLinear", ["q", "s1"], ["y"])),
        ["QDQ output dtype int8 without zero point"] = () => Model(21, g => Scales(g).Integers("sh", 0, 3, 3).Input("x", "N", 9).Output("y")
            .Node("QuantizeLinear", ["x", "s1"], ["q"], ("output_dtype", 3)).Node("DequantizeLinear", ["q", "s1", ""], ["d"])
                .Node("Reshape", ["d", "sh"], ["r"]).Node("QuantizeLinear", ["r", "s1", ""], ["p"], ("output_dtype", 3))
                .Node("DequantizeLinear", ["p", "s1"], ["y"])),
        ["QDQ int8 weights without zero point, reshaped"] = () => Model(21, g => Quantized(g).Constant("q", Bytes(3, 12))
            .Integers("sh", 4, 3).Input("x", "N", 4).Output("y").Node("DequantizeLinear", ["q", "s1"], ["d"])
            .Node("Reshape", ["d", "sh"], ["w"])
            .Node("QuantizeLinear", ["x", "s2", "z2"], ["a"]).Node("DequantizeLinear", ["a", "s2", "z2"], ["b"])
                .Node("MatMul", ["b", "w"], ["m"]).Node("QuantizeLinear", ["m", "s3", "z1"], ["o"])
                .Node("DequantizeLinear", ["o", "s3", "z1"], ["y"])),
        ["QDQ conv weights per channel, axis by default"] = () => QdqConv(13, g => g
            .Constant("ws", Tensor.Of([0.01f, 0.002f, 0.02f, 0.005f], 4)).Constant("wz", Tensor.Of(new sbyte[4], 4)), ["ws", "wz"], []),
        ["QDQ conv weights per channel, axis -4, no zero point"] = () => QdqConv(13, g => g
            .Constant("ws", Tensor.Of([0.01f, 0.002f, 0.02f, 0.005f], 4)), ["ws"], [("axis", -4)]),
        ["QDQ conv weights of scale [1]"] = () => QdqConv(13, g => g.Constant("ws", Tensor.Of([0.01f], 1))
            .Constant("wz", Tensor.Of(new sbyte[] { 3 }, 1)), ["ws", "wz"], [("axis", 0)]),
        ["QDQ conv weights of asymmetric channels"] = () => QdqConv(13, g => g.Constant("ws", Tensor.Of([0.01f, 0.002f, 0.02f, 0.005f], 4))
            .Constant("wz", Tensor.Of(new sbyte[] { 1, -20, 0, 100 }, 4)), ["ws", "wz"], [("axis", 0)]),
        ["QDQ conv bias int32 of another scale"] = () => QdqConv(13, g => Bias(g
            .Constant("ws", Tensor.Scalar(0.01f)), Tensor.Scalar(0.05f)), ["ws"], [], "dk"),
        ["QDQ conv bias int32 per channel of other scales"] = () => QdqConv(13, g => Bias(g
            .Constant("ws", Tensor.Of([0.01f, 0.002f, 0.02f, 0.005f], 4)), Tensor.Of([0.05f, 0.001f, 0.02f, 0.5f], 4)), ["ws"], [("axis",
            0)], "dk"),
        ["QDQ conv bias as int8"] = () => QdqConv(13, g => g.Constant("ws", Tensor.Scalar(0.01f)).Constant("k", Bytes(5, 4))
            .Constant("ks", Tensor.Scalar(0.01f)).Node("DequantizeLinear", ["k", "ks"], ["dk"]), ["ws"], [], "dk"),
        ["QDQ conv weights quantized in the model"] = () => Model(13, g => Quantized(g).Constant("w", Values(1, 4, 4, 3, 3))
            .Constant("ws", Tensor.Of([0.01f, 0.005f, 0.008f, 0.0079f], 4)).Constant("wz", Tensor.Of(new sbyte[4], 4))
            .Input("x", "N", 4, 6, 6).Output("y")
            .Node("QuantizeLinear", ["w", "ws", "wz"], ["qw"], ("axis", 0))
                .Node("DequantizeLinear", ["qw", "ws", "wz"], ["dw"], ("axis", 0)).Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
                .Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("Conv", ["d", "dw"], ["c"], ("pads", s_ones)).Node("Relu", ["c"], ["r"]).Node("QuantizeLinear", ["r", "s3", "z0"], ["o"])
                .Node("DequantizeLinear", ["o", "s3", "z0"], ["y"])),
        ["QDQ conv weights shared, one batch norm"] = () => Model(15, g => Norm(Quantized(g), 4).Constant("qw", Bytes(3, 4, 4, 1, 1))
            .Constant("ws", Tensor.Scalar(0.01f)).Input("x", "N", 4, 5, 5).Output("y").Output("z")
            .Node("DequantizeLinear", ["qw", "ws"], ["w"]).Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
                .Node("DequantizeLinear", ["q", "s1", "z1"], ["d"]).Node("Conv", ["d", "w"], ["c"])
                .Node("BatchNormalization", ["c", "s", "b", "m", "v0"], ["n"])
            .Node("QuantizeLinear", ["n", "s3", "z1"], ["o"]).Node("DequantizeLinear", ["o", "s3", "z1"], ["y"])
                .Node("Conv", ["d", "w"], ["e"]).Node("QuantizeLinear", ["e", "s3", "z1"], ["p"])
                .Node("DequantizeLinear", ["p", "s3", "z1"], ["z"])),
        ["QDQ max pool of negative scale"] = () => Model(13, g => Quantized(g).Constant("n", Tensor.Scalar(-0.02f)).Input("x", "N", 3, 6)
            .Output("y").Node("QuantizeLinear", ["x", "n", "z1"], ["q"]).Node("DequantizeLinear", ["q", "n", "z1"], ["d"])
            .Node("MaxPool", ["d"], ["p"], ("kernel_shape", L(2))).Node("QuantizeLinear", ["p", "n", "z1"], ["o"])
                .Node("DequantizeLinear", ["o", "n", "z1"], ["y"])),
        ["QDQ max pool of bytes"] = () => Model(13, g => Quantized(g).Input("x", "N", 3, 6, 6).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("MaxPool", ["q"], ["p"], ("kernel_shape", Two(3)), ("pads", s_ones))
            .Node("DequantizeLinear", ["p", "s1", "z1"], ["y"])),
        ["QDQ dequantized value read by sigmoid, mul and output"] = () => Model(13, g => Quantized(g).Constant("k", Tensor.Scalar(3f))
            .Input("x", "N", 9).Output("y").Output("d").Output("m").Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("Mul", ["d", "k"], ["m"]).Node("Sigmoid", ["d"], ["g"]).Node("Mul", ["g", "d"], ["p"])
                .Node("QuantizeLinear", ["p", "s2", "z2"], ["o"]).Node("DequantizeLinear", ["o", "s2", "z2"], ["y"])),
        ["QDQ pairs in a row of narrow, wide and narrow"] = () => Model(13, g => Quantized(g).Constant("t", Tensor.Scalar(0.004f))
            .Input("x", "N", 9).Output("y").Node("QuantizeLinear", ["x", "t", "z1"], ["a"])
            .Node("DequantizeLinear", ["a", "t", "z1"], ["b"])
            .Node("QuantizeLinear", ["b", "s3", "z2"], ["c"]).Node("DequantizeLinear", ["c", "s3", "z2"], ["d"])
                .Node("QuantizeLinear", ["d", "s1", "z1"], ["e"]).Node("DequantizeLinear", ["e", "s1", "z1"], ["y"])),
        ["QDQ relu whose zero point is not the least code"] = () => Model(13, g => Quantized(g).Constant("hi", Tensor.Scalar(1f))
            .Constant("lo", Tensor.Scalar(-0.5f)).Input("x", "N", 9).Output("y").Output("z")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["a"]).Node("DequantizeLinear", ["a", "s1", "z1"], ["b"])
            .Node("Relu", ["b"], ["r"]).Node("QuantizeLinear", ["r", "s2", "z2"], ["c"]).Node("DequantizeLinear", ["c", "s2", "z2"], ["y"])
                .Node("Clip", ["b", "lo", "hi"], ["k"]).Node("QuantizeLinear", ["k", "s1", "z1"], ["e"])
                .Node("DequantizeLinear", ["e", "s1", "z1"], ["z"])),
        ["QDQ gemm uint8 weights per channel, transposed"] = () => Model(13, g => Quantized(g)
            .Constant("qw", Tensor.Of([.. Enumerable.Range(0, 20).Select(i => (byte)(i * 73 % 251))], 5, 4))
            .Constant("ws", Tensor.Of([0.01f, 0.002f, 0.02f, 0.005f, 0.01f], 5))
            .Constant("wz", Tensor.Of(new byte[] { 128, 128, 0, 255, 100 }, 5))
            .Constant("k", Tensor.Of([300, -70, 0, 9, 1000], 5))
                .Constant("ks", Tensor.Of([0.0002f, 0.00004f, 0.0004f, 0.0001f, 0.0002f], 5)).Input("x", "N", 4).Output("y")
                .Node("DequantizeLinear", ["qw", "ws", "wz"], ["w"], ("axis", 0)).Node("DequantizeLinear", ["k", "ks"], ["b"], ("axis", 0))
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
                .Node("Gemm", ["d", "w", "b"], ["m"], ("transB", 1)).Node("QuantizeLinear", ["m", "s3", "z1"], ["o"])
                .Node("DequantizeLinear", ["o", "s3", "z1"], ["y"])),
        ["QDQ residual, concat, transpose and global pool opset 10"] = () => Model(10, g => Quantized(g).Input("x", "N", 3, 4, 4)
            .Output("y").Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("Add", ["d", "d"], ["a"])
            .Node("QuantizeLinear", ["a", "s2", "z2"], ["b"]).Node("DequantizeLinear", ["b", "s2", "z2"], ["c"])
                .Node("Concat", ["c", "d"], ["e"], ("axis", 1)).Node("QuantizeLinear", ["e", "s2", "z2"], ["f"])
                .Node("DequantizeLinear", ["f", "s2", "z2"], ["h"])
            .Node("GlobalAveragePool", ["h"], ["i"]).Node("QuantizeLinear", ["i", "s1", "z1"], ["j"])
                .Node("DequantizeLinear", ["j", "s1", "z1"], ["y"])),
        ["QDQ scales in half opset 19"] = () => Model(19, g => Quantized(g).Constant("hs", Tensor.FromDoubles(DataType.Float16, [0.02], []))
            .Input("x", "N", 9).Output("y").Node("Cast", ["x"], ["h"], ("to", 10)).Node("QuantizeLinear", ["h", "hs", "z1"], ["q"])
            .Node("DequantizeLinear", ["q", "hs", "z1"], ["d"]).Node("Cast", ["d"], ["y"], ("to", 1))),
        ["QDQ activations per channel"] = () => Model(13, g => g.Constant("cs", Tensor.Of([0.01f, 0.02f, 0.03f], 3))
            .Constant("cz", Tensor.Of(new byte[] { 0, 128, 9 }, 3)).Input("x", "N", 3, 4).Output("y")
            .Node("QuantizeLinear", ["x", "cs", "cz"], ["q"]).Node("DequantizeLinear", ["q", "cs", "cz"], ["y"])),
        ["QDQ product of two tensors, scaled and cut"] = () => Model(13, g => Quantized(g).Constant("k", Tensor.Scalar(0.25f))
            .Input("x", "N", 3, 5, 6).Output("y").Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("DequantizeLinear", ["q", "s1", "z1"], ["d"]).Node("Transpose", ["d"], ["t"], ("perm", L(0, 1, 3, 2)))
                .Node("MatMul", ["d", "t"], ["m"]).Node("Mul", ["m", "k"], ["n"]).Node("Relu", ["n"], ["r"])
                .Node("QuantizeLinear", ["r", "s3", "z1"], ["o"]).Node("DequantizeLinear", ["o", "s3", "z1"], ["y"])),
        ["QDQ product of two tensors of bytes to reals"] = () => Model(13, g => Quantized(g)
            .Input("x", DataType.UInt8, "N", 3, 5, 6).Input("w", DataType.UInt8, 3, 6, 7).Output("y", "N", 3, 5, 7)
            .Node("DequantizeLinear", ["x", "s1", "z1"], ["a"]).Node("DequantizeLinear", ["w", "s2", "z2"], ["b"])
            .Node("MatMul", ["a", "b"], ["y"])),
        ["QDQ where of two tensors and of a constant"] = () => Model(13, g => Quantized(g).Constant("k", Tensor.Scalar(-1e9f))
            .Constant("zero", Tensor.Scalar(0f)).Input("x", "N", 9).Output("y").Output("z")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("Greater", ["d", "zero"], ["c"]).Node("QuantizeLinear", ["x", "s2", "z2"], ["p"])
                .Node("DequantizeLinear", ["p", "s2", "z2"], ["e"]).Node("Where", ["c", "d", "e"], ["w"])
                .Node("QuantizeLinear", ["w", "s3", "z1"], ["o"]).Node("DequantizeLinear", ["o", "s3", "z1"], ["y"])
                .Node("Where", ["c", "k", "e"], ["v"]).Node("QuantizeLinear", ["v", "s2", "z2"], ["u"])
                .Node("DequantizeLinear", ["u", "s2", "z2"], ["z"])),
        ["QDQ quantized input and output"] = () => Model(13, g => Quantized(g).Constant("w", Values(1, 4, 5))
            .Input("x", DataType.UInt8, "N", 4).Output("y", DataType.UInt8, "N", 5).Node("DequantizeLinear", ["x", "s1", "z1"], ["d"])
            .Node("MatMul", ["d", "w"], ["m"]).Node("QuantizeLinear", ["m", "s3", "z1"], ["y"])),
        ["QDQ blocks of weights opset 21"] = () => Model(21, g => g.Constant("q", Bytes(3, 4, 6)).Constant("bs", Values(4, 2, 6))
            .Input("x", "N", 4).Output("y").Node("DequantizeLinear", ["q", "bs"], ["w"], ("axis", 0), ("block_size", 2))
            .Node("MatMul", ["x", "w"], ["y"])),
    };
}
