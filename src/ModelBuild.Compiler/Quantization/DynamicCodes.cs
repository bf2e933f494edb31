using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// 8-bit codes of a tensor whose scale and zero point are found at run time, for each row or each sample by itself, as ONNX's operators say
/// it: DynamicQuantizeLinear has one scale for a whole tensor, so that the samples of a batch would depend on each other.
/// <code>
///   low = min(ReduceMin(x), 0)    high = max(ReduceMax(x), 0)    scale = max((high − low) / 255, smallest)    zero = −Round(low / scale)
///   codes = Cast(Clip(Round(x / scale) + zero, 0, 255))
/// </code>
/// </summary>
/// <param name="Source">What the codes stand for.</param>
/// <param name="Codes">uint8, of the same shape.</param>
/// <param name="Scale">float32, with dimensions of 1 in place of the axes that share one scale.</param>
/// <param name="Zero">float32, the same.</param>
internal sealed record DynamicCodes(Value Source, Value Codes, Value Scale, Value Zero)
{
    /// <summary>The smallest normal number: a row of zeros has a scale all the same.</summary>
    private const float SmallestScale = 1.17549435e-38f;

    private const float Steps = 1f / byte.MaxValue;

    /// <summary>Adds codes to a graph.</summary>
    /// <param name="axes">What shares one scale, counted from the end.</param>
    public static DynamicCodes Add(Graph graph, PassContext context, Value x, long[] axes)
    {
        Value nothing = Number("nothing", 0);
        Value low = Append("Min", "low", Extreme("ReduceMin", "smallest"), nothing);
        Value high = Append("Max", "high", Extreme("ReduceMax", "largest"), nothing);
        Value step = Append("Mul", "step", Append("Sub", "range", high, low), Number("steps", Steps));
        Value scale = Append("Max", "scale", step, Number("smallest_scale", SmallestScale));
        Value zero = Append("Neg", "zero_point", Append("Round", "low_code", Append("Div", "low_steps", low, scale)));
        Value shifted = Append("Add", "shifted", Append("Round", "rounded", Append("Div", "in_steps", x, scale)), zero);
        Value clipped = Append("Clip", "clipped", shifted, nothing, Number("largest_code", byte.MaxValue));
        Value codes = graph.Append(
            context, "Cast", $"{x.Name}_quantized", [clipped], $"{x.Name}_quantized", ("to", (long)DataType.UInt8));
        return new DynamicCodes(x, codes, scale, zero);

        Value Append(string type, string what, params Value[] inputs) =>
            graph.Append(context, type, $"{x.Name}_{what}", inputs, $"{x.Name}_{what}");

        Value Number(string what, float number) => graph.NewConstant($"{x.Name}_{what}", Tensor.Scalar(number));

        Value Extreme(string type, string what)
        {
            // The axes are an input from opset 18 on.
            bool areInput = graph.Opset >= 18;
            Value?[] inputs = areInput ? [x, graph.NewConstant($"{x.Name}_{what}_axes", Tensor.Of(axes, axes.Length))] : [x];
            (string, AttributeValue)[] attributes = areInput ? [("keepdims", 1L)] : [("axes", axes), ("keepdims", 1L)];
            return graph.Append(context, type, $"{x.Name}_{what}", inputs, $"{x.Name}_{what}", attributes);
        }
    }

    /// <summary>Finds out whether a value is what <see cref="Add"/> makes, with one scale for each index of the first axes.</summary>
    /// <param name="codes">Any value.</param>
    /// <param name="shared">How many of the last axes share a scale.</param>
    public static DynamicCodes? Of(Value codes, int shared) =>
        codes.Type == DataType.UInt8 && Maker(codes, "Cast") is { } cast
        && Maker(cast.Required(0), "Clip") is { } clip && Clip.Bounds(clip) is (0, byte.MaxValue)
        && Maker(clip.Required(0), "Add") is { } shift && Maker(shift.Required(0), "Round") is { } rounding
        && Maker(rounding.Required(0), "Div") is { } division
        && division.Required(0) is { Type: DataType.Float32 } x && division.Required(1) is { } scale && shift.Required(1) is { } zero
        && Maker(scale, "Max") is { } floor && Number(floor.Required(1)) == SmallestScale
        && Maker(floor.Required(0), "Mul") is { } step && Number(step.Required(1)) == Steps
        && Maker(step.Required(0), "Sub") is { } range
        && IsExtreme(range.Required(0), "Max", x, shared) && IsExtreme(range.Required(1), "Min", x, shared)
        && Maker(zero, "Neg") is { } negation && Maker(negation.Required(0), "Round") is { } low
        && Maker(low.Required(0), "Div") is { } steps && steps.Required(0) == range.Required(1) && steps.Required(1) == scale
            ? new DynamicCodes(x, codes, scale, zero) : null;

    /// <summary>Whether a value is the largest or smallest number of each row, or 0.</summary>
    private static bool IsExtreme(Value value, string type, Value x, int shared) =>
        Maker(value, type) is { } bound && Number(bound.Required(1)) == 0 && Maker(bound.Required(0), "Reduce" + type) is { } reduction
        && reduction.Required(0) == x && bound.Output.KnownShape is var shape && shape.Rank == x.KnownShape.Rank && shape.Rank > shared
        && shape.TakeLast(shared).All(d => d.Equals(Dimension.One))
        && shape.SkipLast(shared).SequenceEqual(x.KnownShape.SkipLast(shared));

    private static Node? Maker(Value value, string type) => value.Producer is { } node && node.Is(type) ? node : null;

    private static float? Number(Value value) =>
        value.Constant is { Type: DataType.Float32, Length: 1 } constant ? constant.ToFloats()[0] : null;
}
