using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>A copy in which slices are replaced or reduced with others; positions are named as GatherND names them.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__ScatterND.html, since opset 11; <c>reduction</c> since 16.</remarks>
internal sealed class ScatterND() : Operator(3, 3, ("reduction", AttributeKind.Text))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value data = node.Required(0);
        Shape indices = node.Required(1).KnownShape;
        context.RequireMovable(node, 0);
        context.CommonType(node, 0, 2);
        int depth = GatherND.CheckIndices(node, 0, context);
        ScatterElements.CheckReduction(node, context);
        var expected = new Shape([.. indices.SkipLast(1), .. data.KnownShape.Skip(depth)]);
        ScatterElements.CheckUpdates(node, expected, context);
        node.Output.Set(data.Type, data.KnownShape);
    }
}
