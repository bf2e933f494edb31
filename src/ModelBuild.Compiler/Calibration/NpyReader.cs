using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using ModelBuild.Compiler.Files;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Calibration;

/// <summary>
/// Reads one NumPy array (<c>.npy</c>, format versions 1 to 3) from a stream: header first, then the elements in as many pieces as the
/// caller likes. Elements come little-endian and row-major whatever order the file has.
/// </summary>
/// <remarks>
/// The file is untrusted: nothing is allocated before the size that the header declares has been compared with what is there.
/// </remarks>
internal sealed class NpyReader : IArrayReader
{
    /// <summary>NumPy itself refuses headers above 10,000 characters.</summary>
    private const int MaximumHeaderLength = 64 * 1024;

    /// <summary>What is held at once at most: a whole array in Fortran order, which must be turned, or one sample.</summary>
    internal const long MaximumBytesAtOnce = 1L << 30;

    private readonly Stream _stream;
    private readonly string _file;
    private readonly ArrayUse _use;

    private NpyReader(Stream stream, string file, string array, ArrayUse use, DataType type, long[] dimensions)
    {
        _stream = stream;
        _file = file;
        _use = use;
        Array = array;
        Type = type;
        Dimensions = dimensions;
    }

    /// <summary>The array's name inside its file, for messages; of a .npy file, the file's name.</summary>
    public string Array { get; }

    public DataType Type { get; }

    public IReadOnlyList<long> Dimensions { get; }

    /// <summary>None: NumPy can do whatever is to be done.</summary>
    public string? Remedy => null;

    /// <summary>Opens a .npy file.</summary>
    /// <param name="file">As the user gave it.</param>
    /// <param name="use">What the array is wanted for; null for calibration.</param>
    /// <exception cref="CompilationException">
    /// With the code of the use: it cannot be read, is not .npy, or is damaged.
    /// </exception>
    public static NpyReader Open(string file, ArrayUse? use = null)
    {
        FileStream stream = OpenFile(file, use ?? ArrayUse.Calibration);
        return Open(stream, stream.Length, file, Path.GetFileName(file), use);
    }

    /// <summary>Reads the header. The stream belongs to the reader from here on.</summary>
    /// <param name="stream">Stands at the start of the array.</param>
    /// <param name="available">An upper bound for the bytes that the stream can really deliver.</param>
    /// <param name="file">The file, as the user gave it.</param>
    /// <param name="array">The array's name, for messages.</param>
    /// <param name="use">What the array is wanted for; null for calibration.</param>
    /// <exception cref="CompilationException">With the code of the use.</exception>
    public static NpyReader Open(Stream stream, long available, string file, string array, ArrayUse? use = null)
    {
        use ??= ArrayUse.Calibration;
        try
        {
            Header header = ReadHeader(stream, available, file, array, use);
            if (header.IsFortranOrder && header.Dimensions.Length > 1)
            {
                if (header.Bytes > MaximumBytesAtOnce)
                {
                    throw Error(
                        use, file, array,
                        $"has {header.Bytes} bytes in Fortran order, which is too much to turn; give it C order with "
                            + "numpy.ascontiguousarray");
                }

                var data = new byte[header.Bytes];
                stream.ReadExactly(data);
                stream.Dispose();
                stream = new MemoryStream(ToRowMajor(data, header), writable: false);
            }

            return new NpyReader(stream, file, array, use, header.Type, header.Dimensions);
        }
        catch (Exception e)
        {
            stream.Dispose();
            if (e is IOException or InvalidDataException)
            {
                throw Error(use, file, array, $"is truncated or damaged ({e.Message})");
            }

            throw;
        }
    }

    /// <summary>Fills the buffer with the next bytes of the elements.</summary>
    /// <exception cref="CompilationException">With the code of the use: the file ends early.</exception>
    public void Read(Span<byte> buffer)
    {
        try
        {
            _stream.ReadExactly(buffer);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw Error(_use, _file, Array, $"is truncated or damaged ({e.Message})");
        }
    }

