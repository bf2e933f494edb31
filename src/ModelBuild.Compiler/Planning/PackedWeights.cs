using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Planning.Compression;
using ModelBuild.Plan;
using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Planning;

/// <summary>A constant of a plan as a kernel reads it, or as halves or codes of what it reads.</summary>
/// <param name="Type">Element type as kernels see it.</param>
/// <param name="Format">One of <see cref="ConstantFormats"/>.</param>
/// <param name="Data">In the form that <see cref="Storage"/> says.</param>
internal sealed record PackedConstant(string Name, PlanType Type, string Format, ReadOnlyMemory<byte> Data)
{
    /// <summary>Halves and codes stand for float32.</summary>
    public WeightStorage Storage { get; init; }

    /// <summary>Of codes.</summary>
    public CodedLayout Codes { get; init; }

    /// <summary>What elements have in common where they lie, as <see cref="WeightWriter.Add"/> was told.</summary>
    public IReadOnlyList<(int Width, int Rows)> Panels { get; init; } = [];

    /// <summary>Number of elements.</summary>
    public long Length => Storage switch
    {
        WeightStorage.Codes => Codes.Length,
        WeightStorage.Halves => Data.Length / sizeof(ushort),
        _ => Data.Length / Type.Size(),
    };
}

/// <summary>
/// The constants of a plan, and the file that <see cref="ModelWeights"/> reads: a header of 64 bytes, data as it is
/// used, then float data stored as halves, then such stored as codes. Behind the header all of it may be compressed. The file exists only
/// while it is written: weights are in memory once, and once more in their compressed form.
/// </summary>
internal sealed class PackedWeights
{
    private const int Alignment = WeightsHeader.Alignment;

    private readonly IReadOnlyList<PackedConstant> _constants;
    private readonly long _rawBytes;
    private readonly long _halves;
    private readonly long _codedBytes;
    private readonly byte[] _sha256;
    private readonly WeightCompression? _compression;
    private readonly IReadOnlyList<int> _order;

    /// <param name="constants">In the order of their ids.</param>
    /// <param name="compress">Whether the file is compressed, as far as that makes it smaller.</param>
    public PackedWeights(IReadOnlyList<PackedConstant> constants, bool compress = false)
    {
        _constants = constants;
        _rawBytes = constants.Where(c => c.Storage == WeightStorage.Plain).Sum(StoredBytes);
        _halves = constants.Where(c => c.Storage == WeightStorage.Halves).Sum(StoredBytes) / sizeof(ushort);
        _codedBytes = constants.Where(c => c.Storage == WeightStorage.Codes).Sum(StoredBytes);
        _sha256 = new byte[SHA256.HashSizeInBytes];
        PlainLength = Header.StoredBytes + WeightsHeader.Size + _codedBytes;
        LoadedLength = constants.Where(c => c.Storage == WeightStorage.Codes).Aggregate(
            Header.LoadedBytes, (end, c) => CodedConstant.Align(CodedConstant.Align(end) + (c.Length * c.Type.Size())));
        _compression = compress ? new WeightCompression(constants, StoredBytes, LoadedLength) : null;
        Length = PlainLength;
        if (_compression is not null)
        {
            long length = 0;
            WritePayload(part => length += part.Length);
            Length = length + WeightsHeader.Size;
            _compression = Length < PlainLength ? _compression : null;
            Length = Math.Min(Length, PlainLength);
        }

        _order = _compression?.Order ?? [.. Enumerable.Range(0, constants.Count).OrderBy(i => constants[i].Storage)];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        WritePayload(part => hash.AppendData(part));
        _sha256 = hash.GetHashAndReset();
    }

    /// <summary>Length of the file in bytes.</summary>
    public long Length { get; }

    /// <summary>What it would be without compression.</summary>
    public long PlainLength { get; }

    /// <summary>Bytes in memory once all is loaded, with halves and codes as the floats that they stand for.</summary>
    public long LoadedLength { get; }

    /// <summary>Of these, bytes that take no memory of their own: they are used where the assembly is mapped.</summary>
    public long MappedLength => _compression is not null ? _order.Take(_compression.InPlace).Sum(i => StoredBytes(_constants[i]))
        : _halves == 0 && _codedBytes == 0 ? _rawBytes : 0;

    /// <summary>Whether the file is compressed.</summary>
    public bool IsCompressed => _compression is not null;

