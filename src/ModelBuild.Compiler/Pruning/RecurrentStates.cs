using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Quantization.Recovery;

namespace ModelBuild.Compiler.Pruning;

/// <summary>
/// What the recurrent weights of a layer are multiplied with: the states of the step before. All states are its first output, which nodes
/// give that nobody reads it of, as long as this is in use.
/// </summary>
/// <remarks>
/// A GRU whose reset gate comes before the product (linear_before_reset of 0) multiplies the weights of its last gate with gated states;
/// these are taken for the states themselves.
/// </remarks>
internal sealed class RecurrentStates : IDisposable
{
    private readonly List<Node> _shown = [];

    /// <param name="graphs">Each a copy of the same model.</param>
    public RecurrentStates(params ReadOnlySpan<Graph> graphs)
    {
        foreach (Graph graph in graphs)
        {
            foreach (Node node in graph.Nodes.Where(n => Recurrent.IsLayer(n) && n.Outputs[0] is null).ToArray())
            {
                Shape input = node.Required(0).KnownShape;
                Shape weights = node.Required(2).KnownShape;
                Value states = graph.NewValue(NameOf(node), node.Required(0).Type, new Shape([input[0], weights[0], input[1], weights[2]]));
                node.SetOutput(0, states);
                _shown.Add(node);
            }
        }
    }

    /// <summary>The name of a node's first output, as it is while this is in use.</summary>
    public static string NameOf(Node node) =>
        node.Outputs[0]?.Name ?? $"{node.Outputs.First(o => o is not null)!.Name}_states";

    public void Dispose()
    {
        foreach (Node node in _shown)
        {
            node.SetOutput(0, null);
        }
    }

    /// <summary>The state that each step begins with, [steps, batch, directions × units], in each sample.</summary>
    /// <param name="node">A recurrent layer whose inputs have been computed.</param>
    /// <returns>Null where it cannot be computed.</returns>
    public static Tensor[]? Before(Node node, LayerWalk walk)
    {
        if (walk.Compute(node)?[0] is not { } states)
        {
            return null;
        }

        Tensor[]? initial = node.Input(5) is not { } first ? null
            : first.Constant is { } constant ? [.. states.Select(_ => constant)]
            : walk.Of(first);
        return node.Input(5) is not null && initial is null
            ? null : [.. states.Select((s, i) => Before(node, s, initial?[i]))];
    }

    private static Tensor Before(Node node, Tensor states, Tensor? initial)
    {
        (int steps, int directions, int batch, int units) =
            ((int)states.Dimensions[0], (int)states.Dimensions[1], (int)states.Dimensions[2], (int)states.Dimensions[3]);
        ReadOnlySpan<float> after = states.Span<float>();
        ReadOnlySpan<float> start = initial is null ? [] : initial.Span<float>();
        float[] before = new float[after.Length];
        for (int step = 0; step < steps; step++)
        {
            for (int direction = 0; direction < directions; direction++)
            {
                int previous = step + (Recurrent.IsReverse(node, direction) ? 1 : -1);
                for (int b = 0; b < batch; b++)
                {
                    Span<float> target = before.AsSpan(((((step * batch) + b) * directions) + direction) * units, units);
                    if (previous >= 0 && previous < steps)
                    {
                        after.Slice(((((previous * directions) + direction) * batch) + b) * units, units).CopyTo(target);
                    }
                    else if (!start.IsEmpty)
                    {
                        start.Slice(((direction * batch) + b) * units, units).CopyTo(target);
                    }
                }
            }
        }

        return Tensor.Owning(DataType.Float32, before, [steps, batch, directions * units]);
    }
}
