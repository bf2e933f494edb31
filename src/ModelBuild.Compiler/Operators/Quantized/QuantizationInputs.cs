using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// Scale and zero point as QuantizeLinear and DequantizeLinear take them: inputs 1 and 2, scalars or one for each index along an axis.
/// </summary>
internal sealed class QuantizationInputs
{
    private readonly float[] _scales;
    private readonly long[]? _zeroPoints;
    private readonly long _inner = 1;
    private readonly long _axisLength = 1;
    private readonly long _blockSize;

    public QuantizationInputs(Node node, IReadOnlyList<long> dimensions, IReadOnlyList<Tensor?> inputs)
    {
        _scales = inputs[1]!.ToFloats();
        _zeroPoints = inputs.Count > 2 ? inputs[2]?.ToInt64s() : null;
        if (_scales.Length > 1)
        {
            long axis = node.Int("axis", 1);
            axis += axis < 0 ? dimensions.Count : 0;
            _inner = Shape.Of([.. dimensions]).Product((int)axis + 1, dimensions.Count).Value;
            _axisLength = dimensions[(int)axis];
            _blockSize = node.Int("block_size");
        }
    }

    public static (string Name, AttributeKind Kind)[] Attributes { get; } =
        [("axis", AttributeKind.Int), ("block_size", AttributeKind.Int), ("saturate", AttributeKind.Int), ("precision", AttributeKind.Int)];

    /// <summary>Scale and zero point of one element, by its place in the tensor.</summary>
    public (float Scale, int ZeroPoint) this[int element]
    {
        get
        {
            int channel = Channel(element);
            return (_scales[channel], (int)(_zeroPoints?[channel] ?? 0));
        }
    }

    private int Channel(int element)
    {
        if (_blockSize == 0)
        {
            return (int)(element / _inner % _scales.Length);
        }

        // A block's parameters stand where its elements would, if there were one of them.
        (long row, long place) = Math.DivRem(element, _inner);
        (long outer, long index) = Math.DivRem(row, _axisLength);
        long blocks = (_axisLength + _blockSize - 1) / _blockSize;
        return (int)((((outer * blocks) + (index / _blockSize)) * _inner) + place);
    }

    /// <summary>Smallest and largest code of a type.</summary>
    public static (double Low, double High) Range(DataType type) => type switch
    {
        DataType.UInt8 => (byte.MinValue, byte.MaxValue),
        DataType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        DataType.UInt16 => (ushort.MinValue, ushort.MaxValue),
        DataType.Int16 => (short.MinValue, short.MaxValue),
        _ => (int.MinValue, int.MaxValue),
    };

    /// <summary>
    /// The parameters of a node whose scale and zero point are constant, which inference has checked; per-tensor where there is one pair.
    /// </summary>
    public static QuantizationParameters Parameters(Node node)
    {
        float[] scales = node.Required(1).Constant!.ToFloats();
        int[] zeroPoints = node.Input(2)?.Constant is { } zero ? [.. zero.ToInt64s().Select(z => (int)z)] : new int[scales.Length];
        int axis = (int)node.Int("axis", 1);
        axis += axis < 0 ? node.Required(0).KnownShape.Rank : 0;
        DataType code = node.Is("QuantizeLinear") ? node.Output.Type : node.Required(0).Type;
        return new QuantizationParameters(scales, zeroPoints, scales.Length == 1 ? -1 : axis)
        {
            CodeType = IsWide(code) ? code : DataType.UInt8,
        };
    }

    /// <summary>16 bits.</summary>
    public static bool IsWide(DataType code) => code is DataType.UInt16 or DataType.Int16;

    /// <summary>
    /// Whether lowering has kernels for a node, or folding: constant parameters, and one scale unless the tensor is constant too. All other
    /// forms are taken apart.
    /// </summary>
    /// <param name="code">The type of the integers.</param>
    public static bool IsWhole(Node node, DataType code) =>
        node.Int("block_size") == 0 && node.Required(1).IsConstant && node.Input(2) is null or { IsConstant: true }
        && (node.Required(0).IsConstant
            || ((IsWide(code) || code is DataType.UInt8 or DataType.Int8) && node.Required(1).KnownShape.Length.Equals(Dimension.One)));

    /// <summary>Scales or zero points in a shape that broadcasts to the tensor's.</summary>
    public static Value Spread(Expansion e, Value parameter, Shape shape)
    {
        Shape own = parameter.KnownShape;
        if (own.Length.Equals(Dimension.One))
        {
            return own.Rank > shape.Rank ? e.Apply("Squeeze", [parameter, e.Integers(0)]) : parameter;
        }

        int axis = e.Context.Axis(e.Node, e.Node.Int("axis", 1), shape.Rank);
        long size = e.Node.Int("block_size");
        if (size == 0)
        {
            return e.Reshape(parameter, [own[0], .. Enumerable.Repeat(Dimension.One, shape.Rank - axis - 1)]);
        }

        // Each parameter stands for a block of neighbours along the axis; the last block may be cut off.
        Value column = e.Apply("Unsqueeze", [parameter, e.Integers(axis + 1)]);
        var times = new long[shape.Rank + 1];
        Array.Fill(times, 1);
        times[axis + 1] = size;
        Dimension whole = own[axis] * size;
        Value repeated = e.Reshape(
            e.Apply("Tile", [column, e.Integers(times)]), [.. own.Take(axis), whole, .. own.Skip(axis + 1)]);
        return whole.Equals(shape[axis]) ? repeated
            : e.Apply("Slice", [repeated, e.Integers(0), e.Integers(shape[axis].Value), e.Integers(axis)]);
    }

    /// <param name="code">The type of the integers.</param>
    public static void Check(Node node, Shape shape, DataType code, InferenceContext context)
    {
        Value scale = node.Required(1);
        Value? zeroPoint = node.Input(2);
        context.RequireFloat(node, 1);
        if (zeroPoint is not null && (zeroPoint.Type != code || !zeroPoint.KnownShape.Length.Equals(scale.KnownShape.Length)))
        {
            throw context.Malformed(
                node, $"has zero points {zeroPoint.Type}{zeroPoint.Shape} for codes of type {code} and scales {scale.Shape}.");
        }

        // Blocks are multiplied out, whatever their scales are.
        if (node.Int("block_size") == 0 && scale.Constant is { } constant
            && !constant.ToFloats().All(s => float.IsFinite(s) && s >= 0))
        {
            throw context.Malformed(node, "has a scale that is negative, infinite or not a number.");
        }

        if (scale.KnownShape.Length.Equals(Dimension.One))
        {
            return;
        }

        int axis = context.Axis(node, node.Int("axis", 1), shape.Rank);
        long size = node.Int("block_size");
        if (size < 0 || !(size == 0
            ? scale.KnownShape.Rank == 1 && scale.KnownShape[0].Equals(shape[axis])
            : AreBlocks(scale.KnownShape, shape, axis, size)))
        {
            throw context.Malformed(
                node, $"has scales {scale.Shape} for axis {axis} of {shape}{(size == 0 ? string.Empty : $" in blocks of {size}")}.");
        }
    }

    private static bool AreBlocks(Shape scales, Shape shape, int axis, long size) =>
        scales.Rank == shape.Rank && shape[axis].IsConstant && scales[axis].Equals((Dimension)((shape[axis].Value + size - 1) / size))
        && scales.Where((_, i) => i != axis).SequenceEqual(shape.Where((_, i) => i != axis));
}
