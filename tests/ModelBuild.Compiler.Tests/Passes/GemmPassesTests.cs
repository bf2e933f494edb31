using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Passes;

/// <summary>
/// MatMulToGemm, NormalizeGemm, FoldBias and PullThroughDequantize, which together make one form of all fully connected layers.
/// </summary>
public sealed class GemmPassesTests
{
    [Theory]
    [InlineData(0L, 0L, 1f, 1f)]
    [InlineData(1L, 0L, 0.5f, 1f)]
    [InlineData(0L, 1L, 1f, 2f)]
    [InlineData(1L, 1L, -2f, 0f)]
    [InlineData(2L, -1L, 1f, 1f)]
    public void Run_GemmWithConstantWeights_HasOneForm(long transA, long transB, float alpha, float beta)
    {
        var test = new PassTest();
        Value a = transA != 0 ? test.Input("a", 6, 5) : test.Input("a", 5, 6);
        Value b = transB != 0 ? test.Random("b", 4, 6) : test.Random("b", 6, 4);
        (string, AttributeValue)[] attributes = [("alpha", alpha), ("beta", beta), ("transA", transA), ("transB", transB)];
        test.Output(test.Node("Gemm", "fc", [a, b, test.Random("c", 1, 4)], attributes));

        test.RunAndCompare(PortablePasses.All);

        Node gemm = test.Graph.Nodes[^1];
        Assert.Equal(transA != 0 ? "Transpose Gemm" : "Gemm", test.Operators);
        Assert.True(gemm.Int("transA") == 0 && gemm.Int("transB") != 0 && !gemm.Has("alpha") && !gemm.Has("beta"));
        Assert.True(gemm.Required(1).IsConstant);
        Assert.True(gemm.Input(2) is null || gemm.Input(2)!.KnownShape.Equals(Shape.Of(4)));
    }

    /// <summary>Weights that a factor would make infinite stay as they are: their products with small inputs are not.</summary>
    [Theory]
    [InlineData(1e38f, 8f)]
    [InlineData(1e37f, 8f)]
    [InlineData(1e38f, -0.125f)]
    public void Run_FactorOfLargeWeights_StaysFinite(float weight, float alpha)
    {
        var test = new PassTest();
        Value small = test.Node("Mul", "small", [test.Input("a", 5, 2), test.Constant("s", 1e-3f)]);
        Value weights = test.Constant("b", Tensor.Of([weight, -weight, weight / 2, weight / 4], 2, 2));
        test.Output(test.Node("Gemm", "fc", [small, weights], ("alpha", alpha)));

        test.RunAndCompare(PortablePasses.All);

        Assert.All(test.Graph.Nodes, n => Assert.False(n.Is("Gemm") && n.Has("alpha")));
    }

    [Fact]
    public void Run_AddendHasRows_BecomesAdd()
    {
        var test = new PassTest();
        test.Output(test.Node("Gemm", "fc", [test.Input("a", 5, 6), test.Random("b", 6, 4), test.Random("c", 5, 1)]));

        test.RunAndCompare(PortablePasses.All);

        Assert.Equal("Gemm Add", test.Operators);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(1, 4)]
    [InlineData(1)]
    public void Run_AddendIsComputed_BecomesAdd(params int[] shape)
    {
        var test = new PassTest();
        Value addend = test.Input("c", [.. shape.Cast<object>()]);
        test.Output(test.Node("Gemm", "fc", [test.Input("a", 5, 6), test.Random("b", 6, 4), addend]));

        test.RunAndCompare(PortablePasses.All);

        Assert.Equal("Gemm Add", test.Operators);
    }

    [Fact]
    public void Run_MatMulOfMatrixAndConstantThenAdd_BecomesGemmWithBias()
    {
        var test = new PassTest();
        Value product = test.Node("MatMul", "mm", [test.Input("x", "batch", 6), test.Random("w", 6, 4)]);
        test.Output(test.Node("Add", "add", [test.Random("b", 4), product]));

        test.RunAndCompare(PortablePasses.All, symbols: ("batch", 3));

        Assert.Equal("Gemm", test.Operators);
        Assert.Equal("mm + add", test.Graph.Nodes[0].Name);
    }

