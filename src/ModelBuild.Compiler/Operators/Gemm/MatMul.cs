using System.Numerics;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Matrix product with NumPy's rules: leading dimensions broadcast, a vector counts as a matrix of one row or column.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__MatMul.html, since opset 1.</remarks>
internal sealed class MatMul() : Operator(2, 2)
{
    public override IReadOnlyList<Node>? TakeApart(Graph graph, Node node, InferenceContext context) =>
        EmptySum.TakeApart(graph, node, context);

    public override void Infer(Node node, InferenceContext context)
    {
        context.RequireType(
            node, 0, node.Required(0).Type is var element
                && (element.IsFloat() || element is DataType.Int32 or DataType.UInt32 or DataType.Int64 or DataType.UInt64));
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
        Tensor x = Expand.Apply(a.Reshape(left), [.. leading, rows, inner]);
        Tensor y = Expand.Apply(b.Reshape(right), [.. leading, inner, columns]);
        int count = (int)leading.Aggregate(1L, (product, d) => product * d);
        long[] matrix = a.Rank == 1 && b.Rank == 1 ? [] : a.Rank == 1 ? [columns] : b.Rank == 1 ? [rows] : [rows, columns];
        return a.Type.IsFloat()
            ? Tensor.FromDoubles(a.Type, MultiplyAll(x.ToDoubles(), y.ToDoubles()), [.. leading, .. matrix])
            : Tensor.FromInt64s(a.Type, MultiplyAll(x.ToInt64s(), y.ToInt64s()), [.. leading, .. matrix]);

        T[] MultiplyAll<T>(T[] lefts, T[] rights)
            where T : struct, INumber<T> => [.. Enumerable.Range(0, count).SelectMany(i => Multiply<T>(
                lefts.AsSpan(i * rows * inner, rows * inner), rights.AsSpan(i * inner * columns, inner * columns), rows, inner, columns))];
    }

    /// <summary>[rows, inner] × [inner, columns], row-major; integers wrap around.</summary>
    public static T[] Multiply<T>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, int rows, int inner, int columns)
        where T : struct, INumber<T>
    {
        var result = new T[rows * columns];
        for (int i = 0; i < rows; i++)
        {
            for (int k = 0; k < inner; k++)
            {
                for (int j = 0; j < columns; j++)
                {
                    int place = (i * columns) + j;
                    result[place] = unchecked(result[place] + (left[(i * inner) + k] * right[(k * columns) + j]));
                }
            }
        }

        return result;
    }
}
