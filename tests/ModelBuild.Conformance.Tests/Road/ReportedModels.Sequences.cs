using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Sequences and optionals, as exporters write lists of tensors.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Sequences => new()
    {
        ["sequence of chunks, elements from both ends"] = () => Listed(g => g.Constant("n", Tensor.Of([2L], [])).Input("x", "N", 5)
            .Output("y").Node("SplitToSequence", ["x", "n"], ["s"], ("axis", 1)).Node("SequenceAt", ["s", "first"], ["a"])
            .Node("SequenceAt", ["s", "last"], ["b"]).Node("Add", ["a", "b"], ["y"])),
        ["sequence of parts of other sizes, joined in another order"] = () => Listed(g => g.Integers("n", 1, 4, 2).Input("x", "N", 7)
            .Output("y").Node("SplitToSequence", ["x", "n"], ["s"], ("axis", -1)).Node("SequenceAt", ["s", "first"], ["a"])
            .Node("SequenceErase", ["s", "first"], ["r"]).Node("SequenceInsert", ["r", "a"], ["t"])
            .Node("ConcatFromSequence", ["t"], ["y"], ("axis", 1))),
        ["sequence of columns whose sizes are given, which keep their axis"] = () => Listed(g => g.Integers("n", 1, 1, 1)
            .Input("x", "N", 3).Output("y").Node("SplitToSequence", ["x", "n"], ["s"], ("axis", 1), ("keepdims", 0))
            .Node("SequenceAt", ["s", "last"], ["y"])),
        ["sequence of slices, stacked elsewhere"] = () => Listed(g => g.Input("x", "N", 3, 4).Output("y")
            .Node("SplitToSequence", ["x"], ["s"], ("axis", 1), ("keepdims", 0))
            .Node("ConcatFromSequence", ["s"], ["y"], ("axis", 2), ("new_axis", 1))),
        ["sequence of slices of an open axis"] = () => Listed(g => g.Input("x", "N", "T", 4).Output("y").Output("l", DataType.Int64)
            .Node("SplitToSequence", ["x"], ["s"], ("axis", 1), ("keepdims", 0)).Node("SequenceLength", ["s"], ["l"])
            .Node("ConcatFromSequence", ["s"], ["y"], ("axis", -1), ("new_axis", 1))),
        ["sequence of slices of an open axis, joined"] = () => Listed(g => g.Input("x", "N", 3).Output("y").Output("z")
            .Node("SplitToSequence", ["x"], ["s"], ("axis", 0)).Node("ConcatFromSequence", ["s"], ["y"], ("axis", 1))
            .Node("SequenceAt", ["s", "last"], ["z"])),
        ["sequence that begins empty"] = () => Listed(g => g.Input("x", "N", 3).Output("y").Output("l", DataType.Int64)
            .Node("SequenceEmpty", [], ["e"]).Node("Neg", ["x"], ["n"]).Node("Exp", ["x"], ["p"]).Node("SequenceInsert", ["e", "x"], ["s"])
            .Node("SequenceInsert", ["s", "n"], ["t"]).Node("SequenceInsert", ["t", "p", "first"], ["u"])
            .Node("SequenceLength", ["u"], ["l"]).Node("Identity", ["u"], ["v"]).Node("ConcatFromSequence", ["v"], ["y"], ("axis", 0)), 14),
        ["sequence of what is given, element by data"] = () => Listed(g => g.Input("x", "N", 3).Input("i", DataType.Int64).Output("y")
            .Node("Neg", ["x"], ["n"]).Node("SequenceConstruct", ["x", "n", "x"], ["s"]).Constant("two", Tensor.Of([2L], []))
            .Node("Mod", ["i", "two"], ["k"]).Node("SequenceAt", ["s", "k"], ["y"])),
        ["optional that is there"] = () => Listed(
            g => g.Input("x", "N", 3).Output("y").Output("h", DataType.Bool).Node("Optional", ["x"], ["o"])
                .Node("OptionalHasElement", ["o"], ["h"]).Node("OptionalGetElement", ["o"], ["g"]).Node("Exp", ["g"], ["y"]), 18),
        ["loop that appends, stacked"] = () => Listed(g => Appending(g.Input("x", "N", 3).Output("y"))
            .Node("ConcatFromSequence", ["s"], ["y"], ("axis", 1), ("new_axis", 1))),
        ["loop that appends, joined"] = () => Listed(g => Appending(g.Input("x", "N", 3).Output("y"))
            .Node("ConcatFromSequence", ["s"], ["y"], ("axis", 1))),
        ["loop that appends to what there was"] = () => Listed(g => Appending(
                g.Input("x", "N", 3).Output("y").Output("z").Output("l", DataType.Int64).Node("SequenceConstruct", ["x"], ["begin"]),
                "begin")
            .Node("ConcatFromSequence", ["s"], ["y"], ("axis", 0)).Node("SequenceAt", ["s", "last"], ["z"])
            .Node("SequenceLength", ["s"], ["l"])),
        ["loop over the elements of a sequence"] = () => Listed(g =>
        {
            OnnxGraph body = new OnnxGraph().Input("i", DataType.Int64).Input("goes", DataType.Bool).Input("h", "N", 1)
                .Output("go", DataType.Bool).Output("next", "N", 1).Node("Identity", ["goes"], ["go"])
                .Node("SequenceAt", ["s", "i"], ["e"]).Node("Mul", ["h", "half"], ["m"]).Node("Add", ["m", "e"], ["next"]);
            return g.Constant("n", Tensor.Of([4L], [])).Constant("half", Tensor.Scalar(0.5f)).Input("x", "N", 4).Input("start", "N", 1)
                .Output("y").Node("SplitToSequence", ["x"], ["s"], ("axis", 1))
                .Node("Loop", ["n", "", "start"], ["y"], ("body", body));
        }),
        ["branches that read a sequence"] = () => Listed(g => g.Constant("n", Tensor.Of([2L], [])).Constant("zero", Tensor.Scalar(0))
            .Input("x", "N", 4).Output("y").Node("SplitToSequence", ["x", "n"], ["s"], ("axis", 1))
            .Node("ReduceSum", ["x"], ["t"], ("keepdims", 0)).Node("Greater", ["t", "zero"], ["c"])
            .Node("If", ["c"], ["y"],
                ("then_branch", new OnnxGraph().Output("a", DataType.Float32, null!).Node("SequenceAt", ["s", "first"], ["a"])),
                ("else_branch", new OnnxGraph().Output("b", DataType.Float32, null!).Node("SequenceAt", ["s", "last"], ["q"])
                    .Node("Neg", ["q"], ["b"])))),
    };

    private static byte[] Listed(Func<OnnxGraph, OnnxGraph> build, long opset = 13) => Model(
        opset, g => build(g.Constant("first", Tensor.Of([0L], [])).Constant("last", Tensor.Of([-1L], []))));

    /// <summary>s has what a loop of five iterations makes, one element each.</summary>
    private static OnnxGraph Appending(OnnxGraph graph, string? begin = null)
    {
        OnnxGraph body = new OnnxGraph().Input("i", DataType.Int64).Input("goes", DataType.Bool).Input("h", "N", 3)
            .Output("go", DataType.Bool).Output("next", "N", 3).Sequence("list", "longer").Node("Identity", ["goes"], ["go"])
            .Node("MatMul", ["h", "w"], ["m"]).Node("Tanh", ["m"], ["next"]).Node("SequenceInsert", ["list", "next"], ["longer"]);
        if (begin is null)
        {
            graph.Node("SequenceEmpty", [], ["empty"]);
        }

        return graph.Constant("w", Values(1, 3, 3)).Constant("n", Tensor.Of([5L], []))
            .Node("Loop", ["n", "", "x", begin ?? "empty"], ["h", "s"], ("body", body));
    }
}
