using System.Buffers.Binary;
using ModelBuild.Plan;
using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Planning.Compression;

/// <summary>The compressed form of packed weights: what <see cref="CompressedWeights"/> expands.</summary>
internal sealed class WeightCompression
{
    /// <summary>Bytes from which a constant that does not shrink is used in place, and does not take memory a second time.</summary>
    private const int LeastInPlace = 1 << 16;

    private readonly List<PackedSegment> _segments = [];
    private readonly List<byte> _plain = [];
    private readonly byte[] _preamble = new byte[CompressedWeights.PreambleSize];
    private readonly long[] _bytesOf;

    /// <summary>Compresses constants.</summary>
    /// <param name="constants">In the order of their ids.</param>
    /// <param name="storedBytes">What a constant takes without compression.</param>
    /// <param name="loadedBytes">All when they are loaded.</param>
    public WeightCompression(
        IReadOnlyList<PackedConstant> constants, Func<PackedConstant, long> storedBytes, long loadedBytes)
    {
        _bytesOf = new long[constants.Count];
        var encoded = new PackedSegment?[constants.Count];
        var inPlace = new List<int>();
        for (int i = 0; i < encoded.Length; i++)
        {
            if (constants[i].Storage == WeightStorage.Plain)
            {
                encoded[i] = Encode(constants[i].Data, constants[i].Type, constants[i].Panels);
                if (encoded[i] is null && constants[i].Data.Length >= LeastInPlace)
                {
                    inPlace.Add(i);
                    _bytesOf[i] = storedBytes(constants[i]);
                }
            }
        }

        Order = [.. inPlace, .. Enumerable.Range(0, encoded.Length).Except(inPlace).OrderBy(i => constants[i].Storage)];
        InPlace = inPlace.Count;
        long expanded = 0;
        foreach (int id in Order)
        {
            PackedConstant constant = constants[id];
            long stored = storedBytes(constant);
            expanded += stored;
            if (inPlace.Contains(id))
            {
                continue;
            }

            if (constant.Storage != WeightStorage.Plain && IsFirstBehindRaw(id))
            {
                Flush();
            }

            long before = Written;
            switch (constant.Storage)
            {
                case WeightStorage.Plain:
                    Add(encoded[id], constant.Data);
                    break;
                case WeightStorage.Halves:
                    Add(Encode(constant.Data, sizeof(ushort), isFloat: false, constant.Panels), constant.Data);
                    break;
                default:
                    AddCodes(constant);
                    stored -= CodedConstant.HeaderSize;
                    break;
            }

            _plain.AddRange(new byte[stored - constant.Data.Length]);
            _bytesOf[id] = Written - before;
        }

        Flush();
        Directory = WriteDirectory();
        CompressedWeights.WritePreamble(
            _preamble, inPlace.Sum(i => storedBytes(constants[i])), expanded, loadedBytes, _segments.Count, Directory);

        bool IsFirstBehindRaw(int id) => Order.First(i => constants[i].Storage != WeightStorage.Plain) == id;
    }

    /// <summary>The ids of the constants in the order in which they lie: those in place, other raw ones, halves, codes.</summary>
    public IReadOnlyList<int> Order { get; }

    /// <summary>How many of the first of <see cref="Order"/> are in place.</summary>
    public int InPlace { get; }

    /// <summary>What the blob has in front of the constants in place.</summary>
    public ReadOnlySpan<byte> Preamble => _preamble;

    /// <summary>What follows them.</summary>
    public byte[] Directory { get; }

    /// <summary>What follows the directory.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Chunks => _segments.SelectMany(s => s.Chunks);

    private long Written => _segments.Sum(s => s.Bytes) + _plain.Count;

    /// <summary>Bytes that a constant takes.</summary>
    public long BytesOf(int id) => _bytesOf[id];

    private static PackedSegment? Encode(ReadOnlyMemory<byte> data, PlanType type, IReadOnlyList<(int Width, int Rows)> panels) =>
        Encode(data, type.Size() is 1 or 2 ? type.Size() : sizeof(uint), type == PlanType.F32, panels);

