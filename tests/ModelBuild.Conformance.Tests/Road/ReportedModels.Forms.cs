using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Forms of common operators that optimizers and importers have got wrong.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Forms => new(StringComparer.Ordinal)
    {
        ["gemm of transposes that move nothing"] = () => Model(13, g => g.Constant("w", Values(1, 4, 4)).Constant("b", Values(2, 4))
            .Input("x", 4, 4).Output("y").Output("z")
            .Node("Transpose", ["x"], ["t"], ("perm", L(0, 1))).Node("Gemm", ["t", "w", "b"], ["y"])
            .Node("Transpose", ["w"], ["v"], ("perm", L(0, 1))).Node("MatMul", ["t", "v"], ["m"]).Node("Add", ["m", "b"], ["z"])),
        ["gemm whose addend is transposed"] = () => Model(13, g => g.Input("a", 3, 4).Input("b", 4, 5).Input("c", 5, 3).Output("y")
            .Node("Transpose", ["c"], ["t"]).Node("Gemm", ["a", "b", "t"], ["y"], ("beta", 0.5f))),
        ["gather of one place behind a transpose"] = () => Model(13, g => g.Constant("i", Tensor.Of([-1L], []))
            .Constant("w", Values(1, 4, 3, 3, 3)).Input("x", "N", 3, 5, 6).Output("y").Node("Conv", ["x", "w"], ["c"])
            .Node("Transpose", ["c"], ["t"], ("perm", L(0, 2, 3, 1))).Node("Gather", ["t", "i"], ["g"], ("axis", -2))
            .Node("Transpose", ["g"], ["y"], ("perm", L(2, 0, 1)))),
        ["places of several batches"] = () => Model(13, g => g.Input("x", 2, 3, 4, 5).Input("i", DataType.Int64, 2, 3, 4, 1)
            .Output("y").Node("GatherND", ["x", "i"], ["y"], ("batch_dims", 3))),
        ["one place of a vector written"] = () => Model(13, g => g.Constant("i", Tensor.Of([1L], 1, 1)).Input("x", 3).Input("u", 1)
            .Output("y").Node("ScatterND", ["x", "i", "u"], ["y"])),
        ["slopes along the last axis"] = () => Model(16, g => g.Constant("s", Tensor.Of([0.1f, -0.2f, 0.3f, 2], 4))
            .Constant("w", Values(1, 4, 4, 1, 1)).Input("x", 1, 4, 4, 4).Output("y").Node("Conv", ["x", "w"], ["c"])
            .Node("PRelu", ["c", "s"], ["y"])),
        ["choice between a row and a column"] = () => Model(16, g => g.Input("c", DataType.Bool, 2, 1, 4).Input("a", 3, 1)
            .Input("b").Output("y").Node("Where", ["c", "a", "b"], ["y"])),
        ["last of the largest that are equal"] = () => Model(13, g => g.Input("x", "N", 5, 4).Output("a", DataType.Int64)
            .Output("b", DataType.Int64).Output("c", DataType.Int64).Node("Round", ["x"], ["r"])
            .Node("ArgMax", ["r"], ["a"], ("axis", 1), ("select_last_index", 1))
            .Node("ArgMin", ["r"], ["b"], ("axis", -1), ("select_last_index", 1), ("keepdims", 0))
            .Node("ArgMax", ["r"], ["c"], ("axis", 0))),
        ["smallest of each column"] = () => Model(11, g => g.Integers("k", 2).Input("x", 5, 4).Output("y")
            .Output("i", DataType.Int64).Node("TopK", ["x", "k"], ["y", "i"], ("axis", 0), ("largest", 0))),
        ["square in doubles, and transposed"] = () => Model(14, g => g.Input("x", "N", 3).Output("y", DataType.Float64)
            .Output("z", DataType.Float64).Node("Mul", ["x", "x"], ["m"]).Node("Cast", ["m"], ["d"], ("to", 11))
            .Node("Sin", ["d"], ["y"]).Node("Transpose", ["d"], ["t"]).Node("Sin", ["t"], ["z"])),
        ["loss of classes that weigh unequally"] = () => Model(13, g => g.Constant("w", Tensor.Of([0.5f, 2, 1, 1, 1], 5))
            .Input("x", 3, 5).Input("t", DataType.Int64, 3).Output("y").Output("l")
            .Node("SoftmaxCrossEntropyLoss", ["x", "t", "w"], ["y", "l"], ("reduction", "mean"))),
        ["tangents of a row that broadcasts into five axes"] = () => Model(13, g => g.Integers("i0", 0).Integers("i5", 5)
            .Integers("ax", 0).Input("m", 1, 6, 1, 3).Input("t", 5, 3, 1, 1, 1).Output("y").Output("z").Node("Tan", ["t"], ["a"])
            .Node("Neg", ["a"], ["n"]).Node("Slice", ["n", "i0", "i5", "ax"], ["s"]).Node("ReduceMean", ["m"], ["r"], ("axes", L(3)))
            .Node("Add", ["r", "s"], ["b"]).Node("Concat", ["b", "b"], ["c"], ("axis", 0)).Node("Split", ["c"], ["y", "z"], ("axis", 0))),
        ["blocks of an image cut by places and put back"] = () => Model(18, g => g
            .Constant("r", Tensor.Of([0L, 1, 2, 2, 3, 4], 2, 3)).Integers("cols", -1, 27, 4)
            .Constant("hw", Tensor.Of([5L, 5], 2)).Constant("k", Tensor.Of([3L, 3], 2))
            .Input("x", 2, 3, 5, 5).Output("y").Node("Gather", ["x", "r"], ["a"], ("axis", 2))
            .Node("Gather", ["a", "r"], ["b"], ("axis", 4)).Node("Transpose", ["b"], ["t"], ("perm", L(0, 1, 3, 5, 2, 4)))
            .Node("Reshape", ["t", "cols"], ["c"]).Node("Relu", ["c"], ["q"]).Node("Col2Im", ["q", "hw", "k"], ["y"], ("strides", Two(2)))),
        ["number of elements, and a loop that many times"] = () => Model(11, g => g.Constant("two", Tensor.Of([2L], []))
            .Constant("w", Values(1, 3, 3)).Input("x", "N", 3).Output("y").Node("Size", ["x"], ["n"]).Node("Mod", ["n", "two"], ["m"])
            .Node("Add", ["m", "two"], ["k"]).Node("Loop", ["k", "", "x"], ["y"], ("body", new OnnxGraph()
            .Input("i", DataType.Int64).Input("c", DataType.Bool).Input("h", "N", 3).Output("d", DataType.Bool).Output("n2", "N", 3)
                .Node("Identity", ["c"], ["d"]).Node("MatMul", ["h", "w"], ["p"]).Node("Sigmoid", ["p"], ["n2"])))),
        ["conv in groups that are not depthwise, batch norm, shuffle"] = () => Model(9, g => Norm(g, 6)
            .Constant("w", Values(9, 6, 2, 3, 3)).Integers("five", -1, 3, 2, 5, 5).Integers("four", -1, 6, 5, 5)
            .Input("x", "N", 6, 5, 5).Output("y")
            .Node("Conv", ["x", "w"], ["c"], ("group", 3), ("pads", s_ones))
            .Node("BatchNormalization", ["c", "s", "b", "m", "v0"], ["n"]).Node("Relu", ["n"], ["r"])
            .Node("Reshape", ["r", "five"], ["f"]).Node("Transpose", ["f"], ["t"], ("perm", L(0, 2, 1, 3, 4)))
            .Node("Reshape", ["t", "four"], ["y"])),
    };
}
