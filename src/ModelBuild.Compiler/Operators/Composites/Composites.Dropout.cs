using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>Dropout where it drops nothing.</content>
internal static partial class Composites
{
    /// <summary>
    /// https://onnx.ai/onnx/operators/onnx__Dropout.html. Gap: dropping elements at random. Where inputs give training mode and ratio, the
    /// one has to be false or the other 0 in each call.
    /// </summary>
    private static IEnumerable<(string Type, long Since, Operator Operator)> Dropouts { get; } =
    [
        ("Dropout", 1, new Composite(
            Dropout, 1, 3, 2,
            ("seed", AttributeKind.Int), ("ratio", AttributeKind.Float), ("is_test", AttributeKind.Int))),
    ];

    /// <summary>Up to opset 9 the mask has the type of the elements.</summary>
    private static Value?[] Dropout(Expansion e)
    {
        Value x = e.Input(0);
        Value? training = e.Node.Input(2);
        bool dropsNothing = e.Node.Input(1)?.Constant is { } ratio && ratio.ToDoubles().All(r => r == 0);
        if (training is { IsConstant: false } && !dropsNothing)
        {
            x = UnlessDropping(e, x, training, e.Node.Input(1));
        }
        else if (training?.Constant?.ToInt64s().Any(v => v != 0) == true && !dropsNothing)
        {
            throw e.Context.Unsupported(
                e.Node, "is in training mode, in which it drops elements at random. Export the model for inference: training=False.");
        }

        if (!e.Wants(1))
        {
            return [x, null];
        }

        const long BooleanMask = 10;
        Tensor one = e.Context.Opset < BooleanMask ? Tensor.FromDoubles(x.Type, [1]) : Tensor.From<bool>(DataType.Bool, [true]);
        return [x, e.Apply("Expand", [e.Constant(one), e.Apply("Shape", [x])])];
    }

    /// <summary>
    /// What is dropped at random has no right result, so a call that drops anything is refused: true is no place in a list of one tensor.
    /// </summary>
    private static Value UnlessDropping(Expansion e, Value x, Value training, Value? ratio)
    {
        if (training.Type != DataType.Bool || !training.KnownShape.Length.Equals(Dimension.One))
        {
            throw e.Context.Malformed(e.Node, $"has a training mode of type {training.Type}{training.Shape}.");
        }

        Value drops = e.Reshape(training);
        if (ratio is { IsConstant: false })
        {
            Value isZero = e.Apply("Equal", [ratio, e.Constant(Tensor.FromDoubles(ratio.Type, [0]))]);
            drops = e.Apply("And", [drops, e.Apply("Not", [e.Reshape(isZero)])]);
        }

        return e.Apply("Gather", [e.Apply("Unsqueeze", [x, e.Integers(0)]), e.Cast(drops, DataType.Int64)], ("axis", 0L));
    }
}
