using ModelBuild.Generator.Emit;

namespace ModelBuild.Generator.Tests;

/// <summary>Names of models in comments: all that C# and XML can have stays.</summary>
public sealed class CommentTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("\ud83d\ude00", "\ud83d\ude00")]
    [InlineData("at the end \ud83d\ude00", "at the end \ud83d\ude00")]
    [InlineData("\ud83d\ude00 in front", "\ud83d\ude00 in front")]
    [InlineData("a\r\nb\u2028c\u2029d\u0000e", "a  b c d e")]
    [InlineData("\ufffe\uffff", "")]
    public void Comment_AnyText_IsOneLine(string text, string expected) => Assert.Equal(expected, CSharp.Comment(text));

    [Fact]
    public void Comment_HalfAPair_IsASpace()
    {
        Assert.Equal("half a pair", CSharp.Comment("half a pair \ud83d"));
        Assert.Equal("a  b", CSharp.Comment("a\ud83d b"));
        Assert.Equal("the other half", CSharp.Comment("\ude00 the other half"));
    }

    [Fact]
    public void Xml_Markup_IsText() => Assert.Equal("a &lt;b&gt; &amp;amp; c", CSharp.Xml("a <b> &amp; c"));
}
