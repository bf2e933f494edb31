using SkiaSharp;

namespace LabelImage;

/// <summary>A picture from a file, upright, and the squares of it that a network can look at.</summary>
internal sealed class Picture : IDisposable
{
    /// <summary>Pixels in a row or a column of a square.</summary>
    public const int Side = 224;

    /// <summary>What the shorter side of a picture is before a square is cut out.</summary>
    private const int ShorterSide = 256;

    private readonly SKImage _image;

    private Picture(SKImage image) => _image = image;

    public int Width => _image.Width;

    public int Height => _image.Height;

    /// <summary>Reads a picture of any format that Skia knows: JPEG, PNG, WebP, GIF, BMP.</summary>
    /// <exception cref="InvalidDataException">The file is not a picture, or damaged.</exception>
    public static Picture Open(string file)
    {
        using SKData data = SKData.CreateCopy(File.ReadAllBytes(file));

        // Turns photographs as their EXIF data say.
        using SKImage? encoded = SKImage.FromEncodedData(data);
        SKImage? image = encoded?.ToRasterImage(ensurePixelData: true);
        return image is not null ? new Picture(image) : throw new InvalidDataException($"'{file}' is not a picture, or damaged.");
    }

    /// <summary>The square in the middle: rows of pixels, red, green and blue of each.</summary>
    public byte[] ToSquare() => Square(0.5f, 0.5f, isMirrored: false);

    /// <summary>Ten views of the picture: the middle and the corners, as they are and mirrored.</summary>
    public IEnumerable<byte[]> Views() =>
        from place in new (float X, float Y)[] { (0.5f, 0.5f), (0, 0), (0, 1), (1, 0), (1, 1) }
        from isMirrored in new[] { false, true }
        select Square(place.X, place.Y, isMirrored);

    /// <summary>The picture in a size, without regard to its proportions.</summary>
    public byte[] Resize(int width, int height) =>
        Draw(width, height, canvas => canvas.Scale((float)width / Width, (float)height / Height));

    public void Dispose() => _image.Dispose();

    private byte[] Square(float x, float y, bool isMirrored)
    {
        float scale = (float)ShorterSide / Math.Min(Width, Height);
        return Draw(Side, Side, canvas =>
        {
            if (isMirrored)
            {
                canvas.Scale(-1, 1, Side / 2f, 0);
            }

            canvas.Translate(x * (Side - (Width * scale)), y * (Side - (Height * scale)));
            canvas.Scale(scale);
        });
    }

    private byte[] Draw(int width, int height, Action<SKCanvas> place)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.Black);
        place(canvas);
        canvas.DrawImage(_image, SKPoint.Empty, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));

        // Skia has a fourth byte in each pixel.
        return [.. bitmap.GetPixelSpan().ToArray().Where((_, i) => i % 4 < 3)];
    }
}
