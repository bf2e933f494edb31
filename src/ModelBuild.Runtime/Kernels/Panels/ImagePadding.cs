namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Copies an image into scratch memory with its padding around it, so that the kernels know no edges. The slack behind it lets them
/// read whole vectors at the end of the last row; what they read there is multiplied by zero or thrown away.
/// </summary>
internal static class ImagePadding
{
    public const int SlackBytes = 64;

    /// <summary>Writes the part of one image that the output reads: <c>[PaddedHeight, PaddedWidth, InputChannels]</c>.</summary>
    public static void Pad<T>(in ConvolutionShape shape, ReadOnlySpan<T> image, T padding, Span<T> padded)
        where T : unmanaged
    {
        if (!shape.IsPadded && shape.PaddedWidth == shape.InputWidth)
        {
            // Only the slack is missing.
            image[..(shape.PaddedHeight * shape.PaddedWidth * shape.InputChannels)].CopyTo(padded);
            return;
        }

        int pixels = Math.Clamp(shape.PaddedWidth - shape.PadLeft, 0, shape.InputWidth);
        int left = Math.Min(shape.PadLeft, shape.PaddedWidth - pixels) * shape.InputChannels;
        int length = pixels * shape.InputChannels;
        int inputPitch = shape.InputWidth * shape.InputChannels;
        int pitch = shape.PaddedWidth * shape.InputChannels;

        for (int y = 0; y < shape.PaddedHeight; y++)
        {
            Span<T> row = padded.Slice(y * pitch, pitch);
            int inputY = y - shape.PadTop;
            if ((uint)inputY >= (uint)shape.InputHeight)
            {
                row.Fill(padding);
                continue;
            }

            row[..left].Fill(padding);
            image.Slice(inputY * inputPitch, length).CopyTo(row[left..]);
            row[(left + length)..].Fill(padding);
        }
    }
}
