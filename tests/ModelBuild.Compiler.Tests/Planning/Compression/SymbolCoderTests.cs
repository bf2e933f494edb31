using ModelBuild.Compiler.Planning.Compression;
using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Tests.Planning.Compression;

/// <summary>What is encoded is decoded again, in about the bits that information theory allows.</summary>
public sealed class SymbolCoderTests
{
    /// <summary>In parts of a bit: the logarithm of how seldom a symbol is, rounded up.</summary>
    [Fact]
    public void Costs_OfEveryFrequency_AreItsLogarithm()
    {
        for (int frequency = 1; frequency <= SymbolTable.Total; frequency++)
        {
            double bits = Math.Log2((double)SymbolTable.Total / frequency);
            Assert.InRange(SymbolCosts.Of(frequency), (bits * SymbolCosts.BitParts) - 1e-6, (bits * SymbolCosts.BitParts) + 1);
        }

        Assert.InRange(SymbolCosts.Of(0), SymbolCosts.Of(1) + 1, int.MaxValue);
    }

    /// <summary>Frequencies add up, nothing that occurs is without one, and they are near their parts.</summary>
    [Fact]
    public void Normalize_AnyCounts_IsNearTheirParts()
    {
        var random = new Random(6);
        for (int round = 0; round < 200; round++)
        {
            int[] counts = [.. Enumerable.Range(0, 256).Select(_ => random.Next(4) == 0 ? random.Next(1, 1 << random.Next(1, 20)) : 0)];

            int[] frequencies = SymbolCosts.Normalize(counts);

            Assert.Equal(SymbolTable.Total, frequencies.Sum());
            Assert.Equal(counts.Select(c => c > 0), frequencies.Select(f => f > 0));

            // Each is rounded by less than one, or up to one; what that adds up to is taken from the largest.
            double all = counts.Sum(c => (double)c);
            double off = counts.Zip(frequencies, (c, f) => Math.Abs(f - (c / all * SymbolTable.Total))).Sum();
            Assert.InRange(off, 0, 2 * counts.Count(c => c > 0));
        }
    }

    public static TheoryData<int, int, double> Sources => new()
    {
        { 0, 4, 1 }, { 1, 1, 1 }, { 3, 2, 0.5 }, { 4, 256, 1 }, { 17, 256, 0.2 }, { 1000, 1, 1 }, { 1000, 31, 0.9 }, { 1000, 32, 0.9 },
        { 1001, 33, 0.5 }, { 40_000, 256, 1 }, { 40_001, 256, 0.97 }, { 40_002, 200, 0.5 }, { 40_003, 2, 0.001 },
    };

    /// <param name="count">Symbols.</param>
    /// <param name="symbols">How many there are to choose from.</param>
    /// <param name="ratio">How much rarer each is than the one before it.</param>
    [Theory]
    [MemberData(nameof(Sources))]
    public unsafe void Decode_WhatWasEncoded_IsTheSameInFewBits(int count, int symbols, double ratio)
    {
        var random = new Random(count + symbols);
        byte[] source = [.. Enumerable.Range(0, count).Select(_ => Draw(random, symbols, ratio))];
        int[] counts = Count(source);
        int[] frequencies = SymbolCosts.Normalize(counts);
        var encoder = new SymbolEncoder();
        encoder.Add(frequencies, source);
        encoder.Add(frequencies, [.. source.Reverse()]);
        byte[] coded = encoder.Finish();

        var table = new byte[SymbolTable.StoredBytes(frequencies)];
        SymbolTable.Write(frequencies, table);
        uint[] entries = new uint[SymbolTable.Total];
        ReadOnlySpan<byte> rest = [.. table, 77];
        Assert.True(SymbolTable.TryRead(ref rest, entries));
        Assert.Equal([77], rest.ToArray());
        byte[] decoded = new byte[(2 * count) + 1];
        fixed (byte* start = coded, destination = decoded)
        {
            fixed (uint* first = entries)
            {
                var decoder = new SymbolDecoder(start);
                Assert.True(decoder.Decode(first, destination, count, start + coded.Length));
                Assert.True(decoder.Decode(first, destination + count, count, start + coded.Length));
                Assert.True(decoder.IsAtEnd(start + coded.Length));
            }
        }

        Assert.Equal(4096, frequencies.Sum());
        Assert.Equal([.. source, .. source.Reverse(), 0], decoded);
        Assert.InRange(coded.Length, 0, (2 * Entropy(counts) / 8 * 1.02) + 24);
    }

