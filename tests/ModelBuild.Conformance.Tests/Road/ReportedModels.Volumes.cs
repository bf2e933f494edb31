using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Three spatial dimensions, and weights and parameters that only the run knows.</content>
internal static partial class ReportedModels
{
    private static readonly long[] s_padding3 = [1, 1, 1, 1, 1, 1];

    private static Dictionary<string, Func<byte[]>> Volumes => new(StringComparer.Ordinal)
    {
        ["volume conv uneven pads, strides and dilations"] = () => Model(13, g => g.Constant("w", Values(1, 6, 2, 3, 2, 2))
            .Constant("k", Values(2, 6)).Input("x", "N", 4, 9, 7, 6).Output("y")
            .Node("Conv", ["x", "w", "k"], ["y"], ("group", 2), ("pads", L(1, 0, 3, 2, 1, 0)), ("strides", L(2, 1, 1)),
                ("dilations", L(1, 3, 2)))),
        ["volume network of convs, pools and a mean"] = () => Model(13, g => g.Constant("w", Values(1, 8, 3, 3, 3, 3))
            .Constant("u", Values(2, 12, 8, 3, 3, 3)).Constant("f", Values(3, 12, 5)).Input("x", "N", 3, 8, 10, 9).Output("y")
            .Node("Conv", ["x", "w"], ["c"], ("pads", s_padding3)).Node("Relu", ["c"], ["r"])
            .Node("MaxPool", ["r"], ["m"], ("kernel_shape", L(2, 2, 2)), ("strides", L(2, 2, 2)))
            .Node("Conv", ["m", "u"], ["d"], ("pads", s_padding3)).Node("Relu", ["d"], ["s"])
            .Node("GlobalAveragePool", ["s"], ["a"]).Node("Flatten", ["a"], ["v"]).Node("MatMul", ["v", "f"], ["y"])),
        ["volume residual block"] = () => Model(13, g => g.Constant("w", Values(1, 4, 4, 3, 3, 3)).Constant("u", Values(2, 4, 4, 1, 1, 1))
            .Input("x", "N", 4, 5, 6, 7).Output("y")
            .Node("Conv", ["x", "w"], ["c"], ("pads", s_padding3)).Node("Conv", ["x", "u"], ["d"]).Node("Add", ["c", "d"], ["s"])
                .Node("Relu", ["s"], ["r"]).Node("Conv", ["r", "w"], ["e"], ("pads", s_padding3)).Node("Add", ["e", "x"], ["y"])),
        ["volume depthwise conv and batch norm"] = () => Model(15, g => Norm(g, 6).Constant("w", Values(9, 6, 1, 3, 3, 3))
            .Input("x", "N", 6, 5, 6, 7).Output("y")
            .Node("Conv", ["x", "w"], ["c"], ("group", 6), ("pads", s_padding3))
            .Node("BatchNormalization", ["c", "s", "b", "m", "v0"], ["y"])),
        ["volume conv padded beyond its kernel"] = () => Model(13, g => g.Constant("w", Values(1, 3, 2, 2, 2, 2))
            .Constant("k", Values(2, 3)).Input("x", 1, 2, 3, 3, 3).Output("y")
            .Node("Conv", ["x", "w", "k"], ["y"], ("pads", L(3, 0, 0, 4, 0, 0)))),
        ["volume conv same upper"] = () => Model(13, g => g.Constant("w", Values(1, 3, 2, 3, 2, 4)).Input("x", "N", 2, 6, 5, 7).Output("y")
            .Node("Conv", ["x", "w"], ["y"], ("auto_pad", "SAME_UPPER"), ("strides", L(2, 1, 2)))),
        ["volume transposed conv"] = () => Model(13, g => g.Constant("w", Values(1, 3, 4, 2, 3, 3)).Constant("k", Values(2, 4))
            .Input("x", "N", 3, 3, 4, 5).Output("y")
            .Node("ConvTranspose", ["x", "w", "k"], ["y"], ("strides", L(2, 2, 1)), ("pads", L(0, 1, 1, 1, 0, 1)),
                ("output_padding", L(1, 0, 0)))),
        ["volume max pool ceil dilations"] = () => One(12, ["N", 3, 7, 8, 9], "MaxPool", ("kernel_shape", L(3, 2, 2)),
            ("strides", L(2, 3, 2)), ("dilations", L(2, 1, 3)), ("pads", L(1, 0, 1, 1, 1, 0)), ("ceil_mode", 1)),
        ["volume average pool ceil include pad"] = () => One(19, [2, 3, 7, 6, 5], "AveragePool", ("kernel_shape", L(3, 2, 2)),
            ("strides", L(2, 3, 2)), ("pads", L(1, 0, 1, 1, 1, 0)), ("ceil_mode", 1), ("count_include_pad", 1)),
        ["volume average pool exclude pad"] = () => One(19, ["N", 3, 7, 6, 5], "AveragePool", ("kernel_shape", L(3, 2, 2)),
            ("strides", L(2, 1, 2)), ("pads", L(1, 0, 1, 1, 1, 0))),
        ["volume lp pool"] = () => One(18, ["N", 3, 5, 6, 5], "LpPool", ("kernel_shape", L(2, 3, 2)), ("pads", L(1, 0, 0, 0, 1, 1))),
        ["volume global max pool"] = () => One(13, ["N", 3, 5, 6, 5], "GlobalMaxPool"),
        ["volume between a pair of int8"] = () => Model(13, g => Quantized(g).Constant("w", Values(1, 4, 3, 2, 2, 2))
            .Input("x", "N", 3, 4, 6, 6).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("MaxPool", ["d"], ["p"], ("kernel_shape", L(2, 2, 2))).Node("Conv", ["p", "w"], ["c"])
            .Node("AveragePool", ["c"], ["a"], ("kernel_shape", L(2, 2, 2)))
            .Node("QuantizeLinear", ["a", "s3", "z1"], ["o"]).Node("DequantizeLinear", ["o", "s3", "z1"], ["y"])),
    };

