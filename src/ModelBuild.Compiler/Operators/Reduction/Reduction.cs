using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>ReduceMean, ReduceSum, ReduceProd, ReduceMax, ReduceMin: some axes to one element.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/ under each name, since opset 1; axes are an input since 13 (ReduceSum) and 18 (import makes them that).
/// Import takes the other reductions apart: ReduceL1 is ReduceSum of Abs.
/// </remarks>
internal sealed class Reduction : Operator
{
    private readonly Func<double[], double> _real;
    private readonly Func<long[], long> _integer;
    private readonly Func<Dimension, Dimension, Dimension>? _symbolic;
    private readonly bool _needsElements;

    private Reduction(
        Func<double[], double> real,
        Func<long[], long> integer,
        Func<Dimension, Dimension, Dimension>? symbolic = null,
        bool needsElements = false)
        : base(1, 2, ("keepdims", AttributeKind.Int), ("noop_with_empty_axes", AttributeKind.Int))
    {
        _real = real;
        _integer = integer;
        _symbolic = symbolic;
        _needsElements = needsElements;
    }

    public static IEnumerable<(string Type, long Since, Operator Operator)> All { get; } =
    [
        ("ReduceMean", 1, new Reduction(v => v.Average(), v => unchecked(v.Sum() / v.Length), needsElements: true)),
        ("ReduceSum", 1, new Reduction(v => v.Sum(), v => v.Aggregate(0L, (a, b) => unchecked(a + b)), (a, b) => a + b)),
        ("ReduceProd", 1, new Reduction(v => v.Aggregate(1.0, (a, b) => a * b), Product, (a, b) => a * b)),
        ("ReduceMax", 1, new Reduction(v => v.Aggregate(double.NegativeInfinity, Larger), v => v.DefaultIfEmpty(long.MinValue).Max())),
        ("ReduceMin", 1, new Reduction(v => v.Aggregate(double.PositiveInfinity, Smaller), v => v.DefaultIfEmpty(long.MaxValue).Min())),
    ];

    /// <summary>The axes of a node in ascending order, its defaults worked out.</summary>
    public static int[] Axes(Node node, int rank, InferenceContext context)
    {
        long[]? axes = context.Constants(node, 1, "axes");
        return axes is { Length: > 0 } ? context.Axes(node, axes, rank)
            : node.Int("noop_with_empty_axes") != 0 ? []
            : [.. Enumerable.Range(0, rank)];
    }

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        Shape shape = input.KnownShape;
        context.RequireType(node, 0, input.Type.IsNumeric());
        if (context.IsFromData(node, 1))
        {
            node.Output.Set(input.Type, FromData(node, shape.Rank, context));
            return;
        }

        int[] axes = Axes(node, shape.Rank, context);
        foreach (int axis in axes)
        {
            if (_needsElements && shape[axis].IsConstant && shape[axis].Value == 0)
            {
                throw context.Unsupported(node, $"takes the mean of {shape}, which is empty.");
            }
        }

        bool keep = node.Int("keepdims", 1) != 0;
        var output = new Shape(shape.Select((d, i) => axes.Contains(i) ? Dimension.One : d).Where((_, i) => keep || !axes.Contains(i)));
        IReadOnlyList<Dimension>? elements = _symbolic is not null && axes.Length == 1 && shape.Rank == 1
            ? SymbolicElements.Of(input) : null;
        node.Output.Set(input.Type, output, elements is { Count: > 0 } ? [elements.Aggregate(_symbolic!)] : null);
    }

    /// <summary>
    /// Of axes that come from data: sizes and strides of all axes in the order in which they are walked, rows and columns of the matrix
    /// that they make, and the shape of the result.
    /// </summary>
    private static Shape FromData(Node node, int rank, InferenceContext context)
    {
        // Where all axes stay, it does not matter how many are named.
        int result = node.Int("keepdims", 1) == 0 ? Math.Max(0, rank - context.BoundCount(node, 1, "axes"))
            : node.Required(1) is { Type: DataType.Int64, KnownShape.Rank: 1 } ? rank
            : throw context.Malformed(node, $"has axes of type {node.Required(1).Type}{node.Required(1).Shape}.");
        for (int i = 0; i < rank; i++)
        {
            context.Bound(node, i, $"size{i}");
        }

        for (int i = 0; i < rank; i++)
        {
            context.Bound(node, rank + i, $"stride{i}");
        }

        context.Bound(node, 2 * rank, "rows");
        context.Bound(node, (2 * rank) + 1, "columns");
        return new Shape(Enumerable.Range(0, result).Select(i => context.Bound(node, (2 * rank) + 2 + i, $"dim{i}")));
    }

    public override double WorkPerElement(Node node) =>
        node.Required(0).KnownShape.Length is { IsConstant: true } length && node.Output.KnownShape.Length is { IsConstant: true } output
            ? length.Value / Math.Max(1.0, output.Value)
            : double.PositiveInfinity;

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        int[] axes = Axes(node, x.Rank, InferenceContext.Evaluation);
        long[] strides = Strides.Of([.. x.Dimensions]);
        int[] kept = [.. Enumerable.Range(0, x.Rank).Except(axes)];
        int[] outer = Strides.Walk([.. kept.Select(i => x.Dimensions[i])], [.. kept.Select(i => strides[i])]);
        int[] inner = Strides.Walk([.. axes.Select(i => x.Dimensions[i])], [.. axes.Select(i => strides[i])]);
        long[] dimensions = node.Int("keepdims", 1) != 0
            ? [.. x.Dimensions.Select((d, i) => axes.Contains(i) ? 1 : d)]
            : [.. kept.Select(i => x.Dimensions[i])];
        if (x.Type.IsFloat())
        {
            double[] values = x.ToDoubles();
            double[] reals = Array.ConvertAll(outer, o => _real(Array.ConvertAll(inner, i => values[o + i])));
            return [Tensor.FromDoubles(x.Type, reals, dimensions)];
        }

        long[] integers = x.ToInt64s();
        long[] results = Array.ConvertAll(outer, o => _integer(Array.ConvertAll(inner, i => integers[o + i])));
        return [Tensor.FromInt64s(x.Type, results, dimensions)];
    }

    private static double Larger(double a, double b) => double.IsNaN(a) || a > b ? a : b;

    private static double Smaller(double a, double b) => double.IsNaN(a) || a < b ? a : b;

    private static long Product(long[] values) => values.Aggregate(1L, (a, b) => unchecked(a * b));
}
