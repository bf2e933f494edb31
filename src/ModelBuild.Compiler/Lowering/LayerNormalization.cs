using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Normalization of rows to mean 0 and variance 1, or to a mean square of 1, with a scale and an offset for each of their elements, as
/// import makes it of the operators of that name and as exporters write it out:
/// <code>
///   x → Sub(ReduceMean x) → c;   c · 1 / √(ReduceMean(c · c) + ε) → Mul, Add, …
///   x                     → c    the same of what is not centered
/// </code>
/// The mean over the last axis of [batch, tokens, channels] may have become a pool by then.
/// </summary>
/// <param name="Input">x.</param>
/// <param name="IsCentered">Whether the mean of a row is taken off.</param>
/// <param name="Length">Of a row: the last axes.</param>
/// <param name="Epsilon">ε.</param>
/// <param name="Affine">What numbers follow, sums and factors, in their order.</param>
/// <param name="Nodes">All of it.</param>
internal sealed record LayerNormalization(
    Value Input, bool IsCentered, int Length, float Epsilon, IReadOnlyList<(bool IsSum, Tensor Operand)> Affine, IReadOnlyList<Node> Nodes)
{
    /// <summary>So far a row is followed up to the convolution that makes it.</summary>
    private const int MaximumSteps = 32;

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

        return Normal(value, nodes) is var (x, isCentered, length, epsilon) && x.Type == DataType.Float32
            && affine.All(a => a.Operand.Length == 1 || IsOfRows(a.Operand, x.KnownShape, length)) && IsClosed(graph, nodes, end)
            ? new LayerNormalization(x, isCentered, length, epsilon, [.. affine], nodes)
            : null;
    }

    /// <summary>What each element of a row is multiplied by, and what is added to it then.</summary>
    public (float[] Scale, float[] Offset) Row()
    {
        float[] scale = [.. Enumerable.Repeat(1f, Length)];
        float[] offset = new float[Length];
        foreach ((bool isSum, Tensor operand) in Affine)
        {
            float[] numbers = operand.ToFloats();
            for (int i = 0; i < Length; i++)
            {
                float number = numbers[numbers.Length == 1 ? 0 : i];
                scale[i] *= isSum ? 1 : number;
                offset[i] = isSum ? offset[i] + number : offset[i] * number;
            }
        }

        return (scale, offset);
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

    /// <summary>Whether nobody else looks at what lies between.</summary>
    private static bool IsClosed(Graph graph, List<Node> nodes, Value end) => nodes.SelectMany(n => n.Outputs).All(v =>
        v is null || v == end || (!graph.IsOutput(v) && !graph.Observed.Contains(v.Name) && v.Consumers.All(nodes.Contains)));

    private static (Value Input, bool IsCentered, int Length, float Epsilon)? Normal(Value value, List<Node> nodes)
    {
        if (value.Producer is not { } last || Divided(last, nodes) is not var (centered, sum)
            || sum.Inputs.SingleOrDefault(i => i!.IsConstant)?.Constant is not { Length: 1 } epsilon
            || sum.OtherOperand(sum.Inputs.Single(i => i!.IsConstant)!).Producer is not { } variance || RowOf(variance) is not { } length
            || variance.Required(0).Producer is not { } square || Squared(square) is not { } squared)
        {
            return null;
        }

        nodes.AddRange([last, sum, variance, square]);
        if (Centered(centered) is var (x, mean) && RowOf(mean) == length && Centered(squared) is var (other, otherMean) && x == other
            && RowOf(otherMean) == length)
        {
            // Some exporters write the difference twice.
            nodes.AddRange(new[] { centered.Producer!, squared.Producer!, mean, otherMean }.Distinct());
            return IsSpatial(x, variance, mean) ? null : (x, true, length, epsilon.ToFloats()[0]);
        }

        return squared != centered || IsSpatial(centered, variance) ? null : (centered, false, length, epsilon.ToFloats()[0]);
    }

    /// <summary>What a node divides by a root, and the sum under the root.</summary>
    private static (Value Dividend, Node Sum)? Divided(Node last, List<Node> nodes)
    {
        if (last.Is("Div"))
        {
            return last.Required(1).Producer is { } root && RootOf(root, 0.5f, nodes) is { } sum ? (last.Required(0), sum) : null;
        }

        foreach (Value factor in last.Is("Mul") ? last.Inputs.OfType<Value>() : [])
        {
            if (factor.Producer is { } inverse && InverseRootOf(inverse, nodes) is { } sum)
            {
                return (last.OtherOperand(factor), sum);
            }
        }

        return null;
    }

    private static Node? InverseRootOf(Node inverse, List<Node> nodes)
    {
        bool isReciprocal = inverse.Is("Reciprocal");
        if (!isReciprocal && !(inverse.Is("Div") && IsNumber(inverse.Required(0), 1)))
        {
            return RootOf(inverse, -0.5f, nodes);
        }

        if (inverse.Required(isReciprocal ? 0 : 1).Producer is not { } root || RootOf(root, 0.5f, nodes) is not { } sum)
        {
            return null;
        }

        nodes.Add(inverse);
        return sum;
    }

    /// <summary>The sum that a node takes to a power, the root among them.</summary>
    private static Node? RootOf(Node root, float exponent, List<Node> nodes)
    {
        bool isRoot = (root.Is("Sqrt") && exponent > 0) || (root.Is("Pow") && IsNumber(root.Required(1), exponent));
        if (!isRoot || root.Required(0).Producer is not { } sum || !sum.Is("Add"))
        {
            return null;
        }

        nodes.Add(root);
        return sum;
    }

    private static bool IsNumber(Value value, float number) => value.Constant is { Length: 1 } constant && constant.ToFloats()[0] == number;

    private static Value? Squared(Node node) => node switch
    {
        _ when node.Is("Mul") && node.Required(0) == node.Required(1) => node.Required(0),
        _ when node.Is("Pow") && IsNumber(node.Required(1), 2) => node.Required(0),
        _ => null,
    };

    /// <summary>What a mean of its own is taken off, and the mean.</summary>
    private static (Value Input, Node Mean)? Centered(Value value) =>
        value.Producer is { } difference && difference.Is("Sub") && difference.Required(1).Producer is { } mean && IsMean(mean)
            && mean.Required(0) == difference.Required(0)
            ? (difference.Required(0), mean)
            : null;

    private static bool IsMean(Node node) => node.Is("ReduceMean") || node.Is("GlobalAveragePool");

    /// <summary>How long the rows are that a mean is taken over; null where they are not what the last axes are.</summary>
    private static int? RowOf(Node mean)
    {
        if (!IsMean(mean))
        {
            return null;
        }

        Shape shape = mean.Required(0).KnownShape;
        long[] axes = LowerFloatOperators.MeanAxes(mean, InferenceContext.Evaluation);
        Array.Sort(axes);
        bool isLast = axes.Length > 0 && axes.Length < shape.Rank && mean.Int("keepdims", 1) != 0
            && axes.Select((a, i) => a == shape.Rank - axes.Length + i).All(b => b);
        return isLast && shape.Product(shape.Rank - axes.Length, shape.Rank) is { IsConstant: true, Value: >= 1 and <= int.MaxValue } length
            ? (int)length.Value : null;
    }

    /// <summary>
    /// True for images between convolutions: their channels lie last in memory, so what is normalized are columns. Rows of tokens and
    /// rows of pixels look the same otherwise.
    /// </summary>
    private static bool IsSpatial(Value rows, params Node[] means)
    {
        Value value = rows;
        for (int i = 0; means.Any(m => m.Is("GlobalAveragePool")) && i < MaximumSteps && value.Producer is { } node; i++)
        {
            if (node.Type is "Conv" or "ConvTranspose" or "MaxPool" or "AveragePool" or InternalOperators.Convolution
                or InternalOperators.DynamicConvolution)
            {
                return true;
            }

            if (!node.Traits().IsElementwise || node.Inputs.FirstOrDefault(v => v is { IsConstant: false }) is not { } input)
            {
                return false;
            }

            value = input;
        }

        return false;
    }
}
