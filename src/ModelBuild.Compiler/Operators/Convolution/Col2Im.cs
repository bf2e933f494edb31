using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Puts images together from the blocks that windows have cut out of them; where blocks overlap, they are summed up.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Col2Im.html, since opset 18.</remarks>
internal sealed class Col2Im()
    : Operator(3, 3, ("dilations", AttributeKind.Ints), ("pads", AttributeKind.Ints), ("strides", AttributeKind.Ints))
{
    private const long Limit = 1 << 16;

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        Shape shape = input.KnownShape;
        context.RequireType(node, 0, input.Type.IsNumeric());
        if (shape.Rank != 3)
        {
            throw context.Malformed(node, $"has an input of shape {shape}, and needs [N, C · block, windows].");
        }

        ColumnWindows windows = Windows(node, context);
        Dimension block = new Shape(windows.Block).Length;
        context.RequireEqual(node, shape[2], new Shape(windows.Count).Length, "a number of columns that is not that of the windows");
        Dimension channels = shape[1].DivideExactly(block) ?? Channels(node, context, shape[1], block);
        node.Output.Set(input.Type, new Shape([shape[0], channels, .. windows.Image]));
    }

    /// <summary>The windows that have cut the image up.</summary>
    public static ColumnWindows Windows(Node node, InferenceContext context)
    {
        Dimension[] image = Sizes(node, context, 1, "image shape", 0);
        Dimension[] block = Sizes(node, context, 2, "block shape", context.IsFromData(node, 1) ? image.Length : 0);
        int rank = image.Length;
        if (rank is 0 or > InferenceContext.RankLimit - 2 || block.Length != rank
            || image.Any(s => s is { IsConstant: true, Value: < 1 or > int.MaxValue })
            || block.Any(s => s is { IsConstant: true, Value: < 1 or > Limit }))
        {
            throw context.Malformed(node, $"puts blocks [{string.Join(",", block)}] together to [{string.Join(",", image)}].");
        }

        long[] ones = [.. Enumerable.Repeat(1L, rank)];
        long[] dilations = context.Numbers(node, "dilations", rank, 1, ones);
        long[] strides = context.Numbers(node, "strides", rank, 1, ones);
        long[] pads = context.Numbers(node, "pads", 2 * rank, 0, new long[2 * rank]);
        var count = new Dimension[rank];
        for (int i = 0; i < rank; i++)
        {
            Dimension room = image[i] + (pads[i] + pads[rank + i] - 1) - ((block[i] - 1) * dilations[i]);
            count[i] = room is { IsConstant: true, Value: < 0 }
                ? throw context.Malformed(node, $"has blocks [{string.Join(",", block)}] in an image [{string.Join(",", image)}].")
                : room.FloorDivide(strides[i]) + 1;
        }

        return new ColumnWindows(image, block, count, strides, dilations, pads[..rank]);
    }

    /// <param name="first">Where those that data decides stand among all that the node binds.</param>
    private static Dimension[] Sizes(Node node, InferenceContext context, int index, string role, int first) =>
        SymbolicElements.Of(node.Required(index)) is { } known
            ? [.. known]
            :
            [
                .. Enumerable.Range(first, context.BoundCount(node, index, role, mayBeNarrow: true))
                    .Select(i => context.Bound(node, i, $"dim{i}")),
            ];

    /// <summary>What is left of a column, of which only the run knows how much blocks take.</summary>
    private static Dimension Channels(Node node, InferenceContext context, Dimension column, Dimension block)
    {
        if (block.IsConstant)
        {
            throw context.Malformed(node, $"has {column} numbers in a column for blocks of {block}.");
        }

        int bound = Enumerable.Range(1, 2).Where(i => context.IsFromData(node, i)).Sum(i => (int)node.Required(i).KnownShape.Length.Value);
        Dimension channels = context.Bound(node, bound, "channels");
        context.RequireEqual(node, channels * block, column, "columns that are no multiple of a block");
        return channels;
    }
}
