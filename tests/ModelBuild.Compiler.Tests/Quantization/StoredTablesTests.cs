using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization;

/// <summary>Tables that Gather reads, stored as codes: whichever axis is read, scales belong to what lies together.</summary>
public sealed class StoredTablesTests
{
    [Theory]
    [InlineData(ModelMode.Int8Weights, 0, 0.01)]
    [InlineData(ModelMode.Int8Weights, 1, 0.01)]
    [InlineData(ModelMode.Int8Weights, -1, 0.01)]
    [InlineData(ModelMode.Int4Weights, 0, 0.15)]
    [InlineData(ModelMode.Int4Weights, 1, 0.15)]
    [InlineData(ModelMode.Int4Weights, -1, 0.15)]
    [InlineData(ModelMode.Int4Weights, -2, 0.15)]
    public void Compile_TableByAnyAxis_IsNearTheFloats(ModelMode mode, long axis, double bound)
    {
        var g = new TestGraph();
        Value table = g.Weights(64, 64);
        Value places = g.Node("Cast", g.FixedInput(12), ("to", (long)DataType.Int64));
        Graph graph = g.Finish(g.Node("Gather", [table, places], ("axis", axis)));
        using CompiledModel model = CompiledFile.Of(graph, mode);
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, 1, seed: 5);

        Tensor actual = new Interpreter(model.Compiled).Run(inputs)[graph.Outputs[0].Name];

        Tensor expected = ReferenceEvaluator.Run(graph, inputs)[0];
        double largest = table.Constant!.ToDoubles().Max(Math.Abs);
        Assert.InRange(expected.ToDoubles().Zip(actual.ToDoubles(), (e, a) => Math.Abs(e - a)).Max(), 0, bound * largest);
    }
}
