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

    private static (byte[] Blob, string Hash) Blob(byte[] raw, Half[] halves)
    {
        byte[] payload = [.. raw, .. halves.SelectMany(BitConverter.GetBytes)];
        byte[] hash = SHA256.HashData(payload);
        var header = new byte[64];
        "MODELBW1"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), 2);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(16), (ulong)raw.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(24), (ulong)halves.Length);
        hash.CopyTo(header, 32);
        return ([.. header, .. payload], Convert.ToHexString(hash));
    }
}
