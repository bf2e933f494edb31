using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>BitwiseAnd, BitwiseOr, BitwiseXor and BitShift of two tensors of integers, with NumPy's broadcasting; and BitwiseNot.</summary>
/// <remarks>https://onnx.ai/onnx/operators/ under each name, since opset 18, BitShift since 11.</remarks>
internal sealed class BitFunction : Operator
{
    private readonly Func<Node, Func<long, long, long>> _formula;

    private BitFunction(Func<Node, Func<long, long, long>> formula, int inputs, params (string, AttributeKind)[] attributes)
        : base(inputs, inputs, attributes) => _formula = formula;

    public static IEnumerable<(string Type, long Since, Operator Operator)> All { get; } =
    [
        ("BitwiseAnd", 18, new BitFunction(_ => (a, b) => a & b, 2)),
        ("BitwiseOr", 18, new BitFunction(_ => (a, b) => a | b, 2)),
        ("BitwiseXor", 18, new BitFunction(_ => (a, b) => a ^ b, 2)),
        ("BitwiseNot", 18, new BitFunction(_ => (a, _) => ~a, 1)),
        ("BitShift", 11, new BitFunction(Shift, 2, ("direction", AttributeKind.Text))),
    ];

    /// <summary>Whether a BitShift goes to the left.</summary>
    public static bool IsLeft(Node node) => node.Text("direction", string.Empty) == "LEFT";

    public override void Infer(Node node, InferenceContext context)
    {
        Value left = node.Required(0);
        Value right = node.Input(1) ?? left;
        DataType type = node.Inputs.Count == 2 ? context.CommonType(node, 0, 1) : left.Type;
        context.RequireType(node, 0, type.IsInteger());
        if (node.Is("BitShift") && node.Text("direction", string.Empty) is not ("LEFT" or "RIGHT"))
        {
            throw context.Malformed(node, $"shifts in the direction '{node.Text("direction", string.Empty)}'.");
        }

        node.Output.Set(type, context.Broadcast(node, left.KnownShape, right.KnownShape));
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor a = inputs[0]!;
        Tensor b = inputs.Count > 1 ? inputs[1]! : a;
        return [Arithmetic.Zip(a, b, a.ToInt64s(), b.ToInt64s(), _formula(node), (v, d) => Tensor.FromInt64s(a.Type, v, d))];
    }

    private static Func<long, long, long> Shift(Node node)
    {
        // A shift by a negative number is one by far more bits than there are.
        int size = node.Required(0).Type.Size() * 8;
        return IsLeft(node) ? (a, b) => b >= 0 && b < size ? a << (int)b : 0
            : node.Required(0).Type == DataType.UInt64 ? (a, b) => b >= 0 && b < size ? unchecked((long)((ulong)a >> (int)b)) : 0
            : (a, b) => a >> (int)(b >= 0 && b < size ? b : 63);
    }
}
