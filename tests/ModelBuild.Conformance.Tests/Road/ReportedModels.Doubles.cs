using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>float64, and products of integers. What begins with "double" is held to twelve digits.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Doubles => new(StringComparer.Ordinal)
    {
        ["double mlp"] = () => Model(13, g => g.Doubled("w", 1, 5, 7).Doubled("b", 2, 7).Doubled("v", 3, 7, 3)
            .Input("x", DataType.Float64, "N", 5).Output("y", DataType.Float64, "N", 3)
            .Node("Gemm", ["x", "w", "b"], ["g"]).Node("Relu", ["g"], ["r"]).Node("MatMul", ["r", "v"], ["m"])
            .Node("Tanh", ["m"], ["t"]).Node("Sigmoid", ["t"], ["y"])),
        ["double linear model with softmax"] = () => Model(13, g => g.Doubled("w", 1, 5, 3).Doubled("b", 2, 3)
            .Input("x", DataType.Float64, "N", 5).Output("p", DataType.Float64, "N", 3).Output("l", DataType.Float64, "N", 3)
            .Output("i", DataType.Int64, "N", 1)
            .Node("MatMul", ["x", "w"], ["m"]).Node("Add", ["m", "b"], ["a"]).Node("Softmax", ["a"], ["p"], ("axis", -1))
            .Node("LogSoftmax", ["a"], ["l"], ("axis", 1)).Node("ArgMax", ["a"], ["i"], ("axis", 1))),
        ["double normalization chain"] = () => Model(13, g => g.Doubled("s", 1, 6).Doubled("e", 2)
            .Input("x", DataType.Float64, "N", 4, 6).Output("y", DataType.Float64, "N", 4, 6)
            .Node("ReduceMean", ["x"], ["m"], ("axes", L(-1))).Node("Sub", ["x", "m"], ["d"]).Node("Mul", ["d", "d"], ["q"])
            .Node("ReduceMean", ["q"], ["v"], ("axes", L(-1))).Node("Abs", ["e"], ["f"]).Node("Add", ["v", "f"], ["a"])
            .Node("Sqrt", ["a"], ["r"]).Node("Div", ["d", "r"], ["n"]).Node("Mul", ["n", "s"], ["y"])),
        ["double elementary functions"] = () => Model(13, g => g.Doubled("lo", 1).Doubled("k", 5, 4)
            .Input("x", DataType.Float64, "N", 4).Output("y", DataType.Float64, "N", 4).Output("z", DataType.Float64, "N", 4)
            .Node("Exp", ["x"], ["e"]).Node("Log", ["e"], ["l"]).Node("Floor", ["l"], ["f"]).Node("Ceil", ["x"], ["c"])
            .Node("Add", ["f", "c"], ["a"]).Node("Reciprocal", ["e"], ["r"]).Node("Pow", ["e", "k"], ["p"])
            .Node("Sub", ["a", "r"], ["s"]).Node("Mul", ["s", "p"], ["y"]).Node("Clip", ["x", "lo"], ["z"])),
        ["double batch of products"] = () => Model(13, g => g.Doubled("w", 1, 2, 1, 3, 4)
            .Input("x", DataType.Float64, "N", 1, 5, 2, 3).Output("y", DataType.Float64, "N", 2, 5, 2, 4)
            .Node("MatMul", ["x", "w"], ["y"])),
        ["double batch normalization"] = () => Model(14, g => g.Doubled("s", 1, 3).Doubled("b", 2, 3).Doubled("m", 3, 3)
            .Constant("v", Tensor.FromDoubles(DataType.Float64, [0.5, 1, 2], [3]))
            .Input("x", DataType.Float64, "N", 3, 4).Output("y", DataType.Float64, "N", 3, 4)
            .Node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"])),
        ["leaky relu inside doubles"] = () => Model(16, g => g.Doubled("w", 1, 5, 3)
            .Input("x", DataType.Float64, "N", 5).Output("y", DataType.Float64, "N", 3)
            .Node("MatMul", ["x", "w"], ["m"]).Node("LeakyRelu", ["m"], ["r"]).Node("LeakyRelu", ["r"], ["q"]).Node("Exp", ["q"], ["y"])),
        ["product of int64"] = () => Model(13, g => g
            .Constant("w", Tensor.Of([1L << 62, 3, -5, long.MaxValue, 7, -1, 2, 0, 9], 3, 3))
            .Input("x", DataType.Int64, "N", 2, 3).Output("y", DataType.Int64, "N", 2, 3).Node("MatMul", ["x", "w"], ["y"])),
        ["product of two uint32"] = () => Model(13, g => g.Input("a", DataType.UInt32, "N", 2, 3).Input("b", DataType.UInt32, "N", 3, 4)
            .Output("y", DataType.UInt32, "N", 2, 4).Node("MatMul", ["a", "b"], ["y"])),
    };

    private static OnnxGraph Doubled(this OnnxGraph graph, string name, int seed, params long[] shape)
    {
        // More digits than a float has.
        double[] numbers = [.. Values(seed, shape).ToDoubles().Select(v => v + (v * 1e-9))];
        return graph.Constant(name, Tensor.FromDoubles(DataType.Float64, numbers, shape));
    }
}
