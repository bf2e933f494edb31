using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>To a matrix: the dimensions before <c>axis</c> make the rows, the others the columns.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Flatten.html, since opset 1.</remarks>
internal sealed class Flatten() : Operator(1, 1, ("axis", AttributeKind.Int))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        int rank = input.KnownShape.Rank;
        long axis = node.Int("axis", 1);
        int split = axis == rank ? rank : context.Axis(node, axis, rank);
        node.Output.Set(input.Type, new Shape([input.KnownShape.Product(0, split), input.KnownShape.Product(split, rank)]));
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        long axis = node.Int("axis", 1);
        int split = (int)(axis < 0 ? axis + x.Rank : axis);
        return [x.Reshape(x.Shape.Product(0, split).Value, x.Shape.Product(split, x.Rank).Value)];
    }
}
