using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Messages;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Makes a <see cref="Graph"/> of a graph as it stands in the file: names become references, initializers and Constant nodes become
/// constants, attributes get values. Nothing is interpreted yet.
/// </summary>
/// <param name="outer">The builder of the graph that this one lies in; null for the model's own.</param>
internal sealed class GraphBuilder(ExternalData external, SymbolTable symbols, GraphBuilder? outer = null)
{
    private readonly Graph _graph = new();
    private readonly Dictionary<string, Value> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorMessage> _initializers = new(StringComparer.Ordinal);

    public Graph Build(GraphMessage message)
    {
        _graph.Name = message.Name;
        if (message.HasSparseInitializers)
        {
            throw new OnnxFormatException(DiagnosticCodes.UnsupportedFeature, "it has sparse initializers, which are not supported");
        }

        foreach (TensorMessage initializer in message.Initializers)
        {
            Reserve(initializer.Name, "initializer");
            _initializers.Add(initializer.Name, initializer);
        }

        // Files of the first IR versions list their initializers among the inputs.
        foreach (ValueInfoMessage input in message.Inputs.Where(i => !_initializers.ContainsKey(i.Name)))
        {
            Reserve(input.Name, "input");
            var value = new Value(input.Name);
            Declare(value, input);
            _values.Add(input.Name, value);
            _graph.Inputs.Add(value);
        }

        HashSet<string> read = new(StringComparer.Ordinal);
        CollectReads(message, read);
        // All outputs before any input: some tools write nodes in an order in which they cannot run.
        Value?[][] outputs = [.. message.Nodes.Select(node => DeclareOutputs(node, read))];
        for (int i = 0; i < outputs.Length; i++)
        {
            AddNode(message.Nodes[i], outputs[i]);
        }

        foreach (ValueInfoMessage output in message.Outputs)
        {
            AddOutput(output.Name);
        }

        try
        {
            _graph.Sort();
        }
        catch (InvalidOperationException e)
        {
            throw Malformed(e.Message.TrimEnd('.'));
        }

        return _graph.Outputs.Count > 0 ? _graph : throw Malformed("it has no output");
    }

    private static OnnxFormatException Malformed(string message) => new(DiagnosticCodes.MalformedGraph, message);

    private static void CollectReads(GraphMessage message, HashSet<string> read)
    {
        read.UnionWith(message.Outputs.Select(o => o.Name));
        foreach (NodeMessage node in message.Nodes)
        {
            read.UnionWith(node.Inputs);
            foreach (AttributeMessage attribute in node.Attributes)
            {
                if (attribute.Graph is not null)
                {
                    CollectReads(attribute.Graph, read);
                }
            }
        }
    }

    private void Reserve(string name, string what)
    {
        if (name.Length == 0 || !_graph.Reserve(name))
        {
            throw Malformed(name.Length == 0 ? $"an {what} has no name" : $"two values are called '{name}'");
        }
    }

    private void Declare(Value value, ValueInfoMessage input)
    {
        // A body's inputs get their types from the node they belong to.
        if (outer is not null)
        {
            return;
        }

        if (!input.IsTensor || input.ElementType == DataType.Undefined)
        {
            throw new OnnxFormatException(
                DiagnosticCodes.UnsupportedFeature,
                $"input '{input.Name}' is not a tensor of a known type, which is not supported");
        }

        if (input.Shape is null)
        {
            throw Malformed($"input '{input.Name}' has no shape. Export the model with shapes; open dimensions are fine");
        }

        value.Type = input.ElementType;
        value.Shape = new Shape(input.Shape.Select((d, i) => symbols.Dimension(d, input.Name, i)));
        if (value.Shape.Rank > InferenceContext.RankLimit || value.Shape.Any(d => d.IsConstant && d.Value is 0 or > int.MaxValue))
        {
            throw Malformed(
                $"input '{input.Name}' has the shape {value.Shape}; {InferenceContext.RankLimit} dimensions of at least 1 are supported");
        }
    }

    private static string NameOf(NodeMessage message) =>
        message.Name.Length > 0 ? message.Name : message.Outputs.FirstOrDefault(o => o.Length > 0) ?? message.Type;

    /// <summary>The values a node makes. Optional ones that nobody reads are as good as absent.</summary>
    private Value?[] DeclareOutputs(NodeMessage message, HashSet<string> read)
    {
        var outputs = new Value?[message.Outputs.Count];
        for (int i = 0; i < outputs.Length; i++)
        {
            string output = message.Outputs[i];
            if (output.Length > 0 && (i == 0 || read.Contains(output)))
            {
                Reserve(output, "output");
                _values.Add(output, outputs[i] = new Value(output));
            }
        }

        // Outputs that only training reads stand at the end of some nodes: those that nobody reads are left out.
        int count = outputs.Length;
        while (count > 1 && outputs[count - 1] is null)
        {
            count--;
        }

        return outputs[..count];
    }

