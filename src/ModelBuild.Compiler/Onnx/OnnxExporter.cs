using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Wire;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Writes a graph of ONNX operators as an ONNX file that any runtime can load: the quantized (QDQ) or half precision model beside the plan.
/// Same graph, same bytes.
/// </summary>
internal sealed class OnnxExporter
{
    /// <summary>The operator set in which QuantizeLinear got 16 bits, 4 bits and blocks.</summary>
    private const long BlocksOpset = 21;

    /// <summary>
    /// What values are called in the file, where graphs read the values of those around them by name and no two may share one.
    /// </summary>
    private readonly Dictionary<Value, string> _names = [];
    private readonly UniqueNames _taken = new([], "_", firstNumber: 1);

    /// <summary>Nodes that came from one have its name; ONNX Runtime wants all names to differ.</summary>
    private readonly UniqueNames _nodeNames = new([], "_", firstNumber: 1);

    private OnnxExporter(Graph graph)
    {
        foreach (Value value in graph.Values())
        {
            _names.Add(value, value.Name);
            _taken.Reserve(value.Name);
        }
    }

    /// <summary>The file in memory.</summary>
    /// <exception cref="InvalidOperationException">The graph holds operators that are not ONNX.</exception>
    public static byte[] Export(Graph graph) => ToMessage(graph).Written.ToArray();

    /// <summary>The file as a message that refers to the graph's constants, to be written to a stream.</summary>
    /// <exception cref="InvalidOperationException">The graph holds operators that are not ONNX.</exception>
    public static WireWriter ToMessage(Graph graph)
    {
        Node[] nodes = [.. graph.AllGraphs().SelectMany(g => g.Nodes)];
        long opset = nodes.Select(n => IsSixteenBit(n) || HasBlocks(n) ? BlocksOpset : OperatorRegistry.Since(n)).Append(graph.Opset).Max();
        var model = new WireWriter();
        model.Int(1, IrVersion(opset));
        model.Text(2, "ModelBuild");
        model.Message(7, new OnnxExporter(graph).Write(graph));
        foreach (string domain in new SortedSet<string>(nodes.Select(n => n.Domain).Append(Domains.Onnx), StringComparer.Ordinal))
        {
            var set = new WireWriter();
            set.Text(1, domain);
            set.Int(2, domain == Domains.Onnx ? opset : 1);
            model.Message(8, set);
        }

        return model;
    }

    private static bool IsSixteenBit(Node node) =>
        (node.Is("QuantizeLinear") && node.Outputs[0]?.Type is DataType.UInt16 or DataType.Int16)
        || (node.Is("DequantizeLinear") && node.Input(0)?.Type is DataType.UInt16 or DataType.Int16);

    private static bool HasBlocks(Node node) => node.Is("DequantizeLinear") && node.Int("block_size") > 0;

    /// <summary>The oldest version of the file format that came with an operator set.</summary>
    private static long IrVersion(long opset) => opset switch
    {
        < 19 => 8,
        < 21 => 9,
        < 23 => 10,
        23 => 11,
        24 => 12,
        _ => 13,
    };

    private WireWriter Write(Graph graph)
    {
        var message = new WireWriter();
        var constants = new HashSet<Value>();
        Value[] initializers =
            [.. graph.Nodes.SelectMany(n => n.Inputs).OfType<Value>().Concat(graph.Outputs).Where(v => v.IsConstant && constants.Add(v))];
        foreach (Node node in graph.Nodes)
        {
            message.Message(1, Write(node));
        }

        message.Text(2, graph.Name.Length > 0 ? graph.Name : "graph");
        foreach (Value value in initializers)
        {
            message.Message(5, Write(HasSmallCodes(value) ? Nibbles(value.Constant!) : value.Constant!, _names[value]));
        }

        foreach (Value input in graph.Inputs.SkipLast(graph.Captures))
        {
            message.Message(11, WriteInfo(input));
        }

        foreach (Value output in graph.Outputs)
        {
            message.Message(12, WriteInfo(output));
        }

        return message;
    }

    /// <summary>Gives the values of a body names: what it reads from around it has one already.</summary>
    private void Enter(Node node, Graph body)
    {
        foreach ((Value inner, Value outer) in Bodies.Captures(node, body))
        {
            _names[inner] = _names[outer];
        }

        foreach (Value value in body.Values().Where(v => !_names.ContainsKey(v)))
        {
            _names.Add(value, _taken.Add(value.Name));
        }
    }

    private WireWriter Write(Node node)
    {
        if (node.Domain == Domains.Internal)
        {
            throw new InvalidOperationException($"{node} is an operator of lowering and has no place in an ONNX file.");
        }

        var message = new WireWriter();

        // Both inputs of a Loop that carries nothing may be absent, and yet it has two.
        WriteNames(
            message, 1, [.. node.Inputs.SkipLast(node.Bodies.Select(b => b.Captures).FirstOrDefault())], least: node.Is("Loop") ? 2 : 0);
        WriteOutputs(message, node);
        message.Text(3, _nodeNames.Add(node.Name));
        message.Text(4, node.Type);
        foreach (Graph body in node.Bodies)
        {
            Enter(node, body);
        }

        foreach ((string attribute, AttributeValue value) in node.Attributes.Where(a => !RecurrentCoding.IsInternal(a.Key)))
        {
            message.Message(5, Write(attribute, value));
        }

        // Equal parts: since version 18 the number of outputs does not suffice.
        if (node.Is("Split") && node.Input(1) is null && !node.Has("num_outputs"))
        {
            message.Message(5, Write("num_outputs", (long)node.Outputs.Count));
        }

        message.Text(7, node.Domain);
        return message;
    }

