using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>Matrix products.</summary>
internal static class Products
{
    public static IEnumerable<(string Type, Func<NodeCall, Tensor> Translate)> All =>
    [
        ("MatMul", call => call[0].matmul(call[1])),
        ("Gemm", Gemm),
    ];

    private static Tensor Gemm(NodeCall call)
    {
        Tensor a = call.Node.Int("transA") != 0 ? call[0].t() : call[0];
        Tensor b = call.Node.Int("transB") != 0 ? call[1].t() : call[1];
        Tensor product = Scaled(a.matmul(b), call.Node.Float("alpha", 1));
        return call.Optional(2) is { } c ? product.Plus(Scaled(c, call.Node.Float("beta", 1))) : product;
    }

    private static Tensor Scaled(Tensor x, float factor) => factor == 1 ? x : x * Scalars.Of(factor);
}
