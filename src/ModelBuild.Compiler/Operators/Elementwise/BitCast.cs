using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>The bits of each element, understood as another type of the same size.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__BitCast.html, since opset 26. Gaps: strings, types below eight bits, and truth values as
/// the result, of whose bytes two only mean something.</remarks>
internal sealed class BitCast() : Operator(1, 1, ("to", AttributeKind.Int))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        var type = (DataType)node.Int("to");
        if (type.Size() == 0 || type == DataType.Bool || input.Type.Size() == 0)
        {
            throw context.Unsupported(node, $"understands {input.Type} as {type}.");
        }

        if (type.Size() != input.Type.Size())
        {
            throw context.Malformed(node, $"understands {input.Type} as {type}, which has not the same size.");
        }

        node.Output.Set(type, input.KnownShape);
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs) =>
        [new((DataType)node.Int("to"), [.. inputs[0]!.Dimensions], inputs[0]!.Data)];
}
