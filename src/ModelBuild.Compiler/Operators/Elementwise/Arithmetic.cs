using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Functions of two elements of one numeric type, with NumPy's broadcasting.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/ under each name. Floats are computed in float64 and rounded once, which for the four operations gives
/// what float32 gives; integers wrap. Import makes chains of Sum, Min, Max and Mean of more than two tensors.
/// </remarks>
internal sealed class Arithmetic : Operator
{
    private readonly Func<double, double, double> _real;
    private readonly Func<long, long, long> _integer;
    private readonly Func<Dimension, Dimension, Dimension?> _symbolic;
    private readonly bool _divides;

    private Arithmetic(
        Func<double, double, double> real,
        Func<long, long, long> integer,
        Func<Dimension, Dimension, Dimension?> symbolic,
        bool divides = false)
        : base(2, 2)
    {
        _real = real;
        _integer = integer;
        _symbolic = symbolic;
        _divides = divides;
    }

    public static IEnumerable<(string Type, long Since, Operator Operator)> All { get; } =
    [
        ("Add", 7, new Arithmetic((a, b) => a + b, (a, b) => unchecked(a + b), (a, b) => a + b)),
        ("Sub", 7, new Arithmetic((a, b) => a - b, (a, b) => unchecked(a - b), (a, b) => a - b)),
        ("Mul", 7, new Arithmetic((a, b) => a * b, (a, b) => unchecked(a * b), (a, b) => a * b)),
        ("Div", 7, new Arithmetic((a, b) => a / b, (a, b) => b == -1 ? unchecked(-a) : a / b, Divide, divides: true)),
        ("Min", 6, new Arithmetic(Minimum, Math.Min, Smaller)),
        ("Max", 6, new Arithmetic(Maximum, Math.Max, Larger)),
    ];

    public override void Infer(Node node, InferenceContext context)
    {
        DataType type = context.CommonType(node, 0, 1);
        context.RequireType(node, 0, type.IsNumeric());
        Value left = node.Required(0);
        Value right = node.Required(1);
        node.Output.Set(type, context.Broadcast(node, left.KnownShape, right.KnownShape), SymbolicElements.Combine(left, right, _symbolic));
    }

    public override Tensor[]? Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        bool real = inputs[0]!.Type.IsFloat();
        if ((_divides && !real && inputs[1]!.ToInt64s().Contains(0)) || IsBeyondInt64(inputs))
        {
            return null;
        }

        return [inputs.Aggregate((a, b) => real ? Apply(a!, b!, _real) : Apply(a!, b!, _integer))!];
    }

    private static Tensor Apply(Tensor a, Tensor b, Func<double, double, double> formula) =>
        Zip(a, b, a.ToDoubles(), b.ToDoubles(), formula, (values, dimensions) => Tensor.FromDoubles(a.Type, values, dimensions));

    private static Tensor Apply(Tensor a, Tensor b, Func<long, long, long> formula) =>
        Zip(a, b, a.ToInt64s(), b.ToInt64s(), formula, (values, dimensions) => Tensor.FromInt64s(a.Type, values, dimensions));

    /// <summary>Whether an element is no int64, so that only kernels can compare it or divide.</summary>
    public static bool IsBeyondInt64(IReadOnlyList<Tensor?> inputs) =>
        inputs.Any(i => i is { Type: DataType.UInt64 } && i.ToInt64s().Any(x => x < 0));

    /// <summary>Applies a formula to each pair of elements.</summary>
    /// <param name="pack">Makes the tensor of results and their dimensions.</param>
    public static Tensor Zip<T, TResult>(
        Tensor a, Tensor b, T[] left, T[] right, Func<T, T, TResult> formula, Func<TResult[], long[], Tensor> pack)
    {
        long[] dimensions = Strides.Broadcast([.. a.Dimensions], [.. b.Dimensions]);
        int[] leftOffsets = Strides.Walk(dimensions, Strides.Broadcast(a.Dimensions, dimensions.Length));
        int[] rightOffsets = Strides.Walk(dimensions, Strides.Broadcast(b.Dimensions, dimensions.Length));
        var result = new TResult[leftOffsets.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = formula(left[leftOffsets[i]], right[rightOffsets[i]]);
        }

        return pack(result, dimensions);
    }

    /// <summary>Shape arithmetic divides sizes, which are not negative, so that rounding down is rounding towards zero.</summary>
    private static Dimension? Divide(Dimension a, Dimension b) => a.IsConstant && b.IsConstant
        ? b.Value == 0 || (a.Value == long.MinValue && b.Value == -1) ? null : a.Value / b.Value
        : b.IsConstant && b.Value > 0 && a.IsNotNegative ? a.FloorDivide(b.Value) : a.DivideExactly(b);

    private static Dimension? Smaller(Dimension a, Dimension b) => a.IsConstant && b.IsConstant ? Math.Min(a.Value, b.Value)
        : (b - a).IsNotNegative ? a
        : (a - b).IsNotNegative ? b
        : null;

    private static Dimension? Larger(Dimension a, Dimension b) => Smaller(a, b) is { } smaller ? a + b - smaller : null;

    private static double Minimum(double a, double b) => double.IsNaN(a) || a < b ? a : b;

    private static double Maximum(double a, double b) => double.IsNaN(a) || a > b ? a : b;
}
