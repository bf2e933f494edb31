using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Planning.Compression;

/// <summary>A part of the weights as it is stored: what <see cref="Segment"/> opens.</summary>
/// <param name="Layout">How it is stored.</param>
/// <param name="Tables">Tables, palette and rest, for the directory.</param>
/// <param name="Chunks">What is behind the directory.</param>
internal sealed record PackedSegment(SegmentLayout Layout, byte[] Tables, IReadOnlyList<ReadOnlyMemory<byte>> Chunks)
{
    /// <summary>Bytes of all of it, with what it takes in the directory.</summary>
    public long Bytes => SegmentLayout.StoredSize + Tables.Length + Chunks.Sum(c => (long)c.Length + SegmentLayout.ChunkEntrySize);

    /// <summary>A part that is stored as it is.</summary>
    public static PackedSegment Plain(ReadOnlyMemory<byte> data)
    {
        var layout = new SegmentLayout(data.Length, 0);
        return new PackedSegment(
            layout, [],
            [
                .. Enumerable.Range(0, (int)layout.Chunks).Select(i => data.Slice(
                    (int)(i * layout.ChunkBytes), (int)Math.Min(layout.ChunkBytes, data.Length - (i * layout.ChunkBytes)))),
            ]);
    }
}