    public void Dispose() => _stream.Dispose();

    /// <exception cref="CompilationException">With the code of the use: the file cannot be opened.</exception>
    internal static FileStream OpenFile(string file, ArrayUse use)
    {
        FileStream stream;
        try
        {
            stream = File.OpenRead(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Unreadable(InputFile.Explain(file, e));
        }

        // A pipe can be read once and from its start only.
        if (!stream.CanSeek)
        {
            stream.Dispose();
            throw Unreadable("it is a pipe or a device, which has no length. Save it as a file first.");
        }

        return stream;

        CompilationException Unreadable(string why) => new(use.Code, $"{use.Name} '{file}' cannot be read: {why}", file);
    }

    internal static CompilationException Error(ArrayUse use, string file, string array, string what) => new(
        use.Code,
        $"{use.Name} '{file}': array '{array}' {what}. Save it again with numpy.save or numpy.savez.",
        file);

    private static Header ReadHeader(Stream stream, long available, string file, string array, ArrayUse use)
    {
        Span<byte> start = stackalloc byte[12];
        if (stream.ReadAtLeast(start[..8], 8, throwOnEndOfStream: false) < 8 || start[0] != 0x93 || !start[1..6].SequenceEqual("NUMPY"u8))
        {
            throw Error(use, file, array, "is not in NumPy's .npy format");
        }

        int version = start[6];
        int lengthBytes = version switch
        {
            1 => 2,
            2 or 3 => 4,
            _ => throw Error(use, file, array, $"has version {version} of the .npy format; versions 1 to 3 are known"),
        };
        stream.ReadExactly(start.Slice(8, lengthBytes));
        long headerLength = lengthBytes == 2
            ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..])
            : BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        if (headerLength > MaximumHeaderLength)
        {
            throw Error(use, file, array, $"has a header of {headerLength} bytes");
        }

        var text = new byte[headerLength];
        stream.ReadExactly(text);
        Header header;
        try
        {
            header = new HeaderParser(version == 3 ? Encoding.UTF8.GetString(text) : Encoding.Latin1.GetString(text)).Parse();
        }
        catch (FormatException e)
        {
            throw Error(use, file, array, e.Message);
        }

        // Counted down from what is there, so that no product of hostile dimensions can overflow.
        long room = Math.Max(0, available - 8 - lengthBytes - headerLength) / header.Type.Size();
        long length = header.Dimensions.Contains(0) ? 0 : 1;
        foreach (long dimension in header.Dimensions)
        {
            if (length > 0 && dimension > room / length)
            {
                throw Error(
                    use, file, array,
                    $"is truncated: its header declares {header.Type}[{string.Join(",", header.Dimensions)}], which is more than the file "
                        + "holds");
            }

            length *= dimension;
        }

