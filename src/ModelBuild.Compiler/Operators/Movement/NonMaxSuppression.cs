using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Of boxes that overlap much, the one with the best score: batch, class and place of each that is left, one row each.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__NonMaxSuppression.html, since opset 10.</remarks>
internal sealed class NonMaxSuppression() : Operator(2, 5, ("center_point_box", AttributeKind.Int))
{
    /// <summary>
    /// What a model asks for up to here bounds the rows, whatever the number of boxes turns out to be. Exporters write the largest integer
    /// for all boxes.
    /// </summary>
    private const long SmallNumber = 1 << 16;

    /// <summary>No more rows than this can be left.</summary>
    public static Dimension Most(Node node)
    {
        Shape scores = node.Required(1).KnownShape;
        return scores[0] * scores[1] * (node.Input(2)?.Constant is not { Length: 1 } most ? scores[2] : PerClass(most.ToInt64s()[0]));

        Dimension PerClass(long limit) => scores[2].IsConstant ? Math.Clamp(limit, 0, scores[2].Value)
            : limit <= SmallNumber ? Math.Max(limit, 0)
            : scores[2];
    }

    public override void Infer(Node node, InferenceContext context)
    {
        context.RequireFloat(node, 0);
        context.CommonType(node, 0, 1, 3, 4);
        Shape boxes = node.Required(0).KnownShape;
        Shape scores = node.Required(1).KnownShape;
        if (boxes.Rank != 3 || scores.Rank != 3 || !boxes[2].Equals((Dimension)4))
        {
            throw context.Malformed(node, $"has boxes of shape {boxes} and scores of shape {scores}.");
        }

        context.RequireEqual(node, boxes[0], scores[0], "boxes and scores of different batches");
        context.RequireEqual(node, boxes[1], scores[2], "boxes and scores of different number");
        if (node.Input(2) is { } most && most.Type != DataType.Int64)
        {
            throw context.Malformed(node, $"has a number of boxes of type {most.Type}.");
        }

        if (Enumerable.Range(2, 3).Any(i => node.Input(i) is { } value && !value.KnownShape.Length.Equals(Dimension.One)))
        {
            throw context.Malformed(node, "has thresholds that are not scalars.");
        }

        node.Output.Set(DataType.Int64, new Shape([context.Bound(node, 0, "count"), 3]));
    }
}
