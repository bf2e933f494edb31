using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>Operators of a float model that stay integer in mode int8.</summary>
public sealed class IntegerCoverageTests
{
    /// <summary>Where takes codes from both sides, and a constant as the code that it is.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Compile_WhereBetweenConvolutions_SelectsCodes(bool ofConstant)
    {
        var g = new TestGraph();
        Value x = g.Conv(g.Input(4, 5, 5), 6, 1);
        Value other = ofConstant ? g.Constant(Tensor.Scalar(0.5f)) : g.Node("Sigmoid", x);
        Value condition = g.Constant(Tensor.From<byte>(DataType.Bool, [1, 0, 1, 1, 0], 5));
        Graph graph = g.Finish(g.Conv(g.Node("Where", [condition, x, other]), 4, 1));

        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, [TestGraph.Inputs(graph, batch: 4, seed: 1)]);

        Assert.DoesNotContain(model.Findings, f => f.Code == DiagnosticCodes.FloatInsideInt8);
        Assert.Equal(1, model.Compiled.Plan.Steps.Count(s => s.Call.Target.StartsWith("Quantization.", StringComparison.Ordinal)));
    }
}
