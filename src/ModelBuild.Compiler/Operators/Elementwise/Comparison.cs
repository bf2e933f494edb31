using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// Comparisons and logic of two tensors of one type, with NumPy's broadcasting, to booleans; and Not.
/// </summary>
/// <remarks>https://onnx.ai/onnx/operators/ under each name.</remarks>
internal sealed class Comparison : Operator
{
    private readonly Func<double, double, bool> _real;
    private readonly Func<long, long, bool> _integer;
    private readonly bool _logical;

    private Comparison(Func<double, double, bool> real, Func<long, long, bool> integer)
        : base(2, 2)
    {
        _real = real;
        _integer = integer;
    }

    private Comparison(Func<bool, bool, bool> formula, int inputs)
        : base(inputs, inputs)
    {
        _logical = true;
        _real = (_, _) => throw new InvalidOperationException("Booleans are evaluated as integers.");
        _integer = (a, b) => formula(a != 0, b != 0);
    }

    public static IEnumerable<(string Type, long Since, Operator Operator)> All { get; } =
    [
        ("Equal", 7, new Comparison((a, b) => a == b, (a, b) => a == b)),
        ("Greater", 7, new Comparison((a, b) => a > b, (a, b) => a > b)),
        ("GreaterOrEqual", 12, new Comparison((a, b) => a >= b, (a, b) => a >= b)),
        ("Less", 7, new Comparison((a, b) => a < b, (a, b) => a < b)),
        ("LessOrEqual", 12, new Comparison((a, b) => a <= b, (a, b) => a <= b)),
        ("And", 7, new Comparison((a, b) => a && b, 2)),
        ("Or", 7, new Comparison((a, b) => a || b, 2)),
        ("Xor", 7, new Comparison((a, b) => a != b, 2)),
        ("Not", 1, new Comparison((a, _) => !a, 1)),
    ];

    public override void Infer(Node node, InferenceContext context)
    {
        Value left = node.Required(0);
        Value right = node.Input(1) ?? left;
        DataType type = node.Inputs.Count == 2 ? context.CommonType(node, 0, 1) : left.Type;
        context.RequireType(node, 0, type == DataType.Bool ? _logical || node.Is("Equal") : type.IsNumeric() && !_logical);
        IEnumerable<Dimension>? elements = node.Is("Equal") ? SymbolicElements.Combine(left, right, AreEqual) : null;
        node.Output.Set(DataType.Bool, context.Broadcast(node, left.KnownShape, right.KnownShape), elements);
    }

    public override Tensor[]? Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor a = inputs[0]!;
        Tensor b = inputs.Count > 1 ? inputs[1]! : a;
        return Arithmetic.IsBeyondInt64(inputs) ? null :
        [
            a.Type.IsFloat()
                ? Arithmetic.Zip(a, b, a.ToDoubles(), b.ToDoubles(), _real, Pack)
                : Arithmetic.Zip(a, b, a.ToInt64s(), b.ToInt64s(), _integer, Pack),
        ];
    }

    private static Tensor Pack(bool[] values, long[] dimensions) => Tensor.Owning(DataType.Bool, values, dimensions);

    /// <summary>One where surely equal, zero where surely not, null where only the run knows.</summary>
    private static Dimension? AreEqual(Dimension a, Dimension b) => a.Equals(b) ? Dimension.One
        : (a - b).IsConstant || (a - b).IsPositive || (b - a).IsPositive ? Dimension.Zero
        : null;
}
