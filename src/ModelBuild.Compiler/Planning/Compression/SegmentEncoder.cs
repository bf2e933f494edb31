using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Planning.Compression;

/// <summary>
/// Finds the form in which a part of the weights takes fewest bytes: with or without a bitmap of zeros, which planes are coded, which
/// elements are a tile, how many classes of columns there are.
/// </summary>
internal sealed class SegmentEncoder
{
    /// <summary>Parts of what it takes as it is that coding must save; less is not worth opening it.</summary>
    private const int LeastSaving = 50;

    /// <summary>Elements by which forms are compared; larger parts are compared by some of their chunks.</summary>
    private const int SampleElements = 1 << 20;

    /// <summary>More columns in a row have one class: what they would save, their histograms would cost.</summary>
    private const int MostColumns = 128;

    private const int Symbols = 256;

    private static readonly int[] s_classes = [1, 2, 4, 8, SegmentLayout.LargestClasses];

    private readonly SegmentSymbols _symbols;
    private readonly ReadOnlyMemory<byte> _data;
    private readonly bool _hasMask;
    private readonly int[] _coded;

    private SegmentEncoder(SegmentSymbols symbols, ReadOnlyMemory<byte> data)
    {
        _symbols = symbols;
        _data = data;
        int zeros = symbols.Values.AsSpan().Count(0u);
        _hasMask = (long)zeros * (symbols.ElementSize > 1 ? 32 : 8) >= symbols.Values.Length;
        _coded = [.. Enumerable.Range(0, symbols.Planes).Where(PlanePays)];
    }

    /// <summary>Encodes a part.</summary>
    /// <param name="data">What it is expanded to.</param>
    /// <param name="elementSize">1, 2 or 4.</param>
    /// <param name="isFloat">Whether its elements are float32.</param>
    /// <param name="panels">What elements have in common where they lie (<see cref="WeightWriter.Add"/>).</param>
    /// <returns>Null where it is as well stored as it is.</returns>
    public static PackedSegment? Encode(
        ReadOnlyMemory<byte> data, int elementSize, bool isFloat, IReadOnlyList<(int Width, int Rows)> panels)
    {
        SegmentSymbols symbols = SegmentSymbols.Of(data.Span, elementSize, isFloat);
        if (symbols.Values.Length < SegmentLayout.Tile)
        {
            return null;
        }

        var encoder = new SegmentEncoder(symbols, data);
        if (!encoder._hasMask && encoder._coded.Length == 0)
        {
            return null;
        }

        long least = long.MaxValue;
        (TileShape Shape, int Classes) best = default;
        foreach (TileShape shape in TileShape.Of(panels))
        {
            int chunks = encoder.Chunks(shape);
            int sample = (int)Math.Clamp(SampleElements / ((long)shape.Width * shape.ChunkRows), 1, Math.Max(chunks, 1));
            int[] some = [.. Enumerable.Range(0, chunks == 0 ? 0 : sample).Select(i => (int)((long)i * chunks / sample))];
            if (some.Length == 0)
            {
                continue;
            }

            // What is no whole tile is stored as it is: rows of many elements may leave more of that than a shape saves.
            long rest = encoder.RestBytes(shape) * some.Length / chunks;
            int[][] counts = encoder.Count(shape, some);
            foreach (int classes in s_classes.Where(c => c == 1 || shape.Width / shape.TileWidth <= MostColumns))
            {
                long bytes = ColumnClasses.Find(counts, classes).Bytes + rest;
                (least, best) = bytes < least ? (bytes, (shape, classes)) : (least, best);
            }
        }

        if (least == long.MaxValue)
        {
            return null;
        }

        PackedSegment packed = encoder.Pack(best.Shape, best.Classes);
        long plain = data.Length + SegmentLayout.StoredSize;
        return packed.Bytes <= plain - (plain / LeastSaving) ? packed : null;
    }

    private PackedSegment Pack(TileShape shape, int most)
    {
        int chunks = Chunks(shape);
        int columns = shape.Width / shape.TileWidth;
        ColumnClasses classes = ColumnClasses.Find(Count(shape, [.. Enumerable.Range(0, chunks)]), most);
        var layout = new SegmentLayout(_data.Length, _symbols.ElementSize)
        {
            HasMask = _hasMask,
            IsRotated = _symbols.IsRotated,
            HasPalette = _symbols.Palette is not null,
            CodedPlanes = _coded.Sum(p => 1 << p),
            TileWidth = shape.TileWidth,
            Width = shape.Width,
            ChunkRows = shape.ChunkRows,
            Classes = classes.Tables.Count,
        };
        byte[] tables = [.. classes.Tables.SelectMany(t => t).SelectMany(Write), .. Palette(), .. _data.Span[^layout.RestBytes..]];
        var packed = new ReadOnlyMemory<byte>[chunks];
        bool isWide = columns > MostColumns;
        Parallel.For(0, chunks, i => packed[i] = PackChunk(
            shape, layout, i, isWide ? new int[columns] : classes.ClassOf.AsSpan(i * columns, columns).ToArray(), classes.Tables));
        return new PackedSegment(layout with { TableBytes = tables.Length }, tables, packed);

        static byte[] Write(int[] frequencies)
        {
            var bytes = new byte[SymbolTable.StoredBytes(frequencies)];
            SymbolTable.Write(frequencies, bytes);
            return bytes;
        }

        byte[] Palette() => _symbols.Palette is not { } palette ? [] :
        [
            (byte)(palette.Length - 1),
            .. palette.SelectMany(v => BitConverter.GetBytes(v)[.._symbols.ElementSize]),
        ];
    }

