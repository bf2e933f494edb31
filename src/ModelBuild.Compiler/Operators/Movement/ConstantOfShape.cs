using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// A tensor of a given shape with one value everywhere, float32 zero unless <c>value</c> says otherwise. At run time it is an Expand.
/// </summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__ConstantOfShape.html, since opset 9.</remarks>
internal sealed class ConstantOfShape() : Operator(1, 1, ("value", AttributeKind.Tensor))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Tensor value = Fill(node);
        if (value.Length != 1 || value.Type.Size() == 0)
        {
            throw context.Malformed(node, $"has a value of type {value.Type} with {value.Length} elements.");
        }

        Shape shape = Expand.Target(node, 0, context);
        IEnumerable<Dimension>? elements = shape.Rank <= 1 && shape.IsConstant && shape.Length.Value <= 64 && value.Type.IsInteger()
            ? Enumerable.Repeat(Dimension.Constant(value.ToInt64s()[0]), (int)shape.Length.Value)
            : null;
        node.Output.Set(value.Type, shape, elements);
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs) =>
        [Expand.Apply(Fill(node).Reshape(), inputs[0]!.ToInt64s())];

    /// <summary>The value.</summary>
    public static Tensor Fill(Node node) =>
        node.Attributes.TryGetValue("value", out AttributeValue? value) ? value.Tensor : Tensor.Of([0f], 1);
}
