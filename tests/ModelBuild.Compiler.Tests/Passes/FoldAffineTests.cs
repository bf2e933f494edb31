using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Passes;

public sealed class FoldAffineTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_BatchNormalizationAfterConv_GoesIntoWeights(bool hasBias)
    {
        var test = new PassTest();
        Value x = test.Input("x", 2, 3, 6, 6);
        Value?[] inputs = hasBias ? [x, test.Random("w", 4, 3, 3, 3), test.Random("b", 4)] : [x, test.Random("w", 4, 3, 3, 3)];
        Value conv = test.Node("Conv", "conv", inputs, ("pads", new long[] { 1, 1, 1, 1 }));
        test.Output(Normalize(test, conv, 4));

        test.RunAndCompare(new FoldAffine());

        Assert.Equal("Conv", test.Operators);
        Assert.Equal("conv + bn", test.Graph.Nodes[0].Name);
        Assert.Equal("w", test.Graph.Nodes[0].Required(1).Name);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Run_BatchNormalizationByWhatTheRunKnows_Stays(int computed)
    {
        var test = new PassTest();
        Value conv = test.Node("Conv", "conv", [test.Input("x", 2, 3, 6, 6), test.Random("w", 4, 3, 3, 3)]);
        Value positive = test.Node("Exp", "exp", [test.Input("v", 4)]);
        Value[] parameters =
            [test.Random("scale", 4), test.Random("shift", 4), test.Random("mean", 4), test.Constant("variance", 1, 2, 3, 0.5f)];
        parameters[computed - 1] = positive;
        test.Output(test.Node("BatchNormalization", "bn", [conv, .. parameters]));

        test.RunAndCompare(new FoldAffine());

        Assert.Equal("Conv Exp BatchNormalization", test.Operators);
    }

    [Fact]
    public void Run_GroupedConvThenMulAddSubDiv_GoIntoWeights()
    {
        var test = new PassTest();
        Value conv = test.Node("Conv", "conv", [test.Input("x", 1, 4, 9), test.Random("w", 8, 1, 3)], ("group", 4L));
        Value mul = test.Node("Mul", "mul", [conv, test.Random("m", 8, 1)]);
        Value add = test.Node("Add", "add", [test.Random("a", 1, 8, 1), mul]);
        Value from = test.Node("Sub", "from", [test.Constant("one", 1), add]);
        Value less = test.Node("Sub", "less", [from, test.Constant("two", 2)]);
        test.Output(test.Node("Div", "div", [less, test.Constant("three", 3)]));

        test.RunAndCompare(new FoldAffine());

        Assert.Equal("Conv", test.Operators);
    }

    [Fact]
    public void Run_GemmThenAddOfRow_GoesIntoBias()
    {
        var test = new PassTest();
        Value gemm = test.Node("Gemm", "fc", [test.Input("x", 5, 6), test.Random("w", 4, 6), test.Random("b", 4)], ("transB", 1L));
        test.Output(test.Node("Add", "add", [gemm, test.Random("c", 1, 4)]));

        test.RunAndCompare(new FoldAffine());

        Assert.Equal("Gemm", test.Operators);
    }

    [Fact]
    public void Run_WeightsAreSharedByTwoConvs_OnlyOneChanges()
    {
        var test = new PassTest();
        Value w = test.Random("w", 4, 4, 1, 1);
        Value first = test.Node("Conv", "first", [test.Input("x", 1, 4, 3, 3), w]);
        Value scaled = test.Node("Mul", "mul", [first, test.Random("m", 4, 1, 1)]);
        test.Output(test.Node("Conv", "second", [scaled, w]));

        test.RunAndCompare(new FoldAffine());

        Assert.Equal("Conv Conv", test.Operators);
    }

    [Fact]
    public void Run_SummandVariesAlongPixels_Stays()
    {
        var test = new PassTest();
        Value conv = test.Node("Conv", "conv", [test.Input("x", 1, 2, 3, 3), test.Random("w", 4, 2, 1, 1)]);
        test.Output(test.Node("Add", "add", [conv, test.Random("a", 4, 3, 3)]));

        test.RunAndCompare(new FoldAffine());

        Assert.Equal("Conv Add", test.Operators);
    }

    [Fact]
    public void Run_ConvIsReadTwiceOrObserved_Stays()
    {
        var test = new PassTest();
        Value conv = test.Node("Conv", "conv", [test.Input("x", 1, 2, 3, 3), test.Random("w", 4, 2, 1, 1)]);
        Value second = test.Node("Conv", "second", [conv, test.Random("v", 4, 4, 1, 1)]);
        test.Output(test.Node("Mul", "mul", [conv, test.Random("m", 4, 1, 1)]),
            test.Node("Mul", "double", [second, test.Constant("two", 2)]));
        test.Graph.Observed.Add("second");

        test.RunAndCompare(new FoldAffine());

        Assert.Equal("Conv Conv Mul Mul", test.Operators);
    }

    [Fact]
    public void Run_WeightsAreDequantized_StayIntegers()
    {
        var test = new PassTest();
        Value weights = test.Node("DequantizeLinear", "dq",
            [test.Constant("w", Tensor.Of((sbyte[])[3, -5], 2, 1, 1, 1)), test.Constant("s", 0.5f)]);
        Value conv = test.Node("Conv", "conv", [test.Input("x", 1, 1, 3, 3), weights]);
        test.Output(test.Node("Mul", "mul", [conv, test.Constant("two", 2)]));

        test.RunAndCompare(PortablePasses.All);

        Assert.Equal("DequantizeLinear Conv Mul", test.Operators);
    }

    [Fact]
    public void MergeAffine_BatchNormalizationWithNothingBefore_BecomesMulAdd()
    {
        var test = new PassTest();
        test.Output(Normalize(test, test.Input("x", "batch", 4, 5), 4));

        test.RunAndCompare(new MergeAffine(), ("batch", 3));

        Assert.Equal("Mul Add", test.Operators);
    }

    [Fact]
    public void MergeAffine_ChainAlongAnyAxis_BecomesMulAdd()
    {
        var test = new PassTest();
        Value y = test.Node("Sub", "sub", [test.Input("x", "batch", 4, 5, 3), test.Random("mean", 3)]);
        y = test.Node("Div", "div", [y, test.Constant("deviation", 1, 2, 3)]);
        y = test.Node("Sub", "from", [test.Constant("one", 1), y]);
        test.Output(test.Node("Mul", "y", [test.Constant("two", 2), y]));

        test.RunAndCompare(new MergeAffine(), ("batch", 2));

        Assert.Equal("Add Mul Add", test.Operators);
        Assert.Equal(3, test.Graph.Nodes[0].Required(1).Constant!.Length);
    }

    /// <summary>
    /// Air pressure in Pa, a coordinate in degrees, a year: what is left of them in float32 when the product comes first is rounding.
    /// </summary>
    [Fact]
    public void MergeAffine_MeanIsLargeAgainstTheDeviation_TakesTheMeanOffFirst()
    {
        var test = new PassTest();
        Value y = test.Node("Sub", "sub", [test.Input("x", 1, 3), test.Constant("mean", 101_325, 47.123f, 2024.5f)]);
        y = test.Node("Div", "div", [y, test.Constant("deviation", 0.5f, 0.0001f, 0.25f)]);
        test.Output(test.Node("Mul", "y", [y, test.Constant("half", 0.3f)]));
        float[] x = [101_325.5f, 47.12307f, 2024.25f];

        PassRunner.Run(PortablePasses.All, test.Graph, test.Context);

        Assert.Equal("Add Mul", test.Operators);
        Assert.Equal(
            0, Difference(
                test, x, i => (x[i] - Constant(i, 101_325, 47.123f, 2024.5f)) / (double)Constant(i, 0.5f, 0.0001f, 0.25f) * 0.3f), 1e-5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void MergeAffine_NormalizationWithLargeMean_TakesTheMeanOffFirst(int sign)
    {
        var test = new PassTest();
        test.Output(test.Node(
            "BatchNormalization", "bn",
            [
                test.Input("x", 1, 2), test.Constant("scale", 1.5f, 0.5f), test.Constant("shift", 0.25f, -1),
                test.Constant("mean", sign * 101_325, sign * 2024.5f), test.Constant("variance", 0.25f, 0.5f),
            ],
            ("epsilon", 1e-6f)));
        float[] x = [sign * 101_325.5f, sign * 2024.25f];

        PassRunner.Run(PortablePasses.All, test.Graph, test.Context);

        Assert.Equal("Add Mul Add", test.Operators);
        Assert.Equal(0, Difference(test, x, i => ((x[i] - Constant(i, sign * 101_325, sign * 2024.5f)) * (double)Constant(i, 1.5f, 0.5f)
            / Math.Sqrt(Constant(i, 0.25f, 0.5f) + 1e-6)) + Constant(i, 0.25f, -1)), 1e-5);
    }

    /// <summary>One sum for both would have to be rounded, to 0.0078 at this size.</summary>
    [Fact]
    public void MergeAffine_SumsThatFloat32CannotSayAsOne_StayTwo()
    {
        var test = new PassTest();
        Value y = test.Node("Sub", "sub", [test.Input("x", 1, 1), test.Constant("mean", 101_325)]);
        test.Output(test.Node("Add", "add", [y, test.Constant("small", 0.3f)]));

        PassRunner.Run(PortablePasses.All, test.Graph, test.Context);

        Assert.Equal("Add Add", test.Operators);
        Assert.Equal(0, Difference(test, [101_325], _ => 0.3f), 1e-7);
    }

    /// <summary>The product in between is infinite, or zero, and stays that.</summary>
    [Theory]
    [InlineData(1e30f, 1e-30f)]
    [InlineData(1e-30f, 1e30f)]
    [InlineData(float.NaN, 1f)]
    [InlineData(float.PositiveInfinity, 2f)]
    public void Run_FactorsThatLeaveTheRangeOfFloat32_StayApart(float first, float second)
    {
        foreach (bool afterConv in new[] { false, true })
        {
            var test = new PassTest();
            Value x = test.Input("x", 1, 2, 1, 1);
            Value y = afterConv ? test.Node("Conv", "conv", [x, test.Random("w", 2, 2, 1, 1)]) : x;
            y = test.Node("Mul", "first", [y, test.Constant("a", first)]);
            test.Output(test.Node("Mul", "second", [y, test.Constant("b", second)]));

            PassRunner.Run(PortablePasses.All, test.Graph, test.Context);

            Assert.Equal(second == 1 ? 1 : 2, test.Graph.Nodes.Count(n => n.Is("Mul")));
        }
    }

    /// <summary>Weights that are nothing any more when a factor is in them, and a bias that is infinite.</summary>
    [Theory]
    [InlineData(1e-25f, 0f, 1e-10f, false)]
    [InlineData(1f, 1e30f, 1e10f, false)]
    [InlineData(1f, -1e30f, 1e10f, false)]
    [InlineData(1e-35f, 0f, 1.5f, true)]
    public void Run_FactorOfOneChannel_GoesIntoWeightsThatHoldIt(float weight, float bias, float factor, bool isFolded)
    {
        var test = new PassTest();
        Value conv = test.Node(
            "Conv", "conv",
            [test.Input("x", 1, 1, 3, 3), test.Constant("w", Tensor.Of([weight, 1], 2, 1, 1, 1)), test.Constant("b", bias, 0)]);
        test.Output(test.Node("Mul", "mul", [conv, test.Constant("c", Tensor.Of([factor, 2], 2, 1, 1))]));

        PassRunner.Run([new FoldAffine()], test.Graph, test.Context);

        Assert.Equal(isFolded ? "Conv" : "Conv Mul", test.Operators);
    }

    /// <summary>A name of a module deep in a network, which no other was joined to yet.</summary>
    [Fact]
    public void Run_NodeOfALongName_IsNamedWithTheOther()
    {
        var test = new PassTest();
        string name = new('n', 300);
        Value conv = test.Node("Conv", name, [test.Input("x", 1, 2, 3, 3), test.Random("w", 4, 2, 1, 1)]);
        test.Output(Normalize(test, conv, 4));

        test.RunAndCompare(new FoldAffine());

        Assert.Equal(name + " + bn", test.Graph.Nodes[0].Name);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(-2f)]
    public void Run_FactorIsZeroOrNegative_GoesIntoWeights(float factor)
    {
        var test = new PassTest();
        Value conv = test.Node("Conv", "conv", [test.Input("x", 1, 2, 3, 3), test.Random("w", 2, 2, 1, 1), test.Random("b", 2)]);
        test.Output(test.Node("Mul", "mul", [conv, test.Constant("c", Tensor.Of([factor, 1f], 2, 1, 1))]));

        test.RunAndCompare(new FoldAffine());

        Assert.Equal("Conv", test.Operators);
    }

    [Fact]
    public void Run_DivisorHasZeros_Stays()
    {
        var test = new PassTest();
        Value conv = test.Node("Conv", "conv", [test.Input("x", 1, 2, 3, 3), test.Random("w", 2, 2, 1, 1)]);
        test.Output(test.Node("Div", "div", [conv, test.Constant("c", Tensor.Of([0f, 2], 2, 1, 1))]));

        test.RunAndCompare(PortablePasses.All);

        Assert.Equal("Conv Div", test.Operators);
    }

    /// <summary>A constant of more dimensions than the tensor makes more of it: [1, 4] + [3, 1, 1] is [3, 1, 4].</summary>
    [Theory]
    [InlineData("Add")]
    [InlineData("Sub")]
    [InlineData("Mul")]
    [InlineData("Div")]
    public void Run_ConstantWidensTheTensor_Stays(string type)
    {
        var test = new PassTest();
        Value gemm = test.Node("Gemm", "fc", [test.Input("x", 1, 6), test.Random("w", 4, 6)], ("transB", 1L));
        Value wide = test.Node(type, "wide", [gemm, test.Constant("c", Tensor.Of([2f, 2, 2], 3, 1, 1))]);
        test.Output(test.Node("Relu", "y", [wide]));

        test.RunAndCompare(PortablePasses.All);

        Assert.Equal([3, 1, 4], test.Graph.Outputs[0].KnownShape.ToConstant());
        Assert.Equal(3, test.Graph.Nodes.Count);
    }

    [Theory]
    [InlineData("Sub", "Add")]
    [InlineData("Div", "Mul")]
    [InlineData("Mul", "Mul")]
    public void MergeAffine_OneOperation_IsSumOrProduct(string type, string expected)
    {
        var test = new PassTest();
        test.Output(test.Node(type, "y", [test.Input("x", 2, 3), test.Constant("c", 3)]));

        test.RunAndCompare(new MergeAffine());

        Assert.Equal(expected, test.Operators);
    }

    /// <summary>A sum behind a power of two, which rounds nothing, goes in front of it: (4·x + c) · 3 is (x + c/4) · 12.</summary>
    [Fact]
    public void MergeAffine_SumBehindAPowerOfTwo_GoesBeforeTheProduct()
    {
        var test = new PassTest();
        Value y = test.Node("Mul", "four", [test.Input("x", 2, 3), test.Constant("f", 4)]);
        y = test.Node("Add", "sum", [y, test.Constant("c", 3)]);
        test.Output(test.Node("Mul", "y", [y, test.Constant("g", 3)]));

        test.RunAndCompare(new MergeAffine());

        Assert.Equal("Add Mul", test.Operators);
        Assert.Equal([0.75f], test.Graph.Nodes[0].Required(1).Constant!.ToFloats());
        Assert.Equal([12f], test.Graph.Nodes[1].Required(1).Constant!.ToFloats());
    }

    [Fact]
    public void MergeAffine_ConstantsWouldGrow_StaysApart()
    {
        var test = new PassTest();
        Value y = test.Node("Mul", "rows", [test.Input("x", 1, 6, 7), test.Random("r", 6, 1)]);
        test.Output(test.Node("Mul", "columns", [y, test.Random("c", 7)]));

        test.RunAndCompare(new MergeAffine());

        Assert.Equal("Mul Mul", test.Operators);
    }

    /// <summary>A normalization is part of the chain, wherever it stands.</summary>
    [Fact]
    public void MergeAffine_NormalizationInAChain_IsPartOfIt()
    {
        var test = new PassTest();
        Value y = test.Node("Mul", "mul", [test.Input("x", 2, 4, 5), test.Random("f", 4, 1)]);
        test.Output(test.Node("Sub", "sub", [Normalize(test, y, 4), test.Constant("c", 0.3f)]));

        test.RunAndCompare(new MergeAffine());

        Assert.Equal("Mul Add", test.Operators);
    }

    /// <summary>Factors beyond what is merged are arithmetic all the same: no kernel normalizes.</summary>
    [Fact]
    public void MergeAffine_NormalizationByHardlyAnyDeviation_IsProductAndSum()
    {
        var test = new PassTest();
        test.Output(test.Node(
            "BatchNormalization", "bn",
            [test.Input("x", 1, 2), test.Constant("scale", 1, 2), test.Constant("shift", 0.5f, -1), test.Constant("mean", 0, 0),
                test.Constant("variance", 0, 1)],
            ("epsilon", 1e-30f)));

        test.RunAndCompare(new MergeAffine());

        Assert.Equal("Mul Add", test.Operators);
    }

    /// <summary>A sum of zeros may be there for its dimensions.</summary>
    [Fact]
    public void MergeAffine_SumOfZerosThatWidens_Stays()
    {
        var test = new PassTest();
        Value wide = test.Node("Add", "wide", [test.Input("x", 2, 4), test.Constant("z", Tensor.Of(new float[3], 3, 1, 1))]);
        test.Output(test.Node("Mul", "y", [wide, test.Constant("two", 2)]));

        test.RunAndCompare(new MergeAffine());

        Assert.Equal("Add Mul", test.Operators);
    }

    /// <summary>Something has to write the output.</summary>
    [Fact]
    public void MergeAffine_SumsThatUndoEachOther_AreOneNode()
    {
        var test = new PassTest();
        Value y = test.Node("Add", "add", [test.Input("x", 2, 4), test.Constant("c", 3)]);
        test.Output(test.Node("Sub", "y", [y, test.Constant("d", 3)]));

        test.RunAndCompare(new MergeAffine());

        Assert.Single(test.Graph.Nodes);
    }

    /// <summary>Around a factor that rounds nothing, as without it: one sum for both would have to be rounded.</summary>
    [Fact]
    public void MergeAffine_SumsAroundAPowerOfTwoThatFloat32CannotSayAsOne_StayTwo()
    {
        var test = new PassTest();
        Value y = test.Node("Add", "add", [test.Input("x", 1, 1), test.Constant("c", -101_325)]);
        y = test.Node("Mul", "two", [y, test.Constant("f", 2)]);
        y = test.Node("Add", "small", [y, test.Constant("e", 0.3f)]);
        test.Output(test.Node("Mul", "y", [y, test.Constant("g", 0.7f)]));

        PassRunner.Run(PortablePasses.All, test.Graph, test.Context);

        Assert.Equal("Add Mul Add Mul", test.Operators);
        Assert.Equal(0, Difference(test, [101_325], _ => 0.3f * 0.7f), 1e-7);
    }

    private static Value Normalize(PassTest test, Value x, long channels)
    {
        float[] variances = [.. test.RandomTensor(channels).ToFloats().Select(v => Math.Abs(v) + 0.1f)];
        return test.Node(
            "BatchNormalization", "bn",
            [x, test.Random("scale", channels), test.Random("shift", channels), test.Random("mean", channels),
                test.Constant("variance", Tensor.Of(variances, channels))],
            ("epsilon", 0.01f));
    }

    private static float Constant(int index, params ReadOnlySpan<float> values) => values[index];

    /// <summary>The largest difference of what the graph's kernels compute in float32 from a formula.</summary>
    private static double Difference(PassTest test, float[] x, Func<int, double> formula)
    {
        float[] y = LoweredGraph.Run(
            test.Graph, new Dictionary<string, Tensor>(StringComparer.Ordinal) { ["x"] = Tensor.Of(x, 1, x.Length) }).ToFloats();
        return y.Select((v, i) => Math.Abs(v - formula(i))).Max();
    }
}
