namespace ModelBuild.Compiler.Tests.Ports;

public sealed class ByteInputsTests
{
    [Theory]
    [InlineData("", false)]
    [InlineData(" ; ", false)]
    [InlineData("uint8", true)]
    [InlineData(" UInt8 ;", true)]
    [InlineData("a=b = uint8; left=UINT8", false, "a=b", "left")]
    [InlineData("left=uint8;uint8", true, "left")]
    public void TryRead_Text_IsWhatItSays(string text, bool isEveryImage, params string[] names)
    {
        Assert.True(ByteInputs.TryRead(text, out ByteInputs inputs, out string? wrong));
        Assert.Null(wrong);
        Assert.Equal(isEveryImage, inputs.IsEveryImage);
        Assert.Equal(names, inputs.Names);
    }

    [Theory]
    [InlineData("byte", "Write uint8 for all images")]
    [InlineData("unit8", "Did you mean 'uint8'?")]
    [InlineData("image=int8", "'image=int8' is no type of an input")]
    [InlineData("=uint8", "'=uint8' is no type")]
    [InlineData("uint8;uint8", "said twice")]
    [InlineData("a=uint8;a=uint8", "said twice")]
    public void TryRead_WrongText_SaysTheWayOut(string text, string expected)
    {
        Assert.False(ByteInputs.TryRead(text, out ByteInputs inputs, out string? wrong));
        Assert.Equal(ByteInputs.None, inputs);
        Assert.Contains(expected, wrong, StringComparison.Ordinal);
    }
}
