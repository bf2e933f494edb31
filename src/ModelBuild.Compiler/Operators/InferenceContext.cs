using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Operators;

/// <summary>What inference needs beside the node: whose model it is, for messages, and the checks that many operators share.</summary>
/// <param name="File">The model file as the user gave it.</param>
/// <param name="Opset">Version of the default operator set.</param>
internal sealed record InferenceContext(string File, long Opset)
{
    /// <summary>What can be done about a model that contradicts ONNX or itself.</summary>
    public const string MalformedWayOut =
        "Check Dimensions, if any are set, and export the model again; if ONNX's checker accepts it as it is, report this.";

    /// <summary>What can be done about a model that the compiler refuses.</summary>
    public const string UnsupportedWayOut =
        "Change that part of the model, or set Backend=\"onnxruntime\" and Mode=\"fp32\": ONNX Runtime then runs the model as it is.";

    /// <summary>Kernels index with at most so many dimensions.</summary>
    public const int RankLimit = StridedCopy.MaximumRank;

    /// <summary>For evaluation, which follows a successful inference and so finds nothing to complain about.</summary>
    public static InferenceContext Evaluation { get; } = new(string.Empty, OperatorRegistry.NewestOpset) { NewSymbol = Dimension.Found };

    /// <summary>
    /// Makes two dimensions one where a node forces them to be equal, if it can; null once the graph is built and its symbols are settled.
    /// </summary>
    public Func<Dimension, Dimension, bool>? Unify { get; init; }

    /// <summary>
    /// Sizes that have to be equal though nothing says that they are: the run compares them. Null where there is no run.
    /// </summary>
    public List<(Dimension, Dimension)>? Assumptions { get; init; }

    /// <summary>
    /// Makes a symbol for a number that data decides, of a name like the one that is asked for; the second argument says whether it is a
    /// position, which may be negative. Null once the graph is built.
    /// </summary>
    public Func<string, bool, Dimension>? NewSymbol { get; init; }

    /// <summary>
    /// Makes a symbol for a size that changes from one iteration of a loop to the next, which is therefore never the same as another; null
    /// once the graph is built.
    /// </summary>
    public Func<string, Dimension>? NewVariable { get; init; }

    /// <summary>The same for a body of control flow: what its nodes assume has to hold only where it runs.</summary>
    public InferenceContext Inside(Graph body) => Assumptions is null ? this : this with { Assumptions = body.Assumptions };

    /// <summary>Checks one node and infers its outputs; types and shapes of its inputs are known.</summary>
    /// <remarks>The outputs of operators that are not registered keep what they have.</remarks>
    /// <exception cref="CompilationException">MODELB0007, 1004, 1005 or 1007.</exception>
    public void Infer(Node node)
    {
        if (OperatorRegistry.Find(node) is not { } definition)
        {
            return;
        }

        definition.Check(node, this);
        definition.Infer(node, this);
        foreach (Value output in node.Outputs.OfType<Value>())
        {
            Shape shape = output.KnownShape;
            if (shape.Rank > RankLimit)
            {
                throw Unsupported(node, $"makes a tensor of {shape.Rank} dimensions. {RankLimit} are supported.");
            }

            if (shape.Any(d => d.IsConstant && d.Value < 0))
            {
                throw Malformed(node, $"makes a tensor of shape {shape}.");
            }

            Dimension length = shape.Length;
            if (length.Least > int.MaxValue || shape.Any(d => d.Least > int.MaxValue))
            {
                throw Error(DiagnosticCodes.TooLarge, node,
                    $"makes a tensor of {length} elements. At most {int.MaxValue} are supported.");
            }
        }
    }

    /// <summary>A size or position that a node finds out while it runs.</summary>
    /// <param name="index">In the node's list of them.</param>
    /// <param name="name">What it is called in the plan.</param>
    /// <param name="isPosition">Whether it may be negative.</param>
    public Dimension Bound(Node node, int index, string name, bool isPosition = false)
    {
        if (index < node.Bound.Count)
        {
            return node.Bound[index];
        }

        Dimension symbol = NewSymbol?.Invoke($"{node.Outputs.OfType<Value>().First().Name}_{name}", isPosition)
            ?? throw new InvalidOperationException($"Node '{node.Name}' ({node.Type}) has lost what it binds.");
        node.Bound.Add(symbol);
        return symbol;
    }

