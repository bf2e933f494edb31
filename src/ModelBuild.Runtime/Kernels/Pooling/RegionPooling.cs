using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>The largest elements in bins of regions of channels-last images (ONNX: MaxRoiPool).</summary>
/// <remarks>
/// Results are identical on every processor. All methods are thread-safe and allocate nothing. Inputs and output must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class RegionPooling
{
    /// <summary>The largest element of every bin and channel; 0 for a bin outside the image. NaN is passed over.</summary>
    /// <param name="batch">How many images there are.</param>
    /// <param name="height">Rows of each.</param>
    /// <param name="width">Columns of each.</param>
    /// <param name="channels">Channels of each.</param>
    /// <param name="regionCount">How many regions there are.</param>
    /// <param name="outputHeight">Rows of bins in a region.</param>
    /// <param name="outputWidth">Columns of bins in a region.</param>
    /// <param name="scale">What the coordinates of regions are multiplied by.</param>
    /// <param name="input"><c>[batch, height, width, channels]</c>.</param>
    /// <param name="regions">
    /// <c>[regionCount, 5]</c>: the index of an image, then left, top, right, bottom, the last two within the region.
    /// </param>
    /// <param name="output"><c>[regionCount, outputHeight, outputWidth, channels]</c>.</param>
    /// <exception cref="ArgumentException">
    /// A span has not the length of its tensor, or a number or index is out of range.
    /// </exception>
    public static void Maximum(
        int batch, int height, int width, int channels, int regionCount, int outputHeight, int outputWidth, float scale,
        ReadOnlySpan<float> input, ReadOnlySpan<float> regions, Span<float> output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfNegative(height);
        ArgumentOutOfRangeException.ThrowIfNegative(width);
        ArgumentOutOfRangeException.ThrowIfNegative(channels);
        ArgumentOutOfRangeException.ThrowIfNegative(regionCount);
        ArgumentOutOfRangeException.ThrowIfNegative(outputHeight);
        ArgumentOutOfRangeException.ThrowIfNegative(outputWidth);
        SpanGuard.Length(input.Length, Extent.Product(batch, height, width, channels), nameof(input));
        SpanGuard.Length(regions.Length, Extent.Product(regionCount, 5), nameof(regions));
        SpanGuard.Length(output.Length, Extent.Product(regionCount, outputHeight, outputWidth, channels), nameof(output));
        for (int r = 0; r < regionCount; r++)
        {
            ReadOnlySpan<float> region = regions.Slice(5 * r, 5);
            int image = (int)region[0];
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)image, (uint)batch, nameof(regions));
            for (int bin = 0; bin < outputHeight * outputWidth; bin++)
            {
                Span<float> result = output.Slice(((r * outputHeight * outputWidth) + bin) * channels, channels);
                (int top, int bottom) = Bin(region[2], region[4], scale, bin / outputWidth, outputHeight, height);
                (int left, int right) = Bin(region[1], region[3], scale, bin % outputWidth, outputWidth, width);
                result.Fill(top < bottom && left < right ? float.NegativeInfinity : 0);
                for (int row = top; row < bottom; row++)
                {
                    for (int column = left; column < right; column++)
                    {
                        int pixel = (((image * height) + row) * width) + column;
                        Elementwise.Apply(
                            default(MaximumOperator),
                            new Operand<float>(ref MemoryMarshal.GetReference(result), isContiguous: true),
                            new Operand<float>(
                                ref MemoryMarshal.GetReference(input.Slice(pixel * channels, channels)), isContiguous: true),
                            ref MemoryMarshal.GetReference(result),
                            (uint)channels);
                    }
                }
            }
        }
    }

    /// <summary>From which element of the image up to which a bin reaches along a dimension.</summary>
    private static (int Start, int End) Bin(float first, float last, float scale, int bin, int bins, int length)
    {
        float start = MathF.Round(first * scale, MidpointRounding.AwayFromZero);
        float end = MathF.Round(last * scale, MidpointRounding.AwayFromZero);
        float size = float.Max(end - start + 1, 1) / bins;
        return (Inside(start + MathF.Floor(bin * size)), Inside(start + MathF.Ceiling((bin + 1) * size)));

        int Inside(float place) => int.Clamp((int)place, 0, length);
    }

    private readonly struct MaximumOperator : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => TLanes.WhereLess(left, right, right, left);
    }
}
