using SkiaSharp;

namespace ModelBuild.SampleModels;

/// <summary>A square of a picture; where it reaches beyond the picture, it is black.</summary>
/// <param name="File">The picture's name.</param>
/// <param name="Left">Where the square begins, in pixels of the picture.</param>
/// <param name="Top">Likewise.</param>
/// <param name="Side">How long its sides are.</param>
/// <param name="Light">What colours are multiplied by.</param>
/// <param name="IsMirrored">Whether left and right are exchanged.</param>
internal sealed record Crop(string File, float Left, float Top, float Side, float Light = 1, bool IsMirrored = false)
{
    /// <summary>Its pixels, scaled to a square of <paramref name="pixels"/>: red, green, blue and 255 each.</summary>
    public byte[] Draw(string folder, int pixels)
    {
        using SKData data = SKData.Create(Path.Combine(folder, File));
        using SKImage picture = SKImage.FromEncodedData(data);
        using var square = new SKBitmap(new SKImageInfo(pixels, pixels, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(square);
        canvas.Clear(SKColors.Black);
        if (IsMirrored)
        {
            canvas.Translate(pixels, 0);
            canvas.Scale(-1, 1);
        }

        canvas.Scale(pixels / Side);
        canvas.Translate(-Left, -Top);
        using SKColorFilter light = SKColorFilter.CreateColorMatrix(
            [Light, 0, 0, 0, 0, 0, Light, 0, 0, 0, 0, 0, Light, 0, 0, 0, 0, 0, 1, 0]);
        using var paint = new SKPaint { ColorFilter = light };
        canvas.DrawImage(picture, SKPoint.Empty, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear), paint);
        return square.GetPixelSpan().ToArray();
    }
}
