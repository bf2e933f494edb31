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

    /// <summary>
    /// Whether all weights of an input lie in one constant of its node: the sums of inputs are known then, and can be kept.
    /// </summary>
    public bool IsAnchor { get; init; }

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
