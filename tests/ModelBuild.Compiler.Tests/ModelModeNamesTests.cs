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
    [InlineData("float16", ModelMode.Fp16)]
    [InlineData("Float32", ModelMode.Fp32)]
    [InlineData("8bit", ModelMode.Int8)]
    [InlineData("dynamic", ModelMode.Int8Dynamic)]
    [InlineData("int4", ModelMode.Int4Weights)]
    [InlineData("16x8", ModelMode.Int16x8)]
    [InlineData("w8a16", ModelMode.Int8Weights)]
    [InlineData("int-8", ModelMode.Int8)]
    public void TryRead_WordOfAnotherTool_SuggestsOurs(string word, ModelMode meant)
    {
        Assert.False(ModelModeNames.TryRead(word, out _, out string? way));
        Assert.EndsWith($" Did you mean '{meant.Word()}'?", way, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("int")]
    [InlineData("2")]
    [InlineData("fp16 ")]
    public void TryRead_AnythingElse_IsRefused(string word) => Assert.False(ModelModeNames.TryRead(word, out _, out _));
}
