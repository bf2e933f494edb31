using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// Models whose sizes the run decides, by its inputs or by data: one class for all of them, each compared with ONNX Runtime.
/// </summary>
public sealed class OpenSizesTests : IDisposable
{
    private static readonly long[] s_ones = [1, 1, 1, 1];
    private static readonly long[] s_two = [2, 2];

    private static readonly Dictionary<string, (Func<byte[]> Model, Dictionary<string, Tensor>[] Inputs)> s_cases =
        new(StringComparer.Ordinal)
        {
            ["layers over a sequence"] = (
                () => Model(13, g => g.Constant("w", Values(1, 8, 5)).Constant("b", Values(2, 5)).Input("x", "N", "T", 8).Output("y")
                    .Node("MatMul", ["x", "w"], ["m"]).Node("Add", ["m", "b"], ["a"]).Node("Relu", ["a"], ["r"])
                    .Node("ReduceMean", ["r"], ["y"], ("axes", new long[] { 1 }))),
                [X(1, 3, 8), X(2, 7, 8), X(3, 1, 8)]),
            ["a layer with memory of its own behind a long part of another size"] = (
                () => Model(18, g => Enumerable.Range(0, 40).Aggregate(
                    g.Constant("w", Values(1, 1, 32, 5)).Constant("r", Values(2, 1, 32, 8)).Input("x0", "N", 8).Input("z", "T", 1, 5)
                        .Output("x40").Output("y"),
                    (h, i) => h.Node("Sin", $"/waves/{i}/Sin", [$"x{i}"], [$"x{i + 1}"]))
                    .Node("LSTM", "/memory/LSTM", ["z", "w", "r"], ["y"], ("hidden_size", 8))),
                [
                    new(StringComparer.Ordinal) { ["x0"] = Values(3, 3, 8), ["z"] = Values(4, 2, 1, 5) },
                    new(StringComparer.Ordinal) { ["x0"] = Values(5, 1, 8), ["z"] = Values(6, 7, 1, 5) },
                ]),
            ["attention over a sequence"] = (
                () => Model(13, g => g.Constant("q", Values(1, 8, 8)).Constant("k", Values(2, 8, 8)).Input("x", "N", "T", 8).Output("y")
                    .Node("MatMul", ["x", "q"], ["a"]).Node("MatMul", ["x", "k"], ["b"])
                    .Node("Transpose", ["b"], ["t"], ("perm", new long[] { 0, 2, 1 })).Node("MatMul", ["a", "t"], ["s"])
                    .Node("Softmax", ["s"], ["p"], ("axis", -1)).Node("MatMul", ["p", "x"], ["y"])),
                [X(1, 3, 8), X(2, 17, 8), X(1, 1, 8)]),
            ["heads split by the shape of the input"] = (
                () => Model(13, g => g.Integers("i0", 0).Integers("i1", 1).Integers("rest", 2, 4).Input("x", "N", "T", 8).Output("y")
                    .Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "i0"], ["n"]).Node("Gather", ["s", "i1"], ["t"])
                    .Node("Concat", ["n", "t", "rest"], ["h"], ("axis", 0)).Node("Reshape", ["x", "h"], ["r"])
                    .Node("Transpose", ["r"], ["y"], ("perm", new long[] { 0, 2, 1, 3 }))),
                [X(1, 3, 8), X(2, 5, 8), X(2, 1, 8)]),
            ["convolutions of images of any size"] = (
                () => Model(13, g => g.Constant("w", Values(1, 6, 3, 3, 3)).Constant("u", Values(2, 4, 6, 1, 1))
                    .Constant("d", Values(3, 6, 1, 3, 3)).Input("x", "N", 3, "H", "W").Output("y").Output("z").Output("m")
                    .Node("Conv", ["x", "w"], ["a"], ("pads", s_ones), ("strides", s_two)).Node("Relu", ["a"], ["b"])
                    .Node("Conv", ["b", "d"], ["c"], ("group", 6), ("pads", s_ones))
                    .Node("MaxPool", ["c"], ["p"], ("kernel_shape", s_two), ("strides", s_two)).Node("Conv", ["p", "u"], ["y"])
                    .Node("GlobalAveragePool", ["y"], ["z"]).Node("GlobalMaxPool", ["y"], ["m"])),
                [X(1, 3, 16, 16), X(2, 3, 9, 30), X(1, 3, 33, 12)]),
            ["transposed convolutions with kernels larger than their strides"] = (
                () => Model(13, g => g.Constant("w", Values(1, 6, 3, 3, 3)).Constant("u", Values(2, 6, 4, 4, 4))
                    .Constant("v", Values(3, 6, 2, 5, 5)).Input("x", "N", 3, "H", "W").Output("y").Output("z")
                    .Node("Conv", ["x", "w"], ["a"], ("pads", s_ones), ("strides", s_two)).Node("Relu", ["a"], ["b"])
                    .Node("Conv", ["b", "k"], ["c"], ("strides", s_two)).Constant("k", Values(4, 6, 6, 1, 1))
                    .Node("ConvTranspose", ["c", "u"], ["y"], ("pads", s_ones), ("strides", s_two))
                    .Node("ConvTranspose", ["c", "v"], ["z"], ("strides", new long[] { 3, 2 }))),
                [X(1, 3, 16, 16), X(2, 3, 9, 30), X(1, 3, 33, 12)]),
            ["images padded to whole tiles"] = (
                () => Model(13, g => ToTiles(g.Constant("w0", Values(1, 4, 3, 3, 3)).Constant("w1", Values(2, 3, 4, 1, 1))
                    .Constant("up", Tensor.Of([1f, 1, 2, 2], 4)).Integers("none", 0, 0).Integers("axes", 2, 3)
                    .Integers("tiles", 0, 0, 0, -1, 8).Input("x", "N", 3, "H", "W").Output("y").Output("z"))
                    .Node("Conv", ["tiled", "w0"], ["a"], ("pads", s_ones), ("strides", s_two)).Node("Conv", ["a", "w1"], ["b"])
                    .Node("Resize", ["b", "", "up"], ["c"], ("mode", "linear")).Node("Concat", ["h", "w"], ["ends"], ("axis", 0))
                    .Node("Slice", ["c", "none", "ends", "axes"], ["y"])
                    .Node("Transpose", ["tiled"], ["t"], ("perm", new long[] { 0, 1, 3, 2 })).Node("Reshape", ["t", "tiles"], ["rows"])
                    .Node("ReduceMax", ["rows"], ["z"], ("axes", new long[] { 4 }), ("keepdims", 0))),
                [X(1, 3, 16, 16), X(2, 3, 9, 30), X(1, 3, 33, 12)]),
            ["positions kept inside a row whose length the run knows"] = (
                () => Model(13, g => g.Constant("last", Tensor.Of([1L], [])).Constant("none", Tensor.Of([0L], []))
                    .Input("x", "N", "T").Input("p", DataType.Int64, 8).Output("y").Output("q", DataType.Int64).Node("Shape", ["x"], ["s"])
                    .Node("Gather", ["s", "last"], ["length"]).Node("Sub", ["length", "last"], ["most"])
                    .Node("Clip", ["p", "none", "most"], ["inside"]).Node("Gather", ["x", "inside"], ["y"], ("axis", 1))
                    .Node("Min", ["p", "most"], ["q"])),
                [Padded([2, 5], 0, 3, 4, 5, 9, -1, 2, 1), Padded([1, 3], 7, 2, 1, 0, -5, 1, 1, 2)]),
            ["weights that the run computes"] = (
                () => Model(13, g => g.Constant("p", Values(1, 5, 72)).Constant("b", Values(2, 4)).Integers("grouped", 4, 2, 3, 3)
                    .Integers("depthwise", 4, 1, 3, 6).Input("x", 1, 4, "H", "W").Input("s", 1, 5).Output("y").Output("z")
                    .Node("MatMul", ["s", "p"], ["w"]).Node("Reshape", ["w", "grouped"], ["v"])
                    .Node("Reshape", ["w", "depthwise"], ["u"])
                    .Node("Conv", ["x", "v", "b"], ["y"], ("pads", s_ones), ("group", 2), ("strides", s_two))
                    .Node("Conv", ["x", "u"], ["z"], ("group", 4), ("pads", new long[] { 1, 2, 1, 3 }))),
                [Weighed(1, 4, 9, 7), Weighed(1, 4, 6, 20), Weighed(1, 4, 3, 6)]),
            ["an even part of a row in two halves"] = (
                () => Model(14, g => g.Constant("last", Tensor.Of([2L], [])).Constant("two", Tensor.Of([2L], [])).Integers("none", 0)
                    .Integers("axis", 2).Integers("halves", 0, 12, -1).Input("x", "N", 6, "T").Output("y").Node("Shape", ["x"], ["s"])
                    .Node("Gather", ["s", "last"], ["t"]).Node("Div", ["t", "two"], ["half"]).Node("Mul", ["half", "two"], ["even"])
                    .Node("Unsqueeze", ["even", "none"], ["end"]).Node("Slice", ["x", "none", "end", "axis"], ["part"])
                    .Node("Reshape", ["part", "halves"], ["y"], ("allowzero", 0))),
                [X(1, 6, 5), X(2, 6, 8), X(3, 6, 3)]),
            ["images padded by data and resized"] = (
                () => Model(13, g => g.Constant("up", Tensor.Of([1f, 1, 2, 3], 4)).Input("x", "N", 2, "H", "W")
                    .Input("p", DataType.Int64, 8).Output("y").Output("z").Node("Pad", ["x", "p"], ["a"])
                    .Node("AveragePool", ["a"], ["b"], ("kernel_shape", s_two), ("strides", s_two))
                    .Node("Resize", ["b", "", "up"], ["y"], ("mode", "linear"))
                    .Node("Resize", ["a", "", "up"], ["z"], ("mode", "nearest"))),
                [Padded([1, 2, 4, 6], 0, 0, 1, 2, 0, 0, 3, 0), Padded([2, 2, 5, 3], 0, 0, 0, 0, 0, 0, 1, 2)]),
            ["windows padded to the same size"] = (
                () => Model(13, g => g.Constant("w", Values(1, 6, 3, 3, 3)).Constant("k", Values(2, 4, 6, 1, 1))
                    .Constant("d", Values(3, 6, 1, 5, 5)).Input("x", "N", 3, "H", "W").Output("y").Output("z").Output("a").Output("l")
                    .Node("Conv", ["x", "w"], ["c"], ("auto_pad", "SAME_UPPER"), ("strides", s_two)).Node("Relu", ["c"], ["r"])
                    .Node("Conv", ["r", "d"], ["e"], ("group", 6), ("auto_pad", "SAME_LOWER"), ("strides", s_two))
                    .Node("MaxPool", ["r"], ["m"], ("kernel_shape", new long[] { 3, 2 }), ("auto_pad", "SAME_UPPER"), ("strides", s_two))
                    .Node("Add", ["m", "e"], ["y"])
                    .Node("AveragePool", ["c"], ["a"], ("kernel_shape", new long[] { 3, 3 }), ("auto_pad", "SAME_LOWER"),
                        ("strides", s_two))
                    .Node("AveragePool", ["c"], ["z"], ("kernel_shape", new long[] { 3, 3 }), ("auto_pad", "SAME_UPPER"),
                        ("strides", s_two), ("count_include_pad", 1))
                    .Node("Conv", ["c", "k"], ["l"], ("auto_pad", "SAME_UPPER"), ("strides", s_two))),
                [X(1, 3, 16, 16), X(2, 3, 9, 30), X(1, 3, 33, 12), X(1, 3, 5, 7)]),
            ["windows rounded up"] = (
                () => Model(13, g => g.Input("x", "N", 3, "H", "W").Output("y").Output("z").Output("a")
                    .Node("MaxPool", ["x"], ["y"], ("kernel_shape", s_two), ("strides", s_two), ("ceil_mode", 1))
                    .Node("MaxPool", ["x"], ["z"], ("kernel_shape", new long[] { 3, 3 }), ("strides", s_two), ("ceil_mode", 1),
                        ("pads", s_ones))
                    .Node("AveragePool", ["x"], ["a"], ("kernel_shape", new long[] { 2, 3 }), ("strides", new long[] { 3, 3 }),
                        ("ceil_mode", 1))),
                [X(1, 3, 16, 16), X(2, 3, 9, 31), X(1, 3, 33, 12), X(1, 3, 5, 7)]),
            ["volumes of any size"] = (
                () => Model(13, g => g.Constant("w", Values(1, 8, 3, 3, 3, 3)).Constant("d", Values(2, 8, 1, 2, 3, 3))
                    .Constant("u", Values(3, 6, 4, 1, 1, 1)).Constant("s", Values(4, 2, 8, 1, 2, 2)).Constant("t", Values(5, 8, 3, 2, 2, 2))
                    .Input("x", "N", 3, "D", "H", "W").Output("y").Output("z").Output("v").Output("o")
                    .Node("Conv", ["x", "w"], ["a"], ("pads", new long[] { 1, 1, 1, 1, 1, 1 }), ("strides", new long[] { 1, 2, 2 }))
                    .Node("Relu", ["a"], ["b"]).Node("Conv", ["b", "d"], ["c"], ("group", 8), ("dilations", new long[] { 2, 1, 1 }))
                    .Node("Conv", ["c", "u"], ["y"], ("group", 2)).Node("Conv", ["a", "s"], ["z"], ("strides", new long[] { 2, 1, 1 }))
                    .Node("MaxPool", ["a"], ["m"], ("kernel_shape", new long[] { 2, 2, 2 }), ("strides", new long[] { 2, 2, 2 }))
                    .Node("ConvTranspose", ["m", "t"], ["v"], ("strides", new long[] { 2, 2, 2 }))
                    .Node("ReduceMean", ["x"], ["mean"], ("axes", new long[] { 0, 2, 3, 4 })).Node("Mul", ["w", "mean"], ["k"])
                    .Node("Conv", ["x", "k"], ["o"], ("pads", new long[] { 1, 1, 1, 1, 1, 1 }))),
                [X(1, 3, 4, 9, 8), X(2, 3, 5, 12, 7), X(1, 3, 3, 6, 14)]),
            ["places of the largest elements of images of any size"] = (
                () => Model(13, g => g.Input("x", "N", 3, "H", "W").Output("y").Output("i", DataType.Int64).Output("j", DataType.Int64)
                    .Node("MaxPool", ["x"], ["y", "i"], ("kernel_shape", s_two), ("strides", s_two))
                    .Node("MaxPool", ["x"], ["z", "j"], ("kernel_shape", new long[] { 3, 3 }), ("strides", s_two), ("pads", s_ones),
                        ("storage_order", 1))),
                [X(1, 3, 16, 16), X(2, 3, 9, 31), X(1, 3, 5, 7)]),
            ["codes of images of any size whose zero point the run finds"] = (
                () => Model(13, g => g.Constant("w", Tensor.Of([.. Enumerable.Range(0, 54).Select(i => (sbyte)((i * 37 % 255) - 127))],
                        2, 3, 3, 3)).Input("x", "N", 3, "H", "W").Output("y").Node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"])
                    .Node("ConvInteger", ["q", "w", "z"], ["c"], ("pads", s_ones), ("strides", s_two))
                    .Node("Cast", ["c"], ["f"], ("to", 1)).Node("Mul", ["f", "s"], ["y"])),
                [X(1, 3, 16, 16), X(2, 3, 9, 31), X(1, 3, 5, 7)]),
            ["what lies between the first and the last"] = (
                () => Model(13, g => g.Integers("i1", 1).Integers("last", -1).Input("x", "N", "T").Output("y").Output("z")
                    .Node("Slice", ["x", "i1", "last", "i1"], ["s"]).Node("Exp", ["s"], ["y"]).Node("ReduceSum", ["y", "i1"], ["z"])),
                [X(2, 4), X(2, 2), X(3, 1)]),
            ["a crop around the middle, or a frame around it, of a size that is an input, by long names"] = (
                () => Model(18, g => g.Integers("two", 2).Input("x", 6, 5, 3).Input("shape", DataType.Int64, 3).Output("y")
                    .Node("Shape", ["x"], [Long("from")]).Node("Max", [Long("from"), "shape"], [Long("most")])
                    .Node("Sub", [Long("most"), Long("from")], [Long("all")]).Node("Div", [Long("all"), "two"], [Long("before")])
                    .Node("Sub", [Long("all"), Long("before")], [Long("behind")])
                    .Node("Concat", [Long("before"), Long("behind")], [Long("pads")], ("axis", 0))
                    .Node("Pad", ["x", Long("pads")], [Long("padded")]).Node("Shape", [Long("padded")], [Long("whole")])
                    .Node("Sub", [Long("whole"), "shape"], [Long("rest")]).Node("Div", [Long("rest"), "two"], [Long("start")])
                    .Node("Add", [Long("start"), "shape"], [Long("end")])
                    .Node("Slice", [Long("padded"), Long("start"), Long("end")], ["y"])),
                [Cropped(2, 3, 1), Cropped(9, 4, 3), Cropped(6, 5, 3), Cropped(7, 8, 6)]),
            ["shapes of which the run says only some sizes"] = (
                () => Model(13, g => g.Integers("two", 2).Integers("three", 3).Integers("i0", 0).Integers("i1", 1)
                    .Constant("k", Values(1, 2, 1)).Constant("w", Values(2, 3, 4)).Input("x", "N", 6)
                    .Input("shape", DataType.Int64, 2).Output("y").Output("z").Output("u").Node("Split", ["shape"], ["a", "b"])
                    .Node("Concat", ["a", "two", "three"], ["e"], ("axis", 0)).Node("Expand", ["k", "e"], ["f"])
                    .Node("MatMul", ["f", "w"], ["m"]).Node("Transpose", ["m"], ["y"], ("perm", new long[] { 1, 2, 0 }))
                    .Node("Concat", ["i1", "b"], ["c"], ("axis", 0)).Node("ConstantOfShape", ["c"], ["o"])
                    .Node("Squeeze", ["o", "i0"], ["q"]).Node("Exp", ["q"], ["z"])
                    .Node("Concat", ["b", "three", "two"], ["h"], ("axis", 0)).Node("Reshape", ["x", "h"], ["r"])
                    .Node("Transpose", ["r"], ["u"], ("perm", new long[] { 2, 1, 0 }))),
                [Partly(4, 2), Partly(1, 5), Partly(3, 1)]),
            ["blocks of pixels"] = (
                () => Model(13, g => g.Input("x", "N", 3, "H", "W").Output("y")
                    .Node("SpaceToDepth", ["x"], ["y"], ("blocksize", 2))),
                [X(1, 3, 16, 16), X(2, 3, 10, 30), X(1, 3, 32, 12)]),
            ["windows of pixels by the shape of the input"] = (
                () => Model(13, g => g.Integers("i0", 0).Integers("i2", 2).Integers("i3", 3).Integers("b", 4).Integers("c", 3)
                    .Input("x", "N", 3, "H", "W").Output("y")
                    .Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "i0"], ["n"]).Node("Gather", ["s", "i2"], ["h"])
                    .Node("Gather", ["s", "i3"], ["w"]).Node("Div", ["h", "b"], ["p"]).Node("Div", ["w", "b"], ["q"])
                    .Node("Concat", ["n", "c", "p", "b", "q", "b"], ["t"], ("axis", 0)).Node("Reshape", ["x", "t"], ["r"])
                    .Node("Transpose", ["r"], ["y"], ("perm", new long[] { 0, 2, 4, 1, 3, 5 }))),
                [X(1, 3, 16, 16), X(2, 3, 8, 32), X(1, 3, 32, 12)]),
            ["a U-Net of two levels"] = (
                () => Model(13, g => g.Constant("w", Values(1, 4, 3, 3, 3)).Constant("u", Values(2, 4, 4, 3, 3))
                    .Constant("v", Values(3, 2, 8, 1, 1)).Constant("s", Tensor.Of([1f, 1, 2, 2], 4))
                    .Input("x", "N", 3, "H", "W").Output("y").Node("Conv", ["x", "w"], ["a"], ("pads", s_ones))
                    .Node("MaxPool", ["a"], ["p"], ("kernel_shape", s_two), ("strides", s_two))
                    .Node("Conv", ["p", "u"], ["b"], ("pads", s_ones))
                    .Node("Resize", ["b", "", "s"], ["r"], ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"),
                        ("nearest_mode", "floor"))
                    .Node("Concat", ["a", "r"], ["c"], ("axis", 1)).Node("Conv", ["c", "v"], ["y"])),
                [X(1, 3, 8, 8), X(2, 3, 16, 6), X(1, 3, 2, 32)]),
            ["places that are not zero"] = (
                () => Model(13, g => g.Input("x", "N", 5).Output("y", DataType.Int64).Output("z").Output("n", DataType.Int64)
                    .Node("Relu", ["x"], ["r"])
                    .Node("NonZero", ["r"], ["y"]).Node("Shape", ["y"], ["n"])
                    .Node("Transpose", ["y"], ["t"], ("perm", new long[] { 1, 0 })).Node("GatherND", ["r", "t"], ["z"])),
                [X(1, 5), X(4, 5), Below(3, 5), X(2, 5)]),
            ["parts of places that there may be none of"] = (
                () => Model(13, g => g.Integers("i0", 0).Integers("i1", 1).Integers("last", -1).Integers("end", long.MaxValue)
                    .Input("x", "N", 5).Output("a", DataType.Int64).Output("b", DataType.Int64).Output("c", DataType.Int64)
                    .Output("d", DataType.Int64).Output("e")
                    .Node("Relu", ["x"], ["r"]).Node("NonZero", ["r"], ["p"])
                    .Node("Slice", ["p", "i0", "i1", "i1"], ["a"]).Node("Slice", ["p", "last", "end", "i1"], ["b"])
                    .Node("Slice", ["p", "i0", "last", "i1"], ["c"])
                    .Node("Shape", ["p"], ["s"]).Node("Gather", ["s", "i1"], ["n"]).Node("Min", ["n", "i1"], ["d"])
                    .Node("Max", ["n", "i1"], ["m"]).Node("Cast", ["m"], ["f"], ("to", 1L)).Node("ReduceSum", ["r"], ["t"])
                    .Node("Div", ["t", "f"], ["e"])),
                [X(1, 5), Below(3, 5), X(4, 5), Below(1, 5)]),
            ["what is done where nothing is found"] = (
                () => Model(13, g => g.Integers("i1", 1).Integers("none", 0).Constant("k", Values(1, 5)).Input("x", "N", 5)
                    .Output("y").Output("z").Node("Relu", ["x"], ["r"]).Node("NonZero", ["r"], ["p"])
                    .Node("Shape", ["p"], ["s"]).Node("Gather", ["s", "i1"], ["n"]).Node("Equal", ["n", "none"], ["empty"])
                    .Node("Where", ["empty", "k", "x"], ["y"])
                    .Node("Squeeze", ["empty"], ["c"])
                    .Node("If", ["c"], ["z"], ("then_branch", new OnnxGraph().Output("t").Node("Neg", ["x"], ["t"])),
                        ("else_branch", new OnnxGraph().Output("u").Node("Exp", ["x"], ["u"])))),
                [X(1, 5), Below(3, 5), X(4, 5), Below(1, 5)]),
            ["rows for which a condition holds"] = (
                () => Model(13, g => g.Constant("zero", Tensor.Scalar(0)).Integers("one", 1).Input("x", "N", 3).Output("y").Output("z")
                    .Node("ReduceSum", ["x", "one"], ["s"], ("keepdims", 0)).Node("Greater", ["s", "zero"], ["c"])
                    .Node("Compress", ["x", "c"], ["y"], ("axis", 0)).Node("Compress", ["x", "c"], ["z"])),
                [X(4, 3), X(9, 3), X(1, 3)]),
            ["different numbers"] = (
                () => Model(13, g => g.Input("x", "N", 2).Output("y").Output("f", DataType.Int64).Output("i", DataType.Int64)
                    .Output("c", DataType.Int64).Output("u").Node("Round", ["x"], ["r"]).Node("Unique", ["r"], ["y", "f", "i", "c"])
                    .Node("Unique", ["r"], ["u"], ("axis", 0), ("sorted", 0))),
                [X(7, 2), X(30, 2), X(1, 2)]),
            ["boxes without those that overlap"] = (
                () => Model(13, g => g.Integers("most", 4).Constant("iou", Tensor.Scalar(0.3f)).Constant("score", Tensor.Scalar(0.1f))
                    .Constant("half", Tensor.Scalar(0.5f)).Input("b", "N", "K", 4).Input("s", "N", 2, "K")
                    .Output("y", DataType.Int64).Output("z", DataType.Int64)
                    .Node("NonMaxSuppression", ["b", "s", "most", "iou", "score"], ["y"])
                    .Node("NonMaxSuppression", ["b", "s", "most", "iou"], ["z"], ("center_point_box", 1))),
                [.. new long[] { 6, 20, 1 }.Select(k => new Dictionary<string, Tensor>(StringComparer.Ordinal)
                {
                    ["b"] = Values((int)k, 2, k, 4), ["s"] = Values((int)k + 1, 2, 2, k),
                })]),
            ["boxes without those that overlap, however many"] = (
                () => Model(13, g => g.Integers("most", long.MaxValue).Constant("iou", Tensor.Scalar(0.3f)).Input("b", 1, "K", 4)
                    .Input("s", 1, 1, "K").Output("y", DataType.Int64).Node("NonMaxSuppression", ["b", "s", "most", "iou"], ["y"])),
                [.. new long[] { 6, 20, 1 }.Select(k => new Dictionary<string, Tensor>(StringComparer.Ordinal)
                {
                    ["b"] = Values((int)k, 1, k, 4), ["s"] = Values((int)k + 1, 1, 1, k),
                })]),
            ["the five largest, and the thousand largest"] = (
                () => Model(13, g => g.Integers("k", 5).Integers("many", 1000).Input("x", 1, "N").Input("z", 1, "M").Output("y")
                    .Output("i", DataType.Int64).Output("w").Node("TopK", ["x", "k"], ["y", "i"]).Node("TopK", ["z", "many"], ["w", "j"])),
                [.. new long[] { 5, 20, 7 }.Select(n => new Dictionary<string, Tensor>(StringComparer.Ordinal)
                {
                    ["x"] = Values((int)n, 1, n), ["z"] = Values((int)n, 1, 1000 + n),
                })]),
            ["updates whose number is found twice"] = (
                () => Model(16, g => g.Input("x", "N", 5).Output("y").Output("z").Node("Relu", ["x"], ["r"]).Node("Exp", ["x"], ["e"])
                    .Node("NonZero", ["r"], ["p"]).Node("NonZero", ["r"], ["q"])
                    .Node("Transpose", ["p"], ["t"], ("perm", new long[] { 1, 0 }))
                    .Node("Transpose", ["q"], ["u"], ("perm", new long[] { 1, 0 }))
                    .Node("GatherND", ["e", "u"], ["v"]).Node("ScatterND", ["x", "t", "v"], ["y"])
                    .Node("Cast", ["q"], ["f"], ("to", 1L)).Constant("zeros", Tensor.Of(new float[100], 2, 50))
                    .Node("ScatterElements", ["zeros", "p", "f"], ["z"], ("axis", 1))),
                [X(1, 5), Below(3, 5), X(4, 5), X(2, 5)]),
            ["moved dimensions of images of any size"] = (
                () => Model(21, g => g.Constant("s", Values(1, 8)).Constant("b", Values(2, 8)).Integers("one", 1)
                    .Input("x", "N", 8, "H", "W").Output("d").Output("c").Output("n").Output("l").Output("e")
                    .Node("DepthToSpace", ["x"], ["d"], ("blocksize", 2))
                    .Node("DepthToSpace", ["x"], ["c"], ("blocksize", 2), ("mode", "CRD"))
                    .Node("GroupNormalization", ["x", "s", "b"], ["n"], ("num_groups", 4)).Node("LRN", ["x"], ["l"], ("size", 3))
                    .Node("ReduceLogSumExp", ["x", "one"], ["e"], ("keepdims", 0))),
                [X(1, 8, 3, 5), X(2, 8, 4, 4), X(3, 8, 1, 2)]),
            ["numbers from two up to a size"] = (
                () => Model(13, g => g.Constant("two", Tensor.Of([2L], [])).Constant("one", Tensor.Of([1L], [])).Input("x", "N", 3)
                    .Output("y", DataType.Int64).Output("z", DataType.Int64)
                    .Node("Size", ["x"], ["s"]).Node("Shape", ["x"], ["d"]).Constant("i0", Tensor.Of([0L], []))
                    .Node("Gather", ["d", "i0"], ["n"]).Node("Range", ["two", "n", "one"], ["y"])
                    .Node("Range", ["one", "s", "one"], ["z"])),
                [X(1, 3), X(5, 3), X(2, 3), X(3, 3)]),
            ["parts that data gives, backwards"] = (
                () => Model(13, g => g.Input("x", "N", 12).Input("s", (object)2).Input("e", (object)2).Output("y")
                    .Integers("ax", 1, 0).Integers("by", -2, -1).Node("Cast", ["s"], ["i"], ("to", 7L))
                    .Node("Cast", ["e"], ["j"], ("to", 7L))
                    .Node("Slice", ["x", "i", "j", "ax", "by"], ["y"])),
                [Sizes([-20f, 1], [-30f, -9], 2), Sizes([9f, -9], [2f, -20], 3), Sizes([0f, 0], [5f, 0], 4),
                    Sizes([-1f, 99], [-99f, 0], 4)]),
            ["shapes that data gives"] = (
                () => Model(13, g => g.Input("x", "N", 12).Input("s", (object)2).Input("e", (object)3).Output("y").Output("z")
                    .Node("Cast", ["s"], ["i"], ("to", 7L)).Node("Cast", ["e"], ["j"], ("to", 7L))
                    .Node("Reshape", ["x", "i"], ["y"]).Node("Expand", ["x", "j"], ["z"])),
                [Sizes([4f, -1], [3f, 1, 1], 1), Sizes([3f, 8], [2f, 2, 12], 2), Sizes([-1f, 6], [1f, 3, 1], 3)]),
            ["parts that data gives"] = (
                () => Model(13, g => g.Input("x", "N", 12).Input("s", (object)2).Input("e", (object)2).Output("y").Output("r").Output("t")
                    .Integers("ax", 1, 0).Integers("i0", 0).Integers("none")
                    .Node("Cast", ["s"], ["i"], ("to", 7L)).Node("Cast", ["e"], ["j"], ("to", 7L))
                    .Node("Slice", ["x", "i", "j", "ax"], ["y"])
                    .Node("Gather", ["j", "i0"], ["one"]).Node("ReduceSum", ["x", "one"], ["r"], ("keepdims", 0))
                    .Node("Tile", ["x", "j"], ["t"])),
                [Sizes([1f, 0], [1f, 1], 2), Sizes([-4f, 1], [1f, 4], 3), Sizes([0f, -1], [0f, 2], 4)]),
            ["images resized to the size of others"] = (
                () => Model(18, g => g.Constant("w", Values(1, 4, 3, 3, 3)).Integers("i2", 2).Integers("i4", 4).Integers("i0", 0)
                    .Input("x", "N", 3, "H", "W").Output("y").Output("z").Output("c").Output("a")
                    .Node("Conv", ["x", "w"], ["f"], ("pads", s_ones), ("strides", s_two))
                    .Node("Shape", ["x"], ["s"]).Node("Slice", ["s", "i2", "i4"], ["hw"]).Node("Shape", ["f"], ["t"])
                    .Node("Slice", ["t", "i0", "i2"], ["nc"]).Node("Concat", ["nc", "hw"], ["size"], ("axis", 0))
                    .Node("Resize", ["f", "", "", "size"], ["y"], ("mode", "linear"),
                        ("coordinate_transformation_mode", "pytorch_half_pixel"))
                    .Node("Resize", ["f", "", "", "size"], ["z"], ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"),
                        ("nearest_mode", "floor"))
                    .Node("Resize", ["f", "", "", "hw"], ["c"], ("mode", "cubic"), ("axes", new long[] { 2, 3 }))
                    .Node("Slice", ["t", "i2", "i4"], ["small"])
                    .Node("Resize", ["x", "", "", "small"], ["a"], ("mode", "linear"), ("axes", new long[] { -2, -1 }), ("antialias", 1))),
                [X(1, 3, 16, 16), X(2, 3, 9, 30), X(1, 3, 33, 12), X(1, 3, 2, 3)]),
            ["images resized by factors"] = (
                () => Model(13, g => g.Constant("s", Tensor.Of([1f, 1, 1.7f, 0.5f], 4)).Input("x", "N", 2, "H", "W").Output("y").Output("z")
                    .Output("c").Node("Resize", ["x", "", "s"], ["y"], ("mode", "linear"),
                        ("coordinate_transformation_mode", "align_corners"))
                    .Node("Resize", ["x", "", "s"], ["z"], ("mode", "nearest"), ("nearest_mode", "ceil"))
                    .Node("Resize", ["x", "", "s"], ["c"], ("mode", "cubic"), ("cubic_coeff_a", -0.5f), ("exclude_outside", 1))),
                [X(1, 2, 16, 16), X(2, 2, 9, 30), X(1, 2, 33, 12)]),
            ["images resized as data says"] = (
                () => Model(18, g => g.Input("x", "N", 12).Input("s", (object)2).Input("e", (object)2).Output("y").Output("z").Output("k")
                    .Node("Cast", ["s"], ["i"], ("to", 7L))
                    .Node("Resize", ["x", "", "", "i"], ["y"], ("mode", "linear"))
                    .Node("Resize", ["x", "", "e"], ["z"], ("mode", "nearest"))
                    .Node("Resize", ["x", "", "", "i"], ["k"], ("mode", "linear"), ("keep_aspect_ratio_policy", "not_larger"))),
                [Sizes([4f, 30], [0.7f, 2.2f], 2), Sizes([3f, 8], [1f, 0.25f], 3), Sizes([1f, 1], [2f, 1], 5)]),
            ["numbers up to what data says"] = (
                () => Model(13, g => g.Constant("half", Tensor.Scalar(0.5f)).Constant("start", Tensor.Scalar(1f)).Input("x").Output("y")
                    .Output("z").Node("Range", ["start", "x", "half"], ["y"]).Node("Mul", ["y", "y"], ["z"])),
                [.. new[] { 4.2f, 1f, 20 }
                    .Select(x => new Dictionary<string, Tensor>(StringComparer.Ordinal) { ["x"] = Tensor.Scalar(x) })]),
            ["numbers by tenths up to what data says"] = (
                () => Model(13, g => g.Constant("tenth", Tensor.Scalar(0.1f)).Constant("start", Tensor.Scalar(0.1f)).Input("x").Output("y")
                    .Node("Range", ["start", "x", "tenth"], ["y"])),
                [.. new[] { 1.1f, 0.1f, 2.1f, -1 }
                    .Select(x => new Dictionary<string, Tensor>(StringComparer.Ordinal) { ["x"] = Tensor.Scalar(x) })]),
            ["running sums along an axis that data names"] = (
                () => Model(14, g => g.Input("x", "N", 12).Input("s", (object)2).Input("e", (object)3).Output("y").Output("b").Output("e1")
                    .Output("be").Integers("i0", 0)
                    .Node("Cast", ["s"], ["c"], ("to", 7L)).Node("Gather", ["c", "i0"], ["g"]).Node("Squeeze", ["g", "i0"], ["a"])
                    .Node("CumSum", ["x", "a"], ["y"]).Node("CumSum", ["x", "a"], ["b"], ("reverse", 1))
                    .Node("CumSum", ["x", "a"], ["e1"], ("exclusive", 1))
                    .Node("CumSum", ["x", "a"], ["be"], ("exclusive", 1), ("reverse", 1))),
                [Sizes([0f, 0], [0f, 0, 0], 2), Sizes([1f, 0], [0f, 0, 0], 3), Sizes([-1f, 0], [0f, 0, 0], 4)]),
            ["triangles and paddings that data takes below zero"] = (
                () => Model(14, g => g.Input("x", "N", 6).Input("k", DataType.Int64).Input("p", DataType.Int64, 4).Output("low")
                    .Output("high").Output("y").Node("Trilu", ["x", "k"], ["low"], ("upper", 0)).Node("Trilu", ["x", "k"], ["high"])
                    .Node("Pad", ["x", "p"], ["y"])),
                [Moved(3, 0, 0, 1, 0, 2), Moved(4, -2, 1, -1, 0, -2), Moved(5, 3, -1, 0, -2, 1)]),
            ["halves of what only the run knows"] = (
                () => Model(13, g => g.Input("x", "N", 3, "T").Output("y").Output("z").Node("Split", ["x"], ["a", "b"], ("axis", -1))
                    .Node("Sigmoid", ["b"], ["s"]).Node("Mul", ["a", "s"], ["y"])
                    .Node("Split", ["x"], ["c", "d"], ("axis", 0)).Node("Sub", ["d", "c"], ["z"])),
                [X(2, 3, 4), X(4, 3, 10), X(2, 3, 2)]),
            ["frames of a signal, and back"] = (
                () => Model(13, g => g.Integers("frames", -1, 16).Integers("back", 1, -1).Constant("w", Values(1, 16, 16))
                    .Input("x", 1, "T").Output("y").Output("z").Node("Reshape", ["x", "frames"], ["f"]).Node("MatMul", ["f", "w"], ["z"])
                    .Node("Reshape", ["z", "back"], ["y"])),
                [X(1, 32), X(1, 16), X(1, 80)]),
            ["a part that becomes rows of another length"] = (
                () => Model(13, g => g.Integers("i0", 0).Integers("end", 20).Integers("i1", 1).Integers("rows", -1, 60)
                    .Input("x", "N", "T", 3).Output("y").Node("Slice", ["x", "i0", "end", "i1"], ["s"])
                    .Node("Reshape", ["s", "rows"], ["y"])),
                [X(2, 30, 3), X(1, 20, 3), X(6, 10, 3)]),
            ["windows of images, and back"] = (
                () => Model(13, g => g.Integers("i0", 0).Integers("i1", 1).Integers("i2", 2).Integers("three", 3).Integers("four", 4)
                    .Integers("rows", -1, 9, 4).Input("x", "N", "H", "W", 4).Output("y").Output("z").Node("Shape", ["x"], ["s"])
                    .Node("Gather", ["s", "i0"], ["n"]).Node("Gather", ["s", "i1"], ["h"]).Node("Gather", ["s", "i2"], ["w"])
                    .Node("Div", ["h", "three"], ["v"]).Node("Div", ["w", "three"], ["u"])
                    .Node("Concat", ["n", "v", "three", "u", "three", "four"], ["apart"], ("axis", 0))
                    .Node("Reshape", ["x", "apart"], ["r"]).Node("Transpose", ["r"], ["t"], ("perm", new long[] { 0, 1, 3, 2, 4, 5 }))
                    .Node("Reshape", ["t", "rows"], ["o"]).Node("Softmax", ["o"], ["y"], ("axis", 1))
                    .Node("Concat", ["n", "v", "u", "three", "three", "four"], ["back"], ("axis", 0))
                    .Node("Reshape", ["y", "back"], ["b"]).Node("Transpose", ["b"], ["c"], ("perm", new long[] { 0, 1, 3, 2, 4, 5 }))
                    .Node("Concat", ["n", "h", "w", "four"], ["whole"], ("axis", 0)).Node("Reshape", ["c", "whole"], ["z"])),
                [X(1, 6, 9, 4), X(2, 3, 6, 4), X(1, 3, 3, 4)]),
            ["indices of more rows than a batch may have"] = (
                () => Model(18, g => g.Constant("i", Tensor.Of([0L, 1, 2, 1, 2], 5, 1)).Constant("u", Values(1, 5, 1)).Input("x", "N", 3)
                    .Output("y").Output("z").Node("GatherElements", ["x", "i"], ["y"], ("axis", 1))
                    .Node("ScatterElements", ["x", "i", "u"], ["z"], ("axis", 1))),
                [X(5, 3), X(6, 3)]),
            ["the largest of a batch"] = (
                () => Model(13, g => g.Input("x", "N", 4).Output("y").Node("Hardmax", ["x"], ["y"], ("axis", 0))),
                [X(1, 4), X(5, 4), X(2, 4)]),
            ["attention to what came before, of any length"] = (
                () => Model(23, g => g.Input("x", "N", "T", 8).Input("k", "N", 2, "P", 4).Input("v", "N", 2, "P", 4).Output("y").Output("z")
                    .Output("l").Output("w")
                    .Node("Attention", ["x", "x", "x"], ["y"], ("q_num_heads", 2), ("kv_num_heads", 2), ("is_causal", 1))
                    .Node("Attention", ["x", "x", "x", "", "k", "v"], ["z", "l", "w"],
                        ("q_num_heads", 2), ("kv_num_heads", 2), ("is_causal", 1))),
                [.. new (long Batch, long Length, long Past)[] { (1, 3, 5), (2, 7, 1), (3, 1, 9) }.Select(
                    n => new Dictionary<string, Tensor>(StringComparer.Ordinal)
                    {
                        ["x"] = Values(1, n.Batch, n.Length, 8),
                        ["k"] = Values(2, n.Batch, 2, n.Past, 4),
                        ["v"] = Values(3, n.Batch, 2, n.Past, 4),
                    })]),
            ["more of the largest than a build tries"] = (
                () => Model(13, g => g.Integers("k", 20000).Input("x", 1, "N").Output("y").Node("TopK", ["x", "k"], ["y", "i"])),
                [X(1, 20000), X(1, 20011)]),
            ["spectra of signals of any length"] = (
                () => Model(17, g => g.Constant("step", Tensor.Of([4L], [])).Constant("w", Values(1, 16))
                    .Constant("n", Tensor.Of([16L], [])).Input("x", "N", "T", 1).Output("y").Output("z").Output("f").Output("b")
                    .Node("STFT", ["x", "step", "w"], ["y"]).Node("STFT", ["x", "step", "", "n"], ["z"], ("onesided", 0))
                    .Node("DFT", ["x"], ["f"], ("axis", 1)).Node("DFT", ["f"], ["b"], ("axis", 1), ("inverse", 1))),
                [X(1, 16, 1), X(2, 33, 1), X(1, 50, 1)]),
            ["spectra as long as data says"] = (
                () => Model(20, g => g.Input("x", "N", 12).Input("s", (object)2).Input("e", (object)2).Output("y").Output("r").Output("t")
                    .Integers("i0", 0).Integers("i1", 1).Constant("axis", Tensor.Of([1L], [])).Integers("last", -1)
                    .Node("Unsqueeze", ["x", "last"], ["u"]).Node("Cast", ["s"], ["i"], ("to", 7L))
                    .Node("Gather", ["i", "i0"], ["g"]).Node("Squeeze", ["g", "i0"], ["length"])
                    .Node("Gather", ["i", "i1"], ["h"]).Node("Squeeze", ["h", "i0"], ["step"])
                    .Node("DFT", ["u", "length", "axis"], ["y"]).Node("DFT", ["u", "length", "axis"], ["r"], ("onesided", 1))
                    .Node("STFT", ["u", "step", "", "length"], ["t"])),
                [Sizes([12f, 3], [0f, 0], 2), Sizes([5f, 1], [0f, 0], 3), Sizes([8f, 4], [0f, 0], 1)]),
            ["bands of a spectrum, some of one bin, as data says"] = (
                () => Model(20, g => g.Input("x", "N", 12).Input("s", (object)2).Input("e", (object)2).Output("y").Output("z")
                    .Integers("i0", 0).Integers("i1", 1).Constant("rate", Tensor.Of([16000L], []))
                    .Constant("low", Tensor.Scalar(0f)).Constant("high", Tensor.Scalar(4000f))
                    .Node("Cast", ["s"], ["i"], ("to", 7L)).Node("Gather", ["i", "i0"], ["g"]).Node("Squeeze", ["g", "i0"], ["bands"])
                    .Node("Gather", ["i", "i1"], ["h"]).Node("Squeeze", ["h", "i0"], ["length"])
                    .Node("MelWeightMatrix", ["bands", "length", "rate", "low", "high"], ["y"]).Node("Neg", ["x"], ["z"])),
                [Sizes([10f, 16], [0f, 0], 2), Sizes([3f, 64], [0f, 0], 3), Sizes([20f, 9], [0f, 0], 1)]),
            ["images put together as data says"] = (
                () => Model(18, g => g.Input("x", "N", 12).Input("s", (object)2).Input("e", (object)2).Output("y").Integers("two", 0, -1, 4)
                    .Node("Reshape", ["x", "two"], ["c"]).Node("Cast", ["s"], ["i"], ("to", 7L)).Node("Cast", ["e"], ["j"], ("to", 7L))
                    .Node("Transpose", ["c"], ["t"], ("perm", new long[] { 0, 2, 1 }))
                    .Node("Col2Im", ["t", "i", "j"], ["y"], ("strides", s_two))),
                [Sizes([2f, 6], [2f, 2], 2), Sizes([1f, 6], [1f, 2], 3), Sizes([1f, 6], [1f, 1], 1)]),
            ["grids of a size that data says"] = (
                () => Model(20, g => g.Input("x", "N", 6).Input("s", (object)2).Output("y").Output("z").Integers("m", -1, 2, 3)
                    .Integers("i1", 1).Node("Reshape", ["x", "m"], ["t"]).Node("Shape", ["x"], ["d"]).Integers("i0", 0)
                    .Node("Gather", ["d", "i0"], ["n"]).Node("Cast", ["s"], ["i"], ("to", 7L))
                    .Node("Concat", ["n", "i1", "i"], ["size"], ("axis", 0))
                    .Node("AffineGrid", ["t", "size"], ["y"]).Node("AffineGrid", ["t", "size"], ["z"], ("align_corners", 1))),
                [Grid(2, 3, 4), Grid(1, 1, 5), Grid(3, 6, 2)]),
            ["shapes that data gives, in which 0 is a size"] = (
                () => Model(14, g => g.Input("x", "N", 12).Input("s", (object)2).Input("e", (object)3).Output("y").Output("k")
                    .Constant("zero", Tensor.Scalar(0)).Node("ReduceMax", ["x"], ["m"], ("axes", new long[] { 1 }), ("keepdims", 0))
                    .Node("ReduceSum", ["e"], ["t"], ("keepdims", 0)).Node("Mul", ["m", "t"], ["p"]).Node("Greater", ["p", "zero"], ["c"])
                    .Node("Compress", ["x", "c"], ["r"], ("axis", 0)).Node("Cast", ["s"], ["i"], ("to", 7L))
                    .Node("Reshape", ["r", "i"], ["y"], ("allowzero", 1))
                    .Node("Shape", ["c"], ["n"]).Node("Cast", ["n"], ["k"], ("to", 1L))),
                [Sizes([4f, 6], [1f, 1, 1], 2), Sizes([5f, 0], [-1f, -1, -1], 2), Sizes([0f, 7], [0f, 0, 0], 3)]),
            ["a number found early whose memory depends on another size"] = (
                () => Model(13, g =>
                {
                    g.Input("x", "N", 4).Input("u", "z").Output("y").Output("z").Node("Relu", ["x"], ["r"]).Node("NonZero", ["r"], ["p"])
                        .Node("Cast", ["p"], ["s0"], ("to", 1L));
                    for (int i = 1; i <= 40; i++)
                    {
                        g.Node("Softmax", [$"s{i - 1}"], [$"s{i}"], ("axis", i % 2));
                    }

                    return g.Integers("i2", 2).Node("Unsqueeze", ["s40", "i2"], ["w"]).Node("Mul", ["w", "u"], ["m"])
                        .Node("Softmax", ["m"], ["y"], ("axis", -1)).Node("ReduceMax", ["y"], ["z"], ("axes", new long[] { 1 }));
                }),
                [Both(2, 3), Both(5, 7), Both(1, 4)]),
        };

    private readonly TemporaryFolder _files = new();

    public static TheoryData<string> Names => [.. s_cases.Keys];

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Predict_DifferentSizesInTurn_GivesWhatOnnxRuntimeComputes(string name)
    {
        (Func<byte[]> model, Dictionary<string, Tensor>[] inputs) = s_cases[name];
        byte[] onnx = model();
        foreach ((ModelMode mode, double bound) in (IEnumerable<(ModelMode, double)>)[(ModelMode.Fp32, 1e-5), (ModelMode.Fp16, 2e-3)])
        {
            using CompileResult result = ModelCompiler.Compile(Options(onnx, mode));
            GeneratedModels classes = GeneratedModels.Build(result);

            foreach (Dictionary<string, Tensor> given in inputs.Concat(inputs.Reverse()))
            {
                Dictionary<string, Tensor> actual = classes.Predict("Model", given);
                foreach ((string output, Tensor expected) in OrtSession.Run(onnx, given))
                {
                    Assert.Equal(expected.Type, actual[output].Type);
                    Assert.Equal(expected.Dimensions, actual[output].Dimensions);
                    double[] numbers = expected.ToDoubles();
                    double range = numbers.Select(Math.Abs).Append(1e-3).Max();
                    Assert.All(numbers.Zip(actual[output].ToDoubles()), pair => Assert.Equal(pair.First, pair.Second, bound * range));
                }
            }
        }
    }

    /// <summary>The largest of the codes, however many there are.</summary>
    [Fact]
    public void Predict_GlobalMaximumOfCodes_IsThatOfImagesOfAnySize()
    {
        byte[] onnx = Model(13, g => g.Constant("w", Values(1, 8, 3, 3, 3)).Constant("u", Values(2, 8, 5)).Input("x", "N", 3, "H", "W")
            .Output("y").Node("Conv", ["x", "w"], ["a"], ("pads", s_ones)).Node("Relu", ["a"], ["b"]).Node("GlobalMaxPool", ["b"], ["c"])
            .Node("Flatten", ["c"], ["d"]).Node("MatMul", ["d", "u"], ["y"]));
        string samples = _files.Write("samples.npz", NumpyFile.Npz(X(4, 3, 12, 9)));
        using CompileResult result = ModelCompiler.Compile(Options(onnx, ModelMode.Int8) with { CalibrationFiles = [samples] });
        GeneratedModels classes = GeneratedModels.Build(result);

        foreach (Dictionary<string, Tensor> given in (Dictionary<string, Tensor>[])[X(1, 3, 8, 8), X(3, 3, 5, 14)])
        {
            float[] expected = OrtSession.Run(onnx, given)["y"].ToFloats();
            float[] actual = classes.Predict("Model", given)["y"].ToFloats();
            Assert.InRange(Scores.SqnrDb(expected, actual), 25, double.PositiveInfinity);
        }
    }

    [Theory]
    [InlineData(ModelMode.Int8)]
    [InlineData(ModelMode.Int8Dynamic)]
    public void Predict_VolumesOfAnySizeInModesOfCodes_AreNearOnnxRuntime(ModelMode mode)
    {
        byte[] onnx = Model(13, g => g.Constant("w", Values(1, 8, 3, 3, 3, 3)).Constant("d", Values(2, 8, 1, 2, 3, 3))
            .Constant("u", Values(3, 6, 8, 1, 1, 1)).Input("x", "N", 3, "D", "H", "W").Output("y")
            .Node("Conv", ["x", "w"], ["a"], ("pads", new long[] { 1, 1, 1, 1, 1, 1 }), ("strides", new long[] { 1, 2, 2 }))
            .Node("Relu", ["a"], ["b"]).Node("Conv", ["b", "d"], ["c"], ("group", 8)).Node("Relu", ["c"], ["r"])
            .Node("Conv", ["r", "u"], ["y"]));
        string samples = _files.Write("samples.npz", NumpyFile.Npz(X(8, 3, 4, 12, 9)));
        using CompileResult result = ModelCompiler.Compile(Options(onnx, mode) with { CalibrationFiles = [samples] });
        GeneratedModels classes = GeneratedModels.Build(result);

        foreach (Dictionary<string, Tensor> given in (Dictionary<string, Tensor>[])[X(1, 3, 3, 8, 8), X(3, 3, 5, 7, 14), X(1, 3, 4, 9, 6)])
        {
            float[] expected = OrtSession.Run(onnx, given)["y"].ToFloats();
            float[] actual = classes.Predict("Model", given)["y"].ToFloats();
            Assert.InRange(Scores.SqnrDb(expected, actual), 25, double.PositiveInfinity);
        }
    }

    [Fact]
    public void Predict_ImageThatDoesNotHalveEvenly_SaysWhatHasToBeEqual()
    {
        using CompileResult result = ModelCompiler.Compile(Options(s_cases["a U-Net of two levels"].Model(), ModelMode.Fp32));
        GeneratedModels classes = GeneratedModels.Build(result);

        var error = Assert.Throws<ArgumentException>(() => classes.Predict("Model", X(1, 3, 7, 8)));

        Assert.Contains("7 and 6", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Against the sum that defines it: ONNX Runtime computes no numbers from one side of a spectrum.</summary>
    [Fact]
    public void Predict_OneSidedSpectrumOfALengthThatDataSays_CountsMirroredBinsTwice()
    {
        byte[] onnx = Model(20, g => g.Input("x", "N", 5, 2).Input("s", (object)1).Output("y").Integers("i0", 0)
            .Constant("axis", Tensor.Of([1L], [])).Node("Cast", ["s"], ["i"], ("to", 7L)).Node("Squeeze", ["i", "i0"], ["length"])
            .Node("DFT", ["x", "length", "axis"], ["y"], ("inverse", 1), ("onesided", 1)));
        using CompileResult result = ModelCompiler.Compile(Options(onnx, ModelMode.Fp32));
        GeneratedModels classes = GeneratedModels.Build(result);
        foreach (int length in (int[])[8, 7, 5, 6])
        {
            Tensor x = Values(length, 2, 5, 2);
            float[] spectrum = x.Span<float>().ToArray();

            var inputs = new Dictionary<string, Tensor>(StringComparer.Ordinal) { ["x"] = x, ["s"] = Tensor.Of([(float)length], 1) };

            double[] actual = classes.Predict("Model", inputs)["y"].ToDoubles();

            Assert.Equal(2 * length, actual.Length);
            for (int i = 0; i < actual.Length; i++)
            {
                double sum = Enumerable.Range(0, (length / 2) + 1).Sum(n =>
                {
                    double angle = 2 * Math.PI * n * (i % length) / length;
                    int bin = 2 * ((i / length * 5) + n);
                    return (n == 0 || 2 * n == length ? 1 : 2)
                        * ((spectrum[bin] * Math.Cos(angle)) - (spectrum[bin + 1] * Math.Sin(angle)));
                });
                Assert.Equal(sum / length, actual[i], 1e-5);
            }
        }
    }

    /// <summary>Equal parts need a size that divides, and lengths of parts one that is their sum.</summary>
    [Theory]
    [InlineData(false, 6, 7, "7")]
    [InlineData(true, 5, 6, "[2, 5]")]
    public void Predict_SizeThatPartsDoNotMake_IsRefused(bool hasLengths, long whole, long other, string named)
    {
        byte[] onnx = Model(13, g => g.Integers("lengths", 2, 3).Input("x", 2, "T").Output("y").Output("z")
            .Node("Split", hasLengths ? ["x", "lengths"] : ["x"], ["a", "b"], ("axis", 1)).Node("Exp", ["a"], ["y"])
            .Node("Neg", ["b"], ["z"]));
        using CompileResult result = ModelCompiler.Compile(Options(onnx, ModelMode.Fp32));
        GeneratedModels classes = GeneratedModels.Build(result);
        Dictionary<string, Tensor> fits = X(2, whole);

        Dictionary<string, Tensor> actual = classes.Predict("Model", fits);
        foreach ((string output, Tensor expected) in OrtSession.Run(onnx, fits))
        {
            Assert.Equal(expected.Dimensions, actual[output].Dimensions);
            Assert.All(expected.ToDoubles().Zip(actual[output].ToDoubles()), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        }

        var error = Assert.Throws<ArgumentException>(() => classes.Predict("Model", X(2, other)));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    /// <summary>ONNX Runtime rounds towards zero where ONNX rounds down, and has one window here where ONNX has none.</summary>
    [Theory]
    [InlineData("MaxPool", 1, 8)]
    [InlineData("MaxPool", 8, 1)]
    [InlineData("AveragePool", 1, 1)]
    [InlineData("Conv", 2, 8)]
    [InlineData("Conv", 1, 1)]
    public void Predict_ImageSmallerThanAWindow_SaysThatItIsTooSmall(string type, int height, int width)
    {
        byte[] onnx = Model(13, g => (type == "Conv"
                ? g.Constant("w", Values(1, 4, 3, 5, 5)).Node("Conv", ["x", "w"], ["a"])
                : g.Node(type, ["x"], ["a"], ("kernel_shape", s_two), ("strides", s_two)))
            .Input("x", "N", 3, "H", "W").Output("y").Node("Relu", ["a"], ["r"]).Node("GlobalAveragePool", ["r"], ["y"]));
        using CompileResult result = ModelCompiler.Compile(Options(onnx, ModelMode.Fp32));
        GeneratedModels classes = GeneratedModels.Build(result);

        ArgumentException error = Assert.ThrowsAny<ArgumentException>(() => classes.Predict("Model", X(2, 3, height, width)));

        Assert.Contains("too small", error.Message, StringComparison.Ordinal);
    }

    /// <summary>What a loop's body needs is asked in the loop.</summary>
    [Fact]
    public void Predict_ImageThatDoesNotHalveEvenlyInALoop_SaysWhatHasToBeEqual()
    {
        byte[] onnx = Model(13, g => g.Constant("s", Tensor.Of([1f, 1, 2, 2], 4)).Integers("n", 3).Input("x", "N", 1, "H", "W").Output("y")
            .Node("MaxPool", ["x"], ["p"], ("kernel_shape", s_two), ("strides", s_two))
            .Node("Resize", ["p", "", "s"], ["r"], ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"),
                ("nearest_mode", "floor"))
            .Node("Loop", ["n", "", "x"], ["y"], ("body", new OnnxGraph().Input("i", DataType.Int64).Input("k", DataType.Bool)
                .Input("h", "N", 1, "H", "W").Output("k", DataType.Bool).Output("next", "N", 1, "H", "W")
                .Node("Add", ["x", "r"], ["a"]).Node("Add", ["h", "a"], ["next"]))));
        using CompileResult result = ModelCompiler.Compile(Options(onnx, ModelMode.Fp32));
        GeneratedModels classes = GeneratedModels.Build(result);
        Dictionary<string, Tensor> even = X(1, 1, 6, 8);

        Assert.All(
            OrtSession.Run(onnx, even)["y"].ToDoubles().Zip(classes.Predict("Model", even)["y"].ToDoubles()),
            pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        var error = Assert.Throws<ArgumentException>(() => classes.Predict("Model", X(1, 1, 7, 8)));

        Assert.Contains("7 and 6", error.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, Tensor> Grid(long batch, float height, float width) =>
        new(StringComparer.Ordinal) { ["x"] = Values(1, batch, 6), ["s"] = Tensor.Of([height, width], 2) };

    private static Dictionary<string, Tensor> X(params long[] shape) =>
        new(StringComparer.Ordinal) { ["x"] = Values((int)shape.Sum(), shape) };

    /// <summary>As exporters call what is inside a function.</summary>
    private static string Long(string name) => $"encoder_layers_7_attention_output_function_of_the_model_{name}";

    private static Dictionary<string, Tensor> Cropped(params long[] shape) => new(StringComparer.Ordinal)
    {
        ["x"] = Values(7, 6, 5, 3), ["shape"] = Tensor.Of(shape, 3),
    };

    private static Dictionary<string, Tensor> Partly(long first, long second) => new(StringComparer.Ordinal)
    {
        ["x"] = Values(7, second, 6), ["shape"] = Tensor.Of([first, second], 2),
    };

    /// <summary>Nothing but −1.</summary>
    private static Dictionary<string, Tensor> Below(params long[] shape) => new(StringComparer.Ordinal)
    {
        ["x"] = Tensor.Of([.. Enumerable.Repeat(-1f, (int)shape.Aggregate((a, b) => a * b))], shape),
    };

    private static Dictionary<string, Tensor> Both(long batch, long others) =>
        new(StringComparer.Ordinal) { ["x"] = Values((int)batch, batch, 4), ["u"] = Values((int)others, others) };

    /// <summary>
    /// Pads height and width of x at their ends to multiples of 8, as PyTorch writes it: pairs for the last axis first, which are turned
    /// around as a matrix.
    /// </summary>
    private static OnnxGraph ToTiles(OnnxGraph g) => g.Integers("eight", 8).Integers("zero", 0).Integers("i2", 2).Integers("i3", 3)
        .Integers("pairs", -1, 2).Integers("last", -1).Integers("before", -long.MaxValue).Node("Shape", ["x"], ["s"])
        .Node("Gather", ["s", "i2"], ["h"]).Node("Mod", ["h", "eight"], ["h1"]).Node("Sub", ["eight", "h1"], ["h2"])
        .Node("Mod", ["h2", "eight"], ["h3"])
        .Node("Gather", ["s", "i3"], ["w"]).Node("Mod", ["w", "eight"], ["v1"]).Node("Sub", ["eight", "v1"], ["v2"])
        .Node("Mod", ["v2", "eight"], ["v3"])
        .Node("Concat", ["zero", "v3", "zero", "h3", "zero", "zero", "zero", "zero"], ["flat"], ("axis", 0))
        .Node("Reshape", ["flat", "pairs"], ["matrix"]).Node("Slice", ["matrix", "last", "before", "zero", "last"], ["turned"])
        .Node("Transpose", ["turned"], ["columns"], ("perm", new long[] { 1, 0 })).Node("Reshape", ["columns", "last"], ["pads"])
        .Node("Pad", ["x", "pads"], ["tiled"]);

    private static Dictionary<string, Tensor> Weighed(params long[] shape) => new(StringComparer.Ordinal)
    {
        ["x"] = Values((int)shape.Sum(), shape), ["s"] = Values(3, 1, 5),
    };

    private static Dictionary<string, Tensor> Padded(long[] shape, params long[] pads) => new(StringComparer.Ordinal)
    {
        ["x"] = Values((int)shape.Sum(), shape), ["p"] = Tensor.Of(pads, pads.Length),
    };

    private static Dictionary<string, Tensor> Moved(long batch, long diagonal, params long[] pads) => new(StringComparer.Ordinal)
    {
        ["x"] = Values((int)batch, batch, 6), ["k"] = Tensor.Of([diagonal], []), ["p"] = Tensor.Of(pads, 4),
    };

    private static Dictionary<string, Tensor> Sizes(float[] sizes, float[] others, long batch) => new(StringComparer.Ordinal)
    {
        ["x"] = Values(7, batch, 12), ["s"] = Tensor.Of(sizes, sizes.Length), ["e"] = Tensor.Of(others, others.Length),
    };

    private CompileOptions Options(byte[] onnx, ModelMode mode) => new()
    {
        ModelPath = _files.Write("model.onnx", onnx), Mode = mode, ClassName = "Model", ResourceName = "Model.weights",
    };
}
