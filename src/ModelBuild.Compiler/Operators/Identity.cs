using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>Identity, and Dropout, which is the same when nobody trains.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__Identity.html and onnx__Dropout.html, since opset 1. Gap: Dropout's second output (the mask).
/// </remarks>
internal sealed class Identity() : Operator(1, 3, ("seed", AttributeKind.Int), ("ratio", AttributeKind.Float))
{
    public override void Infer(Node node, InferenceContext context)
    {
        if (node.Input(2) is { } training && (training.Constant is not { } flag || flag.ToInt64s().Any(v => v != 0)))
        {
            throw context.Unsupported(node, "is in training mode. Export the model for inference.");
        }

        Value input = node.Required(0);
        node.Output.Set(input.Type, input.KnownShape, SymbolicElements.Of(input));
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs) => [inputs[0]!];
}
