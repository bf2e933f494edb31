using ModelBuild.Compiler.Calibration.Pictures;

namespace ModelBuild.Compiler.Tests.Calibration.Pictures;

/// <summary>Against the definition in reals, and numbers that can be worked out by hand.</summary>
public sealed class PictureResizeTests
{
    /// <summary>As Pillow gives them: Image.fromarray(…).resize(…, BILINEAR).</summary>
    [Theory]
    [InlineData(new byte[] { 0, 255 }, new byte[] { 0, 64, 191, 255 })] // quarters of the way
    [InlineData(new byte[] { 7, 7, 7, 7, 7 }, new byte[] { 7, 7, 7 })]
    [InlineData(new byte[] { 0, 100, 200, 250 }, new byte[] { 71, 207 })] // weights 3 3 1 and 1 3 3
    [InlineData(new byte[] { 0, 80, 160, 240 }, new byte[] { 120 })] // weights 5 7 7 5
    public void Run_OneRow_IsTheTriangleSum(byte[] row, byte[] expected)
    {
        Assert.Equal(expected, PictureResize.Run(new Picture(1, row.Length, 1, row), 1, expected.Length).Pixels);
        Assert.Equal(expected, PictureResize.Run(new Picture(row.Length, 1, 1, row), expected.Length, 1).Pixels);
    }

    [Theory]
    [InlineData(30, 40, 13, 17)]
    [InlineData(9, 5, 20, 31)]
    [InlineData(64, 64, 8, 64)]
    [InlineData(10, 12, 10, 12)]
    public void Run_AnySize_IsTheDefinitionToOneUnit(int height, int width, int newHeight, int newWidth)
    {
        byte[] pixels = new byte[height * width * 3];
        new Random(1).NextBytes(pixels);
        Picture result = PictureResize.Run(new Picture(height, width, 3, pixels), newHeight, newWidth);

        Assert.Equal((newHeight, newWidth, 3), (result.Height, result.Width, result.Channels));
        for (int y = 0; y < newHeight; y++)
        {
            for (int x = 0; x < newWidth; x++)
            {
                for (int c = 0; c < 3; c++)
                {
                    double sum = 0;
                    double weights = 0;
                    for (int i = 0; i < height; i++)
                    {
                        for (int j = 0; j < width; j++)
                        {
                            double weight = Triangle(i, y, height, newHeight) * Triangle(j, x, width, newWidth);
                            sum += weight * pixels[(((i * width) + j) * 3) + c];
                            weights += weight;
                        }
                    }

                    Assert.Equal(sum / weights, result.Pixels[(((y * newWidth) + x) * 3) + c], 1.01);
                }
            }
        }
    }

    /// <summary>Centers of pixels, in pixels of the source.</summary>
    private static double Triangle(int source, int target, int length, int newLength)
    {
        double scale = (double)length / newLength;
        return Math.Max(0, 1 - (Math.Abs(source + 0.5 - ((target + 0.5) * scale)) / Math.Max(1, scale)));
    }
}
