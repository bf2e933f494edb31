using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Passes;

/// <summary>MergeClips, FuseHardSwish and RecognizeGlobalPool.</summary>
public sealed class ActivationPassesTests
{
    [Fact]
    public void MergeClips_ReluThenClip_BecomesClip()
    {
        var test = new PassTest();
        Value relu = test.Node("Relu", "relu", [test.Input("x", 40)]);
        test.Output(test.Node("Clip", "clip", [relu, test.Constant("low", -1), test.Constant("high", 2)]));

        test.RunAndCompare(new MergeClips());

        Assert.Equal("Clip", test.Operators);
        Assert.Equal((0f, 2f), Clip.Bounds(test.Graph.Nodes[0]));
        Assert.Equal("clip", test.Graph.Outputs[0].Name);
    }

    [Fact]
    public void MergeClips_MaxAndMinWithConstants_BecomeClip()
    {
        var test = new PassTest();
        Value max = test.Node("Max", "max", [test.Constant("zero", 0), test.Input("x", 40)]);
        test.Output(test.Node("Min", "min", [max, test.Constant("six", 1.5f)]));

        test.RunAndCompare(new MergeClips());

        Assert.Equal("Clip", test.Operators);
    }

    [Fact]
    public void MergeClips_ClipFromZeroOn_BecomesRelu()
    {
        var test = new PassTest();
        test.Output(test.Node("Clip", "clip", [test.Input("x", 40), test.Constant("low", 0), test.Constant("high", float.MaxValue)]));

        test.RunAndCompare(new MergeClips());

        Assert.Equal("Relu", test.Operators);
    }

    [Fact]
    public void MergeClips_DisjointLimits_GiveTheConstantTheyGive()
    {
        var test = new PassTest();
        Value first = test.Node("Clip", "first", [test.Input("x", 40), test.Constant("a", -2), test.Constant("b", -1)]);
        test.Output(test.Node("Relu", "relu", [first]));

        test.RunAndCompare(new MergeClips());

        Assert.Equal("Clip", test.Operators);
    }

    /// <summary>Whether the second limit lies below or above the first, its bounds stay in order.</summary>
    [Theory]
    [InlineData(1, 2, -2, -1, -1)]
    [InlineData(-2, -1, 1, 2, 1)]
    public void MergeClips_DisjointLimits_TakeTheNearerBoundOfTheSecond(float low, float high, float minimum, float maximum, float result)
    {
        var test = new PassTest();
        Value first = test.Node("Clip", "first", [test.Input("x", 40), test.Constant("a", low), test.Constant("b", high)]);
        test.Output(test.Node("Clip", "second", [first, test.Constant("c", minimum), test.Constant("d", maximum)]));

        test.RunAndCompare(new MergeClips());

        Assert.Equal("Clip", test.Operators);
        Assert.Equal((result, result), Clip.Bounds(test.Graph.Nodes[0]));
    }

    [Fact]
    public void MergeClips_FirstIsReadElsewhere_BothStay()
    {
        var test = new PassTest();
        Value relu = test.Node("Relu", "relu", [test.Input("x", 40)]);
        test.Output(relu, test.Node("Clip", "clip", [relu, test.Constant("low", -1), test.Constant("high", 2)]));

        test.RunAndCompare(new MergeClips());

        Assert.Equal("Relu Clip", test.Operators);
    }

    /// <summary>A constant of more dimensions than the tensor has, or longer ones, makes more of it, however equal its elements.</summary>
    [Theory]
    [InlineData("Max", 2, 1)]
    [InlineData("Min", 2, 1)]
    [InlineData("Max", 1, 40)]
    [InlineData("Min", 3, 40)]
    public void MergeClips_ConstantThatMakesTheTensorLarger_Stays(string type, long rows, long columns)
    {
        var test = new PassTest();
        Value bound = test.Constant("bound", Tensor.Of([.. Enumerable.Repeat(0.5f, (int)(rows * columns))], rows, columns));
        test.Output(test.Node(type, "limit", [test.Input("x", 40), bound]));

        test.RunAndCompare(new MergeClips());

        Assert.Equal(type, test.Operators);
        Assert.Equal(new Shape([rows, 40]), test.Graph.Outputs[0].Shape);
    }

    /// <summary>Bounds of integers are more than a float can say.</summary>
    [Fact]
    public void MergeClips_LargestOfIntegers_Stays()
    {
        var test = new PassTest();
        Value x = test.Node("Cast", "cast", [test.Input("x", 40)], ("to", (long)DataType.Int32));
        Value most = test.Node("Max", "max", [x, test.Constant("low", Tensor.Of([16_777_217], []))]);
        test.Output(test.Node("Min", "min", [most, test.Constant("high", Tensor.Of([33_554_433], []))]));

        Assert.False(new MergeClips().Run(test.Graph, test.Context));

        Assert.Equal("Cast Max Min", test.Operators);
    }

    /// <summary>What a bound does that is no number is for the operator to say.</summary>
    [Theory]
    [InlineData(float.NaN, 2f)]
    [InlineData(-1f, float.NaN)]
    public void MergeClips_BoundIsNaN_BothStay(float low, float high)
    {
        var test = new PassTest();
        Value relu = test.Node("Relu", "relu", [test.Input("x", 40)]);
        test.Output(test.Node("Clip", "clip", [relu, test.Constant("low", low), test.Constant("high", high)]));

        Assert.False(new MergeClips().Run(test.Graph, test.Context));

        Assert.Equal("Relu Clip", test.Operators);
    }

