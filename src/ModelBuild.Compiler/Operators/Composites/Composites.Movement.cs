using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>Operators that convert elements or move them.</content>
internal static partial class Composites
{
    /// <summary>https://onnx.ai/onnx/operators/ under each name.</summary>
    private static IEnumerable<(string Type, long Since, Operator Operator)> Movements { get; } =
    [
        ("CastLike", 15, new Composite(
            CastLike, 2, 2, 1, ("saturate", AttributeKind.Int), ("round_mode", AttributeKind.Text))),
        ("DepthToSpace", 1, new Composite(DepthToSpace, 1, 1, 1, ("blocksize", AttributeKind.Int), ("mode", AttributeKind.Text))),
        ("SpaceToDepth", 1, new Composite(SpaceToDepth, 1, 1, 1, ("blocksize", AttributeKind.Int), ("mode", AttributeKind.Text))),
        ("CenterCropPad", 18, new Composite(CenterCropPad, 2, 2, 1, ("axes", AttributeKind.Ints))),
        ("EyeLike", 9, new Composite(EyeLike, 1, 1, 1, ("dtype", AttributeKind.Int), ("k", AttributeKind.Int))),
    ];

    /// <summary>Ones on a diagonal of a matrix that is as large as another, zeros elsewhere.</summary>
    private static Value[] EyeLike(Expansion e)
    {
        Value input = e.Input(0);
        var type = (DataType)e.Node.Int("dtype", (long)input.Type);
        if (input.KnownShape.Rank != 2 || !(type.IsNumeric() || type == DataType.Bool))
        {
            throw e.Context.Unsupported(e.Node, $"makes a diagonal of {type} like {input.Shape}.");
        }

        Value rows = e.Reshape(Count(e, input, 0), input.KnownShape[0], 1);
        Value diagonal = e.Add(rows, e.Integers(e.Node.Int("k")));
        return [e.Cast(e.Apply("Equal", [diagonal, Count(e, input, 1)]), type)];
    }

    private static Value[] CastLike(Expansion e) =>
        [e.Apply("Cast", [e.Input(0)], [("to", (long)e.Input(1).Type), .. e.Node.Attributes.Select(a => (a.Key, a.Value))])];

    /// <summary>[N, C, H, W] to [N, C/b², H·b, W·b]: depth is columns of a block first (DCR), or channels first (CRD).</summary>
    private static Value[] DepthToSpace(Expansion e)
    {
        Shape s = Images(e);
        long b = Block(e);
        Dimension channels = s[1].DivideExactly(b * b) ?? throw e.Context.Malformed(e.Node, $"takes blocks of {b}×{b} from {s}.");
        bool isDepthFirst = e.Node.Text("mode", "DCR") == "DCR";
        Value split = isDepthFirst
            ? e.Transpose(e.Reshape(e.Input(0), s[0], b, b, channels, s[2], s[3]), 0, 3, 4, 1, 5, 2)
            : e.Transpose(e.Reshape(e.Input(0), s[0], channels, b, b, s[2], s[3]), 0, 1, 4, 2, 5, 3);
        return [e.Reshape(split, s[0], channels, s[2] * b, s[3] * b)];
    }

    /// <summary>[N, C, H, W] to [N, C·b², H/b, W/b], the inverse of DepthToSpace.</summary>
    private static Value[] SpaceToDepth(Expansion e)
    {
        Shape s = Images(e);
        long b = Block(e);
        if ((s[2].IsConstant && s[2].Value % b != 0) || (s[3].IsConstant && s[3].Value % b != 0))
        {
            throw e.Context.Malformed(e.Node, $"makes blocks of {b}×{b} of {s}.");
        }

        // Blocks along each axis; whether they come out even is for the call to say where the run decides.
        Value sizes = e.Apply("Shape", [e.Input(0)]);
        Value batch = Size(0);
        Value height = e.Divide(Size(2), e.Integers(b));
        Value width = e.Divide(Size(3), e.Integers(b));
        Value block = e.Integers(b);
        Value split = e.Apply("Reshape", [e.Input(0), Shaped(batch, Size(1), height, block, width, block)]);
        Value moved = e.Node.Text("mode", "DCR") == "DCR" ? e.Transpose(split, 0, 3, 5, 1, 2, 4) : e.Transpose(split, 0, 1, 3, 5, 2, 4);
        return [e.Apply("Reshape", [moved, Shaped(batch, e.Multiply(Size(1), e.Integers(b * b)), height, width)])];

        Value Size(int axis) => e.Apply("Gather", [sizes, e.Integers(axis)], ("axis", 0L));
        Value Shaped(params Value[] dimensions) => e.Apply("Concat", dimensions, ("axis", 0L));
    }

    /// <summary>Cuts or pads around the center until some dimensions have given sizes; of an odd rest the end has more.</summary>
    private static Value[] CenterCropPad(Expansion e)
    {
        Value x = e.Input(0);
        Shape shape = x.KnownShape;
        int[] axes =
            [.. (e.Node.Ints("axes") ?? Enumerable.Range(0, shape.Rank).Select(i => (long)i))
                .Select(a => e.Context.Axis(e.Node, a, shape.Rank))];
        if (e.Context.IsFromData(e.Node, 1) || axes.Any(a => !shape[a].IsConstant))
        {
            return [e.Apply("Pad", [x, PadsFromData(e, x, axes), null, e.Integers([.. axes.Select(a => (long)a)])])];
        }

        long[] sizes = e.Context.Constants(e.Node, 1, "a shape")!;
        if (sizes.Length != axes.Length || sizes.Any(s => s < 0))
        {
            throw e.Context.Malformed(e.Node, $"makes {axes.Length} dimensions [{string.Join(",", sizes)}] large.");
        }

        var pads = new long[2 * shape.Rank];
        for (int i = 0; i < axes.Length; i++)
        {
            long difference = sizes[i] - shape[axes[i]].Value;
            long before = difference < 0 ? -(-difference / 2) : difference / 2;
            pads[axes[i]] = before;
            pads[shape.Rank + axes[i]] = difference - before;
        }

        return [e.Apply("Pad", [x, e.Integers(pads)])];
    }

    /// <summary>Half of what the sizes differ by, rounded towards zero, before, and the rest behind.</summary>
    private static Value PadsFromData(Expansion e, Value x, int[] axes)
    {
        Value sizes = e.Apply("Gather", [e.Apply("Shape", [x]), e.Integers([.. axes.Select(a => (long)a)])]);
        Value difference = e.Subtract(e.Cast(e.Input(1), DataType.Int64), sizes);
        Value before = e.Divide(difference, e.Integers(2));
        return e.Apply("Concat", [before, e.Subtract(difference, before)], ("axis", 0L));
    }

    private static Shape Images(Expansion e) => e.Input(0).KnownShape is { Rank: 4 } shape
        ? shape
        : throw e.Context.Malformed(e.Node, $"works on {e.Input(0).Shape}, which has not four dimensions.");

    private static long Block(Expansion e) => e.Node.Int("blocksize") is > 0 and < 1 << 15 and var block
        ? block
        : throw e.Context.Malformed(e.Node, $"has blocks of {e.Node.Int("blocksize")}.");
}
