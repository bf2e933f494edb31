using ModelBuild.Compiler.Graphs;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Operators;

/// <summary>Powers, with NumPy's broadcasting. The result has the type of the base; the exponent may have another.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Pow.html, since opset 7; exponents of another type since 12.</remarks>
internal sealed class Pow() : Operator(2, 2)
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value left = node.Required(0);
        Value right = node.Required(1);
        context.RequireType(node, 0, left.Type.IsNumeric());
        context.RequireType(node, 1, right.Type.IsNumeric());
        node.Output.Set(left.Type, context.Broadcast(node, left.KnownShape, right.KnownShape));
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        (Tensor a, Tensor b) = (inputs[0]!, inputs[1]!);
        return
        [
            a.Type.IsFloat() || b.Type.IsFloat()
                ? Arithmetic.Zip(a, b, a.ToDoubles(), b.ToDoubles(), Elementary.Pow, (v, d) => Tensor.FromDoubles(a.Type, v, d))
                : Arithmetic.Zip(a, b, a.ToInt64s(), b.ToInt64s(), Elementary.Pow, (v, d) => Tensor.FromInt64s(a.Type, v, d)),
        ];
    }
}
