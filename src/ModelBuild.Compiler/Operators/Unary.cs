using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Functions of one element: the result has the type and shape of the input.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/ under each name. Evaluation is in float64, rounded once to the element type.
/// At run time: Relu, LeakyRelu, Sigmoid, Tanh, HardSwish, HardSigmoid. The others are computed at build only.
/// </remarks>
internal sealed class Unary : Operator
{
    private readonly Func<Node, Func<double, double>> _formula;
    private readonly bool _integers;
    private readonly Func<Dimension, Dimension>? _symbolic;

    private Unary(
        Func<Node, Func<double, double>> formula,
        bool foldOnly,
        bool integers = false,
        Func<Dimension, Dimension>? symbolic = null,
        params string[] attributes)
        : base(1, 1, [.. attributes.Select(a => (a, AttributeKind.Float))])
    {
        _formula = formula;
        _integers = integers;
        _symbolic = symbolic;
        IsFoldOnly = foldOnly;
    }

    public static IEnumerable<(string Type, long Since, Operator Operator)> All { get; } =
    [
        ("Relu", 1, new Unary(_ => x => x < 0 ? 0 : x, false, integers: true)),
        ("LeakyRelu", 1, new Unary(node => LeakyRelu(node.Float("alpha", 0.01f)), false, attributes: "alpha")),
        ("Sigmoid", 1, new Unary(_ => x => 1 / (1 + Elementary.Exp(-x)), false)),
        ("Tanh", 1, new Unary(_ => Elementary.Tanh, false)),
        ("HardSigmoid", 1, new Unary(HardSigmoid, false, attributes: ["alpha", "beta"])),
        ("HardSwish", 14, new Unary(_ => x => x * Math.Clamp((x / 6) + 0.5, 0, 1), false)),
        ("Neg", 1, new Unary(_ => x => -x, true, integers: true, d => Dimension.Zero - d)),
        ("Abs", 1, new Unary(_ => Math.Abs, true, integers: true)),
        ("Exp", 1, new Unary(_ => Elementary.Exp, true)),
        ("Log", 1, new Unary(_ => Elementary.Log, true)),
        ("Sqrt", 1, new Unary(_ => Math.Sqrt, true)),
        ("Reciprocal", 1, new Unary(_ => x => 1 / x, true)),
        ("Floor", 1, new Unary(_ => Math.Floor, true)),
        ("Ceil", 1, new Unary(_ => Math.Ceiling, true)),
        ("Round", 11, new Unary(_ => x => Math.Round(x, MidpointRounding.ToEven), true)),
    ];

    public override bool IsFoldOnly { get; }

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireType(node, 0, input.Type.IsFloat() || (_integers && input.Type.IsInteger()));
        node.Output.Set(input.Type, input.KnownShape, _symbolic is null ? null : SymbolicElements.Of(input)?.Select(_symbolic));
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        var formula = new Converter<double, double>(_formula(node));
        return [Tensor.FromDoubles(x.Type, Array.ConvertAll(x.ToDoubles(), formula), [.. x.Dimensions])];
    }

    private static Func<double, double> LeakyRelu(double alpha) => x => x < 0 ? alpha * x : x;

    private static Func<double, double> HardSigmoid(Node node)
    {
        double alpha = node.Float("alpha", 0.2f);
        double beta = node.Float("beta", 0.5f);
        return x => Math.Clamp((alpha * x) + beta, 0, 1);
    }
}
