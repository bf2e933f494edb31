using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Values read twice, outputs inside, and batches in odd places.</content>
internal static partial class ReportedModels
{
    private static byte[] Lowest(float value) => Model(13, g => g.Constant("v", Tensor.Scalar(value)).Integers("p", 0, 0, 1, 1, 0, 0, 1, 1)
        .Constant("w", Values(1, 8, 3, 3, 3)).Constant("u", Values(2, 8, 8, 1, 1)).Input("x", "N", 3, 8, 8).Output("y")
        .Node("Conv", ["x", "w"], ["c"]).Node("Pad", ["c", "p", "v"], ["e"])
        .Node("MaxPool", ["e"], ["m"], ("kernel_shape", L(3, 3)), ("strides", Two(2))).Node("Conv", ["m", "u"], ["y"]));

    private static Dictionary<string, Func<byte[]>> Uses => new(StringComparer.Ordinal)
    {
        ["concat of one value twice and of concats in order"] = () => Model(13, g => g.Constant("w", Values(1, 3, 3, 1, 1))
            .Input("x", "N", 3, 4, 4).Output("y").Output("c").Node("Conv", ["x", "w"], ["c"])
            .Node("Concat", ["c", "c"], ["d"], ("axis", 1)).Node("Relu", ["x"], ["r"]).Node("Concat", ["r", "d", "x"], ["e"], ("axis", 1))
                .Node("Concat", ["e", "r"], ["y"], ("axis", 1))),
        ["folded output that other nodes and outputs read"] = () => Model(13, g => g.Constant("a", Values(1, 3)).Constant("b", Values(2, 3))
            .Integers("r", 3, 1).Input("x", "N", 3).Output("y").Output("s").Output("t").Output("v").Output("z")
            .Node("Add", ["a", "b"], ["s"]).Node("Mul", ["x", "s"], ["y"]).Node("Identity", ["s"], ["t"]).Node("Reshape", ["t", "r"], ["v"])
            .Node("MatMul", ["x", "v"], ["z"])),
        ["split in equal parts, the last unread"] = () => Model(13, g => g.Constant("w", Values(1, 6, 12)).Input("x", "N", 4, 6).Output("y")
            .Node("MatMul", ["x", "w"], ["m"]).Node("Split", ["m"], ["q", "k", "v"], ("axis", -1))
            .Node("Transpose", ["k"], ["t"], ("perm", L(0, 2, 1))).Node("MatMul", ["q", "t"], ["y"])),
        ["split by number of outputs, the last unread"] = () => Model(18, g => g.Input("x", "N", 7).Output("y")
            .Node("Split", ["x"], ["u", "v", "w"], ("axis", 1), ("num_outputs", 3)).Node("Relu", ["v"], ["y"])),
        ["if of two outputs, one unread"] = () => Model(13, g => g.Input("x", "N", 3).Input("c", DataType.Bool).Output("y")
            .Node("If", ["c"], ["a", "b"], ("then_branch", new OnnxGraph().Output("t").Output("u").Node("Relu", ["x"], ["t"])
                .Node("Tanh", ["x"], ["u"])), ("else_branch", new OnnxGraph().Output("e").Output("f").Node("Neg", ["x"], ["e"])
                .Node("Abs", ["x"], ["f"]))).Node("Sigmoid", ["a"], ["y"])),
        ["scan with an unread output"] = () => Model(13, g => g.Input("x", 4, 3).Input("h", 3).Output("y")
            .Node("Scan", ["h", "x"], ["a", "b"], ("num_scan_inputs", 1), ("body", new OnnxGraph().Input("s", 3).Input("v", 3)
                .Output("o", 3).Output("p", 3).Node("Add", ["s", "v"], ["o"]).Node("Mul", ["s", "v"], ["p"])))
            .Node("Sigmoid", ["a"], ["y"])),
        ["resize by one"] = () => Model(13, g => g.Constant("s", Tensor.Of([1f, 1, 1, 1], 4)).Input("x", "N", 3, 4, 4).Output("y")
            .Node("Resize", ["x", "", "s"], ["r"], ("mode", "linear")).Node("Relu", ["r"], ["y"])),
        ["part of an open axis backwards, whose length the next node says"] = () => Model(13, g => g.Integers("st", 2).Integers("en", -5)
            .Integers("ax", 1).Integers("sp", -2).Constant("w", Values(1, 4, 1, 1, 2)).Input("x", "N", "N", 2, 7).Output("y")
            .Node("Slice", ["x", "st", "en", "ax", "sp"], ["s"]).Node("Conv", ["s", "w"], ["y"])),
        ["part whose start is an input, then product"] = () => Model(13, g => g.Integers("three", 3).Integers("ax", 1)
            .Constant("w", Values(1, 3, 4)).Input("st", DataType.Int64, 1).Input("x", 2, 9).Output("y").Node("Add", ["st", "three"], ["en"])
            .Node("Slice", ["x", "st", "en", "ax"], ["s"]).Node("MatMul", ["s", "w"], ["y"])),
        ["places of an input beside conv"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 3, 3)).Constant("t", Tensor.Scalar(-9f))
            .Input("x", 1, 3, 5, 5).Output("y").Output("i", DataType.Int64, null, null).Node("Conv", ["x", "w"], ["y"])
            .Node("Greater", ["x", "t"], ["b"]).Node("NonZero", ["b"], ["i"])),
        ["pad of minus infinity before max pool"] = () => Lowest(float.NegativeInfinity),
        ["pad of the lowest number before max pool"] = () => Lowest(float.MinValue),
        ["names of two thousand characters"] = () => Model(13, g =>
        {
            string name = new('q', 2000);
            return g.Constant(name + "w", Values(1, 3)).Input(name, "N" + name, 3).Input(name + "z", "N" + name, 3).Output(name + "y")
                .Node("Add", name, [name, name + "w"], [name + "a"]).Node("Div", name + "d", [name + "a", name + "z"], [name + "y"]);
        }),
        ["batch that a product fixes"] = () => Model(13, g => g.Integers("s", 1, -1).Constant("w", Values(1, 30, 4)).Input("x", "N", 3, 5)
            .Output("y").Node("Reshape", ["x", "s"], ["r"]).Node("MatMul", ["r", "w"], ["y"])),
        ["batch that a convolution fixes"] = () => Model(13, g => g.Integers("s", 1, -1, 1).Constant("w", Values(1, 4, 30, 1))
            .Input("x", "N", 3, 5).Output("y").Node("Reshape", ["x", "s"], ["r"]).Node("Conv", ["r", "w"], ["y"])),
        ["views of one value, one rectified"] = () => Model(13, g => g.Integers("s", 0, 12).Integers("u", 0, 6, 2)
            .Constant("w", Values(1, 5, 12)).Input("x", "N", 5).Output("y").Output("v").Node("MatMul", ["x", "w"], ["m"])
            .Node("Reshape", ["m", "u"], ["v"]).Node("Relu", ["v"], ["r"]).Node("Reshape", ["r", "s"], ["t"]).Node("Tanh", ["m"], ["h"])
                .Node("Sub", ["t", "h"], ["k"]).Node("Mul", ["k", "m"], ["y"])),
        ["mul and sub of a value by itself"] = () => Model(13, g => g.Input("x", "N", 7).Output("y").Output("z")
            .Node("Mul", ["x", "x"], ["y"]).Node("Sub", ["y", "y"], ["o"]).Node("Add", ["o", "x"], ["p"]).Node("Add", ["p", "p"], ["z"])),
        ["min and max with channels"] = () => Model(13, g => g.Constant("lo", Values(1, 3, 1, 1))
            .Constant("hi", Tensor.Of([1.5f, 1.2f, 1.1f], 3, 1, 1)).Input("x", "N", 3, 4, 4).Output("y").Node("Max", ["x", "lo"], ["m"])
            .Node("Min", ["m", "hi"], ["y"])),
        ["max of two constants and a value"] = () => Model(13, g => g.Constant("a", Tensor.Scalar(-0.5f))
            .Constant("b", Tensor.Scalar(-0.25f)).Input("x", "N", 4).Output("y").Node("Max", ["a", "x", "b"], ["y"])),
        ["sum and max opset 7"] = () => Model(7, g => g.Constant("k", Tensor.Of([0.5f], 1)).Input("x", "N", 4).Input("z", "N", 4)
            .Output("y").Node("Sum", ["x", "z", "x"], ["y"])),
        ["network of opset 3"] = () => Model(3, g => g.Constant("w", Values(1, 6, 3, 3, 3)).Constant("k", Values(2, 72, 5))
            .Input("x", "N", 3, 11, 9).Output("y").Output("z").Output("v")
            .Node("Pad", ["x"], ["p"], ("pads", L(0, 0, 1, 0, 0, 0, 0, 2))).Node("Conv", ["p", "w"], ["c"], ("strides", L(1, 1)))
            .Node("MaxPool", ["c"], ["m"], ("kernel_shape", L(3, 2)), ("strides", L(2, 2)))
            .Node("Flatten", ["m"], ["f"])
            .Node("Slice", ["f"], ["s"], ("starts", L(4)), ("ends", L(76)), ("axes", L(1))).Node("MatMul", ["s", "k"], ["l"])
            .Node("Softmax", ["l"], ["y"]).Node("ReduceMean", ["m"], ["r"], ("axes", L(2, 3)), ("keepdims", 0))
            .Node("Unsqueeze", ["r"], ["u"], ("axes", L(1))).Node("Transpose", ["u"], ["z"], ("perm", L(2, 0, 1)))
            .Node("Split", ["m"], ["g", "v"], ("axis", 1), ("split", L(2, 4)))),
        ["network of opset 6"] = () => Model(6, g => g.Integers("s", 0, 2, -1).Integers("t", 1, 2, 1).Input("x", "N", 8).Input("z", "N", 8)
            .Output("y").Output("q").Node("Relu", ["x"], ["a"]).Node("Sigmoid", ["z"], ["b"]).Node("Tanh", ["x"], ["c"])
            .Node("LeakyRelu", ["z"], ["d"]).Node("Clip", ["x"], ["e"], ("min", -0.5f), ("max", 0.25f)).Node("Sum", ["a", "b", "c"], ["f"])
            .Node("Max", ["d", "e"], ["h"]).Node("Concat", ["f", "h"], ["i"], ("axis", 1)).Node("Reshape", ["i", "s"], ["r"])
            .Node("Tile", ["r", "t"], ["y"]).Node("Exp", ["z"], ["j"]).Node("Mean", ["j", "x"], ["q"])),
        ["truth values of opset 1"] = () => Model(1, g => g.Input("x", DataType.Bool, "N", 4).Output("y", DataType.Bool)
            .Node("Not", ["x"], ["y"])),
        ["mean over the batch"] = () => Model(13, g => g.Input("x", "N", 4).Output("y").Node("ReduceMean", ["x"], ["y"], ("axes", L(0)))),
        ["softmax over the batch"] = () => Model(13, g => g.Input("x", "N", 4).Output("y").Node("Softmax", ["x"], ["y"], ("axis", 0))),
        ["concat over the batch"] = () => Model(13, g => g.Input("x", "N", 4).Input("z", "N", 4).Output("y")
            .Node("Concat", ["x", "z"], ["y"], ("axis", 0))),
        ["slice of the batch"] = () => Model(13, g => g.Integers("st", 1).Integers("en", 2).Integers("ax", 0).Input("x", "N", 4).Output("y")
            .Node("Slice", ["x", "st", "en", "ax"], ["y"])),
        ["batch reversed"] = () => Model(13, g => g.Integers("st", -1).Integers("en", long.MinValue).Integers("ax", 0).Integers("sp", -1)
            .Input("x", "N", 4).Output("y").Node("Slice", ["x", "st", "en", "ax", "sp"], ["y"])),
        ["pad of the batch"] = () => Model(13, g => g.Integers("p", 1, 0, 0, 1).Input("x", "N", 4).Output("y")
            .Node("Pad", ["x", "p"], ["y"])),
        ["batch transposed away and back"] = () => Model(13, g => g.Constant("w", Values(1, 4, 5)).Input("x", "N", 4).Output("y")
            .Node("Transpose", ["x"], ["t"]).Node("Relu", ["t"], ["r"]).Node("Gemm", ["r", "w"], ["y"], ("transA", 1))),
        ["batch by batch product"] = () => Model(13, g => g.Input("x", "N", 4).Output("y").Node("Transpose", ["x"], ["t"])
            .Node("MatMul", ["x", "t"], ["y"])),
        ["batch as second axis"] = () => Model(13, g => g.Integers("a", 0).Constant("w", Values(1, 4, 5)).Input("x", "N", 4).Output("y")
            .Node("Unsqueeze", ["x", "a"], ["u"]).Node("MatMul", ["u", "w"], ["y"])),
        ["flatten axis 0 of a batch"] = () => Model(13, g => g.Input("x", "N", 4).Output("y").Node("Flatten", ["x"], ["y"], ("axis", 0))),
        ["vector of the batch widened"] = () => Model(13, g => g.Integers("a", 1).Constant("w", Values(1, 1, 5)).Input("x", "N").Output("y")
            .Node("Unsqueeze", ["x", "a"], ["u"]).Node("Mul", ["u", "w"], ["y"])),
        ["two batches of their own"] = () => Model(13, g => g.Input("x", "N", 3).Input("z", "M", 3).Output("y", "N", 3).Output("v", "M", 3)
            .Node("Relu", ["x"], ["y"]).Node("Tanh", ["z"], ["v"])),
        ["batches of two names added"] = () => Model(13, g => g.Input("x", "N", 3).Input("z", "M", 3).Output("y")
            .Node("Add", ["x", "z"], ["y"])),
        ["batch and one row added"] = () => Model(13, g => g.Input("x", "N", 3).Input("z", 1, 3).Input("v", 3).Output("y")
            .Node("Add", ["z", "x"], ["a"]).Node("Sub", ["v", "a"], ["y"])),
        ["shape with start, expand and constant of shape"] = () => Model(15, g => g.Constant("k", Values(1, 1, 4)).Integers("m", -1)
            .Input("x", "N", 3, 4).Output("y").Node("Shape", ["x"], ["s"], ("start", 1))
            .Node("ConstantOfShape", ["s"], ["o"], ("value", Tensor.Of([0.5f], 1)))
            .Node("Expand", ["k", "s"], ["e"]).Node("Mul", ["o", "e"], ["p"]).Node("Add", ["p", "x"], ["a"])
                .Node("Shape", ["x"], ["n"], ("end", 1)).Node("Concat", ["n", "m"], ["t"], ("axis", 0)).Node("Reshape", ["a", "t"], ["y"])),
    };
}
