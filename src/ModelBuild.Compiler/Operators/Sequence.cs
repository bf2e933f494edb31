using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Range: start, start + delta, … up to, not including, limit.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__Range.html, since opset 11. At run time bounds follow from shapes and delta is 1, or all come from
/// data, which then decides how many numbers there are.
/// </remarks>
internal sealed class Sequence() : Operator(3, 3)
{
    private const double Limit = 1 << 24;

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
            double count = Count(node.Required(0).Constant!, node.Required(1).Constant!, node.Required(2).Constant!);
            Dimension length = count is >= 0 and <= Limit ? (long)count : throw context.Malformed(node, $"has {count} elements.");
            node.Output.Set(type, new Shape([length]));
            return;
        }

        Dimension?[] bounds = [.. node.Inputs.Select(i => SymbolicElements.Of(i)?[0])];
        node.Output.Set(type, bounds is [{ } start, { } limit, { } delta] && delta.Equals(Dimension.One)
            ? new Shape([limit - start])
            : new Shape(context.BoundDimensions(node, 1)));
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        long count = (long)Count(inputs[0]!, inputs[1]!, inputs[2]!);
        DataType type = inputs[0]!.Type;
        double start = inputs[0]!.ToDoubles()[0];
        double delta = inputs[2]!.ToDoubles()[0];
        double[] values = new double[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = start + (i * delta);
        }

        return [Tensor.FromDoubles(type, values, count)];
    }

    private static double Count(Tensor start, Tensor limit, Tensor delta) =>
        Math.Max(0, Math.Ceiling((limit.ToDoubles()[0] - start.ToDoubles()[0]) / delta.ToDoubles()[0]));
}
