using ModelBuild.Compiler.Graphs;
using TorchSharp;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>Functions of one element.</summary>
internal static class Unary
{
    /// <summary>ONNX's defaults of Selu.</summary>
    private const float SeluAlpha = 1.67326319217681884765625f;

    private const float SeluGamma = 1.05070102214813232421875f;

    public static IEnumerable<(string Type, Func<NodeCall, Tensor> Translate)> All =>
    [
        ("Relu", Of(x => x.clamp_min(Scalars.Of(0)))),
        ("LeakyRelu", Of((x, n) => torch.where(x.lt(Scalars.Of(0)), x * Scalars.Of(n.Float("alpha", 0.01f)), x))),
        ("ThresholdedRelu", Of((x, n) => torch.where(x.gt(Scalars.Of(n.Float("alpha", 1))), x, torch.zeros_like(x)))),
        ("Elu", Of((x, n) => Elu(x, 1, n.Float("alpha", 1), 1))),
        ("Celu", Of((x, n) => Elu(x, 1, n.Float("alpha", 1), n.Float("alpha", 1)))),
        ("Selu", Of((x, n) => Elu(x, n.Float("gamma", SeluGamma), n.Float("alpha", SeluAlpha), 1))),
        ("Sigmoid", Of(x => x.sigmoid())),
        ("Swish", Of((x, n) => x * (x * Scalars.Of(n.Float("alpha", 1))).sigmoid())),
        ("Softplus", Of(Softplus)),
        ("Softsign", Of(x => x / x.abs().Plus(1))),
        ("Mish", Of(x => x * Softplus(x).tanh())),
        ("Gelu", Of(Gelu)),
        ("Shrink", Of(Shrink)),
        ("HardSigmoid", Of((x, n) => Bounded((x * Scalars.Of(n.Float("alpha", 0.2f))).Plus(n.Float("beta", 0.5f))))),
        ("HardSwish", Of(x => x * Bounded((x / Scalars.Of(6)).Plus(0.5)))),
        ("Neg", Of(x => x.neg())),
        ("Abs", Of(x => x.abs())),
        ("Sign", Of(x => x.sign())),
        ("Exp", Of(x => x.exp())),
        ("Log", Of(x => x.log())),
        ("Sqrt", Of(x => x.sqrt())),
        ("Reciprocal", Of(x => x.reciprocal())),
        ("Floor", Of(x => x.floor())),
        ("Ceil", Of(x => x.ceil())),
        ("Round", Of(x => x.round())),
        ("Erf", Of(x => x.erf())),
        ("Sin", Of(x => x.sin())),
        ("Cos", Of(x => x.cos())),
        ("Tan", Of(x => x.tan())),
        ("Asin", Of(x => x.asin())),
        ("Acos", Of(x => x.acos())),
        ("Atan", Of(x => x.atan())),
        ("Sinh", Of(x => x.sinh())),
        ("Cosh", Of(x => x.cosh())),
        ("Tanh", Of(x => x.tanh())),
        ("Asinh", Of(x => x.asinh())),
        ("Acosh", Of(x => x.acosh())),
        ("Atanh", Of(x => x.atanh())),
        ("Identity", Of(x => x.alias())),
        ("Clip", Clip),
    ];

    private static Func<NodeCall, Tensor> Of(Func<Tensor, Tensor> function) => call => function(call[0]);

    private static Func<NodeCall, Tensor> Of(Func<Tensor, Node, Tensor> function) => call => function(call[0], call.Node);

    /// <summary>gamma · x above zero, gamma · alpha · (e^(x / width) − 1) below.</summary>
    private static Tensor Elu(Tensor x, float gamma, float alpha, float width) =>
        x.clamp_min(Scalars.Of(0)).Plus((x.clamp_max(Scalars.Of(0)) / Scalars.Of(width)).expm1() * Scalars.Of(alpha)) * Scalars.Of(gamma);

    private static Tensor Bounded(Tensor x) => x.clamp(Scalars.Of(0), Scalars.Of(1));

    /// <summary>log(1 + eˣ), in a form in which eˣ does not overflow.</summary>
    private static Tensor Softplus(Tensor x) => x.clamp_min(Scalars.Of(0)).Plus(x.abs().neg().exp().log1p());

    private static Tensor Gelu(Tensor x, Node node)
    {
        Tensor curve = node.Text("approximate", "none") == "tanh"
            ? (x.Plus(x.pow(Scalars.Of(3)) * Scalars.Of(0.044715f)) * Scalars.Of(MathF.Sqrt(2 / MathF.PI))).tanh()
            : (x * Scalars.Of(MathF.Sqrt(0.5f))).erf();
        return x * Scalars.Of(0.5) * curve.Plus(1);
    }

    private static Tensor Shrink(Tensor x, Node node)
    {
        float lambda = node.Float("lambd", 0.5f);
        float bias = node.Float("bias");
        Tensor zero = torch.zeros_like(x);
        return torch.where(x.lt(Scalars.Of(-lambda)), x.Plus(bias), torch.where(x.gt(Scalars.Of(lambda)), x - Scalars.Of(bias), zero))
            .to(x.dtype);
    }

    private static Tensor Clip(NodeCall call)
    {
        Tensor x = call[0];
        x = call.Optional(1) is { } least ? torch.maximum(x, least) : x;
        return call.Optional(2) is { } most ? torch.minimum(x, most) : x.alias();
    }
}
