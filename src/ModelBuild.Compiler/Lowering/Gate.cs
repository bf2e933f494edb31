using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// What a convolution or matrix product of codes can do with its sums, beyond bounds, before they become codes again: multiply each by a
/// gate of itself (HardSwish), and multiply and add constants, one for all or one per channel.
/// <code>
///   anchor → HardSwish → Mul(c) → Add(d)        r · clamp(r / 6 + 1 / 2, 0, 1) · c + d
/// </code>
/// The sums are never rounded to codes of their own, and memory is passed over once.
/// </summary>
/// <param name="Root">What the anchor makes.</param>
/// <param name="End">What the last of the nodes makes.</param>
/// <param name="Factors">Per channel.</param>
/// <param name="Terms">Per channel.</param>
/// <param name="Nodes">All of them, in order.</param>
internal sealed record Gate(Value Root, Value End, float[] Factors, float[] Terms, IReadOnlyList<Node> Nodes)
{
    private const float Slope = 1f / 6;
    private const float Offset = 0.5f;
    private const string SlopeName = "gateSlope";
    private const string OffsetName = "gateOffset";
    private const string FactorsName = "gateFactors";
    private const string TermsName = "gateTerms";

    /// <summary>Behind every anchor that may be one of codes.</summary>
    public static IEnumerable<Gate> All(Graph graph) =>
        graph.Nodes.Where(AnchorOperands.HasIntegerForm).Select(n => Behind(graph, n)).OfType<Gate>();

    /// <summary>The gate that begins with what an anchor makes and ends where others begin to read; null where there is none.</summary>
    public static Gate? Behind(Graph graph, Node anchor)
    {
        Value root = anchor.Output;
        if (!graph.IsPrivate(root) || root.Consumers[0] is not { } swish || !swish.Is("HardSwish") || root.Type != DataType.Float32)
        {
            return null;
        }

        int axis = anchor.Is("Conv") ? 1 : root.KnownShape.Rank - 1;
        if (!root.KnownShape[axis].IsConstant)
        {
            return null;
        }

        int channels = (int)root.KnownShape[axis].Value;
        double[] factors = [.. Enumerable.Repeat(1.0, channels)];
        double[] terms = new double[channels];
        var nodes = new List<Node> { swish };
        Value end = swish.Output;
        while (graph.IsPrivate(end) && Follow(end, axis, factors, terms) is { } next)
        {
            nodes.Add(next);
            end = next.Output;
        }

        float[] products = Array.ConvertAll(factors, f => (float)f);
        float[] sums = Array.ConvertAll(terms, t => (float)t);
        return Array.TrueForAll(products, float.IsFinite) && Array.TrueForAll(sums, float.IsFinite)
            ? new Gate(root, end, products, sums, nodes)
            : null;
    }

    /// <summary>The gate of a fused operator as its attributes.</summary>
    public void Write(IDictionary<string, AttributeValue> attributes)
    {
        attributes[SlopeName] = Slope;
        attributes[OffsetName] = Offset;
        attributes[FactorsName] = Factors;
        attributes[TermsName] = Terms;
    }

    /// <summary>Whether a fused operator has a gate.</summary>
    public static bool IsIn(Node fused) => fused.Has(SlopeName);

    /// <summary>What <see cref="Write"/> has written.</summary>
    public static (float Slope, float Offset, float[] Factors, float[] Terms) Read(Node fused) => (
        fused.Float(SlopeName, Slope), fused.Float(OffsetName, Offset), fused.Attributes[FactorsName].Floats,
        fused.Attributes[TermsName].Floats);

    /// <summary>Takes the only reader of a value in, where it multiplies by constants or adds them.</summary>
    private static Node? Follow(Value value, int axis, double[] factors, double[] terms)
    {
        Node node = value.Consumers[0];
        if (node.Domain.Length > 0 || node.Type is not ("Mul" or "Add" or "Sub" or "Div")
            || (node.Type is "Sub" or "Div" && node.Required(0) != value) || !node.Output.KnownShape.Equals(value.KnownShape)
            || Rewriting.PerChannel(node.OtherOperand(value), value.KnownShape, axis) is not { } numbers)
        {
            return null;
        }

        for (int c = 0; c < factors.Length; c++)
        {
            (factors[c], terms[c]) = node.Type switch
            {
                "Mul" => (factors[c] * numbers[c], terms[c] * numbers[c]),
                "Div" => (factors[c] / numbers[c], terms[c] / numbers[c]),
                "Add" => (factors[c], terms[c] + numbers[c]),
                _ => (factors[c], terms[c] - numbers[c]),
            };
        }

        return node;
    }
}
