using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>Converts elements to another type.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__Cast.html, since opset 6. Gaps: strings, complex numbers, types below 8 bits, float8.
/// </remarks>
internal sealed class Cast()
    : Operator(1, 1, ("to", AttributeKind.Int), ("saturate", AttributeKind.Int), ("round_mode", AttributeKind.Text))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireMovable(node, 0);
        long to = node.Int("to");
        if (to is < 0 or > int.MaxValue || ((DataType)to).Size() == 0)
        {
            throw context.Unsupported(node, $"converts to type {(DataType)Math.Clamp(to, 0, int.MaxValue)}, which is not supported.");
        }

        var type = (DataType)to;
        node.Output.Set(type, input.KnownShape, type == DataType.Bool || input.Type == DataType.Bool ? null : SymbolicElements.Of(input));
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        var type = (DataType)node.Int("to");
        return [type == x.Type ? x : x.ConvertTo(type)];
    }
}
