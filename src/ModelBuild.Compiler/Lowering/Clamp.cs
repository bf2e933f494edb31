using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Lowering;

/// <summary>Relu and Clip, and any chain of them: a lower and an upper bound.</summary>
internal readonly record struct Clamp(float Minimum = float.NegativeInfinity, float Maximum = float.PositiveInfinity)
{
    public Clamp()
        : this(float.NegativeInfinity, float.PositiveInfinity)
    {
    }

    public bool IsNone => float.IsNegativeInfinity(Minimum) && float.IsPositiveInfinity(Maximum);

    /// <summary>True for Relu, and for Clip with constant bounds.</summary>
    public static bool IsClamp(Node node) => node.Is("Relu") || (node.Is("Clip") && Clip.Bounds(node) is not null);

    /// <summary>
    /// The bounds of a node that <see cref="IsClamp"/>. ONNX Clip is min(max(x, low), high): crossed bounds give the upper one.
    /// </summary>
    public static Clamp Of(Node node)
    {
        (float low, float high) = node.Is("Relu") ? (0, float.PositiveInfinity) : Clip.Bounds(node)!.Value;
        return new Clamp(Math.Min(low, high), high);
    }

    /// <summary>This clamp followed by another, as one.</summary>
    public Clamp Then(Clamp next) => new(
        Math.Min(Math.Max(Minimum, next.Minimum), next.Maximum),
        Math.Max(Math.Min(Maximum, next.Maximum), next.Minimum));

    public void Write(IDictionary<string, AttributeValue> attributes)
    {
        if (!float.IsNegativeInfinity(Minimum))
        {
            attributes["minimum"] = Minimum;
        }

        if (!float.IsPositiveInfinity(Maximum))
        {
            attributes["maximum"] = Maximum;
        }
    }
}
