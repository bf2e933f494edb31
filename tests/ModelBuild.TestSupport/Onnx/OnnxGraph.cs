using ModelBuild.Compiler.Graphs;

namespace ModelBuild.TestSupport;

/// <summary>
/// A model, written field by field as onnx.proto numbers them: whatever a file may contain, sensible or not.
/// <code>
/// byte[] model = new OnnxGraph()
///     .Input("x", "batch", 3)
///     .Constant("w", Tensor.Of([1f, 2, 3], 3, 1))
///     .Node("MatMul", ["x", "w"], ["y"])
///     .Output("y", "batch", 1)
///     .ToModel();
/// </code>
/// </summary>
internal sealed class OnnxGraph
{
    private const int NodeField = 1;
    private const int NameField = 2;
    private const int InitializerField = 5;
    private const int InputField = 11;
    private const int OutputField = 12;
    private const int SparseField = 15;

    /// <summary>What is written so far; for fields that no method writes.</summary>
    private readonly List<ProtoMessage> _nodes = [];
    private readonly List<ProtoMessage> _functions = [];

    public ProtoMessage Message { get; } = new ProtoMessage().Text(NameField, "graph");

    /// <summary>A float32 input.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Numbers, names, or null for a dimension that is neither.</param>
    public OnnxGraph Input(string name, params object?[] shape) => Input(name, DataType.Float32, shape);

    /// <inheritdoc cref="Input(string, object?[])"/>
    public OnnxGraph Input(string name, DataType type, params object?[] shape) => Add(InputField, Port(name, type, shape));

    /// <summary>A float32 output.</summary>
    /// <inheritdoc cref="Input(string, object?[])"/>
    public OnnxGraph Output(string name, params object?[] shape) => Output(name, DataType.Float32, shape);

    /// <inheritdoc cref="Output(string, object?[])"/>
    public OnnxGraph Output(string name, DataType type, params object?[] shape) => Add(OutputField, Port(name, type, shape));

    /// <summary>An input and an output that are sequences of float32 tensors.</summary>
    public OnnxGraph Sequence(string input, string output) => Add(InputField, List(input)).Add(OutputField, List(output));

    public OnnxGraph Constant(string name, Tensor tensor) =>
        Constant(TensorMessage(name, tensor.Type, tensor.Dimensions, tensor.Data.Span));

    public OnnxGraph Constant(string name, long[] shape, float[] values) => Constant(name, Tensor.Of(values, shape));

    /// <summary>A one-dimensional int64 constant, as operators have them for shapes and axes.</summary>
    public OnnxGraph Integers(string name, params long[] values) => Constant(name, Tensor.Of(values, values.Length));

    /// <summary>A constant that was written as a message.</summary>
    public OnnxGraph Constant(ProtoMessage tensor) => Add(InitializerField, tensor);

    /// <summary>A constant of which only some elements are written, the others are zero.</summary>
    public OnnxGraph Sparse(string name, Tensor values, Tensor indices, params long[] shape) =>
        Add(SparseField, SparseMessage(name, values, indices, shape));

    /// <summary>A constant whose data lies in another file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its type.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="entries">Of its external data: <c>location</c>, <c>offset</c>, <c>length</c>.</param>
    public OnnxGraph External(string name, DataType type, long[] shape, params (string Key, string Value)[] entries)
    {
        ProtoMessage tensor = TensorMessage(name, type, shape, default);
        foreach ((string key, string value) in entries)
        {
            tensor.Message(13, new ProtoMessage().Text(1, key).Text(2, value));
        }

        return Constant(tensor.Int(14, 1));
    }

    /// <summary>A node without a name.</summary>
    /// <param name="type">The operator.</param>
    /// <param name="inputs">Names; an empty one is an input that is left out.</param>
    /// <param name="outputs">Names.</param>
    /// <param name="attributes">
    /// Values are int, long, float, string, Tensor, arrays of the first four, OnnxGraph, or a ProtoMessage that holds the whole attribute.
    /// </param>
    public OnnxGraph Node(string type, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes) =>
        Node(type, string.Empty, inputs, outputs, attributes);

    /// <inheritdoc cref="Node(string, string[], string[], ValueTuple{string, object}[])"/>
    public OnnxGraph Node(string type, string name, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes) =>
        Node(string.Empty, type, name, inputs, outputs, attributes);

    /// <inheritdoc cref="Node(string, string[], string[], ValueTuple{string, object}[])"/>
    public OnnxGraph Node(
        string domain, string type, string name, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        var node = new ProtoMessage();
        Array.ForEach(inputs, input => node.Text(1, input));
        Array.ForEach(outputs, output => node.Text(2, output));
        node.Text(3, name).Text(4, type).Text(7, domain);
        Array.ForEach(attributes, attribute => node.Message(5, Attribute(attribute.Name, attribute.Value)));
        _nodes.Add(node);
        return Add(NodeField, node);
    }

    /// <summary>Defines an operator of the domain <c>local</c> by the nodes of another graph.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="inputs">Names of its inputs.</param>
    /// <param name="outputs">Names of its outputs.</param>
    /// <param name="body">Where its nodes are.</param>
    /// <param name="defaults">Attributes that a call may leave out, with what they are then.</param>
    public OnnxGraph Function(
        string name, string[] inputs, string[] outputs, OnnxGraph body, params (string Name, object Value)[] defaults)
    {
        ProtoMessage function = new ProtoMessage().Text(1, name);
        Array.ForEach(inputs, input => function.Text(4, input));
        Array.ForEach(outputs, output => function.Text(5, output));
        body._nodes.ForEach(node => function.Message(7, node));
        function.Text(10, "local");
        Array.ForEach(defaults, attribute => function.Message(11, Attribute(attribute.Name, attribute.Value)));
        _functions.Add(function);
        return this;
    }

