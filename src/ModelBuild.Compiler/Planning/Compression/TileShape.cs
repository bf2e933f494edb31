using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Planning.Compression;

/// <summary>A way to cut elements in tiles and chunks.</summary>
/// <param name="Width">Elements of a row.</param>
/// <param name="TileWidth">Neighbours of a row that are of one tile.</param>
/// <param name="ChunkRows">Rows of a chunk.</param>
internal readonly record struct TileShape(int Width, int TileWidth, int ChunkRows)
{
    /// <summary>Elements that a chunk has about: what a thread opens in less than a millisecond, and what repays its states.</summary>
    private const int ChunkElements = 1 << 16;

    /// <summary>Elements from which a panel is a chunk by itself.</summary>
    private const int SmallChunk = 1 << 13;

    private static ReadOnlySpan<int> TileWidths => [8, 4, 2, 1];

    /// <summary>The ways that are tried.</summary>
    /// <param name="panels">How many elements of different outputs lie side by side, and how many rows of them follow one another.</param>
    public static IEnumerable<TileShape> Of(IReadOnlyList<(int Width, int Rows)> panels)
    {
        var shapes = new List<TileShape> { new(SegmentLayout.Tile, SegmentLayout.Tile, ChunkElements / SegmentLayout.Tile) };
        foreach ((int width, int rows) in panels)
        {
            foreach (int tileWidth in TileWidths)
            {
                int tileRows = SegmentLayout.Tile / tileWidth;
                if (width > 1 && width % tileWidth == 0 && (long)width * tileRows <= SegmentLayout.LargestChunk)
                {
                    shapes.Add(new TileShape(width, tileWidth, RowsOfChunk(width, rows, tileRows)));
                }
            }
        }

        return shapes.Distinct();
    }

    /// <summary>
    /// A panel is cut in chunks of one size, since its columns are the same outputs from its first row to its last; small ones are together.
    /// </summary>
    private static int RowsOfChunk(int width, int rows, int tileRows)
    {
        long panel = (long)width * rows;
        long chunk = panel < SmallChunk ? rows * (ChunkElements / Math.Max(panel, 1))
            : (rows + ((panel + ChunkElements - 1) / ChunkElements) - 1) / ((panel + ChunkElements - 1) / ChunkElements);
        long whole = (Math.Max(chunk, 1) + tileRows - 1) / tileRows * tileRows;
        return (int)Math.Min(whole, SegmentLayout.LargestChunk / width / tileRows * tileRows);
    }
}
