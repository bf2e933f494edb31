namespace ModelBuild.Compiler.Tests;

public class ModelModeNamesTests
{
    [Fact]
    public void TryRead_WordOfEveryMode_IsThatMode()
    {
        ModelMode[] modes = Enum.GetValues<ModelMode>();
        Assert.Equal(modes.Length, ModelModeNames.Words.Count);
        foreach (ModelMode mode in modes)
        {
            Assert.Contains(mode.Word(), ModelModeNames.Words);
            Assert.True(ModelModeNames.TryRead(mode.Word().ToUpperInvariant(), out ModelMode read, out _));
            Assert.Equal(mode, read);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("int")]
    [InlineData("2")]
    [InlineData("fp16 ")]
    public void TryRead_AnythingElse_IsRefused(string word) => Assert.False(ModelModeNames.TryRead(word, out _, out _));
}
