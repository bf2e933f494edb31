using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Pruning;

namespace ModelBuild.Compiler.Tests.Pruning;

public sealed class SecondOrderLayerTests
{
    /// <summary>What the products of each gate lose in the mean of all steps is what its biases get.</summary>
    [Fact]
    public void Shift_OfEachGate_IsWhatItsMeanLoses()
    {
        const int Gates = 4, Units = 4, Inputs = 8, Steps = 50;
        var g = new TestGraph();
        var node = new Node(
            string.Empty, "LSTM", "layer",
            [g.FixedInput(Steps, 1, Inputs), g.Weights(1, Gates * Units, Inputs), g.Weights(1, Gates * Units, Units)],
            [g.Graph.NewValue("y", DataType.Float32)], AttributeValue.ByName(("hidden_size", (long)Units)));
        new InferenceContext("model.onnx", 18).Infer(g.Graph.Add(node));
        Graph graph = g.Finish(node.Output);
        PrunableWeight weight = PrunableWeights.Find(graph, new PruningOptions())[0];
        Tensor sample = TestGraph.Inputs(graph, 1, seed: 3).Values.Single();

        var layer = new SecondOrderLayer(
            weight, SparsityPattern.Unstructured, [sample], partTerms: 512, isCentred: true, order: null, CancellationToken.None);
        (float[] weights, float[] shift, _) = layer.Prune(layer.UnitsFor(0.5));

        float[] before = weight.Value.Constant!.ToFloats();
        float[] inputs = sample.ToFloats();
        Assert.Equal(weights.Length / 2, weights.Count(w => w == 0));
        Assert.Equal(Gates * Units, shift.Length);
        for (int row = 0; row < shift.Length; row++)
        {
            double lost = 0;
            for (int i = 0; i < inputs.Length; i++)
            {
                int place = (row * Inputs) + (i % Inputs);
                lost += ((double)before[place] - weights[place]) * inputs[i] / Steps;
            }

            // Inputs are known as codes of a byte.
            Assert.Equal(lost, shift[row], 0.01);
        }
    }
}
