using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// Removes nodes that give back their first input: Identity, and others whose parameters make them that.
/// <code>
///   x ──► Reshape (to its own shape) ──► y ──► Conv        ⇒        x ──► Conv
/// </code>
/// What copies an input or a constant of the model to an output becomes an Identity.
/// </summary>
internal sealed class RemoveNoOps : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.ToArray())
        {
            if (node.Input(0) is not { } input || PassesThrough(node) is not { } source
                || (node.Is("Identity") && graph.IsOutput(node.Output) && !IsReplaceable(graph, source)))
            {
                continue;
            }

            Value output = node.Output;
            graph.Remove(node);
            graph.ReplaceUses(output, source);
            changed = true;
        }

        return changed;
    }

    /// <summary>A value that may take over the name of an output.</summary>
    private static bool IsReplaceable(Graph graph, Value value) =>
        value.Producer is not null && !graph.IsOutput(value) && !graph.Observed.Contains(value.Name);

    /// <summary>The input that the node's output always equals, or null.</summary>
    private static Value? PassesThrough(Node node)
    {
        if (node.Domain != Domains.Onnx || node.Input(0) is not { Shape: { } shape } input || node.Outputs is not [{ Shape: { } result }]
            || !IsNoOp())
        {
            return node.Is("Mul") || node.Is("Add") ? Commuted() : node.Is("Cast") ? Unwidened(node) : null;
        }

        return input;

        bool IsNoOp() => shape.Equals(result) && node.Type switch
        {
            "Identity" or "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" or "Expand" or "ReduceMean" => true,
            "Pad" => node.Required(1).Constant is { } pads && pads.ToInt64s().All(p => p == 0),
            "Slice" => IsForward(node),
            "Cast" => input.Type == node.Output.Type,
            "Concat" => node.Inputs.Count == 1,
            "Transpose" => Transpose.Permutation(node, shape.Rank).SequenceEqual(Enumerable.Range(0, shape.Rank)),
            "Add" or "Sub" => IsAll(node.Required(1), 0),
            "Mul" or "Div" => IsAll(node.Required(1), 1),
            "Clip" => Clip.Bounds(node) is (float.NegativeInfinity, float.PositiveInfinity),
            _ => false,
        };

        Value? Commuted() => node.Input(1) is { Shape: { } second } right && node.Outputs is [{ Shape: { } whole }] && second.Equals(whole)
            && IsAll(node.Required(0), node.Is("Mul") ? 1 : 0) ? right : null;
    }

    /// <summary>What a conversion makes of a value that was converted from that type to a wider one: itself.</summary>
    private static Value? Unwidened(Node cast) => cast.Required(0).Producer is { } widening && widening.Is("Cast")
        && widening.Required(0) is var source && source.Type == cast.Output.Type
        && (source.Type, widening.Output.Type) is (DataType.Float16, DataType.Float32 or DataType.Float64)
            or (DataType.Float32, DataType.Float64) ? source : null;

    private static bool IsAll(Value value, double number) =>
        value.Constant is { Length: > 0 } constant && constant.Type.IsNumeric() && constant.ToDoubles().All(v => v == number);

    private static bool IsForward(Node node) =>
        node.Input(4) is not { } steps || steps.Constant is { } constant && constant.ToInt64s().All(s => s == 1);
}
