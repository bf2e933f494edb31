using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime;

/// <summary>A part of compressed weights whose tables have been read: opens its chunks, each by itself, from any thread.</summary>
/// <remarks>
/// A chunk that is coded has the classes of its columns (four bits each; none where there is one class), then the states and bits of
/// <see cref="SymbolDecoder"/>, then the planes of its values that are stored as they are. Class by class come first all bitmaps, tiles
/// row by row; then, class by class again, the values of these tiles in the order of their bits, plane by plane. Nothing outside of the chunk
/// is read or written, whatever it holds.
/// </remarks>
internal sealed unsafe class Segment
{
    private const int PaletteSize = 256;

    private readonly uint[] _entries;
    private readonly uint[]? _palette;

    private Segment(SegmentLayout layout, uint[] entries, uint[]? palette, byte[] rest)
    {
        Layout = layout;
        _entries = entries;
        _palette = palette;
        Rest = rest;
    }

    /// <summary>How it is stored.</summary>
    public SegmentLayout Layout { get; }

    /// <summary>Bytes behind its last whole row of tiles.</summary>
    public byte[] Rest { get; }

    /// <summary>Bytes that its tables take when they are open.</summary>
    public static long OpenBytes(SegmentLayout layout) =>
        layout.IsPlain ? 0 : (long)layout.Classes * layout.TablesOfClass * SymbolTable.Total * sizeof(uint);

    /// <summary>Reads tables, palette and rest.</summary>
    /// <param name="layout">Valid.</param>
    /// <param name="tables">As many bytes as it says.</param>
    /// <returns>Null where they are not what the layout says.</returns>
    public static Segment? Open(SegmentLayout layout, ReadOnlySpan<byte> tables)
    {
        if (layout.IsPlain)
        {
            return tables.IsEmpty ? new Segment(layout, [], null, []) : null;
        }

        uint[] entries = GC.AllocateUninitializedArray<uint>(layout.Classes * layout.TablesOfClass * SymbolTable.Total, pinned: true);
        for (int i = 0; i < entries.Length; i += SymbolTable.Total)
        {
            if (!SymbolTable.TryRead(ref tables, entries.AsSpan(i, SymbolTable.Total)))
            {
                return null;
            }
        }

        uint[]? palette = null;
        if (layout.HasPalette)
        {
            if (tables.IsEmpty || tables.Length < 1 + ((tables[0] + 1) * layout.ElementSize))
            {
                return null;
            }

            palette = new uint[PaletteSize];
            int count = tables[0] + 1;
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<byte> element = tables.Slice(1 + (i * layout.ElementSize), layout.ElementSize);
                for (int j = 0; j < element.Length; j++)
                {
                    palette[i] |= (uint)element[j] << (8 * j);
                }
            }

            tables = tables[(1 + (count * layout.ElementSize))..];
        }

