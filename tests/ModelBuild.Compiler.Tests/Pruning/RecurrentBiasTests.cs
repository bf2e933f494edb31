using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Pruning;

namespace ModelBuild.Compiler.Tests.Pruning;

public sealed class RecurrentBiasTests
{
    /// <summary>
    /// [directions, 2 × gates × units]: biases of the products with the input come first. With linear_before_reset a GRU gates the
    /// others, so that it is not all one to which of them something is added.
    /// </summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Add_ToEitherHalf_LeavesTheOther(bool ofState, bool hasBiases)
    {
        const int Directions = 2, Half = 3 * 2;
        var g = new TestGraph();
        float[] before = [.. Enumerable.Range(0, Directions * 2 * Half).Select(i => hasBiases ? i : 0f)];
        var node = new Node(
            string.Empty, "GRU", "layer",
            [g.FixedInput(4, 1, 3), g.Weights(Directions, Half, 3), g.Weights(Directions, Half, 2),
                hasBiases ? g.Constant(Tensor.Of(before, Directions, 2 * Half)) : null],
            [g.Graph.NewValue("y", DataType.Float32)],
            AttributeValue.ByName(("hidden_size", 2L), ("direction", "bidirectional"), ("linear_before_reset", 1L)));
        new InferenceContext("model.onnx", 18).Infer(g.Graph.Add(node));
        g.Finish(node.Output);
        float[] shift = [.. Enumerable.Range(1, Directions * Half).Select(i => 100f * i)];

        RecurrentBias.Add(g.Graph, node, ofState, shift);

        float[] expected = [.. before];
        for (int direction = 0; direction < Directions; direction++)
        {
            for (int i = 0; i < Half; i++)
            {
                expected[(direction * 2 * Half) + (ofState ? Half : 0) + i] += shift[(direction * Half) + i];
            }
        }

        Assert.Equal([Directions, 2L * Half], node.Required(3).Constant!.Dimensions.ToArray());
        Assert.Equal(expected, node.Required(3).Constant!.ToFloats());
    }
}
