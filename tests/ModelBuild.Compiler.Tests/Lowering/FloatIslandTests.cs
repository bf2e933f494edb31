using ModelBuild.Compiler.Graphs;
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

    private static Finding[] Warnings(string network) => Warnings(Networks.Make(network));

    private static Finding[] Warnings(Graph graph)
    {
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, [TestGraph.Inputs(graph, batch: 4, seed: 1)]);
        return [.. model.Findings.Where(f => f.Code == DiagnosticCodes.FloatInsideInt8)];
    }
}
