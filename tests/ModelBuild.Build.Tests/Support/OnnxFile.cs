using System.Runtime.InteropServices;
using System.Text;

namespace ModelBuild.Build.Tests.Support;

/// <summary>
/// A small ONNX model, written field by field as onnx.proto numbers them and without any code of the compiler, so that a misread field cannot be
/// written wrong in the same way.
/// </summary>
internal sealed class OnnxFile
{
    private const int Float = 1;

    private readonly MemoryStream _graph = new();

    private readonly List<byte[]> _inputs = [];

    private readonly List<byte[]> _outputs = [];

    /// <summary>A dense layer with ReLU: <c>y [batch, outputs] = max(0, x [batch, inputs] · weights [inputs, outputs] + bias)</c>.</summary>
    public static byte[] Dense(float[,] weights, float[] bias) => new OnnxFile()
        .Input("x", "batch", weights.GetLength(0))
        .Output("y", "batch", weights.GetLength(1))
        .Constant("w", [weights.GetLength(0), weights.GetLength(1)], [.. weights.Cast<float>()])
        .Constant("b", [bias.Length], bias)
        .Node("Gemm", "dense", ["x", "w", "b"], "z")
        .Node("Relu", "relu", ["z"], "y")
        .ToBytes();

    /// <summary>The same layer with its weights in another file.</summary>
    public static byte[] DenseWithExternalWeights(int inputs, int outputs, string file) => new OnnxFile()
        .Input("x", "batch", inputs)
        .Output("y", "batch", outputs)
        .External("w", [inputs, outputs], file)
        .Node("MatMul", "dense", ["x", "w"], "y")
        .ToBytes();

    /// <param name="dimensions">Numbers, or strings for symbols.</param>
    public OnnxFile Input(string name, params object[] dimensions)
    {
        _inputs.Add(Port(name, dimensions));
        return this;
    }

    /// <inheritdoc cref="Input"/>
    public OnnxFile Output(string name, params object[] dimensions)
    {
        _outputs.Add(Port(name, dimensions));
        return this;
    }

    public OnnxFile Constant(string name, long[] shape, float[] values) => Initializer(name, shape, tensor => Bytes(tensor, 9, MemoryMarshal.AsBytes<float>(values)));

    public OnnxFile External(string name, long[] shape, string file) => Initializer(name, shape, tensor =>
    {
        Bytes(tensor, 13, Message(entry =>
        {
            Text(entry, 1, "location");
            Text(entry, 2, file);
        }));
        Number(tensor, 14, 1);
    });

    public OnnxFile Node(string type, string name, string[] inputs, string output)
    {
        Bytes(_graph, 1, Message(node =>
        {
            foreach (string input in inputs)
            {
                Text(node, 1, input);
            }

            Text(node, 2, output);
            Text(node, 3, name);
            Text(node, 4, type);
        }));
        return this;
    }

    public byte[] ToBytes() => Message(model =>
    {
        Number(model, 1, 8);
        Text(model, 2, "ModelBuild.Build.Tests");
        Bytes(model, 7, Message(graph =>
        {
            graph.Write(_graph.ToArray());
            Text(graph, 2, "graph");
            _inputs.ForEach(input => Bytes(graph, 11, input));
            _outputs.ForEach(output => Bytes(graph, 12, output));
        }));
        Bytes(model, 8, Message(opset =>
        {
            Text(opset, 1, string.Empty);
            Number(opset, 2, 13);
        }));
    });

    private OnnxFile Initializer(string name, long[] shape, Action<MemoryStream> data)
    {
        Bytes(_graph, 5, Message(tensor =>
        {
            foreach (long dimension in shape)
            {
                Number(tensor, 1, dimension);
            }

            Number(tensor, 2, Float);
            Text(tensor, 8, name);
            data(tensor);
        }));
        return this;
    }

    private static byte[] Port(string name, object[] dimensions) => Message(port =>
    {
        Text(port, 1, name);
        Bytes(port, 2, Message(type => Bytes(type, 1, Message(tensor =>
        {
            Number(tensor, 1, Float);
            Bytes(tensor, 2, Message(shape =>
            {
                foreach (object dimension in dimensions)
                {
                    Bytes(shape, 1, Message(d =>
                    {
                        if (dimension is string symbol)
                        {
                            Text(d, 2, symbol);
                        }
                        else
                        {
                            Number(d, 1, Convert.ToInt64(dimension, null));
                        }
                    }));
                }
            }));
        }))));
    });

    private static byte[] Message(Action<MemoryStream> write)
    {
        var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }

    private static void Number(MemoryStream stream, int field, long value)
    {
        Varint(stream, (ulong)field << 3);
        Varint(stream, (ulong)value);
    }

    private static void Text(MemoryStream stream, int field, string text) => Bytes(stream, field, Encoding.UTF8.GetBytes(text));

    private static void Bytes(MemoryStream stream, int field, ReadOnlySpan<byte> bytes)
    {
        Varint(stream, ((ulong)field << 3) | 2);
        Varint(stream, (ulong)bytes.Length);
        stream.Write(bytes);
    }

    private static void Varint(MemoryStream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            stream.WriteByte((byte)(value | 0x80));
        }

        stream.WriteByte((byte)value);
    }
}
