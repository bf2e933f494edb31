using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Axes that data names and which leave, and branches of several shapes.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Ranks => new(StringComparer.Ordinal)
    {
        ["reductions over axes by data, which leave"] = () => Model(18, g => Axes(g.Input("x", 2, 3, 4), 0, 2).Output("s").Output("m")
            .Output("p").Output("h").Output("l").Node("ReduceSum", ["x", "a"], ["s"], ("keepdims", 0))
            .Node("ReduceMean", ["x", "a"], ["m"], ("keepdims", 0)).Node("ReduceProd", ["x", "a"], ["p"], ("keepdims", 0))
            .Node("ReduceMax", ["x", "a"], ["h"], ("keepdims", 0)).Node("ReduceMin", ["x", "a"], ["l"], ("keepdims", 0))),
        ["norms over axes by data, which leave"] = () => Model(18, g => Axes(g.Input("x", "N", 3, "T"), 1).Output("s").Output("m")
            .Output("p").Output("h").Output("l").Node("ReduceL1", ["x", "a"], ["s"], ("keepdims", 0))
            .Node("ReduceL2", ["x", "a"], ["m"], ("keepdims", 0)).Node("ReduceSumSquare", ["x", "a"], ["p"], ("keepdims", 0))
            .Node("ReduceLogSumExp", ["x", "a"], ["h"], ("keepdims", 0)).Node("Exp", ["x"], ["e"])
            .Node("ReduceLogSum", ["e", "a"], ["l"], ("keepdims", 0))),
        ["dimensions taken off and put on by data"] = () => Model(18, g => Axes(g.Input("x", "N", 1, "T"), 1).Output("y").Output("z")
            .Node("Squeeze", ["x", "a"], ["y"]).Node("Unsqueeze", ["x", "a"], ["z"])),
        ["branches of other sizes"] = () => Model(13, g => g.Integers("a", 0).Integers("b", 2).Integers("ax", 1).Input("x", "N", 4)
            .Input("c", DataType.Bool).Output("y").Node("If", ["c"], ["y"],
                ("then_branch", new OnnxGraph().Output("t").Node("Slice", ["x", "a", "b", "ax"], ["t"])),
                ("else_branch", new OnnxGraph().Output("e").Node("Neg", ["x"], ["e"])))),
        ["branches of other numbers of dimensions, of which a constant chooses"] = () => Model(13, g => Branches(
            g.Constant("c", Tensor.FromDoubles(DataType.Bool, [0], [])).Input("x", "N", 4))),
        ["branches of other numbers of dimensions, of which a size chooses"] = () => Model(13, g => Branches(g
            .Constant("i1", Tensor.Of([1L], [])).Constant("four", Tensor.Of([4L], [])).Input("x", "N", 4).Node("Shape", ["x"], ["s"])
            .Node("Gather", ["s", "i1"], ["n"]).Node("Equal", ["n", "four"], ["c"]))),
    };

    /// <summary>Two branches, one of which makes one dimension more.</summary>
    public static OnnxGraph Branches(OnnxGraph graph) => graph.Integers("ax", 0).Output("y").Node("If", ["c"], ["y"],
        ("then_branch", new OnnxGraph().Output("t").Node("Unsqueeze", ["x", "ax"], ["t"])),
        ("else_branch", new OnnxGraph().Output("e").Node("Neg", ["x"], ["e"])));

    /// <summary>a has these numbers, and nobody knows.</summary>
    private static OnnxGraph Axes(OnnxGraph graph, params long[] axes) => graph.Integers("none", new long[axes.Length])
        .Integers("axes", axes).Input("i", DataType.Int64, axes.Length).Node("Mul", ["i", "none"], ["zero"])
        .Node("Add", ["zero", "axes"], ["a"]);
}
