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

        // The input, what only the first normalization reads, that, what is between the two products, the second normalization.
        Assert.Equal(5, model.Portable.Nodes.Count(n => n.Is("QuantizeLinear")));
        Node residual = Assert.Single(model.Portable.Nodes, n => n.Is("Add") && n.Inputs.All(i => i is { IsConstant: false })
            && n.Inputs.Any(i => i!.Producer!.Is("MatMul")));
        Assert.DoesNotContain(residual.Inputs, i => i!.Producer!.Is("DequantizeLinear"));
        Assert.InRange(model.Quality!.Sqnr!.Value, 30, 100);
    }

    /// <summary>A sum or mean of squares is a statistic, whose small values codes would not have; one of values is not.</summary>
    [Theory]
    [InlineData("ReduceSum", "Mul", false)]
    [InlineData("ReduceSum", "Pow", false)]
    [InlineData("ReduceSum", "", true)]
    [InlineData("ReduceMean", "", true)]
    public void Int8_SumOfSquares_StaysInFloat(string type, string square, bool isInteger)
    {
        var g = new TestGraph();
        Value x = g.Conv(g.Input(3, 8, 8), 16, 3);
        Value squared = square switch
        {
            "Mul" => g.Node("Mul", [x, x]),
            "Pow" => g.Node("Pow", [x, g.Constant(Tensor.Scalar(2f))]),
            _ => x,
        };
        Value sum = g.Node(type, [squared, g.Constant(Tensor.Of([2L, 3], 2))]);
        Graph graph = g.Finish(g.Conv(sum, 8, 1));

        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, RecoveryMethods.None, [TestGraph.Inputs(graph, 20, 1)]);

        Node reduction = Assert.Single(model.Portable.Nodes, n => n.Type is "ReduceSum" or "ReduceMean" or "GlobalAveragePool");
        Assert.Equal(isInteger, reduction.Required(0).Producer!.Is("DequantizeLinear"));
    }

    /// <summary>Rows that only a normalization reads get codes before it; those that pass it by as a residual do not.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Int8_RowsBeforeANormalization_GetCodesWhereTheyGoNowhereElse(bool passesBy)
    {
        var g = new TestGraph();
        Value rows = g.Node("MatMul", [g.Input(3, 5, 16), g.Weights(16, 16)]);
        Value inner = g.Node("MatMul", [Normalize(g, rows), g.Weights(16, 16)]);
        Graph graph = g.Finish(passesBy ? g.Node("Add", [inner, rows]) : inner);

        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, RecoveryMethods.None, [TestGraph.Inputs(graph, 20, 1)]);

        Assert.Equal(passesBy ? 2 : 3, model.Portable.Nodes.Count(n => n.Is("QuantizeLinear")));
        Assert.Equal(passesBy ? 0 : 1, model.Compiled.Plan.Steps.Count(s => s.Call.Target == "QuantizedNormalization.UInt8"));
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

    /// <summary>
    /// One mask for heads of scores of different size: the codes of the mask reach as far down as it matters to any of them, which is as
    /// far as the largest of its scores can be pushed before it is nothing to a row.
    /// </summary>
    [Theory]
    [InlineData(1f, 30f)]
    [InlineData(30f, 1f)]
    [InlineData(8f, 8f)]
    public void Int8_MaskOfSeveralScores_HasCodesForAllThatItMattersTo(float first, float second)
    {
        Graph graph = Masked([first, second], show: false);
        Tensor x = Weights(2 * 20, 16, seed: 4).Reshape(2, 20, 16);
        var samples = new Dictionary<string, Tensor>
        {
            ["x"] = x, ["mask"] = Tensor.Of([.. Enumerable.Range(0, 40).Select(i => i % 3 == 1 ? -1e4f : -i % 7)], 2, 1, 20),
        };

        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, RecoveryMethods.None, [samples]);

        float[][] shown = [.. ReferenceEvaluator.Run(Masked([first, second], show: true), samples).Skip(1).Select(t => t.ToFloats())];
        float expected = new[] { 0, 2 }.Min(i => shown[i + 1].Chunk(20).Min(row => row.Max()) - 20 - shown[i].Max());
        Node quantize = model.Portable.Nodes.Single(n => n.Is("QuantizeLinear") && n.Required(0).Name == "mask");
        Assert.Equal(-expected, quantize.Required(1).Constant!.ToFloats()[0] * 255, -0.01 * expected);
        Assert.InRange(model.Quality!.Sqnr!.Value, 20, 100);

        // Scores without the mask, and with it.
        static Graph Masked(float[] sizes, bool show)
        {
            OnnxGraph g = new OnnxGraph().Input("x", 2, 20, 16).Input("mask", 2, 1, 20).Output("y")
                .Constant("last", Weights(16, 4, seed: 3));
            for (int head = 0; head < sizes.Length; head++)
            {
                string Name(string name) => $"{name}{head}";
                g.Constant(Name("w"), Weights(16, 16, seed: (2 * head) + 1)).Constant(Name("v"), Weights(16, 16, seed: (2 * head) + 2))
                    .Constant(Name("size"), Tensor.Scalar(sizes[head]))
                    .Node("MatMul", ["x", Name("w")], [Name("q")]).Node("MatMul", ["x", Name("v")], [Name("k")])
                    .Node("Transpose", [Name("k")], [Name("t")], ("perm", new long[] { 0, 2, 1 }))
                    .Node("MatMul", [Name("q"), Name("t")], [Name("s")]).Node("Tanh", [Name("s")], [Name("tanh")])
                    .Node("Mul", [Name("tanh"), Name("size")], [Name("unmasked")])
                    .Node("Add", [Name("unmasked"), "mask"], [Name("scores")])
                    .Node("Softmax", [Name("scores")], [Name("weights")], ("axis", -1))
                    .Node("MatMul", [Name("weights"), Name("k")], [Name("mixed")]);
                if (show)
                {
                    g.Output(Name("unmasked")).Output(Name("scores"));
                }
            }

            g.Node("Add", ["mixed0", "mixed1"], ["sum"]).Node("MatMul", ["sum", "last"], ["y"]);
            return OnnxImporter.Import(g.ToModel(), "model.onnx");
        }
    }

    /// <summary>What a mask puts in before scores are scaled is as large as ever, and owns no codes of the others.</summary>
    [Theory]
    [InlineData(-1e4f)]
    [InlineData(-1e9f)]
    public void Int8_MaskPutInBeforeScoresAreScaled_CostsTheOthersNoCodes(float masked)
    {
        OnnxGraph g = new OnnxGraph().Input("x", "N", 20, 16).Input("seen", "N", 1, 20).Output("y")
            .Constant("w", Weights(16, 16, seed: 1)).Constant("v", Weights(16, 16, seed: 2)).Constant("last", Weights(16, 4, seed: 3))
            .Constant("zero", Tensor.Scalar(0)).Constant("masked", Tensor.Scalar(masked)).Constant("size", Tensor.Scalar(2.5f))
            .Node("MatMul", ["x", "w"], ["q"]).Node("MatMul", ["x", "v"], ["k"])
            .Node("Transpose", ["k"], ["t"], ("perm", new long[] { 0, 2, 1 })).Node("MatMul", ["q", "t"], ["s"])
            .Node("Tanh", ["s"], ["bounded"]).Node("Greater", ["seen", "zero"], ["isSeen"])
            .Node("Where", ["isSeen", "bounded", "masked"], ["put"]).Node("Mul", ["put", "size"], ["scores"])
            .Node("Softmax", ["scores"], ["weights"], ("axis", -1))
            .Node("MatMul", ["weights", "k"], ["mixed"]).Node("MatMul", ["mixed", "last"], ["y"]);
        Graph graph = OnnxImporter.Import(g.ToModel(), "model.onnx");
        var samples = new Dictionary<string, Tensor>
        {
            ["x"] = Weights(2 * 20, 16, seed: 4).Reshape(2, 20, 16),
            ["seen"] = Tensor.Of([.. Enumerable.Range(0, 40).Select(i => i % 3 == 1 ? -1f : 1)], 2, 1, 20),
        };

        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, RecoveryMethods.None, [samples]);

        Assert.DoesNotContain(model.Findings, f => f.Code == DiagnosticCodes.BadRange);
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
