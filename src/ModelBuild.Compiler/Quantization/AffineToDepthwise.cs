using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// A product and a sum with one constant per channel (what is left of a BatchNormalization that no convolution could take) becomes a
/// depthwise convolution of one tap:
/// <code>x[N,C,H,W] → Mul(c[C,1,1]) → Add(d[C,1,1])   becomes   x → Conv(1×1, group = C, weights c, bias d)</code>
/// The same arithmetic, but with one scale per channel when quantized, where a quantized product would have one for all. Not for what
/// prepares the model's inputs: that stays in float.
/// </summary>
internal sealed class AffineToDepthwise : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        HashSet<Value> behindAnchors = QuantizationPoints.BehindAnchors(graph, Spectra.FindAll(graph));
        foreach (Node node in graph.Nodes.ToArray())
        {
            changed |= node.Outputs is [{ } output, ..] && behindAnchors.Contains(output) && Rewrite(graph, node);
        }

        graph.RemoveDead();
        return changed;
    }

    private static bool Rewrite(Graph graph, Node node)
    {
        float[]? factors = node.Is("Mul") ? PerChannel(node, out _) : null;
        float[]? terms = node.Is("Add") ? PerChannel(node, out _) : null;
        if (factors is null && terms is null)
        {
            return false;
        }

        PerChannel(node, out Value? x);
        Node last = node;
        if (factors is not null && graph.IsPrivate(node.Output) && node.Output.Consumers[0] is { } next && next.Is("Add")
            && PerChannel(next, out Value? sum) is { } added && sum == node.Output)
        {
            terms = added;
            last = next;
        }

        int channels = (factors ?? terms)!.Length;
        factors ??= [.. Enumerable.Repeat(1f, channels)];
        int rank = x!.KnownShape.Rank;
        Value weights =
            graph.NewConstant($"{node.Output.Name}_weights", Tensor.Of(factors, [channels, .. Enumerable.Repeat(1L, rank - 1)]));
        Value? bias = terms is null ? null : graph.NewConstant($"{node.Output.Name}_bias", Tensor.Of(terms, channels));
        Value output = last.Output;
        string name = last == node ? node.Name : $"{node.Name} + {last.Name}";
        if (last != node)
        {
            graph.Remove(last);
        }

        graph.Remove(node);
        graph.Add(
            new Node(
                Domains.Onnx, "Conv", name, [x, weights, bias], [output], new Dictionary<string, AttributeValue>(StringComparer.Ordinal)
        {
            ["group"] = (long)channels,
            ["kernel_shape"] = Enumerable.Repeat(1L, rank - 2).ToArray(),
        }));
        return true;
    }

    /// <summary>The constant with one element per channel that a node combines with a value, or null.</summary>
    private static float[]? PerChannel(Node node, out Value? value)
    {
        value = node.Required(0).IsConstant ? node.Required(1) : node.Required(0);
        Tensor? constant = (node.Required(0).IsConstant ? node.Required(0) : node.Required(1)).Constant;
        int rank = value.KnownShape.Rank;
        if (constant is null || value.IsConstant || !value.KnownShape.Equals(node.Output.Shape) || rank is not (3 or 4)
            || !value.KnownShape[1].IsConstant || value.KnownShape[1].Value != constant.Length || constant.Length == 1
            || constant.Rank < rank - 1 || constant.Dimensions[constant.Rank - (rank - 1)] != constant.Length)
        {
            return null;
        }

        // What is not finite has no codes; it is found where the activations behind it are looked at.
        float[] factors = constant.ToFloats();
        return Array.TrueForAll(factors, float.IsFinite) ? factors : null;
    }
}
