using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Messages;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Makes a <see cref="Graph"/> of a graph as it stands in the file: names become references, initializers and Constant nodes become
/// constants, attributes get values. Nothing is interpreted yet.
/// </summary>
/// <remarks>
/// Bodies of control flow read values of the graphs around them by name. Here they are closed: what a body reads from outside becomes an
/// input of the body and of its node, so that every graph stands by itself and a node reads all that its bodies do.
/// <code>
///   If(c) { Add(x, y) } else { Neg(x) }        ⇒        If(c, x, y) { (x, y) ⇒ Add(x, y) } else { (x, y) ⇒ Neg(x) }
/// </code>
/// </remarks>
internal sealed class GraphBuilder
{
    /// <summary>The branches of an If. Each body gets what any of them reads, which grows with the square of their number.</summary>
    private const int BodyLimit = 2;

    private readonly ExternalData _external;
    private readonly SymbolTable _symbols;
    private readonly GraphBuilder? _outer;

    /// <summary>All names that something in the model reads.</summary>
    private readonly HashSet<string> _read;

    /// <summary>Values of the outer graph that this one reads, and the inputs that stand for them.</summary>
    private readonly List<(Value Outer, Value Input)> _captures = [];

    private readonly Graph _graph = new();
    private readonly Dictionary<string, Value> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<Tensor>> _initializers = new(StringComparer.Ordinal);

    private GraphBuilder(ExternalData external, SymbolTable symbols, GraphBuilder? outer, HashSet<string> read)
    {
        _external = external;
        _symbols = symbols;
        _outer = outer;
        _read = read;
    }

    /// <summary>The graph of a model.</summary>
    /// <exception cref="OnnxFormatException">The graph contradicts itself, or holds what is not supported.</exception>
    public static Graph Build(GraphMessage message, ExternalData external, SymbolTable symbols)
    {
        HashSet<string> read = new(StringComparer.Ordinal);
        CollectReads(message, read);
        return new GraphBuilder(external, symbols, null, read).Build(message);
    }

