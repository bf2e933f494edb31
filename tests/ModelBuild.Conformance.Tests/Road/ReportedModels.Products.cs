using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Products.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Products => new(StringComparer.Ordinal)
    {
        ["matmul plus bias of five axes"] = () => Model(13, g => g.Constant("w", Values(1, 4, 5)).Constant("b", Values(2, 1, 1, 1, 1, 5))
            .Input("x", 3, 4).Output("y", 1, 1, 1, 3, 5).Node("MatMul", ["x", "w"], ["m"]).Node("Add", ["m", "b"], ["y"])),
        ["matmul of one column plus a row"] = () => Model(13, g => g.Constant("w", Values(1, 3, 1)).Constant("b", Values(2, 1, 4))
            .Input("x", "N", 3).Output("y", "N", 4).Node("MatMul", ["x", "w"], ["m"]).Node("Add", ["m", "b"], ["y"])),
        ["matmul plus a column"] = () => Model(13, g => g.Constant("w", Values(1, 4, 5)).Constant("b", Values(2, 3, 1))
            .Input("x", "N", 3, 4).Output("y", "N", 3, 5).Node("MatMul", ["x", "w"], ["m"]).Node("Add", ["m", "b"], ["y"])),
        ["matmul then batch norm over rows"] = () => Model(15, g => Norm(g, 3).Constant("w", Values(9, 4, 5)).Constant("k", Values(8, 5))
            .Input("x", "N", 3, 4).Output("y")
            .Node("MatMul", ["x", "w"], ["p"]).Node("Add", ["p", "k"], ["q"])
                .Node("BatchNormalization", ["q", "s", "b", "m", "v0"], ["y"])),
        ["matmul batch norm of vectors through transposes"] = () => Model(15, g => Norm(g, 5).Constant("w", Values(9, 4, 5))
            .Input("x", "N", 3, 4).Output("y")
            .Node("MatMul", ["x", "w"], ["p"]).Node("Transpose", ["p"], ["t"], ("perm", L(0, 2, 1)))
                .Node("BatchNormalization", ["t", "s", "b", "m", "v0"], ["n"]).Node("Transpose", ["n"], ["y"], ("perm", L(0, 2, 1)))),
        ["matmul of a widened scalar"] = () => Model(14, g => g.Constant("o", Tensor.Of([1f], 1)).Constant("w", Values(1, 1, 6)).Input("x")
            .Output("y", 6).Node("Mul", ["x", "o"], ["m"]).Node("MatMul", ["m", "w"], ["y"])),
        ["matmul of a constant by the input"] = () => Model(13, g => g.Constant("w", Values(1, 5, 3)).Input("x", "N", 3, 4).Output("y")
            .Node("MatMul", ["w", "x"], ["y"])),
        ["matmul of batches of weights"] = () => Model(13, g => g.Constant("w", Values(1, 2, 4, 5)).Constant("b", Values(2, 2, 1, 5))
            .Input("x", "N", 2, 3, 4).Output("y").Node("MatMul", ["x", "w"], ["m"]).Node("Add", ["b", "m"], ["y"])),
        ["gemm scalar bias"] = () => Model(11, g => g.Constant("w", Values(1, 4, 5)).Constant("b", Tensor.Scalar(0.7f)).Input("x", "N", 4)
            .Output("y").Node("Gemm", ["x", "w", "b"], ["y"], ("beta", -2f))),
        ["gemm bias left out and of one number"] = () => Model(11, g => g.Constant("w", Values(1, 5, 4)).Constant("b", Tensor.Of([0.7f], 1))
            .Input("x", "N", 4).Output("y").Output("z")
            .Node("Gemm", ["x", "w", ""], ["y"], ("transB", 1), ("alpha", 0f))
                .Node("Gemm", ["x", "w", "b"], ["z"], ("transB", 1), ("alpha", -1f))),
        ["gemm beta zero of infinite bias"] = () => Model(13, g => g.Constant("w", Values(1, 4, 5))
            .Constant("b", Tensor.Of([float.PositiveInfinity], 1)).Input("x", "N", 4).Output("y")
            .Node("Gemm", ["x", "w", "b"], ["y"], ("beta", 0f))),
        ["gemm of two inputs, both transposed"] = () => Model(13, g => g.Input("a", 4, 3).Input("b", 5, 4).Input("c", 3, 1)
            .Output("y", 3, 5).Node("Gemm", ["a", "b", "c"], ["y"], ("transA", 1), ("transB", 1), ("alpha", 2f))),
    };
}
