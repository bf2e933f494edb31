using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>A copy in which elements are replaced or reduced with others; positions are named as GatherElements names them.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__ScatterElements.html, since opset 11, and onnx__Scatter.html, since opset 9, which is the same
/// without <c>reduction</c>.
/// </remarks>
internal sealed class ScatterElements() : Operator(3, 3, ("axis", AttributeKind.Int), ("reduction", AttributeKind.Text))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value data = node.Required(0);
        Value indices = node.Required(1);
        context.RequireMovable(node, 0);
        context.CommonType(node, 0, 2);
        GatherElements.CheckIndices(node, data, indices, context);
        CheckReduction(node, context);
        CheckUpdates(node, indices.KnownShape, context);
        node.Output.Set(data.Type, data.KnownShape);
    }

    /// <summary>Checks that there is an update for each element that the indices name; what only the run knows it compares.</summary>
    public static void CheckUpdates(Node node, Shape expected, InferenceContext context)
    {
        Shape updates = node.Required(2).KnownShape;
        string what = $"updates {updates} where {expected} are named";
        if (updates.Rank != expected.Rank)
        {
            throw context.Malformed(node, $"has {what}.");
        }

        for (int i = 0; i < updates.Rank; i++)
        {
            context.RequireEqual(node, updates[i], expected[i], what);
        }
    }

    /// <summary>Checks what happens where an update meets an element.</summary>
    public static void CheckReduction(Node node, InferenceContext context)
    {
        string reduction = node.Text("reduction", "none");
        if (reduction is not ("none" or "add" or "mul" or "min" or "max"))
        {
            throw context.Malformed(node, $"has reduction '{reduction}'.");
        }

        if (reduction != "none")
        {
            context.RequireType(node, 0, node.Required(0).Type.IsNumeric());
        }
    }
}
