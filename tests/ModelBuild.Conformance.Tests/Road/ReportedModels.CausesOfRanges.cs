using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Ranges, masks and what is not finite: what went wrong once, tried anew.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> CausesOfRanges => new(StringComparer.Ordinal)
    {
        ["04 batches behind each other before a product"] = () => Model(13, g => g.Constant("f", Tensor.Scalar(20f))
            .Constant("w", Values(1, 4, 4)).Constant("u", Values(2, 4, 5)).Input("x", "N", 4).Output("y")
            .Node("MatMul", ["x", "w"], ["c"]).Node("Tanh", ["c"], ["t"]).Node("Mul", ["c", "f"], ["b"])
            .Node("Concat", ["b", "t"], ["j"], ("axis", 0)).Node("MatMul", ["j", "u"], ["y"])),
        ["04 large part behind a small one, nested, read twice"] = () => Model(13, g => g.Constant("k", Tensor.Scalar(40f))
            .Constant("w", Values(1, 4, 3, 1, 1)).Constant("u", Values(2, 5, 11, 1, 1)).Input("x", "N", 3, 6, 6).Output("y").Output("j")
            .Node("Conv", ["x", "w"], ["c"]).Node("Sigmoid", ["c"], ["s"]).Node("Mul", ["x", "k"], ["b"])
            .Node("Concat", ["s", "b"], ["i"], ("axis", 1)).Node("Concat", ["c", "i"], ["j"], ("axis", 1))
            .Node("Conv", ["j", "u"], ["y"])),
        ["04 parts along rows, one a constant"] = () => Model(13, g => g.Constant("k", Values(3, 1, 3, 2, 6))
            .Constant("f", Tensor.Scalar(9f)).Constant("w", Values(1, 3, 3, 1, 1)).Constant("u", Values(2, 5, 3, 3, 3))
            .Input("x", 1, 3, 6, 6).Output("y").Node("Conv", ["x", "w"], ["c"]).Node("Mul", ["c", "f"], ["b"])
            .Node("Concat", ["k", "x", "b"], ["j"], ("axis", 2)).Node("Conv", ["j", "u"], ["y"])),
        ["04 small part behind a large one"] = () => Model(13, g => g.Constant("k", Tensor.Scalar(40f))
            .Constant("w", Values(1, 4, 3, 1, 1)).Constant("u", Values(2, 5, 7, 3, 3)).Input("x", "N", 3, 6, 6).Output("y")
            .Node("Conv", ["x", "w"], ["c"]).Node("Mul", ["x", "k"], ["b"]).Node("Concat", ["c", "b"], ["j"], ("axis", 1))
            .Node("Conv", ["j", "u"], ["y"])),
        ["04 split, turned around, joined, and a part an output"] = () => Model(13, g => g.Constant("w", Values(1, 8, 3, 3, 3))
            .Constant("u", Values(2, 4, 8, 1, 1)).Constant("f", Tensor.Scalar(30f)).Input("x", "N", 3, 6, 6).Output("y").Output("b")
            .Node("Conv", ["x", "w"], ["c"]).Node("Split", ["c"], ["a", "b"], ("axis", 1)).Node("Mul", ["b", "f"], ["g"])
            .Node("Concat", ["g", "a"], ["j"], ("axis", 1)).Node("Relu", ["j"], ["r"]).Node("Conv", ["r", "u"], ["y"])),
        ["04 dense block of three"] = () => Model(13, g => g.Constant("w1", Values(1, 4, 3, 3, 3)).Constant("w2", Values(2, 4, 7, 3, 3))
            .Constant("w3", Values(3, 4, 11, 3, 3)).Input("x", "N", 3, 6, 6).Output("y")
            .Node("Conv", ["x", "w1"], ["a"], ("pads", s_ones)).Node("Concat", ["x", "a"], ["j"], ("axis", 1))
            .Node("Conv", ["j", "w2"], ["b"], ("pads", s_ones)).Node("Concat", ["j", "b"], ["k"], ("axis", 1))
            .Node("Conv", ["k", "w3"], ["c"], ("pads", s_ones)).Node("Concat", ["k", "c"], ["y"], ("axis", 1))),
        ["04 one value joined with its rectified self, turned"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 3, 3))
            .Constant("u", Values(2, 5, 12, 1, 1)).Constant("f", Tensor.Scalar(25f)).Input("x", "N", 3, 6, 6).Output("y")
            .Node("Conv", ["x", "w"], ["c"]).Node("Neg", ["c"], ["n"]).Node("Relu", ["n"], ["r"]).Node("Mul", ["c", "f"], ["g"])
            .Node("Concat", ["r", "c", "g"], ["j"], ("axis", 1)).Node("Conv", ["j", "u"], ["y"])),
        ["04 parts pooled and resized before they are joined"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 1, 1))
            .Constant("u", Values(2, 5, 7, 1, 1)).Constant("f", Tensor.Scalar(15f)).Constant("s", Tensor.Of([1f, 1, 2, 2], 4))
            .Input("x", "N", 3, 6, 6).Output("y").Node("MaxPool", ["x"], ["p"], ("kernel_shape", Two(2)), ("strides", Two(2)))
            .Node("Conv", ["p", "w"], ["c"]).Node("Mul", ["c", "f"], ["g"]).Node("Resize", ["g", "", "s"], ["r"], ("mode", "nearest"))
            .Node("Concat", ["x", "r"], ["j"], ("axis", 1)).Node("Conv", ["j", "u"], ["y"])),
        ["07 raw column less its mean, then a product"] = () => Raw(Tensor.Of([1e6f, -3e5f, 20f, 5e4f], 4), g => g
            .Node("Sub", ["raw", "mean"], ["c"]).Node("Div", ["c", "dev"], ["n"])),
        ["07 raw column plus what takes its mean away, times"] = () => Raw(Tensor.Of([1e6f, -3e5f, 20f, 5e4f], 4), g => g
            .Node("Neg", ["mean"], ["nm"]).Node("Add", ["nm", "raw"], ["c"]).Node("Reciprocal", ["dev"], ["r"])
            .Node("Mul", ["r", "c"], ["n"])),
        ["07 raw image less its mean before a padded convolution"] = () => Model(13, g => g
            .Constant("m", Tensor.Of([3e4f, -2e4f, 100f], 3, 1, 1)).Constant("d", Tensor.Of([2f, 3, 0.5f], 3, 1, 1))
            .Constant("w", Values(1, 4, 3, 3, 3)).Input("x", "N", 3, 6, 6).Output("y").Node("Add", ["x", "m"], ["a"])
            .Node("Round", ["a"], ["b"]).Node("Sub", ["b", "m"], ["c"]).Node("Div", ["c", "d"], ["n"])
            .Node("Conv", ["n", "w"], ["y"], ("pads", s_ones))),
        ["08 NaN among weights of a product"] = () => Model(13, g => g.Constant("w", Tensor.Of([1f, float.NaN, 2, 3, 4, 5], 2, 3))
            .Input("x", "N", 2).Output("y").Node("MatMul", ["x", "w"], ["y"])),
        ["08 halves that overflow, in a product and a convolution"] = () => Model(13, g => g
            .Constant("w", Tensor.Of([1e6f, 3e5f, -2e5f, 7e4f], 4, 1)).Constant("u", Tensor.Of([2e5f, -1f, 0.5f, 7e4f, 1, 1], 2, 3, 1, 1))
            .Constant("k", Tensor.Scalar(1e-5f)).Input("x", "N", 4).Input("v", "N", 3, 3, 3).Output("y").Output("z")
            .Node("MatMul", ["x", "w"], ["b"]).Node("Mul", ["b", "k"], ["y"]).Node("Conv", ["v", "u"], ["c"])
            .Node("Mul", ["c", "k"], ["z"])),
        ["08 halves that vanish, in a product and a table"] = () => Model(13, g => g
            .Constant("w", Tensor.Of([1e-9f, 3e-9f, -2e-9f, 5e-9f], 4, 1)).Constant("t", Tensor.Of([1e-8f, 2e-8f, 3e-8f, -1e-8f], 2, 2))
            .Constant("k", Tensor.Scalar(1e8f)).Constant("kx", Tensor.Scalar(1e8f)).Input("x", "N", 4).Input("i", DataType.Int64, "N")
            .Output("y").Output("z").Node("Mul", ["x", "kx"], ["b"]).Node("MatMul", ["b", "w"], ["y"]).Node("Gather", ["t", "i"], ["g"])
            .Node("Mul", ["g", "k"], ["z"])),
        ["08 infinite bias of a convolution"] = () => Model(13, g => g.Constant("w", Values(1, 2, 3, 1, 1))
            .Constant("b", Tensor.Of([float.PositiveInfinity, 0.5f], 2)).Input("x", "N", 3, 4, 4).Output("y")
            .Node("Conv", ["x", "w", "b"], ["y"])),
        ["08 logarithm of zero between products"] = () => Model(13, g => g.Constant("w", Values(1, 4, 5)).Constant("u", Values(2, 5, 3))
            .Input("x", "N", 4).Output("y").Node("MatMul", ["x", "w"], ["m"]).Node("Relu", ["m"], ["r"]).Node("Log", ["r"], ["l"])
            .Node("Exp", ["l"], ["e"]).Node("MatMul", ["e", "u"], ["y"])),
        ["08 mask by a choice, of -1e9, before the scores are scaled"] = () => Model(13, g => g.Constant("w", Values(1, 8, 8))
            .Constant("u", Values(2, 8, 8)).Constant("far", Tensor.Scalar(-1e9f)).Constant("half", Tensor.Scalar(0.35f))
            .Constant("t", Tensor.FromDoubles(DataType.Bool, [1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1], [4, 4]))
            .Input("x", "N", 4, 8).Output("y").Node("MatMul", ["x", "w"], ["q"]).Node("MatMul", ["x", "u"], ["k"])
            .Node("Transpose", ["k"], ["kt"], ("perm", L(0, 2, 1))).Node("MatMul", ["q", "kt"], ["s"])
            .Node("Where", ["t", "s", "far"], ["m"]).Node("Mul", ["m", "half"], ["h"]).Node("Softmax", ["h"], ["p"], ("axis", -1))
            .Node("MatMul", ["p", "x"], ["y"])),
        ["08 mask of -1e30 added"] = () => Masked(-1e30f),
        ["08 mask of minus infinity added"] = () => Masked(float.NegativeInfinity),
        ["08 mask of the lowest number added"] = () => Masked(float.MinValue),
        ["08 negative variance"] = () => Model(13, g => g.Constant("s", Values(1, 3)).Constant("b", Values(2, 3))
            .Constant("m", Values(3, 3)).Constant("v0", Tensor.Of([1f, -1, 2], 3)).Constant("w", Values(1, 3, 3, 1, 1))
            .Input("x", "N", 3, 4, 4).Output("y").Node("Conv", ["x", "w"], ["c"])
            .Node("BatchNormalization", ["c", "s", "b", "m", "v0"], ["y"])),
        ["08 NaN in a table, and in a constant that is added"] = () => Model(13, g => g
            .Constant("t", Tensor.Of([1f, float.NaN, 2, 3], 2, 2)).Constant("n", Tensor.Of([float.NaN, 0], 2))
            .Input("i", DataType.Int64, "N").Output("y").Output("z").Node("Gather", ["t", "i"], ["y"]).Node("Add", ["y", "n"], ["z"])),
        ["08 infinite activations that come to nothing"] = () => Model(13, g => g.Constant("w", Values(1, 4, 5))
            .Constant("o", Tensor.Scalar(1f)).Input("x", "N", 4).Output("y").Node("Relu", ["x"], ["r"]).Node("Reciprocal", ["r"], ["i"])
            .Node("Add", ["i", "o"], ["a"]).Node("Reciprocal", ["a"], ["b"]).Node("MatMul", ["b", "w"], ["y"])),
        ["08 infinite factor per channel behind a convolution"] = () => Model(13, g => g
            .Constant("k", Tensor.Of([1f, float.PositiveInfinity, 2, 0.5f], 4, 1, 1)).Constant("w", Values(1, 4, 3, 1, 1))
            .Input("x", "N", 3, 3, 3).Output("y").Node("Conv", ["x", "w"], ["c"]).Node("Relu", ["c"], ["r"])
            .Node("Mul", ["r", "k"], ["y"])),
        ["08 largest of rows of minus infinity"] = () => Model(13, g => g
            .Constant("far", Tensor.Of([0f, float.NegativeInfinity, 0, float.NegativeInfinity], 4)).Constant("w", Values(1, 4, 4))
            .Input("x", "N", 4).Output("y").Output("i", DataType.Int64).Node("MatMul", ["x", "w"], ["m"]).Node("Add", ["m", "far"], ["a"])
            .Node("ReduceMax", ["a"], ["y"], ("axes", L(1))).Node("ArgMax", ["a"], ["i"], ("axis", 1))),
        ["08 mask of minus infinity between quantized values"] = () => Model(13, g => Quantized(g)
            .Constant("far", Tensor.Of([0f, float.NegativeInfinity, 0, float.NegativeInfinity], 4)).Constant("qw", Bytes(1, 4, 4))
            .Constant("ws", Tensor.Scalar(0.01f)).Input("x", "N", 4).Output("y").Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("DequantizeLinear", ["q", "s1", "z1"], ["d"]).Node("DequantizeLinear", ["qw", "ws"], ["w"])
            .Node("MatMul", ["d", "w"], ["m"]).Node("Add", ["m", "far"], ["a"]).Node("Softmax", ["a"], ["y"])),
        ["08 tokens that are never meant, behind a product with bias and a softmax"] = () => Model(13, g => g
            .Constant("far", Tensor.Of([0f, float.NegativeInfinity, 0, float.NegativeInfinity], 4)).Constant("w", Values(1, 4, 4))
            .Constant("u", Values(4, 4, 4)).Constant("b", Values(2, 4)).Constant("fq", Tensor.Scalar(1f)).Input("x", "N", 4).Output("y")
            .Output("i", DataType.Int64).Node("MatMul", ["x", "u"], ["m0"]).Node("Relu", ["m0"], ["m1"])
            .Node("Gemm", ["m1", "w", "b"], ["m"]).Node("Add", ["far", "m"], ["a"]).Node("Softmax", ["a"], ["y"])
            .Node("ArgMax", ["a"], ["i"], ("axis", 1))),
        ["08 weights of lstm below and beyond halves"] = () => Model(14, g => g
            .Constant("w", Tensor.Of([.. Values(1, 96).ToFloats() .Select(v => v * 1e-9f)], 1, 24, 4)).Constant("r", Values(2, 1, 24, 6))
            .Constant("k", Tensor.Scalar(1e9f)).Input("x", 3, "N", 4).Output("y").Node("Mul", ["x", "k"], ["b"])
            .Node("LSTM", ["b", "w", "r"], ["y"], ("hidden_size", 6))),
        ["08 alpha that overflows weights, and beta a bias"] = () => Model(13, g => g
            .Constant("w", Tensor.Of([1e38f, -3e38f, 2e37f, 1e30f], 4, 1)).Constant("c", Tensor.Of([1e38f], 1))
            .Constant("k", Tensor.Scalar(1e-38f)).Constant("ks", Tensor.Scalar(1e-3f)).Input("x", "N", 4).Output("y").Output("z")
            .Node("Mul", ["x", "k"], ["b"]).Node("Gemm", ["b", "w"], ["y"], ("alpha", 100f))
            .Node("Gemm", ["b", "w", "c"], ["z"], ("beta", 3f))),
        ["08 factor before a product that overflows its weights"] = () => Model(13, g => g
            .Constant("w", Tensor.Of([1e38f, -3e38f, 2e37f, 1e30f], 1, 4, 1, 1)).Constant("k", Tensor.Scalar(1e-38f))
            .Constant("t", Tensor.Of([100f, 10, 1, 5], 4, 1, 1)).Input("x", "N", 4, 2, 2).Output("y").Node("Mul", ["x", "k"], ["b"])
            .Node("Relu", ["b"], ["r"]).Node("Mul", ["r", "t"], ["s"]).Node("Conv", ["s", "w"], ["y"])),
        ["08 softmax of a row that is masked altogether"] = () => Model(13, g => g
            .Constant("far", Tensor.Of([0f, 0, 0, float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity], 2, 3))
            .Constant("w", Values(1, 4, 3)).Input("x", 2, 4).Output("y").Node("MatMul", ["x", "w"], ["m"])
            .Node("Add", ["m", "far"], ["a"]).Node("Softmax", ["a"], ["y"])),
        ["08 variance of zero and epsilon of zero"] = () => Model(13, g => g.Constant("s", Values(1, 3)).Constant("b", Values(2, 3))
            .Constant("m", Values(3, 3)).Constant("v0", Tensor.Of([1f, 0, 2], 3)).Constant("w", Values(1, 3, 3, 1, 1))
            .Input("x", "N", 3, 4, 4).Output("y").Node("Conv", ["x", "w"], ["c"])
            .Node("BatchNormalization", ["c", "s", "b", "m", "v0"], ["y"], ("epsilon", 0f))),
        ["08 weights of 1e-30 that vanish when scaled, before large inputs"] = () => Model(13, g => g
            .Constant("w", Tensor.Of([1e-30f, -3e-30f, 2e-30f, 1.7e-30f], 4, 1)).Constant("k", Tensor.Scalar(1e30f))
            .Constant("t", Tensor.Scalar(1e-11f)).Constant("u", Tensor.Scalar(1e11f)).Input("x", "N", 4).Output("y")
            .Node("Mul", ["x", "k"], ["b"]).Node("MatMul", ["b", "w"], ["m"]).Node("Mul", ["m", "t"], ["v"]).Node("Tanh", ["v"], ["h"])
            .Node("Mul", ["h", "u"], ["y"])),
        ["08 weights of 1e38 that overflow when scaled"] = () => Model(13, g => g
            .Constant("w", Tensor.Of([1e38f, -3e38f, 2e37f, 1e30f], 4, 1)).Constant("k", Tensor.Scalar(1e-38f))
            .Constant("t", Tensor.Scalar(100f)).Input("x", "N", 4).Output("y").Node("Mul", ["x", "k"], ["b"])
            .Node("MatMul", ["b", "w"], ["m"]).Node("Mul", ["m", "t"], ["y"])),
        ["09 always the same"] = () => Model(14, g => g.Constant("w", Tensor.Of(new float[12], 4, 3, 1, 1)).Constant("b", Values(1, 4))
            .Input("x", "N", 3, 4, 4).Output("y").Node("Conv", ["x", "w", "b"], ["c"]).Node("HardSwish", ["c"], ["y"])),
        ["09 always zero"] = () => Model(13, g => g.Constant("w", Tensor.Of(new float[20], 4, 5)).Input("x", "N", 4).Output("y")
            .Node("MatMul", ["x", "w"], ["m"]).Node("Relu", ["m"], ["y"])),
        ["09 never above zero"] = () => Model(13, g => g.Constant("w", Values(1, 4, 5)).Constant("u", Values(2, 5, 2)).Input("x", "N", 4)
            .Output("y").Node("MatMul", ["x", "w"], ["m"]).Node("Abs", ["m"], ["a"]).Node("Neg", ["a"], ["n"]).Node("Relu", ["n"], ["r"])
            .Node("MatMul", ["r", "u"], ["y"])),
        ["09 no parameters at all"] = () => Model(13, g => g.Input("x", "N", 4).Output("y").Node("Transpose", ["x"], ["y"])),
        ["09 places alone"] = () => Model(13, g => g.Constant("w", Values(1, 4, 5)).Input("x", "N", 4).Output("y", DataType.Int64)
            .Node("MatMul", ["x", "w"], ["m"]).Node("ArgMax", ["m"], ["y"], ("axis", 1))),
        ["09 weights that are whole numbers, inputs that are codes"] = () => Model(13, g => g
            .Constant("w", Tensor.Of([127f, -127, 1, 0], 2, 2)).Input("x", DataType.UInt8, "N", 2).Output("y")
            .Node("Cast", ["x"], ["f"], ("to", 1)).Node("MatMul", ["f", "w"], ["y"])),
        ["09 output a constant beside one that is computed"] = () => Model(13, g => g.Constant("c", Values(1, 3))
            .Constant("z", Tensor.Of(new float[12], 4, 3)).Input("x", "N", 4).Output("y").Output("v").Node("MatMul", ["x", "z"], ["m"])
            .Node("Add", ["m", "c"], ["y"]).Node("Tanh", ["x"], ["v"])),
        ["09 softmax of one class behind a product"] = () => Model(13, g => g.Constant("w", Values(1, 4, 1)).Input("x", "N", 4)
            .Output("y").Node("MatMul", ["x", "w"], ["m"]).Node("Softmax", ["m"], ["y"])),
        ["09 truths alone"] = () => Model(13, g => g.Constant("w", Values(1, 4, 5)).Constant("o", Tensor.Scalar(0f)).Input("x", "N", 4)
            .Output("y", DataType.Bool).Node("MatMul", ["x", "w"], ["m"]).Node("Greater", ["m", "o"], ["y"])),
        ["10 sums of the highest weights and a bias of codes near the limit"] = () => Deep(30000, 127, 2_000_000_000),
        ["10 sums of the lowest weights that nearly pass int32, and a bias"] = () => Deep(65000, -128, -200_000_000),
        ["10 sums of the lowest weights that pass int32"] = () => Deep(70000, -128, 0),
        ["10 tiny scale of one channel, float bias, product"] = () => Tiny("Gemm", Tensor.Of([0.01f, 1e-12f, 0.002f, 1e-9f, 0.02f], 5)),
        ["10 tiny scale of weights, float bias, product"] = () => Tiny("Gemm", Tensor.Scalar(1e-10f)),
        ["10 tiny scale, float bias, convolution in groups"] = () => Tiny("Conv", Tensor.Of([0.01f, 1e-12f, 0.002f], 3)),
        ["10 tiny scale, float bias, transposed convolution"] = () => Tiny("ConvTranspose", Tensor.Scalar(1e-10f)),
        ["10 tiny scale of weights, large bias and residual"] = () => Model(13, g => Quantized(g).Constant("qw", Bytes(1, 4, 4, 1, 1))
            .Constant("ws", Tensor.Scalar(1e-11f)).Constant("b", Tensor.Of([3f, -2, 1, 0], 4)).Input("x", "N", 4, 3, 3).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("DequantizeLinear", ["qw", "ws"], ["w"]).Node("Conv", ["d", "w", "b"], ["c"]).Node("Add", ["c", "d"], ["a"])
            .Node("Relu", ["a"], ["r"]).Node("QuantizeLinear", ["r", "s3", "z0"], ["o"])
            .Node("DequantizeLinear", ["o", "s3", "z0"], ["y"])),
        ["10 tiny scales of a matmul of words, bias in float, uint8 weights"] = () => Model(13, g => Quantized(g)
            .Constant("qw", Tensor.Of([.. Enumerable.Range(0, 20).Select(i => (byte)(i * 73 % 251))], 4, 5))
            .Constant("ws", Tensor.Of([1e-9f, 0.01f, 1e-20f, 0.002f, 1e-6f], 5))
            .Constant("wz", Tensor.Of(new byte[] { 128, 128, 0, 255, 100 }, 5)).Constant("b", Values(1, 5)).Input("x", "N", 4).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("DequantizeLinear", ["qw", "ws", "wz"], ["w"], ("axis", 1)).Node("MatMul", ["d", "w"], ["m"])
            .Node("Add", ["m", "b"], ["a"]).Node("QuantizeLinear", ["a", "s2", "z1"], ["o"])
            .Node("DequantizeLinear", ["o", "s2", "z1"], ["y"])),
    };

    /// <summary>A product of codes that are all 255 and weights that are all the same.</summary>
    private static byte[] Deep(int length, sbyte weight, int bias) => Model(13, g => Quantized(g)
        .Constant("qw", Tensor.Of([.. Enumerable.Repeat(weight, length * 2)], length, 2)).Constant("ws", Tensor.Scalar(0.001f))
        .Constant("qb", Tensor.Of([bias, bias / 2], 2)).Constant("bs", Tensor.Scalar(0.00002f)).Constant("os", Tensor.Scalar(1000f))
        .Constant("big", Tensor.Scalar(1e6f)).Input("x", 1, length).Output("y").Output("z").Node("Abs", ["x"], ["ab"])
        .Node("Mul", ["ab", "big"], ["b"]).Node("QuantizeLinear", ["b", "s1", "z0"], ["q"])
        .Node("DequantizeLinear", ["q", "s1", "z0"], ["d"]).Node("DequantizeLinear", ["qw", "ws"], ["w"])
        .Node("DequantizeLinear", ["qb", "bs"], ["c"]).Node("Gemm", ["d", "w", "c"], ["z"])
        .Node("QuantizeLinear", ["z", "os", "z1"], ["o"]).Node("DequantizeLinear", ["o", "os", "z1"], ["y"]));

    private static byte[] Tiny(string type, Tensor scales) => Model(13, g => Quantized(g).Constant("qw", type switch
        {
            "Gemm" => Bytes(1, 5, 4), "Conv" => Bytes(2, 3, 1, 3, 3), _ => Bytes(3, 3, 2, 2, 2),
        }).Constant("ws", scales).Constant("b", Values(4, type switch { "Gemm" => 5, "Conv" => 3, _ => 2 }))
        .Input("x", type == "Gemm" ? ["N", 4] : ["N", 3, 5, 5]).Output("y").Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
        .Node("DequantizeLinear", ["q", "s1", "z1"], ["d"]).Node("DequantizeLinear", ["qw", "ws"], ["w"], ("axis", 0))
        .Node(type, ["d", "w", "b"], ["c"], type switch { "Gemm" => [("transB", 1)], "Conv" => [("group", 3)], _ => [] })
        .Node("QuantizeLinear", ["c", "s1", "z1"], ["o"]).Node("DequantizeLinear", ["o", "s1", "z1"], ["y"]));

    private static byte[] Masked(float far) => Model(13, g => g.Constant("w", Values(1, 8, 8)).Constant("u", Values(2, 8, 8))
        .Constant("t", Tensor.Of([0f, far, far, far, 0, 0, far, far, 0, 0, 0, far, 0, 0, 0, 0], 4, 4)).Input("x", "N", 4, 8).Output("y")
        .Node("MatMul", ["x", "w"], ["q"]).Node("MatMul", ["x", "u"], ["k"]).Node("Transpose", ["k"], ["kt"], ("perm", L(0, 2, 1)))
        .Node("MatMul", ["q", "kt"], ["s"]).Node("Add", ["s", "t"], ["m"]).Node("Softmax", ["m"], ["p"], ("axis", -1))
        .Node("MatMul", ["p", "x"], ["o"]).Node("MatMul", ["o", "w"], ["y"]));

    private static byte[] Raw(Tensor mean, Func<OnnxGraph, OnnxGraph> normalize) => Model(14, g => normalize(g.Constant("mean", mean)
            .Constant("dev", Tensor.Of([4f, 0.5f, 2, 10], 4)).Constant("w", Values(1, 4, 5)).Input("x", "N", 4).Output("y").Output("n")
            .Constant("dv", Tensor.Of([4f, 0.5f, 2, 10], 4)).Node("Mul", ["x", "dv"], ["xs"]).Node("Add", ["xs", "mean"], ["r0"])
            .Node("Round", ["r0"], ["raw"])).Node("MatMul", ["n", "w"], ["y"]));
}
