using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization.Recovery;

/// <summary>Channels of very different size before a depthwise convolution: what equalization buys, and where there is none.</summary>
public sealed class EqualizationTests
{
    private const int Channels = 24;

    /// <summary>Every third channel is forty times as large as the others, whose codes would be a handful.</summary>
    [Theory]
    [InlineData("nothing")]
    [InlineData("Relu")]
    [InlineData("HardSwish")]
    [InlineData("HardSwish, scaled")]
    [InlineData("below zero")]
    [InlineData("two outputs of each channel")]
    [InlineData("HardSwish, two outputs of each channel")]
    public void Run_FewLargeChannelsBeforeADepthwiseConvolution_AreMadeLikeTheOthers(string between)
    {
        Graph graph = Network(between, large: 40);

        (double none, CompiledModel plain) = Ablation.Sqnr(graph, RecoveryMethods.None, TestGraph.Inputs(graph, 20, 1));
        (double equal, CompiledModel equalized) = Ablation.Sqnr(graph, RecoveryMethods.Equalization, TestGraph.Inputs(graph, 20, 1));

        using (plain)
        using (equalized)
        {
            Assert.InRange(equal, none + 6, 100);

            // Nothing is computed for it: factors are in weights, or in what an integer kernel multiplies by anyway.
            Assert.Equal(plain.Compiled.Plan.Steps.Count, equalized.Compiled.Plan.Steps.Count);
        }
    }

    [Theory]
    [InlineData("HardSwish", 1)]
    [InlineData("Clip", 40)]
    [InlineData("Sigmoid", 40)]
    [InlineData("read by others", 40)]
    [InlineData("read before Relu", 40)]
    [InlineData("output", 40)]
    public void Run_WhereThereIsNoGainOrNoWay_ChangesNothing(string between, float large)
    {
        Graph graph = Network(between, large);

        (double none, CompiledModel plain) = Ablation.Sqnr(graph, RecoveryMethods.None, TestGraph.Inputs(graph, 20, 1));
        (double equal, CompiledModel equalized) = Ablation.Sqnr(graph, RecoveryMethods.Equalization, TestGraph.Inputs(graph, 20, 1));

        using (plain)
        using (equalized)
        {
            // The same codes make the same noise.
            Assert.Equal(none, equal);
        }
    }

    private static Graph Network(string between, float large)
    {
        var g = new TestGraph();
        float[] sizes = [.. Enumerable.Range(0, Channels).Select(c => c % 3 == 1 ? large : 1f)];
        Value weights = Scaled(g.Weights(Channels, 4, 1, 1), s => s);
        Value bias = between == "below zero"
            ? g.Constant(Tensor.Of(Array.ConvertAll(sizes, s => -3 * s), Channels))
            : Scaled(g.Weights(Channels), s => s);
        Value x = g.Node("Conv", [g.Input(4, 8, 8), weights, bias]);
        Value y = between switch
        {
            "Relu" or "HardSwish" or "Sigmoid" => g.Node(between, x),
            "read before Relu" => g.Node("Relu", x),
            "HardSwish, two outputs of each channel" => g.Node("HardSwish", x),
            "HardSwish, scaled" => g.Node("Add", [g.Node("Mul", [g.Node("HardSwish", x), Number(1.5f)]), Number(-0.2f)]),
            "Clip" => g.Node("Clip", [x, Number(0), Number(20)]),
            _ => x,
        };
        int outputs = between.EndsWith("two outputs of each channel", StringComparison.Ordinal) ? 2 : 1;
        Value depthwise = g.Node(
            "Conv", [y, Scaled(g.Weights(outputs * Channels, 1, 3, 3), s => 1 / s)], ("group", (long)Channels),
            ("pads", (long[])[1, 1, 1, 1]));
        Value end = g.Conv(depthwise, 8, 1);
        return between switch
        {
            "read by others" => g.Finish(g.Node("Add", [end, g.Conv(y, 8, 1)])),
            "read before Relu" => g.Finish(g.Node("Add", [end, g.Conv(x, 8, 1)])),
            "output" => g.Finish(end, y),
            _ => g.Finish(end),
        };

        Value Number(float value) => g.Constant(Tensor.Scalar(value));

        Value Scaled(Value value, Func<float, float> factor)
        {
            float[] numbers = value.Constant!.ToFloats();
            int each = numbers.Length / Channels;
            return g.Constant(Tensor.Of([.. numbers.Select((n, i) => n * factor(sizes[i / each]))], [.. value.Constant.Dimensions]));
        }
    }
}
