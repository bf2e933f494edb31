using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>The indices of the elements that are not zero: one row for each dimension, one column for each of them.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__NonZero.html, since opset 9.</remarks>
internal sealed class NonZero() : Operator(1, 1)
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireMovable(node, 0);
        node.Output.Set(DataType.Int64, new Shape([input.KnownShape.Rank, context.Bound(node, 0, "count")]));
    }
}