    [Theory]
    [InlineData("sigmoid")]
    [InlineData("gate divided")]
    [InlineData("gate multiplied")]
    [InlineData("product divided")]
    public void FuseHardSwish_EveryWayOfWritingIt_BecomesHardSwish(string form)
    {
        var test = new PassTest();
        Value x = test.Input("x", 100);
        if (form == "sigmoid")
        {
            test.Output(test.Node("Mul", "y", [test.Node("HardSigmoid", "gate", [x], ("alpha", 1f / 6), ("beta", 0.5f)), x]));
        }
        else
        {
            Value gate = test.Node("Clip", "gate",
                [test.Node("Add", "plus", [x, test.Constant("three", 3)]), test.Constant("low", 0), test.Constant("high", 6)]);
            test.Output(form switch
            {
                "gate divided" => test.Node("Mul", "y", [x, test.Node("Div", "sixth", [gate, test.Constant("six", 6)])]),
                "gate multiplied" => test.Node("Mul", "y", [test.Node("Mul", "sixth", [test.Constant("six", 1f / 6), gate]), x]),
                _ => test.Node("Div", "y", [test.Node("Mul", "product", [x, gate]), test.Constant("six", 6)]),
            });
        }

        test.RunAndCompare(new FuseHardSwish());

        Assert.Equal("HardSwish", test.Operators);
        Assert.Equal("y", test.Graph.Nodes[0].Name);
    }

    [Fact]
    public void FuseHardSwish_SwishAndOtherSlopes_Stay()
    {
        var test = new PassTest();
        Value x = test.Input("x", 100);
        Value swish = test.Node("Mul", "swish", [x, test.Node("Sigmoid", "s", [x])]);
        test.Output(test.Node("Mul", "y", [swish, test.Node("HardSigmoid", "h", [swish])]));

        test.RunAndCompare(PortablePasses.All);

        Assert.Equal("Sigmoid Mul HardSigmoid Mul", test.Operators);
    }

    /// <summary>A gate is the one of HardSwish only where its slope and its offset both are.</summary>
    [Theory]
    [InlineData(1f / 6, 0.4f)]
    [InlineData(0.2f, 0.5f)]
    public void FuseHardSwish_GateOfAnotherSlopeOrOffset_Stays(float alpha, float beta)
    {
        var test = new PassTest();
        Value x = test.Input("x", 100);
        test.Output(test.Node("Mul", "y", [x, test.Node("HardSigmoid", "gate", [x], ("alpha", alpha), ("beta", beta))]));

        test.RunAndCompare(new FuseHardSwish());

        Assert.Equal("HardSigmoid Mul", test.Operators);
    }

    [Theory]
    [InlineData(1L, "GlobalAveragePool")]
    [InlineData(0L, "GlobalAveragePool Reshape")]
    public void RecognizeGlobalPool_MeanOverSpatialAxes_BecomesPool(long keep, string expected)
    {
        var test = new PassTest();
        test.Output(test.Node("ReduceMean", "mean", [test.Input("x", "batch", 3, 4, 5), test.Integers("axes", -1, 2)], ("keepdims", keep)));

        test.RunAndCompare(new RecognizeGlobalPool(), ("batch", 2));

        Assert.Equal(expected, test.Operators);
    }

    [Fact]
    public void RecognizeGlobalPool_MeanOverOtherAxes_Stays()
    {
        var test = new PassTest();
        test.Output(test.Node("ReduceMean", "mean", [test.Input("x", 2, 3, 4, 5), test.Integers("axes", 1, 2)]));

        test.RunAndCompare(new RecognizeGlobalPool());

        Assert.Equal("ReduceMean", test.Operators);
    }

    [Fact]
    public void RecognizeGlobalPool_AveragePoolOfWholeInput_BecomesGlobal()
    {
        var test = new PassTest();
        test.Output(test.Node("AveragePool", "pool", [test.Input("x", 2, 3, 4, 5)], ("kernel_shape", new long[] { 4, 5 })));

        test.RunAndCompare(new RecognizeGlobalPool());

        Assert.Equal("GlobalAveragePool", test.Operators);
    }

    /// <summary>A single window that leaves the last row and column out.</summary>
    [Fact]
    public void RecognizeGlobalPool_AveragePoolOfOneWindowSmallerThanTheInput_Stays()
    {
        var test = new PassTest();
        test.Output(test.Node(
            "AveragePool", "pool", [test.Input("x", 2, 3, 5, 5)], ("kernel_shape", new long[] { 4, 4 }), ("strides", new long[] { 4, 4 })));

        test.RunAndCompare(new RecognizeGlobalPool());

        Assert.Equal("AveragePool", test.Operators);
    }

    /// <summary>One window as large as the input, but moved by the padding: some of the input lies outside.</summary>
    [Fact]
    public void RecognizeGlobalPool_AveragePoolOfOneWindowWithPadding_Stays()
    {
        var test = new PassTest();
        test.Output(test.Node(
            "AveragePool", "pool", [test.Input("x", 2, 3, 4, 4)], ("kernel_shape", new long[] { 4, 4 }), ("strides", new long[] { 3, 3 }),
            ("pads", new long[] { 1, 1, 1, 1 })));

        test.RunAndCompare(new RecognizeGlobalPool());

        Assert.Equal("AveragePool", test.Operators);
    }
}
