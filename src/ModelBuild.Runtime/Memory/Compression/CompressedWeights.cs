using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime;

/// <summary>
/// The compressed form of what follows the header of a weights blob. It is expanded to exactly the bytes that would follow the header
/// without compression.
/// </summary>
/// <remarks>
/// <code>
///   preamble       64 bytes: bytes in place, bytes when expanded, bytes when floats are made of halves and codes, number of segments,
///                  bytes of the directory, its check, the check of all these
///   in place       the first raw bytes, as they are used
///   directory      for each segment its SegmentLayout, length and check of each of its chunks, tables, palette and rest
///   chunks         one after the other
/// </code>
/// Everything but what is in place has a check (<see cref="Crc32C"/>), so that damage is found before it is computed with. Codes
/// (<see cref="CodedLayout"/>) lie as their distances from their zero points.
/// </remarks>
internal sealed unsafe class CompressedWeights
{
    /// <summary>The length of the preamble.</summary>
    public const int PreambleSize = 64;

    private const int LengthOffset = 8;
    private const int LoadedBytesOffset = 16;
    private const int SegmentsOffset = 24;
    private const int DirectoryBytesOffset = 28;
    private const int DirectoryCheckOffset = 32;
    private const int PreambleCheckOffset = PreambleSize - sizeof(uint);

    /// <summary>No byte stands for more expanded ones: a chunk has 24 at least, with those of its entry.</summary>
    private const long MostExpanded = SegmentLayout.LargestChunk * sizeof(uint) / (SymbolDecoder.StateBytes + SegmentLayout.ChunkEntrySize);

    /// <summary>Memory for open tables: those of as many segments as fit are open at a time.</summary>
    private const long OpenBytes = 8 << 20;

    /// <summary>Expanded bytes from which several threads share the work.</summary>
    private const long ParallelBytes = 1 << 18;

    private readonly byte* _start;
    private readonly long _length;
    private readonly int _segments;
    private readonly int _directoryBytes;
    private readonly string _name;

    private CompressedWeights(byte* start, long length, string name)
    {
        _start = start;
        _length = length;
        _name = name;
        ReadOnlySpan<byte> preamble = new(start, PreambleSize);
        InPlace = BinaryPrimitives.ReadInt64LittleEndian(preamble);
        Length = BinaryPrimitives.ReadInt64LittleEndian(preamble[LengthOffset..]);
        LoadedBytes = BinaryPrimitives.ReadInt64LittleEndian(preamble[LoadedBytesOffset..]);
        _segments = BinaryPrimitives.ReadInt32LittleEndian(preamble[SegmentsOffset..]);
        _directoryBytes = BinaryPrimitives.ReadInt32LittleEndian(preamble[DirectoryBytesOffset..]);
    }

    /// <summary>Bytes that are as they are used: the first of the expanded ones, a multiple of 64.</summary>
    public long InPlace { get; }

    /// <summary>Bytes when all is expanded.</summary>
    public long Length { get; }

    /// <summary>Bytes when floats are made of halves and codes.</summary>
    public long LoadedBytes { get; }

    /// <summary>What is in place.</summary>
    public byte* Start => _start + PreambleSize;

    /// <summary>Reads and checks the preamble and the check of the directory.</summary>
    /// <param name="start">What follows the header of the blob.</param>
    /// <param name="length">Bytes of it.</param>
    /// <param name="name">What to call the blob in messages.</param>
    /// <exception cref="InvalidDataException">They are damaged.</exception>
    public static CompressedWeights Read(byte* start, long length, string name)
    {
        if (length < PreambleSize
            || Crc32C.Of(new ReadOnlySpan<byte>(start, PreambleCheckOffset)) != Unsafe.ReadUnaligned<uint>(start + PreambleCheckOffset))
        {
            throw Damaged(name);
        }

        var weights = new CompressedWeights(start, length, name);
        long rest = length - PreambleSize;
        if (weights.InPlace < 0 || weights.InPlace > rest || weights.InPlace % WeightsHeader.Alignment != 0
            || weights.Length < weights.InPlace || (weights.Length - weights.InPlace) / MostExpanded > length
            || weights.LoadedBytes < weights.InPlace || weights.LoadedBytes / (2 * sizeof(float)) > weights.Length
            || weights._segments < 0 || weights._directoryBytes < 0
            || weights._directoryBytes > rest - weights.InPlace
            || Crc32C.Of(new ReadOnlySpan<byte>(weights.Start + weights.InPlace, weights._directoryBytes))
                != Unsafe.ReadUnaligned<uint>(start + DirectoryCheckOffset))
        {
            throw Damaged(name);
        }

        return weights;
    }

