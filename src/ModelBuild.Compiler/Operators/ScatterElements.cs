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
        if (!node.Required(2).KnownShape.Equals(indices.Shape))
        {
            throw context.Malformed(node, $"has updates {node.Required(2).Shape} for indices {indices.Shape}.");
        }

        node.Output.Set(data.Type, data.KnownShape);
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
