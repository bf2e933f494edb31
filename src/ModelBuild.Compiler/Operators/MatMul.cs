using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Matrix product with NumPy's rules: leading dimensions broadcast, a vector counts as a matrix of one row or column.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__MatMul.html, since opset 1. Gap: integer types.</remarks>
internal sealed class MatMul() : Operator(2, 2)
{
    public override void Infer(Node node, InferenceContext context)
    {
        context.RequireFloat(node, 0);
        node.Output.Set(context.CommonType(node, 0, 1), Product(node, context));
    }

    /// <summary>The shape of a product of the first two inputs.</summary>
    public static Shape Product(Node node, InferenceContext context)
    {
        Shape a = node.Required(0).KnownShape;
        Shape b = node.Required(1).KnownShape;
        if (a.Rank == 0 || b.Rank == 0)
        {
            throw context.Malformed(node, $"multiplies {a} by {b}; neither may be a scalar.");
        }

        Dimension inner = b[Math.Max(b.Rank - 2, 0)];
        context.RequireEqual(node, a[a.Rank - 1], inner, $"inner dimensions {a} and {b}");
        Shape leading = context.Broadcast(node, new Shape(a.SkipLast(2)), new Shape(b.SkipLast(2)));
        IEnumerable<Dimension> rows = a.Rank > 1 ? [a[a.Rank - 2]] : [];
        IEnumerable<Dimension> columns = b.Rank > 1 ? [b[b.Rank - 1]] : [];
        return new Shape([.. leading, .. rows, .. columns]);
    }

    public override double WorkPerElement(Node node) =>
        node.Required(0).KnownShape is [.., { IsConstant: true } inner] ? inner.Value : double.PositiveInfinity;

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs) => [Multiply(inputs[0]!, inputs[1]!)];

    /// <summary>The product of two tensors by NumPy's rules, summed in float64.</summary>
    public static Tensor Multiply(Tensor a, Tensor b)
    {
        long[] left = a.Rank > 1 ? [.. a.Dimensions] : [1, a.Length];
        long[] right = b.Rank > 1 ? [.. b.Dimensions] : [b.Length, 1];
        long[] leading = Strides.Broadcast(left[..^2], right[..^2]);
        var (rows, inner, columns) = ((int)left[^2], (int)left[^1], (int)right[^1]);
        double[] x = Expand.Apply(a.Reshape(left), [.. leading, rows, inner]).ToDoubles();
        double[] y = Expand.Apply(b.Reshape(right), [.. leading, inner, columns]).ToDoubles();
        int count = (int)leading.Aggregate(1L, (product, d) => product * d);
        double[] result = [.. Enumerable.Range(0, count).SelectMany(i =>
            Multiply(x.AsSpan(i * rows * inner, rows * inner), y.AsSpan(i * inner * columns, inner * columns), rows, inner, columns))];
        long[] matrix = a.Rank == 1 && b.Rank == 1 ? [] : a.Rank == 1 ? [columns] : b.Rank == 1 ? [rows] : [rows, columns];
        return Tensor.FromDoubles(a.Type, result, [.. leading, .. matrix]);
    }

    /// <summary>[rows, inner] × [inner, columns], row-major.</summary>
    public static double[] Multiply(ReadOnlySpan<double> left, ReadOnlySpan<double> right, int rows, int inner, int columns)
    {
        var result = new double[rows * columns];
        for (int i = 0; i < rows; i++)
        {
            for (int k = 0; k < inner; k++)
            {
                for (int j = 0; j < columns; j++)
                {
                    result[(i * columns) + j] += left[(i * inner) + k] * right[(k * columns) + j];
                }
            }
        }

        return result;
    }
}
