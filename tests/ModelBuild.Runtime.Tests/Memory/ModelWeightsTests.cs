using System.Buffers.Binary;
using System.Reflection;
using System.Security.Cryptography;

namespace ModelBuild.Runtime.Tests.Memory;

public class ModelWeightsTests
{
    private static readonly byte[] s_raw = [.. Enumerable.Range(0, 256).Select(i => (byte)((i * 37) + (i >> 3)))];

    [Fact]
    public void Load_RawBytes_AreReadAsTheyAre()
    {
        (byte[] blob, string hash) = Blob(s_raw, []);
        ModelWeights weights = ModelWeights.Load(blob, hash);
        Assert.Equal(256, weights.Length);
        Assert.Equal(s_raw, weights.Span<byte>(0, 256).ToArray());
        Assert.Equal((sbyte)s_raw[200], weights.Span<sbyte>(200, 1)[0]);
        Assert.Equal(BitConverter.ToInt32(s_raw, 64), weights.Span<int>(64, 1)[0]);
        Assert.Equal(BitConverter.ToInt64(s_raw, 128), weights.Span<long>(128, 1)[0]);
        Assert.Equal(BitConverter.ToInt16(s_raw, 128), weights.Span<short>(128, 1)[0]);
        Assert.Equal(BitConverter.ToUInt16(s_raw, 128), weights.Span<ushort>(128, 1)[0]);
        Assert.Equal(BitConverter.ToSingle(s_raw, 192), weights.Span<float>(192, 1)[0]);
        Assert.Equal(BitConverter.ToDouble(s_raw, 192), weights.Span<double>(192, 1)[0]);
        Assert.Equal(BitConverter.ToHalf(s_raw, 192), weights.Span<Half>(192, 1)[0]);
    }

    [Fact]
    public void Load_EveryHalf_IsWidenedBehindTheRawBytes()
    {
        Half[] halves = [.. Enumerable.Range(0, 65536).Select(i => BitConverter.UInt16BitsToHalf((ushort)i))];
        (byte[] blob, string hash) = Blob(s_raw, halves);
        ModelWeights weights = ModelWeights.Load(blob, hash.ToLowerInvariant());
        Assert.Equal(256 + (4 * 65536), weights.Length);
        Assert.Equal(s_raw, weights.Span<byte>(0, 256).ToArray());
        Assert.Equal(halves.Select(h => (float)h), weights.Span<float>(256, 65536).ToArray());
    }

    [Fact]
    public void Load_Empty_IsEmpty()
    {
        (byte[] blob, string hash) = Blob([], []);
        ModelWeights weights = ModelWeights.Load(blob, hash);
        Assert.Equal(0, weights.Length);
        Assert.True(weights.Span<byte>(0, 0).IsEmpty);
    }

    [Fact]
    public void Load_BytesChangedAfterwards_KeepsItsCopy()
    {
        (byte[] blob, string hash) = Blob(s_raw, []);
        ModelWeights weights = ModelWeights.Load(blob, hash);
        Array.Clear(blob);
        Assert.Equal(s_raw, weights.Span<byte>(0, 256).ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(200)]
    public void Load_TruncatedBlob_IsRefused(int length)
    {
        (byte[] blob, string hash) = Blob(s_raw, [(Half)1]);
        Assert.Throws<InvalidDataException>(() => ModelWeights.Load(blob.AsMemory(0, length), hash));
    }

    [Fact]
    public void Load_DamagedHeader_IsRefused()
    {
        (byte[] blob, string hash) = Blob(s_raw, [(Half)1, (Half)2]);
        _ = ModelWeights.Load(blob, hash);
        for (int i = 0; i < 64; i++)
        {
            byte[] damaged = [.. blob];
            damaged[i] ^= 0x40;
            Assert.Throws<InvalidDataException>(() => ModelWeights.Load(damaged, hash));
        }
    }

    [Theory]
    [InlineData(ulong.MaxValue & ~63ul, 0ul)]
    [InlineData(0ul, ulong.MaxValue)]
    [InlineData(0ul, 1ul << 63)]
    [InlineData(0ul, (1ul << 63) + 130)]
    [InlineData(1ul << 63, 1ul << 62)]
    public void Load_CountsThatWrapAround_AreRefused(ulong rawBytes, ulong halves)
    {
        (byte[] blob, string hash) = Blob(s_raw, [(Half)1, (Half)2]);
        BinaryPrimitives.WriteUInt64LittleEndian(blob.AsSpan(16), rawBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(blob.AsSpan(24), halves);
        Assert.Throws<InvalidDataException>(() => ModelWeights.Load(blob, hash));
    }

    [Fact]
    public void Load_OtherHash_IsRefusedAndNamed()
    {
        (byte[] blob, string hash) = Blob(s_raw, []);
        var exception = Assert.Throws<InvalidDataException>(() => ModelWeights.Load(blob, new string('0', 64)));
        Assert.Contains(hash, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 65)]
    [InlineData(253, 1)]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(long.MaxValue, 1)]
    [InlineData(4, 0x4000_0000_0000_0001)]
    public void Window_OutsideTheWeights_IsRefused(long offset, long length)
    {
        (byte[] blob, string hash) = Blob(s_raw, []);
        ModelWeights weights = ModelWeights.Load(blob, hash);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = weights.Span<int>(offset, length));
    }

