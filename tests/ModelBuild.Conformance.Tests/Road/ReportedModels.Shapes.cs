using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Shapes.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Shapes => new(StringComparer.Ordinal)
    {
        ["softmax opset 12 axis 2 of four"] = () => One(12, [2, 3, 4, 5], "Softmax", ("axis", 2)),
        ["softmax opset 11 without axis after conv"] = () => Model(11, g => g.Constant("w", Values(1, 4, 3, 1, 1)).Input("x", "N", 3, 3, 3)
            .Output("y").Node("Conv", ["x", "w"], ["c"]).Node("Softmax", ["c"], ["y"])),
        ["softmax opset 12 negative axis"] = () => One(12, [1, 23], "Softmax", ("axis", -2)),
        ["softmax opset 13 over channels after conv"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 1, 1)).Input("x", "N", 3, 3, 5)
            .Output("y").Output("z").Node("Conv", ["x", "w"], ["c"]).Node("Softmax", ["c"], ["y"], ("axis", 1))
            .Node("Softmax", ["c"], ["z"], ("axis", 2))),
        ["log softmax opset 9 axis 0"] = () => One(9, [2, 3, 4], "LogSoftmax", ("axis", 0)),
        ["reshape allowzero with minus one"] = () => Model(14, g => g.Integers("s", -1, 2, 4).Input("x", "N", 8, 3).Output("y")
            .Node("Reshape", ["x", "s"], ["y"], ("allowzero", 1))),
        ["reshape minus one before zeros"] = () => Model(18, g => g.Integers("s", -1, 0, 0).Input("x", 2, 2, 3, 2).Output("y", 4, 2, 3)
            .Node("Reshape", ["x", "s"], ["y"])),
        ["reshape allowzero to nothing"] = () => Model(18, g => g.Integers("s", 4, 2, 0).Integers("t", 0, 0, 4).Input("x", (object)0, 8, 2)
            .Output("y").Node("Reshape", ["x", "s"], ["m"], ("allowzero", 1)).Node("Reshape", ["m", "t"], ["y"], ("allowzero", 1))),
        ["reshape opset 5 merges the batch"] = () => Model(7, g => g.Integers("s", -1, 6).Constant("w", Values(1, 6, 2))
            .Integers("u", -1, 4, 2).Input("x", "N", 4, 6).Output("y")
            .Node("Reshape", ["x", "s"], ["r"]).Node("MatMul", ["r", "w"], ["m"]).Node("Reshape", ["m", "u"], ["y"])),
        ["split into three parts of which the first is read"] = () => Model(13, g => g.Input("x", "N", 6).Output("y")
            .Node("Split", ["x"], ["a", "b", "c"], ("axis", 1)).Node("Exp", ["a"], ["y"])),
        ["split into parts of which the second is read"] = () => Model(18, g => g.Input("x", "N", 7).Output("y")
            .Node("Split", ["x"], ["a", "b", "c"], ("axis", 1), ("num_outputs", 3)).Node("Exp", ["b"], ["y"])),
        ["two transposes that do not cancel"] = () => Model(13, g => g.Input("x", 2, 3, 4).Output("y", 3, 4, 2)
            .Node("Transpose", ["x"], ["t"], ("perm", L(1, 0, 2))).Node("Transpose", ["t"], ["y"], ("perm", L(0, 2, 1)))),
        ["transpose reshape transpose"] = () => Model(13, g => g.Integers("s", 12, 2).Input("x", 2, 3, 4).Output("y", 2, 12)
            .Node("Transpose", ["x"], ["t"], ("perm", L(1, 2, 0))).Node("Reshape", ["t", "s"], ["r"]).Node("Transpose", ["r"], ["y"])),
        ["transposed images concatenated on two axes"] = () => Model(13, g => g.Input("x", 1, 3, 4, 5).Input("z", 1, 3, 4, 5)
            .Output("y", 2, 3, 4, 5).Output("v", 1, 3, 8, 5)
            .Node("Transpose", ["x"], ["a"], ("perm", s_nhwc)).Node("Transpose", ["z"], ["b"], ("perm", s_nhwc))
                .Node("Concat", ["a", "b"], ["c"], ("axis", 0)).Node("Concat", ["b", "a"], ["d"], ("axis", -3))
            .Node("Transpose", ["c"], ["y"], ("perm", s_nchw)).Node("Transpose", ["d"], ["v"], ("perm", s_nchw))),
        ["conv transposed, squeezed, averaged"] = () => Model(13, g => g.Integers("one", 1).Constant("w", Values(1, 4, 3, 6, 1))
            .Constant("u", Values(2, 4, 3)).Input("x", "N", 3, 6, 7).Output("y").Output("z")
            .Node("Conv", ["x", "w"], ["c"]).Node("Transpose", ["c"], ["t"], ("perm", s_nhwc)).Node("Squeeze", ["t", "one"], ["q"])
                .Node("MatMul", ["q", "u"], ["y"]).Node("ReduceMean", ["t"], ["z"], ("axes", L(1, 2)), ("keepdims", 0))),
        ["NHWC pad, slice and mean between convs"] = () => Model(13, g => g.Integers("p", 0, 1, 0, 0, 0, 0, 2, 1).Integers("st", 1)
            .Integers("en", -1).Integers("ax", -1).Constant("w", Values(1, 5, 3, 3, 3)).Constant("u", Values(2, 2, 4, 1, 1))
            .Input("x", "N", 3, 6, 7).Output("y").Node("Conv", ["x", "w"], ["c"]).Node("Transpose", ["c"], ["t"], ("perm", s_nhwc))
                .Node("Pad", ["t", "p"], ["q"]).Node("Slice", ["q", "st", "en", "ax"], ["s"])
            .Node("Transpose", ["s"], ["b"], ("perm", s_nchw)).Node("Conv", ["b", "u"], ["d"])
                .Node("ReduceMean", ["d"], ["y"], ("axes", L(1)), ("keepdims", 1))),
        ["conv flattened in NHWC order"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 3, 3)).Constant("u", Values(2, 20, 3))
            .Input("x", "N", 3, 7, 3).Output("y")
            .Node("Conv", ["x", "w"], ["c"]).Node("Transpose", ["c"], ["t"], ("perm", L(0, 3, 2, 1))).Node("Flatten", ["t"], ["f"])
                .Node("Gemm", ["f", "u"], ["y"])),
        ["slice 9 to 0 by -3"] = () => Sliced(13, 9, 0, -3, 10),
        ["slice backwards to nothing"] = () => Sliced(13, 0, 5, -1, 10),
        ["slice of int32 axes out of order"] = () => Model(11, g => g.Constant("st", Tensor.Of([1, -4], 2))
            .Constant("en", Tensor.Of([-1, 100], 2)).Constant("ax", Tensor.Of([-1, 1], 2)).Constant("sp", Tensor.Of([2, 3], 2))
            .Input("x", "N", 6, 7).Output("y").Node("Slice", ["x", "st", "en", "ax", "sp"], ["y"])),
        ["channels sliced and swapped after conv"] = () => Model(13, g => g.Integers("z", 0).Integers("three", 3)
            .Integers("end", long.MaxValue).Integers("ax", 1).Constant("w", Values(1, 5, 3, 1, 1)).Input("x", "N", 3, 4, 4).Output("y")
            .Node("Conv", ["x", "w"], ["c"]).Node("Slice", ["c", "z", "three", "ax"], ["a"])
                .Node("Slice", ["c", "three", "end", "ax"], ["b"]).Node("Concat", ["b", "a"], ["j"], ("axis", 1))
                .Node("MaxPool", ["j"], ["y"], ("kernel_shape", Two(2)))),
        ["concat with an empty constant"] = () => Model(13, g => g.Constant("e", Tensor.Of(Array.Empty<float>(), 1, 0)).Input("x", 1, 3)
            .Output("y", 1, 3).Node("Concat", ["e", "x"], ["y"], ("axis", 1))),
        ["concat of one, sum of one"] = () => Model(13, g => g.Input("x", "N", 3).Output("y").Node("Concat", ["x"], ["c"], ("axis", 1))
            .Node("Sum", ["c"], ["y"])),
        ["sum of four that broadcast, max of two constants"] = () => Model(13, g => g.Constant("r", Values(1, 4))
            .Constant("c", Values(2, 3, 1)).Constant("k", Tensor.Scalar(0.25f)).Input("x", "N", 3, 4).Input("s").Output("y")
            .Node("Sum", ["x", "r", "s", "c"], ["t"]).Node("Max", ["k", "t", "r"], ["y"])),
        ["reduce mean noop of empty axes"] = () => Model(18, g => g.Constant("a", Tensor.Of(Array.Empty<long>(), 0)).Input("x", "N", 3, 4)
            .Output("y").Output("z", 1, 1, 1)
            .Node("ReduceMean", ["x", "a"], ["y"], ("noop_with_empty_axes", 1)).Node("ReduceMean", ["x", "a"], ["z"])),
        ["reduce mean noop without axes"] = () => Model(18, g => g.Input("x", 2, 3, 4).Output("y")
            .Node("ReduceMean", ["x", ""], ["y"], ("noop_with_empty_axes", 1))),
        ["reduce mean of no axes, attribute empty"] = () => Model(13, g => g.Input("x", "N", 3, 4).Output("y")
            .Node("ReduceMean", ["x"], ["y"], ("axes", Array.Empty<long>()), ("keepdims", 0))),
        ["squeeze and unsqueeze of attributes out of order"] = () => Model(11, g => g.Input("x", "N", 1, 3, 1).Output("y").Output("z")
            .Node("Squeeze", ["x"], ["y"], ("axes", L(-1, 1))).Node("Unsqueeze", ["y"], ["z"], ("axes", L(3, 0)))),
    };
}
