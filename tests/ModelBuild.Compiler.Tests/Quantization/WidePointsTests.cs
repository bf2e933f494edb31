using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization;

public sealed class WidePointsTests
{
    /// <summary>What goes from layer to layer beside the products is not rounded: only products read 16-bit codes.</summary>
    [Fact]
    public void Compile_ResidualIn16Bits_IsAddedInFloat()
    {
        var g = new TestGraph();
        Value x = g.Node("Relu", g.Conv(g.Input(4, 8, 8), 6, 3, pad: 1));
        Value sum = g.Node("Relu", g.Node("Add", [x, g.Conv(x, 6, 3, pad: 1)]));
        Graph graph = g.Finish(g.Conv(sum, 4, 3));

        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int16x8, [TestGraph.Inputs(graph, batch: 4, seed: 1)]);

        Node[] wide =
            [.. model.Portable.Nodes.Where(n => n.Is("DequantizeLinear") && n.Required(0).Type == DataType.Int16)];
        Assert.Equal(3, wide.Length);
        Assert.All(wide.SelectMany(n => n.Output.Consumers), reader => Assert.True(reader.Is("Conv"), reader.Type));
    }
}
