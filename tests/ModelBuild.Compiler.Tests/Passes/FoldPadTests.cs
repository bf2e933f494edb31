using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Passes;

public sealed class FoldPadTests
{
    private static readonly (string, AttributeValue)[] s_kernel = [("kernel_shape", new long[] { 3, 3 })];

    [Fact]
    public void Run_PadBeforeConv_AddsToItsPads()
    {
        var test = new PassTest();
        Value pad = test.Node("Pad", "pad", [test.Input("x", "batch", 2, 5, 6), test.Integers("p", 0, 0, 1, 2, 0, 0, 0, 1)]);
        (string, AttributeValue)[] attributes = [("pads", new long[] { 1, 0, 0, 1 }), ("strides", new long[] { 2, 1 })];
        test.Output(test.Node("Conv", "conv", [pad, test.Random("w", 3, 2, 3, 3)], attributes));

        test.RunAndCompare(new FoldPad(), ("batch", 2));

        Assert.Equal("Conv", test.Operators);
        Assert.Equal([2, 2, 0, 2], test.Graph.Nodes[0].Ints("pads")!);
    }

    /// <summary>Once there are pads, they say it all; a window that finds its own would find others.</summary>
    [Theory]
    [InlineData("Conv", "VALID", true)]
    [InlineData("Conv", "SAME_UPPER", false)]
    [InlineData("AveragePool", "VALID", true)]
    public void Run_PadBeforeAWindowWithPadsByName_KeepsItsMeaning(string type, string padding, bool isFolded)
    {
        var test = new PassTest();
        Value pad = test.Node("Pad", "pad", [test.Input("x", 1, 2, 5, 6), test.Integers("p", 0, 0, 1, 2, 0, 0, 0, 1)]);
        Value?[] inputs = type == "Conv" ? [pad, test.Random("w", 3, 2, 4, 3)] : [pad];
        test.Output(test.Node(type, "window", inputs, ("auto_pad", padding), ("kernel_shape", new long[] { 4, 3 })));

        test.RunAndCompare(new FoldPad());

        Assert.Equal(isFolded ? type : "Pad " + type, test.Operators);
        Assert.Equal(isFolded, !test.Graph.Nodes[^1].Has("auto_pad"));
    }

    [Fact]
    public void Run_PadIsAlsoReadElsewhere_BothGetWhatTheyNeed()
    {
        var test = new PassTest();
        Value pad = test.Node("Pad", "pad", [test.Input("x", 1, 2, 5, 5), test.Integers("p", 0, 0, 1, 1, 0, 0, 1, 1)]);
        test.Output(test.Node("Conv", "conv", [pad, test.Random("w", 3, 2, 3, 3)]), test.Node("Relu", "relu", [pad]));

        test.RunAndCompare(new FoldPad());

        Assert.Equal("Pad Conv Relu", test.Operators);
    }

    [Theory]
    [InlineData(new long[] { 0, 1, 0, 0, 0, 0, 0, 0 }, 0f)]
    [InlineData(new long[] { 0, 0, 0, 0, 0, 1, 0, 0 }, 0f)]
    [InlineData(new long[] { 1, 0, 0, 0, 0, 0, 0, 0 }, 0f)]
    [InlineData(new long[] { 0, 0, 0, 0, 1, 0, 0, 0 }, 0f)]
    [InlineData(new long[] { 0, 0, 1, 1, 0, 0, 1, 1 }, 0.5f)]
    [InlineData(new long[] { 0, 0, -1, 0, 0, 0, 1, 1 }, 0f)]
    public void Run_PadOfChannelsOrWithValueOrNegative_Stays(long[] pads, float value)
    {
        var test = new PassTest();
        Value pad = test.Node("Pad", "pad", [test.Input("x", 1, 2, 5, 5), test.Integers("p", pads), test.Constant("v", value)]);
        test.Output(test.Node("Conv", "conv", [pad, test.Random("w", 3, pad.KnownShape[1].Value, 3, 3)]));

        test.RunAndCompare(new FoldPad());

        Assert.Equal("Pad Conv", test.Operators);
    }

