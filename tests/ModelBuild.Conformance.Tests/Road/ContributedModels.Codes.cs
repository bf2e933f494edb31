using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>ONNX Runtime's own operators of quantized models.</content>
internal static partial class ContributedModels
{
    private static Dictionary<string, Func<byte[]>> Codes => new(StringComparer.Ordinal)
    {
        ["QLinearAdd"] = () => Make(g => Pair(g).Own("QLinearAdd", ["a", "sa", "za", "b", "sb", "zb", "sy", "zy"], ["y"])),
        ["QLinearAdd of a row, int8"] = () => Make(g => g.Scale("a", 0.02f, 7, signed: true)
            .Constant("r", Signed(1, 5)).Input("a", s_s8, "N", 3, 5).Output("y", s_s8, "N", 3, 5)
            .Own("QLinearAdd", ["a", "sa", "za", "r", "sa", "za", "sa", "za"], ["y"])),
        ["QLinearMul"] = () => Make(g => Pair(g).Own("QLinearMul", ["a", "sa", "za", "b", "sb", "zb", "sy", "zy"], ["y"])),
        ["QLinearSigmoid"] = () => Make(g => g.Scale("x", 0.03f, 120).Scale("y", 1 / 255f, 0).Input("x", s_u8, "N", 40)
            .Output("y", s_u8, "N", 40).Own("QLinearSigmoid", ["x", "sx", "zx", "sy", "zy"], ["y"])),
        ["QLinearLeakyRelu of int8"] = () => Make(g => g.Scale("x", 0.03f, -3, signed: true).Scale("y", 0.02f, -90, signed: true)
            .Input("x", s_s8, "N", 40).Output("y", s_s8, "N", 40)
            .Own("QLinearLeakyRelu", ["x", "sx", "zx", "sy", "zy"], ["y"], ("alpha", 0.1f))),
        ["QLinearSoftmax"] = () => Make(g => g.Scale("x", 0.03f, 120).Scale("y", 1 / 256f, 0).Input("x", s_u8, "N", 3, 7)
            .Output("y", s_u8, "N", 3, 7).Own("QLinearSoftmax", ["x", "sx", "zx", "sy", "zy"], ["y"], ("axis", -1), ("opset", 13))),
        ["QLinearSoftmax of opset 12"] = () => Make(g => g.Scale("x", 0.03f, 120).Scale("y", 1 / 256f, 0).Input("x", s_u8, "N", 3, 7)
            .Output("y", s_u8, "N", 3, 7).Own("QLinearSoftmax", ["x", "sx", "zx", "sy", "zy"], ["y"], ("axis", 1), ("opset", 12))),
        ["QLinearWhere"] = () => Make(g => g.Scale("a", 0.02f, 120).Scale("b", 0.03f, 20).Scale("y", 0.04f, 100)
            .Input("c", DataType.Bool, "N", 3, 5).Input("a", s_u8, "N", 3, 5).Input("b", s_u8, "N", 3, 5).Output("y", s_u8, "N", 3, 5)
            .Own("QLinearWhere", ["c", "a", "sa", "za", "b", "sb", "zb", "sy", "zy"], ["y"])),
        ["QLinearAveragePool"] = () => Make(g => g.Scale("x", 0.02f, 120).Scale("y", 0.015f, 90).Input("x", s_u8, "N", 3, 6, 6)
            .Output("y", s_u8, "N", 3, 3, 3).Own("QLinearAveragePool", ["x", "sx", "zx", "sy", "zy"], ["y"],
                ("kernel_shape", L(3, 3)), ("strides", L(2, 2)), ("pads", L(1, 1, 1, 1)))),
        ["QLinearAveragePool channels last, padding counted"] = () => Make(g => g.Scale("x", 0.02f, 120).Scale("y", 0.015f, 90)
            .Input("x", s_u8, "N", 6, 6, 3).Output("y", s_u8, "N", 3, 3, 3).Own("QLinearAveragePool", ["x", "sx", "zx", "sy", "zy"], ["y"],
                ("kernel_shape", L(3, 3)), ("strides", L(2, 2)), ("pads", L(1, 1, 1, 1)), ("channels_last", 1), ("count_include_pad", 1))),
        ["QLinearGlobalAveragePool"] = () => Make(g => g.Scale("x", 0.02f, 120).Scale("y", 0.002f, 90).Input("x", s_u8, "N", 3, 6, 6)
            .Output("y", s_u8, "N", 3, 1, 1).Own("QLinearGlobalAveragePool", ["x", "sx", "zx", "sy", "zy"], ["y"])),
        ["QLinearGlobalAveragePool channels last, int8"] = () => Make(g => g.Scale("x", 0.02f, 4, signed: true)
            .Scale("y", 0.002f, -9, signed: true).Input("x", s_s8, "N", 6, 6, 3).Output("y", s_s8, "N", 1, 1, 3)
            .Own("QLinearGlobalAveragePool", ["x", "sx", "zx", "sy", "zy"], ["y"], ("channels_last", 1))),
        ["QLinearConcat"] = () => Make(g => g.Scale("a", 0.02f, 120).Scale("b", 0.03f, 20).Scale("y", 0.04f, 100)
            .Input("a", s_u8, "N", 3, 5).Input("b", s_u8, "N", 2, 5).Output("y", s_u8, "N", 5, 5)
            .Own("QLinearConcat", ["sy", "zy", "a", "sa", "za", "b", "sb", "zb"], ["y"], ("axis", 1))),
        ["QLinearConv channels last"] = () => Make(g => g.Scale("x", 0.02f, 120).Scale("w", 0.01f, 0, signed: true).Scale("y", 0.9f, 100)
            .Constant("w", Signed(1, 6, 3, 3, 3)).Input("x", s_u8, "N", 7, 6, 3).Output("y", s_u8, "N", 5, 4, 6)
            .Own("QLinearConv", ["x", "sx", "zx", "w", "sw", "zw", "sy", "zy"], ["y"], ("channels_last", 1))),
        ["NhwcMaxPool"] = () => Make(g => g.Input("x", s_s8, "N", 6, 6, 3).Output("y", s_s8, "N", 3, 3, 3)
            .Own("NhwcMaxPool", ["x"], ["y"], ("kernel_shape", L(2, 2)), ("strides", L(2, 2)))),
        ["QGemm with bias, transposed, per column"] = () => Make(g => g.Scale("x", 0.02f, 120).Scale("y", 0.4f, 100)
            .Constant("w", Signed(1, 5, 9)).Constant("sw", Numbers(0.01f, 0.02f, 0.005f, 0.01f, 0.03f))
            .Constant("zw", Tensor.Of(new sbyte[5], 5)).Constant("c", Tensor.Of([100, -2000, 0, 7, 900], 5))
            .Input("x", s_u8, "N", 9).Output("y", s_u8, "N", 5)
            .Own("QGemm", ["x", "sx", "zx", "w", "sw", "zw", "c", "sy", "zy"], ["y"], ("transB", 1))),
        ["QGemm to floats, alpha"] = () => Make(g => g.Scale("x", 0.02f, 120).Scale("w", 0.01f, 131)
            .Constant("w", Unsigned(1, 9, 5)).Constant("c", Tensor.Of([100, -2000, 0, 7, 900], 5)).Input("x", s_u8, "N", 9)
            .Output("y", "N", 5).Own("QGemm", ["x", "sx", "zx", "w", "sw", "zw", "c"], ["y"], ("alpha", 0.5f))),
        ["MatMulIntegerToFloat"] = () => Make(g => g.Scale("x", 0.02f, 120).Constant("w", Signed(1, 9, 4))
            .Constant("sw", Numbers(0.01f, 0.02f, 0.005f, 0.01f)).Constant("zw", Tensor.Of(new sbyte[4], 4)).Constant("b", Values(2, 4))
            .Input("x", s_u8, "N", 3, 9).Output("y", "N", 3, 4)
            .Own("MatMulIntegerToFloat", ["x", "w", "sx", "sw", "zx", "zw", "b"], ["y"])),
        ["MatMulIntegerToFloat without zero points"] = () => Make(g => g.Scale("x", 0.02f, 0).Constant("w", Signed(1, 9, 4))
            .Input("x", s_u8, "N", 3, 9).Output("y", "N", 3, 4).Own("MatMulIntegerToFloat", ["x", "w", "sx", "sx"], ["y"])),
        ["DynamicQuantizeMatMul"] = () => Make(g => g.Scale("w", 0.01f, 3, signed: true).Constant("w", Signed(1, 9, 4))
            .Constant("b", Values(2, 4)).Input("x", "N", 5, 9).Output("y", "N", 5, 4)
            .Own("DynamicQuantizeMatMul", ["x", "w", "sw", "zw", "b"], ["y"])),
        ["MatMulNBits of 4 bits"] = () => Make(g => Blocks(g, 40, 6, 32, 4).Input("x", "N", 3, 40).Output("y", "N", 3, 6)
            .Own("MatMulNBits", ["x", "w", "s"], ["y"], ("K", 40), ("N", 6), ("bits", 4), ("block_size", 32))),
        ["MatMulNBits of 4 bits with zero points and bias"] = () => Make(g => Blocks(g, 70, 5, 16, 4).Constant("b", Values(8, 5))
            .Input("x", "N", 70).Output("y", "N", 5)
            .Own("MatMulNBits", ["x", "w", "s", "z", "", "b"], ["y"], ("K", 70), ("N", 5), ("bits", 4), ("block_size", 16))),
        ["MatMulNBits of 8 bits"] = () => Make(g => Blocks(g, 40, 6, 32, 8).Input("x", "N", 40).Output("y", "N", 6)
            .Own("MatMulNBits", ["x", "w", "s", "z"], ["y"], ("K", 40), ("N", 6), ("bits", 8), ("block_size", 32))),
        ["MatMulNBits of 2 bits"] = () => Make(g => Blocks(g, 40, 6, 16, 2).Input("x", "N", 40).Output("y", "N", 6)
            .Own("MatMulNBits", ["x", "w", "s"], ["y"], ("K", 40), ("N", 6), ("bits", 2), ("block_size", 16))),
        ["MatMulNBits of 2 bits with zero points"] = () => Make(g => Blocks(g, 70, 5, 16, 2).Input("x", "N", 3, 70).Output("y", "N", 3, 5)
            .Own("MatMulNBits", ["x", "w", "s", "z"], ["y"], ("K", 70), ("N", 5), ("bits", 2), ("block_size", 16))),
        ["MatMulNBits of 4 bits with zero points that are floats"] = () => Make(g => Blocks(g, 64, 5, 16, 4).Constant("f", Values(9, 5, 4))
            .Input("x", "N", 64).Output("y", "N", 5)
            .Own("MatMulNBits", ["x", "w", "s", "f"], ["y"], ("K", 64), ("N", 5), ("bits", 4), ("block_size", 16))),
        ["MatMulNBits of 8 bits without zero points"] = () => Make(g => Blocks(g, 64, 6, 32, 8).Input("x", "N", 64).Output("y", "N", 6)
            .Own("MatMulNBits", ["x", "w", "s"], ["y"], ("K", 64), ("N", 6), ("bits", 8), ("block_size", 32))),
        ["DynamicQuantizeLSTM"] = () => Make(g => g.Constant("w", Signed(1, 1, 5, 12)).Constant("r", Signed(2, 1, 3, 12))
            .Constant("sw", Numbers(0.005f)).Constant("zw", Tensor.Of(new sbyte[1], 1)).Constant("b", Values(3, 1, 24))
            .Input("x", 4, 2, 5).Output("y", 4, 1, 2, 3).Output("h", 1, 2, 3)
            .Own("DynamicQuantizeLSTM", ["x", "w", "r", "b", "", "", "", "", "sw", "zw", "sw", "zw"], ["y", "h"], ("hidden_size", 3))),
        ["QAttention"] = () => Make(g => g.Scale("x", 0.02f, 120).Scale("w", 0.01f, 0, signed: true).Constant("w", Signed(1, 8, 24))
            .Constant("b", Values(2, 24)).Input("x", s_u8, "N", 5, 8).Input("m", DataType.Int32, "N", 5).Output("y", "N", 5, 8)
            .Own("QAttention", ["x", "w", "b", "sx", "sw", "m", "zx", "zw"], ["y"], ("num_heads", 2))),
    };

    private static OnnxGraph Pair(OnnxGraph graph) => graph.Scale("a", 0.02f, 120).Scale("b", 0.03f, 20).Scale("y", 0.05f, 100)
        .Input("a", s_u8, "N", 3, 5).Input("b", s_u8, "N", 3, 5).Output("y", s_u8, "N", 3, 5);

    /// <summary>A matrix in blocks: codes, scales and packed zero points.</summary>
    private static OnnxGraph Blocks(OnnxGraph graph, long inner, long columns, long size, long bits)
    {
        long blocks = (inner + size - 1) / size;
        return graph.Constant("w", Unsigned(1, columns, blocks, size * bits / 8)).Constant("s", Values(2, columns * blocks))
            .Constant("z", Unsigned(3, columns * (((blocks * bits) + 7) / 8)));
    }
}
