using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>The inverses of square matrices.</summary>
/// <remarks>https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.Inverse.</remarks>
internal sealed class Inverse() : Operator(1, 1)
{
    public override void Infer(Node node, InferenceContext context) =>
        node.Output.Set(node.Required(0).Type, SquareMatrices.Of(node, context));

    public override double WorkPerElement(Node node) =>
        node.Required(0).KnownShape[^1] is { IsConstant: true } size ? 2.0 * size.Value : double.PositiveInfinity;
}
