using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Puts images together from the blocks that windows have cut out of them; where blocks overlap, they are summed up.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__Col2Im.html, since opset 18. Gap: shapes of image and block that the run computes.
/// </remarks>
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
        Dimension block = windows.Block.Aggregate(Dimension.One, (product, size) => product * size);
        Dimension count = windows.Count.Aggregate(Dimension.One, (product, size) => product * size);
        if (shape[1].DivideExactly(block) is not { } channels)
        {
            throw context.Malformed(node, $"has {shape[1]} numbers in a column for blocks of {block}.");
        }

        context.RequireEqual(node, shape[2], count, "a number of columns that is not that of the windows");
        node.Output.Set(input.Type, new Shape([shape[0], channels, .. windows.Image.Select(size => (Dimension)size)]));
    }

    /// <summary>The windows that have cut the image up.</summary>
    public static ColumnWindows Windows(Node node, InferenceContext context)
    {
        long[] image = context.Constants(node, 1, "an image shape")!;
        long[] block = context.Constants(node, 2, "a block shape")!;
        int rank = image.Length;
        if (rank is 0 or > InferenceContext.RankLimit - 2 || block.Length != rank || image.Any(s => s is < 1 or > int.MaxValue)
            || block.Any(s => s is < 1 or > Limit))
        {
            throw context.Malformed(node, $"puts blocks [{string.Join(",", block)}] together to [{string.Join(",", image)}].");
        }

        long[] dilations = Numbers("dilations", 1, rank);
        long[] strides = Numbers("strides", 1, rank);
        long[] pads = Numbers("pads", 0, 2 * rank);
        var count = new long[rank];
        for (int i = 0; i < rank; i++)
        {
            long room = image[i] + pads[i] + pads[rank + i] - ((block[i] - 1) * dilations[i]) - 1;
            count[i] = room >= 0 ? (room / strides[i]) + 1
                : throw context.Malformed(node, $"has blocks [{string.Join(",", block)}] in an image [{string.Join(",", image)}].");
        }

        return new ColumnWindows(image, block, count, strides, dilations, pads[..rank]);

        long[] Numbers(string attribute, long minimum, int length)
        {
            long[] values = node.Ints(attribute) ?? [.. Enumerable.Repeat(minimum, length)];
            return values.Length == length && values.All(v => v >= minimum && v <= Limit)
                ? values
                : throw context.Malformed(node, $"has '{attribute}' [{string.Join(",", values)}] for {rank} axes.");
        }
    }
}
