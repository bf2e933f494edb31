using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>What public repositories hold models of, and was refused or wrong when they were tried.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Unseen => new(StringComparer.Ordinal)
    {
        ["part that ends at a billion, of an open batch"] = () => Model(15, g => g
            .Constant("st", Tensor.Of([0, 0, 0], 3)).Constant("en", Tensor.Of([1_000_000_000, 1_000_000_000, 1_000_000_000], 3))
            .Constant("ax", Tensor.Of([0, 2, 1], 3)).Constant("k", Values(1, 1, 8, 1)).Input("x", "N", 8, 4).Output("y")
            .Node("Slice", ["x", "st", "en", "ax"], ["s"]).Node("Add", ["s", "k"], ["y"])),
        ["batch norm of vectors with the statistics of the batch"] = () => Model(15, g => Norm(g, 5).Input("x", 20, 5).Output("y")
            .Node("BatchNormalization", ["x", "s", "b", "m", "v0"], ["y", "rm", "rv"], ("training_mode", 1))),
        ["low-rank addend of rank zero"] = () => Model(13, g => g.Constant("w", Values(1, 4, 4))
            .Constant("a", Tensor.Of(ReadOnlySpan<float>.Empty, 4, 0)).Constant("b", Tensor.Of(ReadOnlySpan<float>.Empty, 0, 4))
            .Input("x", 1, 4).Output("y").Node("MatMul", ["x", "w"], ["m"]).Node("MatMul", ["x", "a"], ["l"])
            .Node("MatMul", ["l", "b"], ["h"]).Node("Add", ["m", "h"], ["y"])),
        ["constant image with scales per channel before conv"] = () => Model(13, g => g.Constant("i", Values(1, 1, 3, 5, 6))
            .Constant("s", Tensor.Of([0.02f, 0.04f, 0.05f], 3)).Constant("z", Tensor.Of([(byte)84, (byte)24, (byte)196], 3))
            .Constant("w", Values(2, 4, 3, 3, 3)).Input("x", 1, 4, 3, 4).Output("y").Node("QuantizeLinear", ["i", "s", "z"], ["q"])
            .Node("DequantizeLinear", ["q", "s", "z"], ["d"]).Node("Conv", ["d", "w"], ["c"]).Node("Add", ["c", "x"], ["y"])),
        ["einsum over dimensions of one"] = () => Model(13, g => g.Input("a", 1, 3, 2).Input("b", 2, 1, 4).Output("y").Output("z")
            .Node("Einsum", ["a", "b"], ["y"], ("equation", "bik,bkj->bij"))
            .Node("Einsum", ["b", "a"], ["z"], ("equation", "bkj,bik->ij"))),
        ["contributed operator of a domain that is not declared"] = () => Model(17, g => g.Constant("k", Values(1, 4)).Input("x", "N", 4)
            .Output("y").Node("com.microsoft", "BiasGelu", string.Empty, ["x", "k"], ["y"])),
        ["batch norm of one channel in a vector"] = () => Model(15, g => Norm(g, 1).Input("x", "N").Output("y")
            .Node("BatchNormalization", ["x", "s", "b", "m", "v0"], ["y"], ("epsilon", 0.1f))),
        ["attention with a mask of integers"] = () => Model(23, g => g.Constant("m", Tensor.Of([0, 1, 2, 0], 2, 2)).Input("q", 1, 1, 2, 2)
            .Input("k", 1, 1, 2, 2).Output("y").Node("Attention", ["q", "k", "q", "m"], ["y"])),
        ["image scaled, shifted and cut as by ONNX's first operators"] = () => Model(7, g => g.Input("x", "N", 2, 7, 9).Output("y")
            .Output("z").Node("ImageScaler", ["x"], ["s"], ("scale", 0.5f), ("bias", new[] { 0.25f, -1 }))
            .Node("Affine", ["s"], ["a"], ("alpha", 2f), ("beta", -0.5f)).Node("Crop", ["a"], ["y"], ("border", L(1, 2, 3, 0)))
            .Node("Crop", ["a"], ["z"], ("border", L(1, 2, 0, 0)), ("scale", L(3, 4)))),
        ["heads split and squeezed, of open batch and time"] = () => Model(13, g => g.Constant("w", Values(1, 8, 24))
            .Integers("h", 0, -1, 3, 2, 4).Integers("a", 0).Input("x", "N", "T", 8).Output("y").Node("MatMul", ["x", "w"], ["p"])
            .Node("Reshape", ["p", "h"], ["r"]).Node("Transpose", ["r"], ["t"], ("perm", L(2, 0, 3, 1, 4)))
            .Node("Split", ["t"], ["q0", "k0", "v0"]).Node("Squeeze", ["q0", "a"], ["q"]).Node("Squeeze", ["k0", "a"], ["k"])
            .Node("Squeeze", ["v0", "a"], ["v"]).Node("Transpose", ["k"], ["kt"], ("perm", L(0, 1, 3, 2)))
            .Node("MatMul", ["q", "kt"], ["s"]).Node("Sigmoid", ["s"], ["m"]).Node("MatMul", ["m", "v"], ["y"])),
        ["mean and positive part of integers"] = () => Model(14, g => g.Input("x", DataType.Int32, "N", 3, "M").Output("m", DataType.Int32)
            .Output("a", DataType.Int32).Output("b", DataType.Int32).Output("c", DataType.Int32).Output("r", DataType.Int32)
            .Node("ReduceMean", ["x"], ["m"], ("axes", L(2)), ("keepdims", 0)).Node("ReduceMean", ["x"], ["a"], ("keepdims", 0))
            .Node("ReduceMean", ["x"], ["b"], ("axes", L(-1, 0))).Node("ReduceMean", ["x"], ["c"], ("axes", L(1)))
            .Node("Relu", ["x"], ["r"])),
        ["windows of an open image beside the image"] = () => Model(13, g => g.Input("x", "B", "H", "W", 8).Output("y")
            .Integers("i0", 0).Integers("i1", 1).Integers("i2", 2).Integers("i3", 3).Integers("two", 2).Integers("eight", 8)
            .Integers("free", -1).Integers("windows", -1, 4, 8).Constant("k", Values(1, 8, 8)).Node("Shape", ["x"], ["s"])
            .Node("Slice", ["s", "i0", "i1"], ["b"]).Node("Slice", ["s", "i1", "i2"], ["h"]).Node("Slice", ["s", "i2", "i3"], ["w"])
            .Node("Div", ["h", "two"], ["h2"]).Node("Div", ["w", "two"], ["w2"])
            .Node("Concat", ["b", "h2", "two", "w2", "two", "eight"], ["c1"], ("axis", 0)).Node("Reshape", ["x", "c1"], ["r1"])
            .Node("Transpose", ["r1"], ["t1"], ("perm", L(0, 1, 3, 2, 4, 5))).Node("Reshape", ["t1", "windows"], ["v"])
            .Node("MatMul", ["v", "k"], ["m"]).Node("Concat", ["b", "h2", "w2", "two", "two", "eight"], ["c2"], ("axis", 0))
            .Node("Reshape", ["m", "c2"], ["r2"]).Node("Transpose", ["r2"], ["t2"], ("perm", L(0, 1, 3, 2, 4, 5)))
            .Node("Concat", ["b", "h", "w", "free"], ["c3"], ("axis", 0)).Node("Reshape", ["t2", "c3"], ["r3"])
            .Node("Add", ["x", "r3"], ["y"])),
        ["diagonal of an open matrix"] = () => Model(13, g => g.Input("x", "H", "W").Output("y").Node("EyeLike", ["x"], ["d"], ("k", 1))
            .Node("Add", ["d", "x"], ["y"])),
    };
}
