using System.Buffers.Binary;

namespace ModelBuild.Runtime;

/// <summary>
/// How a part of the weights is stored: as it is, or coded. A coded one is rows of <see cref="Width"/> elements, cut in chunks of
/// <see cref="ChunkRows"/> rows that open by themselves. What is zero lies apart from the other values: a symbol is the bitmap of a tile
/// of eight elements, which are <see cref="TileWidth"/> neighbours in each of <see cref="TileRows"/> rows, so that zeros of whole blocks
/// cost next to nothing. Columns of tiles that are alike are a class, and each class has tables of its own.
/// </summary>
/// <param name="Length">Bytes when it is expanded.</param>
/// <param name="ElementSize">1, 2 or 4 bytes, each of which is a plane of symbols; 0 where the part is stored as it is.</param>
internal readonly record struct SegmentLayout(long Length, int ElementSize)
{
    /// <summary>What it takes in the directory.</summary>
    public const int StoredSize = 32;

    /// <summary>What a chunk takes in the directory behind it: its length and its check.</summary>
    public const int ChunkEntrySize = 8;

    /// <summary>Elements of a tile.</summary>
    public const int Tile = 8;

    /// <summary>The most elements of a chunk, so that the memory in which it is opened is bounded.</summary>
    public const int LargestChunk = 1 << 17;

    /// <summary>The most classes of columns.</summary>
    public const int LargestClasses = 16;

    /// <summary>Bytes of a chunk that is stored as it is.</summary>
    private const int PlainChunk = 1 << 20;

    private const byte MaskFlag = 1;
    private const byte RotatedFlag = 2;
    private const byte PaletteFlag = 4;

    /// <summary>Whether zeros lie apart; otherwise all elements are values.</summary>
    public bool HasMask { get; init; }

    /// <summary>
    /// Whether elements of four bytes are rotated to the left by one bit, so that the exponent of a float32 is the upper byte.
    /// </summary>
    public bool IsRotated { get; init; }

    /// <summary>Whether symbols are indices of at most 256 elements, of which the first is 0 where there is a mask.</summary>
    public bool HasPalette { get; init; }

    /// <summary>A bit for each plane that is coded; the others are stored as they are.</summary>
    public int CodedPlanes { get; init; }

    /// <summary>1, 2, 4 or 8.</summary>
    public int TileWidth { get; init; }

    /// <summary>Elements of a row: a multiple of <see cref="TileWidth"/>.</summary>
    public int Width { get; init; }

    /// <summary>Rows of a chunk: a multiple of <see cref="TileRows"/>; the last chunk may have fewer.</summary>
    public int ChunkRows { get; init; }

    /// <summary>How many classes of columns there are.</summary>
    public int Classes { get; init; }

    /// <summary>Bytes of tables, palette and the rest of a row, in the directory.</summary>
    public int TableBytes { get; init; }

    /// <summary>Whether it is stored as it is.</summary>
    public bool IsPlain => ElementSize == 0;

    /// <summary>Whether this describes anything, and nothing that a chunk could not be opened for.</summary>
    public bool IsValid => Length > 0 && TableBytes >= 0 && (IsPlain || (ElementSize is 1 or 2 or 4
        && TileWidth is 1 or 2 or 4 or 8 && Width > 0 && Width % TileWidth == 0 && ChunkRows > 0 && ChunkRows % TileRows == 0
        && (long)Width * ChunkRows <= LargestChunk && Classes is > 0 and <= LargestClasses
        && CodedPlanes >> Planes == 0 && (HasMask || CodedPlanes != 0) && (!IsRotated || ElementSize == sizeof(uint))));

    /// <summary>Bytes of a value's symbols.</summary>
    public int Planes => HasPalette ? 1 : ElementSize;

    /// <summary>Rows of a tile.</summary>
    public int TileRows => Tile / TileWidth;

    /// <summary>Columns of tiles.</summary>
    public int Columns => Width / TileWidth;

    /// <summary>Rows that are whole tiles.</summary>
    public long Rows => Length / ElementSize / Width / TileRows * TileRows;

    /// <summary>Bytes behind the last of <see cref="Rows"/>.</summary>
    public int RestBytes => (int)(Length - (Rows * Width * ElementSize));

    /// <summary>How many chunks there are.</summary>
    public long Chunks => IsPlain ? (Length + PlainChunk - 1) / PlainChunk : (Rows + ChunkRows - 1) / ChunkRows;

    /// <summary>Bytes of a chunk when it is expanded; those of the last one may be fewer.</summary>
    public long ChunkBytes => IsPlain ? PlainChunk : (long)ChunkRows * Width * ElementSize;

    /// <summary>Tables of a class: of the mask, and of each plane that is coded.</summary>
    public int TablesOfClass => (HasMask ? 1 : 0) + int.PopCount(CodedPlanes);

    /// <summary>Bytes in front of a chunk's states that say which class each column is of.</summary>
    public int ClassBytes => Classes == 1 ? 0 : (Columns + 1) / 2;

    /// <summary>Reads what <see cref="Write"/> has written.</summary>
    public static SegmentLayout Read(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadInt64LittleEndian(source), source[8])
    {
        HasMask = (source[9] & MaskFlag) != 0,
        IsRotated = (source[9] & RotatedFlag) != 0,
        HasPalette = (source[9] & PaletteFlag) != 0,
        CodedPlanes = source[10],
        TileWidth = source[11],
        Width = BinaryPrimitives.ReadInt32LittleEndian(source[12..]),
        ChunkRows = BinaryPrimitives.ReadInt32LittleEndian(source[16..]),
        Classes = source[20],
        TableBytes = BinaryPrimitives.ReadInt32LittleEndian(source[24..]),
    };

    /// <summary>Writes it into the directory.</summary>
    public void Write(Span<byte> destination)
    {
        destination[..StoredSize].Clear();
        BinaryPrimitives.WriteInt64LittleEndian(destination, Length);
        destination[8] = (byte)ElementSize;
        destination[9] = (byte)((HasMask ? MaskFlag : 0) | (IsRotated ? RotatedFlag : 0) | (HasPalette ? PaletteFlag : 0));
        destination[10] = (byte)CodedPlanes;
        destination[11] = (byte)TileWidth;
        BinaryPrimitives.WriteInt32LittleEndian(destination[12..], Width);
        BinaryPrimitives.WriteInt32LittleEndian(destination[16..], ChunkRows);
        destination[20] = (byte)Classes;
        BinaryPrimitives.WriteInt32LittleEndian(destination[24..], TableBytes);
    }
}
