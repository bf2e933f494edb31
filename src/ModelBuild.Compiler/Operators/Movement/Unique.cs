using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// The different elements, or slices along an axis, each once; where each is found first, which of them each element is, and how often
/// each is there.
/// </summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Unique.html, since opset 11.</remarks>
internal sealed class Unique() : Operator(1, 1, ("axis", AttributeKind.Int), ("sorted", AttributeKind.Int))
{
    public override int Outputs => 4;

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        Shape shape = input.KnownShape;
        context.RequireType(node, 0, input.Type.IsNumeric());
        Dimension count = context.Bound(node, 0, "count");
        int axis = node.Has("axis") ? context.Axis(node, node.Int("axis"), shape.Rank) : -1;
        node.Outputs[0]?.Set(input.Type, axis < 0 ? new Shape([count]) : shape.With(axis, count));
        for (int i = 1; i < node.Outputs.Count; i++)
        {
            node.Outputs[i]?.Set(DataType.Int64, new Shape([i != 2 ? count : axis < 0 ? shape.Length : shape[axis]]));
        }
    }
}
