using System.Buffers.Binary;
using System.Text;

namespace ModelBuild.Compiler.Onnx.Wire;

/// <summary>
/// Reads one protocol buffer message: field by field, without copying and without believing any length before it has been checked
/// against the bytes that are there.
/// </summary>
/// <remarks>
/// Usage: while <see cref="Next"/>, switch over <see cref="Field"/> and call the method for what the field holds, or <see cref="Skip"/>.
/// ONNX needs ten small messages; reading them by hand keeps weights in place and the closure of the build task free of a library.
/// </remarks>
internal sealed class WireReader
{
    /// <summary>As in Google's own readers.</summary>
    private const int DepthLimit = 100;

    private readonly ReadOnlyMemory<byte> _data;
    private readonly ReadBudget _budget;
    private readonly int _depth;
    private int _position;
    private int _start;
    private WireType _type;

    public WireReader(ReadOnlyMemory<byte> data)
        : this(data, new ReadBudget(), 0)
    {
    }

    private WireReader(ReadOnlyMemory<byte> data, ReadBudget budget, int depth)
    {
        _data = data;
        _budget = budget;
        _depth = depth;
    }

    /// <summary>Number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field. False at the end of the message.</summary>
    public bool Next()
    {
        if (_position == _data.Length)
        {
            return false;
        }

        _start = _position;
        ulong tag = ReadVarint();
        int type = (int)(tag & 7);
        if (tag >> 3 is 0 or > 0x1FFFFFFF || type is 3 or 4 or 6 or 7)
        {
            throw OnnxFormatException.Corrupt($"a field has the tag 0x{tag:X}, which does not exist");
        }

        Field = (int)(tag >> 3);
        _type = (WireType)type;
        return true;
    }

    public void Skip()
    {
        switch (_type)
        {
            case WireType.Varint:
                ReadVarint();
                break;
            case WireType.Fixed64:
                Take(8);
                break;
            case WireType.Fixed32:
                Take(4);
                break;
            default:
                Bytes();
                break;
        }
    }

    /// <summary>The current field as it stands in the message, with its tag.</summary>
    public ReadOnlyMemory<byte> Whole()
    {
        Skip();
        return _data[_start.._position];
    }

    public long Int()
    {
        Expect(WireType.Varint);
        return unchecked((long)ReadVarint());
    }

    public float Float()
    {
        Expect(WireType.Fixed32);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4).Span);
    }

    public ReadOnlyMemory<byte> Bytes()
    {
        Expect(WireType.Bytes);
        ulong length = ReadVarint();
        return length <= (ulong)(_data.Length - _position)
            ? Take((int)length)
            : throw OnnxFormatException.Corrupt($"field {Field} asks for {length} bytes and {_data.Length - _position} are left");
    }

    public string Text()
    {
        ReadOnlyMemory<byte> bytes = Bytes();
        _budget.Spend(1);
        return bytes.IsEmpty ? string.Empty : Encoding.UTF8.GetString(bytes.Span);
    }

    /// <summary>The message that the field holds.</summary>
    public WireReader Message()
    {
        _budget.Spend(8);
        return _depth < DepthLimit
            ? new WireReader(Bytes(), _budget, _depth + 1)
            : throw new OnnxFormatException(
                DiagnosticCodes.UnsupportedFeature,
                "it nests too deeply, as If, Loop and Scan nodes do that lie in one another. Nodes in up to "
                    + $"{GraphResolver.NestingLimit - 1} others are supported. Make one node of several, or put their conditions into one");
    }

    /// <summary>Adds one or more integers: the field is repeated, packed or not.</summary>
    public void Ints(List<long> list, int limit)
    {
        if (_type == WireType.Varint)
        {
            list.Add(Int());
        }
        else
        {
            var packed = new WireReader(Bytes(), _budget, _depth);
            while (packed._position < packed._data.Length && list.Count <= limit)
            {
                list.Add(unchecked((long)packed.ReadVarint()));
            }
        }

        if (list.Count > limit)
        {
            throw OnnxFormatException.TooLarge($"a list has more than {limit} numbers");
        }
    }

    /// <summary>The bytes of one or more numbers: the field is repeated, packed or not.</summary>
    public ReadOnlyMemory<byte> Numbers(WireType element)
    {
        if (_type == WireType.Bytes)
        {
            return Bytes();
        }

        Expect(element);
        _budget.Spend(1);
        int start = _position;
        Skip();
        return _data[start.._position];
    }

    private void Expect(WireType type)
    {
        if (_type != type)
        {
            throw OnnxFormatException.Corrupt($"field {Field} is of wire type {_type} instead of {type}");
        }
    }

    private ReadOnlyMemory<byte> Take(int length)
    {
        if (length > _data.Length - _position)
        {
            throw OnnxFormatException.Corrupt("the file ends in the middle of a field");
        }

        ReadOnlyMemory<byte> slice = _data.Slice(_position, length);
        _position += length;
        return slice;
    }

    private ulong ReadVarint() => Varint.Read(_data.Span, ref _position);

    /// <summary>
    /// Small messages and strings cost more memory than bytes in the file. The budget keeps a hostile file of nothing but empty
    /// messages from growing a hundredfold.
    /// </summary>
    private sealed class ReadBudget
    {
        private int _left = 8_000_000;

        public void Spend(int amount)
        {
            _left -= amount;
            if (_left < 0)
            {
                throw OnnxFormatException.TooLarge("it has millions of names and messages");
            }
        }
    }
}
