using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Training.Networks;

/// <summary>
/// Which constants of a graph are weights. ONNX does not tell them from other numbers, so the operators that read them do: weights and
/// biases of products, convolutions, recurrent layers and normalizations, tables that are looked up in, and what is added or multiplied
/// along channels behind them. A single number is a setting, a mask of large negative numbers is none, and what prepares the inputs is left
/// alone.
/// </summary>
internal static class TrainableConstants
{
    /// <summary>What is as far below zero as that is a mask.</summary>
    private const float MaskBelow = -1e4f;

    /// <summary>The weights in the order in which nodes read them, each once, with the first node that reads it and where.</summary>
    public static IReadOnlyList<(Value Value, Node Node, int Input)> Find(Graph graph)
    {
        var found = new List<(Value, Node, int)>();
        var seen = new HashSet<Value>();
        var learnt = new HashSet<Value>();
        foreach (Node node in graph.Nodes)
        {
            // Codes hide weights: what is added behind these is as much of the layer.
            bool isBehind = node.Inputs.Any(i => i is not null && (learnt.Contains(i) || IsOfCodes(i)));
            for (int i = 0; i < node.Inputs.Count; i++)
            {
                if (node.Inputs[i] is { Constant: { Type: DataType.Float32 } constant } value && constant.Length > 0
                    && IsWeight(node, i, constant, isBehind))
                {
                    isBehind = true;
                    if (seen.Add(value))
                    {
                        found.Add((value, node, i));
                    }
                }
            }

            if (isBehind)
            {
                learnt.UnionWith(node.Outputs.OfType<Value>());
            }
        }

        return found;
    }

    private static bool IsOfCodes(Value value) =>
        value.Producer is { } node && node.Is("DequantizeLinear") && node.Required(0).IsConstant;

    private static bool IsWeight(Node node, int input, Tensor constant, bool isBehind) => node.Domain == Domains.Onnx && node.Type switch
    {
        "Conv" => input is 1 or 2,
        "Gemm" or "MatMul" => constant.Rank > 0,
        "LSTM" or "GRU" or "RNN" => input is 1 or 2 or 3 or 7,
        "BatchNormalization" => input is 1 or 2,
        "PRelu" => input == 1,
        "Gather" => input == 0 && constant.Rank >= 2,
        "Add" or "Sub" or "Mul" => isBehind && constant.Length > 1 && IsNoMask(constant),
        _ => false,
    };

    private static bool IsNoMask(Tensor constant)
    {
        foreach (float value in constant.Span<float>())
        {
            if (!(value > MaskBelow) || float.IsInfinity(value))
            {
                return false;
            }
        }

        return true;
    }
}
