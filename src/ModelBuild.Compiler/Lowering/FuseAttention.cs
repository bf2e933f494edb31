using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Recognizes attention, as exporters write it and import makes it of the operators of that name:
/// <code>
///   q, kᵀ → MatMul → Mul or Div(scale) → Add(mask) → Softmax → MatMul(v) → y     becomes     q, kᵀ, v, mask → Attention → y
///   x → Transpose(0, 2, 1, 3) → q                                                becomes     x → q, read where it lies
/// </code>
/// Scale, mask and the transpositions around are there or not. The scores of all queries never lie in memory at once.
/// </summary>
internal sealed class FuseAttention : IPass
{
    /// <summary>[batch, length, heads, size] to [batch, heads, length, size], and back.</summary>
    private static readonly int[] s_headsOut = [0, 2, 1, 3];

    public bool Run(Graph graph, PassContext context)
    {
        Attention[] found = [.. graph.Nodes.Select(n => Find(graph, n)).OfType<Attention>()];
        foreach (Attention attention in found)
        {
            Fuse(graph, attention);
        }

        graph.RemoveDead();
        return found.Length > 0;
    }

    /// <summary>All that would be fused in a graph.</summary>
    public static HashSet<Node> NodesOf(Graph graph) =>
        [.. graph.Nodes.Select(n => Find(graph, n)).OfType<Attention>().SelectMany(a => a.Nodes)];

    /// <param name="Nodes">From the first product to the second.</param>
    private sealed record Attention(List<Node> Nodes, float Scale, Value? Mask)
    {
        public Node First => Nodes[0];

        public Node Last => Nodes[^1];
    }

    private static Attention? Find(Graph graph, Node last)
    {
        if (!IsProduct(last) || graph.Maker(last.Required(0)) is not { } softmax || !softmax.Is("Softmax")
            || softmax.Axis(softmax.Output.KnownShape.Rank, usual: -1) != softmax.Output.KnownShape.Rank - 1)
        {
            return null;
        }

        List<Node> nodes = [softmax, last];
        Value? mask = null;
        float scale = 1;
        Node? before = graph.Maker(softmax.Required(0));
        if (before is not null && before.Is("Add") && MaskOf(graph, before) is var (scores, added))
        {
            mask = added;
            nodes.Insert(0, before);
            before = graph.Maker(scores);
        }

        if (before is not null && ScaleOf(before) is { } factor)
        {
            scale = factor;
            nodes.Insert(0, before);
            before = graph.Maker(before.Required(0));
        }

        return before is not null && IsProduct(before) ? new Attention([before, .. nodes], scale, mask) : null;
    }

    /// <summary>A product of as many matrices as of others.</summary>
    private static bool IsProduct(Node node) => node.Is("MatMul") && node.Output.Type == DataType.Float32
        && node.Output.KnownShape.Rank is 3 or 4
        && node.Inputs.All(i => i is { IsConstant: false } && Leading(i).SequenceEqual(Leading(node)));

    private static IEnumerable<Dimension> Leading(Node node) => Leading(node.Output);

    private static IEnumerable<Dimension> Leading(Value value) => value.KnownShape.SkipLast(2);

    /// <summary>The scores and what is added to them, a number for each key or for each query and key.</summary>
    private static (Value Scores, Value Mask)? MaskOf(Graph graph, Node add)
    {
        (Value first, Value second) = (add.Required(0), add.Required(1));
        (Value scores, Value mask) = IsScores(graph, first) ? (first, second) : (second, first);
        return IsScores(graph, scores) && Broadcasts(mask.KnownShape, scores.KnownShape) ? (scores, mask) : null;
    }

    private static bool IsScores(Graph graph, Value value) => graph.Maker(value) is { } node
        && (IsProduct(node) || (ScaleOf(node) is not null && graph.Maker(node.Required(0)) is { } product && IsProduct(product)));

    private static bool Broadcasts(Shape mask, Shape scores) => mask.Rank <= scores.Rank && mask.Rank > 0 && mask[^1].Equals(scores[^1])
        && Enumerable.Range(1, mask.Rank).All(i => mask[^i].Equals(scores[^i]) || mask[^i].Equals(Dimension.One));

    private static float? ScaleOf(Node node) => (node.Is("Mul") || node.Is("Div")) && node.Required(1).Constant is { Length: 1 } constant
        && node.Output.KnownShape.Equals(node.Required(0).KnownShape)
            ? node.Is("Mul") ? constant.ToFloats()[0] : 1 / constant.ToFloats()[0]
            : null;

    private static void Fuse(Graph graph, Attention attention)
    {
        (Value queries, bool queriesBeside) = WhereItLies(attention.First.Required(0));
        (Value values, bool valuesBeside) = WhereItLies(attention.Last.Required(1));
        Value keys = attention.First.Required(1);
        Value output = attention.Last.Output;
        var nodes = new List<Node>(attention.Nodes);
        bool outputBeside = graph.IsPrivate(output) && IsOfHeads(output.Consumers[0]);
        if (outputBeside)
        {
            nodes.Add(output.Consumers[0]);
            output = nodes[^1].Output;
        }

        string name = string.Join(" + ", nodes.Select(n => n.Name));
        nodes.ForEach(graph.Remove);
        graph.Add(new Node(
            Domains.Internal, InternalOperators.Attention, name, [queries, keys, values, attention.Mask], [output],
            AttributeValue.ByName(
                ("scale", attention.Scale), ("queries_beside", queriesBeside ? 1L : 0), ("values_beside", valuesBeside ? 1L : 0),
                ("output_beside", outputBeside ? 1L : 0))));
    }

    private static (Value Value, bool IsBeside) WhereItLies(Value value) =>
        value.Producer is { } transpose && IsOfHeads(transpose) ? (transpose.Required(0), true) : (value, false);

    private static bool IsOfHeads(Node node) => node.Is("Transpose") && Transposes.Permutation(node).SequenceEqual(s_headsOut);
}
