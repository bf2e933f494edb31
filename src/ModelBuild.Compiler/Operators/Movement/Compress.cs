using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>The slices along an axis, or the elements, for which a condition holds.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Compress.html, since opset 9. What the condition does not reach is left out.</remarks>
internal sealed class Compress() : Operator(2, 2, ("axis", AttributeKind.Int))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        Value condition = node.Required(1);
        context.RequireMovable(node, 0);
        Shape shape = input.KnownShape;
        if (condition.Type != DataType.Bool || condition.KnownShape.Rank != 1)
        {
            throw context.Malformed(node, $"has a condition of type {condition.Type}{condition.Shape}.");
        }

        Dimension count = context.Bound(node, 0, "count");
        node.Output.Set(input.Type, node.Has("axis")
            ? shape.With(context.Axis(node, node.Int("axis"), shape.Rank), count)
            : new Shape([count]));
    }
}