    [Fact]
    public void Run_MatMulOfThreeDimensions_StaysMatMul()
    {
        var test = new PassTest();
        test.Output(test.Node("MatMul", "mm", [test.Input("x", 2, 3, 6), test.Random("w", 6, 4)]));

        test.RunAndCompare(PortablePasses.All);

        Assert.Equal("MatMul", test.Operators);
    }

    [Fact]
    public void Run_MatMulOfAMatrixAndSeveral_StaysMatMul()
    {
        var test = new PassTest();
        test.Output(test.Node("MatMul", "mm", [test.Input("x", 3, 6), test.Random("w", 2, 6, 4)]));

        test.RunAndCompare(PortablePasses.All);

        Assert.Equal("MatMul", test.Operators);
    }

    [Fact]
    public void Run_MatMulOfIntegers_StaysMatMul()
    {
        var test = new PassTest();
        Value x = test.Node("Cast", "cast", [test.Input("x", 3, 2)], ("to", (long)DataType.Int32));
        test.Output(test.Node("MatMul", "mm", [x, test.Constant("w", Tensor.Of([1, 2, 3, 4], 2, 2))]));

        test.RunAndCompare(PortablePasses.All);

        Assert.Equal("Cast MatMul", test.Operators);
    }

    [Fact]
    public void Run_DequantizedWeights_AreTransposedAsIntegersWithTheirAxis()
    {
        var test = new PassTest();
        Value weights = test.Constant("w", Tensor.Of((sbyte[])[1, 2, 3, 4, 5, 6], 3, 2));
        Value real = test.Node("DequantizeLinear", "dq", [weights, test.Constant("s", 0.5f, 0.25f)], ("axis", 1L));
        Value product = test.Node("MatMul", "mm", [test.Input("x", 4, 3), real]);
        test.Output(test.Node("Add", "add", [product, test.Constant("b", 1, 2)]));

        test.RunAndCompare(PortablePasses.All);

        Assert.Equal("DequantizeLinear Gemm", test.Operators);
        Node dequantize = test.Graph.Nodes[0];
        Assert.Equal([1, 3, 5, 2, 4, 6], dequantize.Required(0).Constant!.Span<sbyte>().ToArray().Select(v => (int)v));
        Assert.Equal(0, dequantize.Int("axis", 1));
        Assert.Equal([1f, 2f], test.Graph.Nodes[1].Required(2).Constant!.ToFloats());
    }

    /// <summary>Factors go into the scales, so that the product still reads codes.</summary>
    [Fact]
    public void Run_FactorsOfDequantizedConstants_GoIntoTheirScales()
    {
        var test = new PassTest();
        Value zero = test.Constant("z", Tensor.Of((sbyte[])[3, -1], 2));
        Value weights = test.Node("DequantizeLinear", "wdq",
            [test.Constant("w", Tensor.Of((sbyte[])[1, 2, 3, 4, 5, 6], 3, 2)), test.Constant("s", 0.5f, 0.25f), zero], ("axis", 1L));
        Value bias = BiasInCodes(test);
        test.Output(test.Node("Gemm", "fc", [test.Input("x", 4, 3), weights, bias], ("alpha", 0.5f), ("beta", 3f)));

        test.RunAndCompare(PortablePasses.All);

        Assert.Equal("DequantizeLinear DequantizeLinear Gemm", test.Operators);
    }

    /// <summary>A scale is positive, and no factor makes it nothing.</summary>
    [Theory]
    [InlineData(-2f)]
    [InlineData(1e-38f)]
    [InlineData(0f)]
    public void Run_FactorThatIsNoPartOfAScale_IsAProduct(float alpha)
    {
        var test = new PassTest();
        Value weights = WeightsInCodes(test, 3, 2);
        test.Output(test.Node("Gemm", "fc", [test.Input("x", 4, 3), weights], ("alpha", alpha)));

        test.RunAndCompare(PortablePasses.All);

        Assert.Contains(test.Graph.Nodes, n => n.Is("Mul"));
    }

