using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Repeats a tensor as a whole along each dimension.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Tile.html, since opset 6.</remarks>
internal sealed class Tile() : Operator(2, 2)
{
    /// <summary>How often each dimension is repeated.</summary>
    public static Dimension[] Repeats(Node node, InferenceContext context)
    {
        int rank = node.Required(0).KnownShape.Rank;
        IReadOnlyList<Dimension> repeats = SymbolicElements.Of(node.Required(1))
            ?? context.BoundDimensions(node, context.BoundCount(node, 1, "repeats"));
        return repeats.Count == rank && repeats.All(r => !r.IsConstant || r.Value >= 0)
            ? [.. repeats]
            : throw context.Malformed(node, $"repeats {node.Required(0).Shape} [{string.Join(",", repeats)}] times.");
    }

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireMovable(node, 0);
        Dimension[] repeats = Repeats(node, context);
        node.Output.Set(input.Type, new Shape(input.KnownShape.Select((d, i) => d * repeats[i])));
    }
}
