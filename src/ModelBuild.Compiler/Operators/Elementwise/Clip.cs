using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>Limits elements to [min, max]. Both bounds are optional scalars.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Clip.html, since opset 1; bounds are inputs since 11 (import makes them that).</remarks>
internal sealed class Clip() : Operator(1, 3)
{
    /// <summary>The bounds of a node: infinities where it has none; null where they are known only at run time.</summary>
    public static (float Minimum, float Maximum)? Bounds(Node node)
    {
        Value? minimum = node.Input(1);
        Value? maximum = node.Input(2);
        return minimum is { IsConstant: false } || maximum is { IsConstant: false }
            ? null
            : (minimum?.Constant!.ToFloats()[0] ?? float.NegativeInfinity, maximum?.Constant!.ToFloats()[0] ?? float.PositiveInfinity);
    }

    public override void Infer(Node node, InferenceContext context)
    {
        DataType type = context.CommonType(node, 0, 1, 2);
        context.RequireType(node, 0, type.IsNumeric());
        for (int i = 1; i <= 2; i++)
        {
            if (node.Input(i) is { } bound && !bound.KnownShape.Length.Equals(Plan.Dimension.One))
            {
                throw context.Malformed(node, $"has a bound of shape {bound.Shape}, which is not a scalar.");
            }
        }

        node.Output.Set(type, node.Required(0).KnownShape);
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        if (x.Type.IsFloat())
        {
            double low = Bound(1)?.ToDoubles()[0] ?? double.NegativeInfinity;
            double high = Bound(2)?.ToDoubles()[0] ?? double.PositiveInfinity;
            return [Tensor.FromDoubles(x.Type, Array.ConvertAll(x.ToDoubles(), v => Math.Min(Math.Max(v, low), high)), [.. x.Dimensions])];
        }

        long minimum = Bound(1)?.ToInt64s()[0] ?? long.MinValue;
        long maximum = Bound(2)?.ToInt64s()[0] ?? long.MaxValue;
        return [Tensor.FromInt64s(x.Type, Array.ConvertAll(x.ToInt64s(), v => Math.Min(Math.Max(v, minimum), maximum)), [.. x.Dimensions])];

        Tensor? Bound(int index) => index < inputs.Count ? inputs[index] : null;
    }
}
