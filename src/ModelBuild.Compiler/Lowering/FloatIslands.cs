using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Lists the operators that run in float inside an integer model: those between a DequantizeLinear and a QuantizeLinear, and every
/// convolution and matrix product. What follows the last integer operator, such as a final Softmax, is no island, whether the model gives
/// floats or is asked for their codes.
/// </summary>
internal static class FloatIslands
{
    private const int NamesShown = 8;

    /// <param name="isMeant">Nodes that are to compute in float, which nobody need be told.</param>
    public static void Report(Graph graph, PassContext context, Func<Node, bool>? isMeant = null)
    {
        Node[] all = [.. Find(graph, withEnd: false).Where(n => isMeant?.Invoke(n) != true)];

        // What only moves floats does so for the others, and may be the compiler's own.
        Node[] computing = [.. all.Where(n => !n.Is("Transpose"))];
        Node[] islands = computing.Length > 0 ? computing : all;
        if (islands.Length > 0)
        {
            string reasons = string.Join(
                "; ", islands.Take(NamesShown).GroupBy(FloatReason.Of).Select(g =>
                    $"{string.Join(", ", g.Select(n => $"'{n.Label}' ({n.Type})"))}: {g.Key}"));
            string more = islands.Length > NamesShown ? $"; and {islands.Length - NamesShown} more" : string.Empty;
            context.Findings.Add(new Finding(
                DiagnosticCodes.FloatInsideInt8, FindingSeverity.Warning,
                $"Model '{Path.GetFileName(context.Inference.File)}': "
                    + (islands.Length == 1 ? "1 operator runs" : $"{islands.Length} operators run")
                    + $" in float inside the int8 model. {reasons}{more}. The conversions around cost speed, not accuracy.",
                context.Inference.File));
        }
    }

    /// <summary>Why each operator runs in float, by its name.</summary>
    public static IReadOnlyDictionary<string, string> Reasons(Graph graph)
    {
        var reasons = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Node node in Find(graph))
        {
            reasons.TryAdd(node.Label, FloatReason.Of(node));
        }

        return reasons;
    }

    /// <summary>A recurrent layer that multiplies codes takes and gives floats: what its gates are.</summary>
    private static bool HasCodesInside(Node node) => RecurrentCoding.Of(node) is not null;

    /// <summary>Whether codes only leave the model, as they are or as what they stand for: nothing computes with them.</summary>
    private static bool Leaves(Value value) => (value.OutputCount > 0 || value.Consumers.Any()) && value.Consumers.All(
        c => (c.Is("DequantizeLinear") || c.Traits().IsView || c.Is("Transpose") || c.Is(Domains.Internal, InternalOperators.FlipSign))
            && Leaves(c.Output));

    /// <param name="withEnd">Whether what makes the codes of outputs counts, though no integers are computed behind it.</param>
    public static IEnumerable<Node> Find(Graph graph, bool withEnd = true)
    {
        var feedsCodes = new HashSet<Node>();
        foreach (Node node in graph.Nodes.Reverse())
        {
            if (!HasCodesInside(node)
                && node.Outputs.OfType<Value>().SelectMany(o => o.Consumers).Any(
                    c => (c.Is("QuantizeLinear") && (withEnd || !Leaves(c.Output))) || feedsCodes.Contains(c)))
            {
                feedsCodes.Add(node);
            }
        }

        var followsCodes = new HashSet<Node>();
        foreach (Node node in graph.Nodes)
        {
            bool conversion = node.Is("QuantizeLinear") || node.Is("DequantizeLinear")
                || node.Is(Domains.Internal, InternalOperators.SplitCodes);
            bool real = node.Inputs.FirstOrDefault() is { Type: DataType.Float32 };
            bool fused = node.Is(Domains.Internal, InternalOperators.Convolution) || node.Is(Domains.Internal, InternalOperators.Gemm)
                || node.Is(Domains.Internal, InternalOperators.Attention) || node.Is("MatMul");
            if (!HasCodesInside(node) && node.Inputs.OfType<Value>().Any(
                v => v.Type == DataType.UInt8 || (v.Producer is { } p && followsCodes.Contains(p))))
            {
                followsCodes.Add(node);
            }

            // Interpolation takes codes and makes codes; between its axes is no conversion.
            bool converts = !conversion && !node.Is(Domains.Internal, InternalOperators.Interpolate);
            if (converts && real && !node.Traits().IsView && (fused || (feedsCodes.Contains(node) && followsCodes.Contains(node))))
            {
                yield return node;
            }
        }
    }
}
