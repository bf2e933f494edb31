using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>The determinants of square matrices.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Det.html, since opset 11.</remarks>
internal sealed class Determinant() : Operator(1, 1)
{
    public override void Infer(Node node, InferenceContext context) =>
        node.Output.Set(node.Required(0).Type, new Shape(SquareMatrices.Of(node, context).SkipLast(2)));

    public override double WorkPerElement(Node node) =>
        node.Required(0).KnownShape[^1] is { IsConstant: true } size ? Math.Pow(size.Value, 3) : 1;
}
