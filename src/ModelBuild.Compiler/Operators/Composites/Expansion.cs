using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// Builds the combination that takes the place of a node, operator by operator; each result has its type and shape at once.
/// </summary>
internal sealed class Expansion(Graph graph, Node node, InferenceContext context)
{
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>What is taken apart.</summary>
    public Node Node => node;

    public InferenceContext Context => context;

    /// <summary>A required input.</summary>
    public Value Input(int index) =>
        node.Input(index) ?? throw context.Malformed(node, $"lacks input {index}, which the operator needs.");

    /// <summary>Whether an output is read.</summary>
    public bool Wants(int output) => output < node.Outputs.Count && node.Outputs[output] is not null;

    /// <summary>Appends an operator with one output.</summary>
    public Value Apply(string type, IEnumerable<Value?> inputs, params (string Name, AttributeValue Value)[] attributes) =>
        Append(new Node(
            Domains.Onnx, type, NameOf(type), inputs, [graph.NewValue($"{node.Name}/{type}_output", default)],
            AttributeValue.ByName(attributes))).Output;

    /// <summary>Appends an operator with several outputs.</summary>
    public Value[] Apply(string type, int outputs, IEnumerable<Value?> inputs, params (string Name, AttributeValue Value)[] attributes) =>
    [
        .. Append(new Node(
            Domains.Onnx, type, NameOf(type), inputs,
            [.. Enumerable.Range(0, outputs).Select(_ => graph.NewValue($"{node.Name}/{type}_output", default))],
            AttributeValue.ByName(attributes))).Outputs.OfType<Value>(),
    ];

    public Value Add(Value left, Value right) => Apply("Add", [left, right]);

    public Value Subtract(Value left, Value right) => Apply("Sub", [left, right]);

    public Value Multiply(Value left, Value right) => Apply("Mul", [left, right]);

    public Value Divide(Value left, Value right) => Apply("Div", [left, right]);

    /// <summary>A number of the type of another value.</summary>
    public Value Number(double number, Value like) => Constant(Tensor.FromDoubles(like.Type, [number]));

    public Value Constant(Tensor tensor) => graph.NewConstant($"{node.Name}/constant", tensor);

    /// <summary>A tensor of one number everywhere, whose sizes are those of the node's inputs or calculated from them.</summary>
    public Value Filled(double number, DataType type, Shape shape) => Expand(Constant(Tensor.FromDoubles(type, [number], [])), shape);

    /// <summary>A value repeated to a shape, whose sizes are those of the node's inputs or calculated from them.</summary>
    public Value Expand(Value value, Shape shape) =>
        Apply("Expand", [value, shape.IsConstant ? Integers(shape.ToConstant()) : SizesOf(Input(0), shape)]);

    public Value Integers(params ReadOnlySpan<long> values) => Constant(Tensor.Of(values, values.Length));

    public Value Cast(Value value, DataType type) => value.Type == type ? value : Apply("Cast", [value], ("to", (long)type));

    public Value Transpose(Value value, params long[] permutation) => Apply("Transpose", [value], ("perm", permutation));

    /// <summary>The same elements under other dimensions.</summary>
    public Value Reshape(Value value, params IEnumerable<Dimension> dimensions)
    {
        var shape = new Shape(dimensions);
        return value.KnownShape.Equals(shape) ? value
            : value.KnownShape.ReshapeTarget(shape) is { } target ? Apply("Reshape", [value, Integers(target)])
            : Apply("Reshape", [value, SizesOf(value, shape)], ("allowzero", 1L));
    }

    /// <summary>A shape with dimensions that only the run knows, calculated from the shapes that they are dimensions of.</summary>
    private Value SizesOf(Value value, Shape shape)
    {
        Value[] sources = [value, .. node.Inputs.OfType<Value>()];
        bool isFree = true;
        return Apply("Concat", [.. shape.Select(Size)], ("axis", 0L));

        Value Size(Dimension dimension)
        {
            Value? size = null;
            Dimension rest = dimension;
            foreach (Value source in sources)
            {
                for (int i = 0; i < source.KnownShape.Rank && !rest.IsConstant; i++)
                {
                    if (!source.KnownShape[i].IsConstant && rest.DivideExactly(source.KnownShape[i]) is { } quotient)
                    {
                        Value found = Apply("Gather", [Apply("Shape", [source]), Integers(i)], ("axis", 0L));
                        (size, rest) = (size is null ? found : Multiply(size, found), quotient);
                    }
                }
            }

            if (rest.IsConstant)
            {
                return size is null ? Integers(rest.Value) : rest.Equals(Dimension.One) ? size : Multiply(size, Integers(rest.Value));
            }

            if (!isFree)
            {
                throw context.Unbound(
                    node, $"reshapes {value.Shape} to {shape}, which has more than one dimension that only the run knows.", shape);
            }

            isFree = false;
            return Integers(-1);
        }
    }

    /// <summary>A reduction that keeps its axes.</summary>
    /// <param name="type">The operator.</param>
    /// <param name="value">What is reduced.</param>
    /// <param name="axes">The axes.</param>
    public Value Reduce(string type, Value value, params IEnumerable<long> axes) =>
        Apply(type, [value, Integers([.. axes])], ("keepdims", 1L));

    /// <summary>Puts the results in the place of the node's outputs.</summary>
    /// <returns>All nodes that were appended, in order.</returns>
    public IReadOnlyList<Node> Replace(Value?[] results)
    {
        Value?[] outputs = [.. node.Outputs];
        graph.Remove(node);
        for (int i = 0; i < outputs.Length; i++)
        {
            if (outputs[i] is { } output)
            {
                Value result = results[i] ?? throw context.Unsupported(node, $"makes output {i}, which is not supported.");
                int first = Enumerable.Range(0, i).FirstOrDefault(j => results[j] == result && outputs[j] is not null, i);
                if (first < i)
                {
                    // What was made there has that name now.
                    _nodes.Add(graph.Add(new Node(Domains.Onnx, "Identity", node.Name, [outputs[first]], [output])));
                }
                else if (result.Producer is { } producer && _nodes.Contains(producer))
                {
                    foreach (Node reader in result.Consumers.Distinct().ToArray())
                    {
                        reader.ReplaceInput(result, output);
                    }

                    producer.SetOutput(producer.Outputs.ToList().IndexOf(result), output);
                }
                else
                {
                    _nodes.Add(graph.Add(new Node(Domains.Onnx, "Identity", node.Name, [result], [output])));
                }
            }
        }

        return _nodes;
    }

    /// <summary>Takes the node away, whose outputs have no place in the graph.</summary>
    /// <returns>All nodes that were appended, in order.</returns>
    public IReadOnlyList<Node> Remove()
    {
        graph.Remove(node);
        return _nodes;
    }

    /// <summary>Parts of one node have names of their own, as a file wants them.</summary>
    private string NameOf(string type)
    {
        int count = _counts[type] = _counts.GetValueOrDefault(type) + 1;
        return count == 1 ? $"{node.Name}/{type}" : $"{node.Name}/{type}_{count - 1}";
    }

    private Node Append(Node appended)
    {
        graph.Add(appended);
        _nodes.Add(appended);
        context.Infer(appended);
        return appended;
    }
}
