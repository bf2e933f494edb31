using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public class LookupTests
{
    [Fact]
    public void UInt8_EveryCode_IsItsEntry()
    {
        byte[] table = Samples.Codes(256, 1);
        byte[] codes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        var y = new byte[256];
        Lookup.UInt8(codes, table, y);
        Assert.Equal(table, y);
    }

    [Fact]
    public void UInt8_EveryLength_ReadsAndWritesNothingElse()
    {
        byte[] table = Samples.Codes(256, 2);
        foreach (int length in Samples.Lengths)
        {
            byte[] x = Samples.Codes(length, length);
            byte[] expected = [.. x.Select(v => table[v])];
            byte[] framed = [.. Enumerable.Repeat((byte)77, length + 2)];
            Lookup.UInt8(x, table, framed.AsSpan(1, length));
            Assert.Equal([77, .. expected, 77], framed);
            Lookup.UInt8(x, table, x);
            Assert.Equal(expected, x);
        }
    }

    [Fact]
    public void UInt8_SpansThatDoNotFit_AreRefused()
    {
        Assert.Equal("table", Parameter(() => Lookup.UInt8(new byte[3], new byte[255], new byte[3])));
        Assert.Equal("output", Parameter(() => Lookup.UInt8(new byte[3], new byte[256], new byte[2])));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void ChannelsUInt8_EveryLength_IsTheEntryOfItsChannelAndNothingElse(int channels)
    {
        byte[] tables = Samples.Codes(256 * channels, 3);
        foreach (int places in Samples.Lengths)
        {
            int length = places * channels;
            byte[] x = Samples.Codes(length, length);
            byte[] expected = [.. x.Select((v, i) => tables[(i % channels * 256) + v])];
            byte[] framed = [.. Enumerable.Repeat((byte)77, length + 2)];
            Lookup.ChannelsUInt8(x, tables, framed.AsSpan(1, length));
            Assert.Equal([77, .. expected, 77], framed);
            Lookup.ChannelsUInt8(x, tables, x);
            Assert.Equal(expected, x);
        }
    }

    [Fact]
    public void ChannelsUInt8_SpansThatDoNotFit_AreRefused()
    {
        Assert.Equal("tables", Parameter(() => Lookup.ChannelsUInt8(new byte[3], [], new byte[3])));
        Assert.Equal("tables", Parameter(() => Lookup.ChannelsUInt8(new byte[3], new byte[255], new byte[3])));
        Assert.Equal("tables", Parameter(() => Lookup.ChannelsUInt8(new byte[6], new byte[700], new byte[6])));
        Assert.Equal("input", Parameter(() => Lookup.ChannelsUInt8(new byte[7], new byte[768], new byte[7])));
        Assert.Equal("output", Parameter(() => Lookup.ChannelsUInt8(new byte[6], new byte[768], new byte[5])));
    }

    private static string? Parameter(Action action) => Assert.ThrowsAny<ArgumentException>(action).ParamName;
}
