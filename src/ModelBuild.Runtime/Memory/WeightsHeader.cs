using System.Buffers.Binary;

namespace ModelBuild.Runtime;

/// <summary>The first 64 bytes of a weights blob, checked against the blob's length.</summary>
/// <param name="RawBytes">Bytes that are used as they are, a multiple of 64.</param>
/// <param name="Halves">Half precision numbers behind them.</param>
/// <param name="Coded">Constants of codes behind those (<see cref="CodedConstant"/>).</param>
/// <param name="Sha256">The hash of everything behind the header, in upper-case hexadecimal digits.</param>
internal readonly record struct WeightsHeader(long RawBytes, long Halves, int Coded, string Sha256)
{
    /// <summary>
    /// Whether what follows is <see cref="CompressedWeights"/>, which are expanded to what the counts say. A format of its own, so that
    /// nothing is different where weights are not compressed.
    /// </summary>
    public bool IsCompressed { get; init; }

    /// <summary>The length of the header.</summary>
    public const int Size = 64;

    /// <summary>What every constant's place in the blob is a multiple of.</summary>
    public const int Alignment = 64;

    private const uint FormatVersion = 2;

    private const uint CompressedVersion = 3;

    private const int VersionOffset = 8;

    private const int CodedOffset = 12;

    private const int RawBytesOffset = 16;

    private const int HalvesOffset = 24;

    private const int Sha256Offset = 32;

    private static ReadOnlySpan<byte> Magic => "MODELBW1"u8;

    /// <summary>Where the constants of codes begin, behind the header.</summary>
    public long StoredBytes => RawBytes + (Halves * sizeof(ushort));

    /// <summary>The length with the halves widened to float32, without what constants of codes are expanded to.</summary>
    public long LoadedBytes => RawBytes + (Halves * sizeof(float));

    /// <param name="header">The first bytes of the blob, all of it if it is shorter than a header.</param>
    /// <param name="length">The length of the blob.</param>
    /// <param name="name">What to call the blob in messages.</param>
    /// <exception cref="InvalidDataException">This is not a blob, or not a whole one.</exception>
    public static WeightsHeader Read(ReadOnlySpan<byte> header, long length, string name)
    {
        if (header.Length < Size || !header.StartsWith(Magic))
        {
            throw new InvalidDataException($"'{name}' does not hold weights of a model.");
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header[VersionOffset..]);
        if (version is not FormatVersion and not CompressedVersion)
        {
            throw new InvalidDataException(
                $"'{name}' has format version {version}; this version of ModelBuild.Runtime reads {FormatVersion} and "
                    + $"{CompressedVersion}.");
        }

        uint coded = BinaryPrimitives.ReadUInt32LittleEndian(header[CodedOffset..]);
        ulong rawBytes = BinaryPrimitives.ReadUInt64LittleEndian(header[RawBytesOffset..]);
        ulong halves = BinaryPrimitives.ReadUInt64LittleEndian(header[HalvesOffset..]);

        // Each is compared by itself, so that the sum cannot wrap around. How long compressed bytes are when they are expanded, they say
        // themselves.
        ulong payload = (ulong)(length - Size);
        if (version == CompressedVersion)
        {
            if (rawBytes % Alignment != 0 || rawBytes > long.MaxValue / 8 || halves > long.MaxValue / 8 || coded > int.MaxValue)
            {
                throw new InvalidDataException($"'{name}' is damaged: its header announces more than any memory could hold.");
            }
        }
        else if (rawBytes % Alignment != 0 || rawBytes > payload || halves > payload / 2 || rawBytes + (halves * 2) > payload
            || (coded == 0) != (rawBytes + (halves * 2) == payload) || coded > int.MaxValue)
        {
            throw new InvalidDataException(
                $"'{name}' is damaged: {payload} bytes follow the header, which announces {rawBytes}, {halves} halves and {coded} "
                    + "constants of codes.");
        }

        return new WeightsHeader((long)rawBytes, (long)halves, (int)coded, Digits(header[Sha256Offset..Size]))
        {
            IsCompressed = version == CompressedVersion,
        };
    }

    /// <summary>
    /// What <see cref="Convert.ToHexString(ReadOnlySpan{byte})"/> gives. That one would be compiled at every start of a process.
    /// </summary>
    private static string Digits(ReadOnlySpan<byte> bytes)
    {
        const string Digits = "0123456789ABCDEF";
        Span<char> digits = stackalloc char[2 * bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            digits[2 * i] = Digits[bytes[i] >> 4];
            digits[(2 * i) + 1] = Digits[bytes[i] & 15];
        }

        return new string(digits);
    }

    /// <summary>Writes what <see cref="Read"/> reads.</summary>
    /// <param name="header">As long as a header.</param>
    public void Write(Span<byte> header)
    {
        header.Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[VersionOffset..], IsCompressed ? CompressedVersion : FormatVersion);
        BinaryPrimitives.WriteInt32LittleEndian(header[CodedOffset..], Coded);
        BinaryPrimitives.WriteInt64LittleEndian(header[RawBytesOffset..], RawBytes);
        BinaryPrimitives.WriteInt64LittleEndian(header[HalvesOffset..], Halves);
        Convert.FromHexString(Sha256).CopyTo(header[Sha256Offset..]);
    }
}
