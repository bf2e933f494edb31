using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>What is recognized as attention, and what only looks like it.</summary>
public sealed class FuseAttentionTests
{
    [Theory]
    [InlineData("whole", "scale=0.5 mask queries values output")]
    [InlineData("divided", "scale=0.25 mask queries values output")]
    [InlineData("without scale", "scale=1 mask queries values output")]
    [InlineData("without mask", "scale=0.5 queries values output")]
    [InlineData("mask first", "scale=0.5 mask queries values output")]
    [InlineData("mask of all keys", "scale=0.5 mask queries values output")]
    [InlineData("mask of scores' size", "scale=0.5 mask queries values output")]
    [InlineData("head by head", "scale=0.5 mask")]
    [InlineData("two readers of the result", "scale=0.5 mask queries values")]
    [InlineData("scores that are an output", null)]
    [InlineData("weights that are an output", null)]
    [InlineData("mask of queries alone", null)]
    [InlineData("softmax over queries", null)]
    [InlineData("one head of values for all", null)]
    [InlineData("scale for each head", null)]
    public void Lower_Attention_IsOneNode(string kind, string? expected)
    {
        Graph graph = OnnxImporter.Import(Model(kind).ToModel(), "model.onnx");

        Node? attention = LoweredGraph.Lower(graph).Nodes.SingleOrDefault(n => n.Is(Domains.Internal, "Attention"));

        Assert.Equal(expected, attention is null ? null : Describe(attention));
        Assert.InRange(LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, batch: 2, seed: 1)), 0, 1e-5);
    }

    /// <summary>What becomes one has the names of all that it was made of, and takes all of it away.</summary>
    [Theory]
    [InlineData("whole", "MatMul Mul Add Softmax MatMul")]
    [InlineData("divided", "MatMul Div Add Softmax MatMul")]
    [InlineData("mask first", "MatMul Mul Add Softmax MatMul")]
    [InlineData("without scale", "MatMul Add Softmax MatMul")]
    [InlineData("without mask", "MatMul Mul Softmax MatMul")]
    [InlineData("softmax over queries", "")]
    public void NodesOf_Attention_AreAllFromOneProductToTheOther(string kind, string expected)
    {
        Graph graph = OnnxImporter.Import(Model(kind).ToModel(), "model.onnx");

        HashSet<Node> nodes = FuseAttention.NodesOf(graph);

        Assert.Equal(expected, string.Join(' ', graph.Nodes.Where(nodes.Contains).Select(n => n.Type)));
    }

    /// <summary>Masks of every shape that broadcasts to the scores, of heads and without, against the operators by themselves.</summary>
    [Theory]
    [InlineData(false, "keys")]
    [InlineData(false, "1 keys")]
    [InlineData(false, "queries keys")]
    [InlineData(false, "1 queries keys")]
    [InlineData(false, "batch 1 keys")]
    [InlineData(false, "batch queries keys")]
    [InlineData(true, "keys")]
    [InlineData(true, "queries keys")]
    [InlineData(true, "2 1 keys")]
    [InlineData(true, "2 queries keys")]
    [InlineData(true, "batch 1 1 keys")]
    [InlineData(true, "batch 1 queries keys")]
    [InlineData(true, "batch 2 1 keys")]
    [InlineData(true, "1 2 queries keys")]
    [InlineData(true, "batch 2 queries keys")]
    public void Run_AttentionWithMask_IsWhatTheOperatorsGive(bool hasHeads, string mask)
    {
        var test = new PassTest();
        object[] lead = hasHeads ? ["batch", 2] : ["batch"];
        Value q = test.Input("q", [.. lead, "queries", 4]);
        Value k = test.Input("k", [.. lead, 4, "keys"]);
        Value v = test.Input("v", [.. lead, "keys", 3]);
        Value m = test.Input("m", [.. mask.Split(' ').Select(d => char.IsDigit(d[0]) ? (object)(d[0] - '0') : d)]);
        Value scores = test.Node("Add", "masked", [test.Node("MatMul", "scores", [q, k]), m]);
        test.Output(test.Node("MatMul", "y", [test.Node("Softmax", "weights", [scores], ("axis", -1L)), v]));
        var sizes = new Dictionary<string, long> { ["batch"] = 3, ["queries"] = 5, ["keys"] = 7 };
        Dictionary<string, Tensor> inputs =
            test.Graph.Inputs.ToDictionary(i => i.Name, i => test.RandomTensor(i.KnownShape.Substitute(sizes).ToConstant()));
        Tensor expected = ReferenceEvaluator.Run(test.Graph, inputs)[0];

        CompiledPlan plan = LoweredGraph.Plan(test.Graph);

        Assert.Equal("Attention.Float32", Assert.Single(plan.Plan.Steps).Call.Target);
        TensorAssert.Close(expected, new Interpreter(plan).Run(inputs)["y"], 1e-5, 1e-5);
    }

    private static string Describe(Node attention) => string.Join(
        " ",
        [
            FormattableString.Invariant($"scale={attention.Float("scale", 0)}"),
            .. attention.Input(3) is null ? (string[])[] : ["mask"],
            .. new[] { "queries", "values", "output" }.Where(n => attention.Int(n + "_beside") != 0),
        ]);

    private static OnnxGraph Model(string kind)
    {
        bool isHeadByHead = kind == "head by head";
        object[] lying = isHeadByHead ? ["N", 2, "T", 4] : ["N", "T", 2, 4];
        object[] values = kind == "one head of values for all" ? ["N", "T", 1, 4] : lying;
        object[] mask = kind switch
        {
            "mask of all keys" => ["T"],
            "mask of scores' size" => ["N", 2, "T", "T"],
            "mask of queries alone" => ["N", 1, "T", 1],
            _ => ["N", 1, "T", "T"],
        };
        OnnxGraph g = new OnnxGraph().Input("x", lying).Input("z", lying).Input("w", values).Input("m", mask).Output("y")
            .Constant("half", Tensor.Scalar(0.5f)).Constant("four", Tensor.Scalar(4)).Constant("each", [2, 1, 1], [0.5f, 0.25f])
            .Node("Transpose", ["z"], ["k"], ("perm", isHeadByHead ? new long[] { 0, 1, 3, 2 } : [0, 2, 3, 1]));
        (string q, string v) = ("x", "w");
        if (!isHeadByHead)
        {
            g.Node("Transpose", ["x"], ["q"], ("perm", new long[] { 0, 2, 1, 3 }))
                .Node("Transpose", ["w"], ["v"], ("perm", new long[] { 0, 2, 1, 3 }));
            (q, v) = ("q", "v");
        }

        g.Node("MatMul", [q, "k"], ["p"]);
        string scores = "p";
        if (kind != "without scale")
        {
            string scale = kind == "divided" ? "four" : kind == "scale for each head" ? "each" : "half";
            g.Node(kind == "divided" ? "Div" : "Mul", ["p", scale], ["scaled"]);
            scores = "scaled";
        }

        if (kind != "without mask")
        {
            g.Node("Add", kind == "mask first" ? ["m", scores] : [scores, "m"], ["masked"]);
            scores = "masked";
        }

        g.Node("Softmax", [scores], ["s"], ("axis", kind == "softmax over queries" ? 2 : -1)).Node("MatMul", ["s", v], ["a"]);
        g.Node(isHeadByHead ? "Neg" : "Transpose", ["a"], ["y"], isHeadByHead ? [] : [("perm", new long[] { 0, 2, 1, 3 })]);
        return kind switch
        {
            "scores that are an output" => g.Output(scores),
            "weights that are an output" => g.Output("s"),
            "two readers of the result" => g.Node("Neg", ["a"], ["b"]).Output("b"),
            _ => g,
        };
    }
}