    [Theory]
    [InlineData("reflect")]
    [InlineData("edge")]
    [InlineData("wrap")]
    public void Run_PadContinuesItsInput_Stays(string mode)
    {
        var test = new PassTest();
        Value pad = test.Node(
            "Pad", "pad", [test.Input("x", 1, 2, 5, 5), test.Integers("p", 0, 0, 1, 1, 0, 0, 1, 1)], ("mode", mode));
        test.Output(test.Node("Conv", "conv", [pad, test.Random("w", 3, 2, 3, 3)]));

        Assert.False(new FoldPad().Run(test.Graph, test.Context));

        Assert.Equal("Pad Conv", test.Operators);
    }

    /// <summary>A maximum passes over zeros only where nothing is below them.</summary>
    [Theory]
    [InlineData(0f, 6f, "Clip MaxPool")]
    [InlineData(-1f, 6f, "Clip Pad MaxPool")]
    [InlineData(5f, -1f, "Clip Pad MaxPool")] // where the bounds cross, all is the maximum
    public void Run_PadBetweenClipAndMaxPool_GoesWhereNothingIsNegative(float minimum, float maximum, string operators)
    {
        var test = new PassTest();
        Value clip = test.Node(
            "Clip", "clip", [test.Input("x", 1, 2, 5, 5), test.Constant("low", minimum), test.Constant("high", maximum)]);
        Value pad = test.Node("Pad", "pad", [clip, test.Integers("p", 0, 0, 1, 1, 0, 0, 1, 1)]);
        test.Output(test.Node("MaxPool", "pool", [pad], s_kernel));

        test.RunAndCompare(new FoldPad());

        Assert.Equal(operators, test.Operators);
    }

    [Fact]
    public void Run_PadBeforeAveragePool_IsCounted()
    {
        var test = new PassTest();
        Value pad = test.Node("Pad", "pad", [test.Input("x", 1, 2, 5, 5), test.Integers("p", 0, 0, 1, 1, 0, 0, 1, 1)]);
        test.Output(test.Node("AveragePool", "pool", [pad], s_kernel));

        test.RunAndCompare(new FoldPad());

        Assert.Equal("AveragePool", test.Operators);
        Assert.Equal(1, test.Graph.Nodes[0].Int("count_include_pad"));
    }

    [Theory]
    [InlineData(true, "Relu MaxPool")]
    [InlineData(false, "Pad MaxPool")]
    public void Run_PadBeforeMaxPool_GoesOnlyWhereNothingIsNegative(bool relu, string expected)
    {
        var test = new PassTest();
        Value x = test.Input("x", 1, 2, 5, 5);
        Value pad = test.Node("Pad", "pad", [relu ? test.Node("Relu", "relu", [x]) : x, test.Integers("p", 0, 0, 1, 1, 0, 0, 1, 1)]);
        test.Output(test.Node("MaxPool", "pool", [pad], s_kernel));

        test.RunAndCompare(new FoldPad());

        Assert.Equal(expected, test.Operators);
    }

    /// <summary>What lies below all numbers never wins; nor does a zero over what was a maximum of nothing negative.</summary>
    [Theory]
    [InlineData("", float.NegativeInfinity, "MaxPool")]
    [InlineData("", float.MinValue, "MaxPool")]
    [InlineData("Relu", 0.5f, "Relu Pad MaxPool")]
    [InlineData("Relu MaxPool", 0f, "Relu MaxPool MaxPool")]
    [InlineData("Neg MaxPool", 0f, "Neg MaxPool Pad MaxPool")]
    public void Run_PadOfAValueBeforeMaxPool_GoesOnlyWhereItNeverWins(string before, float value, string expected)
    {
        var test = new PassTest();
        Value x = test.Input("x", 1, 2, 5, 5);
        foreach (string type in before.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            x = test.Node(type, type, [x], type == "MaxPool" ? s_kernel : []);
        }

        Value pad = test.Node("Pad", "pad", [x, test.Integers("p", 0, 0, 1, 1, 0, 0, 1, 1), test.Constant("v", value)]);
        test.Output(test.Node("MaxPool", "pool", [pad], s_kernel));

        test.RunAndCompare(new FoldPad());

        Assert.Equal(expected, test.Operators);
    }

