using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

public sealed class SinkTransposesTests
{
    [Theory]
    [InlineData("nearest")]
    [InlineData("linear")]
    public void Lower_ResizeBetweenConvolutions_IsChannelsLast(string mode)
    {
        var g = new TestGraph();
        Value scales = g.Constant(Tensor.Of([1f, 1f, 2f, 3f], 4));
        Value resized = g.Node("Resize", [g.Conv(g.Input(4, 5, 6), 6, 3), null, scales], ("mode", mode));
        Graph graph = g.Finish(g.Conv(resized, 4, 3));

        Node[] nodes = [.. LoweredGraph.Lower(graph).Nodes];

        // That of the model's input and that of its output.
        Assert.Equal(2, nodes.Count(n => n.Is("Transpose")));
        Assert.Equal([2L, 1L], nodes.Where(n => n.Has("axis")).Select(n => n.Int("axis")));
    }

    /// <summary>Pads of some axes, of which the others have none, lie where the axes lie then.</summary>
    [Theory]
    [InlineData(new long[] { 3 }, new long[] { 2, 1 })]
    [InlineData(new long[] { -1, 1 }, new long[] { 1, 0, 3, 2 })]
    [InlineData(new long[] { 2, 0 }, new long[] { -1, 1, 2, 0 })]
    public void Lower_PadOfSomeAxesBetweenConvolutions_IsChannelsLast(long[] axes, long[] pads)
    {
        var g = new TestGraph();
        Value x = g.Conv(g.FixedInput(2, 4, 5, 6), 3, 3);
        Value amounts = g.Constant(Tensor.Of(pads, pads.Length));
        Value padded = g.Node("Pad", [x, amounts, g.Constant(Tensor.Scalar(0.5f)), g.Constant(Tensor.Of(axes, axes.Length))]);
        Graph graph = g.Finish(g.Conv(g.Node("Tanh", padded), 4, 2));

        Assert.Equal(2, LoweredGraph.Lower(graph).Nodes.Count(n => n.Is("Transpose")));
        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 2, seed: 1)), 1e-5);
    }

    /// <summary>A transposition that sinks below a sum takes the other operand along, which may have ones where the sum has more.</summary>
    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(0, 2, 1)]
    [InlineData(1, 0, 2)]
    [InlineData(1, 2, 0)]
    [InlineData(2, 0, 1)]
    [InlineData(2, 1, 0)]
    public void Lower_SumOfATransposedAndABroadcastOperand_KeepsItsMeaning(params int[] permutation)
    {
        long[] dimensions = [2, 3, 4];
        long[] moved = [.. permutation.Select(axis => dimensions[axis])];
        for (int ones = 0; ones < 8; ones++)
        {
            var g = new TestGraph();
            Value x = g.Node("Transpose", g.FixedInput(dimensions), ("perm", Array.ConvertAll(permutation, axis => (long)axis)));
            Value y = g.FixedInput([.. moved.Select((size, axis) => (ones >> axis & 1) != 0 ? 1 : size)]);
            Graph graph = g.Finish(g.Node("Relu", g.Node("Add", [x, y])));

            Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 2, seed: 1)), 1e-6);
        }
    }

    /// <summary>
    /// Units of ShuffleNet: the channels are mixed, cut and joined where they lie, between the transposes of input and output alone.
    /// </summary>
    [Theory]
    [InlineData("Split", 2, 6)]
    [InlineData("Split", 3, 4)]
    [InlineData("Slice", 2, 6)]
    [InlineData("Slice", 6, 2)]
    public void Lower_ShuffledChannelsBetweenConvolutions_StayChannelsLast(string cut, long groups, long inGroup)
    {
        var g = new TestGraph();
        long channels = groups * inGroup;
        Value x = g.Conv(g.FixedInput(2, 3, 5, 4), channels, 3, pad: 1);
        for (int unit = 0; unit < 2; unit++)
        {
            Value view = g.Node("Reshape", [x, g.Constant(Tensor.Of([2, groups, inGroup, 5, 4], 5))]);
            Value mixed = g.Node("Transpose", view, ("perm", (long[])[0, 2, 1, 3, 4]));
            Value joined = g.Node("Reshape", [mixed, g.Constant(Tensor.Of([2, channels, 5, 4], 4))]);
            (Value left, Value right) = Halves(g, cut, joined, channels / 2);
            x = g.Node("Concat", [left, g.Conv(right, channels / 2, 3, pad: 1)], ("axis", 1L));
        }

        Graph graph = g.Finish(g.Conv(x, 4, 3));

        // That of the model's input, those of two shuffles, and that of the output.
        Assert.Equal(4, LoweredGraph.Lower(graph).Nodes.Count(n => n.Is("Transpose")));
        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 2, seed: 1)), 1e-5);
    }

    /// <summary>What is much like a shuffle of channels, and is none, or is read in between.</summary>
    [Theory]
    [InlineData(new long[] { 2, 3, 4, 5, 4 }, new long[] { 0, 2, 1, 4, 3 }, false)]
    [InlineData(new long[] { 2, 3, 4, 5, 4 }, new long[] { 0, 3, 1, 2, 4 }, false)]
    [InlineData(new long[] { 2, 3, 4, 5, 4 }, new long[] { 1, 0, 2, 3, 4 }, false)]
    [InlineData(new long[] { 2, 12, 5, 2, 2 }, new long[] { 0, 1, 2, 4, 3 }, false)]
    [InlineData(new long[] { 2, 4, 3, 4, 5 }, new long[] { 0, 2, 1, 3, 4 }, false)]
    [InlineData(new long[] { 2, 3, 4, 5, 4 }, new long[] { 0, 2, 1, 3, 4 }, true)]
    [InlineData(new long[] { 2, 2, 3, 2, 5, 4 }, new long[] { 0, 3, 1, 2, 4, 5 }, false)]
    [InlineData(new long[] { 4, 2, 3, 5, 4 }, new long[] { 0, 2, 1, 3, 4 }, false)]
    public void Lower_OtherMovesBetweenConvolutions_KeepTheirMeaning(long[] view, long[] permutation, bool isReadInBetween)
    {
        var g = new TestGraph();
        Value cut = g.Node("Reshape", [g.Conv(g.FixedInput(2, 3, 5, 4), 12, 3, pad: 1), g.Constant(Tensor.Of(view, view.Length))]);
        Value moved = g.Node("Transpose", cut, ("perm", permutation));
        Value joined = g.Conv(g.Node("Reshape", [moved, g.Constant(Tensor.Of([2L, 12, 5, 4], 4))]), 4, 3);
        Graph graph = isReadInBetween ? g.Finish([joined, g.Node("Relu", moved)]) : g.Finish(joined);

        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 2, seed: 1)), 1e-5);
    }

    /// <summary>Images that were turned on their side before their channels are mixed.</summary>
    [Fact]
    public void Lower_ShuffledChannelsOfATurnedImage_KeepTheirMeaning()
    {
        var g = new TestGraph();
        Value turned = g.Node("Transpose", g.Conv(g.FixedInput(2, 3, 5, 5), 12, 3, pad: 1), ("perm", (long[])[0, 1, 3, 2]));
        Value cut = g.Node("Reshape", [turned, g.Constant(Tensor.Of([2L, 3, 4, 5, 5], 5))]);
        Value mixed = g.Node("Transpose", cut, ("perm", (long[])[0, 2, 1, 3, 4]));
        Graph graph = g.Finish(g.Conv(g.Node("Reshape", [mixed, g.Constant(Tensor.Of([2L, 12, 5, 5], 4))]), 4, 3));

        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 2, seed: 1)), 1e-5);
    }

    /// <summary>Channels of sequences are mixed where they lie, as those of images are.</summary>
    [Fact]
    public void Lower_ShuffledChannelsOfASequence_StayChannelsLast()
    {
        var g = new TestGraph();
        Value first = g.Node("Conv", [g.FixedInput(2, 3, 7), g.Weights(6, 3, 3)]);
        Value cut = g.Node("Reshape", [first, g.Constant(Tensor.Of([2L, 2, 3, 5], 4))]);
        Value mixed = g.Node("Transpose", cut, ("perm", (long[])[0, 2, 1, 3]));
        Value joined = g.Node("Reshape", [mixed, g.Constant(Tensor.Of([2L, 6, 5], 3))]);
        Graph graph = g.Finish(g.Node("Conv", [joined, g.Weights(4, 6, 3)]));

        // That of the model's input, that of the shuffle, and that of the output.
        Assert.Equal(3, LoweredGraph.Lower(graph).Nodes.Count(n => n.Is("Transpose")));
        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 2, seed: 1)), 1e-5);
    }

    /// <summary>Parts along any axis, counted from either end, by steps, of an image that lies channels-last.</summary>
    [Theory]
    [InlineData(1, 1, 5, 2)]
    [InlineData(-3, 0, 4, 1)]
    [InlineData(2, 1, 4, 1)]
    [InlineData(-1, 3, -5, -1)]
    public void Lower_SliceBetweenConvolutions_IsCutChannelsLast(long axis, long start, long end, long step)
    {
        var g = new TestGraph();
        Value whole = g.Conv(g.FixedInput(2, 3, 5, 4), 6, 3, pad: 1);
        Value part = g.Node(
            "Slice",
            [
                whole, g.Constant(Tensor.Of([start], 1)), g.Constant(Tensor.Of([end], 1)), g.Constant(Tensor.Of([axis], 1)),
                g.Constant(Tensor.Of([step], 1)),
            ]);
        Graph graph = g.Finish(g.Conv(part, 4, 1));

        Assert.Equal(2, LoweredGraph.Lower(graph).Nodes.Count(n => n.Is("Transpose")));
        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 2, seed: 1)), 1e-5);
    }

    private static (Value Left, Value Right) Halves(TestGraph g, string cut, Value whole, long half)
    {
        if (cut == "Slice")
        {
            return (Part(0, half), Part(half, 2 * half));
        }

        Value left = g.Graph.NewValue("left", DataType.Float32, Shape.Of(2, half, 5, 4));
        Value right = g.Graph.NewValue("right", DataType.Float32, Shape.Of(2, half, 5, 4));
        g.Graph.Add(new Node(
            Domains.Onnx, "Split", "split", [whole, g.Constant(Tensor.Of([half, half], 2))], [left, right],
            new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["axis"] = 1L }));
        return (left, right);

        Value Part(long start, long end) => g.Node(
            "Slice",
            [whole, g.Constant(Tensor.Of([start], 1)), g.Constant(Tensor.Of([end], 1)), g.Constant(Tensor.Of([1L], 1))]);
    }

    /// <summary>What is joined has come in one order or in several, along sizes that do not tell them apart.</summary>
    [Theory]
    [InlineData(0, new long[] { 0, 2, 1 }, new long[] { 0, 2, 1 })]
    [InlineData(1, new long[] { 1, 0, 2 }, new long[] { 2, 1, 0 })]
    [InlineData(2, new long[] { 1, 2, 0 }, new long[] { 2, 0, 1 })]
    [InlineData(-1, new long[] { 2, 1, 0 }, new long[] { 1, 2, 0 })]
    public void Lower_TransposedTensorsJoined_KeepTheirOrders(long axis, long[] first, long[] second)
    {
        var g = new TestGraph();
        Value left = g.Node("Transpose", g.FixedInput(3, 3, 3), ("perm", first));
        Value right = g.Node("Transpose", g.FixedInput(3, 3, 3), ("perm", second));
        Graph graph = g.Finish(g.Node("Relu", g.Node("Concat", [left, right], ("axis", axis))));

        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 2, seed: 1)));
    }

    /// <summary>Weights can take over the order of what they multiply, but not that of what is added to their product.</summary>
    [Fact]
    public void Lower_FlattenedImageThatIsMultipliedAndAdded_KeepsItsOrder()
    {
        var g = new TestGraph();
        Value flat = g.Flatten(g.Conv(g.Input(3, 4, 4), 2, 3));
        Graph graph = g.Finish(g.Node("Add", [g.Gemm(flat, 8), flat]));

        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 2, seed: 1)), 1e-5);
    }
}
