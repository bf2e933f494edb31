using System.Runtime.CompilerServices;

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
    {
        if (!shape.IsPadded && shape.PaddedWidth == shape.InputWidth)
        {
            // Only the slack is missing.
            image[..(shape.PaddedHeight * shape.PaddedWidth * shape.InputChannels)].CopyTo(padded);
            return;
        }

        int channels = shape.InputChannels;
        int pitch = shape.PaddedWidth * channels;
        int length = Math.Clamp(shape.PaddedWidth - shape.PadLeft, 0, shape.InputWidth) * channels;
        int left = Math.Min(shape.PadLeft * channels, pitch - length);
        int firstRow = Math.Min(shape.PadTop, shape.PaddedHeight);
        int endRow = Math.Min(shape.PaddedHeight, shape.PadTop + shape.InputHeight);

        // Everything between two rows of the image is padding: right of one, left of the next, and whole rows above and below.
        int filled = 0;
        for (int y = firstRow; y < endRow; y++)
        {
            int start = (y * pitch) + left;
            padded[filled..start].Fill(padding);
            image.Slice((y - shape.PadTop) * shape.InputWidth * channels, length).CopyTo(padded[start..]);
            filled = start + length;
        }

        padded[filled..(shape.PaddedHeight * pitch)].Fill(padding);
    }
}
