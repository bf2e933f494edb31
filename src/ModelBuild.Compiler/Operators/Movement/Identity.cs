using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>The input as it is.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Identity.html, since opset 1.</remarks>
internal sealed class Identity() : Operator(1, 1)
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        node.Output.Set(input.Type, input.KnownShape, SymbolicElements.Of(input));
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs) => [inputs[0]!];
}