    /// <summary>Dimensions that a node finds out while it runs.</summary>
    /// <param name="known">Those that can only be one number, which the run checks; null for the others.</param>
    public Dimension[] BoundDimensions(Node node, int count, Func<int, Dimension?>? known = null)
    {
        for (int i = node.Bound.Count; i < count; i++)
        {
            if (known?.Invoke(i) is { } dimension)
            {
                node.Bound.Add(dimension);
            }
            else
            {
                Bound(node, i, $"dim{i}");
            }
        }

        return [.. node.Bound.Take(count)];
    }

    /// <summary>True where the numbers of an input are known at run time only.</summary>
    public bool IsFromData(Node node, int index) =>
        node.Input(index) is { IsConstant: false } value && SymbolicElements.Of(value) is null
        && !value.KnownShape.Length.Equals(Dimension.Zero);

    /// <summary>How many numbers an input has that comes from data.</summary>
    /// <param name="mayBeNarrow">Whether int32 goes too.</param>
    public int BoundCount(Node node, int index, string role, bool mayBeNarrow = false)
    {
        Value value = node.Required(index);
        if (value.Type != DataType.Int64 && !(mayBeNarrow && value.Type == DataType.Int32))
        {
            throw Malformed(node, $"has {role} of type {value.Type}.");
        }

        return value.KnownShape is { Rank: <= 1, Length: { IsConstant: true, Value: <= RankLimit } length } ? (int)length.Value
            : throw Unsupported(
                node, $"computes its {role} at run time, and how many there are. That number has to be known at build, and is at most "
                    + $"{RankLimit}.");
    }

    /// <summary>An error about a node, in the form all such errors have.</summary>
    public CompilationException Error(string code, Node node, string message) =>
        new(code, $"Model '{Path.GetFileName(File)}': node '{node.Name}' ({node.Type}) {message}", File);

    /// <summary>The node contradicts ONNX or its inputs.</summary>
    public CompilationException Malformed(Node node, string message) =>
        Error(DiagnosticCodes.MalformedGraph, node, $"{message} {MalformedWayOut}");

    /// <summary>The node is right and beyond what ModelBuild does.</summary>
    public CompilationException Unsupported(Node node, string message) =>
        Error(DiagnosticCodes.UnsupportedFeature, node, $"{message} {UnsupportedWayOut}");

