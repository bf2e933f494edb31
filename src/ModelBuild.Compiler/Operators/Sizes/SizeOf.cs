using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>Size: the number of elements, as a scalar.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Size.html, since opset 1.</remarks>
internal sealed class SizeOf() : Operator(1, 1)
{
    public override void Infer(Node node, InferenceContext context) =>
        node.Output.Set(DataType.Int64, Shape.Scalar, [node.Required(0).KnownShape.Length]);

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs) => [Tensor.Of([inputs[0]!.Length], [])];
}
