namespace ModelBuild.Compiler.Calibration.Pictures;

/// <summary>Bytes of a picture.</summary>
/// <param name="Channels">1 for gray, 3 for red, green and blue.</param>
/// <param name="Pixels"><c>[height, width, channels]</c>.</param>
internal sealed record Picture(int Height, int Width, int Channels, byte[] Pixels)
{
    /// <summary>In color, or in gray with the weights of ITU-R 601.</summary>
    public Picture WithChannels(int channels)
    {
        if (channels == Channels)
        {
            return this;
        }

        var pixels = new byte[Height * Width * channels];
        for (int i = 0; i < Height * Width; i++)
        {
            if (channels == 3)
            {
                pixels.AsSpan(3 * i, 3).Fill(Pixels[i]);
            }
            else
            {
                // In units of 2⁻¹⁶, as Pillow has them.
                pixels[i] = (byte)(((19595 * Pixels[3 * i]) + (38470 * Pixels[(3 * i) + 1]) + (7471 * Pixels[(3 * i) + 2]) + 0x8000) >> 16);
            }
        }

        return this with { Channels = channels, Pixels = pixels };
    }

    /// <summary>The middle of it; where that is between two pixels, as torchvision rounds.</summary>
    public Picture Crop(int height, int width)
    {
        int top = (int)Math.Round((Height - height) / 2.0, MidpointRounding.ToEven);
        int left = (int)Math.Round((Width - width) / 2.0, MidpointRounding.ToEven);
        var pixels = new byte[height * width * Channels];
        for (int y = 0; y < height; y++)
        {
            Pixels.AsSpan((((top + y) * Width) + left) * Channels, width * Channels).CopyTo(pixels.AsSpan(y * width * Channels));
        }

        return new Picture(height, width, Channels, pixels);
    }
}
