namespace ModelBuild.Compiler.Tests.Calibration.Pictures;

public sealed class ImagePreprocessingTests
{
    [Fact]
    public void TryRead_AllSteps_AreRead()
    {
        const string Text = "resize=256; crop=224x160;Scale=1/255;mean=0.485,0.456,0.406;std=0.229,0.224,0.225;layout=NCHW;channels=bgr";
        Assert.True(ImagePreprocessing.TryRead(Text, out ImagePreprocessing? steps, out _));
        Assert.Equal(new ImageSize(256), steps!.Resize);
        Assert.Equal(new ImageSize(224, 160), steps.Crop);
        Assert.Equal(1 / 255.0, steps.Scale);
        Assert.Equal([0.485, 0.456, 0.406], steps.Mean);
        Assert.Equal([0.229, 0.224, 0.225], steps.Std);
        Assert.Equal((ImageLayout.Nchw, ImageChannels.Bgr), (steps.Layout, steps.Channels));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ; ")]
    public void TryRead_Nothing_IsNull(string text)
    {
        Assert.True(ImagePreprocessing.TryRead(text, out ImagePreprocessing? steps, out _));
        Assert.Null(steps);
    }

    [Theory]
    [InlineData("size=224", "'size=224' is no step")]
    [InlineData("resise=224", "Did you mean 'resize'?")]
    [InlineData("resize=0", "resize=256 for the shorter side")]
    [InlineData("resize=1x2x3", "resize=256")]
    [InlineData("crop=-3", "crop=224")]
    [InlineData("scale=0", "scale=1/255")]
    [InlineData("scale=1/0", "scale=1/255")]
    [InlineData("scale", "scale=1/255")]
    [InlineData("mean=a", "mean=0.485")]
    [InlineData("std=1,0,1", "none of them zero")]
    [InlineData("layout=chw", "layout=nchw or layout=nhwc")]
    [InlineData("channels=rgba", "channels=gray")]
    [InlineData("scale=1;scale=2", "Say it once")]
    public void TryRead_AnythingElse_SaysTheWayOut(string text, string wayOut)
    {
        Assert.False(ImagePreprocessing.TryRead(text, out ImagePreprocessing? steps, out string? wrong));
        Assert.Null(steps);
        Assert.Contains(wayOut, wrong, StringComparison.Ordinal);
    }
}
