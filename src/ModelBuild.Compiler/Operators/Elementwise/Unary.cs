using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Operators;

/// <summary>Functions of one element: the result has the type and shape of the input.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/ under each name. Evaluation of floats is in float64, rounded once to the element type. Abs, Neg, Sign
/// and Relu know integers too, which wrap.
/// </remarks>
internal sealed class Unary : Operator
{
    private static readonly Dimension s_lowest = long.MinValue;

    private readonly Func<Node, Func<double, double>> _formula;
    private readonly Func<long, long>? _integer;
    private readonly Func<Dimension, Dimension?>? _symbolic;
    private bool _takesIntegersAsReals;

    private Unary(
        Func<Node, Func<double, double>> formula,
        Func<long, long>? integer = null,
        Func<Dimension, Dimension?>? symbolic = null,
        params (string Name, AttributeKind Kind)[] attributes)
        : base(1, 1, attributes)
    {
        _formula = formula;
        _integer = integer;
        _symbolic = symbolic;
    }

    public static IEnumerable<(string Type, long Since, Operator Operator)> All { get; } =
    [
        ("Relu", 1, new Unary(_ => x => x < 0 ? 0 : x, x => Math.Max(x, 0))),
        ("LeakyRelu", 1, Real(node => LeakyRelu(node.Float("alpha", 0.01f)), "alpha")),
        ("ThresholdedRelu", 10, Real(node => ThresholdedRelu(node.Float("alpha", 1)), "alpha")),
        ("Elu", 6, Real(node => Elu(1, node.Float("alpha", 1), 1), "alpha")),
        ("Celu", 12, Real(node => Elu(1, node.Float("alpha", 1), node.Float("alpha", 1)), "alpha")),
        ("Selu", 6, Real(node => Elu(node.Float("gamma", SeluGamma), node.Float("alpha", SeluAlpha), 1), "alpha", "gamma")),
        ("Sigmoid", 1, Real(_ => Sigmoid)),
        ("Swish", 24, Real(node => Swish(node.Float("alpha", 1)), "alpha")),
        ("Softplus", 1, Real(_ => Softplus)),
        ("Softsign", 1, Real(_ => x => x / (1 + Math.Abs(x)))),
        ("Mish", 18, Real(_ => x => x * Elementary.Tanh(Softplus(x)))),
        ("Gelu", 20, new Unary(Gelu, attributes: ("approximate", AttributeKind.Text))),
        ("Shrink", 9, Real(node => Shrink(node.Float("lambd", 0.5f), node.Float("bias", 0)), "lambd", "bias").TakingIntegers()),
        ("HardSigmoid", 1, Real(HardSigmoid, "alpha", "beta")),
        ("HardSwish", 14, Real(_ => x => x * Math.Clamp((x / 6) + 0.5, 0, 1))),
        ("Neg", 1, new Unary(_ => x => -x, x => unchecked(-x), d => d.Equals(s_lowest) ? null : Dimension.Zero - d)),
        ("Abs", 1, new Unary(_ => Math.Abs, x => x < 0 ? unchecked(-x) : x)),
        ("Sign", 9, new Unary(_ => x => x > 0 ? 1 : x < 0 ? -1 : double.IsNaN(x) ? x : 0, x => Math.Sign(x))),
        ("Exp", 1, Real(_ => Elementary.Exp)),
        ("Log", 1, Real(_ => Elementary.Log)),
        ("Sqrt", 1, Real(_ => Math.Sqrt)),
        ("Reciprocal", 1, Real(_ => x => 1 / x)),
        ("Floor", 1, Real(_ => Math.Floor)),
        ("Ceil", 1, Real(_ => Math.Ceiling)),
        ("Round", 11, Real(_ => x => Math.Round(x, MidpointRounding.ToEven))),
        ("Erf", 9, Real(_ => Elementary.Erf)),
        ("Sin", 7, Real(_ => Elementary.Sin)),
        ("Cos", 7, Real(_ => Elementary.Cos)),
        ("Tan", 7, Real(_ => Elementary.Tan)),
        ("Asin", 7, Real(_ => Elementary.Asin)),
        ("Acos", 7, Real(_ => Elementary.Acos)),
        ("Atan", 7, Real(_ => Elementary.Atan)),
        ("Sinh", 9, Real(_ => Elementary.Sinh)),
        ("Cosh", 9, Real(_ => Elementary.Cosh)),
        ("Tanh", 1, Real(_ => Elementary.Tanh)),
        ("Asinh", 9, Real(_ => Elementary.Asinh)),
        ("Acosh", 9, Real(_ => Elementary.Acosh)),
        ("Atanh", 9, Real(_ => Elementary.Atanh)),
    ];

