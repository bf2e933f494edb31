using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Keeps the upper or lower triangle of matrices; the rest becomes zero.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Trilu.html, since opset 14.</remarks>
internal sealed class Trilu() : Operator(1, 2, ("upper", AttributeKind.Int))
{
    /// <summary>How far above the main diagonal the triangle ends.</summary>
    public static Dimension Diagonal(Node node, InferenceContext context) =>
        context.IsFromData(node, 1)
            ? context.BoundCount(node, 1, "a diagonal") == 1 ? context.Bound(node, 0, "diagonal", isPosition: true)
            : throw context.Malformed(node, "has not one diagonal.")
        : SymbolicElements.Of(node.Input(1)) is [{ } known] ? known
        : (context.Constants(node, 1, "a diagonal") ?? [0]) is [long diagonal]
            ? diagonal
            : throw context.Malformed(node, "has not one diagonal.");

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireMovable(node, 0);
        Diagonal(node, context);
        if (input.KnownShape.Rank < 2)
        {
            throw context.Malformed(node, $"takes a triangle of {input.Shape}, which is no matrix.");
        }

        node.Output.Set(input.Type, input.KnownShape);
    }
}
