using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Writes layers that compute as ONNX Runtime's DynamicQuantizeLSTM does as that operator: an LSTM by codes with one scale for all inputs
/// and one for all states of a step, found at run time. Models that arrive with it leave with it.
/// </summary>
internal static class DynamicRecurrences
{
    private const int Inputs = 8;

    /// <summary>Changes a graph in place.</summary>
    public static void Write(Graph graph)
    {
        foreach (Node node in graph.Nodes.Where(IsMeant).ToArray())
        {
            RecurrentCoding coding = RecurrentCoding.Of(node)!;
            Value?[] inputs = [.. Enumerable.Range(0, Inputs).Select(node.Input)];
            (inputs[1], Value inputScales, Value inputZeros) = Codes(graph, inputs[1]!, coding.InputScales);
            (inputs[2], Value recurrentScales, Value recurrentZeros) = Codes(graph, inputs[2]!, coding.RecurrentScales);
            Value?[] outputs = [.. node.Outputs];
            RecurrentCoding.Remove(node);
            var attributes = new Dictionary<string, AttributeValue>(node.Attributes, StringComparer.Ordinal);
            graph.Remove(node);
            graph.Add(new Node(
                Domains.Microsoft, "DynamicQuantizeLSTM", node.Name,
                [.. inputs, inputScales, inputZeros, recurrentScales, recurrentZeros], outputs, attributes));
        }
    }

    /// <summary>Whether a layer is one that the operator computes.</summary>
    public static bool IsMeant(Node node) => node.Is("LSTM") && RecurrentCoding.Of(node) is { IsShared: true, Grid: null }
        && node.Required(1).IsConstant && node.Required(2).IsConstant;

    /// <summary>Codes with the terms before the gates, as the operator wants them.</summary>
    private static (Value Codes, Value Scales, Value Zeros) Codes(Graph graph, Value weights, float[] scales)
    {
        Tensor reals = weights.Constant!;
        int directions = (int)reals.Dimensions[0];
        int outputs = (int)reals.Dimensions[1];
        int terms = (int)reals.Dimensions[2];
        var codes = new sbyte[reals.Length];
        for (int direction = 0; direction < directions; direction++)
        {
            (sbyte[] own, _) = RecurrentCoding.Codes(reals, scales, direction);
            for (int i = 0; i < own.Length; i++)
            {
                codes[(direction * own.Length) + (i % terms * outputs) + (i / terms)] = own[i];
            }
        }

        return (
            graph.NewConstant($"{weights.Name}_quantized", Tensor.Of(codes, directions, terms, outputs)),
            graph.NewConstant($"{weights.Name}_scale", Tensor.Of(scales, directions, outputs)),
            graph.NewConstant($"{weights.Name}_zero_point", Tensor.Of(new sbyte[scales.Length], directions, outputs)));
    }
}
