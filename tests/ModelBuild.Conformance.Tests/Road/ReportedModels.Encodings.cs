using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Types, encodings, names.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Encodings => new(StringComparer.Ordinal)
    {
        ["cast to int32 and back"] = () => Model(13, g => g.Constant("k", Tensor.Scalar(3f)).Input("x", "N", 9).Output("y")
            .Node("Mul", ["x", "k"], ["m"]).Node("Cast", ["m"], ["i"], ("to", 6)).Node("Cast", ["i"], ["y"], ("to", 1))),
        ["cast to bool and back"] = () => Model(13, g => g.Input("x", "N", 9).Output("y").Node("Relu", ["x"], ["r"])
            .Node("Cast", ["r"], ["i"], ("to", 9)).Node("Cast", ["i"], ["y"], ("to", 1))),
        ["cast through double"] = () => Model(13, g => g.Input("x", "N", 9).Output("y").Node("Cast", ["x"], ["i"], ("to", 11))
            .Node("Cast", ["i"], ["y"], ("to", 1))),
        ["uint8 image scaled, then conv"] = () => Model(13, g => g.Constant("k", Tensor.Scalar(255f)).Constant("w", Values(1, 4, 3, 3, 3))
            .Input("x", DataType.UInt8, "N", 6, 6, 3).Output("y")
            .Node("Cast", ["x"], ["f"], ("to", 1)).Node("Div", ["f", "k"], ["d"]).Node("Transpose", ["d"], ["t"], ("perm", s_nchw))
                .Node("Conv", ["t", "w"], ["y"], ("pads", s_ones))),
        ["weights in half as int32_data"] = () => Model(13, g => g
            .Constant(Numbers("h", 10, [3, 2], 0x3C00, 0xC000, 0x3800, 0x0001, 0x7BFF, 0x8000)).Input("x", "N", 3).Output("y")
            .Node("Cast", ["h"], ["w"], ("to", 1)).Node("MatMul", ["x", "w"], ["y"])),
        ["bfloat16 weights as int32_data"] = () => Model(13, g => g
            .Constant(Numbers("h", 16, [3, 2], 0x3F80, 0xC000, 0x3F00, 0x4049, 0xBE80, 0x8000)).Input("x", "N", 3).Output("y")
            .Node("Cast", ["h"], ["w"], ("to", 1)).Node("MatMul", ["x", "w"], ["y"])),
        ["float_data partly packed"] = () => Model(13, g => g
            .Constant(new ProtoMessage().Text(8, "w").Int(2, 1).Bytes(1, [3, 2]).Float(4, 1.5f).Bytes(4, Bytes(-2f, 0.25f, 3f)).Float(4,
            -0f).Float(4, 7f)).Input("x", "N", 3).Output("y").Node("MatMul", ["x", "w"], ["y"])),
        ["initializers listed as inputs IR 3"] = () => new OnnxGraph().Constant("w", Values(1, 3, 2)).Constant("b", Values(2, 2))
            .Input("w", 3, 2).Input("x", "N", 3).Input("b", 2).Output("y", "N", 2).Node("Gemm", ["x", "w", "b"], ["y"]).ToModel(9, 3),
        ["initializers listed as inputs IR 8"] = () => Model(13, g => g.Constant("w", Values(1, 3, 2)).Constant("b", Values(2, 2))
            .Input("x", "N", 3).Input("w", 3, 2).Input("b", 2).Output("y", "N", 2).Node("Gemm", ["x", "w", "b"], ["y"])),
        ["initializer that is an output"] = () => Model(13, g => g.Constant("w", Values(1, 3)).Input("x", "N", 3).Output("w", 3)
            .Output("y", "N", 3).Node("Add", ["x", "w"], ["y"])),
        ["if of a constant, branches of initializers"] = () => Model(13, g => g
            .Constant("c", new Tensor(DataType.Bool, [], new byte[] { 1 })).Input("x", "N", 3).Output("y", "N", 3)
            .Node("If", ["c"], ["w"], ("then_branch", new OnnxGraph().Constant("t", Values(1, 3))
                .Output("t", 3)), ("else_branch", new OnnxGraph().Constant("f", Values(2, 3)).Output("f", 3)))
                .Node("Mul", ["x", "w"], ["y"])),
        ["if of a shape, branch reads outer values"] = () => Model(13, g => g.Integers("one", 1).Integers("three", 3).Input("x", "N", 3)
            .Output("y", "N", 3).Node("Shape", ["x"], ["sh"]).Node("Gather", ["sh", "one"], ["d"]).Node("Equal", ["d", "three"], ["c"])
            .Node("If", ["c"], ["i"], ("then_branch", new OnnxGraph().Output("y", "N", 3)
                .Node("Relu", ["x"], ["y"])), ("else_branch", new OnnxGraph().Output("y", "N", 3).Node("Tanh", ["x"], ["y"])))
                .Node("Add", ["i", "x"], ["y"])),
        ["clip bounds by constant nodes of every form"] = () => Model(13, g => g.Input("x", "N", 9).Output("y")
            .Node("Constant", [], ["lo"], ("value_float", -0.5f)).Node("Constant", [], ["hi"], ("value", Tensor.Scalar(0.75f)))
            .Node("Constant", [], ["k"], ("value_floats", new[] { 2f })).Node("Constant", [], ["s"], ("value_ints", L(0, 3, 3)))
                .Node("Mul", ["x", "k"], ["m"]).Node("Clip", ["m", "lo", "hi"], ["c"]).Node("Relu", ["c"], ["r"])
                .Node("Reshape", ["r", "s"], ["y"])),
        ["clip of no bounds, of NaN-free max only of eight"] = () => Model(12, g => g.Constant("hi", Tensor.Scalar(8f)).Input("x", "N", 9)
            .Output("y").Output("z").Node("Clip", ["x", "", ""], ["y"]).Node("Clip", ["x"], ["c"]).Node("Min", ["hi", "c"], ["z"])),
        ["ports named as members"] = () => Model(13, g => g.Input("1", "N", 3).Input("X", "N", 3).Input("x", "N", 3)
            .Output("Predict", "N", 3).Output("Output", "N", 3).Output("InputLength", "N", 3).Output("trim", "N", 3)
            .Output("equals", "N", 3)
            .Node("Add", "n", ["1", "X"], ["Predict"]).Node("Mul", "N", ["1", "x"], ["Output"])
                .Node("Sub", "n 1", ["x", "X"], ["InputLength"]).Node("Relu", ["x"], ["trim"]).Node("Tanh", ["X"], ["equals"])),
        ["half model with conv"] = () => Model(13, g => g
            .Constant("w", Tensor.FromDoubles(DataType.Float16, [.. Values(1, 4, 3, 3, 3).ToDoubles()], [4, 3, 3, 3]))
            .Input("x", DataType.Float16, "N", 3, 5, 5).Output("y", DataType.Float16, "N", 4, 3, 3)
            .Node("Conv", ["x", "w"], ["c"]).Node("Relu", ["c"], ["y"])),
        ["half model that only moves"] = () => Model(13, g => g.Integers("st", 1).Integers("en", 3).Integers("ax", 2)
            .Constant("h", Tensor.FromDoubles(DataType.Float16, [7, 1e-7], [1, 1, 2, 1]))
            .Input("x", DataType.Float16, "N", 2, 5, 4).Output("y", DataType.Float16, "N", 4, 2, 2)
            .Output("z", DataType.Float16, 1, 1, 2, 1)
            .Node("Slice", ["x", "st", "en", "ax"], ["s"]).Node("Transpose", ["s"], ["y"], ("perm", s_nchw))
            .Node("Identity", ["h"], ["z"])),
        ["half ports beside others"] = () => Model(13, g => g.Input("x", DataType.Float16, "N", 5).Input("f", "N", 5)
            .Input("b", DataType.Bool, "N", 5).Output("y", DataType.Float16, "N", 5).Output("i", DataType.Int64, "N", 1).Output("g", "N", 5)
            .Node("Cast", ["f"], ["h"], ("to", 10)).Node("Where", ["b", "x", "h"], ["y"]).Node("ArgMax", ["y"], ["i"], ("axis", 1))
            .Node("Cast", ["y"], ["g"], ("to", 1))),
        ["half of half"] = () => Model(13, g => g.Constant("k", Tensor.FromDoubles(DataType.Float16, [0.1], []))
            .Input("x", DataType.Float16, "N", 9).Output("y", DataType.Float16, "N", 9).Output("z", DataType.Float16, "N", 9)
            .Node("Cast", ["x"], ["c"], ("to", 10)).Node("Mul", ["c", "k"], ["y"]).Node("Cast", ["y"], ["f"], ("to", 1))
            .Node("Cast", ["f"], ["z"], ("to", 10))),
        ["half model of masks"] = () => Model(13, g => g
            .Constant("m", Tensor.FromDoubles(DataType.Float16, [0, double.NegativeInfinity, -65504, 0], [4]))
            .Input("x", DataType.Float16, "N", 4).Output("y", DataType.Float16, "N", 4)
            .Node("Add", ["x", "m"], ["a"]).Node("Softmax", ["a"], ["y"], ("axis", -1))),
        ["rounded to halves, and to infinity"] = () => Model(13, g => g.Constant("k", Tensor.Of([1f, 1e-3f, 1e-6f, 1e-8f, 65519, 1e5f], 6))
            .Input("x", "N", 1).Output("y", "N", 6).Output("z", "N", 6).Node("Mul", ["x", "k"], ["m"])
            .Node("Cast", ["m"], ["h"], ("to", 10)).Node("Cast", ["h"], ["y"], ("to", 1)).Node("Relu", ["y"], ["z"])),
        ["half of integers"] = () => Model(13, g => g.Input("i", DataType.Int64, "N", 4).Output("y", DataType.Float16, "N", 4)
            .Node("Cast", ["i"], ["y"], ("to", 10))),
        ["rounded to bfloat16"] = () => Model(13, g => g.Constant("k", Tensor.Of([1f, 1e-30f, 3e38f, 1e-41f], 4))
            .Input("x", "N", 1).Output("y", "N", 4).Node("Mul", ["x", "k"], ["m"])
            .Node("Cast", ["m"], ["h"], ("to", 16)).Node("Cast", ["h"], ["y"], ("to", 1))),
        ["half by an integer and a double"] = () => Model(13, g => g.Input("i", DataType.Int32, "N", 4).Input("d", DataType.Float64, "N", 4)
            .Output("y", DataType.Float16, "N", 4).Output("z", DataType.Int8, "N", 4)
            .Node("Cast", ["i"], ["h"], ("to", 10)).Node("Cast", ["d"], ["e"], ("to", 10)).Node("Add", ["h", "e"], ["y"])
            .Node("Cast", ["y"], ["z"], ("to", 3))),
        ["dropout opset 7, sum opset 6, unnamed output dimension"] = () => Model(7, g => g.Input("x", null, 3).Output("y", null, 3)
            .Node("Dropout", ["x"], ["d", "m"], ("ratio", 0.9f)).Node("Sum", ["d", "x", "d"], ["y"])),
    };
}
