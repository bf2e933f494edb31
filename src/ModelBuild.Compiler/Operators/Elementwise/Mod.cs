using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// Remainders, with NumPy's broadcasting: with the sign of the divisor, or with <c>fmod</c> that of the dividend.
/// </summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Mod.html, since opset 10.</remarks>
internal sealed class Mod() : Operator(2, 2, ("fmod", AttributeKind.Int))
{
    public override void Infer(Node node, InferenceContext context)
    {
        DataType type = context.CommonType(node, 0, 1);
        context.RequireType(node, 0, type.IsNumeric());
        Value left = node.Required(0);
        Value right = node.Required(1);
        node.Output.Set(
            type, context.Broadcast(node, left.KnownShape, right.KnownShape), SymbolicElements.Combine(left, right, Symbolic));

        Dimension? Symbolic(Dimension a, Dimension b) =>
            b is { IsConstant: true, Value: > 0 } && (a.IsNotNegative || node.Int("fmod") == 0) ? a - (a.FloorDivide(b.Value) * b) : null;
    }

    public override Tensor[]? Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        (Tensor a, Tensor b) = (inputs[0]!, inputs[1]!);
        bool keepsSign = node.Int("fmod") != 0;
        return Arithmetic.IsBeyondInt64(inputs) ? null :
        [
            a.Type.IsFloat()
                ? Arithmetic.Zip(a, b, a.ToDoubles(), b.ToDoubles(), RealRemainder, (v, d) => Tensor.FromDoubles(a.Type, v, d))
                : Arithmetic.Zip(a, b, a.ToInt64s(), b.ToInt64s(), Remainder, (v, d) => Tensor.FromInt64s(a.Type, v, d)),
        ];

        double RealRemainder(double x, double y)
        {
            double rest = x % y;
            return keepsSign ? rest : rest == 0 ? Math.CopySign(rest, y) : rest < 0 != y < 0 ? rest + y : rest;
        }

        long Remainder(long x, long y)
        {
            if (y is 0 or -1)
            {
                return 0;
            }

            long rest = x % y;
            return !keepsSign && rest != 0 && rest < 0 != y < 0 ? rest + y : rest;
        }
    }
}
