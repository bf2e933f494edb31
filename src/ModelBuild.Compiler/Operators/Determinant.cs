using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>The determinants of square matrices.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Det.html, since opset 11.</remarks>
internal sealed class Determinant() : Operator(1, 1)
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        Shape shape = input.KnownShape;
        context.RequireFloat(node, 0);
        if (shape.Rank < 2)
        {
            throw context.Malformed(node, $"has an input of shape {shape}, and needs [..., M, M].");
        }

        context.RequireEqual(node, shape[^2], shape[^1], $"matrices that are not square, {shape}");
        node.Output.Set(input.Type, new Shape(shape.SkipLast(2)));
    }

    public override double WorkPerElement(Node node) =>
        node.Required(0).KnownShape[^1] is { IsConstant: true } size ? Math.Pow(size.Value, 3) : 1;
}
