using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization;

/// <summary>Which tensors of a transformer's layers get codes.</summary>
public sealed class TransformerPointsTests
{
    /// <summary>GELU written out, behind a product whose bias is a sum with a vector, is one table.</summary>
    [Fact]
    public void Int8_GeluBehindABias_IsATable()
    {
        var g = new TestGraph();
        Value x = g.Node("Add", [g.Node("MatMul", [g.Input(5, 16), g.Weights(16, 32)]), g.Weights(32)]);
        Value erf = g.Node("Erf", g.Node("Div", [x, g.Constant(Tensor.Scalar(1.4142135f))]));
        Value gate = g.Node("Add", [erf, g.Constant(Tensor.Scalar(1f))]);
        Value gelu = g.Node("Mul", [g.Node("Mul", [x, gate]), g.Constant(Tensor.Scalar(0.5f))]);
        Graph graph = g.Finish(g.Node("MatMul", [gelu, g.Weights(32, 8)]));

        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, [TestGraph.Inputs(graph, 20, 1)]);

        Assert.Single(model.Compiled.Plan.Steps, s => s.Call.Target.StartsWith("Lookup.", StringComparison.Ordinal));
        Assert.DoesNotContain(model.Compiled.Plan.Steps, s => s.Description.StartsWith("Erf", StringComparison.Ordinal));
        Assert.Equal(3, model.Portable.Nodes.Count(n => n.Is("QuantizeLinear")));
    }

    /// <summary>
    /// What a normalization gives is rounded once, for the products that read its codes; the sum that passes it by to the next layer takes
    /// it in float.
    /// </summary>
    [Fact]
    public void Int8_Normalization_IsRoundedOnceAndForProductsOnly()
    {
        var g = new TestGraph();
        Value embedded = g.Node("MatMul", [g.Input(5, 16), g.Weights(16, 16)]);
        Value normalized = Normalize(g, embedded);
        Value inner = g.Node("MatMul", [g.Node("Relu", g.Node("MatMul", [normalized, g.Weights(16, 32)])), g.Weights(32, 16)]);
        Value sum = g.Node("Add", [inner, normalized]);
        Graph graph = g.Finish(g.Node("MatMul", [Normalize(g, sum), g.Weights(16, 4)]));

        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, [TestGraph.Inputs(graph, 20, 1)]);

        // The input, the first normalization, what is between the two products, the second normalization.
        Assert.Equal(4, model.Portable.Nodes.Count(n => n.Is("QuantizeLinear")));
        Node residual = Assert.Single(model.Portable.Nodes, n => n.Is("Add") && n.Inputs.All(i => i is { IsConstant: false })
            && n.Inputs.Any(i => i!.Producer!.Is("MatMul")));
        Assert.DoesNotContain(residual.Inputs, i => i!.Producer!.Is("DequantizeLinear"));
        Assert.InRange(model.Quality!.Sqnr!.Value, 30, 100);
    }

    /// <summary>As exporters write it out, with a scale and an offset for each channel.</summary>
    private static Value Normalize(TestGraph g, Value x)
    {
        Value axes = g.Constant(Tensor.Of([-1L], 1));
        Value difference = g.Node("Sub", [x, g.Node("ReduceMean", [x, axes])]);
        Value variance = g.Node("ReduceMean", [g.Node("Mul", [difference, difference]), axes]);
        Value deviation = g.Node("Sqrt", g.Node("Add", [variance, g.Constant(Tensor.Scalar(1e-5f))]));
        Value scaled = g.Node("Mul", [g.Node("Div", [difference, deviation]), g.Weights(16)]);
        return g.Node("Add", [scaled, g.Weights(16)]);
    }
}