    /// <summary>
    /// Where their number says something, into how many parts to cut or what bodies make, outputs that nobody reads have names too. So has
    /// the second one of TopK, which import leaves out and ONNX Runtime wants.
    /// </summary>
    private void WriteOutputs(WireWriter message, Node node)
    {
        if (!node.Is("Split") && !node.Is("TopK") && !node.IsControlFlow)
        {
            WriteNames(message, 2, node.Outputs);
            return;
        }

        foreach (Value? output in node.Is("TopK") && node.Outputs is [var values] ? [values, null] : node.Outputs)
        {
            message.Text(2, output is null ? _taken.Add("unread") : _names[output]);
        }
    }

    /// <summary>Absent values have empty names; those at the end are left out.</summary>
    /// <param name="least">How many there are in any case.</param>
    private void WriteNames(WireWriter message, int field, IReadOnlyList<Value?> values, int least = 0)
    {
        int count = values.Count;
        while (count > least && values[count - 1] is null)
        {
            count--;
        }

        foreach (Value? value in values.Take(count))
        {
            message.Text(field, value is null ? string.Empty : _names[value]);
        }
    }

    private WireWriter Write(string name, AttributeValue value)
    {
        var message = new WireWriter();
        message.Text(1, name);
        switch (value.Kind)
        {
            case AttributeKind.Float:
                message.Float(2, value.Float);
                break;
            case AttributeKind.Int:
                message.Int(3, value.Int);
                break;
            case AttributeKind.Text:
                message.Text(4, value.Text);
                break;
            case AttributeKind.Tensor:
                message.Message(5, Write(value.Tensor, string.Empty));
                break;
            case AttributeKind.Graph:
                message.Message(6, Write(value.Graph));
                break;
            case AttributeKind.Floats:
                Array.ForEach(value.Floats, number => message.Float(7, number));
                break;
            case AttributeKind.Ints:
                Array.ForEach(value.Ints, number => message.Int(8, number));
                break;
            default:
                Array.ForEach(value.Texts, text => message.Text(9, text));
                break;
        }

        message.Int(20, (long)value.Kind);
        return message;
    }

    /// <summary>
    /// Whether a constant holds codes of blocks that fit in 4 bits, which it has in the file: graphs know whole bytes only.
    /// </summary>
    private static bool HasSmallCodes(Value value) => value is { Constant.Type: DataType.UInt8, OutputCount: 0 }
        && value.Consumers.All(n => HasBlocks(n) && n.Input(1) != value
            && new[] { n.Input(0), n.Input(2) }.OfType<Value>().All(
                v => v is { Constant: { Type: DataType.UInt8 } codes } && !codes.Data.Span.ContainsAnyExceptInRange((byte)0, (byte)15)));

    /// <summary>Two codes in a byte, the first one in its lower half.</summary>
    private static Tensor Nibbles(Tensor codes)
    {
        ReadOnlySpan<byte> source = codes.Data.Span;
        var packed = new byte[(source.Length / 2) + (source.Length % 2)];
        for (int i = 0; i < source.Length; i++)
        {
            packed[i / 2] |= (byte)(source[i] << (i % 2 == 0 ? 0 : 4));
        }

        return new Tensor(DataType.UInt4, [.. codes.Dimensions], packed);
    }

    private static WireWriter Write(Tensor tensor, string name)
    {
        if (tensor.Type is not DataType.UInt4 && tensor.Type.Size() == 0)
        {
            throw new InvalidOperationException($"Constant '{name}' has elements of type {tensor.Type}, which are not kept.");
        }

        var message = new WireWriter();
        foreach (long dimension in tensor.Dimensions)
        {
            message.Int(1, dimension);
        }

        message.Int(2, (long)tensor.Type);
        message.Text(8, name);
        message.Bytes(9, tensor.Data);
        return message;
    }

    private WireWriter WriteInfo(Value value)
    {
        var shape = new WireWriter();
        foreach (Dimension dimension in value.KnownShape)
        {
            var message = new WireWriter();
            if (dimension.IsConstant)
            {
                message.Int(1, dimension.Value);
            }
            else
            {
                message.Text(2, dimension.ToString());
            }

            shape.Message(1, message);
        }

        var tensor = new WireWriter();
        tensor.Int(1, (long)value.Type);
        tensor.Message(2, shape);
        var type = new WireWriter();
        type.Message(1, tensor);
        var info = new WireWriter();
        info.Text(1, _names[value]);
        info.Message(2, type);
        return info;
    }
}
