using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Pruning.Channels;

/// <summary>Takes channels out of a graph: of constants their slices, of shapes and cuts their number.</summary>
internal static class ChannelRemoval
{
    /// <param name="graph">Changed in place; shapes are inferred anew.</param>
    /// <param name="groups">Its channels.</param>
    /// <param name="removed">Those that stand for what goes.</param>
    public static void Run(Graph graph, ChannelGroups groups, HashSet<int> removed, PassContext context)
    {
        bool Stays(int channel) => !removed.Contains(groups.Root(channel));
        foreach (ChannelUse use in groups.Uses)
        {
            int[] kept = [.. Enumerable.Range(0, use.Channels.Length).Where(i => Stays(use.Channels[i]))];
            if (kept.Length < use.Channels.Length)
            {
                Tensor constant = use.Node.Required(use.Input).Constant!;
                graph.SetConstant(use.Node, use.Input, Slice(constant, use.Axis, kept), use.Node.Label);
            }
        }

        foreach (Node node in graph.Nodes)
        {
            Resize(graph, node, groups, Stays);
        }

        new ShapeInference().Run(graph, context);
        GraphVerifier.Verify(graph, nameof(ChannelRemoval));
    }

    /// <summary>What a node says of how many channels there are.</summary>
    private static void Resize(Graph graph, Node node, ChannelGroups groups, Func<int, bool> stays)
    {
        if (node.Is("Conv") && node.Int("group", 1) > 1 && groups.Of(node.Required(0)) is { } inputs
            && node.Required(1).Constant!.Dimensions[1] == 1)
        {
            node.Attributes["group"] = (long)inputs.Channels.Count(stays);
        }
        else if (node.Is("Reshape") && groups.Of(node.Output) is { } reshaped && node.Required(1).Constant is { } target)
        {
            long[] dimensions = target.ToInt64s();
            if (dimensions[reshaped.Axis] > 0)
            {
                dimensions[reshaped.Axis] = reshaped.Channels.Count(stays);
                graph.SetConstant(node, 1, Tensor.Of(dimensions, dimensions.Length), node.Label);
            }
        }
        else if (node.Is("Split") && groups.Of(node.Required(0)) is { } whole && whole.Axis == node.Axis(node.Required(0).KnownShape.Rank)
            && node.Outputs.All(o => o is not null && groups.Of(o) is not null))
        {
            long[] lengths = [.. node.Outputs.Select(o => (long)groups.Of(o!)!.Value.Channels.Count(stays))];
            node.Attributes.Remove("num_outputs");
            if (node.Inputs.Count < 2)
            {
                node.AddInput(null);
            }

            node.SetInput(1, graph.NewConstant($"{node.Label}_lengths", Tensor.Of(lengths, lengths.Length)));
        }
    }

    private static Tensor Slice(Tensor constant, int axis, int[] kept)
    {
        int size = constant.Type.Size();
        int inner = (int)constant.Shape.Product(axis + 1, constant.Rank).Value * size;
        int length = (int)constant.Dimensions[axis];
        int outer = (int)constant.Shape.Product(0, axis).Value;
        byte[] bytes = new byte[outer * kept.Length * inner];
        ReadOnlySpan<byte> source = constant.Data.Span;
        for (int o = 0; o < outer; o++)
        {
            for (int i = 0; i < kept.Length; i++)
            {
                source.Slice(((o * length) + kept[i]) * inner, inner).CopyTo(bytes.AsSpan(((o * kept.Length) + i) * inner));
            }
        }

        long[] dimensions = [.. constant.Dimensions];
        dimensions[axis] = kept.Length;
        return new Tensor(constant.Type, dimensions, bytes);
    }
}
