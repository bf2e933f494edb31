using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Planning.Compression;
using ModelBuild.Plan;
using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Tests.Planning.Compression;

/// <summary>Compressed weights whose checks are right and whose contents are not, and so many that they go other ways.</summary>
public sealed unsafe class ForgedWeightsTests
{
    /// <summary>A segment lies in front of the end of the raw bytes or behind it: the two are different memory.</summary>
    [Theory]
    [InlineData(64, 100, 64, true)]
    [InlineData(100, 100, 100, true)]
    [InlineData(100, 100, 200, true)]
    [InlineData(100, 100, 0, true)]
    [InlineData(100, 100, 99, false)]
    [InlineData(100, 100, 101, false)]
    public void Expand_SegmentAcrossTheEndOfRawBytes_IsRefused(int first, int second, int rawBytes, bool isAligned)
    {
        byte[] file = File(inPlace: 0, Plain(first), Plain(second));
        using var raw = new GuardedSpan<byte>(rawBytes);
        using var stored = new GuardedSpan<byte>(first + second - rawBytes);
        fixed (byte* start = file, rawStart = raw.Span, storedStart = stored.Span)
        {
            CompressedWeights weights = CompressedWeights.Read(start, file.Length, "weights");
            byte* to = rawStart;
            byte* rest = storedStart;
            if (isAligned)
            {
                weights.Expand(to, rawBytes, rest);
                Assert.Equal([.. Bytes(first), .. Bytes(second)], [.. raw.Span, .. stored.Span]);
            }
            else
            {
                Assert.Throws<InvalidDataException>(() => weights.Expand(to, rawBytes, rest));
            }
        }

        raw.Verify();
        stored.Verify();
    }

    /// <summary>More than the segments are, in the directory, behind the last chunk, or by what the preamble says.</summary>
    [Theory]
    [InlineData(0, 0, 0, true)]
    [InlineData(8, 0, 0, false)]
    [InlineData(0, 3, 0, false)]
    [InlineData(0, 0, 5, false)]
    [InlineData(8, 3, 0, false)]
    public void Expand_MoreThanTheSegments_IsRefused(int moreDirectory, int moreBytes, int moreLength, bool isRight)
    {
        byte[] file = [.. File(0, moreDirectory, moreLength, Plain(100), Plain(60)), .. new byte[moreBytes]];
        byte[] expanded = new byte[200];
        fixed (byte* start = file, to = expanded)
        {
            CompressedWeights weights = CompressedWeights.Read(start, file.Length, "weights");
            byte* raw = to;
            if (isRight)
            {
                weights.Expand(raw, 160, raw + 160);
                Assert.Equal([.. Bytes(100), .. Bytes(60)], expanded[..160]);
            }
            else
            {
                Assert.Throws<InvalidDataException>(() => weights.Expand(raw, 160 + moreLength, raw + 160 + moreLength));
            }
        }
    }

    /// <summary>A chunk more for what is one byte, or one row of tiles, more than chunks hold.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(9)]
    public void Load_ALittleMoreThanChunksHold_IsTheSameBytes(int more)
    {
        var random = new Random(more);
        byte[] noise = new byte[(2 << 20) + more];
        random.NextBytes(noise);
        byte[] codes = [.. Enumerable.Range(0, (3 << 16) + more).Select(_ => (byte)(random.Next(9) == 0 ? random.Next(1, 5) : 0))];
        var writer = new WeightWriter(WeightStorage.Plain);
        writer.Add("codes", PlanType.U8, ConstantFormats.Plain, codes);
        PackedWeights weights = writer.Finish().With(compress: true);
        using var file = new MemoryStream();
        weights.WriteTo(file);
        ModelWeights loaded = ModelWeights.Load(file.ToArray(), weights.Sha256);
        Assert.True(loaded.Span<byte>(0, codes.Length).SequenceEqual(codes));

        byte[] plain = File(0, PackedSegment.Plain(noise));
        byte[] expanded = new byte[noise.Length];
        fixed (byte* start = plain, to = expanded)
        {
            CompressedWeights.Read(start, plain.Length, "weights").Expand(to, expanded.Length, to + expanded.Length);
        }

        Assert.True(expanded.AsSpan().SequenceEqual(noise));
    }

    /// <summary>Constants in place are read from where they are, by instructions that ask for their alignment.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(128, true)]
    [InlineData(32, false)]
    [InlineData(96, false)]
    public void Read_BytesInPlace_AreAMultipleOf64(int inPlace, bool isRead)
    {
        byte[] file = File(inPlace, Plain(100));
        fixed (byte* start = file)
        {
            byte* from = start;
            if (isRead)
            {
                Assert.Equal(inPlace, CompressedWeights.Read(from, file.Length, "weights").InPlace);
            }
            else
            {
                Assert.Throws<InvalidDataException>(() => CompressedWeights.Read(from, file.Length, "weights"));
            }
        }
    }

