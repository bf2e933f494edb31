using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;

namespace ModelBuild.Compiler.Tests.Lowering;

public sealed class FuseQuantizationTests
{
    /// <summary>A quotient that calibration looks at, or that is an output, has to be there.</summary>
    [Theory]
    [InlineData(false, false, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public void Run_CodesByAScaleOfTheRun_AreOneStepWhereNobodyElseLooks(bool isObserved, bool isOutput, bool isFused)
    {
        var g = new TestGraph();
        Value quotient = g.Node("Div", [g.Input(4), g.FixedInput(1)]);
        Value sum = g.Node("Add", [g.Node("Round", quotient), g.FixedInput(1)]);
        Value clip = g.Node("Clip", [sum, g.Constant(Tensor.Scalar(0)), g.Constant(Tensor.Scalar(255))]);
        Graph graph = g.Finish([g.Node("Cast", clip, ("to", (long)DataType.UInt8)), .. isOutput ? [quotient] : Array.Empty<Value>()]);
        if (isObserved)
        {
            graph.Observed.Add(quotient.Name);
        }

        Assert.Equal(isFused, new FuseQuantization().Run(graph, TestGraph.Context()));
        Assert.Equal(isFused, graph.Nodes.Any(n => n.Type == InternalOperators.Quantize));
    }
}
