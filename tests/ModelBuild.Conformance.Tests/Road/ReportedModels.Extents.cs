using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Convolutions of odd extents, and what quantization could get wrong.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Extents => new(StringComparer.Ordinal)
    {
        ["conv 1x1 with pads and strides"] = () => Model(13, g => g.Constant("w", Values(1, 7, 5, 1, 1)).Constant("b", Values(2, 7))
            .Input("x", "N", 5, 6, 5).Output("y").Node("Conv", ["x", "w", "b"], ["y"], ("pads", L(1, 0, 2, 1)), ("strides", Two(2)))),
        ["conv window larger than the input"] = () => Model(13, g => g.Constant("w", Values(1, 17, 3, 7, 5)).Input("x", "N", 3, 3, 2)
            .Output("y").Node("Conv", ["x", "w"], ["y"], ("pads", L(3, 2, 3, 2)))),
        ["conv dilation beyond the pads, width one"] = () => Model(13, g => g.Constant("w", Values(1, 3, 1, 3, 1)).Input("x", "N", 3, 13, 1)
            .Output("y").Node("Conv", ["x", "w"], ["y"], ("group", 3), ("dilations", L(5, 1)), ("pads", L(4, 0, 6, 0)))),
        ["squeeze and excite, then attention of places"] = () => Model(14, g => g.Constant("w", Values(1, 6, 3, 3, 3))
            .Constant("u", Values(2, 6, 6, 1, 1)).Constant("v", Values(3, 1, 6, 1, 1)).Input("x", "N", 3, 6, 6).Output("y")
            .Node("Conv", ["x", "w"], ["c"]).Node("GlobalAveragePool", ["c"], ["p"])
            .Node("Conv", ["p", "u"], ["q"]).Node("HardSigmoid", ["q"], ["h"]).Node("Mul", ["h", "c"], ["m"])
                .Node("Conv", ["m", "v"], ["a"]).Node("Sigmoid", ["a"], ["s"]).Node("Mul", ["m", "s"], ["n"])
                .Node("HardSwish", ["n"], ["y"])),
        ["conv of dead and loud channels"] = () => Model(13, g => g
            .Constant("w", Tensor.Of([0f, 0, 0, 100, -50, 20, 0.01f, 0.02f, -0.01f], 3, 3, 1, 1))
            .Constant("b", Tensor.Of([0f, 1000, -0.001f], 3)).Constant("u", Values(3, 4, 3, 1, 1)).Input("x", "N", 3, 5, 5).Output("y")
            .Node("Conv", ["x", "w", "b"], ["c"]).Node("Relu", ["c"], ["r"]).Node("Conv", ["r", "u"], ["y"])),
        ["conv of zeros"] = () => Model(13, g => g.Constant("w", Tensor.Of(new float[27], 1, 3, 3, 3)).Constant("u", Values(2, 2, 1, 1, 1))
            .Input("x", "N", 3, 5, 5).Output("y").Output("c").Node("Conv", ["x", "w"], ["c"]).Node("Conv", ["c", "u"], ["y"])),
        ["weights beyond half"] = () => Model(13, g => g.Constant("w", Tensor.Of([1e6f, -2e5f, 3e5f, 7e4f], 2, 2)).Input("x", "N", 2)
            .Output("y").Node("MatMul", ["x", "w"], ["y"])),
        ["weights below half"] = () => Model(13, g => g.Constant("w", Tensor.Of([1e-9f, -2e-8f, 3e-9f, 7e-9f], 2, 2))
            .Constant("k", Tensor.Scalar(1e8f)).Input("x", "N", 2).Output("y").Node("MatMul", ["x", "w"], ["m"])
            .Node("Mul", ["m", "k"], ["y"])),
        ["division of and by values"] = () => Model(13, g => g.Constant("w", Values(1, 4, 4)).Constant("two", Tensor.Scalar(2f))
            .Input("x", "N", 4).Output("y").Node("MatMul", ["x", "w"], ["m"]).Node("Sigmoid", ["x"], ["s"]).Node("Add", ["s", "two"], ["d"])
            .Node("Div", ["m", "d"], ["q"]).Node("Div", ["two", "d"], ["r"]).Node("Mul", ["q", "r"], ["y"])),
        ["layer norm by hand"] = () => Model(13, g => g.Constant("e", Tensor.Scalar(1e-5f)).Constant("w", Values(1, 8, 8))
            .Input("x", "N", 3, 8).Output("y").Node("MatMul", ["x", "w"], ["m"]).Node("ReduceMean", ["m"], ["a"], ("axes", L(-1)))
            .Node("Sub", ["m", "a"], ["c"])
            .Node("Mul", ["c", "c"], ["q"]).Node("ReduceMean", ["q"], ["v"], ("axes", L(2))).Node("Add", ["v", "e"], ["u"])
                .Node("Div", ["c", "u"], ["y"])),
        ["QDQ relu into int8 symmetric"] = () => Qdq("Relu", 0.02f, 0, 0.015f, 0),
        ["QDQ leaky relu"] = () => Qdq("LeakyRelu", 0.02f, 5, 0.015f, -60, ("alpha", 0.3f)),
        ["QDQ sigmoid"] = () => Qdq("Sigmoid", 0.03f, 1, 1 / 256f, -128),
        ["QDQ hard swish"] = () => Qdq("HardSwish", 0.03f, 1, 0.02f, -100),
        ["QDQ softmax"] = () => Qdq("Softmax", 0.03f, 1, 1 / 256f, -128),
        ["QDQ tanh to few codes"] = () => Qdq("Tanh", 0.03f, 1, 0.5f, 3),
        ["QDQ clip within codes"] = () => Qdq("Clip", 0.02f, -7, 0.02f, -7, ("min", -0.31f), ("max", 0.47f)),
        ["QDQ average pool ceil"] = () => Qdq("AveragePool", 0.02f, 9, 0.02f, 9, ("kernel_shape", L(3)), ("strides", L(2)), ("ceil_mode",
            1)),
        ["QDQ mean over rows"] = () => Qdq("ReduceMean", 0.02f, 9, 0.01f, -20, ("axes", L(1)), ("keepdims", 0)),
        ["QDQ log softmax, codes that overflow"] = () => Qdq("LogSoftmax", 0.02f, 9, 0.01f, 127),
        ["QDQ reshape between other scales"] = () => Qdq("Flatten", 0.02f, 9, 0.03f, -9),
        ["QDQ conv between int8 and uint8"] = () => Model(13, g => Quantized(g).Constant("i", Tensor.Of(new sbyte[] { -20 }, []))
            .Constant("qw", Tensor.Of([.. Enumerable.Range(0, 54).Select(i => (byte)(i * 73 % 251))], 6, 1, 3, 3))
            .Constant("ws", Tensor.Scalar(0.01f)).Constant("wz", Tensor.Of(new byte[] { 120 }, []))
            .Constant("b", Values(5, 6)).Input("x", "N", 3, 7, 6).Output("y").Node("QuantizeLinear", ["x", "s1", "i"], ["q"])
                .Node("DequantizeLinear", ["q", "s1", "i"], ["d"]).Node("DequantizeLinear", ["qw", "ws", "wz"], ["w"])
            .Node("Conv", ["d", "w", "b"], ["c"], ("group", 3), ("pads", L(2, 0, 1, 3)), ("dilations", L(2, 1)), ("strides", L(1, 2)))
                .Node("QuantizeLinear", ["c", "s2", "z2"], ["o"]).Node("DequantizeLinear", ["o", "s2", "z2"], ["y"])),
        ["QDQ pad with zeros and with a value"] = () => Model(13, g => Quantized(g).Integers("p", 0, 0, 1, 0, 1, 2)
            .Constant("v", Tensor.Scalar(0.613f)).Input("x", "N", 3, 4).Output("y").Output("z")
            .Node("QuantizeLinear", ["x", "s2", "z2"], ["q"]).Node("DequantizeLinear", ["q", "s2", "z2"], ["d"])
            .Node("Pad", ["d", "p"], ["a"]).Node("QuantizeLinear", ["a", "s2", "z2"], ["b"])
                .Node("DequantizeLinear", ["b", "s2", "z2"], ["y"]).Node("Pad", ["d", "p", "v"], ["e"])
                .Node("QuantizeLinear", ["e", "s2", "z2"], ["f"]).Node("DequantizeLinear", ["f", "s2", "z2"], ["z"])),
        ["QDQ weights only"] = () => Model(13, g => g.Constant("qw", Bytes(3, 4, 5))
            .Constant("ws", Tensor.Of([0.01f, 0.002f, 0.02f, 0.005f, 0.1f], 5)).Input("x", "N", 4).Output("y")
            .Node("DequantizeLinear", ["qw", "ws"], ["w"], ("axis", -1)).Node("MatMul", ["x", "w"], ["y"])),
        ["QDQ matmul of two values"] = () => Model(13, g => Quantized(g).Input("x", "N", 3, 4).Input("z", "N", 4, 5).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("QuantizeLinear", ["z", "s2", "z2"], ["r"]).Node("DequantizeLinear", ["r", "s2", "z2"], ["e"])
            .Node("MatMul", ["d", "e"], ["m"]).Node("QuantizeLinear", ["m", "s3", "z1"], ["o"])
                .Node("DequantizeLinear", ["o", "s3", "z1"], ["y"])),
        ["QDQ add of a value and its relu, other scales"] = () => Model(13, g => Quantized(g).Input("x", "N", 6).Output("y")
            .Output("o", DataType.UInt8, "N", 6).Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("DequantizeLinear", ["q", "s1", "z1"], ["d"]).Node("Relu", ["d"], ["r"]).Node("QuantizeLinear", ["r", "s2", "z0"], ["a"])
            .Node("DequantizeLinear", ["a", "s2", "z0"], ["b"]).Node("Add", ["b", "d"], ["c"]).Node("Relu", ["c"], ["e"])
                .Node("QuantizeLinear", ["e", "s3", "z2"], ["o"]).Node("DequantizeLinear", ["o", "s3", "z2"], ["y"])),
        ["QDQ mul, sub and div with constants"] = () => Model(13, g => Quantized(g).Constant("k", Tensor.Of([0.3f, -0.7f, 2], 3))
            .Input("x", "N", 3).Output("y").Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("DequantizeLinear", ["q", "s1", "z1"], ["d"]).Node("Mul", ["d", "k"], ["m"])
            .Node("QuantizeLinear", ["m", "s2", "z2"], ["a"])
            .Node("DequantizeLinear", ["a", "s2", "z2"], ["b"]).Node("Sub", ["k", "b"], ["c"])
                .Node("QuantizeLinear", ["c", "s3", "z1"], ["e"]).Node("DequantizeLinear", ["e", "s3", "z1"], ["f"])
                .Node("Div", ["f", "k"], ["y"])),
        ["QDQ concat with a quantized constant"] = () => Model(13, g => Quantized(g).Constant("c", Tensor.Of(new byte[] { 3, 250 }, 1, 2))
            .Input("x", 1, 3).Output("y").Node("DequantizeLinear", ["c", "s3", "z2"], ["k"])
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("Concat", ["k", "d"], ["e"], ("axis", 1)).Node("QuantizeLinear", ["e", "s2", "z2"], ["o"])
                .Node("DequantizeLinear", ["o", "s2", "z2"], ["y"])),
        ["QDQ scale of zero"] = () => Model(13, g => Quantized(g).Constant("o", Tensor.Scalar(0f)).Input("x", "N", 3).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "o", "z1"], ["y"])),
        ["QDQ tiny scale"] = () => Model(13, g => Quantized(g).Constant("o", Tensor.Scalar(1e-30f)).Constant("qw", Bytes(3, 4, 5))
            .Input("x", "N", 4).Output("y").Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("DequantizeLinear", ["q", "s1", "z1"], ["d"]).Node("DequantizeLinear", ["qw", "o"], ["w"])
            .Node("MatMul", ["d", "w"], ["m"])
            .Node("QuantizeLinear", ["m", "o", "z1"], ["p"]).Node("DequantizeLinear", ["p", "o", "z1"], ["y"])),
    };
}
