namespace Faces;

/// <summary>The signature that the generated classes share: pixels in, faces out, nothing allocated.</summary>
/// <param name="pixels">256 rows of 256 pixels, each red, green, blue and a byte that is not looked at.</param>
/// <param name="boxes">Receives left, top, right and bottom of each face, from 0 to 1, the best face first.</param>
/// <param name="scores">Receives how sure the model is of each face.</param>
/// <param name="keypoints">Receives six points of each face, x and y from 0 to 1.</param>
/// <param name="count">Receives the number of faces.</param>
internal delegate void Detect(ReadOnlySpan<byte> pixels, Span<float> boxes, Span<float> scores, Span<float> keypoints, out int count);
