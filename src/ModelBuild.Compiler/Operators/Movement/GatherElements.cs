using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Picks elements whose position along one axis the indices name, and whose other positions are their own.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__GatherElements.html, since opset 11.</remarks>
internal sealed class GatherElements() : Operator(2, 2, ("axis", AttributeKind.Int))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value data = node.Required(0);
        Value indices = node.Required(1);
        context.RequireMovable(node, 0);
        CheckIndices(node, data, indices, context);
        node.Output.Set(data.Type, indices.KnownShape);
    }

    /// <summary>Checks indices that stand for positions along one axis; ScatterElements has the same.</summary>
    /// <returns>The axis.</returns>
    public static int CheckIndices(Node node, Value data, Value indices, InferenceContext context)
    {
        context.RequireType(node, 1, indices.Type is DataType.Int64 or DataType.Int32);
        Shape shape = data.KnownShape;
        int axis = context.Axis(node, node.Int("axis"), shape.Rank);
        if (indices.KnownShape.Rank != shape.Rank)
        {
            throw context.Malformed(node, $"indexes {shape} by {indices.Shape}, which has another number of dimensions.");
        }

        for (int i = 0; i < shape.Rank; i++)
        {
            if (i != axis && shape[i].IsConstant && indices.KnownShape[i].IsConstant && indices.KnownShape[i].Value > shape[i].Value)
            {
                throw context.Malformed(node, $"indexes {shape} by {indices.Shape}, which is larger in dimension {i}.");
            }
        }

        CheckRange(node, indices, shape[axis], context);
        return axis;
    }

    /// <summary>Checks constant indices into a dimension whose size is known: they would make every call fail.</summary>
    /// <param name="first">The first index that is one into this dimension.</param>
    /// <param name="step">How far apart such indices are.</param>
    public static void CheckRange(Node node, Value indices, Dimension size, InferenceContext context, int first = 0, int step = 1)
    {
        if (indices.Constant is not { } constant || !size.IsConstant)
        {
            return;
        }

        long[] places = constant.ToInt64s();
        for (int i = first; i < places.Length; i += step)
        {
            if (places[i] < -size.Value || places[i] >= size.Value)
            {
                throw context.Malformed(node, $"picks element {places[i]} of {size}.");
            }
        }
    }
}
