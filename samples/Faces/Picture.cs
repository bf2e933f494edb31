using SkiaSharp;

namespace Faces;

/// <summary>A picture from a file, upright, and the square of it that the model looks at.</summary>
internal sealed class Picture : IDisposable
{
    /// <summary>Pixels in a row or a column of the square.</summary>
    public const int Side = 256;

    private readonly SKImage _image;

    /// <summary>The square is as long as the picture's longer side, and has the picture in its middle.</summary>
    private readonly float _squareSide;
    private readonly SKPoint _squareOrigin;

    private Picture(SKImage image)
    {
        _image = image;
        _squareSide = Math.Max(image.Width, image.Height);
        _squareOrigin = new SKPoint((image.Width - _squareSide) / 2, (image.Height - _squareSide) / 2);
    }

    public int Width => _image.Width;

    public int Height => _image.Height;

    /// <summary>Reads a picture of any format that Skia knows: PNG, JPEG, WebP, GIF, BMP.</summary>
    /// <exception cref="InvalidDataException">The file is not a picture, or damaged.</exception>
    public static Picture Open(string file)
    {
        using SKData data = SKData.CreateCopy(File.ReadAllBytes(file));

        // Turns photographs as their EXIF data say. Pixels are decoded now, and not each time the picture is drawn.
        using SKImage? encoded = SKImage.FromEncodedData(data);
        SKImage? image = encoded?.ToRasterImage(ensurePixelData: true);
        return image is not null ? new Picture(image) : throw new InvalidDataException($"'{file}' is not a picture, or damaged.");
    }

    /// <summary>The pixels of the square, row by row: red, green, blue and 255. Where the picture ends it is black.</summary>
    public byte[] ToSquare()
    {
        using var square = new SKBitmap(new SKImageInfo(Side, Side, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(square);
        canvas.Clear(SKColors.Black);
        canvas.Scale(Side / _squareSide);
        canvas.Translate(-_squareOrigin.X, -_squareOrigin.Y);
        DrawOn(canvas);
        return square.GetPixelSpan().ToArray();
    }

    /// <summary>A point of the square, from 0 to 1, in pixels of the picture.</summary>
    public SKPoint FromSquare(float x, float y) => new(_squareOrigin.X + (x * _squareSide), _squareOrigin.Y + (y * _squareSide));

    public void DrawOn(SKCanvas canvas) =>
        canvas.DrawImage(_image, SKPoint.Empty, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));

    public void Dispose() => _image.Dispose();
}
