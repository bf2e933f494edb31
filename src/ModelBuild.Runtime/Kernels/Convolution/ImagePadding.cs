using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Copies an image into scratch memory with its padding around it, so that the kernels know no edges. The slack behind it lets them
/// read whole vectors at the end of the last row; what they read there is multiplied by zero or thrown away.
/// </summary>
internal static class ImagePadding
{
    public const int SlackBytes = 64;

    /// <summary>What is worth a thread of its own: some microseconds of copying.</summary>
    private const int PartBytes = 64 * 1024;

    /// <summary>Writes the part of one image that the output reads: <c>[PaddedHeight, PaddedWidth, InputChannels]</c>.</summary>
    public static unsafe void Pad<T>(in ConvolutionShape shape, ReadOnlySpan<T> image, T padding, Span<T> padded, int threads)
    {
        int rows = shape.PaddedHeight;
        long bytes = (long)rows * shape.PaddedWidth * shape.InputChannels * Unsafe.SizeOf<T>();
        int parts = threads == 1 ? 1 : (int)long.Clamp(bytes / PartBytes, 1, rows);
        if (parts == 1)
        {
            Pad(shape, image, padding, padded, 0, rows);
            return;
        }

        fixed (byte* from = &Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(image)))
        fixed (byte* to = &Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(padded)))
        {
            Workers.Run(new Work<T>(shape, from, image.Length, padding, to, padded.Length, parts), parts, threads);
        }
    }

    /// <summary>Writes some rows of the copy.</summary>
    private static void Pad<T>(in ConvolutionShape shape, ReadOnlySpan<T> image, T padding, Span<T> padded, int first, int end)
    {
        int channels = shape.InputChannels;
        int pitch = shape.PaddedWidth * channels;
        if (!shape.IsPadded && shape.PaddedWidth == shape.InputWidth)
        {
            // Only the slack is missing.
            image[(first * pitch)..(end * pitch)].CopyTo(padded[(first * pitch)..]);
            return;
        }

        int length = Math.Clamp(shape.PaddedWidth - shape.PadLeft, 0, shape.InputWidth) * channels;
        int left = Math.Min(shape.PadLeft * channels, pitch - length);
        int firstRow = Math.Clamp(shape.PadTop, first, end);
        int endRow = Math.Min(end, shape.PadTop + shape.InputHeight);

        // Everything between two rows of the image is padding: right of one, left of the next, and whole rows above and below.
        int filled = first * pitch;
        for (int y = firstRow; y < endRow; y++)
        {
            int start = (y * pitch) + left;
            padded[filled..start].Fill(padding);
            image.Slice((y - shape.PadTop) * shape.InputWidth * channels, length).CopyTo(padded[start..]);
            filled = start + length;
        }

        padded[filled..(end * pitch)].Fill(padding);
    }

    /// <summary>The copy, cut between rows.</summary>
    private readonly unsafe struct Work<T>(
        in ConvolutionShape shape, byte* image, int imageLength, T padding, byte* padded, int paddedLength, int parts) : IParallelWork
    {
        private readonly ConvolutionShape _shape = shape;
        private readonly byte* _image = image;
        private readonly int _imageLength = imageLength;
        private readonly T _padding = padding;
        private readonly byte* _padded = padded;
        private readonly int _paddedLength = paddedLength;
        private readonly int _parts = parts;

        public void Run(int unit)
        {
            int first = Parts.First(_shape.PaddedHeight, unit, _parts);
            int end = Parts.First(_shape.PaddedHeight, unit + 1, _parts);
            Pad(
                _shape, MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<byte, T>(ref *_image), _imageLength), _padding,
                MemoryMarshal.CreateSpan(ref Unsafe.As<byte, T>(ref *_padded), _paddedLength), first, end);
        }
    }
}
