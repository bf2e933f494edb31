using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>Dropout where it drops nothing.</content>
internal static partial class Composites
{
    /// <summary>https://onnx.ai/onnx/operators/onnx__Dropout.html. Gap: dropping elements at random.</summary>
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
        bool mayTrain = e.Node.Input(2) is { } training && (training.Constant is not { } flag || flag.ToInt64s().Any(v => v != 0));
        if (mayTrain && (e.Node.Input(1)?.Constant is not { } ratio || ratio.ToDoubles().Any(r => r != 0)))
        {
            throw e.Context.Unsupported(e.Node, e.Node.Input(2)!.IsConstant
                ? "is in training mode. Export the model for inference."
                : $"computes its training mode, '{e.Node.Input(2)!.Name}', at run time. It must be known at build to be false.");
        }

        if (!e.Wants(1))
        {
            return [x, null];
        }

        const long BooleanMask = 10;
        Tensor one = e.Context.Opset < BooleanMask ? Tensor.FromDoubles(x.Type, [1]) : Tensor.From<bool>(DataType.Bool, [true]);
        return [x, e.Apply("Expand", [e.Constant(one), e.Apply("Shape", [x])])];
    }
}
