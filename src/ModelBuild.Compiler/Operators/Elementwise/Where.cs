using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Picks elements of the one or the other tensor, by a condition.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Where.html, since opset 9.</remarks>
internal sealed class Where() : Operator(3, 3)
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value condition = node.Required(0);
        context.RequireType(node, 0, condition.Type == DataType.Bool);
        context.RequireMovable(node, 1);
        DataType type = context.CommonType(node, 1, 2);
        Value yes = node.Required(1);
        Value no = node.Required(2);
        Shape shape = context.Broadcast(node, context.Broadcast(node, condition.KnownShape, yes.KnownShape), no.KnownShape);
        node.Output.Set(type, shape, Elements(SymbolicElements.Of(condition), SymbolicElements.Of(yes), SymbolicElements.Of(no)));
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        long[] branches = Strides.Broadcast([.. inputs[1]!.Dimensions], [.. inputs[2]!.Dimensions]);
        long[] dimensions = Strides.Broadcast([.. inputs[0]!.Dimensions], branches);
        Tensor condition = Expand.Apply(inputs[0]!, dimensions);
        Tensor yes = Expand.Apply(inputs[1]!, dimensions);
        Tensor no = Expand.Apply(inputs[2]!, dimensions);
        byte[] data = no.Data.ToArray();
        int size = no.Type.Size();
        for (int i = 0; i < condition.Length; i++)
        {
            if (condition.Data.Span[i] != 0)
            {
                yes.Data.Span.Slice(i * size, size).CopyTo(data.AsSpan(i * size));
            }
        }

        return [new Tensor(no.Type, dimensions, data)];
    }

    private static IEnumerable<Dimension>? Elements(
        IReadOnlyList<Dimension>? condition, IReadOnlyList<Dimension>? yes, IReadOnlyList<Dimension>? no)
    {
        if (condition is null || yes is null || no is null || condition.Any(c => !c.IsConstant))
        {
            return null;
        }

        int count = Math.Max(condition.Count, Math.Max(yes.Count, no.Count));
        return Enumerable.Range(0, count).Select(i => Pick(condition, i).Value != 0 ? Pick(yes, i) : Pick(no, i));

        static Dimension Pick(IReadOnlyList<Dimension> list, int index) => list[list.Count == 1 ? 0 : index];
    }
}