    /// <summary>One number for all columns is no vector of them.</summary>
    [Theory]
    [InlineData]
    [InlineData(1L)]
    [InlineData(1L, 1L)]
    public void Run_DequantizedNumberAsAddend_BecomesAdd(params long[] shape)
    {
        var test = new PassTest();
        Value addend = test.Node("DequantizeLinear", "dq", [test.Constant("b", Tensor.Of((int[])[100], shape)), test.Constant("t", 0.01f)]);
        test.Output(test.Node("Gemm", "fc", [test.Input("x", 2, 3), test.Random("w", 2, 3), addend], ("transB", 1L)));

        test.RunAndCompare(PortablePasses.All);

        Assert.Equal("DequantizeLinear Gemm Add", test.Operators);
    }

    [Fact]
    public void Run_FactorOfWeightsInFloat64_GoesIntoThem()
    {
        var test = new PassTest();
        Value x = test.Node("Cast", "wide", [test.Input("x", 5, 2)], ("to", (long)DataType.Float64));
        Value weights = test.Constant("b", Tensor.FromDoubles(DataType.Float64, [1, -2, 3, 4], [2, 2]));
        test.Output(test.Node("Gemm", "fc", [x, weights], ("alpha", 0.5f)));

        test.RunAndCompare([new NormalizeGemm(), new FoldConstants()]);

        Assert.Equal("Cast Gemm", test.Operators);
        Assert.Equal([0.5, 1.5, -1, 2], test.Graph.Nodes[1].Required(1).Constant!.ToDoubles());
    }

    /// <summary>A bias in codes stays one: behind weights in codes, the convolution is one of integers.</summary>
    [Fact]
    public void Run_ConvolutionOfWeightsAndBiasInCodes_Stays()
    {
        var test = new PassTest();
        Value weights = WeightsInCodes(test, 2, 3, 1);
        Value bias = BiasInCodes(test);
        test.Output(test.Node("Conv", "conv", [test.Input("x", 4, 3, 5), weights, bias]));

        test.RunAndCompare(PortablePasses.All);

        Assert.Equal("DequantizeLinear DequantizeLinear Conv", test.Operators);
    }

    /// <summary>A vector in codes goes along the last axis, which are not the channels of a convolution, though as long.</summary>
    [Fact]
    public void Run_DequantizedRowBehindAConvolution_IsNoBias()
    {
        var test = new PassTest();
        Value weights = WeightsInCodes(test, 2, 3, 1);
        Value row = BiasInCodes(test);
        test.Output(test.Node("Add", "add", [test.Node("Conv", "conv", [test.Input("x", 4, 3, 2), weights]), row]));

        test.RunAndCompare(PortablePasses.All);

        Assert.Equal("DequantizeLinear DequantizeLinear Conv Add", test.Operators);
    }

    [Fact]
    public void Run_DequantizedBiasIsAdded_BecomesBias()
    {
        var test = new PassTest();
        Value weights = WeightsInCodes(test, 2, 3);
        Value bias = BiasInCodes(test);
        Value product = test.Node("Gemm", "fc", [test.Input("x", 4, 3), weights], ("transB", 1L));
        test.Output(test.Node("Add", "add", [product, bias]));

        test.RunAndCompare(PortablePasses.All);

        Assert.Equal("DequantizeLinear DequantizeLinear Gemm", test.Operators);
    }

    [Fact]
    public void Run_ReshapeOfDequantizedTensor_MovesBeforeDequantization()
    {
        var test = new PassTest();
        Value weights = test.Node("DequantizeLinear", "dq",
            [test.Constant("w", Tensor.Of((sbyte[])[1, 2, 3, 4], 4)), test.Constant("s", 0.5f)]);
        Value matrix = test.Node("Reshape", "reshape", [weights, test.Integers("shape", 2, 2)]);
        test.Output(test.Node("MatMul", "mm", [test.Input("x", 1, 3, 2), matrix]));

        test.RunAndCompare(PortablePasses.All);

        Assert.Equal("DequantizeLinear MatMul", test.Operators);
    }

