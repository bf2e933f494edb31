using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Pruning;

/// <summary>A constant that a node multiplies with, and where its weights lie.</summary>
/// <param name="Node">The first node that reads it.</param>
/// <param name="Value">The constant.</param>
/// <param name="Layout">Its weights as outputs × inputs.</param>
internal sealed record PrunableWeight(Node Node, Value Value, WeightLayout Layout)
{
    /// <summary>As in the model, or what passes have called it.</summary>
    public string Name => Value.Origin ?? Value.Name;

    /// <summary>Why none of it becomes zero; null where it takes part.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether it is known on samples what the weights are multiplied with, so that sums can be kept.</summary>
    public bool IsFed { get; init; }

    /// <summary>Whether the weights are multiplied with the state of a recurrent layer.</summary>
    public bool IsRecurrent { get; init; }

    /// <summary>Groups of inputs that lie side by side: those of a convolution, the directions of a state.</summary>
    public int InputGroups => IsRecurrent ? (int)Value.Constant!.Dimensions[0] : Node.Is("Conv") ? Layout.Groups : 1;

    /// <summary>Which of the inputs' groups a group of weights is fed.</summary>
    public int InputGroupOf(int group) => group * InputGroups / Layout.Groups;

    /// <summary>Weights that are zero.</summary>
    public int Zeros
    {
        get
        {
            int zeros = 0;
            foreach (float weight in Value.Constant!.Span<float>())
            {
                zeros += weight == 0 ? 1 : 0;
            }

            return zeros;
        }
    }
}
