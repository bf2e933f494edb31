using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Bins of regions of channels-last images, from linear interpolation at a few places in each bin (ONNX: RoiAlign).</summary>
/// <remarks>
/// Results are identical on every processor: float32, places row by row, at each its four neighbours from the top left one on. All
/// methods are thread-safe and allocate nothing. Inputs and output must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class RegionAlignment
{
    /// <summary>The mean over the places in each bin. Places outside the image count as zero.</summary>
    /// <param name="batch">How many images there are.</param>
    /// <param name="height">Rows of each.</param>
    /// <param name="width">Columns of each.</param>
    /// <param name="channels">Channels of each.</param>
    /// <param name="regionCount">How many regions there are.</param>
    /// <param name="outputHeight">Rows of bins in a region.</param>
    /// <param name="outputWidth">Columns of bins in a region.</param>
    /// <param name="samples">Places in a bin along each dimension; 0 for as many as the bin has elements.</param>
    /// <param name="scale">What the coordinates of regions are multiplied by.</param>
    /// <param name="halfPixel">
    /// Whether an element's center is half an element from its coordinate, and regions are as small as they are; otherwise regions are at
    /// least one element wide and high.
    /// </param>
    /// <param name="input"><c>[batch, height, width, channels]</c>.</param>
    /// <param name="regions"><c>[regionCount, 4]</c>: left, top, right, bottom.</param>
    /// <param name="images"><c>[regionCount]</c>: the index of the image that the region is of.</param>
    /// <param name="output"><c>[regionCount, outputHeight, outputWidth, channels]</c>.</param>
    /// <exception cref="ArgumentException">
    /// A span has not the length of its tensor, or a number or index is out of range.
    /// </exception>
    public static void Average(
        int batch, int height, int width, int channels, int regionCount, int outputHeight, int outputWidth, int samples, float scale,
        bool halfPixel, ReadOnlySpan<float> input, ReadOnlySpan<float> regions, ReadOnlySpan<long> images, Span<float> output) =>
        Run<Mean>(
            batch, height, width, channels, regionCount, outputHeight, outputWidth, samples, scale, halfPixel, input, regions, images,
            output);

    /// <summary>
    /// The largest product of an element and its weight, over the neighbours of the places in each bin, which is how ONNX defines it.
    /// </summary>
    /// <inheritdoc cref="Average"/>
    public static void Maximum(
        int batch, int height, int width, int channels, int regionCount, int outputHeight, int outputWidth, int samples, float scale,
        bool halfPixel, ReadOnlySpan<float> input, ReadOnlySpan<float> regions, ReadOnlySpan<long> images, Span<float> output) =>
        Run<Largest>(
            batch, height, width, channels, regionCount, outputHeight, outputWidth, samples, scale, halfPixel, input, regions, images,
            output);

    private static void Run<TBin>(
        int batch, int height, int width, int channels, int regionCount, int outputHeight, int outputWidth, int samples, float scale,
        bool halfPixel, ReadOnlySpan<float> input, ReadOnlySpan<float> regions, ReadOnlySpan<long> images, Span<float> output)
        where TBin : struct, IBin
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfNegative(height);
        ArgumentOutOfRangeException.ThrowIfNegative(width);
        ArgumentOutOfRangeException.ThrowIfNegative(channels);
        ArgumentOutOfRangeException.ThrowIfNegative(regionCount);
        ArgumentOutOfRangeException.ThrowIfNegative(outputHeight);
        ArgumentOutOfRangeException.ThrowIfNegative(outputWidth);
        SpanGuard.Length(input.Length, Extent.Product(batch, height, width, channels), nameof(input));
        SpanGuard.Length(regions.Length, Extent.Product(regionCount, 4), nameof(regions));
        SpanGuard.Length(images.Length, regionCount, nameof(images));
        SpanGuard.Length(output.Length, Extent.Product(regionCount, outputHeight, outputWidth, channels), nameof(output));
        if (input.IsEmpty)
        {
            output.Clear();
            return;
        }

        int image = height * width * channels;
        for (int r = 0; r < regionCount; r++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)images[r], (ulong)batch, nameof(images));
            ReadOnlySpan<float> pixels = input.Slice((int)images[r] * image, image);
            (float left, float binWidth, int columns) = Divide(regions[4 * r], regions[(4 * r) + 2], outputWidth);
            (float top, float binHeight, int rows) = Divide(regions[(4 * r) + 1], regions[(4 * r) + 3], outputHeight);
            for (int bin = 0; bin < outputHeight * outputWidth; bin++)
            {
                Span<float> result = output.Slice(((r * outputHeight * outputWidth) + bin) * channels, channels);
                result.Clear();
                var down = new Places(top + (bin / outputWidth * binHeight), binHeight, rows);
                var across = new Places(left + (bin % outputWidth * binWidth), binWidth, columns);
                (int firstRow, int lastRow) = down.Inside(height);
                (int firstColumn, int lastColumn) = across.Inside(width);
                bool isFirst = true;
                if ((long)(lastRow - firstRow) * (lastColumn - firstColumn) < (long)rows * columns)
                {
                    // However many there are outside the image, they weigh nothing.
                    TBin.Add(0, pixels[..channels], isFirst, result);
                    isFirst = false;
                }

                for (int row = firstRow; row < lastRow; row++)
                {
                    for (int column = firstColumn; column < lastColumn; column++)
                    {
                        Sample<TBin>(pixels, height, width, channels, down[row], across[column], isFirst, result);
                        isFirst = false;
                    }
                }

                TBin.Finish(float.Max((float)rows * columns, 1), result);
            }
        }

        // Where a region begins along a dimension, how large its bins are, and how many places each has.
        (float Start, float Bin, int Samples) Divide(float first, float last, int bins)
        {
            float offset = halfPixel ? 0.5f : 0;
            float start = (first * scale) - offset;
            float length = (last * scale) - offset - start;
            float bin = (halfPixel ? length : float.Max(length, 1)) / bins;
            return (start, bin, samples > 0 ? samples : int.Max(int.CreateSaturating(MathF.Ceiling(bin)), 0));
        }
    }

    private static void Sample<TBin>(
        ReadOnlySpan<float> pixels, int height, int width, int channels, float y, float x, bool isFirst, Span<float> result)
        where TBin : struct, IBin
    {
        (int upper, int lower, float down) = Neighbours(y, height);
        (int left, int right, float across) = Neighbours(x, width);
        TBin.Add((1 - down) * (1 - across), Pixel(pixels, upper, left), isFirst, result);
        TBin.Add((1 - down) * across, Pixel(pixels, upper, right), false, result);
        TBin.Add(down * (1 - across), Pixel(pixels, lower, left), false, result);
        TBin.Add(down * across, Pixel(pixels, lower, right), false, result);

        ReadOnlySpan<float> Pixel(ReadOnlySpan<float> image, int row, int column) =>
            image.Slice(((row * width) + column) * channels, channels);
    }

    private static (int Before, int Behind, float Ratio) Neighbours(float coordinate, int length)
    {
        float inside = float.Max(coordinate, 0);
        int before = int.Max((int)inside, 0);
        return before >= length - 1 ? (length - 1, length - 1, 0) : (before, before + 1, inside - before);
    }

    private static void Apply<TOperator>(TOperator operation, ReadOnlySpan<float> row, Span<float> result)
        where TOperator : struct, IBinaryOperator => Elementwise.Apply(
        operation,
        new Operand<float>(ref MemoryMarshal.GetReference(result), isContiguous: true),
        new Operand<float>(ref MemoryMarshal.GetReference(row), isContiguous: true),
        ref MemoryMarshal.GetReference(result),
        (uint)result.Length);

    /// <summary>
    /// Along one dimension, the places of a bin, which rise, or fall where a region ends before it begins: those that lie in the image are
    /// found without looking at all, since a region that data makes huge has as many as there are integers.
    /// </summary>
    private readonly struct Places(float start, float bin, int count)
    {
        public float this[int index] => start + ((index + 0.5f) * bin / count);

        /// <summary>The first place that is not before the image, and the first behind it.</summary>
        public (int First, int End) Inside(int length)
        {
            if (count == 0 || float.IsNaN(this[0]) || float.IsNaN(this[count - 1]))
            {
                return (0, 0);
            }

            int first = Count(length, withInside: false);
            return (first, int.Max(first, Count(length, withInside: true)));
        }

        /// <summary>How many places come before the image, or before its end.</summary>
        private int Count(int length, bool withInside)
        {
            int low = 0;
            int high = count;
            while (low < high)
            {
                int middle = low + ((high - low) / 2);
                float place = this[middle];
                bool isSmall = place < -1;
                bool isLarge = place > length;
                bool counts = withInside ? !(bin < 0 ? isSmall : isLarge) : bin < 0 ? isLarge : isSmall;
                (low, high) = counts ? (middle + 1, high) : (low, middle);
            }

            return low;
        }
    }

    /// <summary>How the elements of a bin are put together.</summary>
    private interface IBin
    {
        static abstract void Add(float weight, ReadOnlySpan<float> row, bool isFirst, Span<float> result);

        static abstract void Finish(float places, Span<float> result);
    }

    private readonly struct Mean : IBin
    {
        public static void Add(float weight, ReadOnlySpan<float> row, bool isFirst, Span<float> result)
        {
            if (weight != 0)
            {
                Apply(new AccumulateOperator(weight), row, result);
            }
        }

        public static void Finish(float places, Span<float> result) =>
            Elementwise.Apply(new QuotientOperator(places), (ReadOnlySpan<float>)result, result);
    }

    private readonly struct Largest : IBin
    {
        public static void Add(float weight, ReadOnlySpan<float> row, bool isFirst, Span<float> result)
        {
            if (isFirst)
            {
                result.Fill(float.NegativeInfinity);
            }

            Apply(new MaximumOperator(weight), row, result);
        }

        public static void Finish(float places, Span<float> result)
        {
        }
    }

    private readonly struct AccumulateOperator(float weight) : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => left + (right * TLanes.Broadcast(weight));
    }

    private readonly struct MaximumOperator(float weight) : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes product = right * TLanes.Broadcast(weight);
            return TLanes.WhereLess(left, product, product, left);
        }
    }

    private readonly struct QuotientOperator(float divisor) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => value / TLanes.Broadcast(divisor);
    }
}
