using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Constants that widen, element types, and codes that are clipped: what went wrong once, tried anew.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> CausesOfTypes => new(StringComparer.Ordinal)
    {
        ["05 gelu by hand whose constants widen"] = () => Model(13, g => g.Constant("root", Tensor.Of([1.4142135f], 1, 1, 1))
            .Constant("one", Tensor.Of([1f], 1, 1, 1, 1)).Constant("half", Tensor.Of([0.5f], 1)).Input("x", "N", 4).Output("y")
            .Node("Div", ["x", "root"], ["d"]).Node("Erf", ["d"], ["e"]).Node("Add", ["e", "one"], ["a"]).Node("Mul", ["x", "a"], ["m"])
            .Node("Mul", ["m", "half"], ["y"])),
        ["05 gelu by hand whose half comes first and is a row"] = () => Model(13, g => g.Constant("root", Tensor.Scalar(1.4142135f))
            .Constant("one", Tensor.Scalar(1f)).Constant("half", Tensor.Of([0.5f, 0.5f, 0.5f], 3, 1)).Input("x", 4).Output("y")
            .Node("Div", ["x", "root"], ["d"]).Node("Erf", ["d"], ["e"]).Node("Add", ["e", "one"], ["a"])
            .Node("Mul", ["x", "half"], ["h"]).Node("Mul", ["h", "a"], ["y"])),
        ["05 gelu by tanh whose powers widen"] = () => Model(13, g => g.Constant("k", Tensor.Of([0.044715f], 1, 1, 1))
            .Constant("r", Tensor.Scalar(0.7978846f)).Constant("one", Tensor.Of([1f], 1, 1)).Constant("three", Tensor.Of([3f], 1))
            .Constant("half", Tensor.Scalar(0.5f)).Input("x", "N", 4).Output("y").Node("Pow", ["x", "three"], ["p"])
            .Node("Mul", ["p", "k"], ["q"]).Node("Add", ["x", "q"], ["s"]).Node("Mul", ["s", "r"], ["u"]).Node("Tanh", ["u"], ["t"])
            .Node("Add", ["t", "one"], ["a"]).Node("Mul", ["x", "half"], ["h"]).Node("Mul", ["h", "a"], ["y"])),
        ["05 hard sigmoid whose sixth is a column"] = () => Model(13, g => g.Constant("three", Tensor.Of([3f, 3, 3], 3, 1))
            .Constant("zero", Tensor.Scalar(0f)).Constant("six", Tensor.Scalar(6f)).Constant("sixth", Tensor.Of([1 / 6f], 1, 1, 1))
            .Input("x", 4).Output("y").Node("Add", ["x", "three"], ["a"]).Node("Clip", ["a", "zero", "six"], ["c"])
            .Node("Mul", ["c", "sixth"], ["y"])),
        ["05 hard swish of a vector that its six widens"] = () => Model(13, g => g.Constant("three", Tensor.Scalar(3f))
            .Constant("zero", Tensor.Scalar(0f)).Constant("six", Tensor.Scalar(6f)).Constant("wide", Tensor.Of([6f], 1, 1, 1))
            .Input("x", 5).Output("y").Node("Add", ["x", "three"], ["a"]).Node("Clip", ["a", "zero", "six"], ["c"])
            .Node("Mul", ["c", "x"], ["m"]).Node("Div", ["m", "wide"], ["y"])),
        ["05 layer norm by hand whose epsilon and scale widen"] = () => Model(13, g => g.Constant("two", Tensor.Of([2f], 1))
            .Constant("e", Tensor.Of([1e-5f], 1, 1, 1, 1)).Constant("s", Values(1, 2, 1, 4)).Constant("b", Values(2, 4))
            .Input("x", "N", 4).Output("y").Node("ReduceMean", ["x"], ["m"], ("axes", L(-1))).Node("Sub", ["x", "m"], ["d"])
            .Node("Pow", ["d", "two"], ["q"]).Node("ReduceMean", ["q"], ["v"], ("axes", L(-1))).Node("Add", ["v", "e"], ["ve"])
            .Node("Sqrt", ["ve"], ["r"]).Node("Div", ["d", "r"], ["n"]).Node("Mul", ["n", "s"], ["k"]).Node("Add", ["k", "b"], ["y"])),
        ["05 leaky relu by larger of two, which widen"] = () => Model(13, g => g.Constant("k", Tensor.Of([0.1f], 1, 1, 1))
            .Input("x", "N", 4).Output("y").Node("Mul", ["x", "k"], ["m"]).Node("Max", ["x", "m"], ["y"])),
        ["05 soft plus, tanh and a factor that broadcasts"] = () => Model(13, g => g.Input("x", "N", 1, 4).Input("v", "N", 3, 4)
            .Output("y").Output("z").Node("Softplus", ["x"], ["s"]).Node("Tanh", ["s"], ["t"]).Node("Mul", ["v", "t"], ["y"])
            .Node("Mul", ["x", "t"], ["z"])),
        ["05 swish with one slope per channel, and of another value"] = () => Model(13, g => g
            .Constant("b", Tensor.Of([1f, 2, 0.5f], 3, 1, 1)).Constant("w", Values(1, 3, 3, 1, 1)).Input("x", "N", 3, 4, 4).Output("y")
            .Output("z").Node("Conv", ["x", "w"], ["c"]).Node("Mul", ["c", "b"], ["m"]).Node("Sigmoid", ["m"], ["s"])
            .Node("Mul", ["c", "s"], ["y"]).Node("Mul", ["x", "s"], ["z"])),
        ["05 hard swish in products of other order, and of another clip"] = () => Model(13, g => g.Constant("three", Tensor.Scalar(3f))
            .Constant("zero", Tensor.Scalar(0f)).Constant("six", Tensor.Scalar(6f)).Constant("five", Tensor.Scalar(5f)).Input("x", "N", 4)
            .Output("y").Output("z").Node("Add", ["three", "x"], ["a"]).Node("Clip", ["a", "zero", "six"], ["c"])
            .Node("Div", ["c", "six"], ["d"]).Node("Mul", ["d", "x"], ["y"]).Node("Clip", ["a", "zero", "five"], ["e"])
            .Node("Mul", ["x", "e"], ["f"]).Node("Div", ["f", "six"], ["z"])),
        ["05 hard swish whose product is of two ranks"] = () => Model(13, g => g.Constant("three", Tensor.Scalar(3f))
            .Constant("zero", Tensor.Scalar(0f)).Constant("six", Tensor.Scalar(6f)).Input("x", 4).Input("v", "N", 4).Output("y")
            .Node("Add", ["x", "three"], ["a"]).Node("Clip", ["a", "zero", "six"], ["c"]).Node("Mul", ["v", "c"], ["m"])
            .Node("Div", ["m", "six"], ["y"])),
        ["05 norms by hand over the batch"] = () => Model(13, g => g.Constant("two", Tensor.Scalar(2f))
            .Constant("e", Tensor.Scalar(1e-5f)).Constant("s", Values(1, 4)).Constant("b", Values(2, 4)).Input("x", "N", 4).Output("y")
            .Node("ReduceMean", ["x"], ["m"], ("axes", L(0))).Node("Sub", ["x", "m"], ["d"]).Node("Pow", ["d", "two"], ["q"])
            .Node("ReduceMean", ["q"], ["v"], ("axes", L(0))).Node("Add", ["v", "e"], ["a"]).Node("Sqrt", ["a"], ["r"])
            .Node("Div", ["d", "r"], ["n"]).Node("Mul", ["n", "s"], ["k"]).Node("Add", ["k", "b"], ["y"])),
        ["05 rms norm by hand with widening scale"] = () => Model(13, g => g.Constant("two", Tensor.Scalar(2f))
            .Constant("e", Tensor.Of([1e-6f], 1, 1)).Constant("s", Values(1, 3, 1, 4)).Input("x", "N", 4).Output("y")
            .Node("Pow", ["x", "two"], ["q"]).Node("ReduceMean", ["q"], ["v"], ("axes", L(-1))).Node("Add", ["v", "e"], ["a"])
            .Node("Sqrt", ["a"], ["r"]).Node("Reciprocal", ["r"], ["i"]).Node("Mul", ["x", "i"], ["n"]).Node("Mul", ["s", "n"], ["y"])),
        ["11 bytes, truths and unsigned numbers moved"] = () => Model(13, g => g.Integers("i", 2, 0).Integers("st", 1).Integers("en", 3)
            .Integers("ax", 1).Constant("cb", Tensor.FromDoubles(DataType.Bool, [1, 0], [1, 2]))
            .Constant("cu", Tensor.FromDoubles(DataType.UInt32, [7, 4e9], [1, 2])).Input("b", DataType.Bool, 1, 3)
            .Input("u", DataType.UInt32, 1, 3).Input("s", DataType.Int16, 1, 3).Output("y", DataType.Bool).Output("z", DataType.UInt32)
            .Output("v", DataType.Int16).Output("t", DataType.UInt32).Node("Concat", ["b", "cb"], ["j"], ("axis", 1))
            .Node("Transpose", ["j"], ["y"]).Node("Concat", ["cu", "u"], ["k"], ("axis", -1))
            .Node("Slice", ["k", "st", "en", "ax"], ["z"]).Node("Gather", ["s", "i"], ["v"], ("axis", 1)).Node("Transpose", ["u"], ["t"])),
        ["11 codes moved in every way between a pair"] = () => Model(13, g => Quantized(g).Integers("i0", 1).Integers("i2", 3)
            .Integers("ax", 2).Integers("ex", 2, 3, 2, 4).Input("x", 2, 1, 4, 4).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("Expand", ["q", "ex1"], ["e"]).Integers("ex1", 2, 3, 4, 4)
            .Node("Slice", ["e", "i0", "i2", "ax"], ["s"]).Node("Concat", ["s", "s"], ["c"], ("axis", 1))
            .Node("Transpose", ["c"], ["t"], ("perm", s_nhwc)).Node("Gather", ["t", "i0"], ["k"], ("axis", 3))
            .Node("DequantizeLinear", ["k", "s1", "z1"], ["y"])),
        ["11 codes of a constant, int32, as a table of places"] = () => Model(13, g => g
            .Constant("q", Tensor.Of([5, -9, 100, 2000, -1, 0], 3, 2)).Constant("s", Tensor.Scalar(0.01f)).Input("i", DataType.Int32, "N")
            .Output("y").Node("DequantizeLinear", ["q", "s"], ["t"]).Node("Gather", ["t", "i"], ["y"])),
        ["11 codes of constants that are addends, per channel and not"] = () => Model(13, g => Quantized(g)
            .Constant("q", Bytes(1, 3, 1, 1)).Constant("p", Bytes(2, 4)).Constant("cs", Tensor.Of([0.01f, 0.02f, 0.03f], 3))
            .Input("x", "N", 3, 2, 4).Output("y").Output("z").Node("DequantizeLinear", ["q", "cs"], ["a"], ("axis", 0))
            .Node("DequantizeLinear", ["p", "s1"], ["b"]).Node("Add", ["x", "a"], ["y"]).Node("Mul", ["x", "b"], ["m"])
            .Node("Max", ["m", "a"], ["z"])),
        ["11 doubles cast from floats between products"] = () => Model(13, g => g.Constant("w", Values(1, 4, 5))
            .Constant("u", Wide(2, 5, 3)).Input("x", "N", 4).Output("y").Node("MatMul", ["x", "w"], ["m"])
            .Node("Cast", ["m"], ["d"], ("to", 11)).Node("MatMul", ["d", "u"], ["e"]).Node("Tanh", ["e"], ["t"])
            .Node("Cast", ["t"], ["y"], ("to", 1))),
        ["11 doubles: clip, leaky relu, where, cumulative sum"] = () => Model(13, g => g
            .Constant("lo", Tensor.FromDoubles(DataType.Float64, [-0.5], []))
            .Constant("hi", Tensor.FromDoubles(DataType.Float64, [0.7], [])).Constant("i1", Tensor.Of([1L], []))
            .Input("x", DataType.Float64, "N", 4).Output("y", DataType.Float64).Output("z", DataType.Float64)
            .Node("Clip", ["x", "lo", "hi"], ["c"]).Node("Greater", ["x", "c"], ["g"]).Node("Where", ["g", "x", "c"], ["w"])
            .Node("CumSum", ["w", "i1"], ["y"]).Node("Exp", ["c"], ["z"])),
        ["11 doubles: norms, pools of rows, and gates"] = () => Model(17, g => g.Constant("w", Wide(1, 4, 5)).Constant("b", Wide(2, 5))
            .Constant("s", Wide(3, 5)).Input("x", DataType.Float64, "N", 4).Output("y", DataType.Float64).Output("z", DataType.Float64)
            .Node("Gemm", ["x", "w", "b"], ["m"]).Node("LayerNormalization", ["m", "s", "b"], ["n"]).Node("Relu", ["n"], ["r"])
            .Node("Softmax", ["r"], ["y"]).Node("ReduceMax", ["m"], ["z"])),
        ["11 truths as output of comparisons and logic"] = () => Model(13, g => g.Input("x", "N", 4).Input("v", "N", 4)
            .Input("b", DataType.Bool, "N", 4).Output("y", DataType.Bool).Output("z", DataType.Bool).Output("w", DataType.Bool)
            .Node("LessOrEqual", ["x", "v"], ["l"]).Node("And", ["l", "b"], ["y"]).Node("Equal", ["b", "l"], ["z"])
            .Node("Cast", ["x"], ["w"], ("to", 9))),
        ["11 uint32 cast, times weights"] = () => Model(13, g => g.Constant("w", Values(1, 3, 4)).Input("x", DataType.UInt32, "N", 3)
            .Output("y").Node("Cast", ["x"], ["f"], ("to", 1)).Node("MatMul", ["f", "w"], ["y"])),
        ["11 unsigned 64 and 16 bits padded, tiled, and chosen"] = () => Model(13, g => g.Integers("p", 0, 1, 0, 2).Integers("r", 2, 1)
            .Input("a", DataType.UInt64, 2, 3).Input("b", DataType.UInt16, 2, 3).Input("c", DataType.Bool, 2, 3)
            .Input("d", DataType.Int64, 1, 3).Input("e", DataType.Int64, 2, 3).Output("y", DataType.UInt64).Output("z", DataType.UInt16)
            .Output("w", DataType.Int64).Node("Tile", ["a", "r"], ["y"]).Node("Tile", ["b", "r"], ["z"])
            .Node("Where", ["c", "e", "d"], ["w"])),
        ["11 bool input as a mask of integers"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3)).Input("m", DataType.Bool, "N", 4)
            .Input("t", DataType.Int32, "N", 4).Output("y").Output("z", DataType.Int32).Node("Cast", ["m"], ["f"], ("to", 1))
            .Node("MatMul", ["f", "w"], ["y"]).Node("Not", ["m"], ["n"]).Node("Cast", ["n"], ["i"], ("to", 6))
            .Node("Mul", ["i", "t"], ["z"])),
        ["11 doubles: matmul, batch norm and pool with float32 alone"] = () => Model(15, g => Norm64(g, 3)
            .Constant("w", Wide(1, 4, 3, 3, 3)).Input("x", DataType.Float64, "N", 3, 5, 5).Output("y", DataType.Float64)
            .Node("BatchNormalization", ["x", "s", "b", "m", "v"], ["n"]).Node("Relu", ["n"], ["y"])),
        ["11 doubles: scatter, gather, top and sort"] = () => Model(13, g => g.Integers("k", 2).Constant("i", Tensor.Of([2L, 0], 2))
            .Input("x", DataType.Float64, "N", 4).Output("y", DataType.Float64).Output("z", DataType.Float64).Output("i2", DataType.Int64)
            .Node("Gather", ["x", "i"], ["y"], ("axis", 1)).Node("TopK", ["x", "k"], ["z", "i2"])),
        ["11 halves in, codes and bytes between"] = () => Model(19, g => Quantized(g)
            .Constant("hs", Tensor.FromDoubles(DataType.Float16, [0.02], [])).Input("x", DataType.Float16, "N", 3, 4)
            .Output("y", DataType.Float16).Node("QuantizeLinear", ["x", "hs", "z1"], ["q"])
            .Node("Transpose", ["q"], ["t"], ("perm", L(0, 2, 1))).Node("DequantizeLinear", ["t", "hs", "z1"], ["y"])),
        ["11 int8 and uint16 through every mover"] = () => Model(13, g => g.Integers("p", 0, 1, 0, 2).Integers("r", 1, 2)
            .Integers("ix", 0, 0, 1, 1).Constant("v", Tensor.Of([(sbyte)5], [])).Input("x", DataType.Int8, 2, 3)
            .Input("u", DataType.UInt16, 2, 3).Output("y", DataType.Int8).Output("z", DataType.UInt16).Output("w", DataType.Int8)
            .Node("Pad", ["x", "p", "v"], ["y"]).Node("Tile", ["u", "r"], ["t"]).Node("Transpose", ["t"], ["z"])
            .Node("Expand", ["x", "e"], ["w"]).Integers("e", 2, 2, 3)),
        ["11 int64 and bool through scatter, trilu, roll"] = () => Model(14, g => g.Constant("i", Tensor.Of([0L, 2], 2, 1))
            .Integers("st", -1).Integers("en", long.MaxValue).Integers("z0", 0).Integers("mo", -1).Integers("ax", 1)
            .Input("x", DataType.Int64, 3, 3).Input("u", DataType.Int64, 2, 3).Output("y", DataType.Int64).Output("z", DataType.Int64)
            .Output("t", DataType.Int64).Node("ScatterND", ["x", "i", "u"], ["y"]).Node("Trilu", ["y"], ["z"], ("upper", 0))
            .Node("Slice", ["x", "st", "en", "ax"], ["a"]).Node("Slice", ["x", "z0", "mo", "ax"], ["b"])
            .Node("Concat", ["a", "b"], ["t"], ("axis", 1))),
        ["18 clip of codes of a depthwise convolution"] = () => Brevitas("Conv"),
        ["18 clip of codes of a transposed convolution"] = () => Brevitas("ConvTranspose"),
        ["18 clip of codes of weights and activations"] = () => Brevitas("Gemm"),
        ["18 clip of codes whose bounds cross"] = () => Model(13, g => Quantized(g).Constant("lo", Tensor.Of([(byte)150], []))
            .Constant("hi", Tensor.Of([(byte)140], [])).Input("x", "N", 5).Output("y").Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("Clip", ["q", "lo", "hi"], ["c"]).Node("DequantizeLinear", ["c", "s1", "z1"], ["y"])),
        ["18 clip of uint8 codes, bounds of nodes, before a pool"] = () => Model(13, g => Quantized(g).Input("x", "N", 3, 6).Output("y")
            .Node("Constant", [], ["lo"], ("value", Tensor.Of([(byte)100], [])))
            .Node("Constant", [], ["hi"], ("value", Tensor.Of([(byte)163], []))).Node("QuantizeLinear", ["x", "s1", "z1"], ["q"])
            .Node("Clip", ["q", "lo", "hi"], ["c"]).Node("DequantizeLinear", ["c", "s1", "z1"], ["d"])
            .Node("AveragePool", ["d"], ["a"], ("kernel_shape", L(2))).Node("QuantizeLinear", ["a", "s2", "z1"], ["o"])
            .Node("Clip", ["o", "lo", ""], ["p"]).Node("DequantizeLinear", ["p", "s2", "z1"], ["y"])),
        ["18 zero scale of words and of one row of a product"] = () => Model(13, g => Quantized(g).Constant("q", Bytes(1, 4, 5))
            .Constant("ws", Tensor.Of([0.01f, 0, 0.02f, 0.005f], 4)).Constant("zero", Tensor.Scalar(0f))
            .Constant("rows", Tensor.Of([3L, 1], 2)).Input("x", "N", 4).Output("y").Output("z")
            .Node("DequantizeLinear", ["q", "ws"], ["w"], ("axis", 0)).Node("MatMul", ["x", "w"], ["y"])
            .Node("DequantizeLinear", ["q", "zero"], ["t"]).Node("Gather", ["t", "rows"], ["z"])),
        ["18 clip of codes after a sum"] = () => Model(13, g => Quantized(g).Constant("lo", Tensor.Of([(byte)120], []))
            .Constant("hi", Tensor.Of([(byte)200], [])).Input("x", "N", 5).Input("v", "N", 5).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("QuantizeLinear", ["v", "s2", "z2"], ["p"]).Node("DequantizeLinear", ["p", "s2", "z2"], ["e"])
            .Node("Add", ["d", "e"], ["a"]).Node("QuantizeLinear", ["a", "s3", "z1"], ["o"]).Node("Clip", ["o", "lo", "hi"], ["c"])
            .Node("DequantizeLinear", ["c", "s3", "z1"], ["y"])),
        ["18 clip of int8 codes of a bias and of words"] = () => Model(13, g => Quantized(g).Constant("lo", Tensor.Of([(sbyte)-31], []))
            .Constant("hi", Tensor.Of([(sbyte)31], [])).Constant("zz", Tensor.Of([(sbyte)0], [])).Constant("b", Values(1, 5))
            .Constant("t", Values(2, 6, 4)).Constant("w", Values(3, 4, 5)).Input("i", DataType.Int64, "N").Output("y")
            .Node("QuantizeLinear", ["b", "s2", "zz"], ["bq"]).Node("Clip", ["bq", "lo", "hi"], ["bc"])
            .Node("DequantizeLinear", ["bc", "s2", "zz"], ["bd"]).Node("QuantizeLinear", ["t", "s2", "zz"], ["tq"])
            .Node("Clip", ["tq", "lo", "hi"], ["tc"]).Node("Gather", ["tc", "i"], ["g"])
            .Node("DequantizeLinear", ["g", "s2", "zz"], ["gd"]).Node("Gemm", ["gd", "w", "bd"], ["y"])),
        ["18 scale zero of a residual's weights"] = () => Model(13, g => Quantized(g).Constant("qw", Bytes(1, 3, 3, 1, 1))
            .Constant("ws", Tensor.Of([0f, 0.01f, 0], 3)).Input("x", "N", 3, 4, 4).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("DequantizeLinear", ["qw", "ws"], ["w"], ("axis", 0)).Node("Conv", ["d", "w"], ["c"]).Node("Add", ["c", "d"], ["a"])
            .Node("QuantizeLinear", ["a", "s3", "z1"], ["o"]).Node("DequantizeLinear", ["o", "s3", "z1"], ["y"])),
        ["18 clip of codes before a max pool and a product"] = () => Model(13, g => Quantized(g).Constant("lo", Tensor.Of([(byte)96], []))
            .Constant("hi", Tensor.Of([(byte)160], [])).Constant("w", Values(1, 4, 3, 2, 2)).Input("x", "N", 3, 6, 6).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("Clip", ["q", "lo", "hi"], ["c"])
            .Node("MaxPool", ["c"], ["m"], ("kernel_shape", Two(2))).Node("DequantizeLinear", ["m", "s2", "z1"], ["d"])
            .Node("Conv", ["d", "w"], ["y"])),
    };

    private static byte[] Brevitas(string type) => Model(13, g => g.Constant("w", type switch
        {
            "Gemm" => Values(1, 5, 4), "Conv" => Values(2, 3, 1, 3, 3), _ => Values(3, 3, 2, 2, 2),
        }).Constant("ws", Tensor.Scalar(0.13f)).Constant("wz", Tensor.Of([(sbyte)0], [])).Constant("lo", Tensor.Of([(sbyte)-7], []))
        .Constant("hi", Tensor.Of([(sbyte)7], [])).Constant("xs", Tensor.Scalar(0.2f)).Constant("xlo", Tensor.Of([(sbyte)-8], []))
        .Constant("os", Tensor.Scalar(0.1f)).Constant("ol", Tensor.Of([(sbyte)-32], [])).Constant("oh", Tensor.Of([(sbyte)31], []))
        .Input("x", type == "Gemm" ? ["N", 4] : ["N", 3, 5, 5]).Output("y").Node("QuantizeLinear", ["x", "xs", "wz"], ["q"])
        .Node("Clip", ["q", "xlo", "hi"], ["qc"]).Node("DequantizeLinear", ["qc", "xs", "wz"], ["d"])
        .Node("QuantizeLinear", ["w", "ws", "wz"], ["wq"]).Node("Clip", ["wq", "lo", "hi"], ["wc"])
        .Node("DequantizeLinear", ["wc", "ws", "wz"], ["dw"])
        .Node(type, ["d", "dw"], ["c"], type switch { "Gemm" => [("transB", 1)], "Conv" => [("group", 3)], _ => [] })
        .Node("QuantizeLinear", ["c", "os", "wz"], ["o"]).Node("Clip", ["o", "ol", "oh"], ["oc"])
        .Node("DequantizeLinear", ["oc", "os", "wz"], ["y"]));

    private static OnnxGraph Norm64(OnnxGraph graph, int count) => graph
        .Constant("s", Wide(1, count)).Constant("b", Wide(2, count)).Constant("m", Wide(3, count))
        .Constant("v", Tensor.FromDoubles(DataType.Float64, [.. Enumerable.Range(1, count).Select(i => 0.5 * i)], [count]));
}
