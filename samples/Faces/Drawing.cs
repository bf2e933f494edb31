using SkiaSharp;

namespace Faces;

/// <summary>Draws faces into a picture.</summary>
internal static class Drawing
{
    /// <summary>Writes a PNG: the picture with the box and the points of each face.</summary>
    public static void Write(string file, Picture picture, IEnumerable<Face> faces)
    {
        using SKSurface surface = SKSurface.Create(new SKImageInfo(picture.Width, picture.Height));
        picture.DrawOn(surface.Canvas);
        float width = Math.Max(picture.Width, picture.Height) / 250f;
        using var line = new SKPaint { Color = SKColors.Lime, IsStroke = true, StrokeWidth = width, IsAntialias = true };
        using var dot = new SKPaint { Color = SKColors.Yellow, IsAntialias = true };
        foreach (Face face in faces)
        {
            surface.Canvas.DrawRect(face.Box, line);
            foreach (SKPoint point in face.Keypoints)
            {
                surface.Canvas.DrawCircle(point, width, dot);
            }
        }

        using SKImage image = surface.Snapshot();
        using SKData png = image.Encode(SKEncodedImageFormat.Png, quality: 100);
        File.WriteAllBytes(file, png.Span);
    }
}
