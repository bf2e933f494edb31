using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Sizes, layouts and branches: what went wrong once, tried anew.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> CausesOfSizes => new(StringComparer.Ordinal)
    {
        ["13 all but the first, and the last turned around"] = () => Model(13, g => g.Integers("i0", 0).Integers("one", 1)
            .Integers("mo", -1).Integers("least", long.MinValue).Input("x", "N", 3).Output("y").Output("z").Node("Shape", ["x"], ["s"])
            .Node("Gather", ["s", "i0"], ["n"]).Node("Slice", ["x", "one", "n", "i0"], ["y"]).Node("Sub", ["n", "one"], ["l"])
            .Node("Slice", ["x", "l", "least", "i0", "mo"], ["z"])),
        ["13 batches of three names, chosen"] = () => Model(13, g => g.Input("c", DataType.Bool, "A", 1).Input("x", "B", 3)
            .Input("v", "C", 3).Output("y").Node("Where", ["c", "x", "v"], ["y"])),
        ["13 batches of two names in a product of stacks"] = () => Model(13, g => g.Input("x", "N", 3, 4).Input("v", "M", 4, 2)
            .Output("y").Node("MatMul", ["x", "v"], ["y"])),
        ["13 batches of two names joined on channels"] = () => Model(13, g => g.Input("x", "N", 3).Input("v", "M", 4).Output("y")
            .Node("Concat", ["x", "v"], ["c"], ("axis", 1)).Node("Relu", ["c"], ["y"])),
        ["13 batches of two names multiplied, behind convolutions"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 1, 1))
            .Input("x", "N", 3, 4, 4).Input("v", "batch", 3, 4, 4).Output("y").Node("Conv", ["x", "w"], ["a"])
            .Node("Conv", ["v", "w"], ["b"]).Node("Mul", ["a", "b"], ["y"])),
        ["13 half of the batch, by shape arithmetic"] = () => Model(13, g => g.Integers("i0", 0).Integers("two", 2).Input("x", "N", 3)
            .Output("y").Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "i0"], ["n"]).Node("Add", ["n", "one"], ["m"])
            .Integers("one", 1).Node("Div", ["m", "two"], ["h"]).Node("Slice", ["x", "i0", "h", "i0"], ["y"])),
        ["13 height written as 0"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 1, 1)).Input("x", 1, 3, 0, 4).Output("y")
            .Node("Conv", ["x", "w"], ["y"])),
        ["13 one name for batch and height"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 3, 3)).Input("x", "N", 3, "N", 7)
            .Output("y").Output("z").Node("Conv", ["x", "w"], ["y"], ("pads", s_ones)).Node("GlobalAveragePool", ["y"], ["g"])
            .Node("Flatten", ["g"], ["z"])),
        ["13 one name for rows and columns of a product"] = () => Model(13, g => g.Input("x", "N", "N").Output("y")
            .Node("MatMul", ["x", "x"], ["m"]).Node("Softmax", ["m"], ["y"])),
        ["13 places given by the size of the batch"] = () => Model(13, g => g.Constant("i0", Tensor.Of([0L], []))
            .Constant("one", Tensor.Of([1L], [])).Input("x", "N", 3).Output("y").Node("Shape", ["x"], ["s"])
            .Node("Gather", ["s", "i0"], ["n"]).Node("Range", ["i0", "n", "one"], ["r"]).Node("Cast", ["r"], ["f"], ("to", 1))
            .Node("Unsqueeze", ["f", "a1"], ["u"]).Integers("a1", 1).Node("Mul", ["x", "u"], ["y"])),
        ["13 batch on the second axis and time first"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3)).Input("x", "T", "N", 4)
            .Input("h", 1, "N", 3).Output("y").Node("MatMul", ["x", "w"], ["m"]).Node("Add", ["m", "h"], ["y"])),
        ["13 every second of the batch, backwards"] = () => Model(13, g => g.Integers("st", -1).Integers("en", long.MinValue)
            .Integers("ax", 0).Integers("sp", -2).Constant("w", Values(1, 3, 2)).Input("x", "N", 3).Output("y")
            .Node("Slice", ["x", "st", "en", "ax", "sp"], ["s"]).Node("MatMul", ["s", "w"], ["y"])),
        ["13 expanded by the shape of another of another name"] = () => Model(13, g => g.Constant("k", Values(1, 1, 3)).Input("x", "N", 3)
            .Input("v", "M", 3).Output("y").Node("Shape", ["v"], ["s"]).Node("Expand", ["k", "s"], ["e"]).Node("Add", ["e", "x"], ["y"])),
        ["13 height by width, one named as the batch of another"] = () => Model(13, g => g.Constant("w", Values(1, 2, 1, 3, 3))
            .Input("x", "N", 1, "H", "H").Input("v", "H", 2).Output("y").Output("z").Node("Conv", ["x", "w"], ["y"], ("pads", s_ones))
            .Node("Relu", ["v"], ["z"])),
        ["13 reshape by the batch, then batches as rows"] = () => Model(13, g => g.Integers("s", -1, 4).Constant("w", Values(1, 4, 5))
            .Input("x", "N", 6, 4).Output("y").Node("Reshape", ["x", "s"], ["r"]).Node("MatMul", ["r", "w"], ["m"])
            .Node("Reshape", ["m", "t"], ["y"]).Integers("t", -1, 6, 5)),
        ["13 mean over an open axis in codes"] = () => Model(13, g => Quantized(g).Constant("w", Values(1, 4, 3, 1, 1))
            .Input("x", "N", 3, "H", "W").Output("y").Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("DequantizeLinear", ["q", "s1", "z1"], ["d"]).Node("Conv", ["d", "w"], ["c"])
            .Node("QuantizeLinear", ["c", "s2", "z1"], ["p"]).Node("DequantizeLinear", ["p", "s2", "z1"], ["e"])
            .Node("GlobalAveragePool", ["e"], ["y"])),
        ["14 chain of sums of one channel, turned"] = () => Model(13, g => g.Constant("w", Values(1, 1, 1, 3, 3)).Input("x", "N", 1, 6, 6)
            .Output("y").Node("Conv", ["x", "w"], ["a"], ("pads", s_ones)).Node("Sub", ["x", "a"], ["b"])
            .Node("Conv", ["b", "w"], ["c"], ("pads", s_ones)).Node("Sub", ["b", "c"], ["d"])
            .Node("Transpose", ["d"], ["t"], ("perm", s_nhwc)).Node("Transpose", ["c"], ["u"], ("perm", s_nhwc))
            .Node("Add", ["t", "u"], ["s"]).Node("Transpose", ["s"], ["v"], ("perm", s_nchw)).Node("Add", ["v", "x"], ["y"])),
        ["14 convolution of the mean times one per channel, shared"] = () => Model(13, g => g.Constant("w", Values(1, 4, 4, 1, 1))
            .Integers("s", 0, 4, 1, 1).Input("x", "N", 4, 5, 5).Input("v", "N", 4).Output("y").Output("z")
            .Node("GlobalAveragePool", ["x"], ["g"]).Node("Conv", ["g", "w"], ["c"]).Node("Reshape", ["v", "s"], ["r"])
            .Node("Mul", ["c", "r"], ["m"]).Node("Add", ["r", "c"], ["y"]).Node("Mul", ["x", "m"], ["z"])),
        ["14 gates of space and channels between convolutions"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 3, 3))
            .Constant("u", Values(2, 1, 2, 3, 3)).Constant("v", Values(3, 4, 4)).Input("x", "N", 3, 8, 8).Output("y")
            .Node("Conv", ["x", "w"], ["c"]).Node("ReduceMean", ["c"], ["a"], ("axes", L(1)))
            .Node("ReduceMax", ["c"], ["b"], ("axes", L(1))).Node("Concat", ["a", "b"], ["j"], ("axis", 1))
            .Node("Conv", ["j", "u"], ["d"], ("pads", s_ones)).Node("Sigmoid", ["d"], ["g"]).Node("Mul", ["c", "g"], ["e"])
            .Node("GlobalMaxPool", ["e"], ["p"]).Node("Flatten", ["p"], ["f"]).Node("MatMul", ["f", "v"], ["h"])
            .Node("Unsqueeze", ["h", "ax"], ["k"]).Integers("ax", 2, 3).Node("Mul", ["k", "e"], ["y"])),
        ["14 larger of one channel and a convolution to one"] = () => Model(13, g => g.Constant("w", Values(1, 1, 3, 3, 3))
            .Input("x", "N", 1, "H", "W").Input("v", "N", 3, "H", "W").Output("y").Node("Conv", ["v", "w"], ["c"], ("pads", s_ones))
            .Node("Max", ["x", "c"], ["m"]).Node("Sub", ["m", "x"], ["y"])),
        ["14 one channel less a transposed convolution, chosen"] = () => Model(13, g => g.Constant("w", Values(1, 3, 1, 2, 2))
            .Input("x", "N", 1, 8, 8).Input("v", "N", 3, 4, 4).Output("y").Node("ConvTranspose", ["v", "w"], ["c"], ("strides", Two(2)))
            .Node("Greater", ["x", "c"], ["g"]).Node("Where", ["g", "x", "c"], ["s"]).Node("Sub", ["x", "s"], ["y"])),
        ["14 powers, slopes and quotients of one channel"] = () => Model(13, g => g.Constant("w", Values(1, 1, 3, 1, 1))
            .Input("x", "N", 1, 5, 5).Input("v", "N", 3, 5, 5).Output("y").Output("z").Node("Conv", ["v", "w"], ["c"])
            .Node("Abs", ["c"], ["a"]).Node("Exp", ["x"], ["e"]).Node("Pow", ["e", "a"], ["p"]).Node("Div", ["p", "e"], ["y"])
            .Node("PRelu", ["c", "sl"], ["z"]).Constant("sl", Values(2, 1, 5, 5))),
        ["14 one column of an image less a convolution to one"] = () => Model(13, g => g.Constant("w", Values(1, 1, 3, 1, 5))
            .Input("x", "N", 1, 5, 1).Input("v", "N", 3, 5, 5).Output("y").Node("Conv", ["v", "w"], ["c"]).Node("Sub", ["x", "c"], ["s"])
            .Node("Pow", ["s", "t"], ["y"]).Constant("t", Tensor.Scalar(2f))),
        ["14 product of a convolution of what is averaged and a place given as rows"] = () => Model(13, g => g
            .Constant("w", Values(1, 4, 4, 1, 1)).Integers("ax", 2, 3).Input("x", "N", 4, 5, 5).Input("v", "N", 4).Output("y")
            .Node("ReduceMean", ["x"], ["g"], ("axes", L(2, 3))).Node("Conv", ["g", "w"], ["c"]).Node("Unsqueeze", ["v", "ax"], ["u"])
            .Node("Mul", ["u", "c"], ["m"]).Node("Max", ["m", "u"], ["n"]).Node("Sub", ["x", "n"], ["y"])),
        ["14 sum of a squeezed convolution and rows, unsqueezed"] = () => Model(13, g => g.Constant("w", Values(1, 1, 3, 3, 3))
            .Integers("a1", 1).Input("x", "N", 4, 4).Input("v", "N", 3, 6, 6).Output("y").Node("Conv", ["v", "w"], ["c"])
            .Node("Squeeze", ["c", "a1"], ["q"]).Node("Add", ["q", "x"], ["s"]).Node("Unsqueeze", ["s", "a1"], ["u"])
            .Node("Mul", ["u", "c"], ["m"]).Node("Div", ["m", "k"], ["y"]).Constant("k", Values(3, 1, 1, 4, 4))),
        ["14 gates of one channel by two orders of transposes"] = () => Model(13, g => g.Constant("w", Values(1, 1, 3, 1, 1))
            .Constant("u", Values(2, 4, 3, 1, 1)).Input("x", "N", 5, 5, 3).Output("y").Node("Transpose", ["x"], ["t"], ("perm", s_nchw))
            .Node("Conv", ["t", "w"], ["c"]).Node("Sigmoid", ["c"], ["g"]).Node("Transpose", ["g"], ["h"], ("perm", s_nhwc))
            .Node("Mul", ["x", "h"], ["m"]).Node("Sub", ["m", "h"], ["s"]).Node("Transpose", ["s"], ["k"], ("perm", s_nchw))
            .Node("Conv", ["k", "u"], ["y"])),
        ["15 branches in a row that read what was before"] = () => Chained(40),
        ["15 branches nested, each reads all around"] = () => Model(13, g => Nest(g.Input("x", "N", 4).Input("c", DataType.Bool)
            .Output("y").Node("Exp", ["x"], ["v0"]), 3)),
        ["15 branches that need what only one makes"] = () => Model(13, g => g.Constant("k", Values(3, 4, 4)).Input("x", "N", 4)
            .Input("c", DataType.Bool).Output("y").Node("MatMul", ["x", "k"], ["big"]).Node("Softmax", ["big"], ["s"])
            .Node("If", ["c"], ["y"], ("then_branch", new OnnxGraph().Output("t")
            .Node("Add", ["s", "x"], ["t"])), ("else_branch", new OnnxGraph().Output("e").Node("Neg", ["x"], ["e"])))),
        ["15 large constants in branches"] = () => Model(13, g => g.Input("x", "N", 300).Input("c", DataType.Bool).Output("y")
            .Node("If", ["c"], ["y"], ("then_branch", new OnnxGraph().Constant("w", Values(1, 300, 300)).Output("t")
            .Node("MatMul", ["x", "w"], ["t"])), ("else_branch", new OnnxGraph().Constant("w", Values(2, 300, 300)).Output("e")
            .Node("MatMul", ["x", "w"], ["e"])))),
        ["15 weights of four bits, and of two elements of them"] = () => Model(21, g => g
            .Constant(OnnxGraph.TensorMessage("q", (DataType)22, [4, 3], [0x21, 0x43, 0x65, 0x87, 0xA9, 0xCB]))
            .Constant(OnnxGraph.TensorMessage("p", (DataType)21, [3], [0xF1, 0x02])).Constant("s", Tensor.Scalar(0.1f)).Input("x", "N", 4)
            .Output("y").Node("DequantizeLinear", ["q", "s"], ["w"]).Node("DequantizeLinear", ["p", "s"], ["b"])
            .Node("Gemm", ["x", "w", "b"], ["y"])),
        ["15 branches of a branch that pass constants"] = () => Model(13, g => g.Constant("k", Values(1, 4)).Input("x", "N", 4)
            .Input("c", DataType.Bool).Input("d", DataType.Bool).Output("y").Node("If", ["c"], ["y"], ("then_branch", new OnnxGraph()
            .Output("t", "N", 4).Node("If", ["d"], ["t"], ("then_branch", new OnnxGraph().Output("a", "N", 4)
            .Node("Add", ["x", "k"], ["a"])), ("else_branch", new OnnxGraph().Output("b", "N", 4)
            .Node("Mul", ["x", "k"], ["b"])))), ("else_branch", new OnnxGraph().Output("e", "N", 4).Node("Sub", ["k", "x"], ["e"])))),
        ["15 condition that folds, branch that could not"] = () => Model(13, g => g.Constant("k", Tensor.Of([3L], []))
            .Constant("four", Tensor.Of([4L], [])).Input("x", "N", 4).Output("y").Node("Less", ["k", "four"], ["c"])
            .Node("If", ["c"], ["y"], ("then_branch", new OnnxGraph().Output("t", "N", 4)
            .Node("Relu", ["x"], ["t"])), ("else_branch", new OnnxGraph().Output("e", "N", 4).Node("RandomNormalLike", ["x"], ["e"])))),
        ["20 places, sums and joins of the batch"] = () => Model(13, g => g.Integers("a0", 0).Constant("w", Values(1, 4, 5))
            .Input("x", "N", 4).Output("y").Output("z").Node("MatMul", ["x", "w"], ["m"]).Node("Softmax", ["m"], ["y"], ("axis", 0))
            .Node("ReduceSum", ["m", "a0"], ["z"])),
    };

    /// <summary>Each branch reads the results of the two nodes before it, and one of the first.</summary>
    private static byte[] Chained(int count) => Model(13, g =>
    {
        g.Input("x", "N", 4).Input("c", DataType.Bool).Input("d", DataType.Bool).Output("y").Node("Sigmoid", ["x"], ["v0"])
            .Node("Tanh", ["v0"], ["v1"]);
        for (int i = 2; i < count; i++)
        {
            g.Node("If", [i % 2 == 0 ? "c" : "d"], [$"v{i}"],
                ("then_branch", new OnnxGraph().Output($"t{i}", "N", 4).Node("Mul", [$"v{i - 1}", $"v{i - 2}"], [$"p{i}"])
                    .Node("Max", [$"p{i}", "v0"], [$"q{i}"]).Node("Tanh", [$"q{i}"], [$"t{i}"])),
                ("else_branch", new OnnxGraph().Output($"e{i}", "N", 4).Node("Sub", [$"v{i - 1}", $"v{i - 2}"], [$"s{i}"])
                    .Node("Sin", [$"s{i}"], [$"e{i}"])));
        }

        return g.Node("Sin", [$"v{count - 1}"], ["y"]);
    });

    private static OnnxGraph Nest(OnnxGraph outer, int depth, string to = "y") => depth == 0
        ? outer.Node("Tanh", ["v0"], [to])
        : outer.Node("If", ["c"], [to],
            ("then_branch", Nest(new OnnxGraph().Output($"t{depth}", "N", 4).Node("Sigmoid", ["v0"], [$"s{depth}"]), depth - 1, $"u{depth}")
                .Node("Add", [$"u{depth}", $"s{depth}"], [$"t{depth}"])),
            ("else_branch", new OnnxGraph().Output($"e{depth}", "N", 4).Node("Mul", ["v0", "x"], [$"e{depth}"])));
}