    [Fact]
    public void Load_Resource_EqualsTheBlob()
    {
        Assembly assembly = typeof(ModelWeightsTests).Assembly;
        using Stream stream = assembly.GetManifestResourceStream("Test.weights")!;
        var blob = new byte[stream.Length];
        stream.ReadExactly(blob);
        string hash = Convert.ToHexString(SHA256.HashData(blob.AsSpan(64)));

        ModelWeights weights = ModelWeights.Load(assembly, "Test.weights", blob.Length, hash);
        Assert.Equal(blob[64..], weights.Span<byte>(0, blob.Length - 64).ToArray());
    }

    [Fact]
    public void Load_ResourceThatIsMissingOrOther_IsRefused()
    {
        Assembly assembly = typeof(ModelWeightsTests).Assembly;
        Assert.Contains(
            "Missing.weights",
            Assert.Throws<InvalidDataException>(() => ModelWeights.Load(assembly, "Missing.weights", 64, "")).Message,
            StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => ModelWeights.Load(assembly, "Test.weights", 63, ""));
        Assert.Throws<InvalidDataException>(() => ModelWeights.Load(assembly, "Test.weights", 320, new string('0', 64)));
    }

    /// <summary>
    /// By the description of the format: one panel of 16 lanes with three rows, of which two share a scale, in both widths.
    /// </summary>
    [Theory]
    [InlineData(8)]
    [InlineData(4)]
    public void Load_Codes_AreExpandedBehindTheHalves(int bits)
    {
        (byte[] blob, string hash) = Coded(bits, parts: 1);

        ModelWeights weights = ModelWeights.Load(blob, hash);

        Assert.Equal(64 + 128 + (48 * 4), weights.Length);
        Assert.Equal(Expected(bits), weights.Span<float>(192, 48).ToArray());
    }

    /// <summary>Rows of three parts, of one row each: the kernel reads them in the same order; of one part of three rows, too.</summary>
    [Fact]
    public void Load_CodesInParts_LieAsKernelsReadThem()
    {
        (byte[] blob, string hash) = Coded(8, parts: 3);

        Assert.Equal(Expected(8), ModelWeights.Load(blob, hash).Span<float>(192, 48).ToArray());
        float[] rows = new float[6];
        var layout = new CodedLayout(96, 16, 6, 6, 8, 3);
        for (int row = 0; row < 6; row++)
        {
            rows[layout.Place(row)] = row;
        }

        // Rows 0 1, 2 3 and 4 5 are the parts.
        Assert.Equal([0, 2, 4, 1, 3, 5], rows);
    }

    /// <summary>Codes that are all those of zero, of a zero point of its own for each lane and block, in three blocks of a panel.</summary>
    [Theory]
    [InlineData(8, 16)]
    [InlineData(8, 48)]
    [InlineData(4, 16)]
    [InlineData(4, 32)]
    [InlineData(4, 48)]
    public unsafe void Shift_CodesOfZero_AreDistancesOfZeroAndComeBack(int bits, int width)
    {
        const int Rows = 5;
        const int BlockRows = 2;
        var layout = new CodedLayout(2L * width * Rows, width, Rows, BlockRows, bits);
        byte[] data = new byte[layout.Bytes];
        int zeros = (int)layout.Scales * sizeof(ushort);
        int codes = zeros + (int)layout.Scales;
        for (int i = 0; i < layout.Scales; i++)
        {
            data[zeros + i] = (byte)(((i * 7) + (i / 16)) % (1 << bits));
        }

        for (int block = 0; block < layout.Panels * layout.Blocks; block++)
        {
            (_, _, int rows, long start) = layout.Block(block);
            for (int i = 0; i < rows * width; i++)
            {
                int code = data[zeros + (block * width) + (i % width)] << (bits == 8 || i % 32 < 16 ? 0 : 4);
                data[codes + (int)start + (bits == 8 ? i : (i / 32 * 16) + (i % 16))] |= (byte)code;
            }
        }

        byte[] shifted = [.. data];
        fixed (byte* first = shifted)
        {
            layout.Shift(first, back: false);
        }

        byte[] back = [.. shifted];
        fixed (byte* first = back)
        {
            layout.Shift(first, back: true);
        }

        Assert.Equal(data[..codes], shifted[..codes]);
        Assert.Equal(data[codes..], back[codes..]);
        for (int block = 0; block < layout.Panels * layout.Blocks; block++)
        {
            (_, _, int rows, long start) = layout.Block(block);
            for (int i = 0; i < rows * width; i++)
            {
                byte both = shifted[codes + (int)start + (bits == 8 ? i : (i / 32 * 16) + (i % 16))];
                Assert.Equal(0, bits == 8 ? both : i % 32 < 16 ? both & 0xF : both >> 4);
            }
        }
    }

