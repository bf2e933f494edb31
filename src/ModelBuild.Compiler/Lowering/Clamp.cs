using ModelBuild.Compiler.Graphs;

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
    public static bool IsClamp(Node node) =>
        node.Is("Relu") || (node.Is("Clip") && node.Input(1) is null or { IsConstant: true } && node.Input(2) is null or { IsConstant: true });

    public static Clamp Of(Node node) => node.Is("Relu")
        ? new Clamp(0)
        : new Clamp(node.Input(1)?.Constant?.ToFloats()[0] ?? float.NegativeInfinity, node.Input(2)?.Constant?.ToFloats()[0] ?? float.PositiveInfinity);

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