    /// <summary>So much that threads share the work: each of them finds damage.</summary>
    [Fact]
    public void Load_DamagedLargeFile_IsRefused()
    {
        var random = new Random(12);
        var writer = new WeightWriter(WeightStorage.Plain);
        sbyte[] codes = [.. Enumerable.Range(0, 1 << 20).Select(_ => (sbyte)(random.Next(10) == 0 ? random.Next(1, 9) : 0))];
        writer.Add("codes", PlanType.S8, ConstantFormats.Plain, MemoryMarshal.AsBytes<sbyte>(codes).ToArray(), (64, 1 << 14));
        PackedWeights weights = writer.Finish().With(compress: true);
        using var file = new MemoryStream();
        weights.WriteTo(file);
        byte[] bytes = file.ToArray();
        Assert.True(ModelWeights.Load(bytes, weights.Sha256).Span<sbyte>(0, codes.Length).SequenceEqual(codes));

        for (int i = 1; i < 8; i++)
        {
            // Behind header and directory, which take less than an eighth.
            byte[] damaged = [.. bytes];
            damaged[(bytes.Length * (long)i / 8) + 1] ^= 16;
            Assert.Throws<InvalidDataException>(() => ModelWeights.Load(damaged, weights.Sha256));
        }
    }

    /// <summary>More tables than are open at a time.</summary>
    [Fact]
    public void Load_ManySmallConstants_AreTheSameBytes()
    {
        const int Constants = 700, Length = 1024;
        var random = new Random(13);
        var writer = new WeightWriter(WeightStorage.Plain);
        byte[][] data = [.. Enumerable.Range(0, Constants).Select(_ =>
            Enumerable.Range(0, Length).Select(_ => (byte)(random.Next(12) == 0 ? 1 : 0)).ToArray())];
        for (int i = 0; i < data.Length; i++)
        {
            writer.Add($"constant {i}", PlanType.U8, ConstantFormats.Plain, data[i]);
        }

        PackedWeights weights = writer.Finish().With(compress: true);
        using var file = new MemoryStream();
        weights.WriteTo(file);
        ModelWeights loaded = ModelWeights.Load(file.ToArray(), weights.Sha256);

        Assert.InRange(file.Length, 1, Constants * Length / 2);
        foreach (PlanConstant constant in weights.Layout())
        {
            int index = int.Parse(constant.Name.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(loaded.Span<byte>(constant.Offset, Length).SequenceEqual(data[index]), constant.Name);
        }
    }

    /// <summary>All of a chunk is used, and the states end as the encoder began.</summary>
    [Fact]
    public void TryExpand_ChunkWithMoreOrOtherBits_IsRefused()
    {
        var random = new Random(14);
        byte[] data = [.. Enumerable.Range(0, 64 * 64).Select(_ => (byte)(random.Next(6) == 0 ? random.Next(1, 4) : 0))];
        PackedSegment packed = SegmentEncoder.Encode(data, 1, isFloat: false, [(64, 64)])!;
        byte[] chunk = Assert.Single(packed.Chunks).ToArray();
        byte[] otherStart = [.. chunk];
        otherStart[packed.Layout.ClassBytes] ^= 1;
        byte[] otherEnd = [.. chunk];
        otherEnd[^1] ^= 1;

        // The bytes of the one plane are coded: none lie behind the bits.
        Assert.Equal(1, packed.Layout.CodedPlanes);
        Assert.True(IsExpanded(chunk));
        Assert.False(IsExpanded([.. chunk, 0, 0]));
        Assert.False(IsExpanded(otherStart));
        Assert.False(IsExpanded(otherEnd));

        bool IsExpanded(byte[] bytes)
        {
            Segment segment = Segment.Open(packed.Layout, packed.Tables)!;
            byte[] expanded = new byte[data.Length];
            fixed (byte* from = bytes, to = expanded)
            {
                return segment.TryExpand(0, from, bytes.Length, to);
            }
        }
    }

    /// <summary>A column of a class that there is not has no values: what lies there would be what the memory held before.</summary>
    [Fact]
    public void TryExpand_ColumnsOfNoClass_AreRefused()
    {
        int[] frequencies = SymbolCosts.Normalize(new int[256]);
        byte[] table = new byte[SymbolTable.StoredBytes(frequencies)];
        SymbolTable.Write(frequencies, table);
        var layout = new SegmentLayout(64 * 16, 1)
        {
            CodedPlanes = 1, TileWidth = 8, Width = 64, ChunkRows = 16, Classes = 2, TableBytes = 2 * table.Length,
        };
        Assert.True(layout.IsValid);
        Segment segment = Segment.Open(layout, [.. table, .. table])!;

        // All columns are of class 0 and zero, or of class 15, and nothing is coded.
        var zeros = new SymbolEncoder();
        zeros.Add(frequencies, new byte[64 * 16]);
        Assert.True(IsExpanded([.. new byte[layout.ClassBytes], .. zeros.Finish()]));
        Assert.False(IsExpanded([.. Enumerable.Repeat(byte.MaxValue, layout.ClassBytes), .. new SymbolEncoder().Finish()]));

        bool IsExpanded(byte[] bytes)
        {
            byte[] expanded = new byte[layout.Length];
            fixed (byte* from = bytes, to = expanded)
            {
                return segment.TryExpand(0, from, bytes.Length, to);
            }
        }
    }

    /// <summary>A chunk of half a row of tiles would be written beyond its end.</summary>
    [Theory]
    [InlineData(8, true)]
    [InlineData(12, true)]
    [InlineData(6, false)]
    [InlineData(0, false)]
    public void IsValid_ChunkRows_AreWholeTiles(int rows, bool isValid) => Assert.Equal(
        isValid,
        new SegmentLayout(1 << 12, 1) { HasMask = true, TileWidth = 2, Width = 16, ChunkRows = rows, Classes = 1 }.IsValid);

    [Theory]
    [InlineData(SegmentLayout.LargestChunk / 16, true)]
    [InlineData((SegmentLayout.LargestChunk / 16) + 4, false)]
    public void IsValid_Chunk_HasNoMoreElementsThanTheLargest(int rows, bool isValid) => Assert.Equal(
        isValid,
        new SegmentLayout(1 << 20, 1) { HasMask = true, TileWidth = 2, Width = 16, ChunkRows = rows, Classes = 1 }.IsValid);

    /// <summary>A bitmap of more symbols than the number in front of it says.</summary>
    [Fact]
    public void TryRead_BitmapOfMoreSymbols_IsRefused()
    {
        int[] frequencies = SymbolCosts.Normalize([.. Enumerable.Range(0, 256).Select(i => i < 40 ? 10 : 0)]);
        byte[] table = new byte[SymbolTable.StoredBytes(frequencies)];
        SymbolTable.Write(frequencies, table);
        ReadOnlySpan<byte> whole = table;
        Assert.True(SymbolTable.TryRead(ref whole, new uint[SymbolTable.Total]));

        // The bitmap follows the number.
        table[1 + (200 / 8)] |= 1 << (200 % 8);
        ReadOnlySpan<byte> forged = table;
        Assert.False(SymbolTable.TryRead(ref forged, new uint[SymbolTable.Total]));
    }

    /// <summary>An index is a byte, and one of the 256 is zero's.</summary>
    [Theory]
    [InlineData(255, 256)]
    [InlineData(256, null)]
    public void Palette_OfDistinctFloats_HasRoomForZero(int distinct, int? expected)
    {
        float[] values = [.. Enumerable.Range(0, 16_384).Select(i => 1 + ((i % distinct) / 3f))];
        byte[] bytes = MemoryMarshal.AsBytes<float>(values).ToArray();

        Assert.Equal(expected, SegmentSymbols.Of(bytes, sizeof(float), isFloat: true).Palette?.Length);
    }

    private static PackedSegment Plain(int length) => PackedSegment.Plain(Bytes(length));

    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i + length))];

    /// <summary>What follows the header of a blob, with checks that are right.</summary>
    private static byte[] File(int inPlace, params PackedSegment[] segments) => File(inPlace, 0, 0, segments);

    /// <param name="moreDirectory">Bytes of the directory that no segment has.</param>
    /// <param name="moreLength">Bytes that the preamble says too many.</param>
    private static byte[] File(int inPlace, int moreDirectory, int moreLength, params PackedSegment[] segments)
    {
        var directory = new List<byte>();
        foreach (PackedSegment segment in segments)
        {
            byte[] layout = new byte[SegmentLayout.StoredSize];
            segment.Layout.Write(layout);
            directory.AddRange(layout);
            foreach (ReadOnlyMemory<byte> chunk in segment.Chunks)
            {
                byte[] entry = new byte[SegmentLayout.ChunkEntrySize];
                BinaryPrimitives.WriteInt32LittleEndian(entry, chunk.Length);
                BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(sizeof(int)), Crc32C.Of(chunk.Span));
                directory.AddRange(entry);
            }
        }

        directory.AddRange(new byte[moreDirectory]);
        long length = inPlace + segments.Sum(s => s.Layout.Length) + moreLength;
        byte[] preamble = new byte[CompressedWeights.PreambleSize];
        CompressedWeights.WritePreamble(preamble, inPlace, length, length, segments.Length, directory.ToArray());
        return [.. preamble, .. new byte[inPlace], .. directory, .. segments.SelectMany(s => s.Chunks).SelectMany(c => c.ToArray())];
    }
}
