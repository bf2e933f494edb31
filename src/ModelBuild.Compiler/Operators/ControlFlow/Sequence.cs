using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Operators;

/// <summary>Range: start, start + delta, … up to, not including, limit.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__Range.html, since opset 11. At run time bounds follow from shapes and delta is 1, or all come from
/// data, which then decides how many numbers there are; so do shapes where there may be none.
/// </remarks>
internal sealed class Sequence() : Operator(3, 3)
{
    private const long Limit = 1 << 24;

    public override void Infer(Node node, InferenceContext context)
    {
        DataType type = context.CommonType(node, 0, 1, 2);
        context.RequireType(node, 0, type.IsNumeric());
        if (node.Inputs.Any(i => !i!.KnownShape.Length.Equals(Dimension.One)))
        {
            throw context.Malformed(node, "has bounds that are not scalars.");
        }

        if (node.Inputs.All(i => i!.IsConstant))
        {
            (Tensor first, Tensor end, Tensor by) = (node.Required(0).Constant!, node.Required(1).Constant!, node.Required(2).Constant!);
            Dimension length = Count(first, end, by) is { } count and <= Limit ? count : throw context.Malformed(
                node, $"counts from {first.ToDoubles()[0]} to {end.ToDoubles()[0]} by {by.ToDoubles()[0]}.");
            node.Output.Set(type, new Shape([length]));
            return;
        }

        Dimension?[] bounds = [.. node.Inputs.Select(i => SymbolicElements.Of(i)?[0])];
        node.Output.Set(type, bounds is [{ } start, { } limit, { } delta] && delta.Equals(Dimension.One)
            && (limit - start).IsNotNegative
            ? new Shape([limit - start])
            : new Shape(context.BoundDimensions(node, 1)));
    }

    public override Tensor[]? Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        DataType type = inputs[0]!.Type;
        if (Count(inputs[0]!, inputs[1]!, inputs[2]!) is not { } count)
        {
            return null;
        }

        if (type.IsInteger())
        {
            (long first, long by) = (inputs[0]!.ToInt64s()[0], inputs[2]!.ToInt64s()[0]);
            var integers = new long[count];
            for (int i = 0; i < integers.Length; i++)
            {
                integers[i] = unchecked(first + (i * by));
            }

            return [Tensor.FromInt64s(type, integers, count)];
        }

        double start = inputs[0]!.ToDoubles()[0];
        double delta = inputs[2]!.ToDoubles()[0];
        double[] values = new double[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = start + (i * delta);
        }

        return [Tensor.FromDoubles(type, values, count)];
    }

    /// <summary>How many numbers there are, as the kernel counts them; null where it refuses.</summary>
    private static long? Count(Tensor start, Tensor limit, Tensor delta)
    {
        Span<long> count = stackalloc long[1];
        try
        {
            switch (start.Type)
            {
                case DataType.UInt64:
                    Sizes.Range(start.Span<ulong>(), limit.Span<ulong>(), delta.Span<ulong>(), count);
                    break;
                case var type when type.IsInteger():
                    Sizes.Range<long>(start.ToInt64s(), limit.ToInt64s(), delta.ToInt64s(), count);
                    break;
                default:
                    Sizes.Range<double>(start.ToDoubles(), limit.ToDoubles(), delta.ToDoubles(), count);
                    break;
            }
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }

        return count[0];
    }
}
