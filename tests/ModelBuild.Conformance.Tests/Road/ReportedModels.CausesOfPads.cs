using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Pads, slices and reductions: what went wrong once, tried anew.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> CausesOfPads => new(StringComparer.Ordinal)
    {
        ["03 codes padded by a code"] = () => Model(13, g => Quantized(g).Constant("v", Tensor.Of([(byte)7], []))
            .Integers("p", 0, 0, 1, 2, 0, 0, 0, 1).Constant("w", Values(1, 4, 3, 3, 3)).Input("x", "N", 3, 5, 5).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("Pad", ["q", "p", "v"], ["d"])
            .Node("DequantizeLinear", ["d", "s1", "z1"], ["e"]).Node("Conv", ["e", "w"], ["c"])
            .Node("QuantizeLinear", ["c", "s3", "z1"], ["o"]).Node("DequantizeLinear", ["o", "s3", "z1"], ["y"])),
        ["03 codes whose edges go on, then pooled"] = () => Model(18, g => Quantized(g).Integers("p", 1, 1).Integers("a", 3)
            .Input("x", "N", 3, 5, 5).Output("y").Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("Pad", ["q", "p", "", "a"], ["d"], ("mode", "edge")).Node("DequantizeLinear", ["d", "s1", "z1"], ["e"])
            .Node("MaxPool", ["e"], ["m"], ("kernel_shape", Two(2))).Node("QuantizeLinear", ["m", "s1", "z1"], ["o"])
            .Node("DequantizeLinear", ["o", "s1", "z1"], ["y"])),
        ["03 int8 codes padded around a volume"] = () => Model(13, g => g.Constant("a", Tensor.Of([(sbyte)-7], []))
            .Constant("v", Tensor.Of([(sbyte)-128], [])).Input("x", "N", 2, 3, 3, 3).Output("y")
            .Node("QuantizeLinear", ["x", "p1", "a"], ["q"]).Constant("p1", Tensor.Scalar(0.03f)).Node("Pad", ["q", "p2", "v"], ["d"])
            .Integers("p2", 0, 0, 1, 0, 1, 0, 0, 0, 1, 0).Node("DequantizeLinear", ["d", "p1", "a"], ["y"])),
        ["03 mean over no axes of a product, opset 18, without keeping"] = () => Model(18, g => g.Constant("w", Values(1, 4, 5))
            .Constant("a", Tensor.Of(Array.Empty<long>(), 0)).Input("x", "N", 4).Output("y").Output("z").Node("MatMul", ["x", "w"], ["m"])
            .Node("ReduceMean", ["m", "a"], ["n"], ("noop_with_empty_axes", 1), ("keepdims", 0)).Node("Relu", ["n"], ["y"])
            .Node("ReduceMean", ["m"], ["z"], ("keepdims", 0))),
        ["03 norms over no axes"] = () => Model(18, g => g.Constant("a", Tensor.Of(Array.Empty<long>(), 0)).Input("x", "N", 3, 4)
            .Output("y").Output("z").Output("v").Output("w").Output("u").Node("ReduceL1", ["x", "a"], ["y"], ("noop_with_empty_axes", 1))
            .Node("ReduceL2", ["x", "a"], ["z"], ("noop_with_empty_axes", 1))
            .Node("ReduceSumSquare", ["x"], ["v"], ("noop_with_empty_axes", 1))
            .Node("ReduceLogSumExp", ["x", "a"], ["w"], ("noop_with_empty_axes", 1)).Node("Abs", ["x"], ["ab"])
            .Node("ReduceLogSum", ["ab"], ["u"], ("noop_with_empty_axes", 1))),
        ["03 pad of batch and channels of codes"] = () => Model(13, g => Quantized(g).Constant("v", Tensor.Of([(byte)50], []))
            .Integers("p", 1, 2, 0, 0, 0, 1, 0, 0).Constant("w", Values(1, 4, 6, 1, 1)).Input("x", "N", 3, 4, 4).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("Pad", ["q", "p", "v"], ["d"])
            .Node("DequantizeLinear", ["d", "s2", "z2"], ["e"]).Node("Conv", ["e", "w"], ["y"])),
        ["03 pad on axes of int32, reflected, before convolution"] = () => Model(18, g => g.Integers("p", 2, 1, 1, 0)
            .Constant("a", Tensor.Of([-1L, 2], 2)).Constant("w", Values(1, 4, 3, 3, 3)).Input("x", "N", 3, 6, 5).Output("y")
            .Node("Pad", ["x", "p", "", "a"], ["d"], ("mode", "reflect")).Node("Conv", ["d", "w"], ["y"])),
        ["03 pad on no axes"] = () => Model(18, g => g.Constant("p", Tensor.Of(Array.Empty<long>(), 0))
            .Constant("a", Tensor.Of(Array.Empty<long>(), 0)).Constant("v", Tensor.Scalar(9f)).Input("x", "N", 4).Output("y")
            .Node("Pad", ["x", "p", "v", "a"], ["d"]).Node("Relu", ["d"], ["y"])),
        ["03 pad on one axis, edges, of whole numbers and truths"] = () => Model(18, g => g.Integers("p", 1, 2).Integers("a", -2)
            .Input("x", DataType.Int64, "N", 3, 4).Input("b", DataType.Bool, "N", 3, 4).Output("y", DataType.Int64)
            .Output("z", DataType.Bool).Node("Pad", ["x", "p", "", "a"], ["y"], ("mode", "edge")).Node("Pad", ["b", "p", "", "a"], ["z"])),
        ["03 pad that wraps, on axes"] = () => Model(19, g => g.Integers("p", 1, 2, 0, 3).Integers("a", 1, -1).Input("x", "N", 3, 4)
            .Output("y").Node("Pad", ["x", "p", "", "a"], ["y"], ("mode", "wrap"))),
        ["03 quantized values padded beyond their codes, then averaged"] = () => Model(13, g => Quantized(g)
            .Constant("v", Tensor.Scalar(-100f)).Integers("p", 0, 1, 1, 0, 0, 1).Input("x", "N", 3, 6).Output("y").Output("z")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("Pad", ["d", "p", "v"], ["e"]).Node("QuantizeLinear", ["e", "s2", "z2"], ["r"])
            .Node("DequantizeLinear", ["r", "s2", "z2"], ["f"]).Node("AveragePool", ["f"], ["y"], ("kernel_shape", L(2)))
            .Node("AveragePool", ["e"], ["z"], ("kernel_shape", L(2)))),
        ["03 slice by attributes, negative end that clamps"] = () => Model(9, g => g.Constant("w", Values(1, 4, 5)).Input("x", "N", 6)
            .Output("y").Node("Slice", ["x"], ["t"], ("axes", L(1)), ("starts", L(-100)), ("ends", L(-2)))
            .Node("MatMul", ["t", "w"], ["y"])),
        ["03 slice of int32 ends that clamp, of codes, then convolution"] = () => Model(13, g => Quantized(g)
            .Constant("st", Tensor.Of([-50], 1)).Constant("en", Tensor.Of([-2], 1)).Constant("ax", Tensor.Of([-1], 1))
            .Constant("w", Values(1, 4, 3, 2, 2)).Input("x", "N", 3, 5, 6).Output("y").Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("Slice", ["q", "st", "en", "ax"], ["t"]).Node("DequantizeLinear", ["t", "s1", "z1"], ["d"])
            .Node("Conv", ["d", "w"], ["y"])),
        ["03 slices whose ends clamp"] = () => Model(13, g => g.Integers("st", -100, 1).Integers("en", -7, -9).Integers("ax", 1, -1)
            .Integers("en2", -2, 100).Integers("sp", 2, 3).Input("x", "N", 8, 10).Output("y").Output("z")
            .Node("Slice", ["x", "st", "en2", "ax", "sp"], ["y"]).Node("Slice", ["x", "st", "en3", "ax"], ["z"]).Integers("en3", -7, -1)),
        ["03 sums and products over no axes"] = () => Model(18, g => g.Constant("a", Tensor.Of(Array.Empty<long>(), 0))
            .Input("x", "N", 3, 4).Output("y").Output("z").Output("v").Output("w")
            .Node("ReduceSum", ["x", "a"], ["y"], ("noop_with_empty_axes", 1))
            .Node("ReduceMax", ["x", "a"], ["z"], ("noop_with_empty_axes", 1))
            .Node("ReduceProd", ["x"], ["v"], ("noop_with_empty_axes", 1)).Node("ReduceMin", ["x", "a"], ["w"], ("keepdims", 0))),
        ["03 mean over axes given twice by signs, all of them, opset 18"] = () => Model(18, g => g.Integers("a", 1, -1, 0)
            .Integers("b", -2).Input("x", "N", 3, 4).Output("y").Output("z").Node("ReduceMean", ["x", "a"], ["y"], ("keepdims", 0))
            .Node("ReduceSumSquare", ["x", "b"], ["z"])),
        ["03 pad and crop that undo each other"] = () => Model(13, g => g.Constant("v", Tensor.Scalar(0.4f))
            .Integers("p", 0, 0, 1, 1, 0, 0, 1, 1).Integers("m", 0, 0, -1, -1, 0, 0, -1, -1).Constant("w", Values(1, 4, 3, 3, 3))
            .Input("x", "N", 3, 5, 5).Output("y").Output("z").Node("Pad", ["x", "p", "v"], ["a"]).Node("Pad", ["a", "m", "v"], ["b"])
            .Node("Conv", ["b", "w"], ["y"]).Node("Pad", ["x", "m"], ["c"]).Node("Pad", ["c", "p"], ["z"])),
        ["03 pad between depthwise convolutions, value of an activation"] = () => Model(13, g => g.Constant("v", Tensor.Scalar(0.4f))
            .Integers("p", 0, 0, 1, 2, 0, 0, 2, 1).Constant("w", Values(1, 3, 1, 3, 3)).Constant("u", Values(2, 3, 1, 3, 3))
            .Input("x", "N", 3, 6, 6).Output("y").Node("Conv", ["x", "w"], ["a"], ("group", 3)).Node("Sigmoid", ["a"], ["s"])
            .Node("Pad", ["s", "p", "v"], ["d"]).Node("Conv", ["d", "u"], ["y"], ("group", 3))),
        ["03 pad of a transposed image before a convolution"] = () => Model(13, g => g.Integers("p", 0, 1, 2, 0, 0, 1, 0, 0)
            .Constant("v", Tensor.Scalar(-0.3f)).Constant("w", Values(1, 4, 3, 3, 3)).Input("x", "N", 5, 5, 3).Output("y")
            .Node("Pad", ["x", "p", "v"], ["d"]).Node("Transpose", ["d"], ["t"], ("perm", s_nchw)).Node("Conv", ["t", "w"], ["y"])),
        ["03 pad with zeros before an average pool that counts, and before a mean"] = () => Model(13, g => g
            .Integers("p", 0, 0, 1, 1, 0, 0, 1, 1).Constant("w", Values(1, 4, 3, 1, 1)).Input("x", "N", 3, 5, 5).Output("y").Output("z")
            .Node("Conv", ["x", "w"], ["c"]).Node("Pad", ["c", "p"], ["d"])
            .Node("AveragePool", ["d"], ["y"], ("kernel_shape", Two(3)), ("count_include_pad", 1))
            .Node("GlobalAveragePool", ["d"], ["z"])),
        ["03 slice to nothing, joined"] = () => Model(13, g => g.Integers("st", 3).Integers("en", -9).Integers("ax", 1).Input("x", "N", 6)
            .Output("y").Node("Slice", ["x", "st", "en", "ax"], ["e"]).Node("Concat", ["e", "x"], ["y"], ("axis", 1))),
        ["03 slices of steps of codes around a pool"] = () => Model(13, g => Quantized(g).Integers("st", -2, 0).Integers("en", -100, 100)
            .Integers("ax", 2, 3).Integers("sp", -2, 2).Input("x", "N", 3, 7, 7).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("Slice", ["q", "st", "en", "ax", "sp"], ["t"])
            .Node("DequantizeLinear", ["t", "s1", "z1"], ["d"]).Node("MaxPool", ["d"], ["m"], ("kernel_shape", Two(2)))
            .Node("QuantizeLinear", ["m", "s1", "z1"], ["o"]).Node("DequantizeLinear", ["o", "s1", "z1"], ["y"])),
        ["03 two pads in a row of other values"] = () => Model(13, g => g.Constant("v", Tensor.Scalar(0.4f))
            .Integers("p", 0, 0, 1, 1, 0, 0, 1, 1).Constant("w", Values(1, 4, 3, 3, 3)).Input("x", "N", 3, 5, 5).Output("y")
            .Node("Pad", ["x", "p"], ["a"]).Node("Pad", ["a", "p", "v"], ["b"]).Node("Conv", ["b", "w"], ["y"], ("strides", Two(2)))),
        ["03 QDQ pad of a value between codes, then conv"] = () => Model(13, g => Quantized(g).Constant("v", Tensor.Scalar(0.013f))
            .Integers("p", 0, 0, 1, 1, 0, 0, 1, 1).Constant("qw", Bytes(1, 4, 3, 3, 3)).Constant("ws", Tensor.Scalar(0.01f))
            .Input("x", "N", 3, 5, 5).Output("y").Node("QuantizeLinear", ["x", "s1", "z2"], ["q"])
            .Node("DequantizeLinear", ["q", "s1", "z2"], ["d"]).Node("Pad", ["d", "p", "v"], ["e"])
            .Node("QuantizeLinear", ["e", "s1", "z2"], ["r"]).Node("DequantizeLinear", ["r", "s1", "z2"], ["f"])
            .Node("DequantizeLinear", ["qw", "ws"], ["w"]).Node("Conv", ["f", "w"], ["c"])
            .Node("QuantizeLinear", ["c", "s3", "z1"], ["o"]).Node("DequantizeLinear", ["o", "s3", "z1"], ["y"])),
        ["03 QDQ pad of infinity before a max pool"] = () => Model(13, g => Quantized(g)
            .Constant("v", Tensor.Scalar(float.NegativeInfinity)).Integers("p", 0, 0, 1, 1, 0, 0, 1, 1).Input("x", "N", 3, 5, 5)
            .Output("y").Node("QuantizeLinear", ["x", "s1", "z2"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z2"], ["d"])
            .Node("Pad", ["d", "p", "v"], ["e"]).Node("MaxPool", ["e"], ["m"], ("kernel_shape", Two(3)))
            .Node("QuantizeLinear", ["m", "s1", "z2"], ["o"]).Node("DequantizeLinear", ["o", "s1", "z2"], ["y"])),
        ["03 pad on the batch axis, of any size"] = () => Model(18, g => g.Integers("p", 1, 2).Integers("a", 0)
            .Constant("v", Tensor.Scalar(3f)).Constant("w", Values(1, 4, 5)).Input("x", "N", 4).Output("y")
            .Node("Pad", ["x", "p", "v", "a"], ["d"]).Node("MatMul", ["d", "w"], ["y"])),
        ["03 pad wraps and reflects codes, opset 19"] = () => Model(19, g => Quantized(g).Integers("p", 0, 1, 0, 2).Input("x", "N", 4)
            .Output("y").Output("z").Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("Pad", ["q", "p"], ["a"], ("mode", "wrap"))
            .Node("DequantizeLinear", ["a", "s1", "z1"], ["y"]).Node("Pad", ["q", "p"], ["b"], ("mode", "reflect"))
            .Node("DequantizeLinear", ["b", "s2", "z1"], ["z"])),
    };
}
