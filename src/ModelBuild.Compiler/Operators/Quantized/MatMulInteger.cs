using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Matrix product of 8-bit integers without their zero points, exactly, in int32.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__MatMulInteger.html, since opset 10. Zero points for the whole tensor, for each row of A or each
/// column of B. See <see cref="IntegerProduct"/>. Gap: two computed matrices whose common dimension only the run knows.
/// </remarks>
internal sealed class MatMulInteger() : Operator(2, 4)
{
    public override void Infer(Node node, InferenceContext context)
    {
        IntegerProduct.Check(node, context);
        node.Output.Set(DataType.Int32, MatMul.Product(node, context));
    }

    public override double WorkPerElement(Node node) =>
        node.Required(0).KnownShape is [.., { IsConstant: true } inner] ? inner.Value : double.PositiveInfinity;

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor a = inputs[0]!;
        Tensor b = inputs[1]!;
        double[] left = Differences(a, inputs.ElementAtOrDefault(2), rows: true);
        double[] right = Differences(b, inputs.ElementAtOrDefault(3), rows: false);
        Tensor product = MatMul.Multiply(
            Tensor.FromDoubles(DataType.Float64, left, [.. a.Dimensions]), Tensor.FromDoubles(DataType.Float64, right, [.. b.Dimensions]));
        return [Tensor.FromInt64s(DataType.Int32, product.ToInt64s(), [.. product.Dimensions])];
    }

    public override IReadOnlyList<Node>? TakeApart(Graph graph, Node node, InferenceContext context)
    {
        context.Infer(node);
        Value a = node.Required(0);
        Value b = node.Required(1);
        Value? leftZero = node.Input(2);
        Value? rightZero = node.Input(3);
        Shape shape = a.KnownShape;
        bool isOneProduct = b.IsConstant && (rightZero is null || rightZero is { IsConstant: true, KnownShape.Rank: < 2 })
            && b.KnownShape.Rank == 2 && shape.Rank >= 2 && !a.IsConstant && b.KnownShape[0].Value is > 0 and <= IntegerProduct.DepthLimit;
        if (isOneProduct && b.Type == DataType.Int8 && IntegerProduct.IsZero(rightZero)
            && (IntegerProduct.IsZero(leftZero) || IntegerProduct.IsConstantScalar(leftZero)))
        {
            return null;
        }

        if (node.Inputs.All(i => i is null or { IsConstant: true }))
        {
            return null;
        }

        var e = new Expansion(graph, node, context);
        return e.Replace([isOneProduct ? ByConstant(e, leftZero, rightZero) : OfReals(e, leftZero, rightZero)]);
    }

    /// <summary>Σ a·(b − z_b) − z_a·Σ (b − z_b).</summary>
    private static Value ByConstant(Expansion e, Value? leftZero, Value? rightZero)
    {
        bool isFused = IntegerProduct.IsZero(leftZero) || IntegerProduct.IsConstantScalar(leftZero);
        IReadOnlyList<Tensor> weights = IntegerProduct.Weights(e.Input(1).Constant!, rightZero?.Constant, axis: 1);
        Value sum = weights.Select(w => e.Apply("MatMulInteger", [e.Input(0), e.Constant(w), isFused ? leftZero : null]))
            .Aggregate(e.Add);
        if (isFused)
        {
            return sum;
        }

        var columns = new int[(int)weights[0].Dimensions[1]];
        foreach (Tensor part in weights)
        {
            ReadOnlySpan<sbyte> codes = part.Span<sbyte>();
            for (int i = 0; i < codes.Length; i++)
            {
                columns[i % columns.Length] += codes[i];
            }
        }

        Value zero = e.Cast(ForRows(e, leftZero!), DataType.Int32);
        return e.Subtract(sum, e.Multiply(zero, e.Constant(Tensor.Of(columns, columns.Length))));
    }

    private static Value OfReals(Expansion e, Value? leftZero, Value? rightZero)
    {
        Value left = IntegerProduct.Difference(e, e.Input(0), leftZero is null ? null : ForRows(e, leftZero));
        Value right = IntegerProduct.Difference(e, e.Input(1), rightZero);
        int leftAxis = left.KnownShape.Rank - 1;
        int rightAxis = Math.Max(right.KnownShape.Rank - 2, 0);
        Dimension inner = left.KnownShape[leftAxis];
        long depth = inner.IsConstant ? inner.Value
            : throw e.Context.Unbound(e.Node, $"multiplies integers over a dimension '{inner}', which only the run knows.", inner);
        return IntegerProduct.Sum(e, depth, IntegerProduct.ExactDepth, (start, end) => e.Apply(
            "MatMul",
            [IntegerProduct.Part(e, left, leftAxis, start, end), IntegerProduct.Part(e, right, rightAxis, start, end)]));
    }

    /// <summary>A zero point for each row, as a column.</summary>
    private static Value ForRows(Expansion e, Value zero) => zero.KnownShape is [var rows] && !rows.Equals(Dimension.One)
        ? e.Reshape(zero, rows, 1)
        : zero;

    private static double[] Differences(Tensor codes, Tensor? zeroPoint, bool rows)
    {
        double[] values = codes.ToDoubles();
        if (zeroPoint is null)
        {
            return values;
        }

        Tensor column = rows && zeroPoint is { Rank: 1, Length: > 1 } ? zeroPoint.Reshape(zeroPoint.Length, 1) : zeroPoint;
        double[] zeros = Expand.Apply(column, [.. codes.Dimensions]).ToDoubles();
        return [.. values.Zip(zeros, (v, z) => v - z)];
    }
}
