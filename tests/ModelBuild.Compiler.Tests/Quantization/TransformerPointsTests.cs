using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
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

    /// <summary>
    /// Attention that no operator computes as a whole is products of codes, also of as many tokens as the run has. How far a mask pushes
    /// scores down costs none of them.
    /// </summary>
    [Theory]
    [InlineData(-1e4f)]
    [InlineData(float.NegativeInfinity)]
    public void Int8_MaskedProductsOfTwoTensors_ReadCodesOfScores(float masked)
    {
        OnnxGraph g = new OnnxGraph().Input("x", "N", "L", 16).Input("seen", "N", 1, "L").Output("y")
            .Constant("w", Weights(16, 16, seed: 1)).Constant("v", Weights(16, 16, seed: 2)).Constant("last", Weights(16, 4, seed: 3))
            .Constant("zero", Tensor.Scalar(0)).Constant("masked", Tensor.Scalar(masked))
            .Node("MatMul", ["x", "w"], ["q"]).Node("MatMul", ["x", "v"], ["k"])
            .Node("Transpose", ["k"], ["t"], ("perm", new long[] { 0, 2, 1 })).Node("MatMul", ["q", "t"], ["s"])
            .Node("Greater", ["seen", "zero"], ["isSeen"]).Node("Where", ["isSeen", "zero", "masked"], ["mask"])
            .Node("Tanh", ["s"], ["bounded"]).Node("Add", ["bounded", "mask"], ["scores"])
            .Node("Softmax", ["scores"], ["weights"], ("axis", -1))
            .Node("MatMul", ["weights", "k"], ["mixed"]).Node("MatMul", ["mixed", "last"], ["y"]);
        Graph graph = OnnxImporter.Import(g.ToModel(), "model.onnx");
        var samples = new Dictionary<string, Tensor>
        {
            ["x"] = Weights(2 * 20, 16, seed: 4).Reshape(2, 20, 16),
            ["seen"] = Tensor.Of([.. Enumerable.Range(0, 40).Select(i => i is < 15 or >= 20 and < 32 ? 1f : -1)], 2, 1, 20),
        };

        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, RecoveryMethods.None, [samples]);

        Assert.Empty(model.Findings);
        Assert.Equal(
            2, model.Compiled.Plan.Steps.Count(s => s.Call.Target.StartsWith("QuantizedMatrixProduct.UInt8", StringComparison.Ordinal)));
        Assert.InRange(model.Quality!.Sqnr!.Value, 25, 100);
    }

    /// <summary>Attention that is one operator in float stays so: its scores are never in memory, and rounded by nobody.</summary>
    [Fact]
    public void Int8_AttentionThatIsOneOperator_StaysFloat()
    {
        Graph graph = Networks.Make("attention");

        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, [TestGraph.Inputs(graph, 20, 1)]);

        Assert.Single(model.Compiled.Plan.Steps, s => s.Call.Target.StartsWith("Attention.", StringComparison.Ordinal));
        Assert.DoesNotContain(
            model.Compiled.Plan.Steps, s => s.Call.Target.StartsWith("QuantizedMatrixProduct.", StringComparison.Ordinal));
    }

    [Fact]
    public void Int8_ProductNamedInKeepFloat_ReadsFloats()
    {
        var g = new TestGraph();
        Value x = g.Conv(g.Input(4, 5, 5), 6, 1);
        Value other = g.Conv(x, 6, 1);
        Value product = g.Node("MatMul", [x, other]);
        Graph graph = g.Finish(g.Conv(product, 4, 1), g.Conv(other, 4, 1));

        using CompiledModel model = CompiledFile.Of(
            graph, ModelMode.Int8, RecoveryMethods.All, [TestGraph.Inputs(graph, 4, 1)], keepFloat: [product.Producer!.Name]);

        Assert.Single(model.Compiled.Plan.Steps, s => s.Call.Target == "Gemm.BatchedFloat32");
    }

    private static Tensor Weights(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        return Tensor.Of([.. Enumerable.Range(0, rows * columns).Select(_ => random.NextSingle() - 0.5f)], rows, columns);
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
