using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>What the build says of operators that run in float inside an int8 model.</summary>
public sealed class FloatIslandTests
{
    [Fact]
    public void Compile_Attention_IsAWarningThatNamesItsProducts()
    {
        Finding warning = Assert.Single(Warnings("attention"));

        Assert.Contains("(Attention)", warning.Message, StringComparison.Ordinal);
        Assert.All(Networks.Make("attention").Nodes.Where(n => n.Is("MatMul") && !n.Required(1).IsConstant), product =>
            Assert.Contains(product.Name, warning.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Compile_ProductOfTwoActivations_IsNoWarning()
    {
        var g = new TestGraph();
        Value x = g.Conv(g.Input(4, 5, 5), 6, 1);

        Assert.Empty(Warnings(g.Finish(g.Node("MatMul", [x, g.Node("Relu", x)]))));
    }

    [Theory]
    [InlineData("conv relu pool flatten gemm")]
    [InlineData("squeeze and excitation")]
    public void Compile_IntegersFromInputToOutput_IsNoWarning(string network) => Assert.Empty(Warnings(network));

    /// <summary>The float operators at the end are none inside, also where codes of what they give are asked for.</summary>
    [Theory]
    [InlineData("uint8", "Softmax", 0)]
    [InlineData("int8", "Softmax", 0)]
    [InlineData("int8", "LogSoftmax", 0)]
    [InlineData("uint8", "LogSoftmax, convolution", 1)]
    public void Compile_EndInFloatWhoseOutputIsCodes_IsNoWarning(string type, string end, int warnings)
    {
        var g = new TestGraph();
        Value y = g.Node(end.Split(',')[0], g.Conv(g.Input(4, 5, 5), 6, 1), ("axis", 1L));
        Graph graph = g.Finish(end.Contains(',', StringComparison.Ordinal) ? g.Conv(y, 4, 1) : y);
        Assert.True(PortTypes.TryRead(type, out PortTypes outputs, out _));

        using var folder = new TemporaryFolder();
        string samples = folder.Write("samples.npz", NumpyFile.Npz(TestGraph.Inputs(graph, batch: 4, seed: 1)));

        using CompiledModel model = ModelCompiler.CompileModel(
            CompiledFile.Options(folder.Write("model.onnx", OnnxExporter.Export(graph)), ModelMode.Int8, [samples]) with
            {
                OutputType = outputs,
            });

        Assert.Equal(warnings, model.Findings.Count(f => f.Code == DiagnosticCodes.FloatInsideInt8));
    }

    [Theory]
    [InlineData("nearest")]
    [InlineData("linear")]
    public void Compile_ResizeBetweenConvolutions_IsNoWarning(string mode)
    {
        var g = new TestGraph();
        Value scales = g.Constant(Tensor.Of([1f, 1f, 2f, 2f], 4));
        Value resized = g.Node("Resize", [g.Conv(g.Input(4, 5, 5), 6, 1), null, scales], ("mode", mode));

        Assert.Empty(Warnings(g.Finish(g.Conv(resized, 4, 1))));
    }

    [Fact]
    public void Compile_FunctionWithoutIntegerKernelBetweenConvolutions_IsAWarningThatNamesIt()
    {
        var g = new TestGraph();
        Value function = g.Node("LogSoftmax", g.Conv(g.Input(4, 5, 5), 6, 1), ("axis", 1L));

        Finding warning = Assert.Single(Warnings(g.Finish(g.Conv(function, 4, 1))));

        Assert.Contains($"'{function.Producer!.Name}' (LogSoftmax)", warning.Message, StringComparison.Ordinal);
        Assert.Contains("1 operator runs in float", warning.Message, StringComparison.Ordinal);
    }

    /// <summary>The reason is that of the operator, not one for all.</summary>
    [Theory]
    [InlineData("LogSoftmax", "(LogSoftmax): there is no integer kernel for LogSoftmax")]
    [InlineData("division", "(Div): there is no integer kernel for Div of two computed tensors")]
    [InlineData("volume", "(Convolution): volumes are convolved in float")]
    public void Compile_OperatorInFloat_SaysWhy(string name, string reason)
    {
        var g = new TestGraph();
        Value x = name == "volume" ? g.Conv(g.Input(4, 5, 5, 5), 6, 1) : g.Conv(g.Input(4, 5, 5), 6, 1);
        Value one = g.Constant(Tensor.Scalar(1f));
        Value y = name switch
        {
            "LogSoftmax" => g.Node("LogSoftmax", x, ("axis", 1L)),
            "division" => g.Node("Div", [x, g.Node("Add", [g.Node("Exp", g.Conv(x, 6, 1)), one])]),
            _ => x,
        };

        Finding warning = Assert.Single(Warnings(g.Finish(g.Conv(y, 4, 1))));

        Assert.Contains(reason, warning.Message, StringComparison.Ordinal);
    }

    /// <summary>The tensor that is named is the one in the way, whichever of several an operator reads or makes.</summary>
    [Theory]
    [InlineData("product", "there are no codes of 'l', which it reads")]
    [InlineData("product, the other way round", "there are no codes of 'l', which it reads")]
    [InlineData("output", "'m', which it makes, is an output of the model")]
    [InlineData("read by others", "'m', which it makes, is read in float too")]
    public void Reasons_OperatorBesideATensorWithoutCodes_NamesThatTensor(string kind, string reason)
    {
        OnnxGraph g = new OnnxGraph().Input("x", 2, 5).Input("w", 2, 5).Output("y")
            .Constant("scale", Tensor.Scalar(0.02f)).Constant("zero", Tensor.Of(new byte[] { 120 }, []));
        Round(Round(g, "x", "d"), "w", "e").Node("LogSoftmax", ["d"], ["l"]);
        _ = kind switch
        {
            "product" => g.Node("Mul", "n", ["e", "l"], ["m"]),
            "product, the other way round" => g.Node("Mul", "n", ["l", "e"], ["m"]),
            "output" => g.Output("m").Node("Softmax", "n", ["e"], ["m"]),
            _ => g.Output("o").Node("Softmax", "n", ["e"], ["m"]).Node("LogSoftmax", ["m"], ["o"]),
        };
        Graph lowered = LoweredGraph.Lower(OnnxImporter.Import(Round(g, "m", "y").ToModel(), "model.onnx"));

        Assert.Equal(reason, FloatIslands.Reasons(lowered)["n"]);

        static OnnxGraph Round(OnnxGraph g, string x, string y) => g
            .Node("QuantizeLinear", [x, "scale", "zero"], [$"{x}_q"]).Node("DequantizeLinear", [$"{x}_q", "scale", "zero"], [y]);
    }

    /// <summary>A sum over the batch has no channels-last form: what the compiler turns for it is not listed beside it.</summary>
    [Fact]
    public void Compile_OperatorBehindATransposeOfTheCompiler_IsListedAlone()
    {
        var g = new TestGraph();
        Value x = g.Conv(g.Input(4, 5, 5), 6, 1);
        Value wide = g.Node("Add", [x, g.Constant(Tensor.Of([1f, 2, 3, 4, 5, 6, 7, 8, 9, 10], 2, 1, 1, 1, 5))]);
        Value y = g.Node("ReduceSum", [wide, g.Constant(Tensor.Of((long[])[0], 1))], ("keepdims", 0L));

        Finding warning = Assert.Single(Warnings(g.Finish(g.Conv(y, 4, 1))));

        Assert.DoesNotContain("Transpose", warning.Message, StringComparison.Ordinal);
    }

    /// <summary>Eight are named, and the rest counted.</summary>
    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(11)]
    public void Compile_ManyOperatorsInFloat_NamesSomeAndCountsTheOthers(int count)
    {
        var g = new TestGraph();
        Value x = g.Conv(g.Input(4, 5, 5), 6, 1);
        for (int i = 0; i < count; i++)
        {
            x = g.Conv(g.Node("LogSoftmax", x, ("axis", 1L)), 6, 1);
        }

        Finding warning = Assert.Single(Warnings(g.Finish(x)));

        Assert.Contains($" {count} operators run in float", warning.Message, StringComparison.Ordinal);
        Assert.Equal(8, warning.Message.Split("(LogSoftmax)").Length - 1);
        Assert.Contains(count == 8 ? "LogSoftmax. The" : $"; and {count - 8} more. The", warning.Message, StringComparison.Ordinal);
    }

    private static Finding[] Warnings(string network) => Warnings(Networks.Make(network));

    private static Finding[] Warnings(Graph graph)
    {
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, [TestGraph.Inputs(graph, batch: 4, seed: 1)]);
        return [.. model.Findings.Where(f => f.Code == DiagnosticCodes.FloatInsideInt8)];
    }
}
