using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Scales of dead channels, and files that are unusual but allowed.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Unusual => new(StringComparer.Ordinal)
    {
        ["truth that is not 1"] = () => Model(13, g => g
            .Constant(OnnxGraph.TensorMessage("c", DataType.Bool, [4], [2, 0, 255, 1])).Input("x", DataType.Bool, "N", 4).Input("a", "N", 4)
            .Output("y", DataType.Bool).Output("z").Node("Xor", ["x", "c"], ["y"]).Node("Cast", ["c"], ["f"], ("to", 1))
            .Node("Add", ["a", "f"], ["z"])),
        ["QDQ zero scale of one channel of weights"] = () => QdqConv(13, g => g
            .Constant("ws", Tensor.Of([0.01f, 0, 0.02f, 0.005f], 4)), ["ws"], [("axis", 0)]),
        ["QDQ zero scale of all weights"] = () => QdqConv(13, g => g.Constant("ws", Tensor.Scalar(0f)), ["ws"], []),
        ["QDQ zero scale of one bias"] = () => QdqConv(13, g => Bias(g
            .Constant("ws", Tensor.Scalar(0.01f)), Tensor.Of([0.05f, 0, 0.02f, 0.5f], 4)), ["ws"], [("axis", 0)], "dk"),
        ["QDQ zero scale of weights and bias of a channel"] = () => QdqConv(13, g => Bias(g
            .Constant("ws", Tensor.Of([0.01f, 0, 0.02f, 0.005f], 4)), Tensor.Of([0.0002f, 0, 0.0004f, 0.0001f], 4)), ["ws"], [("axis", 0)],
            "dk"),
        ["QDQ zero scale where weights are quantized in the model"] = () => Model(13, g => Quantized(g).Constant("w", Values(1, 4, 5))
            .Constant("ws", Tensor.Of([0.01f, 0, 0.008f, 0.0079f, 1], 5)).Constant("wz", Tensor.Of(new sbyte[5], 5)).Input("x", "N", 4)
            .Output("y")
            .Node("QuantizeLinear", ["w", "ws", "wz"], ["qw"]).Node("DequantizeLinear", ["qw", "ws", "wz"], ["dw"])
                .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
                .Node("MatMul", ["d", "dw"], ["m"])
            .Node("QuantizeLinear", ["m", "s3", "z1"], ["o"]).Node("DequantizeLinear", ["o", "s3", "z1"], ["y"])),
        ["QDQ zero scale of the input"] = () => Model(13, g => Quantized(g).Constant("o", Tensor.Scalar(0f)).Constant("w", Values(1, 3, 2))
            .Input("x", "N", 3).Output("y").Node("QuantizeLinear", ["x", "o", "z1"], ["q"])
            .Node("DequantizeLinear", ["q", "o", "z1"], ["d"]).Node("MatMul", ["d", "w"], ["y"])),
        ["QDQ scale infinite"] = () => QdqConv(13, g => g
            .Constant("ws", Tensor.Of([0.01f, float.PositiveInfinity, 0.02f, 0.005f], 4)), ["ws"], [("axis", 0)]),
        ["file: dimension of -1"] = () => Model(13, g => g.Input("x", -1, 3).Output("y", -1, 3).Node("Relu", ["x"], ["y"])),
        ["file: batch named as a keyword"] = () => Model(13, g => g.Input("x", "class", 3).Output("y", "class", 3)
            .Node("Relu", ["x"], ["y"])),
        ["file: batch named as the input"] = () => Model(13, g => g.Input("x", "x", 3).Output("y", "x", 3).Node("Relu", ["x"], ["y"])),
        ["file: batch named with spaces and signs"] = () => Model(13, g => g.Input("x", "batch size*2+1", 3).Output("y", "unk__7", 3)
            .Node("Relu", ["x"], ["y"])),
        ["file: batch named by nothing, by a number"] = () => Model(13, g => g.Input("x", "", 3).Input("z", "1", 3).Output("y", null, 3)
            .Output("v", "?", 3).Node("Relu", ["x"], ["y"]).Node("Tanh", ["z"], ["v"])),
        ["file: domain ai.onnx"] = () => new OnnxGraph().Input("x", "N", 3).Output("y", "N", 3)
            .Node("ai.onnx", "Relu", "r", ["x"], ["y"]).ToModel(13),
        ["file: nodes out of order"] = () => Model(13, g => g.Input("x", "N", 3).Output("y", "N", 3).Node("Tanh", ["r"], ["y"])
            .Node("Relu", ["x"], ["r"])),
        ["file: unsupported node that nothing reads"] = () => Model(13, g => g.Input("x", "N", 3).Output("y", "N", 3)
            .Node("Relu", ["x"], ["y"]).Node("Erf", ["y"], ["e"])),
        ["file: attribute fields out of order"] = () => Model(13, g => g.Constant("w", Values(1, 4, 5)).Input("x", "N", 5)
            .Output("y", "N", 4).Node("Gemm", ["x", "w"], ["y"], ("transB", new ProtoMessage().Int(20, 2).Int(3, 1).Text(1, "transB")),
            ("alpha", new ProtoMessage().Text(1, "alpha").Float(2, 0.5f).Int(20, 1)))),
        ["file: ints of an attribute packed"] = () => Model(13, g => g.Input("x", "N", 3, 4).Output("y", "N", 4, 3)
            .Node("Transpose", ["x"], ["y"], ("perm", new ProtoMessage().Text(1, "perm").Bytes(8, [0, 2, 1]).Int(20, 7)))),
        ["file: trailing empty inputs and outputs"] = () => Model(13, g => g.Input("x", "N", 3, 4, 4).Constant("w", Values(1, 2, 3, 1, 1))
            .Output("y").Node("Conv", ["x", "w", ""], ["c"]).Node("Dropout", ["c", "", ""], ["d", ""])
            .Node("MaxPool", ["d"], ["y", ""], ("kernel_shape", Two(2)))),
        ["file: same constant under two names, same name as a node"] = () => Model(13, g => g.Constant("w", Values(1, 3, 3))
            .Constant("v", Values(1, 3, 3)).Input("x", "N", 3).Output("y").Node("MatMul", "w", ["x", "w"], ["m"])
            .Node("MatMul", "x", ["m", "v"], ["n"]).Node("Add", "y", ["n", "m"], ["y"])),
        ["file: names that differ in signs only"] = () => Model(13, g => g.Input("a.b", "N", 3).Input("a_b", "N", 3).Input("a/b", "N", 3)
            .Output("a:b", "N", 3).Output("a-b", "N", 3).Output("A_B", "N", 3).Node("Add", ["a.b", "a_b"], ["a:b"])
            .Node("Mul", ["a/b", "a.b"], ["a-b"]).Node("Sub", ["a_b", "a/b"], ["A_B"])),
        ["file: names of signs, quotes and lines"] = () => Model(13, g => g.Input("\"", "N", 3).Input("\\\n{0}", "N", 3)
            .Output("///", "N", 3).Output("日本", "N", 3).Node("Add", "*/ x", ["\"", "\\\n{0}"], ["///"])
            .Node("Relu", "\u2028", ["\""], ["日本"])),
        ["file: one input, identity, two outputs and a constant"] = () => Model(13, g => g.Constant("k", Values(1, 2)).Input("x", "N", 3)
            .Output("y").Output("z").Output("c", 2).Node("Identity", ["x"], ["y"]).Node("Identity", ["y"], ["z"])
            .Node("Identity", ["k"], ["c"])),
        ["file: opset 25 and 26"] = () => Model(25, g => g.Constant("w", Values(1, 4, 3, 3, 3)).Integers("s", 0, -1)
            .Input("x", "N", 3, 5, 5).Output("y").Node("Conv", ["x", "w"], ["c"]).Node("HardSwish", ["c"], ["h"])
            .Node("Reshape", ["h", "s"], ["r"]).Node("Softmax", ["r"], ["y"])),
    };
}
