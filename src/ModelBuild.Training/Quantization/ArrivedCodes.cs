using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using CompilerTensor = ModelBuild.Compiler.Graphs.Tensor;

namespace ModelBuild.Training;

/// <summary>
/// Models that arrive with codes. Where activations have some, QuantizeLinear and DequantizeLinear are the roundings of training, and
/// weights the numbers that their codes stand for. Where weights alone are stored as codes, the model is one of floats: they are these
/// numbers.
/// </summary>
internal static class ArrivedCodes
{
    /// <summary>Whether activations of a model have any.</summary>
    public static bool Has(Graph graph) => graph.Nodes.Any(n => n.Is("QuantizeLinear"));

    /// <summary>
    /// The numbers that codes of constants stand for, by where they are read. Scales, zero points and codes that several nodes read become
    /// several constants: each is learnt by itself.
    /// </summary>
    public static IReadOnlyDictionary<(Node Node, int Input), (string Name, CompilerTensor Numbers)> Separate(Graph graph)
    {
        var seen = new HashSet<Value>();
        foreach (Node node in graph.Nodes.Where(IsPair).ToArray())
        {
            for (int i = 0; i < node.Inputs.Count; i++)
            {
                if (node.Input(i) is { Constant: { } constant } value && !seen.Add(value))
                {
                    node.SetInput(i, graph.NewConstant(value.Name, constant));
                }
            }
        }

        var numbers = new Dictionary<(Node, int), (string, CompilerTensor)>();
        foreach (Node node in graph.Nodes.Where(IsOfConstants))
        {
            CompilerTensor reals = Numbers(node);
            foreach (Node consumer in node.Output.Consumers.Distinct())
            {
                for (int i = 0; i < consumer.Inputs.Count; i++)
                {
                    if (consumer.Input(i) == node.Output)
                    {
                        numbers.Add((consumer, i), (node.Required(0).Name, reals));
                    }
                }
            }
        }

        return numbers;
    }

    /// <summary>A copy that has the numbers in the place of codes.</summary>
    public static Graph InFloat(Graph graph)
    {
        Graph floats = graph.Clone();
        Open(floats);
        return floats;
    }

    /// <summary>Puts the numbers in the place of codes, under the names of these.</summary>
    public static void Open(Graph graph)
    {
        foreach (Node node in graph.Nodes.Where(IsOfConstants).ToArray())
        {
            var constant = new Value(node.Required(0).Name) { Type = DataType.Float32, Constant = Numbers(node) };
            constant.Shape = constant.Constant.Shape;
            graph.ReplaceUses(node.Output, constant);
        }

        graph.RemoveDead();
    }

    private static bool IsPair(Node node) => node.Is("QuantizeLinear") || node.Is("DequantizeLinear");

    private static bool IsOfConstants(Node node) =>
        node.Is("DequantizeLinear") && node.Output.Type == DataType.Float32
            && node.Inputs.All(i => i is null || i.IsConstant);

    private static CompilerTensor Numbers(Node node) => NodeEvaluator.Evaluate(node, [.. node.Inputs.Select(i => i?.Constant)])![0];
}
