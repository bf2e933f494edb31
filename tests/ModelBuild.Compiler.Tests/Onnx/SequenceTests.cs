using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Onnx;

/// <summary>Of a sequence it is known at build what it holds, or it is refused by name.</summary>
public sealed class SequenceTests
{
    public static TheoryData<string, string, string> Refused => new()
    {
        { "sizes of two dimensions without elements", "MODELB1005", "gives 'split' 0 elements" },
        { "sizes of two dimensions", "MODELB1005", "gives 'split' 2 elements" },
        { "sizes whose sum is beyond 64 bits", "MODELB1005", "parts of 9223372036854775807" },
        { "sizes that leave something", "MODELB1005", "splits 6 elements into parts of 1 + 2." },
        { "a negative size", "MODELB1005", "parts of 7 + -1." },
        { "no sizes", "MODELB1005", "splits 6 elements into parts of ." },
        { "chunks of nothing", "MODELB1005", "parts of 0 elements" },
        { "sizes from data, and how many", "MODELB1004", "sizes of its parts at run time, and how many" },
        { "chunks that may differ, side by side", "MODELB1004", "where they may differ in length" },
        { "chunks of less than nothing, of what only the run knows", "MODELB1005", "parts of -2 elements" },
        { "more parts than are kept", "MODELB1004", "At most 256" },
        { "more sizes than are kept", "MODELB1004", "At most 256" },
        { "an element behind the end", "MODELB1005", "names position 2 of a sequence of 2 elements" },
        { "an element before the beginning", "MODELB1005", "names position -1 of a sequence of 2 elements" },
        { "an insertion behind the end", "MODELB1005", "names position 3 of a sequence of 2 elements" },
        { "an insertion where data says", "MODELB1004", "position in a sequence at run time" },
        { "an erasure among chunks", "MODELB1004", "where all elements have one shape" },
        { "an element of none", "MODELB1005", "a sequence of 0 elements" },
        { "nothing to join", "MODELB1004", "a sequence that has none" },
        { "a sequence as an output", "MODELB1004", "output 's' is a sequence" },
        { "a sequence that arithmetic reads", "MODELB1004", "reads a sequence" },
        { "a map over what is no sequence", "MODELB1005", "which is no sequence" },
        { "a map over sequences of different lengths", "MODELB1005", "sequences of different lengths" },
        { "a map whose body takes more", "MODELB1005", "no body that takes its inputs" },
        { "a loop that erases", "MODELB1004", "otherwise than by appending" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Compile_SequenceThatIsNotKnown_NamesTheReason(string kind, string code, string reason)
    {
        OnnxGraph graph = new OnnxGraph().Input("x", "N", 6).Output("y").Constant("two", Tensor.Of([2L], []))
            .Constant("far", Tensor.Of([3L], [])).Constant("below", Tensor.Of([-3L], [])).Integers("halves", 3, 3);
        using var files = new TemporaryFolder();
        string model = files.Write("model.onnx", Make(graph, kind).ToModel(17));

        var error = Assert.Throws<CompilationException>(
            () => ModelCompiler.CompileModel(CompiledFile.Options(model, ModelMode.Fp32, [])));

        Finding finding = Assert.Single(error.Findings);
        Assert.Equal(code, finding.Code);
        Assert.Contains(reason, finding.Message, StringComparison.Ordinal);
    }

    private static OnnxGraph Make(OnnxGraph g, string kind) => kind switch
    {
        "sizes of two dimensions without elements" => Split(g.Constant("n", Tensor.Of(Array.Empty<long>(), 0, 2))),
        "sizes of two dimensions" => Split(g.Constant("n", Tensor.Of([3L, 3], 1, 2))),
        "sizes whose sum is beyond 64 bits" => Split(g.Integers("n", long.MaxValue, long.MaxValue)),
        "sizes that leave something" => Split(g.Integers("n", 1, 2)),
        "a negative size" => Split(g.Integers("n", 7, -1)),
        "no sizes" => Split(g.Integers("n")),
        "chunks of nothing" => Split(g.Constant("n", Tensor.Of([0L], []))),
        "sizes from data, and how many" => Split(g.Input("n", DataType.Int64, "K")),
        "chunks that may differ, side by side" => Split(g.Input("n", DataType.Int64), axis: 0),
        "chunks of less than nothing, of what only the run knows" => Split(g.Constant("n", Tensor.Of([-2L], [])), axis: 0),
        "more parts than are kept" => Split(g.Constant("n", Tensor.Of([1L], [])).Input("w", 1, 300), "w"),
        "more sizes than are kept" => Split(g.Integers("n", [.. Enumerable.Repeat(1L, 300)]).Input("w", 1, 300), "w"),
        "an element behind the end" => Halves(g).Node("SequenceAt", ["s", "two"], ["y"]),
        "an element before the beginning" => Halves(g).Node("SequenceAt", ["s", "below"], ["y"]),
        "an insertion behind the end" => Joined(Halves(g).Node("SequenceInsert", ["s", "x", "far"], ["t"])),
        "an insertion where data says" => Joined(
            Halves(g).Input("i", DataType.Int64).Node("SequenceInsert", ["s", "x", "i"], ["t"])),
        "an erasure among chunks" => Joined(
            g.Node("SplitToSequence", ["x", "two"], ["s"], ("axis", 0)).Node("SequenceErase", ["s", "two"], ["t"])),
        "a map over what is no sequence" => Joined(Map(g, "x")),
        "a map over sequences of different lengths" => Joined(
            Map(Halves(g).Node("SequenceConstruct", ["x"], ["u"]), "s", "u")),
        "a map whose body takes more" => Joined(Halves(g).Node("SequenceMap", ["s", "x", "x"], ["t"], ("body", Body()))),
        "an element of none" => g.Node("SequenceEmpty", [], ["s"]).Node("SequenceAt", ["s", "two"], ["y"]),
        "nothing to join" => Joined(g.Node("SequenceEmpty", [], ["t"])),
        "a sequence as an output" => Halves(g).Node("Neg", ["x"], ["y"]).Output("s"),
        "a sequence that arithmetic reads" => Halves(g).Node("Add", ["s", "x"], ["y"]),
        "a loop that erases" => Joined(Halves(g).Node("Loop", ["two", "", "s"], ["t"], ("body", new OnnxGraph()
            .Input("i", DataType.Int64).Input("goes", DataType.Bool).Output("goes", DataType.Bool).Sequence("list", "shorter")
            .Node("SequenceErase", ["list"], ["shorter"])))),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private static OnnxGraph Split(OnnxGraph g, string x = "x", int axis = 1) => g.Node("SplitToSequence", [x, "n"], ["t"], ("axis", axis))
        .Node("ConcatFromSequence", ["t"], ["y"], ("axis", 1));

    private static OnnxGraph Map(OnnxGraph g, params string[] inputs) =>
        g.Node("SequenceMap", [inputs[0], inputs[^1]], ["t"], ("body", Body()));

    private static OnnxGraph Body() => new OnnxGraph().Input("a", "N", 3).Input("b", "N", 3).Output("c").Node("Add", ["a", "b"], ["c"]);

    private static OnnxGraph Halves(OnnxGraph g) => g.Node("SplitToSequence", ["x", "halves"], ["s"], ("axis", 1));

    private static OnnxGraph Joined(OnnxGraph g) => g.Node("ConcatFromSequence", ["t"], ["y"], ("axis", 1));
}