    /// <summary>What the header of a constant says is believed as far as the bytes reach.</summary>
    [Theory]
    [InlineData(0, 0L)]
    [InlineData(0, 47L)]
    [InlineData(0, 96L)]
    [InlineData(0, -48L)]
    [InlineData(0, 48L << 32)]
    [InlineData(8, 0)]
    [InlineData(8, 15)]
    [InlineData(8, -16)]
    [InlineData(8, int.MaxValue)]
    [InlineData(12, 0)]
    [InlineData(12, 2)]
    [InlineData(12, int.MinValue)]
    [InlineData(16, 0)]
    [InlineData(16, 4)]
    [InlineData(20, 5)]
    [InlineData(20, 32)]
    [InlineData(20, 0)]
    [InlineData(24, 0)]
    [InlineData(24, 2)]
    [InlineData(24, -1)]
    public void Load_DamagedCodes_AreRefused(int field, long value)
    {
        (byte[] blob, string hash) = Coded(8, parts: 1);
        if (field == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(blob.AsSpan(192), value);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(blob.AsSpan(192 + field), (int)value);
        }

        Assert.Throws<InvalidDataException>(() => ModelWeights.Load(blob, hash));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(2u)]
    [InlineData(int.MaxValue)]
    [InlineData(uint.MaxValue)]
    public void Load_OtherNumberOfCodedConstants_IsRefused(uint count)
    {
        (byte[] blob, string hash) = Coded(8, parts: 1);
        BinaryPrimitives.WriteUInt32LittleEndian(blob.AsSpan(12), count);

        Assert.Throws<InvalidDataException>(() => ModelWeights.Load(blob, hash));
        Assert.Throws<InvalidDataException>(() => ModelWeights.Load(blob.AsMemory(0, blob.Length - 64), hash));
    }

    private static float Scale(int block, int lane) => (1 + (lane / 128f)) / (1 << block);

    private static int Code(int row, int lane, int bits) => ((row * 50) + (lane * 11)) % (1 << bits);

    private static float[] Expected(int bits) =>
        [.. Enumerable.Range(0, 48).Select(i => (Code(i / 16, i % 16, bits) - (i % 16)) * Scale(i / 32, i % 16))];

    /// <summary>64 raw bytes, 32 halves, and a constant of codes at 192.</summary>
    private static (byte[] Blob, string Hash) Coded(int bits, int parts)
    {
        byte[] constant = new byte[32];
        BinaryPrimitives.WriteInt64LittleEndian(constant, 48);
        BinaryPrimitives.WriteInt32LittleEndian(constant.AsSpan(8), 16);
        BinaryPrimitives.WriteInt32LittleEndian(constant.AsSpan(12), 3);
        BinaryPrimitives.WriteInt32LittleEndian(constant.AsSpan(16), 2);
        BinaryPrimitives.WriteInt32LittleEndian(constant.AsSpan(20), bits);
        BinaryPrimitives.WriteInt32LittleEndian(constant.AsSpan(24), parts);
        int[] lanes = [.. Enumerable.Range(0, 32)];
        byte[] scales =
        [
            .. lanes.SelectMany(
                i => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(Scale(i / 16, i % 16)) >> 16))),
        ];
        byte[] zeros = [.. lanes.Select(i => (byte)(i % 16))];
        int[] codes = [.. Enumerable.Range(0, 48).Select(i => Code(i / 16, i % 16, bits))];
        byte[] stored = bits == 8 ? [.. codes.Select(c => (byte)c)]
            : [.. Enumerable.Range(0, 16).Select(i => (byte)(codes[i] | (codes[16 + i] << 4))), .. codes[32..].Select(c => (byte)c)];
        constant = [.. constant, .. scales, .. zeros, .. stored];
        Array.Resize(ref constant, (constant.Length + 63) / 64 * 64);
        return Blob(s_raw[..64], new Half[16 * 2], constant, 1);
    }

    private static (byte[] Blob, string Hash) Blob(byte[] raw, Half[] halves, byte[]? coded = null, uint count = 0)
    {
        byte[] payload = [.. raw, .. halves.SelectMany(BitConverter.GetBytes), .. coded ?? []];
        byte[] hash = SHA256.HashData(payload);
        var header = new byte[64];
        "MODELBW1"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), count);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(16), (ulong)raw.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(24), (ulong)halves.Length);
        hash.CopyTo(header, 32);
        return ([.. header, .. payload], Convert.ToHexString(hash));
    }
}
