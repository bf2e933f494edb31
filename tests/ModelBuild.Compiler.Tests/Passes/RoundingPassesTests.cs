using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Passes;

/// <summary>FuseRoundings, DropRoundings.</summary>
public sealed class RoundingPassesTests
{
    private static readonly float[] s_numbers = [0.1f, 1 + (1f / 256), 1 + (3f / 256), 65519, 65520, -1e6f, 3e38f, 3.4e38f, 1e-8f, -0f];

    [Theory]
    [InlineData((int)DataType.Float16)]
    [InlineData((int)DataType.BFloat16)]
    public void FuseRoundings_ConversionAndBack_RoundsInOneStep(int type)
    {
        var test = new PassTest();
        Value x = test.Input("x", s_numbers.Length);
        test.Output(Rounded(test, "y", x, (DataType)type));
        var inputs = new Dictionary<string, Tensor> { ["x"] = Tensor.Of(s_numbers, s_numbers.Length) };
        Tensor expected = ReferenceEvaluator.Run(test.Graph, inputs)[0];

        PassRunner.Run([new FuseRoundings()], test.Graph, test.Context);

        Assert.Equal(InternalOperators.Round, Assert.Single(test.Graph.Nodes).Type);
        Assert.Equal(expected.ToFloats(), StepTest.Run(test.Graph, inputs)["y"].ToFloats());
    }

    [Fact]
    public void FuseRoundings_FromIntegers_GoesThroughFloat32()
    {
        var test = new PassTest();
        Value x = test.Input("x", 4);
        x.Type = DataType.Int32;
        test.Output(Rounded(test, "y", x, DataType.BFloat16));
        var inputs = new Dictionary<string, Tensor> { ["x"] = Tensor.Of([257, 259, -16777217, int.MaxValue], 4) };

        PassRunner.Run([new FuseRoundings()], test.Graph, test.Context);

        Assert.Equal("Cast Round", test.Operators);
        Assert.Equal([256f, 260f, -16777216f, 2147483648f], StepTest.Run(test.Graph, inputs)["y"].ToFloats());
    }

    [Fact]
    public void FuseRoundings_HalvesThatAreAnOutputToo_StayConversions()
    {
        var test = new PassTest();
        Value halves = test.Node("Cast", "h", [test.Input("x", 4)], ("to", (long)DataType.Float16));
        test.Output(halves, test.Node("Cast", "y", [halves], ("to", (long)DataType.Float32)));

        PassRunner.Run([new FuseRoundings()], test.Graph, test.Context);

        Assert.Equal("Cast Cast", test.Operators);
    }

    [Fact]
    public void DropRoundings_BeforeAProduct_AreGoneAndBehindItStay()
    {
        var test = new PassTest();
        Value x = Rounded(test, "r", test.Input("x", 2, 3), DataType.Float16);
        Value product = test.Node("Gemm", "p", [test.Node("Relu", "q", [x]), test.Random("w", 3, 3)]);
        test.Output(test.Node("Relu", "y", [Rounded(test, "s", product, DataType.Float16)]));

        PassRunner.Run([new DropRoundings()], test.Graph, test.Context);

        Assert.Equal("Relu Gemm Cast Cast Relu", test.Operators);
    }

    [Fact]
    public void FuseRoundings_BackToFloat64_Stays()
    {
        var test = new PassTest();
        Value half = test.Node("Cast", "half", [test.Input("x", 40)], ("to", (long)DataType.Float16));
        test.Output(test.Node("Cast", "wide", [half], ("to", (long)DataType.Float64)));

        test.RunAndCompare(new FuseRoundings());

        Assert.Equal("Cast Cast", test.Operators);
    }

    private static Value Rounded(PassTest test, string name, Value value, DataType type) =>
        test.Node("Cast", name, [test.Node("Cast", $"{name}_narrow", [value], ("to", (long)type))], ("to", (long)DataType.Float32));

    /// <summary>Whoever calls the model gets what the model says, whatever a convolution behind it takes.</summary>
    [Fact]
    public void DropRoundings_OutputThatAProductReadsToo_Stays()
    {
        var test = new PassTest();
        Value rounded = Rounded(test, "y", test.Node("MatMul", "m", [test.Input("x", 3, 4), test.Random("w", 4, 5)]), DataType.Float16);
        test.Output(rounded, test.Node("MatMul", "z", [rounded, test.Random("v", 5, 2)]));

        test.RunAndCompare(new DropRoundings());
    }
}
