using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Parameters that the run knows, and constants in every place: what went wrong once, tried anew.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> CausesOfParameters => new(StringComparer.Ordinal)
    {
        ["02 bound of codes, after a depthwise convolution"] = () => Model(13, g => g.Constant("q", Tensor.Of([(sbyte)90], []))
            .Constant("s", Tensor.Scalar(0.01f)).Constant("w", Values(1, 3, 1, 3, 3)).Input("x", "N", 3, 6, 6).Output("y")
            .Node("DequantizeLinear", ["q", "s"], ["hi"]).Node("Conv", ["x", "w"], ["c"], ("group", 3))
            .Node("Clip", ["c", "", "hi"], ["y"])),
        ["02 bounds that cross, after products and a transposed convolution"] = () => Model(13, g => g.Constant("lo", Tensor.Scalar(0.5f))
            .Constant("hi", Tensor.Scalar(-0.5f)).Constant("w", Values(1, 4, 5)).Constant("b", Values(2, 5))
            .Constant("u", Values(3, 3, 2, 2, 2)).Input("x", "N", 4).Input("v", "N", 3, 4, 4).Output("y").Output("z")
            .Node("MatMul", ["x", "w"], ["m"]).Node("Add", ["m", "b"], ["a"]).Node("Clip", ["a", "lo", "hi"], ["y"])
            .Node("ConvTranspose", ["v", "u"], ["c"], ("strides", Two(2))).Node("Clip", ["c", "lo", "hi"], ["z"])),
        ["02 depth, repeats and count by inputs"] = () => Model(13, g => g.Integers("one", 1).Constant("v", Tensor.Of([0f, 1], 2))
            .Constant("three", Tensor.Of([3L], [])).Input("x", 2, 4).Input("i", DataType.Int64, 3).Input("k", DataType.Int64)
            .Input("r", DataType.Int64, 2).Output("y").Output("z").Output("w").Node("Add", ["k", "three"], ["dp"])
            .Node("OneHot", ["i", "dp", "v"], ["y"]).Node("Add", ["r", "one"], ["rp"]).Node("Tile", ["x", "rp"], ["z"])
            .Node("Reshape", ["dp", "one"], ["kk"]).Node("TopK", ["x", "kk"], ["w", "wi"])),
        ["02 integers within bounds"] = () => Model(13, g => g.Constant("lo", Tensor.Of([0L], [])).Constant("hi", Tensor.Of([1L], []))
            .Constant("t", Values(1, 2, 3)).Input("x", DataType.Int64, "N", 3).Output("y").Node("Clip", ["x", "lo", "hi"], ["c"])
            .Node("Gather", ["t", "c"], ["y"])),
        ["02 largest of the input bounds a product"] = () => Model(13, g => g.Constant("w", Values(1, 4, 5))
            .Constant("lo", Tensor.Scalar(-0.25f)).Input("x", "N", 4).Output("y").Node("ReduceMax", ["x"], ["m"], ("keepdims", 0))
            .Node("Gemm", ["x", "w"], ["p"]).Node("Clip", ["p", "lo", "m"], ["y"])),
        ["02 norms by inputs"] = () => Model(17, g => g.Input("x", "N", 3, 4).Input("s", 3).Input("b", 3).Input("m", 3).Input("v", 3)
            .Input("ls", 4).Output("y").Output("z").Output("w").Node("Abs", ["v"], ["va"])
            .Node("BatchNormalization", ["x", "s", "b", "m", "va"], ["y"]).Node("InstanceNormalization", ["x", "s", "b"], ["z"])
            .Node("LayerNormalization", ["x", "ls"], ["w"])),
        ["02 pad by an input, behind a pool and before another"] = () => Model(13, g => g.Integers("p", 0, 0, 1, -1, 0, 0, 0, 2)
            .Input("x", "N", 2, 6, 6).Input("v").Output("y").Node("AveragePool", ["x"], ["a"], ("kernel_shape", Two(2)))
            .Node("Pad", ["a", "p", "v"], ["d"]).Node("MaxPool", ["d"], ["y"], ("kernel_shape", Two(2)))),
        ["02 pad by codes, then convolution"] = () => Model(13, g => g.Constant("q", Tensor.Of([(byte)200], []))
            .Constant("z", Tensor.Of([(byte)10], [])).Constant("s", Tensor.Scalar(0.01f)).Constant("w", Values(1, 4, 3, 3, 3))
            .Integers("p", 0, 0, 2, 0, 0, 0, 1, 3).Input("x", "N", 3, 5, 5).Output("y").Node("DequantizeLinear", ["q", "s", "z"], ["v"])
            .Node("Pad", ["x", "p", "v"], ["d"]).Node("Conv", ["d", "w"], ["y"])),
        ["02 pads by an input"] = () => Model(13, g => g.Constant("v", Tensor.Scalar(0.5f)).Input("x", 2, 6).Input("p", DataType.Int64, 4)
            .Output("y").Node("Pad", ["x", "p", "v"], ["d"]).Node("Relu", ["d"], ["y"])),
        ["02 ranges apart, one after the other"] = () => Model(13, g => g.Constant("k0", Tensor.Scalar(0f))
            .Constant("k1", Tensor.Scalar(1f)).Constant("k2", Tensor.Scalar(2f)).Constant("k3", Tensor.Scalar(3f))
            .Constant("w", Values(1, 4, 3, 1, 1)).Input("x", "N", 3, 4, 4).Output("y").Output("z").Node("Conv", ["x", "w"], ["c"])
            .Node("Clip", ["c", "k0", "k1"], ["a"]).Node("Clip", ["a", "k2", "k3"], ["y"]).Node("Clip", ["c", "k2", "k3"], ["b"])
            .Node("Clip", ["b", "k0", "k1"], ["z"])),
        ["02 scales of a resize by an input"] = () => Model(13, g => g.Constant("k", Tensor.Of([1f, 1, 2, 2], 4)).Input("x", 1, 2, 4, 4)
            .Input("s", 4).Output("y").Node("Mul", ["s", "k0"], ["sz"]).Constant("k0", Tensor.Of([0f, 0, 0, 0], 4))
            .Node("Add", ["sz", "k"], ["sc"]).Node("Resize", ["x", "", "sc"], ["y"], ("mode", "nearest"))),
        ["02 slopes and addends by inputs"] = () => Model(13, g => g.Constant("w", Values(1, 4, 5)).Constant("u", Values(2, 4, 3, 3, 3))
            .Constant("t", Values(2, 3, 4, 2, 2)).Input("x", "N", 4).Input("v", "N", 3, 5, 5).Input("c", 5).Input("sl", 4, 1, 1)
            .Input("b", 4).Output("y").Output("z").Output("o").Node("Gemm", ["x", "w", "c"], ["y"], ("alpha", 0.5f), ("beta", 3f))
            .Node("Conv", ["v", "u", "b"], ["cv"]).Node("PRelu", ["cv", "sl"], ["z"]).Node("ConvTranspose", ["v", "t", "b"], ["o"])),
        ["02 smallest of what is largest, crossed"] = () => Model(13, g => g.Constant("a", Tensor.Scalar(-1f))
            .Constant("b", Tensor.Scalar(1f)).Constant("w", Values(1, 4, 5)).Input("x", "N", 4).Output("y").Output("z")
            .Node("Gemm", ["x", "w"], ["m"]).Node("Min", ["m", "a"], ["n"]).Node("Max", ["n", "b"], ["y"]).Node("Max", ["m", "b"], ["o"])
            .Node("Min", ["o", "a"], ["z"])),
        ["02 bound by the batch"] = () => Model(13, g => g.Constant("w", Values(1, 4, 5)).Constant("t", Tensor.Scalar(0.1f))
            .Input("x", "N", 4).Output("y").Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "k"], ["n"])
            .Constant("k", Tensor.Of([0L], [])).Node("Cast", ["n"], ["f"], ("to", 1)).Node("Mul", ["f", "t"], ["ft"])
            .Node("MatMul", ["x", "w"], ["m"]).Node("Clip", ["m", "", "ft"], ["y"])),
        ["02 bounds made by shape arithmetic"] = () => Model(13, g => g.Constant("w", Values(1, 4, 5)).Integers("i0", 1)
            .Input("x", "N", 4).Output("y").Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "k"], ["n"])
            .Constant("k", Tensor.Of([1L], [])).Node("Cast", ["n"], ["f"], ("to", 1)).Node("MatMul", ["x", "w"], ["m"])
            .Node("Clip", ["m", "", "f"], ["c"]).Node("Div", ["c", "f"], ["y"])),
        ["02 clip in doubles and int32, one bound each"] = () => Model(13, g => g
            .Constant("hi", Tensor.FromDoubles(DataType.Float64, [0.3], [])).Constant("lo", Tensor.Of([1], []))
            .Input("x", DataType.Float64, "N", 4).Input("i", DataType.Int32, "N", 4).Output("y", DataType.Float64)
            .Output("z", DataType.Int32).Node("Clip", ["x", "", "hi"], ["y"]).Node("Clip", ["i", "lo", ""], ["z"])),
        ["02 clip of bounds that are NaN"] = () => Model(13, g => g.Constant("lo", Tensor.Scalar(float.NaN))
            .Constant("w", Values(1, 4, 5)).Input("x", "N", 4).Output("y").Node("MatMul", ["x", "w"], ["m"])
            .Node("Clip", ["m", "lo"], ["y"])),
        ["02 clip of infinite bounds"] = () => Model(13, g => g.Constant("lo", Tensor.Scalar(float.NegativeInfinity))
            .Constant("hi", Tensor.Scalar(float.PositiveInfinity)).Constant("w", Values(1, 4, 5)).Input("x", "N", 4).Output("y")
            .Node("MatMul", ["x", "w"], ["m"]).Node("Clip", ["m", "lo", "hi"], ["y"])),
        ["02 leaky relu, elu and thresholded relu around a clip that crosses"] = () => Model(13, g => g
            .Constant("lo", Tensor.Scalar(0.5f)).Constant("hi", Tensor.Scalar(-0.5f)).Constant("w", Values(1, 4, 5)).Input("x", "N", 4)
            .Output("y").Node("Gemm", ["x", "w"], ["m"]).Node("LeakyRelu", ["m"], ["l"]).Node("Clip", ["l", "lo", "hi"], ["c"])
            .Node("Elu", ["c"], ["e"]).Node("ThresholdedRelu", ["m"], ["t"], ("alpha", 0.2f)).Node("Add", ["e", "t"], ["y"])),
        ["02 pad value beyond half, codes of uint8 behind"] = () => Model(13, g => Quantized(g).Constant("v", Tensor.Scalar(1e6f))
            .Integers("p", 0, 1, 0, 1).Input("x", "N", 4).Output("y").Node("Pad", ["x", "p", "v"], ["d"])
            .Node("QuantizeLinear", ["d", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["y"])),
        ["02 relu6 by relu and min, and clip whose minimum is the input"] = () => Model(13, g => g.Constant("six", Tensor.Scalar(0.6f))
            .Constant("w", Values(1, 4, 3, 1, 1)).Input("x", "N", 3, 4, 4).Input("lo").Output("y").Output("z")
            .Node("Conv", ["x", "w"], ["c"]).Node("Relu", ["c"], ["r"]).Node("Min", ["r", "six"], ["y"])
            .Node("Clip", ["c", "lo", "six"], ["z"])),
        ["02 axes of a mean, and of a pad, by inputs"] = () => Model(18, g => g.Integers("one", 1).Constant("v", Tensor.Of([0.5f], []))
            .Input("x", 2, 3, 4).Input("a", DataType.Int64, 1).Output("y").Node("ReduceMean", ["x", "a"], ["y"])),
        ["02 bounds that are the same value as what they bound"] = () => Model(13, g => g.Constant("w", Values(1, 4, 5))
            .Input("x", "N", 4).Input("s").Output("y").Output("z").Node("MatMul", ["x", "w"], ["m"]).Node("Clip", ["m", "s", "s"], ["y"])
            .Node("Neg", ["s"], ["n"]).Node("Clip", ["m", "n", "s"], ["z"])),
        ["02 factor and addend of the run behind a convolution"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 3, 3))
            .Input("x", "N", 3, 6, 6).Input("f", 4, 1, 1).Input("a", 1, 4, 1, 1).Output("y").Node("Conv", ["x", "w"], ["c"])
            .Node("Mul", ["c", "f"], ["m"]).Node("Add", ["m", "a"], ["s"]).Node("Relu", ["s"], ["y"])),
        ["02 hard sigmoid, celu and shrink around clips that cross in halves"] = () => Model(13, g => g
            .Constant("lo", Tensor.FromDoubles(DataType.Float16, [0.5], []))
            .Constant("hi", Tensor.FromDoubles(DataType.Float16, [-0.5], [])).Input("x", DataType.Float16, "N", 4)
            .Output("y", DataType.Float16).Node("Clip", ["x", "lo", "hi"], ["c"]).Node("Celu", ["cf"], ["e"])
            .Node("Cast", ["c"], ["cf"], ("to", 1)).Node("Cast", ["e"], ["y"], ("to", 10))),
        ["02 pad whose value has one element"] = () => Model(13, g => g.Constant("v", Tensor.Of([0.5f], 1)).Integers("p", 0, 1, 0, 2)
            .Input("x", "N", 4).Output("y").Node("Pad", ["x", "p", "v"], ["y"])),
        ["12 convolution whose bias is computed and whose weights are read twice"] = () => Model(13, g => g
            .Constant("w", Values(1, 4, 3, 1, 1)).Input("x", "N", 3, 5, 5).Input("b", 1, 4).Integers("sh", -1).Output("y")
            .Output("w", 4, 3, 1, 1).Node("Tanh", ["b"], ["t"]).Node("Reshape", ["t", "sh"], ["r"]).Node("Conv", ["x", "w", "r"], ["c"])
            .Node("LeakyRelu", ["c"], ["y"])),
        ["12 layer norm with mean and deviation read"] = () => Model(17, g => g.Constant("s", Values(1, 4)).Constant("b", Values(2, 4))
            .Input("x", "N", 3, 4).Output("y").Output("i").Node("LayerNormalization", ["x", "s", "b"], ["y", "m", "i"])),
        ["12 one column, a scalar of one element, and a clip"] = () => Model(13, g => g.Constant("w", Values(1, 4, 1))
            .Constant("k", Tensor.Of([0.3f], 1, 1)).Constant("hi", Tensor.Scalar(0.8f)).Input("x", "N", 4).Output("y")
            .Node("MatMul", ["x", "w"], ["m"]).Node("Sub", ["k", "m"], ["a"]).Node("Clip", ["a", "", "hi"], ["y"])),
        ["12 outputs that are constants of every kind"] = () => Model(13, g => g.Constant("c", Values(1, 2, 3)).Integers("i", 4, 5)
            .Constant("b", Tensor.FromDoubles(DataType.Bool, [1, 0], [2])).Input("x", "N", 2).Output("y").Output("c", 2, 3)
            .Output("i", DataType.Int64, 2).Output("b", DataType.Bool, 2).Output("s", DataType.Int64, 2).Output("t")
            .Node("MatMul", ["x", "c"], ["y"]).Node("Shape", ["c"], ["s"]).Node("Transpose", ["c"], ["t"])),
        ["12 stack of batches by a vector, then a scalar"] = () => Model(13, g => g.Constant("v", Values(1, 4))
            .Constant("k", Tensor.Scalar(0.3f)).Input("x", "N", 3, 4).Output("y").Output("z").Node("MatMul", ["x", "v"], ["m"])
            .Node("Add", ["m", "k"], ["a"]).Node("Relu", ["a"], ["y"]).Node("Softmax", ["m"], ["z"])),
        ["12 stacks of constants on both ranks"] = () => Model(13, g => g.Constant("w", Values(1, 3, 1, 4, 5))
            .Constant("u", Values(2, 2, 5, 4)).Input("x", "N", 1, 2, 6, 4).Output("y").Node("MatMul", ["x", "w"], ["m"])
            .Node("Tanh", ["m"], ["t"]).Node("MatMul", ["t", "u"], ["y"])),
        ["12 statistics and masks unread, opset 14 and 10"] = () => Model(10, g => Norm(g, 3).Input("x", "N", 3, 4, 4).Output("y")
            .Node("Dropout", ["x"], ["d", "k"], ("ratio", 0.3f))
            .Node("BatchNormalization", ["d", "s", "b", "m", "v0"], ["y", "a1", "a2", "a3", "a4"], ("epsilon", 0.1f))),
        ["12 unread seconds of every kind"] = () => Model(13, g => g.Integers("k", 2).Constant("w", Values(1, 1, 24, 4))
            .Constant("r", Values(2, 1, 24, 6)).Input("x", 3, "N", 4).Output("y").Output("h").Output("t", DataType.Int64)
            .Node("LSTM", ["x", "w", "r"], ["", "h", "c"], ("hidden_size", 6)).Node("TopK", ["x", "k"], ["v", "t"])
            .Node("MaxPool", ["x"], ["y", "mi"], ("kernel_shape", L(2)))),
        ["12 vector and stacks"] = () => Model(13, g => g.Constant("w", Values(1, 2, 3, 4, 5)).Constant("u", Values(2, 5)).Input("x", 4)
            .Output("y").Output("z").Node("MatMul", ["x", "w"], ["y"]).Node("MatMul", ["y", "u2"], ["z"])
            .Node("Concat", ["u"], ["u2"], ("axis", 0))),
        ["12 bias of one element, and of a column, of convolutions and transposed ones"] = () => Model(13, g => g
            .Constant("w", Values(1, 1, 3, 1, 1)).Constant("b", Tensor.Of([0.3f], 1)).Constant("k", Values(2, 4, 1))
            .Input("x", "N", 3, 4, 4).Output("y").Output("z").Node("Conv", ["x", "w", "b"], ["y"]).Node("Add", ["y", "k"], ["z"])),
        ["12 constant by vector, and by matrix behind a transpose"] = () => Model(13, g => g.Constant("w", Values(1, 5, 4)).Input("x", 4)
            .Input("v", "N", 4).Output("y").Output("z").Node("MatMul", ["w", "x"], ["y"]).Node("Transpose", ["v"], ["t"])
            .Node("MatMul", ["w", "t"], ["z"])),
        ["12 if whose branch is an initializer, output read inside"] = () => Model(13, g => g.Constant("k", Values(1, 4)).Input("x", 4)
            .Input("c", DataType.Bool).Output("y").Output("r").Node("Relu", ["x"], ["r"])
            .Node("If", ["c"], ["y"], ("then_branch", new OnnxGraph().Output("t", 4)
            .Node("Identity", ["k"], ["t"])), ("else_branch", new OnnxGraph().Output("e", 4).Node("Identity", ["r"], ["e"])))),
        ["12 matmul of vectors in stacks and gemm by columns"] = () => Model(13, g => g.Constant("v", Values(1, 4))
            .Constant("c", Values(2, 4, 1)).Constant("k", Tensor.Of([2f], 1)).Input("x", 2, 3, 4).Output("y").Output("z")
            .Node("MatMul", ["x", "c"], ["m"]).Node("Add", ["m", "k"], ["y"]).Node("Mul", ["x", "v"], ["xv"])
            .Node("MatMul", ["xv", "v"], ["z"])),
        ["12 max pool indices and split parts as outputs twice"] = () => Model(13, g => g.Input("x", "N", 4, 4, 4).Output("y")
            .Output("i", DataType.Int64).Output("z").Node("MaxPool", ["x"], ["y", "i"], ("kernel_shape", Two(2)), ("strides", Two(2)))
            .Node("Identity", ["y"], ["z"])),
        ["12 weights that are an output and an input of two"] = () => Model(13, g => g.Constant("w", Values(1, 4, 4))
            .Constant("b", Values(2, 4)).Input("x", "N", 4).Output("y").Output("w", 4, 4).Output("b2")
            .Node("Gemm", ["x", "w", "b"], ["g"]).Node("MatMul", ["g", "w"], ["m"]).Node("Identity", ["b"], ["b2"])
            .Node("Relu", ["m"], ["y"])),
        ["12 gemm of a vector bias by two axes and a matmul of one row"] = () => Model(13, g => g.Constant("w", Values(1, 4, 5))
            .Constant("c", Values(2, 3, 5)).Constant("v", Values(3, 1, 5)).Input("x", 3, 4).Output("y").Output("z")
            .Node("Gemm", ["x", "w", "c"], ["y"]).Node("MatMul", ["x", "v2"], ["z"]).Node("Transpose", ["w"], ["wt"])
            .Node("MatMul", ["v", "wt"], ["r"]).Node("Transpose", ["r"], ["v2"])),
        ["12 transposed convolution in groups with bias of the run"] = () => Model(13, g => g.Constant("w", Values(1, 4, 2, 3, 3))
            .Input("x", "N", 4, 4, 4).Input("b", 4).Output("y")
            .Node("ConvTranspose", ["x", "w", "b"], ["y"], ("group", 2), ("strides", Two(2)), ("output_shape", L(8, 8)))),
    };
}
