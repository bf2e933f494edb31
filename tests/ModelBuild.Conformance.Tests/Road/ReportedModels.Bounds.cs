using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Bounds of slices and sequences, and integers that float64 cannot hold.</content>
internal static partial class ReportedModels
{
    private const long Odd = (1L << 53) + 1;

    private static Dictionary<string, Func<byte[]>> Bounds => new(StringComparer.Ordinal)
    {
        ["slice backwards from before the first"] = () => Sliced(13, -20, -30, -1, 10),
        ["slice backwards from the first"] = () => Sliced(13, 0, -30, -1, 10),
        ["slice backwards to the largest int32"] = () => Sliced(13, 5, int.MaxValue, -1, 10),
        ["slice backwards to the largest int64"] = () => Sliced(13, 8, long.MaxValue, -3, 10),
        ["slice backwards to less than the largest"] = () => Sliced(13, 5, int.MaxValue - 1, -1, 10),
        ["slice backwards to the least"] = () => Sliced(13, long.MaxValue, long.MinValue, -4, 10),
        ["range of float32 that passes its limit by an error of rounding"] = () => Counted(0.1f, 1.1f, 0.1f),
        ["range of float32 whose bounds are not exact"] = () => Counted(0.2f, 1.2f, 0.1f),
        ["tile of all of five dimensions"] = () => Model(13, g => g.Integers("r", 2, 2, 2, 2, 2).Input("x", 2, 3, 2, 3, 2).Output("y")
            .Node("Tile", ["x", "r"], ["y"])),
        ["tile of all of eight dimensions"] = () => Model(13, g => g.Integers("r", 2, 1, 2, 2, 2, 2, 3, 2)
            .Input("x", 2, 3, 2, 2, 1, 2, 2, 2).Output("y").Node("Tile", ["x", "r"], ["y"])),
        ["split into more than the node has outputs"] = () => Model(18, g => g.Input("x", 6).Output("y").Output("z")
            .Node("Split", ["x"], ["y", "z"], ("num_outputs", 3))),
        ["split into as many as there are integers"] = () => Model(18, g => g.Input("x", 6).Output("y")
            .Node("Split", ["x"], ["y"], ("num_outputs", int.MaxValue))),
        ["range downwards"] = () => Counted(1.5f, -0.3f, -0.3f),
        ["range of integers beyond float64"] = () => Model(13, g => g.Constant("a", Tensor.Of([Odd], []))
            .Constant("b", Tensor.Of([Odd + 5], [])).Constant("d", Tensor.Of([2L], [])).Integers("m", 1000)
            .Input("x", DataType.Int64, 1).Output("y", DataType.Int64)
            .Node("Range", ["a", "b", "d"], ["r"]).Node("Add", ["r", "x"], ["s"]).Node("Mod", ["s", "m"], ["y"])),
        ["functions of integers beyond float64"] = () => Model(14, g => g.Integers("a", Odd, -Odd).Integers("m", 1000)
            .Input("x", DataType.Int64, 1).Output("n", DataType.Int64).Output("b", DataType.Int64).Output("r")
            .Node("Neg", ["a"], ["na"]).Node("Add", ["na", "x"], ["sn"]).Node("Mod", ["sn", "m"], ["n"])
            .Node("Abs", ["a"], ["aa"]).Node("Add", ["aa", "x"], ["sa"]).Node("Mod", ["sa", "m"], ["b"])
            .Node("Cast", ["x"], ["f"], ("to", 1L)).Node("Neg", ["f"], ["r"])),
        ["unsigned integers beyond int64"] = () => Model(14, g => g
            .Constant("a", Tensor.From<ulong>(DataType.UInt64, [ulong.MaxValue, 7], 2))
            .Constant("b", Tensor.From<ulong>(DataType.UInt64, [3, 3], 2))
            .Constant("m", Tensor.From<ulong>(DataType.UInt64, [1000, 1000], 2))
            .Input("x", 2).Output("y").Output("z").Node("Div", ["a", "b"], ["q"]).Node("Mod", ["q", "m"], ["d"])
            .Node("Cast", ["d"], ["f"], ("to", 1L)).Node("Add", ["f", "x"], ["y"])
            .Node("Greater", ["a", "b"], ["g"]).Node("Where", ["g", "x", "f"], ["z"])),
    };

    private static byte[] Counted(float start, float limit, float delta) => Model(13, g => g.Constant("a", Tensor.Scalar(start))
        .Constant("b", Tensor.Scalar(limit)).Constant("d", Tensor.Scalar(delta)).Input("x", 1).Output("y")
        .Node("Range", ["a", "b", "d"], ["r"]).Node("Add", ["r", "x"], ["y"]));
}
