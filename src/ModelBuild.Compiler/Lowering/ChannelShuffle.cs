using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Channels in another order, as ShuffleNet mixes those of its groups: a reshape cuts the channels into groups, a transpose exchanges these
/// with what is in them, and a reshape joins them again. Channels-last that is the same among neighbours in memory:
/// <code>
///   x[N,H,W,C] → Transpose[N,C,H,W] → Reshape[N,g,C/g,H,W] → Transpose[N,C/g,g,H,W] → Reshape[N,C,H,W]
///   becomes
///   x[N,H,W,C] → Reshape[N,H,W,g,C/g] → Transpose[N,H,W,C/g,g] → Reshape[N,H,W,C] → Transpose[N,C,H,W]
/// </code>
/// </summary>
internal static class ChannelShuffle
{
    /// <summary>Lets the transpose before a shuffle pass it.</summary>
    /// <param name="join">Any node; the last one of a shuffle is looked for.</param>
    public static bool Push(Graph graph, Node join)
    {
        if (!join.Is("Reshape") || graph.Maker(join.Required(0), "Transpose") is not { } exchange
            || graph.Maker(exchange.Required(0), "Reshape") is not { } cut || cut.Required(0).Producer is not { } first
            || !first.Is("Transpose") || cut.Output.Quantization is { IsPerTensor: false })
        {
            return false;
        }

        Shape whole = cut.Required(0).KnownShape;
        Shape groups = cut.Output.KnownShape;
        int rank = whole.Rank;
        int factors = groups.Rank - rank + 1;
        int[] exchanged = Transposes.Permutation(exchange);
        int[] toFirst = [0, rank - 1, .. Enumerable.Range(1, rank - 2)];
        if (rank < 3 || factors < 2 || !Transposes.Permutation(first).SequenceEqual(toFirst) || !join.Output.KnownShape.Equals(whole)
            || !groups[0].Equals(whole[0]) || !groups.Skip(factors + 1).SequenceEqual(whole.Skip(2))
            || exchanged[0] != 0 || exchanged.Skip(factors + 1).Where((axis, i) => axis != factors + 1 + i).Any())
        {
            return false;
        }

        // Of the same elements in all, the channels are those of the groups.
        Dimension[] spatial = [whole[0], .. whole.Skip(2)];
        Dimension[] parts = [.. groups.Skip(1).Take(factors)];
        int[] inner = [.. Enumerable.Range(0, rank - 1), .. exchanged.Skip(1).Take(factors).Select(axis => axis - 1 + rank - 1)];
        Value view = graph.Add(
            Domains.Onnx, "Reshape", cut.Name, [first.Required(0)], $"{cut.Output.Name}_channels_last", cut.Output.Type,
            new Shape([.. spatial, .. parts]));
        view.Quantization = cut.Output.Quantization;
        Value mixed = Transposes.Add(graph, view, inner);
        if (mixed != view)
        {
            mixed.Producer!.Name = exchange.Name;
        }

        join.SetInput(0, mixed);
        for (int i = join.Inputs.Count - 1; i > 0; i--)
        {
            join.SetInput(i, null);
        }

        Transposes.MoveAfter(graph, join, Transposes.Inverse(toFirst), toFirst);
        return true;
    }
}
