using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// A recurrent layer begins with zeros where nothing is given. Exporters make them nevertheless, as many as there are samples, which only
/// the run knows.
/// <code>
///   x ──► Shape ──► … ──► ConstantOfShape ──► LSTM (initial_h)        ⇒        LSTM
/// </code>
/// </summary>
internal sealed class DropZeroStates : IPass
{
    private const int InitialHidden = 5;
    private const int InitialCell = 6;

    /// <summary>What zeros come out of where zeros go in: exporters make those of all layers at once, and give each its part.</summary>
    private static readonly HashSet<string> s_movements = new(StringComparer.Ordinal)
    {
        "Expand", "Tile", "Slice", "Split", "Gather", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Identity",
    };

    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(Recurrent.IsLayer).ToArray())
        {
            foreach (int index in (int[])[InitialHidden, InitialCell])
            {
                if (node.Input(index) is { } state && IsZero(state))
                {
                    node.SetInput(index, null);
                    changed = true;
                }
            }
        }

        return changed;
    }

    private static bool IsZero(Value value) =>
        value.Constant is { } constant ? IsZero(constant)
        : value.Producer is { } maker && (maker.Is("ConstantOfShape")
            ? !maker.Attributes.TryGetValue("value", out AttributeValue? fill) || IsZero(fill.Tensor)
            : maker.Domain == Domains.Onnx && s_movements.Contains(maker.Type) && IsZero(maker.Required(0)));

    private static bool IsZero(Tensor tensor) => tensor.Type == DataType.Float32 && !tensor.Span<float>().ContainsAnyExcept(0f);
}
