using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Removes dimensions of 1: those named by the axes, or all of them.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__Squeeze.html, since opset 1; axes are an input since 13 (import makes them that).
/// A size that only the run knows has to be 1, which it checks; the dimension is then left out by taking its first element.
/// </remarks>
internal sealed class Squeeze() : Operator(1, 2)
{
    public override IReadOnlyList<Node>? TakeApart(Graph graph, Node node, InferenceContext context)
    {
        Shape shape = node.Required(0).KnownShape;
        if (context.IsFromData(node, 1) || context.Constants(node, 1, "axes") is not { } given
            || context.Axes(node, given, shape.Rank) is not { } axes || Array.TrueForAll(axes, a => shape[a].IsConstant))
        {
            return null;
        }

        Check(node, context);
        var expansion = new Expansion(graph, node, context);
        Value result = node.Required(0);
        foreach (int axis in axes.OrderDescending())
        {
            RequireOne(node, axis, context);
            result = shape[axis].IsConstant
                ? expansion.Apply("Squeeze", [result, expansion.Integers(axis)])
                : expansion.Apply("Gather", [result, expansion.Constant(Tensor.Of([0L]))], ("axis", (long)axis));
        }

        return expansion.Replace([result]);
    }

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        Shape shape = input.KnownShape;
        if (context.IsFromData(node, 1))
        {
            node.Output.Set(
                input.Type, new Shape(context.BoundDimensions(node, Math.Max(0, shape.Rank - context.BoundCount(node, 1, "axes")))));
            return;
        }

        int[] axes = context.Constants(node, 1, "axes") is { } given
            ? context.Axes(node, given, shape.Rank)
            : [.. Enumerable.Range(0, shape.Rank).Where(i => shape[i].Equals(Dimension.One))];
        foreach (int axis in axes)
        {
            RequireOne(node, axis, context);
        }

        node.Output.Set(input.Type, new Shape(shape.Where((_, i) => !axes.Contains(i))), SymbolicElements.Of(input));
    }

    private static void RequireOne(Node node, int axis, InferenceContext context)
    {
        Shape shape = node.Required(0).KnownShape;
        context.RequireEqual(node, shape[axis], Dimension.One, $"axis {axis} of {shape} to remove");
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        long[]? axes = inputs.Count > 1 ? inputs[1]?.ToInt64s() : null;
        return [x.Reshape([.. x.Dimensions.Where((d, i) => axes is null ? d != 1 : !axes.Contains(i) && !axes.Contains(i - x.Rank))])];
    }
}
