using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>Normalization to mean 0 and variance 1.</content>
internal static partial class Composites
{
    /// <summary>BatchNormalization in training mode: with the statistics of the batch, which also change those of the model.</summary>
    public static Composite BatchStatistics { get; } = new(
        TrainingNormalization, 5, 5, 3,
        ("epsilon", AttributeKind.Float), ("momentum", AttributeKind.Float), ("training_mode", AttributeKind.Int));

    /// <summary>BatchNormalization of [N], whose elements are all of one channel.</summary>
    public static Composite VectorNormalization { get; } = new(
        e => [e.Reshape(
            e.Apply(
                "BatchNormalization",
                [e.Reshape(e.Input(0), e.Input(0).KnownShape[0], 1), .. Enumerable.Range(1, 4).Select(e.Input)],
                ("epsilon", e.Node.Float("epsilon", 1e-5f))),
            e.Input(0).KnownShape)],
        5, 5, 1, ("epsilon", AttributeKind.Float), ("momentum", AttributeKind.Float), ("training_mode", AttributeKind.Int));

    /// <summary>https://onnx.ai/onnx/operators/ under each name.</summary>
    private static IEnumerable<(string Type, long Since, Operator Operator)> Normalizations { get; } =
    [
        // ONNX Runtime's optimizer writes the first two into models of older operator sets, and under ONNX's name.
        ("LayerNormalization", 1, new Composite(
            LayerNormalization, 2, 3, 3,
            ("axis", AttributeKind.Int), ("epsilon", AttributeKind.Float), ("stash_type", AttributeKind.Int))),
        ("SimplifiedLayerNormalization", 1, new Composite(
            RmsNormalization, 2, 2, 2,
            ("axis", AttributeKind.Int), ("epsilon", AttributeKind.Float), ("stash_type", AttributeKind.Int))),
        ("RMSNormalization", 23, new Composite(
            RmsNormalization, 2, 2, 1,
            ("axis", AttributeKind.Int), ("epsilon", AttributeKind.Float), ("stash_type", AttributeKind.Int))),
        ("InstanceNormalization", 6, new Composite(InstanceNormalization, 3, 3, 1, ("epsilon", AttributeKind.Float))),
        ("GroupNormalization", 18, new Composite(
            GroupNormalization, 3, 3, 1,
            ("num_groups", AttributeKind.Int), ("epsilon", AttributeKind.Float), ("stash_type", AttributeKind.Int))),
        ("MeanVarianceNormalization", 9, new Composite(MeanVarianceNormalization, 1, 1, 1, ("axes", AttributeKind.Ints))),
    ];

    private static Value[] TrainingNormalization(Expansion e)
    {
        Value x = e.Input(0);
        if (x.KnownShape.Rank < 2)
        {
            throw e.Context.Malformed(e.Node, $"has an input of shape {x.Shape}, and needs [N, C, …].");
        }

        long[] axes = [0, .. Enumerable.Range(2, x.KnownShape.Rank - 2).Select(a => (long)a)];
        Value mean = e.Reduce("ReduceMean", x, axes);
        Value centered = e.Subtract(x, mean);
        Value variance = e.Reduce("ReduceMean", e.Multiply(centered, centered), axes);
        Value normal = e.Multiply(centered, InverseRoot(e, variance, e.Node.Float("epsilon", 1e-5f)));
        Value result = e.Add(e.Multiply(normal, PerChannel(e, e.Input(1), x)), PerChannel(e, e.Input(2), x));
        return [result, Running(e.Input(3), mean), Running(e.Input(4), variance)];

        Value Running(Value old, Value of)
        {
            double momentum = e.Node.Float("momentum", 0.9f);
            Value now = e.Cast(e.Reshape(of, x.KnownShape[1]), old.Type);
            return e.Add(e.Multiply(old, e.Number(momentum, old)), e.Multiply(now, e.Number(1 - momentum, old)));
        }
    }

    private static Value?[] LayerNormalization(Expansion e)
    {
        Value x = e.Input(0);
        int axis = e.Context.Axis(e.Node, e.Node.Int("axis", -1), x.KnownShape.Rank);
        (Value normal, Value mean, Value inverse) = Normalize(e, x, Axes(e, axis, x), e.Node.Float("epsilon", 1e-5f));
        Value scaled = e.Multiply(normal, e.Input(1));
        return [e.Node.Input(2) is { } bias ? e.Add(scaled, bias) : scaled, mean, inverse];
    }

