using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>ONNX's operators of quantized models.</content>
internal static partial class ContributedModels
{
    private static readonly DataType s_u8 = DataType.UInt8;
    private static readonly DataType s_s8 = DataType.Int8;

    private static Dictionary<string, Func<byte[]>> Integers => new(StringComparer.Ordinal)
    {
        ["QLinearConv per channel with bias"] = () => Make(g => g.Scale("x", 0.02f, 120).Scale("y", 0.9f, 100)
            .Constant("w", Signed(1, 6, 3, 3, 3)).Constant("sw", Numbers(0.01f, 0.02f, 0.005f, 0.01f, 0.03f, 0.01f))
            .Constant("zw", Tensor.Of(new sbyte[6], 6)).Constant("b", Tensor.Of([100, -2000, 0, 7, 900, 40000], 6))
            .Input("x", s_u8, "N", 3, 7, 6).Output("y", s_u8, "N", 6, 4, 3)
            .Node("QLinearConv", ["x", "sx", "zx", "w", "sw", "zw", "sy", "zy", "b"], ["y"],
                ("pads", L(1, 1, 1, 1)), ("strides", L(2, 2)))),
        ["QLinearConv of int8"] = () => Make(g => g.Scale("x", 0.02f, -7, signed: true).Scale("w", 0.01f, 0, signed: true)
            .Scale("y", 0.8f, 3, signed: true).Constant("w", Signed(1, 4, 3, 2, 2)).Input("x", s_s8, "N", 3, 5, 5)
            .Output("y", s_s8, "N", 4, 4, 4).Node("QLinearConv", ["x", "sx", "zx", "w", "sw", "zw", "sy", "zy"], ["y"])),
        ["QLinearConv of uint8 weights in groups"] = () => Make(g => g.Scale("x", 0.02f, 3).Scale("w", 0.01f, 119).Scale("y", 0.5f, 128)
            .Constant("w", Unsigned(1, 4, 1, 3, 3)).Input("x", s_u8, "N", 4, 5, 5).Output("y", s_u8, "N", 4, 5, 5)
            .Node("QLinearConv", ["x", "sx", "zx", "w", "sw", "zw", "sy", "zy"], ["y"], ("group", 4), ("pads", L(1, 1, 1, 1)))),
        ["QLinearConv of one axis, chain"] = () => Make(g => g.Scale("x", 0.02f, 128).Scale("w", 0.01f, 0, signed: true)
            .Scale("y", 0.6f, 90).Constant("w", Signed(1, 5, 4, 3)).Constant("v", Signed(2, 3, 5, 1)).Input("x", "N", 4, 9)
            .Output("y", "N", 3, 7).Node("QuantizeLinear", ["x", "sx", "zx"], ["q"])
            .Node("QLinearConv", ["q", "sx", "zx", "w", "sw", "zw", "sy", "zy"], ["r"])
            .Node("QLinearConv", ["r", "sy", "zy", "v", "sw", "zw", "sy", "zy"], ["t"]).Node("DequantizeLinear", ["t", "sy", "zy"], ["y"])),
        ["QLinearMatMul by constant columns"] = () => Make(g => g.Scale("x", 0.02f, 120).Scale("y", 0.3f, 100)
            .Constant("w", Signed(1, 9, 4)).Constant("sw", Numbers(0.01f, 0.02f, 0.005f, 0.01f)).Constant("zw", Tensor.Of(new sbyte[4], 4))
            .Input("x", s_u8, "N", 3, 9).Output("y", s_u8, "N", 3, 4)
            .Node("QLinearMatMul", ["x", "sx", "zx", "w", "sw", "zw", "sy", "zy"], ["y"])),
        ["QLinearMatMul of two inputs"] = () => Make(g => g.Scale("a", 0.02f, 120).Scale("b", 0.03f, 20).Scale("y", 0.4f, 100)
            .Input("a", s_u8, "N", 3, 9).Input("b", s_u8, "N", 9, 4).Output("y", s_u8, "N", 3, 4)
            .Node("QLinearMatMul", ["a", "sa", "za", "b", "sb", "zb", "sy", "zy"], ["y"])),
        ["MatMulInteger by constant"] = () => Make(g => g.Constant("w", Signed(1, 9, 4)).Input("x", s_u8, "N", 3, 9)
            .Output("y", DataType.Int32, "N", 3, 4).Node("MatMulInteger", ["x", "w"], ["y"])),
        ["MatMulInteger by constant, deep, nine bits"] = () => Make(g => g.Constant("w", Unsigned(1, 700, 5))
            .Constant("zw", Tensor.Of(new byte[] { 0, 255, 128, 3, 200 }, 5)).Input("x", s_u8, "N", 700).Input("z", s_u8)
            .Output("y", DataType.Int32, "N", 5).Node("MatMulInteger", ["x", "w", "z", "zw"], ["y"])),
        ["MatMulInteger of int8 and constant zero"] = () => Make(g => g.Constant("w", Signed(1, 9, 4))
            .Constant("z", Tensor.Of([(sbyte)-5], [])).Input("x", s_s8, "N", 9).Output("y", DataType.Int32, "N", 4)
            .Node("MatMulInteger", ["x", "w", "z"], ["y"])),
        ["MatMulInteger of two inputs, deep"] = () => Make(g => g.Input("a", s_u8, "N", 2, 600).Input("b", s_u8, "N", 600, 3)
            .Input("za", s_u8).Input("zb", s_u8).Output("y", DataType.Int32, "N", 2, 3)
            .Node("MatMulInteger", ["a", "b", "za", "zb"], ["y"])),
        ["ConvInteger with a zero that the run knows"] = () => Make(g => g.Constant("w", Unsigned(1, 4, 3, 3, 3)).Scale("w", 1, 128)
            .Input("x", s_u8, "N", 3, 5, 6).Input("z", s_u8).Output("y", DataType.Int32, "N", 4, 3, 4)
            .Node("ConvInteger", ["x", "w", "z", "zw"], ["y"], ("pads", L(1, 0, 1, 2)), ("strides", L(2, 2)))),
        ["ConvInteger in groups, weights of nine bits"] = () => Make(g => g.Constant("w", Unsigned(1, 4, 2, 2, 2)).Scale("w", 1, 3)
            .Scale("x", 1, 77).Input("x", s_u8, "N", 4, 5, 5).Output("y", DataType.Int32, "N", 4, 6, 6)
            .Node("ConvInteger", ["x", "w", "zx", "zw"], ["y"], ("group", 2), ("pads", L(1, 1, 1, 1)))),
        ["DynamicQuantizeLinear"] = () => Make(g => g.Input("x", "N", 3, 5).Output("y", s_u8, "N", 3, 5).Output("s").Output("z", s_u8)
            .Node("DynamicQuantizeLinear", ["x"], ["y", "s", "z"])),
        ["DynamicQuantizeLinear of positive and of zeros"] = () => Make(g => g.Constant("c", Tensor.Scalar(0)).Input("x", "N", 7)
            .Output("y", s_u8, "N", 7).Output("s").Output("z", s_u8).Output("v", s_u8, "N", 7).Output("t").Node("Abs", ["x"], ["a"])
            .Node("DynamicQuantizeLinear", ["a"], ["y", "s", "z"]).Node("Mul", ["x", "c"], ["o"])
            .Node("DynamicQuantizeLinear", ["o"], ["v", "t", "u"])),
        ["DynamicQuantizeLinear to MatMulInteger"] = () => Make(g => g.Constant("w", Signed(1, 8, 6))
            .Scale("w", 0.01f, 0, signed: true).Constant("b", Values(2, 6)).Input("x", "N", 5, 8).Output("y", "N", 5, 6)
            .Node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]).Node("MatMulInteger", ["q", "w", "z", "zw"], ["i"])
            .Node("Cast", ["i"], ["f"], ("to", 1)).Node("Mul", ["s", "sw"], ["c"]).Node("Mul", ["f", "c"], ["m"])
            .Node("Add", ["m", "b"], ["y"])),
        ["DynamicQuantizeLinear to ConvInteger"] = () => Make(g => g.Constant("w", Signed(1, 4, 3, 3, 3))
            .Scale("w", 0.01f, 0, signed: true).Constant("b", Values(2, 1, 4, 1, 1)).Input("x", "N", 3, 6, 6).Output("y", "N", 4, 6, 6)
            .Node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"])
            .Node("ConvInteger", ["q", "w", "z", "zw"], ["i"], ("pads", L(1, 1, 1, 1)))
            .Node("Cast", ["i"], ["f"], ("to", 1)).Node("Mul", ["s", "sw"], ["c"]).Node("Mul", ["f", "c"], ["m"])
            .Node("Add", ["m", "b"], ["y"])),
        ["QuantizeLinear by a scale of the run"] = () => Make(g => g.Constant("c", Tensor.Scalar(0.05f)).Input("x", "N", 3, 5)
            .Input("k").Input("z", s_u8).Output("q", s_u8, "N", 3, 5).Output("y", "N", 3, 5).Node("Abs", ["k"], ["a"])
            .Node("Add", ["a", "c"], ["s"]).Node("QuantizeLinear", ["x", "s", "z"], ["q"])
            .Node("DequantizeLinear", ["q", "s", "z"], ["y"])),
        ["QuantizeLinear per axis by scales of the run"] = () => Make(g => g.Constant("c", Tensor.Scalar(0.05f)).Input("x", "N", 3, 5)
            .Input("k", 3).Input("z", s_s8, 3).Output("q", s_s8, "N", 3, 5).Output("y", "N", 3, 5).Node("Abs", ["k"], ["a"])
            .Node("Add", ["a", "c"], ["s"]).Node("QuantizeLinear", ["x", "s", "z"], ["q"], ("axis", -2))
            .Node("DequantizeLinear", ["q", "s", "z"], ["y"], ("axis", 1))),
        ["QuantizeLinear of 16 bits"] = () => Make(g => g.Constant("s", Tensor.Scalar(0.0002f))
            .Constant("z", Tensor.FromDoubles(DataType.UInt16, [30000], [])).Input("x", "N", 3, 5).Output("q", DataType.UInt16, "N", 3, 5)
            .Output("y", "N", 3, 5).Own("QuantizeLinear", ["x", "s", "z"], ["q"]).Own("DequantizeLinear", ["q", "s", "z"], ["y"])),
        ["DequantizeLinear of int32"] = () => Make(g => g.Constant("s", Numbers(0.5f, 2, 0.1f)).Input("x", DataType.Int32, "N", 3)
            .Output("y", "N", 3).Node("DequantizeLinear", ["x", "s"], ["y"])),
    };
}
