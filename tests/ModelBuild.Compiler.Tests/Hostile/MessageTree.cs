using System.Buffers.Binary;
using ModelBuild.Compiler.Onnx.Wire;

namespace ModelBuild.Compiler.Tests.Hostile;

/// <summary>
/// A protocol buffer message taken apart into fields that can be changed and put together again: what remains is well-formed, so that a
/// change reaches what lies behind the reader.
/// </summary>
internal sealed class MessageTree
{
    /// <summary>The messages of ONNX: for each, which of its fields are messages.</summary>
    private static readonly Dictionary<string, Dictionary<int, string>> s_schema = new(StringComparer.Ordinal)
    {
        ["Model"] = new() { [7] = "Graph", [8] = "Opset", [25] = "Function" },
        ["Graph"] = new() { [1] = "Node", [5] = "Tensor", [11] = "ValueInfo", [12] = "ValueInfo", [13] = "ValueInfo", [15] = "Sparse" },
        ["Function"] = new() { [7] = "Node" },
        ["Node"] = new() { [5] = "Attribute" },
        ["Attribute"] = new() { [5] = "Tensor", [6] = "Graph", [10] = "Tensor", [11] = "Graph", [22] = "Sparse" },
        ["Sparse"] = new() { [1] = "Tensor", [2] = "Tensor" },
        ["Tensor"] = new() { [13] = "Entry" },
        ["ValueInfo"] = new() { [2] = "Type" },
        ["Type"] = new() { [1] = "TensorType" },
        ["TensorType"] = new() { [2] = "Shape" },
        ["Shape"] = new() { [1] = "Dimension" },
    };

    private MessageTree(string kind) => Kind = kind;

    /// <summary>Which of ONNX's messages it is.</summary>
    public string Kind { get; }

    public List<MessageField> Fields { get; } = [];

    public static MessageTree Read(ReadOnlySpan<byte> data, string kind = "Model")
    {
        var tree = new MessageTree(kind);
        int position = 0;
        while (position < data.Length)
        {
            ulong tag = Varint.Read(data, ref position);
            var field = new MessageField((int)(tag >> 3), (WireType)(tag & 7));
            switch (field.Type)
            {
                case WireType.Varint:
                    field.Number = Varint.Read(data, ref position);
                    break;
                case WireType.Fixed32:
                    field.Number = BinaryPrimitives.ReadUInt32LittleEndian(data[position..]);
                    position += 4;
                    break;
                case WireType.Fixed64:
                    field.Number = BinaryPrimitives.ReadUInt64LittleEndian(data[position..]);
                    position += 8;
                    break;
                default:
                    int length = (int)Varint.Read(data, ref position);
                    ReadOnlySpan<byte> content = data.Slice(position, length);
                    position += length;
                    if (s_schema.GetValueOrDefault(kind)?.GetValueOrDefault(field.Id) is { } inner)
                    {
                        field.Message = Read(content, inner);
                    }
                    else
                    {
                        field.Bytes = content.ToArray();
                    }

                    break;
            }

            tree.Fields.Add(field);
        }

        return tree;
    }

    public MessageTree Clone() => Read(ToBytes(), Kind);

    /// <summary>This message and all inside of it.</summary>
    public IEnumerable<MessageTree> All() => Fields.Select(f => f.Message).OfType<MessageTree>().SelectMany(m => m.All()).Prepend(this);

    public byte[] ToBytes()
    {
        var stream = new MemoryStream();
        Span<byte> buffer = stackalloc byte[10];
        foreach (MessageField field in Fields)
        {
            Write(((ulong)field.Id << 3) | (ulong)field.Type, buffer);
            switch (field.Type)
            {
                case WireType.Varint:
                    Write(field.Number, buffer);
                    break;
                case WireType.Fixed32:
                    BinaryPrimitives.WriteUInt32LittleEndian(buffer, (uint)field.Number);
                    stream.Write(buffer[..4]);
                    break;
                case WireType.Fixed64:
                    BinaryPrimitives.WriteUInt64LittleEndian(buffer, field.Number);
                    stream.Write(buffer[..8]);
                    break;
                default:
                    byte[] content = field.Message?.ToBytes() ?? field.Bytes;
                    Write((ulong)content.Length, buffer);
                    stream.Write(content);
                    break;
            }
        }

        return stream.ToArray();

        void Write(ulong number, Span<byte> buffer) => stream.Write(buffer[..Varint.Write(number, buffer)]);
    }
}

/// <summary>A field of a message: a number, bytes, or a message.</summary>
internal sealed class MessageField(int id, WireType type)
{
    public int Id { get; set; } = id;

    public WireType Type { get; } = type;

    public ulong Number { get; set; }

    public byte[] Bytes { get; set; } = [];

    public MessageTree? Message { get; set; }

    public MessageField Clone() => new(Id, Type) { Number = Number, Bytes = Bytes, Message = Message?.Clone() };
}