    private static Value[] RmsNormalization(Expansion e)
    {
        Value x = e.Input(0);
        int axis = e.Context.Axis(e.Node, e.Node.Int("axis", -1), x.KnownShape.Rank);
        (Value normal, Value inverse) = NormalizeRoot(e, x, axis, e.Node.Float("epsilon", 1e-5f));
        return [e.Multiply(normal, e.Input(1)), inverse];
    }

    /// <summary>x / √(mean of x² + epsilon), with the second factor.</summary>
    private static (Value Normal, Value Inverse) NormalizeRoot(Expansion e, Value x, int axis, float epsilon)
    {
        Value inverse = InverseRoot(e, e.Reduce("ReduceMean", e.Multiply(x, x), Axes(e, axis, x)), epsilon);
        return (e.Multiply(x, inverse), inverse);
    }

    private static Value[] InstanceNormalization(Expansion e)
    {
        Value x = e.Input(0);
        (Value normal, _, _) = Normalize(e, x, Axes(e, 2, x), e.Node.Float("epsilon", 1e-5f));
        return [e.Add(e.Multiply(normal, PerChannel(e, e.Input(1), x)), PerChannel(e, e.Input(2), x))];
    }

    /// <summary>Up to opset 20 scale and bias are per group, from 21 on per channel.</summary>
    private static Value[] GroupNormalization(Expansion e)
    {
        Value x = e.Input(0);
        Shape shape = x.KnownShape;
        long groups = e.Node.Int("num_groups");
        if (shape.Rank < 2 || groups < 1 || !shape[1].IsConstant || shape[1].Value % groups != 0)
        {
            throw e.Context.Malformed(e.Node, $"divides {shape} into {groups} groups of channels.");
        }

        long channels = shape[1].Value / groups;
        Value grouped = e.Reshape(x, [shape[0], groups, channels * shape.Product(2, shape.Rank)]);
        (Value normal, _, _) = Normalize(e, grouped, [2], e.Node.Float("epsilon", 1e-5f));
        if (e.Input(1).KnownShape.Length.Equals((Dimension)groups))
        {
            Value ofGroups = e.Add(e.Multiply(normal, e.Reshape(e.Input(1), groups, 1)), e.Reshape(e.Input(2), groups, 1));
            return [e.Reshape(ofGroups, shape)];
        }

        return [e.Add(e.Multiply(e.Reshape(normal, shape), PerChannel(e, e.Input(1), x)), PerChannel(e, e.Input(2), x))];
    }

    private static Value[] MeanVarianceNormalization(Expansion e)
    {
        const double Epsilon = 1e-9;
        Value x = e.Input(0);
        long[] axes = [.. e.Context.Axes(e.Node, e.Node.Ints("axes") ?? [0, 2, 3], x.KnownShape.Rank).Select(a => (long)a)];
        Value centered = e.Subtract(x, e.Reduce("ReduceMean", x, axes));
        Value deviation = e.Apply("Sqrt", [e.Reduce("ReduceMean", e.Multiply(centered, centered), axes)]);
        return [e.Divide(centered, e.Add(deviation, e.Number(Epsilon, deviation)))];
    }

    /// <summary>(x − mean) / √(variance + epsilon), with the mean and the second factor.</summary>
    private static (Value Normal, Value Mean, Value Inverse) Normalize(Expansion e, Value x, IEnumerable<long> axes, float epsilon)
    {
        long[] reduced = [.. axes];
        Value mean = e.Reduce("ReduceMean", x, reduced);
        Value centered = e.Subtract(x, mean);
        Value inverse = InverseRoot(e, e.Reduce("ReduceMean", e.Multiply(centered, centered), reduced), epsilon);
        return (e.Multiply(centered, inverse), mean, inverse);
    }

    private static Value InverseRoot(Expansion e, Value square, float epsilon) =>
        e.Apply("Reciprocal", [e.Apply("Sqrt", [e.Add(square, e.Number(epsilon, square))])]);

    private static long[] Axes(Expansion e, int first, Value value) => value.KnownShape.Rank > first
        ? [.. Enumerable.Range(first, value.KnownShape.Rank - first).Select(a => (long)a)]
        : throw e.Context.Malformed(e.Node, $"takes an image or tokens, and has an input of shape {value.Shape}.");

    /// <summary>One number for each channel, so that it broadcasts.</summary>
    private static Value PerChannel(Expansion e, Value value, Value images) => e.Reshape(
        value, [value.KnownShape.Length, .. Enumerable.Repeat(Dimension.One, images.KnownShape.Rank - 2)]);
}
