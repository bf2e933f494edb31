using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>IsNaN and IsInf: which elements are not numbers, or infinite.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__IsNaN.html, since opset 9, and onnx__IsInf.html, since opset 10.
/// </remarks>
internal sealed class FloatTest : Operator
{
    private readonly Func<Node, Func<double, bool>> _test;

    private FloatTest(Func<Node, Func<double, bool>> test, params string[] attributes)
        : base(1, 1, [.. attributes.Select(a => (a, AttributeKind.Int))]) => _test = test;

    public static IEnumerable<(string Type, long Since, Operator Operator)> All { get; } =
    [
        ("IsNaN", 9, new FloatTest(_ => double.IsNaN)),
        ("IsInf", 10, new FloatTest(IsInfinite, "detect_negative", "detect_positive")),
    ];

    /// <summary>Which infinities count.</summary>
    public static (bool Negative, bool Positive) Detects(Node node) =>
        (node.Int("detect_negative", 1) != 0, node.Int("detect_positive", 1) != 0);

    public override void Infer(Node node, InferenceContext context)
    {
        context.RequireFloat(node, 0);
        node.Output.Set(DataType.Bool, node.Required(0).KnownShape);
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        var test = new Converter<double, bool>(_test(node));
        return [Tensor.Owning(DataType.Bool, Array.ConvertAll(inputs[0]!.ToDoubles(), test), [.. inputs[0]!.Dimensions])];
    }

    private static Func<double, bool> IsInfinite(Node node)
    {
        (bool negative, bool positive) = Detects(node);
        return x => (negative && double.IsNegativeInfinity(x)) || (positive && double.IsPositiveInfinity(x));
    }
}
