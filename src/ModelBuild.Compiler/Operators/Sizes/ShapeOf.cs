using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>Shape: the dimensions of a tensor from <c>start</c> to <c>end</c>, as int64.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Shape.html, since opset 1; <c>start</c> and <c>end</c> since 15.</remarks>
internal sealed class ShapeOf() : Operator(1, 1, ("start", AttributeKind.Int), ("end", AttributeKind.Int))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Shape shape = node.Required(0).KnownShape;
        (int start, int count) = Range(node, shape.Rank);
        node.Output.Set(DataType.Int64, Shape.Of(count), shape.Skip(start).Take(count));
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        (int start, int count) = Range(node, inputs[0]!.Rank);
        long[] dimensions = [.. inputs[0]!.Dimensions.Skip(start).Take(count)];
        return [Tensor.Of(dimensions, dimensions.Length)];
    }

    private static (int Start, int Count) Range(Node node, int rank)
    {
        long start = Clamp(node.Int("start"));
        return ((int)start, (int)Math.Max(0, Clamp(node.Int("end", rank)) - start));

        long Clamp(long bound) => bound < 0 ? Math.Max(bound, -rank) + rank : Math.Min(bound, rank);
    }
}
