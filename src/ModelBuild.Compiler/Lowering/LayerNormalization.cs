using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Normalization of rows to mean 0 and variance 1, with a scale and an offset for each of their elements, as import makes it of the
/// operator of that name and as exporters write it out:
/// <code>
///   x → Sub(ReduceMean x) → c;   c · Reciprocal(Sqrt(ReduceMean(c · c) + ε)), or c / Sqrt(…)   → Mul, Add, …
/// </code>
/// </summary>
/// <param name="Input">x.</param>
/// <param name="Length">Of a row: the last axes.</param>
/// <param name="Epsilon">ε.</param>
/// <param name="Scale">For each element of a row.</param>
/// <param name="Offset">For each element of a row.</param>
/// <param name="Nodes">All of it.</param>
internal sealed record LayerNormalization(
    Value Input, int Length, float Epsilon, float[] Scale, float[] Offset, IReadOnlyList<Node> Nodes)
{
    /// <summary>What ends in a value; null where it is no such thing.</summary>
    public static LayerNormalization? Find(Graph graph, Value end)
    {
        List<Node> nodes = [];
        var affine = new Stack<(bool IsSum, Tensor Operand)>();
        Value value = end;
        while ((value == end ? value.Producer : graph.Maker(value)) is { } node && (node.Is("Add") || node.Is("Mul"))
            && node.Inputs.Count(i => i!.IsConstant) == 1 && node.Inputs.Single(i => i!.IsConstant) is { Type: DataType.Float32 } constant)
        {
            nodes.Add(node);
            affine.Push((node.Is("Add"), constant.Constant!));
            value = node.OtherOperand(constant);
        }

        if (Normal(graph, value, nodes) is not var (x, length, epsilon))
        {
            return null;
        }

        float[] scale = [.. Enumerable.Repeat(1f, length)];
        float[] offset = new float[length];
        foreach ((bool isSum, Tensor operand) in affine)
        {
            if (operand.Length != 1 && !IsOfRows(operand, x.KnownShape, length))
            {
                return null;
            }

            float[] numbers = operand.ToFloats();
            for (int i = 0; i < length; i++)
            {
                float number = numbers[numbers.Length == 1 ? 0 : i];
                scale[i] *= isSum ? 1 : number;
                offset[i] = isSum ? offset[i] + number : offset[i] * number;
            }
        }

        return new LayerNormalization(x, length, epsilon, scale, offset, nodes);
    }

    /// <summary>Whether the dimensions of a constant are those of a row, and ones before.</summary>
    private static bool IsOfRows(Tensor constant, Shape shape, int length)
    {
        long product = 1;
        for (int i = 1; i <= constant.Rank && product < length; i++)
        {
            if (i > shape.Rank || !shape[^i].IsConstant || shape[^i].Value != constant.Dimensions[^i])
            {
                return false;
            }

            product *= constant.Dimensions[^i];
        }

        return product == length && constant.Length == length;
    }

    private static (Value Input, int Length, float Epsilon)? Normal(Graph graph, Value value, List<Node> nodes)
    {
        if (value.Producer is not { } last || (nodes.Count > 0 && !graph.IsPrivate(value)) || Deviation(graph, last, nodes) is not { } sqrt
            || graph.Maker(sqrt.Required(0), "Add") is not { } sum
            || sum.Inputs.SingleOrDefault(i => i!.IsConstant)?.Constant is not { Length: 1 } epsilon
            || graph.Maker(sum.Required(sum.Required(0).IsConstant ? 1 : 0), "ReduceMean") is not { } variance
            || graph.Maker(variance.Required(0)) is not { } square || Squared(square) is not { } centered
            || centered.Producer is not { } difference || !difference.Is("Sub") || !last.Inputs.Contains(centered)
            || centered.OutputCount > 0 || centered.Consumers.Any(c => c != last && c != square)
            || graph.Maker(difference.Required(1), "ReduceMean") is not { } mean || mean.Required(0) != difference.Required(0)
            || RowOf(mean) is not { } length || RowOf(variance) != length)
        {
            return null;
        }

        nodes.AddRange([last, sqrt, sum, variance, square, difference, mean]);
        return (difference.Required(0), length, epsilon.ToFloats()[0]);
    }

    /// <summary>The root that a node divides by, or multiplies by the reciprocal of.</summary>
    private static Node? Deviation(Graph graph, Node last, List<Node> nodes)
    {
        if (last.Is("Div"))
        {
            return graph.Maker(last.Required(1), "Sqrt");
        }

        if (!last.Is("Mul") || last.Inputs.Select(i => graph.Maker(i!, "Reciprocal")).FirstOrDefault(n => n is not null) is not { } inverse)
        {
            return null;
        }

        nodes.Add(inverse);
        return graph.Maker(inverse.Required(0), "Sqrt");
    }

    private static Value? Squared(Node node) => node switch
    {
        _ when node.Is("Mul") && node.Required(0) == node.Required(1) => node.Required(0),
        _ when node.Is("Pow") && node.Required(1).Constant is { Length: 1 } two && two.ToFloats()[0] == 2 => node.Required(0),
        _ => null,
    };

    /// <summary>How long the rows are that a mean is taken over; null where they are not what the last axes are.</summary>
    private static int? RowOf(Node mean)
    {
        Shape shape = mean.Required(0).KnownShape;
        long[] axes = LowerFloatOperators.MeanAxes(mean, InferenceContext.Evaluation);
        Array.Sort(axes);
        bool isLast = axes.Length > 0 && axes.Length < shape.Rank && mean.Int("keepdims", 1) != 0
            && axes.Select((a, i) => a == shape.Rank - axes.Length + i).All(b => b);
        return isLast && shape.Product(shape.Rank - axes.Length, shape.Rank) is { IsConstant: true } length
            && length.Value is >= 1 and <= QuantizedNormalization.MaximumLength ? (int)length.Value : null;
    }
}