    private void AddNode(NodeMessage message, Value?[] outputs)
    {
        string name = NameOf(message);
        if (message is { Domain: Domains.Onnx, Type: "Constant" })
        {
            Value constant = outputs is [{ } output] ? output : throw Malformed($"node '{name}' (Constant) has no output");
            Tensor tensor = ConstantOf(name, message.Attributes);
            (constant.Type, constant.Shape, constant.Constant) = (tensor.Type, tensor.Shape, tensor);
            return;
        }

        // ONNX Runtime's own versions of these two are the later standard's, under an older operator set.
        bool isQuantization = message is { Domain: Domains.Microsoft, Type: "QuantizeLinear" or "DequantizeLinear" };
        string domain = isQuantization ? Domains.Onnx : message.Domain;
        Value?[] inputs = [.. message.Inputs.Select(i => i.Length == 0 ? null : Resolve(i) ?? throw Unmade(i))];
        Node node = _graph.Add(new Node(domain, message.Type, name, inputs, outputs));
        foreach (AttributeMessage attribute in message.Attributes)
        {
            if (!node.Attributes.TryAdd(attribute.Name, Convert(name, attribute)))
            {
                throw Malformed($"node '{name}' ({message.Type}) has two attributes '{attribute.Name}'");
            }
        }

        if (node.Is("BatchNormalization") && message.Outputs.Count(o => o.Length > 0) == 5)
        {
            // Before opset 14 all five outputs are how a node says that it takes its statistics from the batch.
            node.Attributes.TryAdd("training_mode", 1L);
        }

        OnnxFormatException Unmade(string input) => Malformed($"node '{name}' ({message.Type}) reads '{input}', which nothing makes");
    }

    private void AddOutput(string name)
    {
        Value value = Resolve(name) ?? throw Malformed($"output '{name}' is made by nothing");
        if (_graph.IsOutput(value))
        {
            throw Malformed($"output '{name}' is listed twice");
        }

        _graph.Outputs.Add(value);
        if (value.Producer is null)
        {
            // An input or a constant that is also an output: the name stays with the output.
            Value source = _graph.NewValue(name, value.Type, value.Shape);
            source.Constant = value.Constant;
            if (_graph.Inputs.IndexOf(value) is >= 0 and var index)
            {
                throw Malformed($"input {index} '{name}' is also an output, which a typed class cannot express. Add an Identity");
            }

            value.Constant = null;
            foreach (Node consumer in value.Consumers.Distinct().ToArray())
            {
                consumer.ReplaceInput(value, source);
            }

            _graph.Add(new Node(Domains.Onnx, "Identity", name, [source], [value]));
        }
    }

    private Value? Resolve(string name)
    {
        if (_values.TryGetValue(name, out Value? value))
        {
            return value;
        }

        if (!_initializers.TryGetValue(name, out TensorMessage? initializer))
        {
            return outer?.Resolve(name);
        }

        Tensor tensor = initializer.ToTensor(external.Load);
        value = new Value(name) { Type = tensor.Type, Shape = tensor.Shape, Constant = tensor };
        _values.Add(name, value);
        return value;
    }

    private Tensor ConstantOf(string name, List<AttributeMessage> attributes)
    {
        AttributeMessage attribute = attributes is [var single]
            ? single
            : throw Malformed($"node '{name}' (Constant) has {attributes.Count} values");
        return (attribute.Name, attribute.Kind) switch
        {
            ("value", AttributeKind.Tensor) => attribute.Tensor!.ToTensor(external.Load),
            ("value_float", AttributeKind.Float) => Tensor.Scalar(attribute.Float),
            ("value_floats", AttributeKind.Floats) => Tensor.Of(attribute.Floats, attribute.Floats.Length),
            ("value_int", AttributeKind.Int) => Tensor.Of([attribute.Int], []),
            ("value_ints", AttributeKind.Ints) => Tensor.Of(attribute.Ints, attribute.Ints.Length),
            ("value_string", AttributeKind.Text) => new Tensor(DataType.String, [], default),
            ("value_strings", AttributeKind.Texts) => new Tensor(DataType.String, [attribute.Texts.Count], default),
            _ => throw new OnnxFormatException(
                DiagnosticCodes.UnsupportedFeature,
                $"node '{name}' (Constant) has a value '{attribute.Name}' of a kind that is not supported"),
        };
    }

    private AttributeValue Convert(string node, AttributeMessage attribute) => attribute.Kind switch
    {
        AttributeKind.Float => attribute.Float,
        AttributeKind.Int => attribute.Int,
        AttributeKind.Text => attribute.Text,
        AttributeKind.Tensor => attribute.Tensor!.ToTensor(external.Load),
        AttributeKind.Graph => new GraphBuilder(external, symbols, this).Build(attribute.Graph!),
        AttributeKind.Floats => attribute.Floats,
        AttributeKind.Ints => attribute.Ints,
        AttributeKind.Texts => attribute.Texts.ToArray(),
        _ => throw new OnnxFormatException(
            DiagnosticCodes.UnsupportedFeature,
            $"node '{node}' has an attribute '{attribute.Name}' of a kind that is not supported"),
    };
}
