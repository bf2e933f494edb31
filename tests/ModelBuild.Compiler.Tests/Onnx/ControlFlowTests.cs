using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Onnx.Messages;

namespace ModelBuild.Compiler.Tests.Onnx;

/// <summary>Bodies of control flow stand by themselves, constant branches are inlined, the rest is refused by name.</summary>
public sealed class ControlFlowTests
{
    private static readonly Tensor s_one = Tensor.Of([1f], 1);

    [Fact]
    public void Build_BodyReadsFromOutside_GetsItAsInput()
    {
        // The else branch reads through two graphs, and 'w' is a constant that needs no way in.
        OnnxGraph inner = If(Body("b"), "c", ["b"], Body("deep").Node("Add", ["x", "h"], ["deep"]), Body("e").Node("Neg", ["h"], ["e"]));
        OnnxGraph graph = If(Whole().Node("Sigmoid", ["x"], ["h"]), "c", ["y"], Body("a").Node("Mul", ["h", "w"], ["a"]), inner)
            .Constant("w", s_one).Input("c", DataType.Bool, 1);

        Graph built = Build(graph);

        Node node = built.Nodes[^1];
        Assert.Equal(["c", "h", "c", "x"], node.Inputs.Select(i => i!.Name));
        Graph then = node.Attributes["then_branch"].Graph;
        Graph other = node.Attributes["else_branch"].Graph;
        Assert.Equal(["h", "c", "x"], other.Inputs.Select(i => i.Name));
        Assert.Equal((3, 3), (then.Captures, other.Captures));
        Assert.Equal([then.Inputs[0], null], then.Nodes[0].Inputs.Select(i => i!.IsConstant ? null : i));
        Assert.All(built.AllGraphs(), Closed);
        Assert.Equal(5, built.AllGraphs().Count());
        Assert.All(built.Clone().AllGraphs(), Closed);
        Assert.Empty(built.Clone().AllGraphs().Intersect(built.AllGraphs()));
    }

