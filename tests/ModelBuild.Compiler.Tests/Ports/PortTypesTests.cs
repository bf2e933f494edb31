namespace ModelBuild.Compiler.Tests.Ports;

public sealed class PortTypesTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData(" ; ", null)]
    [InlineData("uint8", PortType.UInt8)]
    [InlineData(" UInt8 ;", PortType.UInt8)]
    [InlineData("int8", PortType.Int8)]
    [InlineData("a=b = uint8; left=INT8", null, "a=b: UInt8", "left: Int8")]
    [InlineData("left=uint8;int8", PortType.Int8, "left: UInt8")]
    public void TryRead_Text_IsWhatItSays(string text, PortType? every, params string[] named)
    {
        Assert.True(PortTypes.TryRead(text, out PortTypes types, out string? wrong));
        Assert.Null(wrong);
        Assert.Equal(every, types.Every);
        Assert.Equal(named, types.Named.Select(n => $"{n.Key}: {n.Value}"));
        Assert.Equal(every, types.Of("no name"));
        Assert.All(types.Named, n => Assert.Equal(n.Value, types.Of(n.Key)));
    }

    [Theory]
    [InlineData("byte", "Write uint8 or int8 for all")]
    [InlineData("unit8", "Did you mean 'uint8'?")]
    [InlineData("image=int4", "'image=int4' is no type of a port")]
    [InlineData("0", "'0' is no type")]
    [InlineData("=uint8", "'=uint8' is no type")]
    [InlineData("uint8;int8", "said twice")]
    [InlineData("a=uint8;a=int8", "said twice")]
    public void TryRead_WrongText_SaysTheWayOut(string text, string expected)
    {
        Assert.False(PortTypes.TryRead(text, out PortTypes types, out string? wrong));
        Assert.Equal(PortTypes.None, types);
        Assert.Contains(expected, wrong, StringComparison.Ordinal);
    }
}