    private byte[] PackChunk(
        TileShape shape, SegmentLayout layout, int chunk, int[] classOf, IReadOnlyList<int[][]> tables)
    {
        int first = chunk * shape.ChunkRows;
        int rows = (int)Math.Min(shape.ChunkRows, layout.Rows - first);
        var encoder = new SymbolEncoder();
        var values = new List<uint>[layout.Classes];
        for (int c = 0; c < layout.Classes; c++)
        {
            int[] own = [.. Enumerable.Range(0, classOf.Length).Where(i => classOf[i] == c)];
            var masks = new byte[rows / layout.TileRows * own.Length];
            values[c] = [];
            int tile = 0;
            for (int row = first; row < first + rows; row += layout.TileRows)
            {
                foreach (int column in own)
                {
                    masks[tile++] = Tile(shape, row, column, values[c]);
                }
            }

            if (_hasMask)
            {
                encoder.Add(tables[c][0], masks);
            }
        }

        for (int c = 0; c < layout.Classes; c++)
        {
            int table = _hasMask ? 1 : 0;
            foreach (int plane in _coded)
            {
                encoder.Add(tables[c][table++], Plane(values[c], plane));
            }
        }

        byte[] classBytes = new byte[layout.ClassBytes];
        for (int i = 0; classBytes.Length > 0 && i < classOf.Length; i++)
        {
            classBytes[i / 2] |= (byte)(classOf[i] << (4 * (i % 2)));
        }

        IEnumerable<int> plain = Enumerable.Range(0, _symbols.Planes).Except(_coded);
        return [.. classBytes, .. encoder.Finish(), .. plain.SelectMany(p => values.SelectMany(v => Plane(v, p)))];

        static byte[] Plane(List<uint> values, int plane)
        {
            var bytes = new byte[values.Count];
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] = (byte)((values[i] >> (8 * plane)) & 0xFF);
            }

            return bytes;
        }
    }

    /// <summary>The bitmap of a tile; its values are appended.</summary>
    private byte Tile(TileShape shape, int row, int column, List<uint> values)
    {
        int mask = 0;
        for (int i = 0; i < SegmentLayout.Tile; i++)
        {
            uint value = _symbols.Values[
                ((row + (i / shape.TileWidth)) * shape.Width) + (column * shape.TileWidth) + (i % shape.TileWidth)];
            if (!_hasMask || value != 0)
            {
                mask |= 1 << i;
                values.Add(value);
            }
        }

        return (byte)mask;
    }

    private int Rows(TileShape shape)
    {
        int tileRows = SegmentLayout.Tile / shape.TileWidth;
        return _symbols.Values.Length / shape.Width / tileRows * tileRows;
    }

    private long RestBytes(TileShape shape) => _data.Length - ((long)Rows(shape) * shape.Width * _symbols.ElementSize);

    private int Chunks(TileShape shape) => (Rows(shape) + shape.ChunkRows - 1) / shape.ChunkRows;

    /// <summary>How often each symbol occurs in each column of some chunks; in all columns together where there are many.</summary>
    private int[][] Count(TileShape shape, int[] chunks)
    {
        int columns = shape.Width / shape.TileWidth;
        int kept = columns > MostColumns ? 1 : columns;
        int tables = (_hasMask ? 1 : 0) + _coded.Length;
        int end = Rows(shape);
        var counts = new int[chunks.Length * kept][];
        Parallel.For(0, chunks.Length, i =>
        {
            var values = new List<uint>(SegmentLayout.Tile);
            for (int column = 0; column < columns; column++)
            {
                int[] own = counts[(i * kept) + (column % kept)] ??= new int[tables * Symbols];
                int first = chunks[i] * shape.ChunkRows;
                for (int row = first; row < Math.Min(end, first + shape.ChunkRows); row += SegmentLayout.Tile / shape.TileWidth)
                {
                    values.Clear();
                    byte mask = Tile(shape, row, column, values);
                    int table = 0;
                    if (_hasMask)
                    {
                        own[mask]++;
                        table = Symbols;
                    }

                    foreach (int plane in _coded)
                    {
                        foreach (uint value in values)
                        {
                            own[table + (int)((value >> (8 * plane)) & 0xFF)]++;
                        }

                        table += Symbols;
                    }
                }
            }
        });
        return counts;
    }

    /// <summary>Whether the bytes of a plane take less memory coded.</summary>
    private bool PlanePays(int plane)
    {
        var counts = new int[Symbols];
        long bytes = 0;
        foreach (uint value in _symbols.Values)
        {
            if (!_hasMask || value != 0)
            {
                counts[(value >> (8 * plane)) & 0xFF]++;
                bytes++;
            }
        }

        int[] frequencies = SymbolCosts.Normalize(counts);
        long coded = (SymbolCosts.Of(counts, frequencies) / SymbolCosts.BitParts / 8) + SymbolTable.StoredBytes(frequencies);
        return coded < bytes - (bytes / LeastSaving);
    }
}
