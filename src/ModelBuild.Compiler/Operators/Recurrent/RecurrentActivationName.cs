using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>A function of a recurrent layer as its node names it.</summary>
/// <param name="Name">As the kernel spells it: ONNX's name.</param>
/// <param name="Alpha">Null where the function has no such parameter.</param>
/// <param name="Beta">Null where the function has no such parameter.</param>
internal sealed record RecurrentActivationName(string Name, float? Alpha = null, float? Beta = null)
{
    /// <summary>All functions, with the values that parameters have where the node does not say; NaN where it has to say.</summary>
    private static readonly RecurrentActivationName[] s_known =
    [
        new("Sigmoid"), new("Tanh"), new("Relu"), new("LeakyRelu", 0.01f), new("ThresholdedRelu", 1), new("Affine", 1, 0),
        new("ScaledTanh", float.NaN, float.NaN), new("HardSigmoid", 0.2f, 0.5f), new("Elu", 1), new("Softsign"), new("Softplus"),
    ];

    /// <summary>The functions of a node: those of its first direction, then those of its second.</summary>
    /// <exception cref="CompilationException">MODELB1xxx: a function is not known, or there are too few.</exception>
    public static IReadOnlyList<RecurrentActivationName> Of(Node node, InferenceContext context)
    {
        string[] cell = node.Type switch
        {
            "LSTM" => ["Sigmoid", "Tanh", "Tanh"],
            "GRU" => ["Sigmoid", "Tanh"],
            _ => ["Tanh"],
        };
        int count = cell.Length * Recurrent.Directions(node);
        string[] names = node.Attributes.TryGetValue("activations", out AttributeValue? given)
            ? given.Texts : [.. Enumerable.Range(0, count).Select(i => cell[i % cell.Length])];
        if (names.Length < count)
        {
            throw context.Malformed(node, $"names {names.Length} activations, and {count} are needed.");
        }

        var alphas = new Queue<float>(Floats(node, "activation_alpha"));
        var betas = new Queue<float>(Floats(node, "activation_beta"));
        return [.. names.Take(count).Select(Read)];

        RecurrentActivationName Read(string name)
        {
            RecurrentActivationName known = s_known.FirstOrDefault(k => k.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw context.Malformed(node, $"has the activation '{name}', which ONNX does not know.");
            var result = new RecurrentActivationName(known.Name, Next(alphas, known.Alpha), Next(betas, known.Beta));
            return result.Alpha is float.NaN || result.Beta is float.NaN
                ? throw context.Malformed(node, $"has the activation '{name}' without its parameters.")
                : result;
        }
    }

    private static float? Next(Queue<float> given, float? fallback) =>
        fallback is not null && given.TryDequeue(out float value) ? value : fallback;

    private static float[] Floats(Node node, string attribute) =>
        node.Attributes.TryGetValue(attribute, out AttributeValue? value) ? value.Floats : [];
}