    /// <summary>Inside of a function an attribute whose value its call gives.</summary>
    /// <param name="name">The attribute of the node.</param>
    /// <param name="outer">The attribute of the call.</param>
    /// <param name="kind">As onnx.proto numbers them: 1 for a float, 2 for a whole number, 7 for several.</param>
    public static (string Name, object Value) Given(string name, string outer, int kind) =>
        (name, new ProtoMessage().Text(1, name).Text(21, outer).Int(20, kind));

    /// <summary>The file of a model with this graph.</summary>
    /// <param name="opset">Version of ONNX's operators.</param>
    /// <param name="irVersion">Version of the file format.</param>
    /// <param name="others">Other domains of operators.</param>
    public byte[] ToModel(long opset = 18, long irVersion = 8, params (string Domain, long Version)[] others)
    {
        ProtoMessage model = new ProtoMessage().Int(1, irVersion).Text(2, "ModelBuild.Tests").Message(7, Message);
        foreach ((string domain, long version) in others.Prepend((string.Empty, opset)))
        {
            model.Message(8, new ProtoMessage().Text(1, domain).Int(2, version));
        }

        foreach (ProtoMessage function in _functions)
        {
            // A function has operator sets of its own.
            model.Message(25, function
                .Message(9, new ProtoMessage().Text(1, string.Empty).Int(2, opset))
                .Message(9, new ProtoMessage().Text(1, "local").Int(2, 1)));
        }

        if (_functions.Count > 0)
        {
            model.Message(8, new ProtoMessage().Text(1, "local").Int(2, 1));
        }

        return model.ToArray();
    }

    /// <summary>A tensor with raw data; without data where there is none to write.</summary>
    public static ProtoMessage TensorMessage(string name, DataType type, IEnumerable<long> shape, ReadOnlySpan<byte> data)
    {
        var tensor = new ProtoMessage();
        foreach (long dimension in shape)
        {
            tensor.Int(1, dimension);
        }

        tensor.Int(2, (long)type).Text(8, name);
        return data.IsEmpty ? tensor : tensor.Bytes(9, data);
    }

    /// <summary>A sparse tensor: some values and where they stand.</summary>
    public static ProtoMessage SparseMessage(string name, Tensor values, Tensor indices, params long[] shape)
    {
        ProtoMessage sparse = new ProtoMessage().Message(1, TensorMessage(name, values.Type, values.Dimensions, values.Data.Span))
            .Message(2, TensorMessage(string.Empty, indices.Type, indices.Dimensions, indices.Data.Span));
        Array.ForEach(shape, d => sparse.Int(3, d));
        return sparse;
    }

    private static ProtoMessage Attribute(string name, object value)
    {
        if (value is ProtoMessage written)
        {
            return written;
        }

        ProtoMessage attribute = new ProtoMessage().Text(1, name);
        switch (value)
        {
            case float number:
                return attribute.Float(2, number).Int(20, 1);
            case int or long:
                return attribute.Int(3, Convert.ToInt64(value, null)).Int(20, 2);
            case string text:
                return attribute.Text(4, text).Int(20, 3);
            case Tensor tensor:
                return attribute.Message(5, TensorMessage(string.Empty, tensor.Type, tensor.Dimensions, tensor.Data.Span)).Int(20, 4);
            case OnnxGraph graph:
                return attribute.Message(6, graph.Message).Int(20, 5);
            case float[] numbers:
                Array.ForEach(numbers, n => attribute.Float(7, n));
                return attribute.Int(20, 6);
            case long[] numbers:
                Array.ForEach(numbers, n => attribute.Int(8, n));
                return attribute.Int(20, 7);
            case string[] texts:
                Array.ForEach(texts, t => attribute.Text(9, t));
                return attribute.Int(20, 8);
            default:
                throw new ArgumentException($"An attribute has no value of type {value.GetType()}.", nameof(value));
        }
    }

    private static ProtoMessage List(string name)
    {
        ProtoMessage element = new ProtoMessage().Message(1, new ProtoMessage().Int(1, (long)DataType.Float32));
        return new ProtoMessage().Text(1, name).Message(2, new ProtoMessage().Message(4, new ProtoMessage().Message(1, element)));
    }

    private static ProtoMessage Port(string name, DataType type, object?[]? shape)
    {
        var dimensions = new ProtoMessage();
        foreach (object? entry in shape ?? [])
        {
            dimensions.Message(1, entry switch
            {
                null => new ProtoMessage(),
                string symbol => new ProtoMessage().Text(2, symbol),
                _ => new ProtoMessage().Int(1, Convert.ToInt64(entry, null)),
            });
        }

        ProtoMessage tensor = new ProtoMessage().Int(1, (long)type);
        if (shape is not null)
        {
            tensor.Message(2, dimensions);
        }

        return new ProtoMessage().Text(1, name).Message(2, new ProtoMessage().Message(1, tensor));
    }

    private OnnxGraph Add(int field, ProtoMessage message)
    {
        Message.Message(field, message);
        return this;
    }
}
