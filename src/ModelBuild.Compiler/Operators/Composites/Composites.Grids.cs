using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>Grids that say where to read an image.</content>
internal static partial class Composites
{
    /// <summary>
    /// https://onnx.ai/onnx/operators/ under each name. Gap: deformable convolution of other than images.
    /// </summary>
    private static IEnumerable<(string Type, long Since, Operator Operator)> Grids { get; } =
    [
        ("AffineGrid", 20, new Composite(AffineGrid, 2, 2, 1, ("align_corners", AttributeKind.Int))),
        ("DeformConv", 19, new Composite(
            DeformConv, 3, 5, 1,
            ("dilations", AttributeKind.Ints), ("group", AttributeKind.Int), ("kernel_shape", AttributeKind.Ints),
            ("offset_group", AttributeKind.Int), ("pads", AttributeKind.Ints), ("strides", AttributeKind.Ints))),
    ];

    /// <summary>Places that are evenly spaced from −1 to 1, the last axis first, times a matrix each sample has its own of.</summary>
    /// <remarks>A single place between aligned corners is 1, as ONNX Runtime has it; ONNX does not say.</remarks>
    private static Value[] AffineGrid(Expansion e)
    {
        const long Limit = 1 << 24;
        Value theta = e.Input(0);
        Value size = e.Input(1);
        Shape shape = theta.KnownShape;
        if (size is not { Type: DataType.Int64, KnownShape: [{ IsConstant: true, Value: 4 or 5 } rank] } || shape.Rank != 3
            || !shape[1].Equals(rank - 2) || !shape[2].Equals(rank - 1))
        {
            throw e.Context.Malformed(e.Node, $"makes a grid of a size {size.Shape} by matrices {shape}.");
        }

        int axes = (int)rank.Value - 2;
        bool isAligned = e.Node.Int("align_corners") != 0;
        long[]? known = null;
        if (SymbolicElements.Of(size)?.All(s => s.IsConstant) == true)
        {
            known = e.Context.Constants(e.Node, 1, "size")!;
            if (known.Any(s => s is < 1 or > Limit) || known.Skip(2).Aggregate(1.0, (product, s) => product * s) > Limit)
            {
                throw e.Context.Malformed(e.Node, $"makes a grid of size [{string.Join(",", known)}] by matrices {shape}.");
            }

            e.Context.RequireEqual(e.Node, shape[0], known[0], $"a batch of matrices {shape} that is not that of the size");
        }

        // What an axis adds depends on no other: small products, each along its axis, whose sum is as large as the grid.
        Value sum = Along(Column(axes), 0);
        for (int axis = axes - 1; axis >= 0; axis--)
        {
            Value places = known is null ? PlacesOfData(axis) : Places(known[2 + axis]);
            sum = e.Add(Along(e.Multiply(Column(axes - 1 - axis), places), axis), sum);
        }

        return [e.Transpose(sum, [0, .. Enumerable.Range(2, axes).Select(a => (long)a), 1])];

        Value Column(long index) => e.Apply("Slice", [theta, e.Integers(index), e.Integers(index + 1), e.Integers(2)]);

        // [batch, coordinates, places] with the other axes of the image around the places.
        Value Along(Value value, int axis) =>
            e.Apply("Unsqueeze", [value, e.Integers([.. Enumerable.Range(0, axes).Where(a => a != axis).Select(a => a + 2L)])]);

        Value Places(long length)
        {
            double[] places = new double[length];
            for (long i = 0; i < length; i++)
            {
                places[i] = isAligned ? 1 - (2.0 * (length - 1 - i) / long.Max(length - 1, 1)) : (((2.0 * i) + 1) / length) - 1;
            }

            return e.Constant(Tensor.FromDoubles(theta.Type, places, length));
        }

        // In float64, as where they are known at build.
        Value PlacesOfData(int axis)
        {
            Value length = e.Reshape(e.Apply("Slice", [size, e.Integers(2 + axis), e.Integers(3 + axis)]));
            Value index = e.Cast(Numbers(e, length), DataType.Float64);
            Value real = e.Cast(length, DataType.Float64);
            Value unit = e.Number(1, real);
            Value last = e.Subtract(real, unit);
            Value place = isAligned
                ? e.Subtract(unit, e.Divide(Twice(e.Subtract(last, index)), e.Apply("Max", [last, unit])))
                : e.Subtract(e.Divide(e.Add(Twice(index), unit), real), unit);
            return e.Cast(place, theta.Type);
        }

        Value Twice(Value value) => e.Add(value, value);
    }

