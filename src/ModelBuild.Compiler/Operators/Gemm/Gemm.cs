using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>alpha · A' · B' + beta · C, where A' and B' are A and B or their transposes, and C broadcasts to the result.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Gemm.html, since opset 1; C is optional since 11.</remarks>
internal sealed class Gemm() : Operator(
    2, 3, ("alpha", AttributeKind.Float), ("beta", AttributeKind.Float), ("transA", AttributeKind.Int), ("transB", AttributeKind.Int))
{
    public override IReadOnlyList<Node>? TakeApart(Graph graph, Node node, InferenceContext context) =>
        EmptySum.TakeApart(graph, node, context);

    public override void Infer(Node node, InferenceContext context)
    {
        Shape a = node.Required(0).KnownShape;
        Shape b = node.Required(1).KnownShape;
        context.RequireFloat(node, 0);
        DataType type = context.CommonType(node, 0, 1, 2);
        if (a.Rank != 2 || b.Rank != 2)
        {
            throw context.Malformed(node, $"multiplies {a} by {b}; both must be matrices.");
        }

        a = node.Int("transA") != 0 ? a.Permute([1, 0]) : a;
        b = node.Int("transB") != 0 ? b.Permute([1, 0]) : b;
        context.RequireEqual(node, a[1], b[0], $"inner dimensions {a} and {b}");
        var output = new Shape([a[0], b[1]]);
        if (node.Input(2) is { } c && !context.Broadcast(node, output, c.KnownShape).Equals(output))
        {
            throw context.Malformed(node, $"adds {c.Shape} to {output}, to which it does not broadcast.");
        }

        node.Output.Set(type, output);
    }

    public override double WorkPerElement(Node node) =>
        node.Required(0).KnownShape[node.Int("transA") != 0 ? 0 : 1] is { IsConstant: true } inner ? inner.Value : double.PositiveInfinity;

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor a = node.Int("transA") != 0 ? Transpose.Apply(inputs[0]!, [1, 0]) : inputs[0]!;
        Tensor b = node.Int("transB") != 0 ? Transpose.Apply(inputs[1]!, [1, 0]) : inputs[1]!;
        long[] shape = [a.Dimensions[0], b.Dimensions[1]];
        double[] product = MatMul.Multiply<double>(a.ToDoubles(), b.ToDoubles(), (int)shape[0], (int)a.Dimensions[1], (int)shape[1]);
        double alpha = node.Float("alpha", 1);
        double beta = node.Float("beta", 1);
        double[]? addend = inputs.Count > 2 && inputs[2] is { } c ? Expand.Apply(c, shape).ToDoubles() : null;
        for (int i = 0; i < product.Length; i++)
        {
            product[i] = (alpha * product[i]) + (beta * (addend?[i] ?? 0));
        }

        return [Tensor.FromDoubles(a.Type, product, shape)];
    }
}