    [Fact]
    public void Run_PadOfAValueThatTheRunKnows_Stays()
    {
        var test = new PassTest();
        Value pad = test.Node("Pad", "pad", [test.Input("x", 1, 2, 5, 5), test.Integers("p", 0, 0, 1, 1, 0, 0, 1, 1), test.Input("v")]);
        test.Output(test.Node("Conv", "conv", [pad, test.Random("w", 3, 2, 3, 3)]));

        test.RunAndCompare(new FoldPad());

        Assert.Equal("Pad Conv", test.Operators);
    }

    /// <summary>A pool that does not count its own padding cannot count the other's, and one that rounds up counts only its own.</summary>
    [Theory]
    [InlineData(1L, 0L)]
    [InlineData(0L, 1L)]
    public void Run_PadBeforeAveragePoolWithPadsOrRoundedUp_Stays(long pad, long ceil)
    {
        var test = new PassTest();
        Value padded = test.Node("Pad", "pad", [test.Input("x", 1, 2, 6, 6), test.Integers("p", 0, 0, 1, 1, 0, 0, 1, 1)]);
        (string, AttributeValue)[] attributes =
            [.. s_kernel, ("strides", new long[] { 2, 2 }), ("pads", new long[] { pad, pad, pad, pad }), ("ceil_mode", ceil)];
        test.Output(test.Node("AveragePool", "pool", [padded], attributes));

        test.RunAndCompare(new FoldPad());

        Assert.Equal("Pad AveragePool", test.Operators);
    }

    /// <summary>Rounded up, windows may begin in what was the input's end and is padding then.</summary>
    [Fact]
    public void Run_PadBeforeMaxPoolThatIsRoundedUp_Stays()
    {
        var test = new PassTest();
        Value relu = test.Node("Relu", "relu", [test.Input("x", 1, 2, 6, 6)]);
        Value pad = test.Node("Pad", "pad", [relu, test.Integers("p", 0, 0, 1, 1, 0, 0, 1, 1)]);
        (string, AttributeValue)[] attributes = [.. s_kernel, ("strides", new long[] { 7, 7 }), ("ceil_mode", 1L)];
        test.Output(test.Node("MaxPool", "pool", [pad], attributes));

        test.RunAndCompare(new FoldPad());

        Assert.Equal("Relu Pad MaxPool", test.Operators);
    }

    /// <summary>Places are counted in what the pool reads: without the Pad they would be others.</summary>
    [Fact]
    public void Run_PadBeforeMaxPoolThatGivesPlaces_Stays()
    {
        var test = new PassTest();
        Value relu = test.Node("Relu", "relu", [test.Input("x", 1, 2, 5, 5)]);
        Value pad = test.Node("Pad", "pad", [relu, test.Integers("p", 0, 0, 1, 1, 0, 0, 1, 1)]);
        Value places = test.Graph.NewValue("places", DataType.Int64, null);
        Value pool = test.Graph.NewValue("pool", DataType.Float32, null);
        var attributes = AttributeValue.ByName(s_kernel);
        Node node = test.Graph.Add(new Node(Domains.Onnx, "MaxPool", "pool", [pad], [pool, places], attributes));
        test.Context.Inference.Infer(node);
        test.Output(pool, places);

        test.RunAndCompare(new FoldPad());

        Assert.Equal("Relu Pad MaxPool", test.Operators);
    }

    /// <summary>A window must not lie in nothing but padding.</summary>
    [Theory]
    [InlineData(3, 0)]
    [InlineData(0, 3)]
    public void Run_PadAsLargeAsTheWindowOfAPool_Stays(long before, long after)
    {
        var test = new PassTest();
        Value pad = test.Node("Pad", "pad", [test.Input("x", 1, 2, 5, 5), test.Integers("p", 0, 0, before, 0, 0, 0, after, 0)]);
        test.Output(test.Node("AveragePool", "pool", [pad], s_kernel));

        test.RunAndCompare(new FoldPad());

        Assert.Equal("Pad AveragePool", test.Operators);
    }
}
