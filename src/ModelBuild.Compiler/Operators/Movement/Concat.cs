using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Joins tensors along an axis.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Concat.html, since opset 4.</remarks>
internal sealed class Concat() : Operator(1, int.MaxValue, ("axis", AttributeKind.Int))
{
    public override void Infer(Node node, InferenceContext context)
    {
        if (node.Inputs.Contains(null) || !node.Has("axis"))
        {
            throw context.Malformed(node, "lacks an input or its axis.");
        }

        DataType type = context.CommonType(node, [.. Enumerable.Range(0, node.Inputs.Count)]);
        context.RequireMovable(node, 0);
        Shape[] shapes = [.. node.Inputs.Select(i => i!.KnownShape)];
        int axis = context.Axis(node, node.Int("axis"), shapes[0].Rank);
        Dimension length = Dimension.Zero;
        foreach (Shape shape in shapes)
        {
            if (shape.Rank != shapes[0].Rank)
            {
                throw context.Malformed(node, $"joins {shapes[0]} and {shape}.");
            }

            for (int i = 0; i < shape.Rank; i++)
            {
                if (i != axis)
                {
                    context.RequireEqual(node, shapes[0][i], shape[i], $"dimensions {i} of {shapes[0]} and {shape} to join");
                }
            }

            length += shape[axis];
        }

        IReadOnlyList<Dimension>?[] elements = [.. node.Inputs.Select(SymbolicElements.Of)];
        node.Output.Set(type, shapes[0].With(axis, length), elements.Contains(null) ? null : elements.SelectMany(e => e!));
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor first = inputs[0]!;
        int axis = node.Axis(first.Rank);
        long[] dimensions = [.. first.Dimensions];
        dimensions[axis] = inputs.Sum(i => i!.Dimensions[axis]);
        long[] strides = Strides.Of(dimensions);
        var data = new byte[dimensions.Aggregate((long)first.Type.Size(), (product, d) => product * d)];
        long start = 0;
        foreach (Tensor input in inputs.OfType<Tensor>())
        {
            Movement.Scatter(input, Strides.Walk([.. input.Dimensions], strides, start), data);
            start += input.Dimensions[axis] * strides[axis];
        }

        return [new Tensor(first.Type, dimensions, data)];
    }
}