    private static PackedSegment? Encode(
        ReadOnlyMemory<byte> data, int elementSize, bool isFloat, IReadOnlyList<(int Width, int Rows)> panels)
    {
        PackedSegment? packed = SegmentEncoder.Encode(data, elementSize, isFloat, panels);
        if (packed is not null)
        {
            Verify(packed, data.Span);
        }

        return packed;
    }

    /// <summary>What ships is what was validated: it is opened once as an application opens it.</summary>
    private static unsafe void Verify(PackedSegment packed, ReadOnlySpan<byte> data)
    {
        Segment segment = Segment.Open(packed.Layout, packed.Tables) ?? throw new InvalidOperationException("Tables cannot be read.");
        var expanded = new byte[data.Length];
        segment.Rest.CopyTo(expanded.AsSpan(expanded.Length - segment.Rest.Length));
        fixed (byte* destination = expanded)
        {
            for (int i = 0; i < packed.Chunks.Count; i++)
            {
                fixed (byte* source = packed.Chunks[i].Span)
                {
                    if (!segment.TryExpand(i, source, packed.Chunks[i].Length, destination))
                    {
                        throw new InvalidOperationException("A chunk cannot be opened.");
                    }
                }
            }
        }

        if (!data.SequenceEqual(expanded))
        {
            throw new InvalidOperationException("A chunk is not expanded to what it was.");
        }
    }

    /// <summary>Codes by their distances from their zero points, with scales and zero points apart.</summary>
    private unsafe void AddCodes(PackedConstant constant)
    {
        CodedLayout layout = constant.Codes;
        byte[] data = constant.Data.ToArray();
        fixed (byte* start = data)
        {
            layout.Shift(start, back: false);
        }

        var header = new byte[CodedConstant.HeaderSize];
        CodedConstant.Write(header, layout);
        _plain.AddRange(header);
        int scales = (int)layout.Scales * sizeof(ushort);
        int zeros = (int)layout.ZeroPoints;
        (int Width, int Rows)[] lanes = layout.Width > 1 ? [(layout.Width, layout.Blocks)] : [];

        // Of codes of four bits 16 bytes are 32 codes, of two rows or of one.
        (int Width, int Rows)[] panels = layout.Width == 1 ? []
            : layout.Bits != 4 ? [(layout.Width, layout.Rows)] : [(16, Math.Max(1, layout.Rows * layout.Width / 32))];
        AddPart(data.AsMemory(0, scales), sizeof(ushort), lanes);
        AddPart(data.AsMemory(scales, zeros), 1, lanes);
        AddPart(data.AsMemory(scales + zeros), layout.Bits == 16 ? sizeof(short) : 1, panels);

        void AddPart(ReadOnlyMemory<byte> part, int elementSize, (int Width, int Rows)[] shapes) =>
            Add(Encode(part, elementSize, isFloat: false, shapes), part);
    }

    private void Add(PackedSegment? packed, ReadOnlyMemory<byte> data)
    {
        if (packed is null)
        {
            _plain.AddRange(data.Span);
            return;
        }

        Flush();
        _segments.Add(packed);
    }

    /// <summary>Makes one segment of what is stored as it is.</summary>
    private void Flush()
    {
        if (_plain.Count > 0)
        {
            _segments.Add(PackedSegment.Plain(_plain.ToArray()));
            _plain.Clear();
        }
    }

    private byte[] WriteDirectory()
    {
        var directory = new MemoryStream();
        Span<byte> layout = stackalloc byte[SegmentLayout.StoredSize];
        Span<byte> entry = stackalloc byte[SegmentLayout.ChunkEntrySize];
        foreach (PackedSegment segment in _segments)
        {
            segment.Layout.Write(layout);
            directory.Write(layout);
            foreach (ReadOnlyMemory<byte> chunk in segment.Chunks)
            {
                BinaryPrimitives.WriteInt32LittleEndian(entry, chunk.Length);
                BinaryPrimitives.WriteUInt32LittleEndian(entry[sizeof(int)..], Crc32C.Of(chunk.Span));
                directory.Write(entry);
            }

            directory.Write(segment.Tables);
        }

        return directory.ToArray();
    }
}