    private static Dictionary<string, Func<byte[]>> Unpacked => new(StringComparer.Ordinal)
    {
        ["unpacked conv"] = () => Model(13, g => g.Input("x", "N", 3, 9, 7).Input("w", 20, 3, 3, 3).Input("k", 20).Output("y")
            .Node("Conv", ["x", "w", "k"], ["c"], ("pads", s_ones)).Node("Relu", ["c"], ["y"])),
        ["unpacked conv one axis without bias"] = () => Model(13, g => g.Input("x", "N", 6, 11).Input("w", 4, 3, 4).Output("y")
            .Node("Conv", ["x", "w"], ["y"], ("group", 2), ("auto_pad", "SAME_LOWER"), ("strides", L(2)))),
        ["unpacked depthwise conv"] = () => Model(13, g => g.Input("x", "N", 18, 6, 6).Input("w", 18, 1, 3, 3).Input("k", 18).Output("y")
            .Node("Conv", ["x", "w", "k"], ["y"], ("group", 18), ("strides", Two(2)))),
        ["unpacked conv of a volume"] = () => Model(13, g => g.Input("x", "N", 3, 4, 6, 6).Input("w", 5, 3, 3, 2, 2).Output("y")
            .Node("Conv", ["x", "w"], ["y"], ("pads", s_padding3))),
        ["unpacked bias beside constant weights"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 3, 3)).Input("x", "N", 3, 6, 6)
            .Input("k", 4).Output("y").Node("Conv", ["x", "w", "k"], ["y"])),
        ["unpacked transposed conv"] = () => Model(13, g => g.Input("x", "N", 4, 5, 6).Input("w", 4, 3, 3, 3).Input("k", 6).Output("y")
            .Node("ConvTranspose", ["x", "w", "k"], ["y"], ("group", 2), ("strides", Two(2)), ("pads", L(1, 0, 1, 1)))),
        ["unpacked conv by a network"] = () => Model(13, g => g.Constant("v", Values(1, 6, 3, 3, 3)).Constant("f", Values(2, 5, 108))
            .Constant("h", Tensor.Of([2L, 6, 3, 3], 4)).Input("x", "N", 3, 8, 8).Input("z", 1, 5).Output("y")
            .Node("Conv", ["x", "v"], ["c"], ("pads", s_ones)).Node("MatMul", ["z", "f"], ["m"]).Node("Reshape", ["m", "h"], ["w"])
            .Node("Conv", ["c", "w"], ["y"], ("pads", s_ones))),
        ["unpacked batch norm"] = () => Model(15, g => g.Constant("w", Values(1, 5, 3, 3, 3)).Constant("u", Values(2, 4, 5, 3, 3))
            .Input("x", "N", 3, 8, 8).Input("s", 5).Input("b", 5).Input("m", 5).Input("r", 5).Output("y")
            .Node("Mul", ["r", "r"], ["v"]).Node("Conv", ["x", "w"], ["c"])
            .Node("BatchNormalization", ["c", "s", "b", "m", "v"], ["n"], ("epsilon", 0.1f)).Node("Conv", ["n", "u"], ["y"])),
        ["batch norm with the statistics of the batch"] = () => Model(15, g => Norm(g, 3).Input("x", 4, 3, 5, 6).Output("y").Output("rm")
            .Output("rv")
            .Node("BatchNormalization", ["x", "s", "b", "m", "v0"], ["y", "rm", "rv"], ("training_mode", 1), ("momentum", 0.7f))),
    };

    private static Dictionary<string, Func<byte[]>> Indices => new(StringComparer.Ordinal)
    {
        ["max pool indices by columns, padded"] = () => Model(13, g => g.Input("x", 2, 3, 7, 6).Output("y").Output("i", DataType.Int64)
            .Node("MaxPool", ["x"], ["y", "i"], ("kernel_shape", L(3, 2)), ("strides", Two(2)), ("pads", L(1, 0, 1, 1)),
                ("storage_order", 1))),
        ["max pool indices one axis dilated"] = () => Model(13, g => g.Input("x", "N", 3, 9).Output("y").Output("i", DataType.Int64)
            .Node("MaxPool", ["x"], ["y", "i"], ("kernel_shape", L(3)), ("dilations", L(2)), ("pads", L(1, 1)))),
        ["max pool indices of volumes"] = () => Model(13, g => g.Input("x", 2, 3, 5, 6, 4).Output("y").Output("i", DataType.Int64)
            .Node("MaxPool", ["x"], ["y", "i"], ("kernel_shape", L(2, 3, 2)), ("strides", L(2, 1, 2)))),
        ["max pool, conv, max unpool"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 3, 3)).Constant("u", Values(2, 4, 4, 1, 1))
            .Input("x", 2, 3, 8, 8).Output("y")
            .Node("Conv", ["x", "w"], ["c"], ("pads", s_ones)).Node("MaxPool", ["c"], ["p", "i"], ("kernel_shape", Two(2)),
                ("strides", Two(2)))
            .Node("Conv", ["p", "u"], ["d"]).Node("MaxUnpool", ["d", "i"], ["y"], ("kernel_shape", Two(2)), ("strides", Two(2)))),
        ["dropout with its mask"] = () => Model(13, g => g.Constant("r", Tensor.Scalar(0.5f)).Input("x", "N", 5).Output("y")
            .Output("m", DataType.Bool, "N", 5).Node("Dropout", ["x", "r"], ["y", "m"])),
        ["dropout in training that drops nothing"] = () => Model(13, g => g.Constant("r", Tensor.Scalar(0f))
            .Constant("t", Tensor.From<bool>(DataType.Bool, [true])).Input("x", "N", 5).Output("y")
            .Node("Dropout", ["x", "r", "t"], ["y"])),
    };
}
