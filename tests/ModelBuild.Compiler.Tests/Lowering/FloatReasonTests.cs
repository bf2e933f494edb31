using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Tests.Support;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>What people are told of operators that run in float: the cause, not what follows from it.</summary>
public sealed class FloatReasonTests
{
    /// <summary>None of its tensors have codes, since a deviation divides: that is why, wherever in it an operator stands.</summary>
    [Fact]
    public void Of_PartsOfANormalization_IsTheNormalization()
    {
        var g = new TestGraph();
        Value x = g.Node("Relu", [g.Input(3, 4, 4)]);
        Value axes = g.Constant(Tensor.Of((long[])[2, 3], 2));
        Value mean = g.Node("ReduceMean", [x, axes]);
        Value centered = g.Node("Sub", [x, mean]);
        Value square = g.Node("Mul", [centered, centered]);
        Value variance = g.Node("ReduceMean", [square, axes]);
        Value deviation = g.Node("Sqrt", [g.Node("Add", [variance, g.Constant(Tensor.Scalar(1e-5f))])]);
        Value y = g.Node("Div", [centered, deviation]);
        g.Finish(g.Node("Mul", [y, g.Constant(Tensor.Scalar(2f))]));

        Assert.All(
            new[] { mean, centered, square, variance, deviation },
            v => Assert.StartsWith("it belongs to a normalization", FloatReason.Of(v.Producer!), StringComparison.Ordinal));
        Assert.Equal("there is no integer kernel for Div of two computed tensors", FloatReason.Of(y.Producer!));
    }

    /// <summary>What else reads a tensor wants its codes.</summary>
    [Fact]
    public void Of_OperatorWhoseOutputIsReadBesides_IsNotTheNormalization()
    {
        var g = new TestGraph();
        Value x = g.Node("Mul", [g.Input(3, 4), g.Constant(Tensor.Scalar(2f))]);
        Value y = g.Node("Div", [x, g.Node("ReduceSum", [g.Node("Abs", [x])])]);
        g.Finish(g.Node("Concat", [x, y], ("axis", 1L)));

        Assert.StartsWith("there are no codes of", FloatReason.Of(x.Producer!), StringComparison.Ordinal);
    }

    /// <summary>Transposes and shapes may be the compiler's own: the model has the tensor before them.</summary>
    [Fact]
    public void Of_OperatorBehindATranspose_NamesTheTensorBeforeIt()
    {
        var g = new TestGraph();
        Value x = g.Node("LogSoftmax", [g.Input(3, 4)]);
        Value turned = g.Node("Transpose", [x], ("perm", new long[] { 0, 2, 1 }));
        Value y = g.Node("Mul", [turned, g.Constant(Tensor.Scalar(2f))]);
        g.Finish(y);

        Assert.Equal($"there are no codes of '{x.Name}', which it reads", FloatReason.Of(y.Producer!));
    }

    /// <summary>A stack of matrices has no integer product, whether or not there are codes of what it multiplies.</summary>
    [Fact]
    public void Of_ProductWithAStackOfWeights_IsTheStack()
    {
        var g = new TestGraph();
        Value y = g.Node("MatMul", [g.Input(1, 5, 6), g.Constant(Tensor.Of(new float[72], 3, 6, 4))]);
        g.Finish(y);

        Assert.Equal("its weights are not one matrix", FloatReason.Of(y.Producer!));
    }

    [Fact]
    public void Of_ProductWithWeightsOnTheLeft_IsTheirSide()
    {
        var g = new TestGraph();
        Value y = g.Node("MatMul", [g.Constant(Tensor.Of(new float[24], 4, 6)), g.Input(6, 5)]);
        g.Finish(y);

        Assert.StartsWith("its weights are on the left", FloatReason.Of(y.Producer!), StringComparison.Ordinal);
    }

    /// <summary>What is said of a function tells whether there is no kernel at all, or none of two tensors that are computed.</summary>
    [Theory]
    [InlineData("LogSoftmax", 0, "there is no integer kernel for LogSoftmax")]
    [InlineData("Pow", 4, "there is no integer kernel for Pow")]
    [InlineData("Pow", 0, "there is no integer kernel for Pow of two computed tensors")]
    [InlineData("Gemm", 0, "there is no integer kernel for Gemm")]
    [InlineData("Div", 0, "there is no integer kernel for Div of two computed tensors")]
    public void Of_FunctionWithoutKernel_SaysOfHowManyTensors(string type, int constants, string expected)
    {
        var g = new TestGraph();
        Value other = constants > 0 ? g.Constant(Tensor.Of(new float[constants], constants))
            : type == "Gemm" ? g.FixedInput(4, 4) : g.FixedInput(4);
        Value y = g.Node(type, type == "LogSoftmax" ? [g.Input(4)] : [g.Input(4), other]);
        g.Finish(y);

        Assert.Equal(expected, FloatReason.Of(y.Producer!));
    }

