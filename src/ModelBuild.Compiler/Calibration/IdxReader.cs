using System.Buffers.Binary;
using System.IO.Compression;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Calibration;

/// <summary>
/// Reads an array in the IDX format of MNIST, packed by gzip or not: two zeros, element type, rank, sizes and elements, all big-endian.
/// </summary>
internal sealed class IdxReader : IArrayReader
{
    /// <summary>Deflate cannot expand by more than this.</summary>
    private const long MaximumExpansion = 1032;

    private readonly Stream _stream;
    private readonly string _file;
    private readonly ArrayUse _use;

    private IdxReader(Stream stream, string file, ArrayUse use)
    {
        _use = use;
        _stream = stream;
        _file = file;
        Array = Path.GetFileName(file);
    }

    public string Array { get; }

    public DataType Type { get; private set; }

    public IReadOnlyList<long> Dimensions { get; private set; } = [];

    public string? Remedy => Dimensions.Count == 1 && Type == DataType.UInt8
        ? "It looks like labels: name the file of pictures here, and that of labels as Labels."
        : Type == DataType.UInt8 ? "Say how bytes become the input, for example Preprocessing=\"scale=1/255\"."
        : "Write the samples as the model takes them.";

    /// <param name="file">As the user gave it.</param>
    /// <param name="use">What the array is wanted for; null for calibration.</param>
    /// <exception cref="CompilationException">With the code of the use: it cannot be read, or is damaged.</exception>
    public static IdxReader Open(string file, ArrayUse? use = null)
    {
        use ??= ArrayUse.Calibration;
        FileStream opened = NpyReader.OpenFile(file, use);
        bool isPacked = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        long available = isPacked ? opened.Length * MaximumExpansion : opened.Length;
        var reader = new IdxReader(isPacked ? new GZipStream(opened, CompressionMode.Decompress) : opened, file, use);
        try
        {
            reader.ReadHeader(available);
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    public void Read(Span<byte> buffer)
    {
        ReadExactly(buffer);
        int size = Type.Size();
        for (int i = 0; size > 1 && i < buffer.Length; i += size)
        {
            buffer.Slice(i, size).Reverse();
        }
    }

    public void Dispose() => _stream.Dispose();

    private void ReadHeader(long available)
    {
        Span<byte> start = stackalloc byte[4];
        ReadExactly(start);
        if (start[0] != 0 || start[1] != 0)
        {
            throw Damaged("does not begin as an IDX file does (two zeros)");
        }

        Type = start[2] switch
        {
            0x08 => DataType.UInt8,
            0x09 => DataType.Int8,
            0x0B => DataType.Int16,
            0x0C => DataType.Int32,
            0x0D => DataType.Float32,
            0x0E => DataType.Float64,
            _ => throw Damaged($"has elements of the unknown type 0x{start[2]:X2}"),
        };
        var dimensions = new long[start[3]];
        long room = available / Type.Size();
        long length = 1;
        for (int i = 0; i < dimensions.Length; i++)
        {
            ReadExactly(start);
            dimensions[i] = BinaryPrimitives.ReadUInt32BigEndian(start);
            if (dimensions[i] > 0 && length > room / dimensions[i])
            {
                throw Damaged("declares more elements than it holds");
            }

            length *= Math.Max(1, dimensions[i]);
        }

        Dimensions = dimensions;
    }

    private void ReadExactly(Span<byte> buffer)
    {
        try
        {
            _stream.ReadExactly(buffer);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw Damaged($"is truncated or damaged ({e.Message})");
        }
    }

    private CompilationException Damaged(string what) => new(
        _use.Code, $"{_use.Name} '{_file}' {what}. Fetch it again, or save the array with numpy.save.", _file);
}
