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
        IReadOnlyList<Dimension> target = SymbolicElements.Of(node.Required(index)) ?? context.BoundDimensions(
            node, context.BoundCount(node, index, "shape"),
            i => KnownElements.Of(node.Required(index))?[i] is { IsConstant: true, Value: >= 0 } size ? size : null);
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
            ? FromData(node, context)
            : context.Broadcast(node, input.KnownShape, Target(node, 1, context));
        IEnumerable<Dimension>? elements = SymbolicElements.Of(input) is { } source && shape is { Rank: 1, IsConstant: true }
            && shape.Length.Value <= 64
            ? source.Count == 1 ? Enumerable.Repeat(source[0], (int)shape.Length.Value) : source
            : null;
        node.Output.Set(input.Type, shape, elements);
    }

    /// <summary>A dimension that is not 1 stays as it is whatever the run says; one of 1 becomes what is known of that.</summary>
    private static Shape FromData(Node node, InferenceContext context)
    {
        Shape shape = node.Required(0).KnownShape;
        int count = context.BoundCount(node, 1, "shape");
        IReadOnlyList<Dimension?>? sizes = KnownElements.Of(node.Required(1));
        int rank = Math.Max(shape.Rank, count);
        return new Shape(context.BoundDimensions(node, rank, Known));

        Dimension? Known(int index)
        {
            Dimension own = index < rank - shape.Rank ? Dimension.One : shape[index - rank + shape.Rank];
            long? size = index < rank - count ? 1
                : sizes?[index - rank + count] is { IsConstant: true } known ? known.Value : null;
            return own.IsConstant && own.Value != 1 ? own
                : size == 1 ? own
                : size >= 0 ? size.Value
                : null;
        }
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs) =>
        [Apply(inputs[0]!, Strides.Broadcast([.. inputs[0]!.Dimensions], inputs[1]!.ToInt64s()))];
}