    /// <summary>Where scales belong to an axis, a reshape would have to find it again.</summary>
    [Fact]
    public void Run_ReshapeOfATensorWithScalesOfItsRows_StaysBehindDequantization()
    {
        var test = new PassTest();
        Value weights = test.Node(
            "DequantizeLinear", "dq",
            [test.Constant("w", Tensor.Of((sbyte[])[1, 2, 3, 4, 5, 6, 7, 8], 4, 2)), test.Constant("s", 0.5f, 0.25f, 2, 1)], ("axis", 0L));
        Value matrix = test.Node("Reshape", "reshape", [weights, test.Integers("shape", 2, 4)]);
        test.Output(test.Node("MatMul", "mm", [test.Input("x", 1, 3, 2), matrix]));

        test.RunAndCompare(new PullThroughDequantize());

        Assert.Equal("DequantizeLinear Reshape MatMul", test.Operators);
    }

    /// <summary>The axis of the scales moves with the elements. An exchange of two axes is its own inverse, this order is not.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Run_TransposeOfATensorWithScalesOfAnAxis_TakesTheScalesAlong(int axis)
    {
        var test = new PassTest();
        sbyte[] codes = [.. Enumerable.Range(-12, 24).Select(i => (sbyte)i)];
        float[] scales = [.. Enumerable.Range(1, axis + 2).Select(i => i / 4f)];
        Value weights = test.Node(
            "DequantizeLinear", "dq", [test.Constant("w", Tensor.Of(codes, 2, 3, 4)), test.Constant("s", scales)], ("axis", (long)axis));
        Value turned = test.Node("Transpose", "transpose", [weights], ("perm", new long[] { 1, 2, 0 }));
        test.Output(test.Node("Add", "sum", [test.Input("x", 3, 4, 2), turned]));

        test.RunAndCompare(new PullThroughDequantize());

        Assert.Equal("Transpose DequantizeLinear Add", test.Operators);
    }

    /// <summary>A matrix of one row is a bias, whatever its form.</summary>
    [Fact]
    public void Run_DequantizedRowAsAddend_BecomesTheBias()
    {
        var test = new PassTest();
        Value addend = test.Node(
            "DequantizeLinear", "dq", [test.Constant("b", Tensor.Of((int[])[100, -50], 1, 2)), test.Constant("t", 0.01f)]);
        test.Output(test.Node("Gemm", "fc", [test.Input("x", 2, 3), test.Random("w", 2, 3), addend], ("transB", 1L)));

        test.RunAndCompare(PortablePasses.All);

        Node gemm = test.Graph.Nodes.Single(n => n.Is("Gemm"));
        Assert.Equal(Shape.Of(2), gemm.Input(2)!.Shape);
        Assert.DoesNotContain(test.Graph.Nodes, n => n.Is("Add"));
    }

    /// <summary>What differs from row to row is no bias.</summary>
    [Fact]
    public void Run_DequantizedMatrixAsAddend_BecomesAdd()
    {
        var test = new PassTest();
        Value addend = test.Node(
            "DequantizeLinear", "dq", [test.Constant("b", Tensor.Of((int[])[100, 200, -50, 70], 2, 2)), test.Constant("t", 0.01f)]);
        test.Output(test.Node("Gemm", "fc", [test.Input("x", 2, 3), test.Random("w", 2, 3), addend], ("transB", 1L)));

        test.RunAndCompare(PortablePasses.All);

        Assert.Equal("DequantizeLinear Gemm Add", test.Operators);
    }

    private static Value WeightsInCodes(PassTest test, params long[] shape) => test.Node(
        "DequantizeLinear", "wdq", [test.Constant("w", Tensor.Of((sbyte[])[1, 2, 3, 4, 5, 6], shape)), test.Constant("s", 0.5f)]);

    private static Value BiasInCodes(PassTest test) => test.Node(
        "DequantizeLinear", "bdq", [test.Constant("b", Tensor.Of((int[])[100, 200], 2)), test.Constant("t", 0.01f)]);
}
