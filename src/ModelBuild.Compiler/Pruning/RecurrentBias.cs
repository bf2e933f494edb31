using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Pruning;

/// <summary>
/// The biases of a recurrent layer, [directions, 2 × gates × units]: for each direction those of the products with the input, then those of
/// the products with the state (https://onnx.ai/onnx/operators/onnx__LSTM.html, input B).
/// </summary>
internal static class RecurrentBias
{
    /// <summary>Whether there are biases, or room for some.</summary>
    public static bool IsConstant(Node node) => node.Input(3) is null or { Constant: not null };

    /// <param name="graph">Of the node.</param>
    /// <param name="node">A recurrent layer.</param>
    /// <param name="ofState">Whether to add to the products with the state.</param>
    /// <param name="shift">For each direction, gate and unit.</param>
    public static void Add(Graph graph, Node node, bool ofState, float[] shift)
    {
        int directions = Recurrent.Directions(node);
        int half = shift.Length / directions;
        float[] biases = node.Input(3)?.Constant!.ToFloats() ?? new float[2 * shift.Length];
        for (int i = 0; i < shift.Length; i++)
        {
            biases[(i / half * 2 * half) + (ofState ? half : 0) + (i % half)] += shift[i];
        }

        string name = node.Input(3)?.Name ?? $"{node.Outputs.First(o => o is not null)!.Name}_bias";
        node.SetInput(3, graph.NewConstant(name, Tensor.Of(biases, directions, 2 * half)));
    }
}