        return tables.Length == layout.RestBytes ? new Segment(layout, entries, palette, tables.ToArray()) : null;
    }

    /// <summary>Expands a chunk.</summary>
    /// <param name="chunk">Its number.</param>
    /// <param name="source">Its bytes, of which nothing is known.</param>
    /// <param name="length">How many they are.</param>
    /// <param name="destination">Where the expanded segment begins.</param>
    /// <returns>False where it is damaged; what was expanded is then of no use.</returns>
    public bool TryExpand(long chunk, byte* source, int length, byte* destination)
    {
        byte* target = destination + (chunk * Layout.ChunkBytes);
        if (Layout.IsPlain)
        {
            long bytes = long.Min(Layout.ChunkBytes, Layout.Length - (chunk * Layout.ChunkBytes));
            if (bytes != length)
            {
                return false;
            }

            Buffer.MemoryCopy(source, target, bytes, bytes);
            return true;
        }

        int rows = (int)long.Min(Layout.ChunkRows, Layout.Rows - (chunk * Layout.ChunkRows));
        int tiles = rows / Layout.TileRows * Layout.Columns;
        int elements = tiles * SegmentLayout.Tile;
        byte[] memory = ArrayPool<byte>.Shared.Rent(tiles + (elements * Layout.Planes));
        int[] columns = ArrayPool<int>.Shared.Rent(Layout.Columns);
        try
        {
            fixed (byte* scratch = memory)
            {
                return TryExpand(source, source + length, target, rows, scratch, columns);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(memory);
            ArrayPool<int>.Shared.Return(columns);
        }
    }

    /// <summary>
    /// Expands a coded chunk: <paramref name="scratch"/> takes the bitmaps of all tiles, then the planes of their values, and
    /// <paramref name="columns"/> the columns in the order of their classes.
    /// </summary>
    private bool TryExpand(byte* source, byte* end, byte* target, int rows, byte* scratch, int[] columns)
    {
        Span<int> counts = stackalloc int[SegmentLayout.LargestClasses];
        if (end - source < Layout.ClassBytes + SymbolDecoder.StateBytes || !TrySort(source, columns, counts))
        {
            return false;
        }

        int tileRows = rows / Layout.TileRows;
        var decoder = new SymbolDecoder(source + Layout.ClassBytes);
        byte* masks = scratch;
        Span<int> values = stackalloc int[SegmentLayout.LargestClasses];
        values.Clear();
        int all = 0;
        fixed (uint* entries = _entries)
        {
            byte* mask = masks;
            for (int i = 0; i < Layout.Classes; i++)
            {
                int tiles = tileRows * counts[i];
                if (!Layout.HasMask)
                {
                    new Span<byte>(mask, tiles).Fill(byte.MaxValue);
                    values[i] = tiles * SegmentLayout.Tile;
                }
                else if (decoder.Decode(entries + TableOf(i, 0), mask, tiles, end))
                {
                    values[i] = Ones(mask, tiles);
                }
                else
                {
                    return false;
                }

                all += values[i];
                mask += tiles;
            }

            byte* planes = mask;
            byte* plain = end - ((long)all * (Layout.Planes - int.PopCount(Layout.CodedPlanes)));
            if (plain < source + Layout.ClassBytes + SymbolDecoder.StateBytes
                || !TryDecodePlanes(ref decoder, entries, planes, values, all, plain) || !decoder.IsAtEnd(plain))
            {
                return false;
            }

            Place(masks, planes, plain, target, rows, columns, counts, all);
        }

        return true;
    }

    private int TableOf(int columnClass, int table) => ((columnClass * Layout.TablesOfClass) + table) * SymbolTable.Total;

    private bool TryDecodePlanes(
        ref SymbolDecoder decoder, uint* entries, byte* planes, scoped ReadOnlySpan<int> values, int all, byte* end)
    {
        byte* first = planes;
        for (int i = 0; i < Layout.Classes; i++)
        {
            int table = Layout.HasMask ? 1 : 0;
            byte* plane = first;
            for (int p = 0; p < Layout.Planes; p++)
            {
                if ((Layout.CodedPlanes >> p & 1) != 0)
                {
                    if (!decoder.Decode(entries + TableOf(i, table++), plane, values[i], end))
                    {
                        return false;
                    }

                    plane += all;
                }
            }

            first += values[i];
        }

        return true;
    }

    /// <summary>Reads the classes of the columns and brings those of one class together.</summary>
    private bool TrySort(byte* classes, int[] columns, Span<int> counts)
    {
        counts.Clear();
        int sorted = 0;
        for (int i = 0; i < Layout.Classes; i++)
        {
            for (int column = 0; column < Layout.Columns; column++)
            {
                if (ClassOf(column) == i)
                {
                    columns[sorted++] = column;
                    counts[i]++;
                }
            }
        }

        return sorted == Layout.Columns;

        int ClassOf(int column) => Layout.Classes == 1 ? 0 : (classes[column / 2] >> (4 * (column % 2))) & 0xF;
    }

    private static int Ones(byte* masks, int count)
    {
        int ones = 0;
        int i = 0;
        for (; i <= count - sizeof(ulong); i += sizeof(ulong))
        {
            ones += BitOperations.PopCount(Unsafe.ReadUnaligned<ulong>(masks + i));
        }

        for (; i < count; i++)
        {
            ones += BitOperations.PopCount(masks[i]);
        }

        return ones;
    }

    /// <summary>Puts the values where their bits are.</summary>
    private void Place(
        byte* masks, byte* planes, byte* plain, byte* target, int rows, int[] columns, ReadOnlySpan<int> counts, int all)
    {
        // Where each plane of the values is: coded ones one after the other in memory of our own, the others in the chunk.
        byte** plane = stackalloc byte*[sizeof(uint)];
        for (int p = 0; p < sizeof(uint); p++)
        {
            bool isCoded = (Layout.CodedPlanes >> p & 1) != 0;
            plane[p] = p >= Layout.Planes ? null : isCoded ? planes : plain;
            planes += isCoded ? all : 0;
            plain += isCoded || p >= Layout.Planes ? 0 : all;
        }

        if (Layout.HasMask)
        {
            // A span has fewer bytes than a chunk can have at most.
            new Span<byte>(target, rows * Layout.Width * Layout.ElementSize).Clear();
        }

        int* places = stackalloc int[SegmentLayout.Tile];
        for (int i = 0; i < SegmentLayout.Tile; i++)
        {
            places[i] = (i / Layout.TileWidth * Layout.Width) + (i % Layout.TileWidth);
        }

        byte* mask = masks;
        int value = 0;
        ReadOnlySpan<int> rest = columns;
        for (int i = 0; i < Layout.Classes; i++)
        {
            ReadOnlySpan<int> own = rest[..counts[i]];
            rest = rest[counts[i]..];
            for (int row = 0; row < rows; row += Layout.TileRows)
            {
                foreach (int column in own)
                {
                    int first = (row * Layout.Width) + (column * Layout.TileWidth);
                    for (uint bits = *mask++; bits != 0; bits &= unchecked(bits - 1))
                    {
                        int place = first + places[BitOperations.TrailingZeroCount(bits)];
                        if (Layout.ElementSize == 1)
                        {
                            target[place] = plane[0][value];
                        }
                        else if (Layout.ElementSize == sizeof(ushort))
                        {
                            uint element = _palette is null
                                ? (uint)(plane[0][value] | (plane[1][value] << 8)) : _palette[plane[0][value]];
                            Unsafe.WriteUnaligned(target + ((long)place * sizeof(ushort)), unchecked((ushort)element));
                        }
                        else
                        {
                            uint element = _palette is null
                                ? plane[0][value] | ((uint)plane[1][value] << 8) | ((uint)plane[2][value] << 16)
                                    | ((uint)plane[3][value] << 24)
                                : _palette[plane[0][value]];
                            Unsafe.WriteUnaligned(
                                target + ((long)place * sizeof(uint)), Layout.IsRotated ? BitOperations.RotateRight(element, 1) : element);
                        }

                        value++;
                    }
                }
            }
        }
    }
}