    [Fact]
    public void Build_LoopBody_HasItsOwnInputsBeforeWhatItReadsFromOutside()
    {
        OnnxGraph body = Body("go", "next").Input("i", DataType.Int64).Input("keep", DataType.Bool).Input("state", 4)
            .Node("Identity", ["keep"], ["go"]).Node("Add", ["state", "h"], ["next"]);
        OnnxGraph graph = Whole()
            .Node("Loop", ["n", "", "x"], ["y"], ("body", body)).Node("Sigmoid", ["x"], ["h"]).Integers("n", 3);

        Graph built = Build(graph);

        Assert.Equal(["Sigmoid", "Loop"], built.Nodes.Select(n => n.Type));
        Assert.Equal(["n", null, "x", "h"], built.Nodes[1].Inputs.Select(i => i?.Name));
        Graph closed = built.Nodes[1].Attributes["body"].Graph;
        Assert.Equal(["i", "keep", "state", "h"], closed.Inputs.Select(i => i.Name));
        Assert.Equal(1, closed.Captures);
        Closed(closed);
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, -1)]
    public void Import_ConditionIsKnown_IsTheBranch(bool condition, float expected)
    {
        // Both branches use the same names, as exporters do, and a weight of their own.
        OnnxGraph then = Body("t").Node("Add", ["h", "w"], ["t"]).Constant("w", s_one);
        OnnxGraph other = Body("t").Node("Sub", ["w", "h"], ["w2"]).Node("Sub", ["w2", "w"], ["t"]).Constant("w", s_one);
        OnnxGraph graph = If(Whole().Node("Relu", ["x"], ["h"]), "c", ["r"], then, other)
            .Node("Identity", ["r"], ["y"]).Constant("c", Truth(condition));

        Assert.Equal([expected, expected, expected, expected], Run(Import(graph)));
    }

    [Fact]
    public void Import_ConditionOfShapes_DecidesNestedBranches()
    {
        // What torch writes for squeeze(): if the dimension is 1, Squeeze, otherwise Identity.
        OnnxGraph squeeze = Body("s").Node("Squeeze", ["x", "axis"], ["s"]);
        OnnxGraph nested = If(Body("n"), "is4", ["n"], Body("k").Node("Identity", ["x"], ["k"]), squeeze);
        OnnxGraph graph = Whole()
            .Node("Shape", ["x"], ["shape"]).Node("Equal", ["shape", "four"], ["is4"]).Node("Not", ["is4"], ["not"]);
        If(graph, "not", ["r"], Body("m").Node("Mystery", ["x"], ["m"]), nested)
            .Node("Neg", ["r"], ["y"]).Integers("four", 4).Integers("axis", 0);

        Graph imported = Import(graph);

        Assert.All(imported.Nodes, n => Assert.Contains(n.Type, (string[])["Neg", "Identity"]));
        Assert.Equal([-1f, -1f, -1f, -1f], Run(imported));
    }

    [Fact]
    public void Import_BranchPassesOn_WhatItGets()
    {
        // One output is the branch's input, one a constant of the outer graph, one is listed twice.
        OnnxGraph then = Body("x", "w", "a", "a").Node("Neg", ["x"], ["a"]);
        OnnxGraph graph = If(Whole(), "c", ["p", "q", "r", "s"], then, Body("x", "x", "x", "x"))
            .Node("Sum", ["p", "q", "r", "s"], ["y"]).Constant("c", Truth(true)).Constant("w", s_one);

        Assert.Equal([0f, 0f, 0f, 0f], Run(Import(graph)));
    }

    [Fact]
    public void Import_ConditionOfTheRun_KeepsBothBranches()
    {
        Graph imported = Import(Chain(30));

        Assert.Equal(61, imported.AllGraphs().Count());
        Assert.All(imported.AllGraphs(), Closed);
        Assert.All(imported.Nodes, n => Assert.Equal("[4]", n.Output.KnownShape.ToString()));
    }

    /// <summary>A loop is resolved again where it changes shapes, and those inside it as often each time.</summary>
    [Fact]
    public void Import_BodiesInTooManyOthers_AreRefused()
    {
        OnnxGraph body = Body("r").Node("Neg", ["x"], ["r"]);
        for (int i = 0; i < 25; i++)
        {
            body = If(Body($"r{i}"), "c", [$"r{i}"], body, Body("q").Node("Neg", ["x"], ["q"]));
        }

        Finding finding = FindingOf(
            If(Whole(), "c", ["y"], body, Body("q").Node("Neg", ["x"], ["q"])).Input("c", DataType.Bool, 1));

        Assert.Equal(DiagnosticCodes.UnsupportedFeature, finding.Code);
        Assert.Contains("other If, Loop or Scan nodes", finding.Message, StringComparison.Ordinal);
    }

    /// <summary>Branches that read one another's results: 2ⁿ graphs, if bodies were followed to their producers.</summary>
    [Fact]
    public void Build_ChainedBranches_AreAsLargeAsTheFile()
    {
        Graph built = Build(Chain(1000));

        Assert.Equal(2001, built.AllGraphs().Count());
        Assert.InRange(built.AllGraphs().Sum(g => g.Nodes.Count + g.Inputs.Count), 1, 7000);
    }

    [Fact]
    public void Build_NestedBranches_AreLinearInDepth()
    {
        OnnxGraph body = Body("r").Node("Neg", ["x"], ["r"]);
        for (int i = 0; i < 25; i++)
        {
            body = If(Body($"r{i}"), "c", [$"r{i}"], body, Body("q").Node("Add", ["x", "c"], ["q"]));
        }

        Graph built = Build(If(Whole(), "c", ["y"], body, Body("q").Node("Neg", ["x"], ["q"])).Input("c", DataType.Bool, 1));

        Assert.Equal(53, built.AllGraphs().Count());
        Assert.All(built.AllGraphs(), Closed);
    }

    /// <summary>Each body gets what any of them reads: with as many bodies as a file has room for, the square of its size.</summary>
    [Fact]
    public void Import_NodeWithManyBodies_IsMalformed()
    {
        OnnxGraph graph = Whole().Node(
            "Case", ["x"], ["y"], [.. Enumerable.Range(0, 3).Select(i => ($"body{i}", (object)Body("x")))]);

        Assert.Equal(DiagnosticCodes.MalformedGraph, FindingOf(graph).Code);
    }

    [Theory]
    [InlineData("then_branch", "else")]
    [InlineData("body", "else_branch")]
    public void Import_IfWithoutItsBranch_IsMalformed(string first, string second)
    {
        OnnxGraph body = Body("a").Node("Neg", ["x"], ["a"]);
        OnnxGraph graph = Whole().Node("If", ["c"], ["y"], (first, body), (second, body)).Constant("c", Truth(first == "body"));

        Assert.Equal(DiagnosticCodes.MalformedGraph, FindingOf(graph).Code);
    }

    [Fact]
    public void Import_LoopWithoutWhatItCarries_IsMalformed()
    {
        OnnxGraph body = Body("go", "next").Input("i", DataType.Int64).Input("keep", DataType.Bool).Input("state", 4)
            .Node("Identity", ["keep"], ["go"]).Node("Add", ["state", "x"], ["next"]);
        OnnxGraph graph = Whole().Node("Loop", ["n", "", ""], ["y"], ("body", body)).Integers("n", 3);

        Assert.Equal(DiagnosticCodes.MalformedGraph, FindingOf(graph).Code);
    }

    [Fact]
    public void Import_ConditionIsNoTruthValue_IsMalformed()
    {
        OnnxGraph body = Body("a").Node("Neg", ["x"], ["a"]);
        OnnxGraph graph = If(Whole(), "c", ["y"], body, body).Constant("c", new Tensor(DataType.Bool, [2], new byte[] { 1, 1 }));

        Assert.Equal(DiagnosticCodes.MalformedGraph, FindingOf(graph).Code);
    }

    [Theory]
    [InlineData(3, 3, true)]
    [InlineData(3, 2, false)]
    public void Import_ScanOfSequences_NeedsThemToBeEquallyLong(int first, int second, bool isRight)
    {
        OnnxGraph body = Body("next").Input("state", 4).Input("a", 4).Input("b", 4)
            .Node("Sum", ["state", "a", "b"], ["next"]);
        OnnxGraph graph = new OnnxGraph().Input("x", 4).Input("a", first, 4).Input("b", second, 4).Output("y", 4)
            .Node("Scan", ["x", "a", "b"], ["y"], ("num_scan_inputs", 2), ("body", body));

        if (isRight)
        {
            Assert.Equal("[4]", Import(graph).Outputs[0].KnownShape.ToString());
            return;
        }

        Finding finding = FindingOf(graph);
        Assert.Equal(DiagnosticCodes.MalformedGraph, finding.Code);
        Assert.Contains("different lengths", finding.Message, StringComparison.Ordinal);
    }

    /// <summary>As Scan was in operator set 8: lengths may be there where they say that every sequence is walked to its end.</summary>
    [Theory]
    [InlineData(5, 5, true)]
    [InlineData(5, 4, false)]
    [InlineData(3, 3, false)]
    public void Import_LengthsOfABatchedScan_HaveToBeThatOfTheSequences(long first, long second, bool isRight)
    {
        OnnxGraph body = Body("next", "row").Input("state", 3).Input("step", 3)
            .Node("Add", ["state", "step"], ["next"]).Node("Neg", ["next"], ["row"]);
        byte[] model = new OnnxGraph().Input("x", 2, 3).Input("a", 2, 5, 3).Integers("lengths", first, second).Output("h", 2, 3)
            .Output("y", 2, 5, 3).Node("Scan", ["lengths", "x", "a"], ["h", "y"], ("num_scan_inputs", 1), ("body", body)).ToModel(8);

        if (isRight)
        {
            Assert.Equal(["[2,3]", "[2,5,3]"], OnnxImporter.Import(model, "model.onnx").Outputs.Select(o => o.KnownShape.ToString()));
            return;
        }

        var e = Assert.Throws<CompilationException>(() => OnnxImporter.Import(model, "model.onnx"));
        Assert.Equal(DiagnosticCodes.UnsupportedFeature, e.Findings[0].Code);
        Assert.Contains("lengths of their own ('lengths')", e.Message, StringComparison.Ordinal);
    }

    /// <summary>A number or a vector of one, as the run decides: what would tell them apart is refused by name.</summary>
    [Theory]
    [InlineData("Shape")]
    [InlineData("Unsqueeze")]
    [InlineData("Neg")]
    [InlineData("Add")]
    public void Import_NumberOrVectorWhoseDimensionsMatter_IsRefused(string reader)
    {
        OnnxGraph graph = new OnnxGraph().Input("x", 4).Output("y", "n").Input("c", DataType.Bool, 1).Integers("axis", 0)
            .Constant("two", Tensor.Scalar(2));
        If(graph, "c", ["k"],
            Body("a").Node("ReduceSum", ["x", "axis"], ["a"]), Body("b").Node("ReduceSum", ["x", "axis"], ["b"], ("keepdims", 0)));
        graph.Node(reader, reader switch { "Unsqueeze" => ["k", "axis"], "Add" => ["k", "two"], _ => ["k"] }, ["y"]);

        Finding finding = FindingOf(graph);

        Assert.Equal(DiagnosticCodes.UnsupportedFeature, finding.Code);
        Assert.Contains($"({reader}) reads 'k', which has 1 dimensions or fewer", finding.Message, StringComparison.Ordinal);
    }

    /// <summary>n Ifs whose conditions are inputs, each branch reading the result of the one before.</summary>
    private static OnnxGraph Chain(int count)
    {
        OnnxGraph graph = Whole().Input("c", DataType.Bool, 1);
        for (int i = 0; i < count; i++)
        {
            string before = i == 0 ? "x" : $"r{i - 1}";
            If(graph, "c", [i == count - 1 ? "y" : $"r{i}"],
                Body($"t{i}").Node("Neg", [before], [$"t{i}"]), Body($"e{i}").Node("Abs", [before], [$"e{i}"]));
        }

        return graph;
    }

    /// <summary>A model from <c>x</c> to <c>y</c>.</summary>
    private static OnnxGraph Whole() => new OnnxGraph().Input("x", 4).Output("y", "n");

    private static OnnxGraph Body(params string[] outputs)
    {
        var graph = new OnnxGraph();
        Array.ForEach(outputs, o => graph.Output(o, 4));
        return graph;
    }

    private static OnnxGraph If(OnnxGraph graph, string condition, string[] outputs, OnnxGraph then, OnnxGraph other) =>
        graph.Node("If", [condition], outputs, ("then_branch", then), ("else_branch", other));

    private static Tensor Truth(bool value) => new(DataType.Bool, [], new[] { (byte)(value ? 1 : 0) });

    /// <summary>Everything a graph reads is its own.</summary>
    private static void Closed(Graph graph)
    {
        var own = new HashSet<Value>([.. graph.Inputs, .. graph.Nodes.SelectMany(n => n.Outputs).OfType<Value>()]);
        Assert.All(
            graph.Nodes.SelectMany(n => n.Inputs).OfType<Value>().Concat(graph.Outputs), v => Assert.True(v.IsConstant || own.Contains(v)));
        Assert.All(own, v => Assert.All(v.Consumers, n => Assert.Contains(n, graph.Nodes)));
    }

    private static float[] Run(Graph graph) =>
        ReferenceEvaluator.Run(graph, new Dictionary<string, Tensor> { ["x"] = Tensor.Of([1f, 1, 1, 1], 4) })[0].ToFloats();

    private static Graph Build(OnnxGraph graph) => GraphBuilder.Build(
        ModelMessage.Read(graph.ToModel()).Graph!, new ExternalData("model.onnx"),
        new SymbolTable(new Dictionary<string, DimensionRange>()));

    private static Graph Import(OnnxGraph graph) => OnnxImporter.Import(graph.ToModel(), "model.onnx");

    private static Finding FindingOf(OnnxGraph graph) => Assert.Single(Assert.Throws<CompilationException>(() => Import(graph)).Findings);
}