    private WeightsHeader Header => new(
        _rawBytes, _halves, _constants.Count(c => c.Storage == WeightStorage.Codes), Convert.ToHexString(_sha256))
    {
        IsCompressed = IsCompressed,
    };

    /// <summary>The same constants in a file that is compressed, or not.</summary>
    public PackedWeights With(bool compress) => new(_constants, compress);

    /// <summary>Of everything behind the file's header, lower-case hex.</summary>
    public string Sha256 => Convert.ToHexStringLower(_sha256);

    /// <summary>
    /// What the plan says of each constant. Offsets count bytes of the loaded weights, in which halves are widened and codes expanded.
    /// </summary>
    public IReadOnlyList<PlanConstant> Layout()
    {
        var layout = new PlanConstant[_constants.Count];
        var next = new Dictionary<WeightStorage, long>
        {
            [WeightStorage.Plain] = 0,
            [WeightStorage.Halves] = _rawBytes,
            [WeightStorage.Codes] = CodedConstant.Align(Header.LoadedBytes),
        };
        foreach (int i in _order)
        {
            PackedConstant constant = _constants[i];
            long offset = next[constant.Storage];
            layout[i] = new PlanConstant(constant.Name, constant.Type, constant.Format, offset, constant.Length);
            next[constant.Storage] = offset + CodedConstant.Align(constant.Length * constant.Type.Size());
        }

        return layout;
    }

    /// <summary>Bytes that a constant takes in the file.</summary>
    /// <param name="id">Its place in the plan.</param>
    public long BytesOf(int id) => _compression?.BytesOf(id) ?? StoredBytes(_constants[id]);

    /// <summary>
    /// A constant as kernels see it. Halves and codes are widened anew for each call, so that they are in memory only once.
    /// </summary>
    /// <param name="id">Its place in the plan.</param>
    public ReadOnlySpan<T> Span<T>(int id)
        where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(
            _constants[id].Storage == WeightStorage.Plain ? _constants[id].Data.Span : MemoryMarshal.AsBytes<float>(Widen(_constants[id])));

    /// <summary>Writes the file.</summary>
    public void WriteTo(Stream stream)
    {
        Span<byte> header = stackalloc byte[WeightsHeader.Size];
        Header.Write(header);
        stream.Write(header);
        WritePayload(stream.Write);
    }

    private void WritePayload(ReadOnlySpanAction write)
    {
        if (_compression is not null)
        {
            WriteCompressed(_compression, write);
            return;
        }

        Span<byte> padding = stackalloc byte[Alignment];
        padding.Clear();
        Span<byte> header = stackalloc byte[CodedConstant.HeaderSize];
        foreach (PackedConstant constant in _constants.OrderBy(c => c.Storage))
        {
            int written = 0;
            if (constant.Storage == WeightStorage.Codes)
            {
                CodedConstant.Write(header, constant.Codes);
                write(header);
                written = header.Length;
            }

            write(constant.Data.Span);
            write(padding[..(int)(StoredBytes(constant) - constant.Data.Length - written)]);
        }
    }

    private void WriteCompressed(WeightCompression compression, ReadOnlySpanAction write)
    {
        write(compression.Preamble);
        foreach (int id in compression.Order.Take(compression.InPlace))
        {
            write(_constants[id].Data.Span);
            write(new byte[StoredBytes(_constants[id]) - _constants[id].Data.Length]);
        }

        write(compression.Directory);
        foreach (ReadOnlyMemory<byte> chunk in compression.Chunks)
        {
            write(chunk.Span);
        }
    }

    private static float[] Widen(PackedConstant constant)
    {
        LargeGarbage.Add(constant.Length * sizeof(float));
        if (constant.Storage == WeightStorage.Codes)
        {
            return CodedWeights.Expand(constant.Codes, constant.Data.Span);
        }

        ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(constant.Data.Span);
        var widened = new float[halves.Length];
        for (int i = 0; i < widened.Length; i++)
        {
            widened[i] = (float)halves[i];
        }

        return widened;
    }

    /// <summary>Bytes that a constant takes in the file; halves are filled up to whole lines of what they are widened to.</summary>
    private static long StoredBytes(PackedConstant constant) => constant.Storage switch
    {
        WeightStorage.Codes => CodedConstant.Align(CodedConstant.HeaderSize + constant.Data.Length),
        WeightStorage.Halves => CodedConstant.Align(constant.Length * sizeof(float)) / 2,
        _ => CodedConstant.Align(constant.Data.Length),
    };

    private delegate void ReadOnlySpanAction(ReadOnlySpan<byte> part);
}