    /// <summary>The node could be understood if the symbols in these dimensions were numbers.</summary>
    public CompilationException Unbound(Node node, string message, params IEnumerable<Dimension> dimensions)
    {
        if (dimensions.Any(d => d.IsFound))
        {
            // No metadata can bind it.
            return Unsupported(node, message);
        }

        string[] symbols = [.. dimensions.SelectMany(d => d.Symbols).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        string names = string.Join(" and ", symbols.Select(s => $"'{s}'"));
        string metadata = string.Join(";", symbols.Select(s => s + "=…"));
        return Error(
            DiagnosticCodes.UnboundDimension, node, $"{message} Bind {names} to numbers or ranges: Dimensions=\"{metadata}\".");
    }

    /// <summary>An axis in [0, rank), counted from the end where it is negative.</summary>
    public int Axis(Node node, long axis, int rank) => axis >= -rank && axis < rank
        ? (int)(axis < 0 ? axis + rank : axis)
        : throw Malformed(node, $"has axis {axis}, and the tensor has {rank} dimensions.");

    /// <summary>Distinct axes in [0, rank), in ascending order.</summary>
    public int[] Axes(Node node, IEnumerable<long> axes, int rank)
    {
        int[] result = [.. axes.Select(a => Axis(node, a, rank)).Order()];
        return result.Distinct().Count() == result.Length ? result : throw Malformed(node, "names an axis twice.");
    }

    /// <summary>The integers of an input that must be known at build; null where the input is absent.</summary>
    public long[]? Constants(Node node, int index, string role)
    {
        if (node.Input(index) is not { } value)
        {
            return null;
        }

        if (value.Type is not (DataType.Int64 or DataType.Int32))
        {
            throw Malformed(node, $"has {role} of type {value.Type}.");
        }

        if (value.Constant is { } tensor)
        {
            return tensor.ToInt64s();
        }

        if (value.KnownShape.Length.Equals(Dimension.Zero))
        {
            return [];
        }

        return value.Elements is { } elements
            ? elements.All(e => e.IsConstant)
                ? [.. elements.Select(e => e.Value)] : throw Unbound(node, $"has {role} that depend on run-time dimensions.", elements)
            : throw Unsupported(node, $"computes its {role} at run time. They must be known at build.");
    }

    /// <summary>The numbers of an attribute that has one for each axis, or two.</summary>
    /// <param name="count">How many there have to be.</param>
    /// <param name="least">What each is at least.</param>
    /// <param name="usual">Those of a node without the attribute; null where it must have it.</param>
    public long[] Numbers(Node node, string attribute, int count, long least, long[]? usual)
    {
        const long Most = 1 << 16;
        long[] values = node.Ints(attribute) ?? usual ?? throw Malformed(node, $"lacks the attribute '{attribute}'.");
        if (values.Length != count)
        {
            throw Malformed(node, $"has {values.Length} numbers in '{attribute}', and needs {count}.");
        }

        return Array.TrueForAll(values, v => v >= least && v <= Most)
            ? values
            : throw Unsupported(
                node, $"has '{attribute}' [{string.Join(",", values)}]. Numbers from {least} to {Most} are supported.");
    }

    public void RequireType(Node node, int index, bool condition)
    {
        if (!condition)
        {
            throw Unsupported(node, $"has input {index} of type {node.Required(index).Type}, which is not supported here.");
        }
    }

    public void RequireFloat(Node node, int index) => RequireType(node, index, node.Required(index).Type.IsFloat());

    /// <summary>Checks that all inputs given have one element type, and returns it.</summary>
    public DataType CommonType(Node node, params ReadOnlySpan<int> indices)
    {
        DataType type = node.Required(indices[0]).Type;
        foreach (int index in indices)
        {
            if (node.Input(index) is { } input && input.Type != type)
            {
                throw Malformed(node, $"mixes element types {type} and {input.Type}.");
            }
        }

        return type;
    }

    /// <summary>The shape that two shapes broadcast to, as NumPy does it.</summary>
    /// <remarks>A size that data decides is not expected to be 1 beside a number: what is left of an image cut into windows.</remarks>
    public Shape Broadcast(Node node, Shape left, Shape right)
    {
        int rank = Math.Max(left.Rank, right.Rank);
        var result = new Dimension[rank];
        for (int i = 0; i < rank; i++)
        {
            Dimension a = i < rank - left.Rank ? Dimension.One : left[i - rank + left.Rank];
            Dimension b = i < rank - right.Rank ? Dimension.One : right[i - rank + right.Rank];
            result[i] = a.Equals(b) || b.Equals(Dimension.One) ? a
                : a.Equals(Dimension.One) ? b
                : a.IsConstant && b.IsConstant ? throw Malformed(node, $"has inputs of shapes {left} and {right}, which do not broadcast.")
                : !a.IsConstant && !b.IsConstant && (Unify?.Invoke(a, b) == true || Assume(a, b)) ? a
                : (a.IsFound || b.IsFound) && Assume(a, b) ? (a.IsConstant ? a : b)
                : throw Unbound(node, $"has inputs of shapes {left} and {right}; whether they broadcast depends on the run.", a, b);
        }

        return new Shape(result);
    }

    /// <summary>Requires two dimensions to be the same number whatever the symbols are.</summary>
    public void RequireEqual(Node node, Dimension a, Dimension b, string what)
    {
        if (!a.Equals(b) && (a.IsConstant && b.IsConstant || (Unify?.Invoke(a, b) != true && !Assume(a, b))))
        {
            throw a.IsConstant && b.IsConstant
                ? Malformed(node, $"has {what}: {a} against {b}.")
                : Unbound(node, $"has {what} that are equal only if '{a}' is '{b}'.", a, b);
        }
    }

    /// <summary>
    /// One of so many equal parts of a size; null where it cannot be cut into them. Whether a size goes that only the run knows is left to
    /// the run to compare.
    /// </summary>
    public Dimension? DivideEvenly(Dimension size, long parts)
    {
        if (parts <= 0 || size.IsConstant || size.DivideExactly(parts) is not null)
        {
            return parts > 0 ? size.DivideExactly(parts) : null;
        }

        Dimension part = size.FloorDivide(parts);
        return Assume(part * parts, size) ? part : null;
    }

    /// <summary>Leaves it to the run to compare two sizes, such as those of an image and of its half twice as large.</summary>
    public bool Assume(Dimension a, Dimension b)
    {
        if (Assumptions?.Contains((a, b)) == false)
        {
            Assumptions.Add((a, b));
        }

        return Assumptions is not null;
    }
}
