using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>What was refused for long though ONNX Runtime runs it.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Refused => new(StringComparer.Ordinal)
    {
        ["dft along an axis that data decides"] = () => Model(20, g => g.Input("x", 2, 5, 4, 1).Input("a", DataType.Int64)
            .Output("y").Node("DFT", ["x", "", "a"], ["y"])),
        ["dft one-sided along an axis that data decides, and back"] = () => Model(20, g => g.Input("x", 2, 6, 4, 1)
            .Input("a", DataType.Int64).Constant("n", Tensor.Of([6L], [])).Output("y").Output("z")
            .Node("DFT", ["x", "n", "a"], ["y"], ("onesided", 1)).Node("DFT", ["y", "", "a"], ["z"], ("inverse", 1))),
        ["sums over as many axes as data says"] = () => Model(18, g => g.Input("x", 2, 3, 4).Input("m", DataType.Int64, 3).Output("y")
            .Output("z").Integers("flat", -1).Node("NonZero", ["m"], ["n"]).Node("Reshape", ["n", "flat"], ["a"])
            .Node("ReduceSum", ["x", "a"], ["y"]).Node("ReduceMax", ["x", "a"], ["z"], ("noop_with_empty_axes", 1))),
        ["shrink of integers"] = () => Model(9, g => g.Input("x", DataType.Int8, "N", 9).Input("u", DataType.UInt8, "N", 9)
            .Input("i", DataType.Int32, "N", 9).Constant("k", Tensor.Of([-7, 3, 9, -2, 1, 0, 100, -100, 5], 9))
            .Output("y", DataType.Int8, "N", 9).Output("v", DataType.UInt8, "N", 9).Output("j", DataType.Int32, "N", 9)
            .Node("Shrink", ["x"], ["y"], ("lambd", 1.5f), ("bias", 1.5f)).Node("Shrink", ["u"], ["v"], ("lambd", 20f), ("bias", 2.7f))
            .Node("Mul", ["i", "k"], ["ik"]).Node("Shrink", ["ik"], ["j"], ("bias", 0.4f))),
        ["activations with factors as by ONNX's first operators"] = () => Model(7, g => g.Input("x", "N", 7).Output("y").Output("z")
            .Node("ScaledTanh", ["x"], ["y"], ("alpha", 1.7f), ("beta", 0.6f))
            .Node("ParametricSoftplus", ["x"], ["z"], ("alpha", 0.8f), ("beta", 1.3f))),
        ["weights of which only some are written"] = () => Model(13, g => g
            .Sparse("w", Tensor.Of([0.5f, -1, 2], 3), Tensor.Of([1L, 4, 11], 3), 4, 3).Input("x", "N", 4).Output("y")
            .Node("MatMul", ["x", "w"], ["m"]).Node("Constant", [], ["c"], ("sparse_value", new ProtoMessage().Text(1, "sparse_value")
                .Message(22, OnnxGraph.SparseMessage(string.Empty, Tensor.Of([3f, -4], 2), Tensor.Of([0L, 1, 1, 2], 2, 2), 2, 3))
                .Int(20, 11)))
            .Integers("o", 0).Node("ReduceSum", ["c", "o"], ["s"]).Node("Add", ["m", "s"], ["y"])),
    };
}
