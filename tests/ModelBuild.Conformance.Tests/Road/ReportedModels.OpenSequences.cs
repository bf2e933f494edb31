using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Sequences of which only the run knows how many elements they have, or how long these are.</content>
internal static partial class ReportedModels
{
    public static Dictionary<string, Func<byte[]>> OpenSequences => new(StringComparer.Ordinal)
    {
        ["open: chunks, joined again"] = () => Chunked(g => Halved(g.Input("x", "N", 5).Output("y"), 0)
            .Node("ConcatFromSequence", ["s"], ["j"], ("axis", 0)).Node("Exp", ["j"], ["y"])),
        ["open: chunks, from both ends"] = () => Chunked(g => Halved(g.Input("x", 4, "T").Output("y").Output("z"), 1)
            .Node("SequenceAt", ["s", "last"], ["y"]).Node("SequenceAt", ["s", "first"], ["z"])
            .Node("SequenceLength", ["s"], ["l"]).Output("l", DataType.Int64)),
        ["open: chunks of one length, side by side"] = () => Chunked(g => Halved(g.Input("x", "N", "T").Output("y").Output("z"), 1)
            .Node("ConcatFromSequence", ["s"], ["y"], ("axis", 0), ("new_axis", 1)).Node("ConcatFromSequence", ["s"], ["z"], ("axis", 0))),
        ["open: chunks as long as data says"] = () => Chunked(g => g.Input("x", 3, "T").Input("n", DataType.Int64).Output("y").Output("z")
            .Output("l", DataType.Int64).Node("Add", ["n", "two"], ["m"]).Node("SplitToSequence", ["x", "m"], ["s"], ("axis", -1))
            .Node("ConcatFromSequence", ["s"], ["y"], ("axis", 1)).Node("SequenceAt", ["s", "last"], ["z"])
            .Node("SequenceLength", ["s"], ["l"])),
        ["open: parts as long as data says, and as constants say"] = () => Chunked(g => g.Input("x", "N", 5).Input("v", "T", 2)
            .Input("n", DataType.Int64, 2).Integers("nothing", 0, 0).Integers("parts", 1, 4).Integers("p", 1, 2).Output("y").Output("z")
            .Node("Mul", ["n", "nothing"], ["n0"]).Node("Add", ["n0", "parts"], ["m"])
            .Node("SplitToSequence", ["x", "m"], ["s"], ("axis", 1)).Node("SequenceAt", ["s", "last"], ["y"])
            .Node("SplitToSequence", ["v", "p"], ["t"], ("axis", 0)).Node("SequenceAt", ["t", "last"], ["z"])),
        ["open: sums over chunks by a loop"] = () => Chunked(g =>
        {
            OnnxGraph body = new OnnxGraph().Input("i", DataType.Int64).Input("goes", DataType.Bool).Input("h", 2, 1)
                .Output("go", DataType.Bool).Output("next", 2, 1).Node("Identity", ["goes"], ["go"]).Integers("ax", 1)
                .Node("SequenceAt", ["s", "i"], ["e"]).Node("ReduceSum", ["e", "ax"], ["r"]).Node("Mul", ["h", "half"], ["m"])
                .Node("Add", ["m", "r"], ["next"]);
            return Halved(g.Constant("half", Tensor.Scalar(0.5f)).Constant("start", Values(1, 2, 1)).Input("x", 2, "T").Output("y"), 1)
                .Node("SequenceLength", ["s"], ["l"]).Node("Loop", ["l", "", "start"], ["y"], ("body", body));
        }),
        ["open: rows without the first, and another before"] = () => Chunked(g => Rows(g).Node("SequenceErase", ["s", "first"], ["t"])
            .Node("SequenceInsert", ["t", "f", "first"], ["u"]).Node("ConcatFromSequence", ["u"], ["y"], ("axis", 0))),
        ["open: rows without the last, and others behind"] = () => Chunked(g => Rows(g).Node("SequenceErase", ["s"], ["t"])
            .Node("SequenceInsert", ["t", "f", "first"], ["u"]).Node("SequenceInsert", ["u", "f", "last"], ["v"])
            .Node("ConcatFromSequence", ["v"], ["y"], ("axis", 0))),
        ["open: elements put in and out where data says"] = () => Chunked(g => g.Input("x", "N", 4).Input("i", DataType.Int64).Output("y")
            .Output("z").Node("Neg", ["x"], ["n"]).Node("Exp", ["x"], ["p"]).Node("SequenceConstruct", ["x", "n"], ["s"])
            .Node("SequenceInsert", ["s", "p", "i"], ["t"]).Node("ConcatFromSequence", ["t"], ["y"], ("axis", 0), ("new_axis", 1))
            .Node("SequenceErase", ["t", "i"], ["u"]).Node("ConcatFromSequence", ["u"], ["z"], ("axis", 1))),
        ["open: map over rows"] = () => Chunked(g => g.Input("x", "N", 4).Output("y").Output("z")
            .Node("SplitToSequence", ["x"], ["s"], ("axis", 0)).Node("SequenceMap", ["s", "s"], ["t"], ("body", new OnnxGraph()
                .Input("a", 1, 4).Input("d", 1, 4).Output("b").Node("Exp", ["a"], ["e"]).Node("Add", ["e", "d"], ["b"])))
            .Node("ConcatFromSequence", ["t"], ["y"], ("axis", 0)).Node("SequenceAt", ["t", "last"], ["z"])),
        ["open: map over chunks of other lengths, weights around it"] = () => Chunked(g => Halved(g.Constant("w", Values(1, 4, 3))
                .Input("x", "N", 4).Output("y").Output("z").Output("l", DataType.Int64), 0)
            .Node("SequenceMap", ["s"], ["t"], ("body", new OnnxGraph().Input("a", null, 4).Output("b")
                .Node("ReduceMax", ["a"], ["e"], ("axes", L(1))).Node("Sub", ["a", "e"], ["d"]).Node("MatMul", ["d", "w"], ["b"])))
            .Node("ConcatFromSequence", ["t"], ["y"], ("axis", 0)).Node("SequenceAt", ["t", "last"], ["z"])
            .Node("SequenceLength", ["t"], ["l"])),
        ["open: map that makes one of each chunk, side by side"] = () => Chunked(g => Halved(g.Input("x", 4, "T").Output("y"), 1)
            .Node("SequenceMap", ["s"], ["t"], ("body", new OnnxGraph().Input("a", 4, null).Output("b")
                .Node("ReduceMax", ["a"], ["b"], ("axes", L(1)), ("keepdims", 0))))
            .Node("ConcatFromSequence", ["t"], ["y"], ("axis", 0), ("new_axis", 1))),
        ["open: map over elements of other sizes, of two results"] = () => Chunked(g => g.Input("x", "N", 5).Input("v", "N", 1)
            .Integers("p", 2, 3).Constant("k", Values(1, 1)).Output("y").Output("z")
            .Node("SplitToSequence", ["x", "p"], ["s"], ("axis", 1)).Node("SequenceMap", ["s", "v"], ["t", "u"], ("body", new OnnxGraph()
                .Input("a", "N", null).Input("w", "N", 1).Output("b").Output("c").Node("Add", ["a", "w"], ["b"])
                .Node("Mul", ["b", "k"], ["c"])))
            .Node("ConcatFromSequence", ["t"], ["y"], ("axis", 1)).Node("SequenceAt", ["u", "last"], ["z"])),
    };

    private static byte[] Chunked(Func<OnnxGraph, OnnxGraph> build) => Listed(g => build(g.Constant("two", Tensor.Of([2L], []))), 17);

    private static OnnxGraph Halved(OnnxGraph graph, int axis) => graph.Node("SplitToSequence", ["x", "two"], ["s"], ("axis", axis));

    private static OnnxGraph Rows(OnnxGraph graph) => graph.Constant("f", Values(1, 1, 4)).Input("x", "N", 4).Output("y")
        .Node("SplitToSequence", ["x"], ["s"], ("axis", 0));
}
