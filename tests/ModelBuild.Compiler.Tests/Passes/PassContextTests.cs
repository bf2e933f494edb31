using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Passes;

/// <summary>Which passes run, and that their graphs are looked at.</summary>
public sealed class PassContextTests
{
    /// <summary>A plan that others are compared with must not have what is compared.</summary>
    [Theory]
    [InlineData(false, false, true)]
    [InlineData(false, true, true)]
    [InlineData(true, false, false)]
    [InlineData(true, true, true)]
    public void Apply_PlainOrNot_RunsWhatIsWanted(bool isPlain, bool isRequired, bool runs)
    {
        var test = new PassTest();
        test.Output(test.Node("Relu", "y", [test.Input("x", 4)]));
        PassContext context = test.Context with { IsPlain = isPlain };
        int count = 0;

        bool changed = context.Apply(new Pass(isRequired, _ => count++), test.Graph);

        Assert.Equal((runs, runs ? 1 : 0), (changed, count));
    }

    [Fact]
    public void Apply_PassThatBreaksTheGraph_IsNamed()
    {
        var test = new PassTest();
        test.Output(test.Node("Neg", "y", [test.Node("Relu", "relu", [test.Input("x", 4)])]));

        var e = Assert.Throws<InvalidOperationException>(
            () => test.Context.Apply(new Pass(true, graph => graph.Remove(graph.Nodes[0])), test.Graph));

        Assert.Contains(nameof(Pass), e.Message, StringComparison.Ordinal);
    }

    private sealed class Pass(bool isRequired, Action<Graph> change) : IPass
    {
        public bool IsRequired => isRequired;

        public bool Run(Graph graph, PassContext context)
        {
            change(graph);
            return true;
        }
    }
}
