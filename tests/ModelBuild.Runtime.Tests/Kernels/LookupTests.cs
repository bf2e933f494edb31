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

    private static string? Parameter(Action action) => Assert.ThrowsAny<ArgumentException>(action).ParamName;
}
