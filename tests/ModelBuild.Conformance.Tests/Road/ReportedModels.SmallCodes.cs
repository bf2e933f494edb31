using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Codes of fewer than eight bits, as quantizers of weights write them.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> SmallCodes => new(StringComparer.Ordinal)
    {
        ["four bits: unsigned, one scale, odd count"] = () => Model(21, g => g.Constant(Small("w", DataType.UInt4, 1, 5, 3))
            .Constant("s", Tensor.Scalar(0.1f)).Constant(Small("z", DataType.UInt4, [7])).Input("x", "N", 5).Output("y")
            .Node("DequantizeLinear", ["w", "s", "z"], ["d"]).Node("MatMul", ["x", "d"], ["y"])),
        ["four bits: a scale per output, of a Constant node"] = () => Model(21, g => g.Constant("s", Absolute(2, 4))
            .Input("x", "N", 7).Output("y").Node("Constant", [], ["w"], ("value", SmallTensor(DataType.Int4, 1, 4, 7)))
            .Node("DequantizeLinear", ["w", "s"], ["d"], ("axis", 0)).Node("Gemm", ["x", "d"], ["y"], ("transB", 1))),
        ["four bits: blocks along the first axis, the last one cut off"] = () => Model(21, g => g
            .Constant(Small("w", DataType.Int4, 1, 40, 6)).Constant("s", Absolute(2, 3, 6)).Input("x", "N", 40).Output("y")
            .Node("DequantizeLinear", ["w", "s"], ["d"], ("axis", 0), ("block_size", 16)).Node("MatMul", ["x", "d"], ["y"])),
        ["four bits: blocks along the last axis with zero points"] = () => Model(21, g => g
            .Constant(Small("w", DataType.UInt4, 1, 5, 64)).Constant("s", Absolute(2, 5, 2)).Constant(Small("z", DataType.UInt4, 3, 5, 2))
            .Constant("b", Values(4, 5)).Input("x", "N", 64).Output("y")
            .Node("DequantizeLinear", ["w", "s", "z"], ["d"], ("axis", -1), ("block_size", 32))
            .Node("Gemm", ["x", "d", "b"], ["y"], ("transB", 1))),
        ["four bits: turned as codes, numbers in int32_data"] = () => Model(21, g => g
            .Constant(Numbers("w", 22, [3, 3], 0x21, 0xF3, 0x8C, 0x75, 0x0B)).Constant("s", Tensor.Of([0.1f, 0.2f, 0.05f], 3))
            .Input("x", "N", 3).Output("y").Node("Transpose", ["w"], ["t"]).Node("DequantizeLinear", ["t", "s"], ["d"], ("axis", 1))
            .Node("MatMul", ["x", "d"], ["y"])),
        ["four bits: convolution"] = () => Model(21, g => g.Constant(Small("w", DataType.Int4, 1, 3, 3, 3, 3)).Constant("s", Absolute(2, 3))
            .Input("x", "N", 3, 6, 6).Output("y").Node("DequantizeLinear", ["w", "s"], ["d"], ("axis", 0)).Node("Conv", ["x", "d"], ["y"])),
        ["four bits: activations of sixteen steps"] = () => Model(21, g => g.Constant("s", Tensor.Scalar(0.15f))
            .Constant(Small("z", DataType.UInt4, [8])).Constant(Small("k", DataType.Int4, [0])).Constant("w", Values(1, 6, 4))
            .Input("x", "N", 6).Output("y").Output("v").Node("QuantizeLinear", ["x", "s", "z"], ["q"])
            .Node("DequantizeLinear", ["q", "s", "z"], ["d"]).Node("MatMul", ["d", "w"], ["y"])
            .Node("QuantizeLinear", ["x", "s", "k"], ["p"]).Node("DequantizeLinear", ["p", "s"], ["v"])),
        ["four bits: a table of rows in blocks"] = () => Model(21, g => g.Constant(Small("w", DataType.UInt4, 1, 9, 32))
            .Constant("s", Absolute(2, 9, 2)).Constant(Small("z", DataType.UInt4, 3, 9, 2)).Input("i", DataType.Int64, "N", 3).Output("y")
            .Node("DequantizeLinear", ["w", "s", "z"], ["d"], ("axis", 1), ("block_size", 16)).Node("Gather", ["d", "i"], ["y"])),
        ["four bits: read in a branch"] = () => Model(21, g => g.Constant(Small("w", DataType.Int4, 1, 4, 4))
            .Constant("s", Tensor.Scalar(0.1f)).Input("x", "N", 4).Input("c", DataType.Bool).Output("y", "N", 4).Node("If", ["c"], ["y"],
                ("then_branch", new OnnxGraph().Output("t", "N", 4).Node("DequantizeLinear", ["w", "s"], ["d"])
                    .Node("MatMul", ["x", "d"], ["t"])),
                ("else_branch", new OnnxGraph().Output("e", "N", 4).Node("Neg", ["x"], ["e"])))),
    };

    private static ProtoMessage Small(string name, DataType type, int seed, params long[] shape)
    {
        Tensor tensor = SmallTensor(type, seed, shape);
        return OnnxGraph.TensorMessage(name, type, shape, tensor.Data.Span);
    }

    /// <summary>A scalar.</summary>
    private static ProtoMessage Small(string name, DataType type, byte[] code) => OnnxGraph.TensorMessage(name, type, [], code);

    /// <summary>Two codes in a byte.</summary>
    private static Tensor SmallTensor(DataType type, int seed, params long[] shape)
    {
        var random = new Random(seed);
        var packed = new byte[(shape.Aggregate(1L, (a, b) => a * b) + 1) / 2];
        random.NextBytes(packed);
        return new Tensor(type, shape, packed);
    }
}
