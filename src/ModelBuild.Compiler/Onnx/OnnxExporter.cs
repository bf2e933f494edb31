using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Wire;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Writes a graph of ONNX operators as an ONNX file that any runtime can load: the quantized (QDQ) or half precision model beside the plan.
/// Same graph, same bytes.
/// </summary>
internal static class OnnxExporter
{
    /// <summary>The operator set in which 16-bit QuantizeLinear appeared.</summary>
    private const long SixteenBitOpset = 21;

    /// <summary>The file in memory.</summary>
    /// <exception cref="InvalidOperationException">The graph holds operators that are not ONNX.</exception>
    public static byte[] Export(Graph graph) => ToMessage(graph).Written.ToArray();

    /// <summary>The file as a message that refers to the graph's constants, to be written to a stream.</summary>
    /// <exception cref="InvalidOperationException">The graph holds operators that are not ONNX.</exception>
    public static WireWriter ToMessage(Graph graph)
    {
        long opset = graph.Nodes.Select(n => IsSixteenBit(n) ? SixteenBitOpset : OperatorRegistry.Since(n)).Append(graph.Opset).Max();
        var model = new WireWriter();
        model.Int(1, IrVersion(opset));
        model.Text(2, "ModelBuild");
        model.Message(7, Write(graph, []));
        foreach (string domain in new SortedSet<string>(graph.Nodes.Select(n => n.Domain).Append(Domains.Onnx), StringComparer.Ordinal))
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

    /// <param name="known">Constants that an outer graph has written.</param>
    private static WireWriter Write(Graph graph, HashSet<Value> known)
    {
        var message = new WireWriter();
        var constants = new HashSet<Value>(known);
        Value[] initializers = [.. graph.Nodes.SelectMany(n => n.Inputs).OfType<Value>().Where(v => v.IsConstant && constants.Add(v))];
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (Node node in graph.Nodes)
        {
            message.Message(1, Write(node, Unique(node.Name, names), constants));
        }

        message.Text(2, graph.Name.Length > 0 ? graph.Name : "graph");
        foreach (Value value in initializers)
        {
            message.Message(5, Write(value.Constant!, value.Name));
        }

        foreach (Value input in graph.Inputs)
        {
            message.Message(11, WriteInfo(input));
        }

        foreach (Value output in graph.Outputs)
        {
            message.Message(12, WriteInfo(output));
        }

        return message;
    }

    /// <summary>Nodes that came from one have its name; ONNX Runtime wants all names to differ.</summary>
    private static string Unique(string name, HashSet<string> taken)
    {
        string unique = name;
        for (int i = 1; !taken.Add(unique); i++)
        {
            unique = $"{name}_{i}";
        }

        return unique;
    }

    private static WireWriter Write(Node node, string name, HashSet<Value> known)
    {
        if (node.Domain == Domains.Internal)
        {
            throw new InvalidOperationException($"{node} is an operator of lowering and has no place in an ONNX file.");
        }

        var message = new WireWriter();
        WriteNames(message, 1, node.Inputs);
        WriteNames(message, 2, node.Outputs);
        message.Text(3, name);
        message.Text(4, node.Type);
        foreach ((string attribute, AttributeValue value) in node.Attributes)
        {
            message.Message(5, Write(attribute, value, known));
        }

        message.Text(7, node.Domain);
        return message;
    }

    /// <summary>Absent values have empty names; those at the end are left out.</summary>
    private static void WriteNames(WireWriter message, int field, IReadOnlyList<Value?> values)
    {
        int count = values.Count;
        while (count > 0 && values[count - 1] is null)
        {
            count--;
        }

        foreach (Value? value in values.Take(count))
        {
            message.Text(field, value?.Name ?? string.Empty);
        }
    }

    private static WireWriter Write(string name, AttributeValue value, HashSet<Value> known)
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
                message.Message(6, Write(value.Graph, known));
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

    private static WireWriter Write(Tensor tensor, string name)
    {
        if (tensor.Type.Size() == 0)
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

    private static WireWriter WriteInfo(Value value)
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
        info.Text(1, value.Name);
        info.Message(2, type);
        return info;
    }
}
