using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Operators;

/// <summary>How a combination takes the place of a node.</summary>
public sealed class ExpansionTests
{
    [Fact]
    public void Replace_OneResultForTwoOutputs_KeepsWhatMakesIt()
    {
        var test = new PassTest();
        Value x = test.Input("x", 4);
        Value a = test.Graph.NewValue("a", default);
        Value b = test.Graph.NewValue("b", default);
        Node node = test.Graph.Add(new Node(Domains.Onnx, "Twice", "twice", [x], [a, b]));
        test.Output(a, b);
        var expansion = new Expansion(test.Graph, node, test.Context.Inference);
        Value negative = expansion.Apply("Neg", [x]);

        expansion.Replace([negative, negative]);

        Assert.Equal("Neg Identity", test.Operators);
        Assert.Equal("Neg", a.Producer!.Type);
        Assert.Same(a, b.Producer!.Required(0));
    }

    [Fact]
    public void Replace_OneResultOfWhichTheFirstIsNotWanted_IsTheSecond()
    {
        var test = new PassTest();
        Value x = test.Input("x", 4);
        Value b = test.Graph.NewValue("b", default);
        Node node = test.Graph.Add(new Node(Domains.Onnx, "Twice", "twice", [x], [null, b]));
        test.Output(b);
        var expansion = new Expansion(test.Graph, node, test.Context.Inference);
        Value negative = expansion.Apply("Neg", [x]);

        expansion.Replace([negative, negative]);

        Assert.Equal("Neg", test.Operators);
        Assert.Equal("Neg", b.Producer!.Type);
    }
}
