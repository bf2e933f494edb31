using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>A tensor with a new axis along which the position that an index names has one value, and all others another.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__OneHot.html, since opset 9.</remarks>
internal sealed class OneHot() : Operator(3, 3, ("axis", AttributeKind.Int))
{
    /// <summary>Where the new axis stands.</summary>
    public static int Axis(Node node, InferenceContext context) =>
        context.Axis(node, node.Int("axis", -1), node.Required(0).KnownShape.Rank + 1);

    public override void Infer(Node node, InferenceContext context)
    {
        Value values = node.Required(2);
        context.RequireType(node, 0, node.Required(0).Type.IsNumeric());
        context.RequireMovable(node, 2);
        if (!values.KnownShape.Length.Equals((Dimension)2))
        {
            throw context.Malformed(node, $"has values of shape {values.Shape}; it takes two.");
        }

        Shape indices = node.Required(0).KnownShape;
        int axis = Axis(node, context);
        node.Output.Set(values.Type, new Shape([.. indices.Take(axis), Depth(node, context), .. indices.Skip(axis)]));
    }

    private static Dimension Depth(Node node, InferenceContext context)
    {
        Value depth = node.Required(1);
        Dimension? known = depth.Constant is { Length: 1 } constant && constant.Type.IsNumeric()
            ? constant.ToInt64s()[0]
            : SymbolicElements.Of(depth) is [{ } element] ? element : null;
        if (known is null && (!depth.Type.IsNumeric() || !depth.KnownShape.Length.Equals(Dimension.One)))
        {
            throw context.Malformed(node, $"has a depth of {depth.Type}{depth.Shape}.");
        }

        known ??= context.Bound(node, 0, $"dim{Axis(node, context)}");
        return known.IsConstant && known.Value < 0 ? throw context.Malformed(node, $"has depth {known}.")
            : known;
    }
}
