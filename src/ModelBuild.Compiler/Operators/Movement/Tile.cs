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

    /// <summary>
    /// How many loops it takes: one for each dimension that is repeated, and one for each run of dimensions between.
    /// </summary>
    public static int Loops(Shape shape, IReadOnlyList<Dimension> repeats)
    {
        int loops = 0;
        bool goesOn = false;
        for (int i = 0; i < shape.Rank; i++)
        {
            if (!repeats[i].Equals(Dimension.One))
            {
                loops++;
                goesOn = false;
            }

            if (!goesOn && !shape[i].Equals(Dimension.One))
            {
                loops++;
                goesOn = true;
            }
        }

        return loops;
    }

    /// <summary>Where one kernel has not enough loops, two repeat some of the dimensions each.</summary>
    public override IReadOnlyList<Node>? TakeApart(Graph graph, Node node, InferenceContext context)
    {
        if (node.Input(0)?.Shape is not { } shape || SymbolicElements.Of(node.Input(1)) is not { } repeats || repeats.Count != shape.Rank
            || !repeats.All(r => r.IsConstant) || Loops(shape, repeats) <= InferenceContext.RankLimit)
        {
            return null;
        }

        var expansion = new Expansion(graph, node, context);
        int[] repeated = [.. Enumerable.Range(0, shape.Rank).Where(i => !repeats[i].Equals(Dimension.One))];
        int middle = repeated[repeated.Length / 2];
        Value first = Part(expansion.Input(0), i => i < middle);
        return expansion.Replace([Part(first, i => i >= middle)]);

        Value Part(Value value, Func<int, bool> isRepeated) => expansion.Apply(
            "Tile", [value, expansion.Integers([.. repeats.Select((r, i) => isRepeated(i) ? r.Value : 1)])]);
    }

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireMovable(node, 0);
        Dimension[] repeats = Repeats(node, context);
        node.Output.Set(input.Type, new Shape(input.KnownShape.Select((d, i) => d * repeats[i])));
    }
}
