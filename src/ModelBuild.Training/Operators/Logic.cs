using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>What ends in truth values, and the bits of integers. None has a gradient, except what Where chooses.</summary>
internal static class Logic
{
    public static IEnumerable<(string Type, Func<NodeCall, Tensor> Translate)> All =>
    [
        ("Equal", call => call[0].eq(call[1])),
        ("Greater", call => call[0].gt(call[1])),
        ("GreaterOrEqual", call => call[0].ge(call[1])),
        ("Less", call => call[0].lt(call[1])),
        ("LessOrEqual", call => call[0].le(call[1])),
        ("And", call => call[0].logical_and(call[1])),
        ("Or", call => call[0].logical_or(call[1])),
        ("Xor", call => call[0].logical_xor(call[1])),
        ("Not", call => call[0].logical_not()),
        ("BitwiseAnd", call => call[0].bitwise_and(call[1])),
        ("BitwiseOr", call => call[0].bitwise_or(call[1])),
        ("BitwiseXor", call => call[0].bitwise_xor(call[1])),
        ("BitwiseNot", call => call[0].bitwise_not()),
        ("IsNaN", call => call[0].isnan()),
        ("IsInf", IsInfinite),
        ("Where", call => torch.where(call[0], call[1], call[2])),
    ];

    private static Tensor IsInfinite(NodeCall call)
    {
        Tensor none = torch.zeros_like(call[0], torch.ScalarType.Bool);
        Tensor negative = call.Node.Int("detect_negative", 1) != 0 ? call[0].isneginf() : none;
        return call.Node.Int("detect_positive", 1) != 0 ? negative.logical_or(call[0].isposinf()) : negative;
    }
}