    /// <summary>
    /// Every tap of a window reads the image at a place of its own, between pixels. What is read becomes channels, one for each tap, of
    /// which a convolution without a window makes the sums.
    /// </summary>
    private static Value[] DeformConv(Expansion e)
    {
        Value x = e.Input(0);
        Shape shape = x.KnownShape;
        Shape weights = e.Input(1).KnownShape;
        Shape offsets = e.Input(2).KnownShape;
        long groups = e.Node.Int("offset_group", 1);
        if (shape.Rank > 4)
        {
            throw e.Context.Unsupported(e.Node, $"works on {shape}. Images are supported.");
        }

        if (shape.Rank != 4 || weights.Rank != 4 || !weights.IsConstant || offsets.Rank != 4 || groups < 1
            || shape[1] is not { IsConstant: true } channels || channels.Value % groups != 0)
        {
            throw e.Context.Malformed(e.Node, $"convolves {shape} with {weights} at {offsets} in {groups} groups of offsets.");
        }

        long[] image = [Known(e, shape[2]), Known(e, shape[3])];
        long[] kernel = e.Node.Ints("kernel_shape") ?? [weights[2].Value, weights[3].Value];
        long[] result = [Known(e, offsets[2]), Known(e, offsets[3])];
        long[] strides = e.Node.Ints("strides") ?? [1, 1];
        long[] dilations = e.Node.Ints("dilations") ?? [1, 1];
        long[] pads = e.Node.Ints("pads") ?? [0, 0, 0, 0];
        if (kernel.Length != 2 || strides.Length != 2 || dilations.Length != 2 || pads.Length != 4
            || !weights[2].Equals((Dimension)kernel[0]) || !weights[3].Equals((Dimension)kernel[1])
            || strides.Concat(dilations).Any(s => s < 1) || Enumerable.Range(0, 2).Any(i => result[i]
                != ((image[i] + pads[i] + pads[i + 2] - ((kernel[i] - 1) * dilations[i]) - 1) / strides[i]) + 1))
        {
            throw e.Context.Malformed(e.Node, $"convolves {shape} with {weights} at {offsets}.");
        }

        long taps = kernel[0] * kernel[1];
        var start = new double[taps * 2 * result[0] * result[1]];
        for (long i = 0; i < start.Length; i++)
        {
            // Of tap, axis, row and column.
            long axis = i / (result[0] * result[1]) % 2;
            long tap = i / (2 * result[0] * result[1]);
            long window = axis == 0 ? i / result[1] % result[0] : i % result[1];
            long step = axis == 0 ? tap / kernel[1] : tap % kernel[1];
            start[i] = (window * strides[axis]) + (step * dilations[axis]) - pads[axis];
        }

        // Places are counted in pixels; a grid has −1 and 1 at the edges of the image.
        Value moves = e.Reshape(e.Input(2), shape[0] * groups, taps, 2, result[0], result[1]);
        Value places = e.Add(moves, e.Constant(Tensor.FromDoubles(x.Type, start, 1, taps, 2, result[0], result[1])));
        Value scaled = e.Multiply(places, PerAxis(size => 2.0 / size));
        Value centered = e.Add(scaled, PerAxis(size => (1.0 / size) - 1));
        Value grid = e.Apply("Gather", [e.Transpose(centered, 0, 1, 3, 4, 2), e.Integers(1, 0)], ("axis", -1L));
        Value read = e.Apply(
            "GridSample",
            [
                e.Reshape(x, shape[0] * groups, channels.Value / groups, shape[2], shape[3]),
                e.Reshape(grid, shape[0] * groups, taps * result[0], result[1], 2),
            ]);
        if (e.Node.Input(4) is { } mask)
        {
            read = e.Multiply(read, e.Reshape(mask, shape[0] * groups, 1, taps * result[0], result[1]));
        }

        Value columns = e.Reshape(read, shape[0], channels.Value * taps, result[0], result[1]);
        Value flat = e.Reshape(e.Input(1), weights[0], weights[1].Value * taps, 1, 1);
        return
        [
            e.Apply(
                "Conv", [columns, flat, .. e.Node.Input(3) is { } bias ? [bias] : (IEnumerable<Value?>)[]],
                ("group", e.Node.Int("group", 1))),
        ];

        Value PerAxis(Func<long, double> formula) =>
            e.Constant(Tensor.FromDoubles(x.Type, [formula(image[0]), formula(image[1])], 1, 1, 2, 1, 1));
    }
}
