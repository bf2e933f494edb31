using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>x where x is positive, slope · x elsewhere; the slope is broadcast to the shape of x.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__PRelu.html, since opset 7.</remarks>
internal sealed class PRelu() : Operator(2, 2)
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        DataType type = context.CommonType(node, 0, 1);
        context.RequireType(node, 0, type.IsFloat());
        if (!context.Broadcast(node, input.KnownShape, node.Required(1).KnownShape).Equals(input.Shape))
        {
            throw context.Malformed(node, $"has a slope {node.Required(1).Shape} for {input.Shape}.");
        }

        node.Output.Set(type, input.KnownShape);
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        (Tensor x, Tensor slope) = (inputs[0]!, inputs[1]!);
        return [Arithmetic.Zip(
            x, slope, x.ToDoubles(), slope.ToDoubles(), (a, b) => a < 0 ? a * b : a, (v, d) => Tensor.FromDoubles(x.Type, v, d))];
    }
}