    private Graph Build(GraphMessage message)
    {
        _graph.Name = message.Name;
        foreach (TensorMessage initializer in message.Initializers)
        {
            Reserve(initializer.Name, "initializer");
            _initializers.Add(initializer.Name, () => initializer.ToTensor(_external.Load));
        }

        foreach (SparseTensorMessage initializer in message.SparseInitializers)
        {
            Reserve(initializer.Name, "initializer");
            _initializers.Add(initializer.Name, () => initializer.ToTensor(_external.Load));
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

        // All outputs before any input: some tools write nodes in an order in which they cannot run.
        Value?[][] outputs = [.. message.Nodes.Select(DeclareOutputs)];
        for (int i = 0; i < outputs.Length; i++)
        {
            AddNode(message.Nodes[i], outputs[i]);
        }

        foreach (ValueInfoMessage output in message.Outputs)
        {
            AddOutput(output);
        }

        try
        {
            _graph.Sort();
        }
        catch (InvalidOperationException e)
        {
            throw Malformed(e.Message.TrimEnd('.'));
        }

        return _graph.Outputs.Count > 0 || _outer is not null ? _graph : throw Malformed("it has no output");
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
        // A body's inputs get their types from the node they belong to; whether one number has a dimension is said here only.
        if (_outer is not null)
        {
            value.Shape = input.Shape is [_] ? new Shape([Dimension.One]) : null;
            return;
        }

        if (!input.IsTensor || input.ElementType == DataType.Undefined)
        {
            throw new OnnxFormatException(
                DiagnosticCodes.UnsupportedFeature,
                $"input '{input.Name}' is not a tensor of a known type, which is not supported");
        }

        if (input.ElementType.Size() == 0)
        {
            throw new OnnxFormatException(
                DiagnosticCodes.UnsupportedFeature,
                $"input '{input.Name}' has elements of type {input.ElementType}, which are not supported. Cut the model behind what makes "
                    + "numbers of them");
        }

        if (input.Shape is null)
        {
            throw Malformed($"input '{input.Name}' has no shape. Export the model with shapes; open dimensions are fine");
        }

        value.Type = input.ElementType;
        value.Shape = new Shape(input.Shape.Select((d, i) => _symbols.Dimension(d, input.Name, i, mayBeOpen: input.Shape.Count > 1)));
        if (value.Shape.Rank > InferenceContext.RankLimit || value.Shape.Any(d => d.IsConstant && d.Value > int.MaxValue))
        {
            throw Malformed(
                $"input '{input.Name}' has the shape {value.Shape}; {InferenceContext.RankLimit} dimensions of at most {int.MaxValue} are "
                    + "supported");
        }

        // As a product of shapes this might overflow.
        if (value.Shape.Aggregate(1.0, (length, d) => length * (d.Least ?? 1)) > int.MaxValue)
        {
            throw OnnxFormatException.TooLarge(
                $"input '{input.Name}' has the shape {value.Shape}, and a tensor has at most {int.MaxValue} elements");
        }
    }

    private static string NameOf(NodeMessage message) =>
        message.Name.Length > 0 ? message.Name : message.Outputs.FirstOrDefault(o => o.Length > 0) ?? message.Type;

    /// <summary>The values a node makes. Optional ones that nobody reads are as good as absent.</summary>
    private Value?[] DeclareOutputs(NodeMessage message)
    {
        var outputs = new Value?[message.Outputs.Count];
        for (int i = 0; i < outputs.Length; i++)
        {
            string output = message.Outputs[i];
            if (output.Length > 0 && (i == 0 || _read.Contains(output)))
            {
                Reserve(output, "output");
                _values.Add(output, outputs[i] = new Value(output));
            }
        }

        // Outputs that only training reads stand at the end of some nodes: those that nobody reads are left out. How many a Split has says
        // into how many parts it cuts, and a node of control flow has as many as its bodies.
        bool counts = message is { Domain: Domains.Onnx, Type: "Split" or "If" or "Loop" or "Scan" };
        int count = outputs.Length;
        while (!counts && count > 1 && outputs[count - 1] is null)
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
        var bodies = new List<GraphBuilder>();
        foreach (AttributeMessage attribute in message.Attributes)
        {
            if (RecurrentCoding.IsInternal(attribute.Name))
            {
                throw Malformed($"node '{name}' ({message.Type}) has an attribute '{attribute.Name}', which no operator has");
            }

            if (!node.Attributes.TryAdd(attribute.Name, Convert(name, attribute, bodies)))
            {
                throw Malformed($"node '{name}' ({message.Type}) has two attributes '{attribute.Name}'");
            }
        }

        if (bodies.Count > BodyLimit)
        {
            throw Malformed($"node '{name}' ({message.Type}) has {bodies.Count} graphs; no operator has more than {BodyLimit}");
        }

        Close(node, bodies);
        if (node.Is("BatchNormalization") && message.Outputs.Count(o => o.Length > 0) == 5)
        {
            // Before opset 14 all five outputs are how a node says that it takes its statistics from the batch.
            node.Attributes.TryAdd("training_mode", 1L);
        }

        OnnxFormatException Unmade(string input) => Malformed($"node '{name}' ({message.Type}) reads '{input}', which nothing makes");
    }

    /// <summary>Gives a node and each of its bodies what any of the bodies reads from outside, in one order.</summary>
    private static void Close(Node node, List<GraphBuilder> bodies)
    {
        Value[] captured = [.. bodies.SelectMany(b => b._captures).Select(c => c.Outer).Distinct()];
        Array.ForEach(captured, node.AddInput);
        foreach (GraphBuilder body in bodies)
        {
            Dictionary<Value, Value> inputs = body._captures.ToDictionary(c => c.Outer, c => c.Input);
            body._graph.Captures = captured.Length;
            body._graph.Inputs.AddRange(captured.Select(c => inputs.GetValueOrDefault(c) ?? body._graph.NewValue(c.Name, c.Type)));
        }
    }

    private void AddOutput(ValueInfoMessage output)
    {
        string name = output.Name;
        Value value = Resolve(name) ?? throw Malformed($"output '{name}' is made by nothing");
        if (_outer is null && value.Producer is null)
        {
            value = Copy(value);
        }

        if (_outer is null && _graph.IsOutput(value))
        {
            throw Malformed($"output '{name}' is listed twice");
        }

        // Types are inferred; but that a port is in half precision, or smaller than a byte, would be lost, since all else becomes wider.
        if (_outer is null && value.Type == DataType.Undefined
            && (output.ElementType is DataType.Float16 or DataType.BFloat16 || SmallIntegers.Bits(output.ElementType) > 0))
        {
            value.Type = output.ElementType;
        }

        _graph.Outputs.Add(value);
    }

    /// <summary>What is an input or a constant, and an output: the name stays with the input, or else with the output.</summary>
    private Value Copy(Value value)
    {
        if (_graph.Inputs.Contains(value))
        {
            Value output = _graph.NewValue(value.Name, DataType.Undefined);
            return _graph.Add(new Node(Domains.Onnx, "Identity", output.Name, [value], [output])).Output;
        }

        Value source = _graph.NewConstant(value.Name, value.Constant!);
        source.Origin = value.Name;
        value.Constant = null;
        foreach (Node consumer in value.Consumers.Distinct().ToArray())
        {
            consumer.ReplaceInput(value, source);
        }

        return _graph.Add(new Node(Domains.Onnx, "Identity", value.Name, [source], [value])).Output;
    }

    /// <summary>The value of a name; null where nothing makes it.</summary>
    private Value? Resolve(string name)
    {
        if (_values.TryGetValue(name, out Value? value))
        {
            return value;
        }

        if (_initializers.TryGetValue(name, out Func<Tensor>? initializer))
        {
            value = Constant(name, initializer());
        }
        else if (_outer?.Resolve(name) is { } outer)
        {
            value = Capture(name, outer);
        }

        if (value is not null)
        {
            _values.Add(name, value);
        }

        return value;
    }

    /// <summary>What stands for a value of the outer graph. A constant needs no way in: its data is shared.</summary>
    private Value Capture(string name, Value outer)
    {
        _graph.Reserve(name);
        if (outer.Constant is { } tensor)
        {
            return Constant(name, tensor);
        }

        var input = new Value(name) { Type = outer.Type, Shape = outer.Shape };
        _captures.Add((outer, input));
        return input;
    }

    private static Value Constant(string name, Tensor tensor) => new(name) { Type = tensor.Type, Shape = tensor.Shape, Constant = tensor };

    private Tensor ConstantOf(string name, List<AttributeMessage> attributes)
    {
        AttributeMessage attribute = attributes is [var single]
            ? single
            : throw Malformed($"node '{name}' (Constant) has {attributes.Count} values");
        return (attribute.Name, attribute.Kind) switch
        {
            ("sparse_value", _) when attribute.SparseTensor is { } sparse => sparse.ToTensor(_external.Load),
            ("value", AttributeKind.Tensor) => attribute.Tensor!.ToTensor(_external.Load),
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

    /// <param name="bodies">Where the builders of graphs go.</param>
    private AttributeValue Convert(string node, AttributeMessage attribute, List<GraphBuilder> bodies)
    {
        switch (attribute.Kind)
        {
            case AttributeKind.Float:
                return attribute.Float;
            case AttributeKind.Int:
                return attribute.Int;
            case AttributeKind.Text:
                return attribute.Text;
            case AttributeKind.Tensor:
                return attribute.Tensor!.ToTensor(_external.Load);
            case AttributeKind.Graph:
                bodies.Add(new GraphBuilder(_external, _symbols, this, _read));
                return bodies[^1].Build(attribute.Graph!);
            case AttributeKind.Floats:
                return attribute.Floats;
            case AttributeKind.Ints:
                return attribute.Ints;
            case AttributeKind.Texts:
                return attribute.Texts.ToArray();
            default:
                throw new OnnxFormatException(
                    DiagnosticCodes.UnsupportedFeature,
                    $"node '{node}' has an attribute '{attribute.Name}' of a kind that is not supported");
        }
    }
}
