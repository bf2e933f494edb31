using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Convolutions, and what is folded into them.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Convolutions => new(StringComparer.Ordinal)
    {
        ["conv weights shared, batch norm on one path"] = () => Model(15, g => Norm(g, 8).Constant("w", Values(9, 8, 3, 3, 3))
            .Input("x", "N", 3, 6, 6).Input("z", "N", 3, 6, 6).Output("y").Output("v")
            .Node("Conv", ["x", "w"], ["c"], ("pads", s_ones)).Node("BatchNormalization", ["c", "s", "b", "m", "v0"], ["y"])
                .Node("Conv", ["z", "w"], ["v"], ("pads", s_ones))),
        ["conv read before its batch norm"] = () => Model(15, g => Norm(g, 8).Constant("w", Values(9, 8, 3, 3, 3)).Input("x", "N", 3, 6, 6)
            .Output("y")
            .Node("Conv", ["x", "w"], ["c"]).Node("BatchNormalization", ["c", "s", "b", "m", "v0"], ["n"]).Node("Sigmoid", ["c"], ["g"])
                .Node("Mul", ["n", "g"], ["y"])),
        ["conv relu batch norm padded conv"] = () => Model(15, g => Norm(g, 8).Constant("w", Values(9, 8, 3, 3, 3))
            .Constant("u", Values(8, 4, 8, 3, 3)).Input("x", "N", 3, 6, 6).Output("y")
            .Node("Conv", ["x", "w"], ["c"], ("pads", s_ones)).Node("Relu", ["c"], ["r"])
                .Node("BatchNormalization", ["r", "s", "b", "m", "v0"], ["n"]).Node("Conv", ["n", "u"], ["y"], ("pads", s_ones))),
        ["depthwise conv with multiplier, bias and batch norm"] = () => Model(15, g => Norm(g, 6).Constant("w", Values(9, 6, 1, 3, 3))
            .Constant("k", Values(7, 6)).Input("x", "N", 3, 6, 6).Output("y")
            .Node("Conv", ["x", "w", "k"], ["c"], ("group", 3), ("pads", s_ones))
                .Node("BatchNormalization", ["c", "s", "b", "m", "v0"], ["n"], ("epsilon", 0.1f)).Node("LeakyRelu", ["n"], ["y"])),
        ["transposed conv of one stride"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 2, 2)).Constant("k", Values(2, 3))
            .Input("x", "N", 4, 5, 6).Output("y").Node("ConvTranspose", ["x", "w", "k"], ["y"], ("strides", Two(2)))),
        ["transposed conv of two strides, padded"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 4, 6))
            .Constant("k", Values(2, 3)).Input("x", "N", 4, 5, "W").Output("y")
            .Node("ConvTranspose", ["x", "w", "k"], ["y"], ("strides", L(2, 3)), ("pads", L(1, 2, 0, 1)))),
        ["transposed conv of whole strides in groups"] = () => Model(13, g => g.Constant("w", Values(1, 6, 2, 4, 2)).Input("x", 2, 6, 5, 4)
            .Output("y").Node("ConvTranspose", ["x", "w"], ["y"], ("group", 3), ("strides", L(2, 1)), ("pads", L(1, 1, 1, 0)))),
        ["transposed conv of whole strides, more put out"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 4, 4))
            .Constant("k", Values(2, 3)).Input("x", "N", 4, 5, 6).Output("y")
            .Node("ConvTranspose", ["x", "w", "k"], ["y"], ("strides", Two(2)), ("output_padding", L(1, 1)))),
        ["transposed conv of whole strides along one axis"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 9)).Input("x", "N", 4, 7)
            .Input("k", 3).Output("y").Node("ConvTranspose", ["x", "w", "k"], ["y"], ("strides", L(3)), ("auto_pad", "SAME_LOWER"))),
        ["transposed conv of whole strides of a volume"] = () => Model(13, g => g.Constant("w", Values(1, 2, 3, 2, 4, 2))
            .Input("x", "N", 2, 3, 4, 2).Output("y")
            .Node("ConvTranspose", ["x", "w"], ["y"], ("strides", L(2, 2, 2)), ("pads", L(0, 1, 0, 0, 1, 1)))),
        ["image made larger between convs"] = () => Model(13, g => g.Constant("w", Values(1, 8, 3, 3, 3))
            .Constant("u", Values(2, 8, 4, 2, 2)).Constant("k", Values(3, 4)).Constant("v", Values(4, 5, 12, 3, 3))
            .Input("x", "N", 3, 8, 8).Output("y").Node("Conv", ["x", "w"], ["c"], ("pads", s_ones)).Node("Relu", ["c"], ["r"])
            .Node("MaxPool", ["r"], ["m"], ("kernel_shape", Two(2)), ("strides", Two(2)))
            .Node("ConvTranspose", ["m", "u", "k"], ["t"], ("strides", Two(2)))
            .Node("Concat", ["t", "r"], ["j"], ("axis", 1)).Node("Conv", ["j", "v"], ["y"], ("pads", s_ones))),
        ["conv in groups plus spatial constant"] = () => Model(13, g => g.Constant("w", Values(1, 8, 2, 1, 1)).Constant("k", Values(3, 8))
            .Constant("c", Values(2, 1, 8, 5, 5)).Input("x", "N", 8, 5, 5).Output("y")
            .Node("Conv", ["x", "w", "k"], ["a"], ("group", 4)).Node("Add", ["c", "a"], ["y"])),
        ["conv times a row"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 3, 3)).Constant("r", Values(2, 4))
            .Input("x", "N", 3, 6, 6).Output("y").Node("Conv", ["x", "w"], ["c"]).Node("Mul", ["c", "r"], ["y"])),
        ["conv of one channel times many"] = () => Model(13, g => g.Constant("w", Values(1, 1, 3, 3, 3))
            .Constant("r", Values(2, 1, 4, 1, 1)).Constant("t", Values(3, 4, 1, 1)).Input("x", "N", 3, 6, 6).Output("y")
            .Node("Conv", ["x", "w"], ["c"]).Node("Mul", ["r", "c"], ["m"]).Node("Add", ["m", "t"], ["y"])),
        ["one channel times many before conv"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 3, 3))
            .Constant("r", Values(2, 1, 3, 1, 1)).Input("x", "N", 1, 6, 6).Output("y").Node("Mul", ["x", "r"], ["m"])
            .Node("Conv", ["m", "w"], ["y"], ("pads", s_ones))),
        ["shift before padded conv"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 3, 3)).Constant("r", Values(2, 3, 1, 1))
            .Constant("d", Tensor.Of([0.5f, 2, 4], 3, 1, 1)).Input("x", "N", 3, 6, 6).Output("y")
            .Node("Sub", ["r", "x"], ["m"]).Node("Div", ["m", "d"], ["q"])
                .Node("Conv", ["q", "w"], ["y"], ("pads", s_ones), ("strides", Two(2)))),
        ["conv transposed to NHWC times channels, then rows"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 3, 3))
            .Constant("r", Values(2, 4)).Constant("t", Values(3, 4, 1)).Input("x", "N", 3, 6, 6).Output("y")
            .Node("Conv", ["x", "w"], ["c"]).Node("Transpose", ["c"], ["t1"], ("perm", s_nhwc)).Node("Mul", ["t1", "r"], ["m"])
                .Node("Add", ["m", "t"], ["y"])),
        ["conv uneven pads, strides and dilations"] = () => Model(22, g => g.Constant("w", Values(1, 6, 2, 3, 2))
            .Constant("k", Values(2, 6)).Input("x", "N", 4, 9, 7).Output("y")
            .Node("Conv", ["x", "w", "k"], ["y"], ("group", 2), ("pads", L(1, 0, 3, 2)), ("strides", L(2, 1)), ("dilations", L(1, 3)))),
        ["conv one axis same lower even kernel"] = () => Model(13, g => g.Constant("w", Values(1, 6, 3, 4)).Input("x", "N", 3, 11)
            .Output("y").Node("Conv", ["x", "w"], ["y"], ("auto_pad", "SAME_LOWER"), ("strides", L(2)))),
        ["conv weights by transpose of the model"] = () => Model(13, g => g.Constant("w", Values(1, 3, 3, 3, 4))
            .Constant("k", Tensor.FromDoubles(DataType.Float16, [0.5, -1, 2, 0.25], [4])).Input("x", "N", 3, 6, 6).Output("y")
            .Node("Transpose", ["w"], ["t"], ("perm", L(3, 2, 0, 1))).Node("Cast", ["k"], ["f"], ("to", 1))
                .Node("Conv", ["x", "t", "f"], ["c"]).Node("HardSigmoid", ["c"], ["h"]).Node("Mul", ["c", "h"], ["y"])),
        ["hard sigmoid of a sixth times another value"] = () => Model(13, g => g.Input("x", "N", 4, 5).Input("z", "N", 4, 5).Output("y")
            .Node("HardSigmoid", ["x"], ["h"], ("alpha", 1f / 6)).Node("Mul", ["z", "h"], ["y"])),
        ["conv result an output, then relu and clip"] = () => Model(13, g => g.Constant("w", Values(1, 4, 3, 3, 3))
            .Constant("hi", Tensor.Scalar(0.4f)).Input("x", "N", 3, 6, 6).Output("c").Output("y").Output("z")
            .Node("Conv", ["x", "w"], ["c"]).Node("Relu", ["c"], ["y"]).Node("Clip", ["y", "", "hi"], ["z"])),
        ["batch norm of zero variance"] = () => Model(9, g => g.Constant("s", Values(1, 3)).Constant("b", Values(2, 3))
            .Constant("m", Values(3, 3)).Constant("v", Tensor.Of([0f, 0, 1], 3)).Input("x", "N", 3, 4).Output("y")
            .Node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"], ("epsilon", 0.01f), ("momentum", 0.1f))),
    };
}
