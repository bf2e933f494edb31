using System.Text;

namespace ModelBuild.TestSupport;

/// <summary>
/// A protocol buffer message, written field by field after the description of the wire format and without any code of the compiler, so that
/// tests can write what our exporter would not, and a misread field cannot be written wrong in the same way.
/// </summary>
internal sealed class ProtoMessage
{
    private readonly MemoryStream _stream = new();

    public byte[] ToArray() => _stream.ToArray();

    public ProtoMessage Int(int field, long value)
    {
        Tag(field, wireType: 0);
        Varint((ulong)value);
        return this;
    }

    public ProtoMessage Float(int field, float value)
    {
        Tag(field, wireType: 5);
        _stream.Write(BitConverter.GetBytes(value));
        return this;
    }

    public ProtoMessage Double(int field, double value)
    {
        Tag(field, wireType: 1);
        _stream.Write(BitConverter.GetBytes(value));
        return this;
    }

    public ProtoMessage Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtoMessage Message(int field, ProtoMessage message) => Bytes(field, message.ToArray());

    public ProtoMessage Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, wireType: 2);
        Varint((ulong)value.Length);
        _stream.Write(value);
        return this;
    }

    private void Tag(int field, int wireType) => Varint(((ulong)field << 3) | (uint)wireType);

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _stream.WriteByte((byte)(value | 0x80));
        }

        _stream.WriteByte((byte)value);
    }
}
