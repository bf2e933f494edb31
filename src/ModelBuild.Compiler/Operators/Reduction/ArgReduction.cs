using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>ArgMax and ArgMin: where along an axis the largest or smallest element is.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__ArgMax.html and onnx__ArgMin.html, since opset 1; <c>select_last_index</c> since 12.
/// </remarks>
internal sealed class ArgReduction()
    : Operator(1, 1, ("axis", AttributeKind.Int), ("keepdims", AttributeKind.Int), ("select_last_index", AttributeKind.Int))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        Shape shape = input.KnownShape;
        context.RequireType(node, 0, input.Type.IsNumeric());
        int axis = context.Axis(node, node.Int("axis"), shape.Rank);
        if (shape[axis].Equals(Dimension.Zero))
        {
            throw context.Malformed(node, $"looks for an element of {shape}, which has none along axis {axis}.");
        }

        node.Output.Set(DataType.Int64, node.Int("keepdims", 1) != 0
            ? shape.With(axis, Dimension.One)
            : new Shape(shape.Where((_, i) => i != axis)));
    }
}
