using SkiaSharp;

namespace Faces;

/// <summary>A face in a picture.</summary>
/// <param name="Score">How sure the model is of it, up to 1.</param>
/// <param name="Box">Where it is, in pixels of the picture. Of a face that the edge cuts, a part lies outside.</param>
/// <param name="Keypoints">Right eye, left eye, tip of the nose, mouth, right ear, left ear: right and left as the person has them.</param>
internal sealed record Face(float Score, SKRect Box, SKPoint[] Keypoints);
