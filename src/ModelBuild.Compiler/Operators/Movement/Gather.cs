using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Picks slices along an axis by their indices.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Gather.html, since opset 1.</remarks>
internal sealed class Gather() : Operator(2, 2, ("axis", AttributeKind.Int))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value data = node.Required(0);
        Value indices = node.Required(1);
        context.RequireMovable(node, 0);
        context.RequireType(node, 1, indices.Type is DataType.Int64 or DataType.Int32);
        Shape shape = data.KnownShape;
        int axis = context.Axis(node, node.Int("axis"), shape.Rank);
        GatherElements.CheckRange(node, indices, shape[axis], context);
        IEnumerable<Dimension>? elements = null;
        if (SymbolicElements.Of(data) is { } source && shape.Rank == 1 && indices.Constant is { Rank: <= 1 } picked)
        {
            elements = picked.ToInt64s().Select(i => source[(int)(i < 0 ? i + source.Count : i)]);
        }

        node.Output.Set(data.Type, new Shape([.. shape.Take(axis), .. indices.KnownShape, .. shape.Skip(axis + 1)]), elements);
    }
}
