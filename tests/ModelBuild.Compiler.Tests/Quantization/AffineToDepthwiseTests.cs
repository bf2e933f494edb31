using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization;

/// <summary>A factor and a summand of each channel as a convolution of one element.</summary>
public sealed class AffineToDepthwiseTests
{
    [Theory]
    [InlineData(false, "Conv Conv")]
    [InlineData(true, "Conv Conv Relu Conv")]
    public void Run_ProductThenSum_IsOneConvolutionWhereNobodyElseReadsTheProduct(bool isRead, string operators)
    {
        var test = new PassTest();
        Value anchor = test.Node("Conv", "anchor", [test.Input("x", 1, 4, 5, 6), test.Random("w", 4, 4, 1, 1)]);
        Value product = test.Node("Mul", "product", [anchor, test.Random("factors", 4, 1, 1)]);
        Value sum = test.Node("Add", "sum", [product, test.Random("terms", 4, 1, 1)]);
        test.Output(isRead ? [sum, test.Node("Relu", "relu", [product])] : [sum]);

        test.RunAndCompare([new AffineToDepthwise()], 1e-4);

        Assert.Equal(operators, test.Operators);
    }
}
