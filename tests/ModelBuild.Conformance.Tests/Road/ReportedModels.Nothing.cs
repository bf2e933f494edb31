using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Tensors of no elements inside of products, and elements that might have been dropped.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Nothing => new(StringComparer.Ordinal)
    {
        ["product over nothing"] = () => Emptied(1, g => g.Constant("w", Values(1, 0, 3)).Input("x", "N", 4)
            .Node("MatMul", ["e", "w"], ["m"]).Node("Add", ["m", "x3"], ["y"]).Constant("x3", Values(2, 3))),
        ["product over nothing of what the run knows"] = () => Emptied(2, g => g.Input("x", "N", 2, 4).Input("v", "N", 4, 3)
            .Integers("a1", 1).Node("Slice", ["v", "i1", "i1", "a1"], ["f"]).Node("MatMul", ["e", "f"], ["y"])),
        ["gemm over nothing, and what is added"] = () => Emptied(1, g => g.Constant("w", Values(1, 3, 0)).Constant("b", Values(2, 3))
            .Input("x", "N", 4).Node("Gemm", ["e", "w", "b"], ["y"], ("transB", 1))),
        ["dropout whose mode an input gives"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3)).Constant("r", Tensor.Scalar(0.5f))
            .Input("x", "N", 4).Input("t", DataType.Bool).Output("y").Output("k", DataType.Bool).Node("MatMul", ["x", "w"], ["m"])
            .Node("Dropout", ["m", "r", "t"], ["y", "k"])),
        ["dropout whose mode an input gives, of nothing"] = () => Model(13, g => g.Constant("r", Tensor.Scalar(0))
            .Input("x", "N", 4).Input("t", DataType.Bool, 1).Output("y").Constant("flat", Tensor.Of(Array.Empty<long>(), 0))
            .Node("Reshape", ["t", "flat"], ["f"]).Node("Dropout", ["x", "r", "f"], ["d"]).Node("Exp", ["d"], ["y"])),
        ["dropout by constants: no training"] = () => Model(13, g => g.Constant("r", Tensor.Scalar(0.5f))
            .Constant("t", Tensor.FromDoubles(DataType.Bool, [0], [])).Input("x", "N", 4).Output("y").Output("k", DataType.Bool)
            .Node("Dropout", ["x", "r", "t"], ["d", "k"]).Node("Exp", ["d"], ["y"])),
        ["dropout by constants: training, and a ratio of nothing"] = () => Model(13, g => g.Constant("r", Tensor.Scalar(0f))
            .Constant("t", Tensor.FromDoubles(DataType.Bool, [1], [])).Input("x", "N", 4).Output("y")
            .Node("Dropout", ["x", "r", "t"], ["d"]).Node("Exp", ["d"], ["y"])),
    };

    /// <summary>e is what a slice from 1 to 1 leaves of x along an axis.</summary>
    private static byte[] Emptied(long axis, Func<OnnxGraph, OnnxGraph> build) => Model(13, g => build(
        g.Integers("i1", 1).Integers("ax", axis).Output("y").Node("Slice", ["x", "i1", "i1", "ax"], ["e"])));
}
