using System.Diagnostics;
using SkiaSharp;

namespace Faces;

/// <summary>Finds faces in pictures with one of the generated classes.</summary>
/// <param name="mode">fp32, fp16 or int8.</param>
/// <param name="detect">The class's method.</param>
internal sealed class Detector(string mode, Detect detect)
{
    /// <summary>As many as the model finds at most.</summary>
    private const int MostFaces = 100;

    private const int KeypointsPerFace = 6;

    private readonly float[] _boxes = new float[MostFaces * 4];
    private readonly float[] _scores = new float[MostFaces];
    private readonly float[] _keypoints = new float[MostFaces * KeypointsPerFace * 2];

    public string Mode => mode;

    /// <summary>Has .NET compile what a call needs, so that the first picture does not take longer than the others.</summary>
    public void WarmUp()
    {
        var black = new byte[Picture.Side * Picture.Side * 4];
        for (int i = 0; i < 50; i++)
        {
            detect(black, _boxes, _scores, _keypoints, out _);
        }
    }

    /// <summary>All faces, the most certain first.</summary>
    /// <param name="picture">Where to look for them.</param>
    /// <param name="time">Receives how long the model took.</param>
    public Face[] Find(Picture picture, out TimeSpan time)
    {
        byte[] pixels = picture.ToSquare();
        long start = Stopwatch.GetTimestamp();
        detect(pixels, _boxes, _scores, _keypoints, out int count);
        time = Stopwatch.GetElapsedTime(start);

        var faces = new Face[count];
        for (int i = 0; i < count; i++)
        {
            SKPoint leftTop = picture.FromSquare(_boxes[4 * i], _boxes[(4 * i) + 1]);
            SKPoint rightBottom = picture.FromSquare(_boxes[(4 * i) + 2], _boxes[(4 * i) + 3]);
            var keypoints = new SKPoint[KeypointsPerFace];
            for (int k = 0; k < KeypointsPerFace; k++)
            {
                int x = 2 * ((i * KeypointsPerFace) + k);
                keypoints[k] = picture.FromSquare(_keypoints[x], _keypoints[x + 1]);
            }

            faces[i] = new Face(_scores[i], new SKRect(leftTop.X, leftTop.Y, rightBottom.X, rightBottom.Y), keypoints);
        }

        return faces;
    }
}
