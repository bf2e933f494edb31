using System.Runtime.InteropServices;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Wire;

namespace ModelBuild.Compiler.Tests.Support;

/// <summary>Writes ONNX messages field by field, so that tests can write what our exporter would not.</summary>
internal static class ModelWriter
{
    public static byte[] Model(WireWriter graph, long opset = 18, params (string Domain, long Version)[] others)
    {
        var model = new WireWriter();
        model.Int(1, 8);
        model.Message(7, graph);
        foreach ((string domain, long version) in others.Prepend(("ai.onnx", opset)))
        {
            var set = new WireWriter();
            set.Text(1, domain);
            set.Int(2, version);
            model.Message(8, set);
        }

        return model.Written.ToArray();
    }

    /// <summary>A graph of one Relu from <paramref name="input"/> to <c>y</c>.</summary>
    public static WireWriter Relu(string input = "x", WireWriter? initializer = null)
    {
        var graph = new WireWriter();
        graph.Message(1, Node("Relu", [input], ["y"]));
        if (initializer is not null)
        {
            graph.Message(5, initializer);
        }

        Ports(graph, 4);
        return graph;
    }

    public static WireWriter Node(string type, string[] inputs, string[] outputs, params WireWriter[] attributes)
    {
        var node = new WireWriter();
        Array.ForEach(inputs, i => node.Text(1, i));
        Array.ForEach(outputs, o => node.Text(2, o));
        node.Text(4, type);
        Array.ForEach(attributes, a => node.Message(5, a));
        return node;
    }

    /// <summary>Input <c>x</c> and output <c>y</c>, both float32.</summary>
    public static void Ports(WireWriter graph, params object[] shape)
    {
        Port(graph, 11, "x", DataType.Float32, shape.Length == 0 ? [1] : shape);
        Port(graph, 12, "y", DataType.Float32, "n");
    }

    /// <param name="field">11 for inputs, 12 for outputs.</param>
    /// <param name="shape">Numbers, names, or null for a dimension that is neither.</param>
    public static void Port(WireWriter graph, int field, string name, DataType type, params object?[] shape)
    {
        var dimensions = new WireWriter();
        foreach (object? entry in shape)
        {
            var dimension = new WireWriter();
            if (entry is string symbol)
            {
                dimension.Text(2, symbol);
            }
            else if (entry is int size)
            {
                dimension.Int(1, size);
            }

            dimensions.Message(1, dimension);
        }

        var tensor = new WireWriter();
        tensor.Int(1, (long)type);
        tensor.Message(2, dimensions);
        var typeMessage = new WireWriter();
        typeMessage.Message(1, tensor);
        var info = new WireWriter();
        info.Text(1, name);
        info.Message(2, typeMessage);
        graph.Message(field, info);
    }

    public static WireWriter Tensor(string name, DataType type, long[] dimensions, byte[]? raw)
    {
        var tensor = new WireWriter();
        Array.ForEach(dimensions, d => tensor.Int(1, d));
        tensor.Int(2, (long)type);
        tensor.Text(8, name);
        if (raw is not null)
        {
            tensor.Bytes(9, raw);
        }

        return tensor;
    }

    public static WireWriter Int64s(string name, params long[] values) =>
        Tensor(name, DataType.Int64, [values.Length], MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    /// <summary>A float32 tensor whose data lies in another file.</summary>
    public static WireWriter External(string name, long[] dimensions, string location, string offset, string length)
    {
        WireWriter tensor = Tensor(name, DataType.Float32, dimensions, null);
        (string, string)[] entries = [("location", location), ("offset", offset), ("length", length)];
        foreach ((string key, string value) in entries)
        {
            var entry = new WireWriter();
            entry.Text(1, key);
            entry.Text(2, value);
            tensor.Message(13, entry);
        }

        tensor.Int(14, 1);
        return tensor;
    }

    public static WireWriter Attribute(string name, AttributeKind kind, Action<WireWriter> value)
    {
        var attribute = new WireWriter();
        attribute.Text(1, name);
        value(attribute);
        attribute.Int(20, (long)kind);
        return attribute;
    }

    public static WireWriter Int(string name, long value) => Attribute(name, AttributeKind.Int, a => a.Int(3, value));

    public static WireWriter Float(string name, float value) => Attribute(name, AttributeKind.Float, a => a.Float(2, value));

    public static WireWriter Ints(string name, params long[] values) =>
        Attribute(name, AttributeKind.Ints, a => Array.ForEach(values, v => a.Int(8, v)));
}
