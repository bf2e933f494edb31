using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// The largest or smallest elements along an axis and where they are. They come in order, which <c>sorted</c> = 0 allows too.
/// </summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__TopK.html, since opset 1; the number of elements is an input since 10 (import makes it that).
/// </remarks>
internal sealed class TopK() : Operator(2, 2, ("axis", AttributeKind.Int), ("largest", AttributeKind.Int), ("sorted", AttributeKind.Int))
{
    public override int Outputs => 2;

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        Shape shape = input.KnownShape;
        context.RequireType(node, 0, input.Type.IsNumeric());
        int axis = context.Axis(node, node.Int("axis", -1), shape.Rank);
        Dimension count = SymbolicElements.Of(node.Required(1)) is { } known
            ? known is [{ } single] ? single : throw context.Malformed(node, "takes not one number of elements.")
            : context.BoundCount(node, 1, "number of elements") == 1 ? context.Bound(node, 0, $"dim{axis}")
            : throw context.Malformed(node, "takes not one number of elements.");

        if ((count.IsConstant && count.Value < 0) || (count.IsConstant && shape[axis].IsConstant && count.Value > shape[axis].Value))
        {
            throw context.Malformed(node, $"takes {count} of {shape[axis]} elements.");
        }

        Shape result = shape.With(axis, count);
        node.Outputs[0]?.Set(input.Type, result);
        if (node.Outputs.Count > 1)
        {
            node.Outputs[1]?.Set(DataType.Int64, result);
        }
    }
}
