using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Repeats a tensor along dimensions of 1 until it has a given shape.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Expand.html, since opset 8.</remarks>
internal sealed class Expand() : Operator(2, 2)
{
    /// <summary>A copy, broadcast to dimensions that inference has found to fit.</summary>
    public static Tensor Apply(Tensor tensor, long[] dimensions) =>
        Movement.Gather(tensor, Strides.Walk(dimensions, Strides.Broadcast(tensor.Dimensions, dimensions.Length)), dimensions);

    /// <summary>A shape that an input of the node spells out.</summary>
    public static Shape Target(Node node, int index, InferenceContext context)
    {
        context.RequireType(node, index, node.Required(index).Type == DataType.Int64);
        IReadOnlyList<Dimension> target = SymbolicElements.Of(node.Required(index))
            ?? context.BoundDimensions(node, context.BoundCount(node, index, "shape"));
        return target.Any(d => d.IsConstant && d.Value < 0)
            ? throw context.Malformed(node, $"asks for the shape [{string.Join(",", target)}].")
            : new Shape(target);
    }

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireMovable(node, 0);
        context.RequireType(node, 1, node.Required(1).Type == DataType.Int64);
        Shape shape = SymbolicElements.Of(node.Required(1)) is null
            ? new Shape(context.BoundDimensions(node, Math.Max(input.KnownShape.Rank, context.BoundCount(node, 1, "shape"))))
            : context.Broadcast(node, input.KnownShape, Target(node, 1, context));
        IEnumerable<Dimension>? elements = SymbolicElements.Of(input) is { } source && shape is { Rank: 1, IsConstant: true }
            && shape.Length.Value <= 64
            ? source.Count == 1 ? Enumerable.Repeat(source[0], (int)shape.Length.Value) : source
            : null;
        node.Output.Set(input.Type, shape, elements);
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs) =>
        [Apply(inputs[0]!, Strides.Broadcast([.. inputs[0]!.Dimensions], inputs[1]!.ToInt64s()))];
}
