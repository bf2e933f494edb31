using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>Turns the first so many steps of each sequence around.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__ReverseSequence.html, since opset 10.</remarks>
internal sealed class ReverseSequence() : Operator(2, 2, ("batch_axis", AttributeKind.Int), ("time_axis", AttributeKind.Int))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        Value lengths = node.Required(1);
        context.RequireMovable(node, 0);
        context.RequireType(node, 1, lengths.Type == DataType.Int64);
        long batch = node.Int("batch_axis", 1);
        long time = node.Int("time_axis");
        if (input.KnownShape.Rank < 2 || lengths.KnownShape.Rank != 1 || (batch, time) is not ((0, 1) or (1, 0)))
        {
            throw context.Malformed(node, $"reverses {input.Shape} by {lengths.Shape} along axis {time} for each index of axis {batch}.");
        }

        context.RequireEqual(node, input.KnownShape[(int)batch], lengths.KnownShape[0], "sequences and lengths");
        node.Output.Set(input.Type, input.KnownShape);
    }
}
