using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Passes;

/// <summary>The few edits that rewrites of ONNX operators are made of.</summary>
internal static class Rewriting
{
    /// <summary>A name of joined nodes that is read at a glance.</summary>
    private const int LongestName = 200;

    /// <summary>Appends a node of an ONNX operator with one output, whose type and shape are inferred.</summary>
    public static Value Append(
        this Graph graph,
        PassContext context,
        string type,
        string name,
        IEnumerable<Value?> inputs,
        string output,
        params (string Name, AttributeValue Value)[] attributes)
    {
        Value value = graph.Add(Domains.Onnx, type, name, inputs, output, DataType.Undefined, null,
            AttributeValue.ByName(attributes));
        context.Inference.Infer(value.Producer!);
        return value;
    }

    /// <summary>Appends the transposition of a matrix.</summary>
    public static Value AppendTranspose(this Graph graph, PassContext context, string name, Value matrix) =>
        graph.Append(context, "Transpose", name, [matrix], matrix.Name + "_transposed", ("perm", new long[] { 1, 0 }));

    /// <summary>The name of two nodes that have become one. Of a long row the first and the last are named.</summary>
    public static string JoinNames(string first, string last)
    {
        const string Between = " + ";
        const string Left = " + … + ";
        int second = first.IndexOf(Between, StringComparison.Ordinal);
        return first.Length + last.Length < LongestName || second < 0 ? first + Between + last : first[..second] + Left + last;
    }

    /// <summary>Replaces a node by one of another operator that makes the same output value.</summary>
    public static Node Replace(
        this Graph graph,
        PassContext context,
        Node node,
        string type,
        IEnumerable<Value?> inputs,
        params (string Name, AttributeValue Value)[] attributes)
    {
        Value output = node.Output;
        Value?[] read = [.. inputs];
        graph.Remove(node);
        Node replacement = graph.Add(
            new Node(Domains.Onnx, type, node.Name, read, [output], AttributeValue.ByName(attributes)));
        context.Inference.Infer(replacement);
        return replacement;
    }

    /// <summary>Removes the node after <paramref name="node"/>, whose output becomes this one's.</summary>
    public static void Absorb(this Graph graph, Node node, Node follower)
    {
        Value output = follower.Output;
        graph.Remove(follower);
        node.SetOutput(0, output);
        node.Name = JoinNames(node.Name, follower.Name);
    }

    /// <summary>The only node that reads a value, where nobody else looks at it; otherwise null.</summary>
    public static Node? Follower(this Graph graph, Value value) => graph.IsPrivate(value) ? value.Consumers[0] : null;

    /// <summary>The node that makes a value which exactly one node reads and nobody else looks at.</summary>
    public static Node? Maker(this Graph graph, Value value) => graph.IsPrivate(value) ? value.Producer : null;

    /// <summary>The same where it is an ONNX operator of a type.</summary>
    public static Node? Maker(this Graph graph, Value value, string type) =>
        graph.Maker(value) is { } maker && maker.Is(type) ? maker : null;

    /// <summary>The other one of the first two inputs.</summary>
    public static Value OtherOperand(this Node node, Value operand) => node.Required(node.Required(0) == operand ? 1 : 0);

    /// <summary>Gives a node another constant. The value keeps its name where only this node reads it.</summary>
    /// <param name="name">For a value that has to be made.</param>
    public static void SetConstant(this Graph graph, Node node, int input, Tensor tensor, string name)
    {
        if (node.Input(input) is { IsConstant: true, Consumers.Count: 1 } value)
        {
            (value.Constant, value.Type, value.Shape, value.Elements) = (tensor, tensor.Type, tensor.Shape, null);
        }
        else
        {
            node.SetInput(input, graph.NewConstant(node.Input(input)?.Name ?? name, tensor));
        }
    }

    /// <summary>The number that all elements of a constant are; null where it is not constant or has different ones.</summary>
    public static double? Scalar(Value? value)
    {
        if (value?.Constant is not { Length: > 0 } constant || !constant.Type.IsNumeric())
        {
            return null;
        }

        double[] numbers = constant.ToDoubles();
        return Array.TrueForAll(numbers, n => n == numbers[0]) ? numbers[0] : null;
    }

    /// <summary>
    /// Of a node with two inputs that may change places: the one that is constant in all elements, and the other. Null where there is none.
    /// </summary>
    public static (Value Other, double Number)? ScalarOperand(Node node) =>
        Scalar(node.Required(1)) is { } right ? (node.Required(0), right)
        : Scalar(node.Required(0)) is { } left ? (node.Required(1), left)
        : null;

    /// <summary>
    /// The elements of a constant for each index along one axis of a tensor that it is broadcast to; null where it varies along another
    /// axis, or would make the tensor larger.
    /// </summary>
    public static double[]? PerChannel(Value value, Shape shape, int axis)
    {
        if (value.Constant is not { } constant || !shape[axis].IsConstant || constant.Rank > shape.Rank)
        {
            return null;
        }

        int offset = shape.Rank - constant.Rank;
        for (int i = 0; i < constant.Rank; i++)
        {
            if (constant.Dimensions[i] != 1 && (i + offset != axis || constant.Dimensions[i] != shape[axis].Value))
            {
                return null;
            }
        }

        double[] numbers = constant.ToDoubles();
        return numbers.Length == 1 ? [.. Enumerable.Repeat(numbers[0], (int)shape[axis].Value)] : numbers;
    }

    /// <summary>A tensor that is constant but for being dequantized: a weight of a quantized model.</summary>
    public static bool IsDequantizedConstant(Value? value) => value?.Producer is { } producer && IsDequantizeOfConstant(producer);

    /// <summary>A DequantizeLinear that says how a constant is quantized.</summary>
    public static bool IsDequantizeOfConstant(Node node) => node.Is("DequantizeLinear") && node.Required(0).IsConstant;
}