    /// <summary>Writes a preamble.</summary>
    public static void WritePreamble(Span<byte> preamble, long inPlace, long length, long loadedBytes, int segments, ReadOnlySpan<byte> directory)
    {
        preamble[..PreambleSize].Clear();
        BinaryPrimitives.WriteInt64LittleEndian(preamble, inPlace);
        BinaryPrimitives.WriteInt64LittleEndian(preamble[LengthOffset..], length);
        BinaryPrimitives.WriteInt64LittleEndian(preamble[LoadedBytesOffset..], loadedBytes);
        BinaryPrimitives.WriteInt32LittleEndian(preamble[SegmentsOffset..], segments);
        BinaryPrimitives.WriteInt32LittleEndian(preamble[DirectoryBytesOffset..], directory.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(preamble[DirectoryCheckOffset..], Crc32C.Of(directory));
        BinaryPrimitives.WriteUInt32LittleEndian(preamble[PreambleCheckOffset..], Crc32C.Of(preamble[..PreambleCheckOffset]));
    }

    /// <summary>Expands all that is not in place.</summary>
    /// <param name="raw">Where the raw bytes behind those in place go.</param>
    /// <param name="rawBytes">How many these are.</param>
    /// <param name="stored">Where the rest goes: halves and codes, as they are stored without compression.</param>
    /// <exception cref="InvalidDataException">The weights are damaged.</exception>
    public void Expand(byte* raw, long rawBytes, byte* stored)
    {
        ReadOnlySpan<byte> directory = new(Start + InPlace, _directoryBytes);
        byte* source = Start + InPlace + _directoryBytes;
        byte* end = _start + _length;
        long expanded = InPlace;
        var work = new List<Chunk>();
        long open = 0;
        for (int i = 0; i < _segments; i++)
        {
            if (directory.Length < SegmentLayout.StoredSize)
            {
                throw Damaged(_name);
            }

            SegmentLayout layout = SegmentLayout.Read(directory);
            directory = directory[SegmentLayout.StoredSize..];
            if (!layout.IsValid || layout.Length > Length - expanded || layout.Chunks > directory.Length / SegmentLayout.ChunkEntrySize
                || layout.TableBytes > directory.Length - ((int)layout.Chunks * SegmentLayout.ChunkEntrySize))
            {
                throw Damaged(_name);
            }

            // A segment is raw or not: the first that is not begins where the raw bytes end.
            long place = expanded - InPlace;
            if (place < rawBytes && layout.Length > rawBytes - place)
            {
                throw Damaged(_name);
            }

            byte* destination = place < rawBytes ? raw + place : stored + (place - rawBytes);
            int chunks = (int)layout.Chunks;
            ReadOnlySpan<byte> entries = directory[..(chunks * SegmentLayout.ChunkEntrySize)];
            directory = directory[entries.Length..];
            Segment segment = Segment.Open(layout, directory[..layout.TableBytes]) ?? throw Damaged(_name);
            directory = directory[layout.TableBytes..];
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                uint length = BinaryPrimitives.ReadUInt32LittleEndian(entries[(chunk * SegmentLayout.ChunkEntrySize)..]);
                if (length > end - source || length > int.MaxValue)
                {
                    throw Damaged(_name);
                }

                uint check = BinaryPrimitives.ReadUInt32LittleEndian(entries[((chunk * SegmentLayout.ChunkEntrySize) + sizeof(uint))..]);
                work.Add(new Chunk(segment, chunk, (nint)source, (int)length, check, (nint)destination));
                source += length;
            }

            segment.Rest.CopyTo(new Span<byte>(destination + layout.Length - segment.Rest.Length, segment.Rest.Length));
            expanded += layout.Length;
            open += Segment.OpenBytes(layout);
            if (open >= OpenBytes)
            {
                Run(work);
                work.Clear();
                open = 0;
            }
        }

        Run(work);
        if (expanded != Length || !directory.IsEmpty || source != end)
        {
            throw Damaged(_name);
        }
    }

    private void Run(List<Chunk> work)
    {
        long bytes = 0;
        foreach (Chunk chunk in work)
        {
            bytes += long.Min(chunk.Segment.Layout.ChunkBytes, chunk.Segment.Layout.Length);
        }

        bool isWhole = true;
        if (bytes < ParallelBytes || Environment.ProcessorCount == 1)
        {
            foreach (Chunk chunk in work)
            {
                isWhole &= chunk.TryExpand();
            }
        }
        else
        {
            isWhole = Parallel.For(0, work.Count, (i, state) =>
            {
                if (!work[i].TryExpand())
                {
                    state.Stop();
                }
            }).IsCompleted;
        }

        if (!isWhole)
        {
            throw Damaged(_name);
        }
    }

    private static InvalidDataException Damaged(string name) =>
        new($"'{name}' is damaged: its compressed weights are not what their checks say. Rebuild the project.");

    /// <summary>A chunk, where it is and where it goes.</summary>
    private readonly record struct Chunk(Segment Segment, int Index, nint Source, int Length, uint Check, nint Destination)
    {
        public bool TryExpand() => Crc32C.Of(new ReadOnlySpan<byte>((byte*)Source, Length)) == Check
            && Segment.TryExpand(Index, (byte*)Source, Length, (byte*)Destination);
    }
}
