using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>CumSum and CumProd: sums or products of all elements up to each one along an axis.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__CumSum.html, since opset 11, and onnx__CumProd.html, since opset 26. Gap: an axis that comes from
/// data.
/// </remarks>
internal sealed class Cumulative() : Operator(2, 2, ("exclusive", AttributeKind.Int), ("reverse", AttributeKind.Int))
{
    /// <summary>The axis of a node.</summary>
    public static int Axis(Node node, InferenceContext context) =>
        context.Constants(node, 1, "an axis") is [long axis]
            ? context.Axis(node, axis, node.Required(0).KnownShape.Rank)
            : throw context.Malformed(node, "has not one axis.");

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireType(node, 0, input.Type.IsNumeric());
        if (context.IsFromData(node, 1))
        {
            if (context.BoundCount(node, 1, "an axis", mayBeNarrow: true) != 1)
            {
                throw context.Malformed(node, "has not one axis.");
            }

            _ = (context.Bound(node, 0, "outer"), context.Bound(node, 1, "length"), context.Bound(node, 2, "inner"));
        }
        else
        {
            Axis(node, context);
        }

        node.Output.Set(input.Type, input.KnownShape);
    }
}
