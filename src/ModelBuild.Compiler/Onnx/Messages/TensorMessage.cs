using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Wire;

namespace ModelBuild.Compiler.Onnx.Messages;

/// <summary>TensorProto. Raw data stays where it is in the file; typed fields are unpacked when the tensor is asked for.</summary>
internal sealed class TensorMessage
{
    private const int RankLimit = 64;

    private readonly List<long> _dimensions = [];
    private readonly List<ReadOnlyMemory<byte>> _floats = [];
    private readonly List<ReadOnlyMemory<byte>> _doubles = [];
    private readonly List<ReadOnlyMemory<byte>> _integers = [];
    private int _strings;
    private ReadOnlyMemory<byte>? _raw;

    public string Name { get; private set; } = string.Empty;

    public DataType Type { get; private set; }

    /// <summary>As the file declares them; not checked.</summary>
    public IReadOnlyList<long> Dimensions => _dimensions;

    /// <summary>Where the data lies outside the file: location, offset, length. Null where it lies inside.</summary>
    public SortedDictionary<string, string>? External { get; private set; }

    /// <summary>The same data under another name.</summary>
    public TensorMessage Copy(string name)
    {
        var copy = (TensorMessage)MemberwiseClone();
        copy.Name = name;
        return copy;
    }

    public static TensorMessage Read(WireReader reader)
    {
        var tensor = new TensorMessage();
        var external = new SortedDictionary<string, string>(StringComparer.Ordinal);
        bool isExternal = false;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    reader.Ints(tensor._dimensions, RankLimit);
                    break;
                case 2:
                    tensor.Type = ReadType(reader);
                    break;
                case 4:
                    tensor._floats.Add(reader.Numbers(WireType.Fixed32));
                    break;
                case 5 or 7 or 11:
                    tensor._integers.Add(reader.Numbers(WireType.Varint));
                    break;
                case 6:
                    tensor._strings++;
                    reader.Skip();
                    break;
                case 8:
                    tensor.Name = reader.Text();
                    break;
                case 9:
                    tensor._raw = reader.Bytes();
                    break;
                case 10:
                    tensor._doubles.Add(reader.Numbers(WireType.Fixed64));
                    break;
                case 13:
                    ReadEntry(reader.Message(), external);
                    break;
                case 14:
                    isExternal = reader.Int() == 1;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        tensor.External = isExternal ? external : null;
        return tensor;
    }

    public static DataType ReadType(WireReader reader)
    {
        long type = reader.Int();
        return type is > 0 and <= (long)DataType.Int2 ? (DataType)type : DataType.Undefined;
    }

    /// <param name="loadExternal">Gives the bytes that <see cref="External"/> points at; the argument is how many the tensor needs.</param>
    public Tensor ToTensor(Func<TensorMessage, long, ReadOnlyMemory<byte>> loadExternal)
    {
        long count = 1;
        foreach (long dimension in _dimensions)
        {
            count = dimension >= 0 && (dimension == 0 || count <= long.MaxValue / 16 / dimension)
                ? count * dimension
                : throw OnnxFormatException.TooLarge($"tensor '{Name}' has the dimensions [{string.Join(",", _dimensions)}]");
        }

        if (Type == DataType.Undefined)
        {
            throw new OnnxFormatException(DiagnosticCodes.UnsupportedFeature, $"tensor '{Name}' has an unknown element type");
        }

        if (Type == DataType.String)
        {
            // No operator that is supported reads strings, so they are only counted.
            return count == _strings
                ? new Tensor(Type, CollectionsMarshal.AsSpan(_dimensions), default)
                : throw Mismatch($"{_strings} strings", $"{count}");
        }

        long needed = Bytes(Type, count);
        ReadOnlyMemory<byte> data = External is not null ? loadExternal(this, needed)
            : _raw ?? (Type switch
            {
                DataType.Float32 or DataType.Complex64 => Join(_floats),
                DataType.Float64 or DataType.Complex128 => Join(_doubles),
                _ => Unpack(needed, Math.Max(Type.Size(), 1)),
            });
        return data.Length == needed
            ? new Tensor(Type, CollectionsMarshal.AsSpan(_dimensions), Type == DataType.Bool ? Truths(data) : data)
            : throw Mismatch($"{data.Length} bytes", $"{needed}");

        OnnxFormatException Mismatch(string held, string taken) => new(
            DiagnosticCodes.MalformedGraph,
            $"tensor '{Name}' holds {held}, but {Type}[{string.Join(",", _dimensions)}] takes {taken}");
    }

    /// <summary>Kernels take truth for 1, and files may have any byte but 0.</summary>
    private static ReadOnlyMemory<byte> Truths(ReadOnlyMemory<byte> bytes)
    {
        if (!bytes.Span.ContainsAnyExceptInRange((byte)0, (byte)1))
        {
            return bytes;
        }

        byte[] truths = bytes.ToArray();
        foreach (ref byte truth in truths.AsSpan())
        {
            truth = byte.Min(truth, 1);
        }

        return truths;
    }

    /// <summary>What so many elements take, also of types that are not stored in whole bytes.</summary>
    private static long Bytes(DataType type, long count) => type switch
    {
        DataType.Int4 or DataType.UInt4 or DataType.Float4E2M1 => (count / 2) + (count % 2),
        DataType.Int2 or DataType.UInt2 => (count / 4) + (count % 4 > 0 ? 1 : 0),
        DataType.Complex64 => count * 8,
        DataType.Complex128 => count * 16,
        _ => count * Math.Max(type.Size(), 1),
    };

    private static void ReadEntry(WireReader reader, SortedDictionary<string, string> entries)
    {
        string key = string.Empty;
        string value = string.Empty;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    key = reader.Text();
                    break;
                case 2:
                    value = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        entries[key] = value;
    }

    private static ReadOnlyMemory<byte> Join(List<ReadOnlyMemory<byte>> parts)
    {
        if (parts.Count == 1)
        {
            return parts[0];
        }

        var joined = new byte[parts.Sum(p => (long)p.Length)];
        int position = 0;
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            part.CopyTo(joined.AsMemory(position));
            position += part.Length;
        }

        return joined;
    }

    /// <summary>Variable-length integers to elements of <paramref name="size"/> bytes. Halves and booleans travel as their bits.</summary>
    private ReadOnlyMemory<byte> Unpack(long bytes, int size)
    {
        if (bytes / size > _integers.Sum(part => (long)part.Length))
        {
            return default;
        }

        var elements = new byte[bytes];
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        int position = 0;
        foreach (ReadOnlyMemory<byte> part in _integers)
        {
            int read = 0;
            while (read < part.Length)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(number, Varint.Read(part.Span, ref read));
                if (position == elements.Length)
                {
                    return default;
                }

                number[..size].CopyTo(elements.AsSpan(position));
                position += size;
            }
        }

        return position == elements.Length ? elements : default;
    }
}
