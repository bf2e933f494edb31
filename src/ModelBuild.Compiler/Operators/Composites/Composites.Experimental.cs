using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <content>
/// Operators that ONNX had on trial before version 10: converters from Core ML have written them into networks that are still about, and
/// ONNX Runtime runs them.
/// </content>
internal static partial class Composites
{
    private static IEnumerable<(string Type, long Since, Operator Operator)> Experimental { get; } =
    [
        ("Affine", 1, new Composite(
            e => [e.Add(Scaled(e, "alpha", e.Input(0)), e.Number(e.Node.Float("beta"), e.Input(0)))],
            1, 1, 1, ("alpha", AttributeKind.Float), ("beta", AttributeKind.Float))),
        ("ScaledTanh", 1, new Composite(
            e => [Scaled(e, "alpha", e.Apply("Tanh", [Scaled(e, "beta", e.Input(0))]))],
            1, 1, 1, ("alpha", AttributeKind.Float), ("beta", AttributeKind.Float))),
        ("ParametricSoftplus", 1, new Composite(
            e => [Scaled(e, "alpha", e.Apply("Softplus", [Scaled(e, "beta", e.Input(0))]))],
            1, 1, 1, ("alpha", AttributeKind.Float), ("beta", AttributeKind.Float))),
        ("ImageScaler", 1, new Composite(ImageScaler, 1, 1, 1, ("scale", AttributeKind.Float), ("bias", AttributeKind.Floats))),
        ("Crop", 1, new Composite(Crop, 1, 1, 1, ("border", AttributeKind.Ints), ("scale", AttributeKind.Ints))),
    ];

    private static Value Scaled(Expansion e, string factor, Value value) =>
        e.Multiply(value, e.Number(e.Node.Float(factor, 1), value));

    private static Value[] ImageScaler(Expansion e)
    {
        float[] bias = e.Node.Floats("bias") ?? [];
        Shape shape = e.Input(0).KnownShape;
        if (shape.Rank != 4 || bias.Length == 0 || !shape[1].Equals(bias.Length))
        {
            throw e.Context.Malformed(e.Node, $"adds {bias.Length} numbers to the channels of {shape}.");
        }

        return [e.Add(Scaled(e, "scale", e.Input(0)), e.Cast(e.Constant(Tensor.Of(bias, bias.Length, 1, 1)), e.Input(0).Type))];
    }

    /// <summary>Images without a border of so many pixels on the left, at the top, on the right and at the bottom, or of a size.</summary>
    private static Value[] Crop(Expansion e)
    {
        long[] border = e.Node.Ints("border") ?? [];
        long[] size = e.Node.Ints("scale") ?? [];
        if (e.Input(0).KnownShape.Rank != 4 || border.Length != 4 || border.Any(b => b < 0) || size.Length is not (0 or 2)
            || size.Any(s => s < 1))
        {
            throw e.Context.Malformed(
                e.Node, $"cuts [{string.Join(",", border)}] off {e.Input(0).Shape} and leaves [{string.Join(",", size)}].");
        }

        long bottom = size.Length == 2 ? border[1] + size[0] : EndBefore(border[3]);
        long right = size.Length == 2 ? border[0] + size[1] : EndBefore(border[2]);
        return [e.Apply("Slice", [e.Input(0), e.Integers(border[1], border[0]), e.Integers(bottom, right), e.Integers(2, 3)])];

        static long EndBefore(long count) => count == 0 ? long.MaxValue : -count;
    }
}