    /// <summary>A symbol of half of all doubles the state, until it is exactly the least that is too much for 32 bits.</summary>
    [Fact]
    public unsafe void Decode_StateThatReachesItsBoundExactly_IsTheSame()
    {
        var frequencies = new int[256];
        frequencies[0] = frequencies[1] = SymbolTable.Total / 2;
        var encoder = new SymbolEncoder();
        encoder.Add(frequencies, new byte[40 * SymbolDecoder.States]);
        byte[] coded = encoder.Finish();

        var table = new byte[SymbolTable.StoredBytes(frequencies)];
        SymbolTable.Write(frequencies, table);
        uint[] entries = new uint[SymbolTable.Total];
        ReadOnlySpan<byte> rest = table;
        Assert.True(SymbolTable.TryRead(ref rest, entries));
        byte[] decoded = [.. Enumerable.Repeat((byte)9, 40 * SymbolDecoder.States)];
        fixed (byte* start = coded, destination = decoded)
        {
            fixed (uint* first = entries)
            {
                var decoder = new SymbolDecoder(start);
                Assert.True(decoder.Decode(first, destination, decoded.Length, start + coded.Length));
                Assert.True(decoder.IsAtEnd(start + coded.Length));
            }
        }

        Assert.All(decoded, symbol => Assert.Equal(0, symbol));
    }

    [Fact]
    public void Of_EveryFrequency_IsItsLogarithm()
    {
        for (int frequency = 1; frequency <= SymbolTable.Total; frequency++)
        {
            Assert.Equal(
                Math.Log2(SymbolTable.Total / (double)frequency), SymbolCosts.Of(frequency) / (double)SymbolCosts.BitParts, 1.0 / 255);
        }
    }

    /// <summary>What is not a table is refused, however it comes about: each byte changed to everything, and cut off everywhere.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    public void TryRead_DamagedTable_IsReadWithinItsBytesOrRefused(int symbols)
    {
        int[] counts = [.. Enumerable.Range(0, 256).Select(i => i % (256 / symbols) == 0 ? 1 + i : 0)];
        int[] frequencies = SymbolCosts.Normalize(counts);
        var table = new byte[SymbolTable.StoredBytes(frequencies)];
        SymbolTable.Write(frequencies, table);
        var entries = new uint[SymbolTable.Total];
        int refused = 0;
        for (int i = 0; i < table.Length; i++)
        {
            ReadOnlySpan<byte> cut = table.AsSpan(0, i);
            Assert.False(SymbolTable.TryRead(ref cut, entries));
            for (int value = 1; value < 256; value++)
            {
                byte[] damaged = [.. table];
                damaged[i] ^= (byte)value;
                ReadOnlySpan<byte> rest = damaged;
                refused += SymbolTable.TryRead(ref rest, entries) ? 0 : 1;
            }
        }

        Assert.InRange(refused, table.Length * 128, table.Length * 255);
    }

    private static byte Draw(Random random, int symbols, double ratio)
    {
        int symbol = 0;
        if (ratio == 1)
        {
            return (byte)random.Next(symbols);
        }

        while (symbol < symbols - 1 && random.NextDouble() < ratio)
        {
            symbol++;
        }

        return (byte)symbol;
    }

    private static int[] Count(byte[] source)
    {
        var counts = new int[256];
        foreach (byte symbol in source)
        {
            counts[symbol]++;
        }

        return counts;
    }

    private static double Entropy(int[] counts)
    {
        double all = counts.Sum();
        return counts.Where(c => c > 0).Sum(c => c * Math.Log2(all / c));
    }
}