        return header with { Bytes = length * header.Type.Size() };
    }

    /// <summary>From first index fastest to last index fastest.</summary>
    private static byte[] ToRowMajor(ReadOnlySpan<byte> source, Header header)
    {
        long[] dimensions = header.Dimensions;
        int size = header.Type.Size();
        var result = new byte[source.Length];
        var index = new long[dimensions.Length];
        for (int target = 0; target < result.Length; target += size)
        {
            long offset = 0;
            for (int axis = dimensions.Length - 1; axis >= 0; axis--)
            {
                offset = (offset * dimensions[axis]) + index[axis];
            }

            source.Slice((int)offset * size, size).CopyTo(result.AsSpan(target));
            for (int axis = dimensions.Length - 1; axis >= 0 && ++index[axis] == dimensions[axis]; axis--)
            {
                index[axis] = 0;
            }
        }

        return result;
    }

    private sealed record Header(DataType Type, long[] Dimensions, bool IsFortranOrder, long Bytes = 0);

    /// <summary>
    /// The header is a Python dictionary literal: <c>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (256, 28, 28), }</c>.
    /// </summary>
    private sealed class HeaderParser(string text)
    {
        private const int MaximumRank = 32;
        private int _position;

        /// <exception cref="FormatException">It is not; the message ends a sentence that begins with the array.</exception>
        public Header Parse()
        {
            string? description = null;
            bool? fortran = null;
            long[]? dimensions = null;
            Expect('{');
            while (!TryTake('}'))
            {
                string key = String();
                Expect(':');
                switch (key)
                {
                    case "descr":
                        description = Peek() == '['
                            ? throw new FormatException("has a structured type; only plain numbers can be read")
                            : String();
                        break;
                    case "fortran_order":
                        fortran = Boolean();
                        break;
                    case "shape":
                        dimensions = Tuple();
                        break;
                    default:
                        throw Malformed();
                }

                if (!TryTake(','))
                {
                    Expect('}');
                    break;
                }
            }

            if (description is null || fortran is null || dimensions is null)
            {
                throw Malformed();
            }

            return new Header(ElementType(description), dimensions, fortran.Value);
        }

        private static DataType ElementType(string description) => description switch
        {
            "<f2" => DataType.Float16,
            "<f4" => DataType.Float32,
            "<f8" => DataType.Float64,
            "|b1" => DataType.Bool,
            "|u1" or "<u1" => DataType.UInt8,
            "|i1" or "<i1" => DataType.Int8,
            "<u2" => DataType.UInt16,
            "<i2" => DataType.Int16,
            "<u4" => DataType.UInt32,
            "<i4" => DataType.Int32,
            "<u8" => DataType.UInt64,
            "<i8" => DataType.Int64,
            ['>', 'f' or 'i' or 'u', ..] => throw new FormatException(
                $"is big-endian ('{description}'). Convert it with array.astype('<{description[1..]}')"),
            _ => throw new FormatException(
                $"has elements of type '{description}', which are no real numbers. Convert it to some with array.astype"),
        };

        private long[] Tuple()
        {
            var items = new List<long>();
            Expect('(');
            while (!TryTake(')'))
            {
                int start = Skip();
                while (_position < text.Length && char.IsAsciiDigit(text[_position]))
                {
                    _position++;
                }

                if (items.Count == MaximumRank
                    || !long.TryParse(
                        text.AsSpan(start, _position - start), NumberStyles.None, CultureInfo.InvariantCulture, out long item))
                {
                    throw Malformed();
                }

                items.Add(item);
                if (!TryTake(','))
                {
                    Expect(')');
                    break;
                }
            }

            return [.. items];
        }

        private string String()
        {
            char quote = Peek() is '\'' or '"' ? text[_position++] : throw Malformed();
            int end = text.IndexOf(quote, _position);
            if (end < 0)
            {
                throw Malformed();
            }

            string result = text[_position..end];
            _position = end + 1;
            return result;
        }

        private bool Boolean()
        {
            int start = Skip();
            foreach ((string word, bool value) in (ReadOnlySpan<(string, bool)>)[("True", true), ("False", false)])
            {
                if (string.CompareOrdinal(text, start, word, 0, word.Length) == 0)
                {
                    _position += word.Length;
                    return value;
                }
            }

            throw Malformed();
        }

        private void Expect(char symbol)
        {
            if (!TryTake(symbol))
            {
                throw Malformed();
            }
        }

        private bool TryTake(char symbol)
        {
            bool found = Peek() == symbol;
            _position += found ? 1 : 0;
            return found;
        }

        private char Peek() => Skip() < text.Length ? text[_position] : '\0';

        private int Skip()
        {
            while (_position < text.Length && (text[_position] is ' ' or '\n' or '\t'))
            {
                _position++;
            }

            return _position;
        }

        private static FormatException Malformed() => new("has a malformed header");
    }
}
