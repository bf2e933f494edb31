using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Images whose size is open.</content>
internal static partial class ReportedModels
{
    /// <summary>These are tried with other sizes too.</summary>
    internal static Dictionary<string, Func<byte[]>> OpenWindows => new(StringComparer.Ordinal)
    {
        ["open: conv dilated, then one of the same size by strides"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 3, 3))
            .Constant("u", Values(2, 4, 4, 3, 3)).Constant("k", Values(3, 4)).Input("x", "N", 3, "H", "W").Output("y")
            .Node("Conv", ["x", "w", "k"], ["c"], ("pads", Two(2).Concat(Two(2)).ToArray()), ("dilations", Two(2)))
            .Node("Relu", ["c"], ["r"])
            .Node("Conv", ["r", "u"], ["y"], ("auto_pad", "SAME_LOWER"), ("strides", L(2, 3)))),
        ["open: transposed conv same lower of a stride"] = () => Model(14, g => g.Constant("w", Values(1, 3, 2, 3, 3))
            .Input("x", "N", 3, "H", "W")
            .Output("y").Node("ConvTranspose", ["x", "w"], ["y"], ("auto_pad", "SAME_LOWER"), ("strides", Two(2)))),
        ["open: transposed conv same upper of stride one, bias and relu"] = () => Model(14, g => g.Constant("w", Values(1, 3, 2, 3, 3))
            .Constant("k", Values(2, 2)).Input("x", "N", 3, "H", "W").Output("y")
            .Node("ConvTranspose", ["x", "w", "k"], ["t"], ("auto_pad", "SAME_UPPER")).Node("Relu", ["t"], ["y"])),
        ["open: max pool of volumes rounded up"] = () => Model(14, g => g.Input("x", "N", 2, "D", 6, "W").Output("y")
            .Node("MaxPool", ["x"], ["y"], ("kernel_shape", L(3, 3, 3)), ("strides", L(3, 3, 3)), ("pads", s_padding3), ("ceil_mode", 1))),
        ["open: max and average pools rounded up in a row"] = () => Model(19, g => g.Input("x", "N", 3, "H", "W").Output("y").Output("z")
            .Node("MaxPool", ["x"], ["m"], ("kernel_shape", Two(2)), ("strides", Two(2)), ("ceil_mode", 1), ("pads", L(1, 1, 0, 0)))
            .Node("AveragePool", ["m"], ["y"], ("kernel_shape", Two(2)), ("strides", Two(2)), ("ceil_mode", 1))
            .Node("AveragePool", ["x"], ["z"], ("kernel_shape", Two(3)), ("strides", Two(3)), ("pads", s_ones), ("ceil_mode", 1),
                ("count_include_pad", 1))),
        ["open: max pool without padding rounded up"] = () => Model(12, g => g.Input("x", "N", 2, "H", 7).Output("y")
            .Node("MaxPool", ["x"], ["y"], ("kernel_shape", Two(2)), ("strides", Two(2)), ("auto_pad", "VALID"), ("ceil_mode", 1))),
        ["open: pixels shuffled by shapes of the run"] = () => Model(13, g => g.Constant("n0", Tensor.Of([0L], []))
            .Constant("n2", Tensor.Of([2L], []))
            .Constant("n3", Tensor.Of([3L], [])).Integers("i0", 0).Integers("two", 2).Integers("c", 3).Constant("b", Tensor.Of([2L], []))
            .Constant("w", Values(1, 12, 3, 3, 3)).Input("x", "N", 3, "H", "W").Output("y")
            .Node("Conv", ["x", "w"], ["f"], ("pads", s_ones)).Node("Shape", ["f"], ["s"]).Node("Gather", ["s", "n0"], ["n"])
            .Node("Gather", ["s", "n2"], ["h"]).Node("Gather", ["s", "n3"], ["v"]).Node("Unsqueeze", ["n", "i0"], ["nu"])
            .Node("Unsqueeze", ["h", "i0"], ["hu"]).Node("Unsqueeze", ["v", "i0"], ["vu"])
            .Node("Concat", ["nu", "c", "two", "two", "hu", "vu"], ["six"], ("axis", 0)).Node("Reshape", ["f", "six"], ["r"])
            .Node("Transpose", ["r"], ["t"], ("perm", L(0, 1, 4, 2, 5, 3))).Node("Mul", ["h", "b"], ["h2"]).Node("Mul", ["v", "b"], ["v2"])
            .Node("Unsqueeze", ["h2", "i0"], ["hh"]).Node("Unsqueeze", ["v2", "i0"], ["vv"])
            .Node("Concat", ["nu", "c", "hh", "vv"], ["to"], ("axis", 0))
            .Node("Reshape", ["t", "to"], ["y"])),
        ["open: image padded to blocks of four"] = () => Model(13, g => g.Constant("n2", Tensor.Of([2L], []))
            .Constant("n3", Tensor.Of([3L], []))
            .Constant("four", Tensor.Of([4L], [])).Integers("i0", 0).Constant("w", Values(1, 4, 3, 4, 4))
            .Input("x", "N", 3, "H", "W").Output("y")
            .Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "n2"], ["h"]).Node("Gather", ["s", "n3"], ["v"])
            .Node("Mod", ["h", "four"], ["hm"])
            .Node("Sub", ["four", "hm"], ["hs"]).Node("Mod", ["hs", "four"], ["hp"]).Node("Mod", ["v", "four"], ["vm"])
            .Node("Sub", ["four", "vm"], ["vs"]).Node("Mod", ["vs", "four"], ["vp"]).Node("Unsqueeze", ["hp", "i0"], ["hu"])
            .Node("Unsqueeze", ["vp", "i0"], ["vu"]).Integers("none", 0, 0, 0, 0, 0, 0)
            .Node("Concat", ["none", "hu", "vu"], ["p"], ("axis", 0))
            .Node("Pad", ["x", "p"], ["q"]).Node("Conv", ["q", "w"], ["y"], ("strides", Two(4)))),
        ["open: image padded by pairs that are turned around"] = () => Model(13, g => g.Constant("n2", Tensor.Of([2L], []))
            .Constant("n3", Tensor.Of([3L], [])).Constant("four", Tensor.Of([4L], [])).Integers("i0", 0).Integers("zeros", 0, 0, 0, 0)
            .Integers("pairs", -1, 2).Integers("flat", -1).Integers("st", -1).Integers("en", long.MinValue + 1)
            .Constant("w", Values(1, 4, 3, 4, 4))
            .Input("x", "N", 3, "H", "W").Output("y").Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "n2"], ["h"])
            .Node("Gather", ["s", "n3"], ["v"]).Node("Neg", ["h"], ["hn"]).Node("Mod", ["hn", "four"], ["hp"]).Node("Neg", ["v"], ["vn"])
            .Node("Mod", ["vn", "four"], ["vp"]).Node("Unsqueeze", ["hp", "i0"], ["hu"]).Node("Unsqueeze", ["vp", "i0"], ["vu"])
            .Node("Concat", ["i0", "vu", "i0", "hu", "zeros"], ["c"], ("axis", 0)).Node("Reshape", ["c", "pairs"], ["r"])
            .Node("Slice", ["r", "st", "en", "i0", "st"], ["b"]).Node("Transpose", ["b"], ["t"], ("perm", L(1, 0)))
            .Node("Reshape", ["t", "flat"], ["f"]).Node("Cast", ["f"], ["p"], ("to", 7))
            .Node("Pad", ["x", "p"], ["q"]).Node("Conv", ["q", "w"], ["y"], ("strides", Two(4)))),
        ["open: reflected by pairs that are turned around, before conv"] = () => Model(13, g => g.Integers("given", 1, 1, 1, 1)
            .Integers("four", 4)
            .Integers("pairs", -1, 2).Integers("flat", -1).Integers("i0", 0).Integers("st", -1).Integers("en", long.MinValue)
            .Constant("w", Values(1, 4, 3, 3, 3)).Input("x", "N", 3, "H", "W").Output("y")
            .Node("ConstantOfShape", ["four"], ["z"], ("value", Tensor.Of([0L], 1))).Node("Concat", ["given", "z"], ["c"], ("axis", 0))
            .Node("Reshape", ["c", "pairs"], ["r"]).Node("Slice", ["r", "st", "en", "i0", "st"], ["b"])
            .Node("Transpose", ["b"], ["t"], ("perm", L(1, 0)))
            .Node("Reshape", ["t", "flat"], ["f"]).Node("Cast", ["f"], ["p"], ("to", 7)).Node("Pad", ["x", "p"], ["q"], ("mode", "reflect"))
            .Node("Conv", ["q", "w"], ["y"])),
        ["open: frames stacked by twos, padded to an even number"] = () => Model(14, g => g.Constant("n1", Tensor.Of([1L], []))
            .Constant("two", Tensor.Of([2L], []))
            .Integers("i0", 0).Integers("pre", 0, 0, 0, 0).Integers("ten", 10).Integers("i1", 1).Constant("w", Values(1, 10, 4))
            .Input("x", "N", "T", 5).Output("y")
            .Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "n1"], ["t"]).Node("Neg", ["t"], ["tn"])
            .Node("Mod", ["tn", "two"], ["p"]).Node("Unsqueeze", ["p", "i0"], ["pu"])
            .Node("Concat", ["pre", "pu", "i0"], ["pads"], ("axis", 0)).Node("Pad", ["x", "pads"], ["q"])
            .Node("Shape", ["q"], ["qs"]).Node("Slice", ["qs", "i0", "i1", "i0"], ["n"])
            .Node("Gather", ["qs", "n1"], ["qt"]).Node("Div", ["qt", "two"], ["half"]).Node("Unsqueeze", ["half", "i0"], ["hu"])
            .Node("Concat", ["n", "hu", "ten"], ["to"], ("axis", 0))
            .Node("Reshape", ["q", "to"], ["r"]).Node("MatMul", ["r", "w"], ["y"])),
        ["open: patches with places resized to the image, and back"] = () => Model(17, g => g
            .Constant("w", Values(1, 6, 3, 2, 2)).Constant("pos", Values(2, 1, 6, 3, 3))
            .Constant("v", Values(3, 6, 6)).Integers("i0", 0).Integers("i2", 2).Integers("i4", 4).Integers("six", 6)
            .Integers("rest", -1).Integers("one", 1).Constant("cls", Values(4, 1, 1, 6))
            .Integers("end", long.MaxValue).Constant("u", Values(5, 2, 6, 1, 1)).Input("x", "N", 3, "H", "W").Output("y")
            .Node("Conv", ["x", "w"], ["c"], ("strides", Two(2))).Node("Shape", ["c"], ["s"]).Node("Slice", ["s", "i2", "i4", "i0"], ["hw"])
            .Node("Concat", ["one", "six", "hw"], ["sizes"], ("axis", 0))
            .Node("Resize", ["pos", "", "", "sizes"], ["pr"], ("mode", "cubic"), ("cubic_coeff_a", -0.75f))
            .Node("Slice", ["s", "i0", "one", "i0"], ["n"]).Node("Concat", ["n", "six", "rest"], ["flat"], ("axis", 0))
            .Node("Reshape", ["c", "flat"], ["cf"])
            .Node("Transpose", ["cf"], ["ct"], ("perm", L(0, 2, 1))).Node("Concat", ["one", "six", "rest"], ["pflat"], ("axis", 0))
            .Node("Reshape", ["pr", "pflat"], ["pf"])
            .Node("Transpose", ["pf"], ["pt"], ("perm", L(0, 2, 1))).Node("Concat", ["n", "one", "six"], ["cs"], ("axis", 0))
            .Node("Expand", ["cls", "cs"], ["ce"])
            .Node("Add", ["ct", "pt"], ["e"]).Node("Concat", ["ce", "e"], ["tok"], ("axis", 1)).Node("MatMul", ["tok", "v"], ["m"])
            .Node("Tanh", ["m"], ["m1"])
            .Node("Slice", ["m1", "one", "end", "one"], ["body"]).Node("Transpose", ["body"], ["bt"], ("perm", L(0, 2, 1)))
            .Node("Concat", ["n", "six", "hw"], ["map"], ("axis", 0))
            .Node("Reshape", ["bt", "map"], ["b4"]).Node("Conv", ["b4", "u"], ["d"]).Constant("sc", Tensor.Of([1f, 1, 2, 2], 4))
            .Node("Resize", ["d", "", "sc"], ["y"], ("mode", "linear"))),
        ["open: frames beyond a length silenced before conv"] = () => Model(13, g => g.Constant("i0", Tensor.Of([0L], []))
            .Constant("i1", Tensor.Of([1L], [])).Constant("n2", Tensor.Of([2L], []))
            .Constant("zero", Tensor.Scalar(0)).Integers("ax", 1).Integers("a0", 0).Constant("w", Values(1, 4, 3, 5))
            .Input("x", "N", 3, "T").Input("len", DataType.Int64, "N").Output("y")
            .Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "n2"], ["t"]).Node("Range", ["i0", "t", "i1"], ["r"])
            .Node("Unsqueeze", ["r", "a0"], ["ru"]).Node("Unsqueeze", ["len", "ax"], ["lu"])
            .Node("Less", ["ru", "lu"], ["m"]).Node("Not", ["m"], ["mn"]).Node("Unsqueeze", ["mn", "ax"], ["mu"])
            .Node("Where", ["mu", "zero", "x"], ["xm"])
            .Node("Conv", ["xm", "w"], ["c"], ("pads", L(2, 2))).Node("Relu", ["c"], ["y"])),
        ["open: every other pixel of four, stacked, then conv"] = () => Model(13, g => g.Integers("i0", 0).Integers("i1", 1)
            .Integers("two", 2)
            .Integers("end", long.MaxValue).Integers("rows", 2).Integers("columns", 3).Constant("w", Values(1, 6, 12, 3, 3))
            .Input("x", "N", 3, "H", "W").Output("y").Node("Slice", ["x", "i0", "end", "rows", "two"], ["e"])
            .Node("Slice", ["e", "i0", "end", "columns", "two"], ["a"]).Node("Slice", ["x", "i1", "end", "rows", "two"], ["o"])
            .Node("Slice", ["o", "i0", "end", "columns", "two"], ["b"]).Node("Slice", ["e", "i1", "end", "columns", "two"], ["c"])
            .Node("Slice", ["o", "i1", "end", "columns", "two"], ["d"]).Node("Concat", ["a", "b", "c", "d"], ["f"], ("axis", 1))
            .Node("Conv", ["f", "w"], ["k"], ("pads", s_ones)).Node("Sigmoid", ["k"], ["g"]).Node("Mul", ["k", "g"], ["y"])),
        ["open: halved, then made as large as it was"] = () => Model(13, g => g.Integers("i2", 2).Integers("i4", 4).Integers("i0", 0)
            .Constant("w", Values(1, 4, 3, 3, 3)).Constant("u", Values(2, 2, 7, 1, 1)).Input("x", "N", 3, "H", "W").Output("y")
            .Node("Conv", ["x", "w"], ["c"], ("pads", s_ones), ("strides", Two(2))).Node("Shape", ["x"], ["s"])
            .Node("Slice", ["s", "i2", "i4", "i0"], ["hw"]).Node("Shape", ["c"], ["cs"]).Node("Slice", ["cs", "i0", "i2", "i0"], ["nc"])
            .Node("Concat", ["nc", "hw"], ["to"], ("axis", 0)).Node("Resize", ["c", "", "", "to"], ["r"], ("mode", "linear"),
                ("coordinate_transformation_mode", "pytorch_half_pixel")).Node("Concat", ["r", "x"], ["j"], ("axis", 1))
                .Node("Conv", ["j", "u"], ["y"])),
        ["open: made as large as it was in a branch"] = () => Model(13, g => g.Integers("i2", 2).Integers("i4", 4).Integers("i0", 0)
            .Input("x", "N", 3, "H", "W")
            .Input("c", DataType.Bool, 1).Output("y")
            .Node("AveragePool", ["x"], ["p"], ("kernel_shape", Two(2)), ("strides", Two(2)), ("ceil_mode", 1)).Node("Shape", ["x"], ["s"])
            .Node("Slice", ["s", "i2", "i4", "i0"], ["hw"]).Node("Slice", ["s", "i0", "i2", "i0"], ["nc"])
            .Node("Concat", ["nc", "hw"], ["to"], ("axis", 0))
            .Node("If", ["c"], ["y"], ("then_branch", new OnnxGraph().Output("t", DataType.Float32, null!)
            .Node("Resize", ["p", "", "", "to"], ["r"], ("mode", "linear"))
                .Node("Concat", ["r", "x"], ["t"], ("axis", 1))), ("else_branch", new OnnxGraph()
                .Output("e", DataType.Float32, null!).Node("Concat", ["x", "x"], ["e"], ("axis", 1))))),
        ["open: norm of groups by reshapes"] = () => Model(9, g => g.Integers("flat", 0, 2, -1).Constant("one", Tensor.Of([1f, 1], 2))
            .Constant("nil", Tensor.Of([0f, 0], 2)).Constant("s", Values(1, 6, 1, 1)).Constant("b", Values(2, 6, 1, 1))
            .Constant("w", Values(3, 6, 3, 3, 3))
            .Input("x", "N", 3, "H", "W").Output("y").Node("Conv", ["x", "w"], ["c"], ("pads", s_ones))
            .Node("Reshape", ["c", "flat"], ["r"])
            .Node("InstanceNormalization", ["r", "one", "nil"], ["n"], ("epsilon", 1e-5f)).Node("Shape", ["c"], ["sh"])
            .Node("Reshape", ["n", "sh"], ["o"])
            .Node("Mul", ["o", "s"], ["m"]).Node("Add", ["m", "b"], ["a"]).Node("Relu", ["a"], ["y"])),
        ["open: text of any width by conv, both directions and classes"] = () => Model(14, g => Cell(g, 4, 2, 8, 5)
            .Constant("cw", Values(5, 4, 3, 3, 3))
            .Constant("fc", Values(6, 10, 7)).Constant("fb", Values(7, 7)).Integers("to", 0, 8, -1).Integers("flat", 0, 0, -1)
            .Input("x", "N", 3, 4, "W").Output("y").Node("Conv", ["x", "cw"], ["c"], ("pads", s_ones), ("strides", L(2, 1)))
            .Node("HardSwish", ["c"], ["a"]).Node("Reshape", ["a", "to"], ["q"]).Node("Transpose", ["q"], ["t"], ("perm", L(2, 0, 1)))
            .Node("LSTM", ["t", "w", "r", "b"], ["l"], ("hidden_size", 5), ("direction", "bidirectional"))
            .Node("Transpose", ["l"], ["lt"], ("perm", L(2, 0, 1, 3))).Node("Reshape", ["lt", "flat"], ["f"])
            .Node("MatMul", ["f", "fc"], ["m"])
            .Node("Add", ["m", "fb"], ["mb"]).Node("Softmax", ["mb"], ["y"], ("axis", 2))),
        ["open: rows in both directions by recurrent layers"] = () => Model(14, g => Cell(g, 4, 2, 4, 4).Integers("rows", -1, 5, 4)
            .Constant("fc", Values(6, 8, 4)).Integers("flat", 0, 0, -1).Input("x", "N", 4, 5, "T").Output("y")
            .Node("Transpose", ["x"], ["t"], ("perm", L(0, 3, 2, 1))).Node("Reshape", ["t", "rows"], ["v"])
            .Node("Transpose", ["v"], ["vt"], ("perm", L(1, 0, 2)))
            .Node("LSTM", ["vt", "w", "r", "b"], ["l"], ("hidden_size", 4), ("direction", "bidirectional"))
            .Node("Transpose", ["l"], ["lt"], ("perm", L(2, 0, 1, 3))).Node("Reshape", ["lt", "flat"], ["f"])
            .Node("MatMul", ["f", "fc"], ["m"])
            .Node("Shape", ["t"], ["ts"]).Node("Reshape", ["m", "ts"], ["b4"]).Node("Transpose", ["b4"], ["back"], ("perm", L(0, 3, 2, 1)))
            .Node("Add", ["back", "x"], ["y"])),
    };
}
