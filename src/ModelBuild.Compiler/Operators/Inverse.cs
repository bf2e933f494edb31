using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>The inverses of square matrices.</summary>
/// <remarks>https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.Inverse.</remarks>
internal sealed class Inverse() : Operator(1, 1)
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
        node.Output.Set(input.Type, shape);
    }

    public override double WorkPerElement(Node node) =>
        node.Required(0).KnownShape[^1] is { IsConstant: true } size ? 2.0 * size.Value : double.PositiveInfinity;
}