    /// <summary>Where all that it reads has codes, the reason is what becomes of what it makes.</summary>
    [Theory]
    [InlineData("output", "'{0}', which it makes, is an output of the model")]
    [InlineData("float", "there are no codes of '{0}', which it makes")]
    [InlineData("view, float", "there are no codes of '{0}', which it makes")]
    [InlineData("codes, float", "'{0}', which it makes, is read in float too")]
    [InlineData("view, codes, float", "'{0}', which it makes, is read in float too")]
    [InlineData("codes, view, float", "'{0}', which it makes, is read in float too")]
    [InlineData("codes", "its codes have a scale for each channel, or values that the kernel has no codes for")]
    [InlineData("view, codes", "its codes have a scale for each channel, or values that the kernel has no codes for")]
    public void Of_OperatorThatReadsCodes_SaysWhoReadsItsResult(string readers, string expected)
    {
        var g = new TestGraph();
        Value y = g.Node("Mul", [g.Codes(g.Input(3, 4)), g.Codes(g.Input(3, 4))]);
        var outputs = new List<Value>();
        Value seen = y;
        foreach (string reader in readers.Split(", "))
        {
            switch (reader)
            {
                case "view":
                    seen = g.Node("Reshape", [y, g.Constant(Tensor.Of([-1L, 12], 2))]);
                    break;
                case "codes":
                    outputs.Add(g.Codes(seen));
                    break;
                case "float":
                    outputs.Add(g.Node("LogSoftmax", [seen]));
                    break;
                default:
                    outputs.Add(seen);
                    break;
            }
        }

        g.Finish([.. outputs]);

        Assert.Equal(string.Format(null, expected, y.Name), FloatReason.Of(y.Producer!));
    }

    [Theory]
    [InlineData(QuantizedMatrixProduct.MaximumInner, "one of its operands has a scale for each channel")]
    [InlineData(QuantizedMatrixProduct.MaximumInner + 1, "sums of more than")]
    public void Of_ProductOfCodes_IsTheSumOrTheScale(long inner, string expected)
    {
        var g = new TestGraph();
        Value y = g.Node("MatMul", [g.Codes(g.Input(3, inner)), g.Codes(g.Input(inner, 2))]);
        g.Finish(g.Codes(y));

        Assert.StartsWith(expected, FloatReason.Of(y.Producer!), StringComparison.Ordinal);
    }

    /// <summary>Weights that run over more than 255 codes have none of 8 bits around zero.</summary>
    [Theory]
    [InlineData(4, "its weights have no symmetric 8-bit codes")]
    [InlineData(5, "volumes are convolved in float")]
    public void Of_ConvolutionOfCodes_IsItsWeightsOrItsRank(int rank, string expected)
    {
        var g = new TestGraph();
        long[] sizes = [.. Enumerable.Repeat(2L, rank - 2)];
        int count = (int)Math.Pow(2, rank);
        Value weights = g.Node("DequantizeLinear",
            [
                g.Constant(Tensor.Of([.. Enumerable.Range(0, count).Select(i => (sbyte)((i * 37) - 128))], [2, 2, .. sizes])),
                g.Constant(Tensor.Scalar(0.01f)), g.Constant(Tensor.Of(new sbyte[] { 100 }, [])),
            ]);
        g.Finish(g.Codes(g.Node("Conv", [g.Codes(g.Input([2, .. sizes.Select(s => 2 * s)])), weights])));

        Node convolution = Assert.Single(
            LoweredGraph.Lower(g.Graph).Nodes, n => n.Is(Domains.Internal, InternalOperators.Convolution));
        Assert.StartsWith(expected, FloatReason.Of(convolution), StringComparison.Ordinal);
    }
}

/// <summary>What the graphs of these tests are written with.</summary>
file static class CodedGraph
{
    /// <summary>A tensor as 8-bit codes say it.</summary>
    public static Value Codes(this TestGraph graph, Value value)
    {
        Value?[] parameters = [graph.Constant(Tensor.Scalar(0.02f)), graph.Constant(Tensor.Of((byte[])[128], []))];
        Value codes = graph.Node("QuantizeLinear", [value, .. parameters]);
        codes.Quantization = new QuantizationParameters(0.02f, 128);
        return graph.Node("DequantizeLinear", [codes, .. parameters]);
    }
}
