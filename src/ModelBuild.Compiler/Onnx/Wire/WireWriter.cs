using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ModelBuild.Compiler.Onnx.Wire;

/// <summary>
/// Writes one protocol buffer message, field by field. Long data is not copied: the message refers to it until it is written to a
/// stream, so that a message is small however large the weights in it are.
/// </summary>
internal sealed class WireWriter
{
    /// <summary>What is shorter costs less to copy than to refer to.</summary>
    private const int CopyLimit = 1024;

    private readonly List<ReadOnlyMemory<byte>> _parts = [];
    private ArrayBufferWriter<byte> _last = new();
    private long _length;

    /// <summary>Length of the message in bytes.</summary>
    public long Length => _length + _last.WrittenCount;

    /// <summary>The message in one piece.</summary>
    public ReadOnlyMemory<byte> Written
    {
        get
        {
            if (_parts.Count == 0)
            {
                return _last.WrittenMemory;
            }

            var whole = new MemoryStream(checked((int)Length));
            WriteTo(whole);
            return whole.GetBuffer();
        }
    }

    /// <summary>Fields as they stand in another message.</summary>
    public void Fields(ReadOnlyMemory<byte> fields) => Append(fields);

    public void Int(int field, long value)
    {
        Tag(field, WireType.Varint);
        Varint(unchecked((ulong)value));
    }

    public void Float(int field, float value)
    {
        Tag(field, WireType.Fixed32);
        BinaryPrimitives.WriteSingleLittleEndian(_last.GetSpan(sizeof(float)), value);
        _last.Advance(sizeof(float));
    }

    public void Double(int field, double value)
    {
        Tag(field, WireType.Fixed64);
        BinaryPrimitives.WriteDoubleLittleEndian(_last.GetSpan(sizeof(double)), value);
        _last.Advance(sizeof(double));
    }

    public void Bytes(int field, ReadOnlyMemory<byte> value)
    {
        Tag(field, WireType.Bytes);
        Varint((ulong)value.Length);
        Append(value);
    }

    public void Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public void Message(int field, WireWriter message)
    {
        Tag(field, WireType.Bytes);
        Varint((ulong)message.Length);
        message._parts.ForEach(Append);
        Append(message._last.WrittenMemory);
    }

    public void WriteTo(Stream stream)
    {
        _parts.ForEach(part => stream.Write(part.Span));
        stream.Write(_last.WrittenSpan);
    }

    private void Append(ReadOnlyMemory<byte> data)
    {
        if (data.Length <= CopyLimit)
        {
            _last.Write(data.Span);
            return;
        }

        if (_last.WrittenCount > 0)
        {
            _parts.Add(_last.WrittenMemory);
            _length += _last.WrittenCount;
            _last = new ArrayBufferWriter<byte>();
        }

        _parts.Add(data);
        _length += data.Length;
    }

    private void Tag(int field, WireType type) => Varint(((ulong)field << 3) | (ulong)type);

    private void Varint(ulong value) => _last.Advance(Wire.Varint.Write(value, _last.GetSpan(10)));
}
