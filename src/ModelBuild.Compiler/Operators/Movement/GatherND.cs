using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Picks slices at positions in several dimensions at once: the last dimension of the indices holds a position.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__GatherND.html, since opset 11; <c>batch_dims</c> since 12.</remarks>
internal sealed class GatherND() : Operator(2, 2, ("batch_dims", AttributeKind.Int))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value data = node.Required(0);
        context.RequireMovable(node, 0);
        int batch = node.Int("batch_dims") is >= 0 and < InferenceContext.RankLimit and var dims
            ? (int)dims
            : throw context.Malformed(node, $"has batch_dims {node.Int("batch_dims")}.");
        Shape indices = node.Required(1).KnownShape;
        int depth = CheckIndices(node, batch, context);
        for (int i = 0; i < batch; i++)
        {
            context.RequireEqual(node, data.KnownShape[i], indices[i], $"batch dimensions of {data.Shape} and {indices}");
        }

        node.Output.Set(data.Type, new Shape([.. indices.SkipLast(1), .. data.KnownShape.Skip(batch + depth)]));
    }

    /// <summary>Checks that the last dimension of the indices is a position in the data.</summary>
    /// <returns>How many dimensions a position has.</returns>
    public static int CheckIndices(Node node, int batch, InferenceContext context)
    {
        Shape data = node.Required(0).KnownShape;
        Shape indices = node.Required(1).KnownShape;
        context.RequireType(node, 1, node.Required(1).Type == DataType.Int64);
        int depth = indices.Rank > batch && data.Rank > batch && indices[^1] is { IsConstant: true, Value: >= 1 } last
            && last.Value <= data.Rank - batch
            ? (int)last.Value
            : throw context.Malformed(node, $"indexes {data} by {indices}.");
        for (int i = 0; i < depth; i++)
        {
            GatherElements.CheckRange(node, node.Required(1), data[batch + i], context, first: i, step: depth);
        }

        return depth;
    }
}
