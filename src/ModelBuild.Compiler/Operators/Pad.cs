using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// Puts elements around a tensor, constant ones or its own, continued over the edge; or takes elements off it where a pad is negative.
/// </summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__Pad.html, since opset 1; pads and value are inputs since 11 (import makes them that), axes since
/// 18.
/// Gap: pads that come from data.
/// </remarks>
internal sealed class Pad() : Operator(2, 4, ("mode", AttributeKind.Text))
{
    /// <summary>Padding before and after each axis; inference has checked that it is known.</summary>
    public static (long[] Before, long[] After) Amounts(Node node, int rank, InferenceContext context)
    {
        long[] pads = context.Constants(node, 1, "pads")!;
        int[] axes = context.Constants(node, 3, "axes") is { } given
            ? [.. given.Select(a => context.Axis(node, a, rank))] : [.. Enumerable.Range(0, rank)];
        if (pads.Length != 2 * axes.Length || axes.Distinct().Count() != axes.Length)
        {
            throw context.Malformed(node, $"has {pads.Length} pads for {axes.Length} axes.");
        }

        var before = new long[rank];
        var after = new long[rank];
        for (int i = 0; i < axes.Length; i++)
        {
            before[axes[i]] = pads[i];
            after[axes[i]] = pads[axes.Length + i];
        }

        return (before, after);
    }

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireMovable(node, 0);
        string mode = node.Text("mode", "constant");
        if (mode is not ("constant" or "edge" or "reflect" or "wrap"))
        {
            throw context.Malformed(node, $"has mode '{mode}'.");
        }

        if (node.Input(2) is { } value && (value.Type != input.Type || !value.KnownShape.Length.Equals(Dimension.One)))
        {
            throw context.Malformed(node, $"pads {input.Type} with {value.Type}{value.Shape}.");
        }

        Shape shape = input.KnownShape;
        (long[] before, long[] after) = Amounts(node, shape.Rank, context);
        int empty = Enumerable.Range(0, shape.Rank).FirstOrDefault(i => mode != "constant" && !Keeps(shape[i], before[i], after[i]), -1);
        node.Output.Set(input.Type, empty < 0
            ? new Shape(shape.Select((d, i) => d + before[i] + after[i]))
            : throw context.Malformed(node, $"leaves nothing of dimension {empty} of {shape} that could be continued."));
    }

    /// <summary>Whether something is left of a dimension.</summary>
    private static bool Keeps(Dimension size, long before, long after) =>
        !size.IsConstant || size.Value + Math.Min(before, 0) + Math.Min(after, 0) > 0 || size.Value + before + after == 0;

    public override Tensor[]? Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        if (node.Text("mode", "constant") != "constant")
        {
            return null;
        }

        Tensor x = inputs[0]!;
        (long[] before, long[] after) = Amounts(node, x.Rank, InferenceContext.Evaluation);
        long[] dimensions = [.. x.Dimensions.Select((d, i) => d + before[i] + after[i])];
        long[] strides = Strides.Of(dimensions);

        // What stays of the input, where it begins there and where here.
        long[] kept = [.. x.Dimensions.Select((d, i) => Math.Max(0, d + Math.Min(before[i], 0) + Math.Min(after[i], 0)))];
        long from = Strides.Of([.. x.Dimensions]).Select((stride, i) => stride * Math.Max(-before[i], 0)).Sum();
        long to = strides.Select((stride, i) => stride * Math.Max(before[i], 0)).Sum();
        Tensor inner = Movement.Gather(x, Strides.Walk(kept, Strides.Of([.. x.Dimensions]), from), kept);
        Tensor fill = inputs.Count > 2 && inputs[2] is { } value ? value.Reshape() : new Tensor(x.Type, [], new byte[x.Type.Size()]);
        byte[] data = Expand.Apply(fill, dimensions).Data.ToArray();
        Movement.Scatter(inner, Strides.Walk(kept, strides, to), data);
        return [new Tensor(x.Type, dimensions, data)];
    }
}