    /// <summary>ONNX's defaults of Selu, from "Self-Normalizing Neural Networks" (Klambauer and others, 2017).</summary>
    public const float SeluAlpha = 1.67326319f;

    /// <inheritdoc cref="SeluAlpha"/>
    public const float SeluGamma = 1.05070102f;

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireType(node, 0, input.Type.IsFloat() || (_integer is not null && input.Type.IsInteger()));
        node.Output.Set(input.Type, input.KnownShape, _symbolic is null ? null : SymbolicElements.Map(input, _symbolic));
    }

    public override IReadOnlyList<Node>? TakeApart(Graph graph, Node node, InferenceContext context)
    {
        if (!_takesIntegersAsReals || node.Input(0) is not { Type: var type } input || !type.IsInteger())
        {
            return null;
        }

        var expansion = new Expansion(graph, node, context);
        Value result = expansion.Apply(
            node.Type, [expansion.Cast(input, DataType.Float32)], [.. node.Attributes.Select(a => (a.Key, a.Value))]);
        return expansion.Replace([expansion.Cast(result, type)]);
    }

    public override Tensor[]? Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        if (_integer is not null && x.Type.IsInteger())
        {
            return Arithmetic.IsBeyondInt64(inputs) ? null
                : [Tensor.FromInt64s(x.Type, Array.ConvertAll(x.ToInt64s(), new Converter<long, long>(_integer)), [.. x.Dimensions])];
        }

        var formula = new Converter<double, double>(_formula(node));
        return [Tensor.FromDoubles(x.Type, Array.ConvertAll(x.ToDoubles(), formula), [.. x.Dimensions])];
    }

    private static Unary Real(Func<Node, Func<double, double>> formula, params string[] attributes) =>
        new(formula, attributes: [.. attributes.Select(a => (a, AttributeKind.Float))]);

    private Unary TakingIntegers()
    {
        _takesIntegersAsReals = true;
        return this;
    }

    private static double Sigmoid(double x) => 1 / (1 + Elementary.Exp(-x));

    private static double Softplus(double x) => Math.Max(x, 0) + Elementary.LogOnePlus(Elementary.Exp(-Math.Abs(x)));

    private static Func<double, double> LeakyRelu(double alpha) => x => x < 0 ? alpha * x : x;

    private static Func<double, double> ThresholdedRelu(double alpha) => x => x > alpha ? x : 0;

    private static Func<double, double> Elu(double gamma, double alpha, double width) =>
        x => gamma * (x < 0 ? alpha * (Elementary.Exp(x / width) - 1) : x);

    private static Func<double, double> Swish(double alpha) => x => x * Sigmoid(alpha * x);

    private static Func<double, double> Shrink(double lambda, double bias) =>
        x => x < -lambda ? x + bias : x > lambda ? x - bias : 0;

    private static Func<double, double> Gelu(Node node) => node.Text("approximate", "none") == "tanh"
        ? x => 0.5 * x * (1 + Elementary.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))))
        : x => 0.5 * x * (1 + Elementary.Erf(x / Math.Sqrt(2)));

    private static Func<double, double> HardSigmoid(Node node)
    {
        double alpha = node.Float("alpha", 0.2f);
        double beta = node.Float("beta", 0.5f);
        return x => Math.Clamp((alpha * x) + beta, 0, 1);
    }
}
