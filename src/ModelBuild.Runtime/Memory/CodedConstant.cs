using System.Buffers.Binary;

namespace ModelBuild.Runtime;

/// <summary>A constant of codes in a weights blob: a header of 32 bytes, then what <see cref="CodedLayout"/> says.</summary>
/// <param name="Layout">How its codes lie.</param>
/// <param name="Data">The first of its scales.</param>
/// <param name="Offset">Where it begins in the loaded weights, in bytes.</param>
internal unsafe readonly record struct CodedConstant(CodedLayout Layout, nint Data, long Offset)
{
    /// <summary>The length of its header.</summary>
    public const int HeaderSize = 32;

    /// <summary>Where the next one begins in the loaded weights.</summary>
    public long End => Align(Offset + (Layout.Length * sizeof(float)));

    /// <summary>Rounded up to what every constant's place is a multiple of.</summary>
    public static long Align(long bytes) => (bytes + WeightsHeader.Alignment - 1) / WeightsHeader.Alignment * WeightsHeader.Alignment;

    /// <summary>Reads and checks the headers of all constants of codes.</summary>
    /// <param name="start">The first of them.</param>
    /// <param name="length">Bytes of all.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="offset">Where the first begins in the loaded weights.</param>
    /// <param name="name">What to call the blob in messages.</param>
    /// <exception cref="InvalidDataException">They are not what they say.</exception>
    public static CodedConstant[] ReadAll(byte* start, long length, int count, long offset, string name)
    {
        // A count is believed as far as there are bytes for it.
        if (count > length / HeaderSize)
        {
            throw Damaged(name);
        }

        var constants = new CodedConstant[count];
        offset = Align(offset);
        for (int i = 0; i < count; i++)
        {
            if (length < HeaderSize)
            {
                throw Damaged(name);
            }

            CodedLayout layout = Read(new ReadOnlySpan<byte>(start, HeaderSize));
            if (!layout.IsValid || Align(HeaderSize + layout.Bytes) > length)
            {
                throw Damaged(name);
            }

            constants[i] = new CodedConstant(layout, (nint)(start + HeaderSize), offset);
            offset = constants[i].End;
            long stored = Align(HeaderSize + layout.Bytes);
            start += stored;
            length -= stored;
        }

        return length == 0 ? constants : throw Damaged(name);
    }

    /// <summary>Writes the header of a constant.</summary>
    public static void Write(Span<byte> header, CodedLayout layout)
    {
        header.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(header, layout.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], layout.Width);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], layout.Rows);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], layout.BlockRows);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], layout.Bits);
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], layout.Parts);
    }

    private static CodedLayout Read(ReadOnlySpan<byte> header) => new(
        BinaryPrimitives.ReadInt64LittleEndian(header),
        BinaryPrimitives.ReadInt32LittleEndian(header[8..]),
        BinaryPrimitives.ReadInt32LittleEndian(header[12..]),
        BinaryPrimitives.ReadInt32LittleEndian(header[16..]),
        BinaryPrimitives.ReadInt32LittleEndian(header[20..]),
        BinaryPrimitives.ReadInt32LittleEndian(header[24..]));

    private static InvalidDataException Damaged(string name) => new($"'{name}' is damaged: its constants of codes are not what they say.");
}
