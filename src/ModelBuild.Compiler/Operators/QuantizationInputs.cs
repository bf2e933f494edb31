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

    public QuantizationInputs(Node node, IReadOnlyList<long> dimensions, IReadOnlyList<Tensor?> inputs)
    {
        _scales = inputs[1]!.ToFloats();
        _zeroPoints = inputs.Count > 2 ? inputs[2]?.ToInt64s() : null;
        if (_scales.Length > 1)
        {
            long axis = node.Int("axis", 1);
            _inner = Shape.Of([.. dimensions]).Product((int)(axis < 0 ? axis + dimensions.Count : axis) + 1, dimensions.Count).Value;
        }
    }

    public static (string Name, AttributeKind Kind)[] Attributes { get; } =
        [("axis", AttributeKind.Int), ("block_size", AttributeKind.Int), ("saturate", AttributeKind.Int), ("precision", AttributeKind.Int)];

    /// <summary>Scale and zero point of one element, by its place in the tensor.</summary>
    public (float Scale, int ZeroPoint) this[int element]
    {
        get
        {
            int channel = (int)(element / _inner % _scales.Length);
            return (_scales[channel], (int)(_zeroPoints?[channel] ?? 0));
        }
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
        return new QuantizationParameters(scales, zeroPoints, scales.Length == 1 ? -1 : axis);
    }

    /// <param name="code">The type of the integers.</param>
    public static void Check(Node node, Shape shape, DataType code, InferenceContext context)
    {
        Value scale = node.Required(1);
        Value? zeroPoint = node.Input(2);
        context.RequireFloat(node, 1);
        if (node.Int("block_size") != 0)
        {
            throw context.Unsupported(node, "quantizes in blocks, which is not supported.");
        }

        if (!scale.IsConstant || zeroPoint is { IsConstant: false })
        {
            throw context.Unsupported(node, "has a scale or zero point that is computed at run time. They must be constant.");
        }

        if (zeroPoint is not null && (zeroPoint.Type != code || zeroPoint.Constant!.Length != scale.Constant!.Length))
        {
            throw context.Malformed(
                node, $"has zero points {zeroPoint.Type}{zeroPoint.Shape} for codes of type {code} and scales {scale.Shape}.");
        }

        if (!scale.Constant!.ToFloats().All(s => float.IsFinite(s) && s >= 0))
        {
            throw context.Malformed(node, "has a scale that is negative, infinite or not a number.");
        }

        if (scale.KnownShape.Length.Equals(Dimension.One))
        {
            return;
        }

        int axis = context.Axis(node, node.Int("axis", 1), shape.Rank);
        if (scale.KnownShape.Rank != 1 || !scale.KnownShape[0].Equals(shape[axis]))
        {
            throw context.Malformed(node, $"has scales {scale.Shape} for axis {axis} of {shape}.");
        }
    }
}
