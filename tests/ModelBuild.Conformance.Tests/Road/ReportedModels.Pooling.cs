using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Pooling and padding.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Pooling => new(StringComparer.Ordinal)
    {
        ["average pool ceil include pad opset 19"] = () => One(19, [2, 4, 4, 4], "AveragePool", ("kernel_shape", Two(3)), ("strides",
            Two(2)), ("pads", s_ones), ("ceil_mode", 1), ("count_include_pad", 1)),
        ["average pool ceil include pad opset 11"] = () => One(11, [2, 4, 4, 4], "AveragePool", ("kernel_shape", Two(3)), ("strides",
            Two(2)), ("pads", s_ones), ("ceil_mode", 1), ("count_include_pad", 1)),
        ["average pool ceil one axis kernel 7"] = () => One(19, [1, 2, 9], "AveragePool", ("kernel_shape", L(7)), ("strides", L(3)),
            ("pads", L(3, 3)), ("ceil_mode", 1), ("count_include_pad", 1)),
        ["average pool ceil window beyond the input"] = () => One(13, [1, 3, 8, 8], "AveragePool", ("kernel_shape", Two(3)), ("strides",
            L(3, 4)), ("ceil_mode", 1)),
        ["average pool same lower include pad"] = () => One(19, [1, 1, 6, 2], "AveragePool", ("kernel_shape", L(5, 1)), ("auto_pad",
            "SAME_LOWER"), ("count_include_pad", 1)),
        ["average pool dilations"] = () => One(19, [2, 4, 9, 8], "AveragePool", ("kernel_shape", L(3, 2)), ("dilations", L(2, 3)), ("pads",
            L(1, 0, 2, 1))),
        ["max pool dilations with pads"] = () => One(12, [1, 3, 9], "MaxPool", ("kernel_shape", L(2)), ("pads", L(1, 1)), ("dilations",
            L(2))),
        ["max pool ceil dilation beyond the input"] = () => One(12, [1, 3, 4], "MaxPool", ("kernel_shape", L(3)), ("strides", L(2)),
            ("dilations", L(2)), ("ceil_mode", 1)),
        ["max pool of an empty result"] = () => One(12, [1, 3, 4], "MaxPool", ("kernel_shape", L(3)), ("strides", L(2)), ("dilations",
            L(2))),
        ["max pool same upper even kernel ceil"] = () => One(22, [2, 5, 7, 9], "MaxPool", ("kernel_shape", L(4, 2)), ("strides", L(3, 2)),
            ("auto_pad", "SAME_UPPER"), ("ceil_mode", 1)),
        ["max pool indices unread"] = () => Model(13, g => g.Input("x", "N", 3, 6, 6).Output("y", "N", 3, 3, 3)
            .Node("MaxPool", ["x"], ["y", "indices"], ("kernel_shape", Two(2)), ("strides", Two(2)))),
        ["max pool indices as output"] = () => Model(13, g => g.Input("x", "N", 3, 6, 6).Output("y", "N", 3, 3, 3)
            .Output("i", DataType.Int64, "N", 3, 3, 3)
            .Node("MaxPool", ["x"], ["y", "i"], ("kernel_shape", Two(2)), ("strides", Two(2)))),
        ["pad with zeros before max pool"] = () => Model(13, g => g.Integers("p", 0, 0, 1, 1, 0, 0, 1, 1).Constant("m", Tensor.Scalar(-3f))
            .Input("x", "N", 3, 6, 6).Output("y")
            .Node("Min", ["x", "m"], ["s"]).Node("Pad", ["s", "p"], ["q"])
                .Node("MaxPool", ["q"], ["y"], ("kernel_shape", Two(3)), ("strides", Two(2)))),
        ["pad with -inf before max pool"] = () => Model(13, g => g.Integers("p", 0, 0, 1, 1, 0, 0, 1, 1)
            .Constant("v", Tensor.Scalar(float.NegativeInfinity)).Input("x", "N", 3, 6, 6).Output("y")
            .Node("Pad", ["x", "p", "v"], ["q"]).Node("MaxPool", ["q"], ["y"], ("kernel_shape", Two(3)), ("strides", Two(2)))),
        ["pad before padded average pool"] = () => Model(13, g => g.Integers("p", 0, 0, 1, 1, 0, 0, 1, 1).Input("x", "N", 3, 6, 6)
            .Output("y")
            .Node("Pad", ["x", "p"], ["q"]).Node("AveragePool", ["q"], ["y"], ("kernel_shape", Two(3)), ("pads", s_ones))),
        ["pad before conv same upper"] = () => Model(13, g => g.Integers("p", 0, 0, 0, 1, 0, 0, 1, 0).Constant("w", Values(1, 4, 3, 3, 3))
            .Input("x", "N", 3, 8, 8).Output("y")
            .Node("Pad", ["x", "p"], ["q"]).Node("Conv", ["q", "w"], ["y"], ("auto_pad", "SAME_UPPER"), ("strides", Two(2)))),
        ["pad before conv with attributes missing"] = () => Model(13, g => g.Integers("p", 0, 0, 1, 0, 0, 0, 2, 3)
            .Constant("w", Values(1, 4, 3, 3, 3)).Input("x", "N", 3, 8, 8).Output("y").Output("z")
            .Node("Pad", ["x", "p", ""], ["q"]).Node("Conv", ["q", "w"], ["y"]).Node("Conv", ["q", "w", ""], ["z"], ("strides", Two(2)))),
        ["pad with ones and of channels before conv"] = () => Model(13, g => g.Integers("p", 0, 1, 1, 1, 0, 0, 0, 1)
            .Constant("v", Tensor.Scalar(1f)).Constant("w", Values(1, 4, 4, 3, 3)).Input("x", "N", 3, 8, 8).Output("y")
            .Node("Pad", ["x", "p", "v"], ["q"]).Node("Conv", ["q", "w"], ["y"])),
        ["pad opset 2 attribute before conv"] = () => Model(9, g => g.Constant("w", Values(1, 4, 3, 3, 3)).Input("x", "N", 3, 8, 8)
            .Output("y")
            .Node("Pad", ["x"], ["q"], ("pads", L(0, 0, 1, 1, 0, 0, 1, 1))).Node("Conv", ["q", "w"], ["y"], ("pads", L(0, 1, 0, 0)))),
    };
}
