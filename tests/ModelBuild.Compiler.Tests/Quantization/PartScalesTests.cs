using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization;

/// <summary>Scales of what is put beside larger values.</summary>
public sealed class PartScalesTests
{
    /// <summary>An image that goes around a layer is put beside what the layer makes of it.</summary>
    [Theory]
    [InlineData(0.1f, 1)]
    [InlineData(1, 1)]
    [InlineData(50, 2)]
    [InlineData(1000, 2)]
    public void Int8_SmallPartThatLayersReadToo_HasAScaleOfItsOwn(float factor, int scales)
    {
        var g = new TestGraph();
        Value x = g.Input(4, 8, 8);
        Value large = g.Node("Conv", [x, Scaled(g, factor, 8, 4, 1, 1)]);
        Value joined = g.Node("Concat", [large, x], ("axis", 1L));
        Graph graph = g.Finish(g.Node("Conv", [joined, g.Weights(4, 12, 1, 1)]));

        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, RecoveryMethods.None, [TestGraph.Inputs(graph, 30, 1)]);

        Assert.InRange(model.Quality!.Sqnr!.Value, 35, 80);
        Assert.Equal(scales, ScalesOf(model).Count());
        Assert.DoesNotContain(model.Findings, f => f.Code == DiagnosticCodes.FloatInsideInt8);
    }

    /// <summary>What only the whole is made of is written where it belongs, at the whole's scale.</summary>
    [Fact]
    public void Int8_SmallPartOfNothingElse_HasTheScaleOfTheWhole()
    {
        var g = new TestGraph();
        Value x = g.Input(4, 8, 8);
        Value joined = g.Node(
            "Concat", [g.Node("Conv", [x, Scaled(g, 100, 8, 4, 1, 1)]), g.Node("Conv", [x, Scaled(g, 1, 8, 4, 1, 1)])], ("axis", 1L));
        Graph graph = g.Finish(g.Node("Conv", [joined, g.Weights(4, 16, 1, 1)]));

        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, RecoveryMethods.None, [TestGraph.Inputs(graph, 30, 1)]);

        // The input, and the three that share one.
        Assert.Equal(2, ScalesOf(model).Count());
    }

    /// <summary>The scales of activations that products and concatenations read.</summary>
    private static IEnumerable<float> ScalesOf(CompiledModel model) => model.Portable.Nodes.Where(n => n.Is("QuantizeLinear"))
        .Select(n => n.Required(1).Constant!.ToFloats()[0]).Distinct();

    private static Value Scaled(TestGraph g, float factor, params long[] shape) =>
        g.Constant(Tensor.Of([.. g.Weights(shape).Constant!.ToFloats().Select(w => w * factor)], shape));
}
