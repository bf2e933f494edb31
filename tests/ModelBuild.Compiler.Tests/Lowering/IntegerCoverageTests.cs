using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;
using ModelBuild.Plan;
using ModelBuild.TestSupport;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>Operators that stay integer, in float models that become int8 and in models that arrive quantized.</summary>
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

    [Theory]
    [InlineData("to codes", "QuantizeUInt8 QuantizeUInt8 UInt8 DequantizeUInt8")]
    [InlineData("scaled and cut", "QuantizeUInt8 QuantizeUInt8 UInt8 DequantizeUInt8")]
    [InlineData("to reals", "QuantizeUInt8 QuantizeUInt8 Float32")]
    public void Plan_ProductOfTwoTensorsOfCodes_CallsTheIntegerKernel(string kind, string expected)
    {
        OnnxGraph g = Quantized().Input("x", 2, 5, 6).Input("w", 2, 6, 7).Output("y").Constant("k", Tensor.Scalar(0.25f));
        Round(Round(g, "x"), "w").Node("MatMul", ["x_d", "w_d"], [kind == "to reals" ? "y" : "m"]);
        if (kind == "scaled and cut")
        {
            g.Node("Mul", ["k", "m"], ["n"]).Node("Relu", ["n"], ["r"]);
        }

        if (kind != "to reals")
        {
            Round(g, kind == "to codes" ? "m" : "r", "y");
        }

        Assert.Equal(expected, string.Join(' ', Plan(g).Select(s => s.Call.Target.Split('.')[1])));
        Assert.Single(Plan(g), s => s.Call.Target.StartsWith("QuantizedMatrixProduct.", StringComparison.Ordinal));
    }

    /// <summary>Constants on either side of a division, factors on either side of a bound: to one code of what operators mean.</summary>
    [Theory]
    [InlineData("alone")]
    [InlineData("scaled and cut")]
    [InlineData("divided")]
    [InlineData("divides")]
    [InlineData("cut and scaled")]
    [InlineData("scaled into more axes")]
    public void Run_ProductOfTwoTensorsOfCodes_GivesWhatItsOperatorsMean(string kind)
    {
        const float Step = 0.2f;
        OnnxGraph g = Quantized().Input("x", 2, 5, 6).Input("w", 2, 6, 7).Output("y").Constant("step", Tensor.Scalar(Step))
            .Constant("k", Tensor.Scalar(-0.5f)).Constant("half", Tensor.Scalar(0.5f)).Constant("large", Tensor.Scalar(100f));
        Round(Round(g, "x"), "w").Node("MatMul", ["x_d", "w_d"], ["m"]);
        _ = kind switch
        {
            "scaled and cut" => g.Node("Mul", ["half", "m"], ["n"]).Node("Relu", ["n"], ["v"]),
            "scaled into more axes" => g.Constant("whole", Tensor.Of([0.5f], 1, 1, 1, 1)).Node("Mul", ["m", "whole"], ["v"]),
            "divided" => g.Node("Div", ["m", "k"], ["v"]),
            "divides" => g.Node("Div", ["large", "m"], ["v"]),
            "cut and scaled" => g.Node("Relu", ["m"], ["n"]).Node("Mul", ["n", "k"], ["v"]),
            _ => g.Node("Identity", ["m"], ["v"]),
        };
        g.Node("QuantizeLinear", ["v", "step", "zero"], ["q"]).Node("DequantizeLinear", ["q", "step", "zero"], ["y"]);
        Graph graph = OnnxImporter.Import(g.ToModel(), "model.onnx");
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, batch: 1, seed: 4);
        if (kind == "divides")
        {
            // Nothing near 0.
            inputs = inputs.ToDictionary(
                i => i.Key, i => Tensor.Of(Array.ConvertAll(i.Value.ToFloats(), v => v + 1.5f), [.. i.Value.Dimensions]));
        }

        Assert.InRange(LoweredGraph.LargestError(graph, inputs), 0, Step * 1.001);
        Tensor expected = ReferenceEvaluator.Run(graph, inputs)[0];
        Assert.True(expected.ToFloats().Distinct().Count() > 10);
        Assert.Equal(expected.Dimensions, LoweredGraph.Run(graph, inputs).Dimensions);
    }

    /// <summary>Scores that stay real are better never all in memory; scores that get codes are products of codes.</summary>
    [Theory]
    [InlineData(false, "Attention", 0)]
    [InlineData(true, "QuantizedMatMul", 2)]
    public void Lower_AttentionOfCodes_IsFusedWhereScoresStayReal(bool hasScoresOfCodes, string expected, int products)
    {
        OnnxGraph g = Quantized().Input("x", "N", 2, 5, 4).Input("w", "N", 2, 4, 5).Input("v", "N", 2, 5, 4).Output("y");
        Round(Round(Round(g, "x"), "w"), "v").Node("MatMul", ["x_d", "w_d"], ["p"]);
        string scores = hasScoresOfCodes ? "p_d" : "p";
        string weights = hasScoresOfCodes ? "s_d" : "s";
        if (hasScoresOfCodes)
        {
            Round(g, "p");
        }

        g.Node("Softmax", [scores], ["s"], ("axis", -1));
        if (hasScoresOfCodes)
        {
            Round(g, "s");
        }

        g.Node("MatMul", [weights, "v_d"], ["a"]);
        Graph lowered = LoweredGraph.Lower(OnnxImporter.Import(Round(g, "a", "y").ToModel(), "model.onnx"));

        Assert.Contains(lowered.Nodes, n => n.Type == expected);
        Assert.Equal(products, lowered.Nodes.Count(n => n.Type == "QuantizedMatMul"));
    }

    [Theory]
    [InlineData(false, "QuantizeUInt8 QuantizeUInt8 Where DequantizeUInt8")]
    [InlineData(true, "QuantizeUInt8 Where DequantizeUInt8")]
    public void Plan_WhereOfCodes_SelectsBytes(bool ofConstant, string expected)
    {
        OnnxGraph g = Quantized().Input("x", 3, 4).Input("w", 3, 4).Input("c", DataType.Bool, 3, 4).Output("y")
            .Constant("k", Tensor.Scalar(-1e9f));
        Round(g, "x");
        if (!ofConstant)
        {
            Round(g, "w");
        }

        Round(g.Node("Where", ["c", ofConstant ? "k" : "w_d", "x_d"], ["m"]), "m", "y");

        Assert.Equal(expected, string.Join(' ', Plan(g).Select(s => s.Call.Target.Split('.')[1])));
        Node where = LoweredGraph.Lower(OnnxImporter.Import(g.ToModel(), "model.onnx")).Nodes.Single(n => n.Is("Where"));
        Assert.Equal(DataType.UInt8, where.Output.Type);
    }

    /// <summary>A constant among the codes, not at their end, is the code that QuantizeLinear gives it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_WhereOfCodes_GivesTheCodesOfBothSides(bool ofConstant)
    {
        OnnxGraph g = Quantized().Input("x", 3, 4).Input("w", 3, 4).Input("c", DataType.Bool, 3, 4).Output("y")
            .Constant("k", Tensor.Scalar(0.5f));
        Round(Round(g, "x"), "w").Node("Where", ["c", ofConstant ? "k" : "w_d", "x_d"], ["m"]);
        Graph graph = OnnxImporter.Import(Round(g, "m", "y").ToModel(), "model.onnx");
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, batch: 1, seed: 4);
        inputs["c"] = Tensor.From<byte>(DataType.Bool, [1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0], 3, 4);

        Assert.InRange(LoweredGraph.LargestError(graph, inputs), 0, 1e-6);
    }

    /// <summary>
    /// A constant with a scale for each row, such as a table of embeddings, beside codes and before them: what is picked out of it has no
    /// scale in common, and is what its codes stand for.
    /// </summary>
    [Theory]
    [InlineData(false, "mean of rows")]
    [InlineData(true, "mean of rows")]
    [InlineData(false, "rows to codes")]
    [InlineData(true, "rows to codes")]
    [InlineData(false, "joined with codes")]
    [InlineData(false, "added to codes")]
    [InlineData(false, "enlarged")]
    public void Run_ConstantWithAScalePerRow_GivesWhatItsCodesStandFor(bool isSigned, string kind)
    {
        DataType type = isSigned ? DataType.Int8 : DataType.UInt8;
        byte[] codes = [.. Enumerable.Range(0, 20).Select(i => (byte)(i * 37))];
        OnnxGraph g = Quantized().Input("ids", DataType.Int64, "N").Input("x", 4, 5).Output("y")
            .Constant("codes", Tensor.From<byte>(type, codes, 4, 5)).Constant("scales", [4], [0.02f, 0.01f, 0.005f, 0.0025f])
            .Constant("zeros", Tensor.FromInt64s(type, [3, 40, 80, 110], [4])).Integers("rows", 0)
            .Node("DequantizeLinear", ["codes", "scales", "zeros"], ["table"], ("axis", 0L));
        Round(g, "x");
        _ = kind switch
        {
            "joined with codes" => g.Node("Concat", ["x_d", "table"], ["t"], ("axis", 0L)),
            "added to codes" => g.Node("Add", ["x_d", "table"], ["t"]),
            "enlarged" => g.Node("Flatten", ["table"], ["t"]),
            _ => g.Node("Identity", ["table"], ["t"]),
        };
        g.Node("Gather", ["t", "ids"], ["picked"]);
        if (kind == "mean of rows")
        {
            g.Node("ReduceMean", ["picked", "rows"], ["m"]);
        }

        Round(g, kind == "mean of rows" ? "m" : "picked", "y");
        Graph graph = OnnxImporter.Import(g.ToModel(), "model.onnx");
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, batch: 3, seed: 2);
        inputs["ids"] = Tensor.Of([2L, 0, 3], 3);

        Tensor expected = ReferenceEvaluator.Run(graph, inputs)[0];

        Assert.True(expected.ToFloats().Distinct().Count() > 3);
        Assert.InRange(LoweredGraph.LargestError(graph, inputs), 0, 0.02f * 1.001);
    }

    private static OnnxGraph Quantized() =>
        new OnnxGraph().Constant("scale", Tensor.Scalar(0.02f)).Constant("zero", Tensor.Of(new byte[] { 120 }, []));

    /// <summary>QuantizeLinear and DequantizeLinear of a value.</summary>
    private static OnnxGraph Round(OnnxGraph g, string name, string? output = null) => g
        .Node("QuantizeLinear", [name, "scale", "zero"], [$"{name}_q"])
        .Node("DequantizeLinear", [$"{name}_q", "scale", "zero"], [output ?? $"{name}_d"]);

    private static IEnumerable<PlanStep> Plan(OnnxGraph graph) =>
        LoweredGraph.Plan(OnnxImporter.Import(graph.ToModel(), "model.onnx")).Plan.Steps;
}
