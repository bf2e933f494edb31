using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>Functions of two elements, with NumPy's broadcasting, which is LibTorch's too.</summary>
internal static class Binary
{
    public static IEnumerable<(string Type, Func<NodeCall, Tensor> Translate)> All =>
    [
        ("Add", call => call[0].Plus(call[1])),
        ("Sub", call => call[0] - call[1]),
        ("Mul", call => call[0] * call[1]),
        ("Div", call => call[0].is_floating_point() ? call[0] / call[1] : Truncated(call[0], call[1])),
        ("Min", call => torch.minimum(call[0], call[1])),
        ("Max", call => torch.maximum(call[0], call[1])),
        ("Pow", call => call[0].pow(call[1]).to(call[0].dtype)),
        ("Mod", call => call.Node.Int("fmod") != 0 ? call[0].fmod(call[1]) : call[0].remainder(call[1])),
        ("PRelu", call => torch.where(call[0].lt(Scalars.Of(0)), call[0] * call[1], call[0])),
    ];

    /// <summary>Integers are divided towards zero. Sizes are far below 2⁵³, up to which float64 is exact.</summary>
    public static Tensor Truncated(Tensor a, Tensor b) =>
        (a.to(torch.ScalarType.Float64) / b.to(torch.ScalarType.Float64)).trunc().to(a.dtype);
}
