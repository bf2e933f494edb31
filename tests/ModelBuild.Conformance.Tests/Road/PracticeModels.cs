using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// Small models of the kinds that users report of exporters, quantizers and runtimes: unusual parameters, names, ranks, types and opsets.
/// </summary>
internal static class PracticeModels
{
    private static readonly SortedDictionary<string, Func<byte[]>> s_models = new(StringComparer.Ordinal)
    {
        ["average pool ceil include pad"] = () =>
            Chain(
                [2, 4, 9, 11],
                ("AveragePool",
                [("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 }),
                ("ceil_mode", 1), ("count_include_pad", 1)])),
        ["average pool one axis"] = () =>
            Chain(
                [2, 4, 11],
                ("AveragePool", [("kernel_shape", new long[] { 3 }), ("auto_pad", "SAME_LOWER"), ("strides", new long[] { 2 })])),
        ["batch normalization opset 7"] = () => Model(7, g => g
            .Constant("s", Values(1, 3)).Constant("b", Values(2, 3)).Constant("m", Values(3, 3)).Constant("v", Positive(3))
            .Input("x", "N", 3, 5, 5).Output("y", "N", 3, 5, 5)
            .Node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"], ("epsilon", 0.01f))),
        ["batch normalization of vectors"] = () => Model(15, g => g
            .Constant("s", Values(1, 6)).Constant("b", Values(2, 6)).Constant("m", Values(3, 6)).Constant("v", Positive(6))
            .Input("x", "N", 6).Output("y", "N", 6).Node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"])),
        ["clip attributes of opset 6"] = () =>
            Model(6, g => g.Input("x", "N", 7).Output("y", "N", 7).Node("Clip", ["x"], ["y"], ("min", -0.5f), ("max", 0.25f))),
        ["clip with one bound"] = () =>
            Model(
                13, g => g.Constant("hi", Tensor.Scalar(0.3f)).Input("x", "N", 7).Output("y", "N", 7).Node("Clip", ["x", "", "hi"], ["y"])),
        ["concat of constants and inputs"] = () => Model(13, g => g.Constant("c", Values(1, 1, 2)).Input("x", 1, 3).Output("y", 1, 8)
            .Node("Concat", ["c", "x", "x"], ["y"], ("axis", -1))),
        ["conv 3 axes"] = () =>
            Model(
                13, g =>
                    g.Constant("w", Values(1, 4, 3, 2, 2, 2)).Input("x", "N", 3, 4, 5, 6).Output("y", "N", 4, 3, 4, 5)
                        .Node("Conv", ["x", "w"], ["y"])),
        ["conv bias of the run"] = () =>
            Model(
                13, g =>
                    g.Constant("w", Values(1, 4, 3, 3, 3)).Input("x", "N", 3, 7, 7).Input("b", 4).Output("y", "N", 4, 5, 5)
                        .Node("Conv", ["x", "w", "b"], ["y"])),
        ["conv stride beyond kernel"] = () =>
            Model(
                13, g =>
                    g.Constant("w", Values(1, 5, 3, 1, 1)).Input("x", "N", 3, 9, 8).Output("y", "N", 5, 3, 3)
                        .Node("Conv", ["x", "w"], ["y"], ("strides", new long[] { 4, 3 }))),
        ["conv same upper in groups"] = () =>
            Model(13, g => g.Constant("w", Values(1, 6, 2, 3, 3)).Input("x", "N", 6, 9, 9).Output("y", "N", 6, 9, 9)
            .Node("Conv", ["x", "w"], ["y"], ("group", 3), ("auto_pad", "SAME_UPPER"))),
        ["conv then crossed clip"] = () =>
            Model(13, g => g.Constant("w", Values(1, 4, 3, 3, 3)).Constant("lo", Tensor.Scalar(0.5f)).Constant("hi", Tensor.Scalar(-0.5f))
            .Input("x", "N", 3, 7, 7).Output("y", "N", 4, 5, 5).Node("Conv", ["x", "w"], ["c"]).Node("Clip", ["c", "lo", "hi"], ["y"])),
        ["dequantize of weights on axis 1"] = () => Model(13, g => g
            .Constant("q", Tensor.Of(Enumerable.Range(0, 12).Select(i => (sbyte)((i * 37 % 200) - 100)).ToArray(), 4, 3))
            .Constant("s", Tensor.Of([0.01f, 0.02f, 0.005f], 3)).Constant("z", Tensor.Of(new sbyte[3], 3))
            .Input("x", "N", 4).Output("y", "N", 3).Node("DequantizeLinear", ["q", "s", "z"], ["w"], ("axis", 1))
            .Node("MatMul", ["x", "w"], ["y"])),
        ["div by vector then sub"] = () =>
            Model(13, g => g.Constant("m", Tensor.Of([1000f, -2000, 30], 3)).Constant("d", Tensor.Of([0.5f, 2, 10], 3))
            .Input("x", "N", 3).Output("y", "N", 3).Node("Sub", ["x", "m"], ["c"]).Node("Div", ["c", "d"], ["y"])),
        ["dropout training mask unread"] = () =>
            Model(
                12, g =>
                    g.Constant("r", Tensor.Scalar(0.5f)).Input("x", "N", 5).Output("y", "N", 5).Node("Dropout", ["x", "r"], ["d", "mask"])
                        .Node("Relu", ["d"], ["y"])),
        ["flatten axis 0"] = () => Model(13, g => g.Input("x", 2, 3, 4).Output("y", 1, 24).Node("Flatten", ["x"], ["y"], ("axis", 0))),
        ["flatten negative axis"] = () =>
            Model(13, g => g.Input("x", "N", 3, 4).Output("y", null, 4).Node("Flatten", ["x"], ["y"], ("axis", -1))),
        ["gemm transposed with alpha and beta"] = () =>
            Model(13, g => g.Constant("w", Values(1, 5, 4)).Constant("c", Values(2, 1)).Input("x", "N", 4).Output("y", "N", 5)
            .Node("Gemm", ["x", "w", "c"], ["y"], ("transB", 1), ("alpha", 0.5f), ("beta", 2f))),
        ["gemm of a transposed input"] = () =>
            Model(13, g => g.Constant("w", Values(1, 6, 4)).Constant("c", Values(2, 3, 1)).Input("x", 6, 3).Output("y", 3, 4)
            .Node("Gemm", ["x", "w", "c"], ["y"], ("transA", 1))),
        ["global average of one and three axes"] = () =>
            Model(13, g => g.Input("x", "N", 3, 7).Input("z", "N", 2, 3, 4, 5).Output("y", "N", 3, 1).Output("v", "N", 2, 1, 1, 1)
            .Node("GlobalAveragePool", ["x"], ["y"]).Node("GlobalAveragePool", ["z"], ["v"])),
        ["hard swish by hand"] = () =>
            Model(
                13, g =>
                    g.Constant("three", Tensor.Scalar(3f)).Constant("zero", Tensor.Scalar(0f)).Constant("six", Tensor.Scalar(6f))
                        .Input("x", "N", 4, 5).Output("y", "N", 4, 5)
            .Node("Add", ["x", "three"], ["a"]).Node("Clip", ["a", "zero", "six"], ["c"]).Node("Mul", ["x", "c"], ["m"])
            .Node("Div", ["m", "six"], ["y"])),
        ["hard swish whose constant widens"] = () =>
            Model(
                13, g =>
                    g.Constant("three", Tensor.Of([3f], 1, 1, 1)).Constant("zero", Tensor.Scalar(0f)).Constant("six", Tensor.Scalar(6f))
                        .Input("x", 4, 5).Output("y", 1, 4, 5)
            .Node("Add", ["x", "three"], ["a"]).Node("Clip", ["a", "zero", "six"], ["c"]).Node("Mul", ["x", "c"], ["m"])
            .Node("Div", ["m", "six"], ["y"])),
        ["input that is an output"] = () =>
            Model(13, g => g.Input("x", "N", 3).Output("x", "N", 3).Output("y", "N", 3).Node("Relu", ["x"], ["y"])),
        ["inputs that are outputs alone"] = () => Model(13, g => g.Input("x", "N", 3).Input("n", DataType.Int64, 2)
            .Output("n", DataType.Int64, 2).Output("x", "N", 3)
            .Constant("w", Values(1, 3, 2)).Output("y", "N", 2).Node("MatMul", ["x", "w"], ["y"])),
        ["half input that is an output"] = () => Model(13, g => g.Input("x", DataType.Float16, "N", 3).Output("x", DataType.Float16, "N", 3)
            .Output("y", DataType.Float16, "N", 3).Node("Relu", ["x"], ["y"])),
        ["int64 input cast"] = () =>
            Model(
                13, g =>
                    g.Constant("w", Values(1, 3, 2)).Input("x", DataType.Int64, "N", 3).Output("y", "N", 2)
                        .Node("Cast", ["x"], ["f"], ("to", 1)).Node("MatMul", ["f", "w"], ["y"])),
        ["leading dimensions that broadcast"] = () =>
            Model(
                13, g =>
                    g.Constant("w", Values(1, 3, 4, 5)).Input("x", 2, 1, 6, 4).Output("y", 2, 3, 6, 5).Node("MatMul", ["x", "w"], ["y"])),
        ["log softmax over channels"] = () => Chain([2, 5, 3, 4], ("LogSoftmax", [("axis", 1)])),
        ["matmul of two vectors"] = () => Model(13, g => g.Input("a", 6).Input("b", 6).Output("y").Node("MatMul", ["a", "b"], ["y"])),
        ["matmul row by matrix"] = () =>
            Model(13, g => g.Constant("w", Values(1, 6, 4)).Input("a", 6).Output("y", 4).Node("MatMul", ["a", "w"], ["y"])),
        ["names of C# and spaces"] = () =>
            Model(
                13, g =>
                    g.Input("class", "N", 3).Input("class ", "N", 3).Input("größe.1", "N", 3).Output("out", "N", 3).Output("out:0", "N", 3)
            .Node("Add", "namespace", ["class", "class "], ["out"]).Node("Mul", "int", ["out", "größe.1"], ["out:0"])),
        ["output twice from one value"] = () =>
            Model(
                13, g =>
                    g.Input("x", "N", 3).Output("y", "N", 3).Output("z", "N", 3).Node("Relu", ["x"], ["y"]).Node("Identity", ["y"], ["z"])),
        ["pad edge"] = () =>
            Model(
                13, g =>
                    g.Integers("p", 0, 0, 2, 1, 0, 0, 1, 2).Input("x", "N", 2, 4, 5).Output("y", "N", 2, 7, 8)
                        .Node("Pad", ["x", "p"], ["y"], ("mode", "edge"))),
        ["pad negative"] = () =>
            Model(
                13, g =>
                    g.Integers("p", 0, 0, -1, 1, 0, 0, 1, -2).Input("x", "N", 2, 4, 5).Output("y", "N", 2, 4, 4)
                        .Node("Pad", ["x", "p"], ["y"])),
        ["pad on axes"] = () =>
            Model(
                18, g =>
                    g.Integers("p", 1, 2).Integers("a", -1).Constant("v", Tensor.Scalar(0.75f)).Input("x", "N", 2, 5).Output("y", "N", 2, 8)
                        .Node("Pad", ["x", "p", "v", "a"], ["y"])),
        ["prelu by channel"] = () =>
            Model(
                13, g =>
                    g.Constant("s", Values(1, 4, 1, 1)).Input("x", "N", 4, 3, 3).Output("y", "N", 4, 3, 3)
                        .Node("PRelu", ["x", "s"], ["y"])),
        ["quantized concat of other scales"] = () => Model(13, g => Quantized(g).Input("x", "N", 3).Input("z", "N", 2).Output("y", "N", 5)
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["qx"]).Node("QuantizeLinear", ["z", "s2", "z2"], ["qz"])
            .Node("DequantizeLinear", ["qx", "s1", "z1"], ["dx"]).Node("DequantizeLinear", ["qz", "s2", "z2"], ["dz"])
            .Node("Concat", ["dx", "dz"], ["c"], ("axis", 1)).Node("QuantizeLinear", ["c", "s2", "z2"], ["qc"])
            .Node("DequantizeLinear", ["qc", "s2", "z2"], ["y"])),
        ["quantized output"] = () =>
            Model(
                13, g =>
                    Quantized(g).Input("x", "N", 9).Output("y", DataType.UInt8, "N", 9).Node("QuantizeLinear", ["x", "s1", "z1"], ["y"])),
        ["quantized reshape and transpose"] = () =>
            Model(13, g => Quantized(g).Integers("shape", 0, 2, 3).Input("x", "N", 6).Output("y", "N", 3, 2)
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("Reshape", ["q", "shape"], ["r"])
            .Node("Transpose", ["r"], ["t"], ("perm", new long[] { 0, 2, 1 })).Node("DequantizeLinear", ["t", "s1", "z1"], ["y"])),
        ["quantized with one scale, read with another"] = () =>
            Model(13, g => Quantized(g).Input("x", "N", 9).Output("y", "N", 9).Output("z", "N", 9)
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s2", "z2"], ["y"])
            .Node("DequantizeLinear", ["q", "s1", "z1"], ["z"])),
        ["reduce mean of everything"] = () =>
            Model(13, g => g.Input("x", 2, 3, 4).Output("y").Node("ReduceMean", ["x"], ["y"], ("keepdims", 0))),
        ["reduce mean over outer and inner"] = () =>
            Model(
                13, g =>
                    g.Input("x", 2, 3, 4, 5).Output("y", 3, 5)
                        .Node("ReduceMean", ["x"], ["y"], ("axes", new long[] { 0, -2 }), ("keepdims", 0))),
        ["reshape with zero and minus one"] = () =>
            Model(13, g => g.Integers("s", 0, -1, 2).Input("x", "N", 4, 6).Output("y", "N", 12, 2).Node("Reshape", ["x", "s"], ["y"])),
        ["scalar from the input"] = () =>
            Model(13, g => g.Input("x", "N", 3).Input("s").Output("y", "N", 3).Node("Mul", ["x", "s"], ["y"])),
        ["shape arithmetic"] = () => Model(13, g => g.Integers("zero", 0).Integers("rest", -1).Input("x", "N", 3, 4).Output("y", "N", 12)
            .Node("Shape", ["x"], ["sh"]).Node("Gather", ["sh", "zero"], ["n"]).Node("Concat", ["n", "rest"], ["t"], ("axis", 0))
            .Node("Reshape", ["x", "t"], ["y"])),
        ["slice backwards"] = () =>
            Model(
                13, g =>
                    g.Integers("st", -1).Integers("en", long.MinValue + 1).Integers("ax", -1).Integers("sp", -2).Input("x", "N", 3, 7)
                        .Output("y", "N", 3, 4).Node("Slice", ["x", "st", "en", "ax", "sp"], ["y"])),
        ["slice beyond the end"] = () =>
            Model(
                9, g =>
                    g.Input("x", "N", 9).Output("y", "N", 6)
                        .Node(
                            "Slice", ["x"], ["y"], ("axes", new long[] { 1 }), ("starts", new long[] { 3 }),
                            ("ends", new long[] { int.MaxValue }))),
        ["softmax of opset 11 flattens"] = () =>
            Model(11, g => g.Input("x", 2, 3, 4).Output("y", 2, 3, 4).Node("Softmax", ["x"], ["y"], ("axis", 1))),
        ["squeeze of all ones"] = () => Model(13, g => g.Input("x", 1, 3, 1, 4).Output("y", 3, 4).Node("Squeeze", ["x"], ["y"])),
        ["subtraction of one channel"] = () =>
            Model(
                13, g =>
                    g.Constant("w", Values(1, 1, 3, 1, 1)).Input("x", "N", 1, 5, 5).Input("z", "N", 3, 5, 5).Output("y", "N", 1, 5, 5)
                        .Node("Conv", ["z", "w"], ["c"]).Node("Sub", ["x", "c"], ["y"])),
        ["swish with shared gate"] = () =>
            Model(13, g => g.Constant("w", Values(1, 4, 4)).Input("x", "N", 4).Output("y", "N", 4).Output("z", "N", 4)
            .Node("MatMul", ["x", "w"], ["m"]).Node("Sigmoid", ["m"], ["z"]).Node("Mul", ["m", "z"], ["y"])),
        ["transpose without perm"] = () => Chain([3, 4, 5], ("Transpose", [])),
        ["unsqueeze negative"] = () =>
            Model(13, g => g.Integers("a", -1, 0).Input("x", 3, 4).Output("y", 1, 3, 4, 1).Node("Unsqueeze", ["x", "a"], ["y"])),
        ["unused input and initializer"] = () =>
            Model(
                13, g =>
                    g.Constant("w", Values(1, 3)).Input("x", "N", 3).Input("never", "N", 2).Output("y", "N", 3).Node("Relu", ["x"], ["y"])),
        ["float64"] = () =>
            Model(
                13, g =>
                    g.Constant("w", Tensor.FromDoubles(DataType.Float64, [1, -2, 0.5, 3, 0.25, -1], [3, 2]))
                        .Input("x", DataType.Float64, "N", 3).Output("y", DataType.Float64, "N", 2).Node("MatMul", ["x", "w"], ["y"])),
    };

    /// <summary>By name, which says what is unusual about a model.</summary>
    public static IReadOnlyDictionary<string, Func<byte[]>> All => s_models;

    /// <summary>One operator on a float tensor of this shape; what comes out has no declared shape.</summary>
    private static byte[] Chain(object[] shape, (string Type, (string, object)[] Attributes) node) =>
        Model(13, g => g.Input("x", [.. shape]).Output("y").Node(node.Type, ["x"], ["y"], node.Attributes));

    private static byte[] Chain(int[] shape, (string Type, (string, object)[] Attributes) node) =>
        Chain([.. shape.Select(d => (object)d)], node);

    private static OnnxGraph Quantized(OnnxGraph graph) => graph
        .Constant("s1", Tensor.Scalar(0.02f)).Constant("z1", Tensor.Of([(byte)128], [])).Constant("s2", Tensor.Scalar(0.03f))
        .Constant("z2", Tensor.Of([(byte)100], []));

    private static Tensor Positive(int count) => Tensor.Of([.. Enumerable.Range(1, count).Select(i => 0.5f * i)], count);
}
