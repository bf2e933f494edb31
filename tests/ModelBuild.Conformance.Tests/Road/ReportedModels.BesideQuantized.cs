using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Beside the forms that are computed in codes: each has one thing that the integer kernels cannot say.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> BesideQuantized => new(StringComparer.Ordinal)
    {
        ["beside: codes of a column plus a row of constants"] = () => Model(13, g => InCodes(g, "N", 1).Constant("k", Values(1, 4))
            .Node("Add", ["d", "k"], ["r"]).OutCodes()),
        ["beside: codes of columns plus a matrix of constants"] = () => Model(13, g => InCodes(g, "N", 3, 1).Constant("k", Values(1, 3, 4))
            .Node("Mul", ["d", "k"], ["r"]).OutCodes()),
        ["beside: codes plus constants of rows and columns"] = () => Model(13, g => InCodes(g, "N", 3, 4).Constant("k", Values(1, 3, 4))
            .Node("Add", ["d", "k"], ["r"]).OutCodes()),
        ["beside: codes plus constants of more channels than have tables"] = () => Model(13, g => InCodes(g, "N", 5)
            .Constant("k", Values(1, 5)).Node("Add", ["d", "k"], ["r"]).OutCodes()),
        ["beside: PRelu of codes with slopes of rows and channels"] = () => Model(16, g => InCodes(g, "N", 3, 4, 5)
            .Constant("k", Values(1, 3, 4, 1)).Node("PRelu", ["d", "k"], ["r"]).OutCodes()),
        ["beside: sum of codes, halved"] = () => Model(13, g => InCodes(Both(g, 3, 5), "N", 3, 5).Constant("k", Tensor.Scalar(0.5f))
            .Node("Add", ["d", "e"], ["a"]).Node("Mul", ["a", "k"], ["r"]).OutCodes()),
        ["beside: product of codes, made half as large again"] = () => Model(13, g => InCodes(Both(g, 3, 5), "N", 3, 5)
            .Constant("k", Tensor.Scalar(1.5f)).Node("Mul", ["d", "e"], ["a"]).Node("Mul", ["a", "k"], ["r"]).OutCodes()),
        ["beside: softmax of codes, made three times as large"] = () => Model(13, g => InCodes(g, "N", 6)
            .Constant("k", Tensor.Scalar(3f)).Node("Softmax", ["d"], ["a"]).Node("Mul", ["a", "k"], ["r"]).OutCodes()),
        ["beside: mean of codes times a scalar of more axes"] = () => Model(13, g => InCodes(g, "N", 3, 4, 5)
            .Constant("k", Tensor.Of([2f], 1, 1, 1, 1, 1)).Node("GlobalAveragePool", ["d"], ["a"]).Node("Mul", ["a", "k"], ["r"])
            .OutCodes()),
        ["beside: mean of codes times a factor, read twice"] = () => Model(13, g => InCodes(g, "N", 3, 4, 5)
            .Constant("k", Tensor.Scalar(2f)).Output("m").Node("GlobalAveragePool", ["d"], ["a"]).Node("Mul", ["a", "k"], ["r"])
            .Node("Neg", ["r"], ["m"]).OutCodes()),
        ["beside: sum of codes over an open axis"] = () => Model(13, g => InCodes(g, "N", 3, "W").Integers("ax", 2)
            .Node("ReduceSum", ["d", "ax"], ["r"]).OutCodes()),
        ["beside: mean of codes over an open axis"] = () => Model(18, g => InCodes(g, "N", 3, "W").Integers("ax", 2)
            .Node("ReduceMean", ["d", "ax"], ["r"]).OutCodes()),
        ["beside: mean of codes over no axes"] = () => Model(18, g => InCodes(g, "N", 3, 4)
            .Node("ReduceMean", ["d"], ["r"], ("noop_with_empty_axes", 1)).OutCodes()),
        ["beside: mean of codes over all axes, clipped"] = () => Model(18, g => InCodes(g, "N", 3, 4).Constant("lo", Tensor.Scalar(-0.01f))
            .Constant("hi", Tensor.Scalar(0.01f)).Node("ReduceMean", ["d"], ["a"], ("keepdims", 0))
            .Node("Clip", ["a", "lo", "hi"], ["r"]).OutCodes()),
        ["beside: average pool of codes of volumes"] = () => Model(13, g => InCodes(g, "N", 2, 4, 5, 4)
            .Node("AveragePool", ["d"], ["r"], ("kernel_shape", L(2, 2, 2)), ("strides", L(2, 1, 2))).OutCodes()),
        ["beside: average pool of codes, clipped"] = () => Model(13, g => InCodes(g, "N", 2, 5, 4).Constant("lo", Tensor.Scalar(-0.2f))
            .Constant("hi", Tensor.Scalar(0.3f)).Node("AveragePool", ["d"], ["a"], ("kernel_shape", Two(2)))
            .Node("Clip", ["a", "lo", "hi"], ["r"]).OutCodes()),
        ["beside: softmax of codes, clipped"] = () => Model(13, g => InCodes(g, "N", 6).Constant("lo", Tensor.Scalar(0.1f))
            .Constant("hi", Tensor.Scalar(0.2f)).Node("Softmax", ["d"], ["a"]).Node("Clip", ["a", "lo", "hi"], ["r"]).OutCodes()),
        ["beside: number divided by a product of codes"] = () => Model(13, g => InCodes(Both(g, 4, 5), "N", 3, 4)
            .Constant("k", Tensor.Scalar(0.5f)).Node("MatMul", ["d", "e"], ["a"]).Node("Exp", ["a"], ["p"]).Node("Div", ["k", "p"], ["c"])
            .Node("MatMul", ["d", "e"], ["b"]).Node("Add", ["c", "b"], ["r"]).OutCodes()),
        ["beside: product of codes, scaled by a number of more axes"] = () => Model(13, g => InCodes(Both(g, 4, 5), "N", 3, 4)
            .Constant("k", Tensor.Of([0.5f], 1, 1, 1, 1)).Node("MatMul", ["d", "e"], ["a"]).Node("Mul", ["a", "k"], ["r"]).OutCodes()),
        ["beside: product of codes and a vector of codes"] = () => Model(13, g => InCodes(g, "N", 3, 4).Input("v", 4)
            .Node("QuantizeLinear", ["v", "s2", "z2"], ["vq"]).Node("DequantizeLinear", ["vq", "s2", "z2"], ["e"])
            .Node("MatMul", ["d", "e"], ["r"]).OutCodes()),
        ["beside: product of codes plus quantized constants of its shape"] = () => Model(13, g => InCodes(g, 1, 3, 8)
            .Coded("w", 8, 4).Coded("p", 1, 3, 4).Node("MatMul", ["d", "wd"], ["a"]).Node("Add", ["a", "pd"], ["r"]).OutCodes()),
        ["beside: sum of three products of codes"] = () => Model(13, g => InCodes(g, "N", 3, 8).Coded("w", 8, 4).Columns()
            .Node("MatMul", ["d", "wd"], ["a"]).Node("MatMul", ["d", "u"], ["b"]).Node("Add", ["a", "b"], ["c"]).Node("Relu", ["d"], ["l"])
            .Node("QuantizeLinear", ["l", "s1", "z1"], ["lq"]).Node("DequantizeLinear", ["lq", "s1", "z1"], ["ld"])
            .Node("MatMul", ["ld", "u"], ["f"]).Node("Add", ["c", "f"], ["r"]).OutCodes()),
        ["beside: sum of two products of codes with scales of columns"] = () => Model(13, g => InCodes(g, "N", 3, 8)
            .Coded("w", 8, 4).Columns().Node("MatMul", ["d", "wd"], ["a"]).Node("MatMul", ["d", "u"], ["b"])
            .Node("Add", ["a", "b"], ["r"]).OutCodes()),
        ["beside: product of codes plus itself"] = () => Model(13, g => InCodes(g, "N", 8).Coded("w", 8, 4)
            .Node("MatMul", ["d", "wd"], ["a"]).Node("Add", ["a", "a"], ["r"]).OutCodes()),
        ["beside: product of codes plus two other tensors"] = () => Model(13, g => InCodes(Both(g, 4), "N", 8).Coded("w", 8, 4)
            .Input("i", "N", 4).Node("MatMul", ["d", "wd"], ["a"]).Node("Add", ["a", "e"], ["b"])
            .Node("Add", ["b", "i"], ["r"]).OutCodes()),
        ["beside: clipped product of codes plus a tensor"] = () => Model(13, g => InCodes(Both(g, 4), "N", 8).Coded("w", 8, 4)
            .Node("MatMul", ["d", "wd"], ["a"]).Node("Relu", ["a"], ["b"]).Node("Add", ["b", "e"], ["r"]).OutCodes()),
        ["beside: product of codes plus a bias of more axes"] = () => Model(13, g => InCodes(g, "N", 8).Coded("w", 8, 4)
            .Constant("k", Values(1, 1, 1, 4)).Node("MatMul", ["d", "wd"], ["a"]).Node("Add", ["a", "k"], ["r"]).OutCodes()),
        ["beside: weights of codes that are an output too"] = () => Model(13, g => InCodes(g, "N", 8).Coded("w", 8, 4).Output("wd")
            .Node("MatMul", ["d", "wd"], ["r"]).OutCodes()),
        ["beside: codes of weights that are an output too"] = () => Model(13, g => InCodes(g, "N", 8).Coded("w", 8, 4)
            .Output("w", DataType.Int8).Node("MatMul", ["d", "wd"], ["r"]).OutCodes()),
        ["beside: weights of codes on the left of a product"] = () => Model(13, g => InCodes(g, "N", 4, 3).Coded("w", 8, 4)
            .Node("MatMul", ["wd", "d"], ["r"]).OutCodes()),
        ["beside: codes added to columns of which one has no scale"] = () => Model(13, g => InCodes(g, "N", 4).Constant("p", Bytes(5, 2, 4))
            .Constant("ps", Tensor.Of([0.01f, 0, 0.02f, 0.5f], 4)).Constant("pz", Tensor.Of(new sbyte[] { 0, 5, 0, -3 }, 4))
            .Node("DequantizeLinear", ["p", "ps", "pz"], ["pd"], ("axis", 1)).Constant("i", Tensor.Of([1L], []))
            .Node("Gather", ["pd", "i"], ["row"]).Node("Add", ["d", "row"], ["r"]).OutCodes()),
        ["beside: weights of codes of which one channel has no scale"] = () => Model(13, g => InCodes(g, "N", 3, 5, 5)
            .Constant("qw", Bytes(3, 4, 3, 3, 3)).Constant("ws", Tensor.Of([0.01f, 0, 0.002f, 0.005f], 4))
            .Constant("wz", Tensor.Of(new sbyte[] { 0, 7, 0, 0 }, 4)).Node("DequantizeLinear", ["qw", "ws", "wz"], ["w"], ("axis", 0))
            .Node("Conv", ["d", "w"], ["r"]).OutCodes()),
        ["beside: codes padded by a number of the run"] = () => Model(13, g => InCodes(g, "N", 4).Integers("pads", 0, 1, 0, 2).Input("v")
            .Node("Pad", ["d", "pads", "v"], ["r"]).OutCodes()),
        ["beside: codes joined with codes of another scale, in numbers"] = () => Model(13, g => InCodes(Both(g, 4), "N", 4)
            .Output("y").Node("Concat", ["d", "e"], ["y"], ("axis", 1))),
        ["beside: integer product whose sum is not scaled"] = () => Model(13, g => g.Constant("w", SevenBits(1, 4, 5))
            .Constant("k", Values(2, 5)).Input("x", "N", 4).Output("y").Node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"])
            .Node("MatMulInteger", ["q", "w", "z"], ["i"]).Node("Cast", ["i"], ["f"], ("to", 1)).Node("Add", ["f", "k"], ["y"])),
        ["beside: integer product of a stack of weights"] = () => Model(13, g => g.Constant("w", SevenBits(1, 2, 4, 5)).Input("x", 2, 3, 4)
            .Output("y").Node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]).Node("MatMulInteger", ["q", "w", "z"], ["i"])
            .Node("Cast", ["i"], ["f"], ("to", 1)).Node("Mul", ["f", "s"], ["y"])),
        ["beside: integer product scaled by another factor than its codes have"] = () => Model(13, g => g.Constant("w", SevenBits(1, 4, 5))
            .Constant("t", Tensor.Scalar(0.25f)).Input("x", "N", 4).Output("y").Node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"])
            .Node("MatMulInteger", ["q", "w", "z"], ["i"]).Node("Cast", ["i"], ["f"], ("to", 1)).Node("Mul", ["f", "t"], ["y"])),
        ["beside: integer convolution of codes padded by a code"] = () => Model(13, g => Quantized(g)
            .Constant("w", SevenBits(1, 2, 3, 2, 2)).Constant("f", Tensor.Of([(byte)7], [])).Constant("t", Tensor.Scalar(0.0002f))
            .Integers("pads", 0, 0, 1, 0, 0, 0, 0, 1).Input("x", "N", 3, 4, 4).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("Pad", ["q", "pads", "f"], ["p"])
            .Node("ConvInteger", ["p", "w", "z1"], ["i"]).Node("Cast", ["i"], ["c"], ("to", 1)).Node("Mul", ["c", "t"], ["y"])),
        ["beside: wide codes before a product that is halved"] = () => Model(21, g => Wide(g, "N", 8)
            .Node("Gemm", ["d", "wd"], ["y"], ("alpha", 0.5f))),
        ["beside: wide codes before a product with a part of a bias"] = () => Model(21, g => Wide(g, "N", 8).Constant("c", Values(4, 4))
            .Node("Gemm", ["d", "wd", "c"], ["y"], ("beta", 0.25f))),
        ["beside: wide codes that are turned before a product"] = () => Model(21, g => Wide(g, 8, "N")
            .Node("Gemm", ["d", "wd"], ["y"], ("transA", 1))),
        ["beside: wide codes times a stack of weights"] = () => Model(21, g => Wide(g, "N", 8).Integers("sh", 2, 8, 2)
            .Node("Reshape", ["wd", "sh"], ["u"]).Node("MatMul", ["d", "u"], ["y"])),
        ["beside: wide codes times themselves"] = () => Model(21, g => Wide(g, 8, 8).Output("z").Node("MatMul", ["d", "d"], ["y"])
            .Node("MatMul", ["d", "wd"], ["z"])),
        ["beside: vector of wide codes before a product"] = () => Model(21, g => Wide(g, 8).Node("MatMul", ["d", "wd"], ["y"])),
    };

    /// <summary>Weights whose products ONNX Runtime adds up exactly on all processors.</summary>
    private static Tensor SevenBits(int seed, params long[] shape) =>
        Tensor.Of([.. Bytes(seed, shape).Span<sbyte>().ToArray().Select(b => (sbyte)(b / 2))], shape);

    /// <summary>The input x as codes, and what they say as d.</summary>
    private static OnnxGraph InCodes(OnnxGraph graph, params object[] shape) => Quantized(graph).Input("x", shape)
        .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"]);

    /// <summary>A second input o, what its codes say as e.</summary>
    private static OnnxGraph Both(OnnxGraph graph, params long[] shape) => graph.Input("o", ["N", .. shape.Cast<object>()])
        .Node("QuantizeLinear", ["o", "s2", "z2"], ["oq"]).Node("DequantizeLinear", ["oq", "s2", "z2"], ["e"]);

    /// <summary>r as codes, and what they say as the output y. Hardly a result lies right between two of them.</summary>
    private static OnnxGraph OutCodes(this OnnxGraph graph) => graph.Output("y")
        .Constant("rs", Tensor.Scalar(0.0371f))
        .Node("QuantizeLinear", ["r", "rs", "z2"], ["rq"]).Node("DequantizeLinear", ["rq", "rs", "z2"], ["y"]);

    /// <summary>Weights u of 8 bits, with a scale for each column.</summary>
    private static OnnxGraph Columns(this OnnxGraph graph) => graph.Constant("qu", Bytes(7, 8, 4))
        .Constant("us", Tensor.Of([0.002f, 0.01f, 0.005f, 0.02f], 4)).Constant("uz", Tensor.Of(new sbyte[4], 4))
        .Node("DequantizeLinear", ["qu", "us", "uz"], ["u"], ("axis", 1));

    /// <summary>What 16-bit codes of the input say as d, and codes w of weights for 8 columns; the output is y.</summary>
    private static OnnxGraph Wide(OnnxGraph graph, params object[] shape) => graph.Coded("w", 8, 4).Constant("s", Tensor.Scalar(0.0001f))
        .Constant("sz", Tensor.FromInt64s(DataType.Int16, [0], [])).Input("x", shape).Output("y")
        .Node("QuantizeLinear", ["x", "s", "sz"], ["q"]).Node("DequantizeLinear", ["q", "s", "sz"], ["d"]);
}
