using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// One limit instead of several: Relu and Clip that follow each other, and Min and Max with a constant.
/// <code>
///   Relu ──► Clip (−1, 6)        ⇒        Clip (0, 6)
///   Max 0 ──► Min 6              ⇒        Clip (0, 6)
///   Clip (0, none)               ⇒        Relu
/// </code>
/// </summary>
internal sealed class MergeClips : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.ToArray())
        {
            // Bounds in float64 are more than a float can say.
            if (node.Input(0) is { Type: DataType.Float64 } || Limit(node) is not var (input, minimum, maximum))
            {
                continue;
            }

            Value source = input;
            if (graph.Follower(input) == node && input.Producer is { } before && Limit(before) is var (first, low, high) && low <= high)
            {
                (source, minimum, maximum) = (first, Math.Min(Math.Max(low, minimum), maximum), Math.Min(Math.Max(high, minimum), maximum));
            }

            string wanted = minimum == 0 && float.IsPositiveInfinity(maximum) ? "Relu" : "Clip";
            if (source != input || !node.Is(wanted))
            {
                Value?[] inputs = wanted == "Relu" ? [source] : [source, Bound(minimum, "min"), Bound(maximum, "max")];
                Node limit = graph.Replace(context, node, wanted, inputs);
                limit.Name = source == input ? node.Name : Rewriting.JoinNames(input.Producer!.Name, node.Name);
                changed = true;
            }

            Value? Bound(float bound, string role) =>
                float.IsInfinity(bound) ? null : graph.NewConstant($"{node.Name}_{role}", Tensor.FromDoubles(source.Type, [bound]));
        }

        return changed;
    }

    /// <summary>What a node limits and to what; null where it does something else. Bounds that do not bound are infinite.</summary>
    private static (Value Input, float Minimum, float Maximum)? Limit(Node node)
    {
        if (node.Domain != Domains.Onnx || node.Input(0) is not { } input || !input.Type.IsFloat())
        {
            return null;
        }

        switch (node.Type)
        {
            case "Relu":
                return (input, 0, float.PositiveInfinity);
            case "Clip" when Clip.Bounds(node) is var (minimum, maximum) && minimum <= maximum:
                minimum = minimum <= float.MinValue ? float.NegativeInfinity : minimum;
                return (input, minimum, maximum >= float.MaxValue ? float.PositiveInfinity : maximum);
            case "Min" or "Max" when node.Inputs.Where(v => Rewriting.Scalar(v) is null).ToArray() is [{ } other]
                && other.KnownShape.Equals(node.Output.Shape):
                float[] numbers = [.. node.Inputs.Where(v => v != other).Select(v => (float)Rewriting.Scalar(v)!.Value)];
                return node.Type == "Max"
                    ? (other, numbers.Append(float.NegativeInfinity).Max(), float.PositiveInfinity)
                    : (other, float.NegativeInfinity, numbers.Append(float.PositiveInfinity).Min());
            default:
                return null;
        }
    }
}
