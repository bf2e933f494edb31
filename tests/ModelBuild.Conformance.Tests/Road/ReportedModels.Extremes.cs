using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Extreme numbers.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Extremes => new(StringComparer.Ordinal)
    {
        ["extreme: QDQ scale of 1e-40"] = () => Qdq("Relu", 1e-40f, 3, 1e-40f, 3),
        ["extreme: QDQ scale of 1e37"] = () => Qdq("LeakyRelu", 1e37f, 3, 2e37f, 3),
        ["extreme: QDQ zero scale of a quantized input"] = () => Model(13, g => Quantized(g).Constant("o", Tensor.Scalar(0f))
            .Constant("w", Values(1, 4, 5)).Input("x", DataType.UInt8, "N", 4).Output("y").Node("DequantizeLinear", ["x", "o", "z1"], ["d"])
            .Node("MatMul", ["d", "w"], ["y"])),
        ["extreme: QDQ scales computed in the model"] = () => Model(13, g => Quantized(g).Constant("zf", Tensor.Of([7L], 1))
            .Input("x", "N", 4).Output("y").Node("Mul", ["s2", "s3"], ["sc"]).Node("Cast", ["zf"], ["zc"], ("to", 2))
            .Node("Constant", [], ["sd"], ("value_float", 0.05f))
            .Node("QuantizeLinear", ["x", "sd", "zc"], ["q"]).Node("DequantizeLinear", ["q", "sd", "zc"], ["d"])
                .Node("Mul", ["d", "sc"], ["y"])),
        ["extreme: QDQ scale by an input"] = () => Model(13, g => Quantized(g).Input("x", "N", 4).Input("s").Output("y")
            .Node("QuantizeLinear", ["x", "s", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s", "z1"], ["y"])),
        ["extreme: QDQ int16 activations"] = () => Model(21, g => Scales(g).Constant("z", Tensor.FromInt64s(DataType.Int16, [0], []))
            .Input("x", "N", 4).Output("y").Node("QuantizeLinear", ["x", "s1", "z"], ["q"])
            .Node("DequantizeLinear", ["q", "s1", "z"], ["y"])),
        ["extreme: values of 1e30"] = () => Model(13, g => g.Constant("k", Tensor.Scalar(1e30f)).Constant("w", Values(1, 4, 5))
            .Constant("i", Tensor.Scalar(1e-30f)).Input("x", "N", 4).Output("y").Node("Mul", ["x", "k"], ["m"])
            .Node("MatMul", ["m", "w"], ["p"]).Node("Relu", ["p"], ["r"]).Node("Mul", ["r", "i"], ["y"])),
        ["extreme: values of 1e-30"] = () => Model(13, g => g.Constant("k", Tensor.Scalar(1e-30f)).Constant("w", Values(1, 4, 5))
            .Constant("i", Tensor.Scalar(1e30f)).Input("x", "N", 4).Output("y").Node("Mul", ["x", "k"], ["m"])
            .Node("MatMul", ["m", "w"], ["p"]).Node("Mul", ["p", "i"], ["y"])),
        ["extreme: clip to one number after conv"] = () => Model(13, g => g.Constant("k", Tensor.Scalar(0.25f))
            .Constant("w", Values(1, 4, 3, 3, 3)).Constant("u", Values(2, 2, 4, 1, 1)).Input("x", "N", 3, 5, 5).Output("y")
            .Node("Conv", ["x", "w"], ["c"]).Node("Clip", ["c", "k", "k"], ["r"]).Node("Conv", ["r", "u"], ["y"])),
        ["extreme: leaky relu of slopes above one and below zero"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 3, 3))
            .Input("x", "N", 3, 5, 5).Output("y").Output("z").Node("Conv", ["x", "w"], ["c"])
            .Node("LeakyRelu", ["c"], ["y"], ("alpha", 2.5f)).Node("Conv", ["x", "w"], ["d"])
            .Node("LeakyRelu", ["d"], ["z"], ("alpha", -0.5f))),
        ["extreme: hard sigmoid falling"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 3, 3)).Input("x", "N", 3, 5, 5).Output("y")
            .Node("Conv", ["x", "w"], ["c"]).Node("HardSigmoid", ["c"], ["y"], ("alpha", -0.5f), ("beta", 0.9f))),
        ["extreme: softmax of one class and of large logits"] = () => Model(13, g => g.Constant("k", Tensor.Scalar(500f))
            .Input("x", "N", 5, 1).Output("y").Output("z").Node("Softmax", ["x"], ["y"]).Node("Mul", ["x", "k"], ["m"])
            .Node("LogSoftmax", ["m"], ["z"], ("axis", 1))),
        ["extreme: negative pad between convs"] = () => Model(13, g => g.Integers("p", 0, -1, -1, 2, 0, 0, 1, -1)
            .Constant("w", Values(1, 4, 3, 3, 3)).Constant("u", Values(2, 2, 3, 2, 2)).Input("x", "N", 3, 7, 7).Output("y")
            .Node("Conv", ["x", "w"], ["c"]).Node("Pad", ["c", "p"], ["q"]).Node("Conv", ["q", "u"], ["y"])),
        ["extreme: pools and convs of stride beyond the input"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 2, 2))
            .Input("x", "N", 3, 5, 5).Output("y").Node("MaxPool", ["x"], ["m"], ("kernel_shape", Two(1)), ("strides", Two(3)))
            .Node("Conv", ["m", "w"], ["y"], ("strides", Two(9)), ("pads", L(0, 0, 1, 1)))),
        ["extreme: average pool with pads of unequal sides"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 1, 1))
            .Input("x", "N", 3, 5, 6).Output("y").Output("z").Node("Conv", ["x", "w"], ["c"])
            .Node("AveragePool", ["c"], ["y"], ("kernel_shape", L(3, 2)), ("pads", L(2, 0, 1, 1)), ("count_include_pad", 1))
            .Node("AveragePool", ["c"], ["z"], ("kernel_shape", L(3, 2)), ("pads", L(2, 0, 1, 1)))),
        ["extreme: int32 and int64 tensors computed at run"] = () => Model(13, g => g.Integers("k", 3).Input("x", DataType.Int64, "N", 3)
            .Output("y", DataType.Int64, "N", 3).Node("Mul", ["x", "k"], ["y"])),
    };
}
