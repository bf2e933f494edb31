using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Cuts a tensor along an axis into as many as the node has outputs.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__Split.html, since opset 1; lengths are an input since 13 (import makes them that),
/// <c>num_outputs</c> since 18.
/// </remarks>
internal sealed class Split() : Operator(1, 2, ("axis", AttributeKind.Int), ("num_outputs", AttributeKind.Int))
{
    public override int Outputs => int.MaxValue;

    /// <summary>The length of each part along the axis.</summary>
    public static Dimension[] Lengths(Node node, int axis, InferenceContext context)
    {
        Dimension size = node.Required(0).KnownShape[axis];
        int count = node.Outputs.Count;
        if (node.Input(1) is { } given)
        {
            Dimension[] lengths = SymbolicElements.Of(given) is { } known
                ? [.. known] : LengthsFromData(node, axis, context.BoundCount(node, 1, "lengths"), context);
            if (lengths.Length < count || lengths.Any(l => l.IsConstant && l.Value < 0))
            {
                throw context.Malformed(node, $"has {count} outputs for the lengths [{string.Join(",", (object[])lengths)}].");
            }

            context.RequireEqual(node, lengths.Aggregate((a, b) => a + b), size, "lengths to cut into");
            return lengths;
        }

        // The last part may be shorter, where num_outputs says that there are to be so many.
        int parts = node.Int("num_outputs", count) is > 0 and <= int.MaxValue and var number ? (int)number
            : throw context.Malformed(node, $"has num_outputs {node.Int("num_outputs")}.");
        if (parts != count)
        {
            throw context.Malformed(node, $"has {count} outputs and num_outputs {parts}.");
        }

        if (!node.Has("num_outputs") && context.DivideEvenly(size, parts) is { } part)
        {
            return [.. Enumerable.Repeat(part, parts)];
        }

        Dimension length = size.CeilingDivide(parts);
        Dimension last = size - (length * (parts - 1));
        if (!node.Has("num_outputs") || (last.IsConstant && last.Value < 0))
        {
            throw size.IsConstant
                ? context.Malformed(node, $"cuts {size} elements into {parts} parts.")
                : context.Unbound(node, $"cuts {size} elements into {parts} equal parts; whether that goes depends on the run.", size);
        }

        return [.. Enumerable.Repeat(length, parts - 1), last];
    }

    /// <summary>All but the last are found out; that is what they leave.</summary>
    private static Dimension[] LengthsFromData(Node node, int axis, int count, InferenceContext context)
    {
        Dimension left = node.Required(0).KnownShape[axis];
        var lengths = new Dimension[count];
        for (int i = 0; i < count; i++)
        {
            if (i == count - 1 && node.Bound.Count <= i)
            {
                node.Bound.Add(left);
            }

            lengths[i] = i < count - 1 ? context.Bound(node, i, $"length{i}") : node.Bound[i] = left;
            left -= lengths[i];
        }

        return lengths;
    }

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireMovable(node, 0);
        Shape shape = input.KnownShape;
        int axis = context.Axis(node, node.Int("axis"), shape.Rank);
        Dimension[] lengths = Lengths(node, axis, context);
        IReadOnlyList<Dimension>? elements = shape.Rank == 1 ? SymbolicElements.Of(input) : null;
        int start = 0;
        for (int i = 0; i < node.Outputs.Count; i++)
        {
            bool isKnown = elements is not null && lengths[i].IsConstant;
            node.Outputs[i]?.Set(
                input.Type, shape.With(axis, lengths[i]), isKnown ? elements!.Skip(start).Take((int)lengths[i].Value) : null);
            start += isKnown ? (int)lengths[i].Value : 0;
        }
    }
}
