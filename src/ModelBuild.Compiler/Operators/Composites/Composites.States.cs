using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>Operators that carry a state from one call to the next.</content>
internal static partial class Composites
{
    /// <summary>https://onnx.ai/onnx/operators/ under each name. Gap: updates of a length that only the run knows.</summary>
    private static IEnumerable<(string Type, long Since, Operator Operator)> States { get; } =
    [
        ("TensorScatter", 24, new Composite(TensorScatter, 2, 3, 1, ("axis", AttributeKind.Int), ("mode", AttributeKind.Text))),
        ("CausalConvWithState", 27, new Composite(CausalConvolution, 2, 4, 2, ("activation", AttributeKind.Text))),
    ];

    /// <summary>The cache with an update from a place on that each sample has its own of; a circular one begins again at its end.</summary>
    private static Value[] TensorScatter(Expansion e)
    {
        Value cache = e.Input(0);
        Value update = e.Input(1);
        Shape shape = cache.KnownShape;
        Shape updated = update.KnownShape;
        string mode = e.Node.Text("mode", "linear");
        int axis = e.Context.Axis(e.Node, e.Node.Int("axis", -2), shape.Rank);
        if (axis == 0 || updated.Rank != shape.Rank || mode is not ("linear" or "circular"))
        {
            throw e.Context.Malformed(e.Node, $"writes {updated} into {shape} along axis {axis} in mode '{mode}'.");
        }

        Value places = e.Reshape(Count(e, update, axis), Along(updated[axis], axis, shape.Rank));
        if (e.Node.Input(2) is { } starts)
        {
            places = e.Add(places, e.Reshape(starts, Along(updated[0], 0, shape.Rank)));
        }

        if (mode == "circular")
        {
            places = e.Apply("Mod", [places, SizeOf(e, cache, axis)]);
        }

        Value indices = e.Apply("Expand", [places, e.Apply("Shape", [update])]);
        return [e.Apply("ScatterElements", [cache, indices, update], ("axis", (long)axis))];
    }

    /// <summary>
    /// A depthwise convolution that looks at this element and those before it, of which the last of the previous call come as a state.
    /// </summary>
    private static Value?[] CausalConvolution(Expansion e)
    {
        Value x = e.Input(0);
        Shape shape = x.KnownShape;
        Shape weights = e.Input(1).KnownShape;
        if (shape.Rank != 3 || weights is not [{ IsConstant: true } channels, { IsConstant: true, Value: 1 }, { IsConstant: true } taps])
        {
            throw e.Context.Malformed(e.Node, $"convolves {shape} with {weights}.");
        }

        // A kernel of one tap needs no state: there is nothing before.
        long before = taps.Value - 1;
        Value extended = before == 0 ? x
            : e.Node.Input(3) is { } past ? e.Apply("Concat", [past, x], ("axis", 2L))
            : e.Apply("Pad", [x, e.Integers(0, 0, before, 0, 0, 0)]);
        Value sum = e.Apply(
            "Conv", [extended, e.Input(1), .. e.Node.Input(2) is { } bias ? [bias] : (IEnumerable<Value?>)[]], ("group", channels.Value));
        Value result = e.Node.Text("activation", "none") switch
        {
            "none" => sum,
            "silu" or "swish" => e.Multiply(sum, e.Apply("Sigmoid", [sum])),
            string other => throw e.Context.Malformed(e.Node, $"has activation '{other}'."),
        };
        return
        [
            result,
            !e.Wants(1) ? null
                : e.Apply("Slice", [extended, e.Integers(before == 0 ? int.MaxValue : -before), e.Integers(int.MaxValue), e.Integers(2)]),
        ];
    }

    /// <summary>A shape with one dimension that is not 1.</summary>
    private static IEnumerable<Dimension> Along(Dimension size, int axis, int rank) =>
        Enumerable.Range(0, rank).Select(i => i == axis ? size : Dimension.One);
}
