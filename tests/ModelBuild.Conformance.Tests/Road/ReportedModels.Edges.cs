using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Paddings that continue what they pad, and products of matrices that are vectors.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Edges => new(StringComparer.Ordinal)
    {
        ["reflected before conv"] = () => Padded("reflect"),
        ["edges continued before conv"] = () => Padded("edge"),
        ["wrapped before conv"] = () => Padded("wrap"),
        ["reflected before conv and instance norm of any size"] = () => Model(11, g => g.Integers("p", 0, 0, 1, 1, 0, 0, 1, 1)
            .Constant("w", Values(1, 4, 3, 3, 3)).Constant("s", Values(2, 4)).Constant("b", Values(3, 4)).Input("x", "N", 3, "H", "W")
            .Output("y").Node("Pad", ["x", "p"], ["d"], ("mode", "reflect")).Node("Conv", ["d", "w"], ["c"])
            .Node("InstanceNormalization", ["c", "s", "b"], ["i"]).Node("Relu", ["i"], ["y"])),
        ["reflected before pools"] = () => Model(13, g => g.Integers("p", 0, 0, 1, 1, 0, 0, 1, 1).Input("x", "N", 3, 5, 6).Output("y")
            .Output("z").Node("Relu", ["x"], ["r"]).Node("Pad", ["r", "p"], ["d"], ("mode", "reflect"))
            .Node("AveragePool", ["d"], ["y"], ("kernel_shape", L(3, 3))).Node("MaxPool", ["d"], ["z"], ("kernel_shape", Two(2)))),
        ["QDQ reflected before conv"] = () => Model(13, g => Quantized(g).Integers("p", 0, 0, 1, 1, 0, 0, 1, 1)
            .Constant("w", Values(1, 4, 3, 3, 3)).Input("x", "N", 3, 5, 6).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
            .Node("Pad", ["d", "p"], ["a"], ("mode", "reflect")).Node("QuantizeLinear", ["a", "s1", "z1"], ["o"])
            .Node("DequantizeLinear", ["o", "s1", "z1"], ["e"]).Node("Conv", ["e", "w"], ["y"])),
        ["double kernel machine"] = () => Model(13, g => g.Constant("v", Wide(1, 5, 4)).Constant("a", Wide(2, 5, 1)).Integers("i1", 1)
            .Integers("last", -1).Input("x", DataType.Float64, "N", 4).Output("y", DataType.Float64)
            .Node("Unsqueeze", ["x", "i1"], ["u"]).Node("Sub", ["u", "v"], ["d"]).Node("Mul", ["d", "d"], ["q"])
            .Node("ReduceSum", ["q", "last"], ["s"], ("keepdims", 0)).Node("Neg", ["s"], ["n"]).Node("Exp", ["n"], ["e"])
            .Node("MatMul", ["e", "a"], ["y"])),
    };

    private static byte[] Padded(string mode) => Model(19, g => g.Integers("p", 0, 0, 1, 1, 0, 0, 2, 1)
        .Constant("w", Values(1, 4, 3, 3, 3)).Input("x", "N", 3, 5, 6).Output("y")
        .Node("Pad", ["x", "p"], ["d"], ("mode", mode)).Node("Conv", ["d", "w"], ["y"], ("pads", s_ones)));

    private static Tensor Wide(int seed, params long[] shape) =>
        Tensor.FromDoubles(DataType.Float64, [.. Values(seed, shape).ToDoubles()], shape);
}
