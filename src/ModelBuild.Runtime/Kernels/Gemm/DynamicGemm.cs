using System.ComponentModel;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Matrix product of floats with constant int8 weights, by integers: each row gets 8-bit codes with a scale and a zero point of its own
/// (dynamic quantization).
/// </summary>
/// <remarks>
/// Some rows are taken at a time, so that codes and accumulators stay in the second-level cache. The method allocates nothing, may run on
/// several threads at once, and gives the same bits on every processor. Spans must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class DynamicGemm
{
    /// <summary>Rows that are in work at once: a multiple of what every micro-kernel takes.</summary>
    private const int Block = 48;

    /// <summary>
    /// <c>output[r, o] = clamp((Σ (code[r, i] - z[r]) · weights[o, i]) · s[r] · scales[o] + bias[o], minimum, maximum)</c> with
    /// <c>code[r, i] = clamp(round(left[r, i] / s[r]) + z[r], 0, 255)</c>; <c>s</c> and <c>z</c> are such that the codes reach from the
    /// smallest to the largest number of the row, zero included.
    /// </summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="left"><c>[rows, inner]</c>. NaN or infinity in a row make all its outputs NaN or infinite.</param>
    /// <param name="weights">As <see cref="WeightPacking.MatrixInt8"/> packs them.</param>
    /// <param name="channels">Sums and scales of the weights, and the bias.</param>
    /// <param name="minimum">Smallest output; minus infinity for none.</param>
    /// <param name="maximum">Largest output; infinity for none.</param>
    /// <param name="output"><c>[rows, columns]</c>.</param>
    /// <param name="scratch">At least <see cref="ScratchBytes"/>. Its content does not matter.</param>
    /// <param name="threads">How many threads may work on it, the caller's included. The output does not depend on it.</param>
    /// <exception cref="ArgumentException">A span's length does not fit the shape.</exception>
    public static void UInt8(
        in GemmShape shape, ReadOnlySpan<float> left, ReadOnlySpan<sbyte> weights, in ChannelParameters channels, float minimum,
        float maximum, Span<float> output, Span<byte> scratch, int threads = 1)
        => UInt8(KernelTable.Current, shape, left, weights, channels, minimum, maximum, output, scratch, threads);

    /// <summary>The scratch memory that a product needs: codes and accumulators of a block of rows, and a row of zeros.</summary>
    /// <param name="inner">Columns of the left matrix.</param>
    /// <param name="columns">Columns of the output.</param>
    /// <returns>The length in bytes.</returns>
    public static long ScratchBytes(int inner, int columns)
        => checked((Block * (CodesStep(inner) + ((long)columns * sizeof(int))))
            + (ConvolutionShape.RoundUp(columns, WeightPacking.PanelWidth) * (long)sizeof(int)));

    internal static void UInt8(
        KernelTable kernels, in GemmShape shape, ReadOnlySpan<float> left, ReadOnlySpan<sbyte> weights, in ChannelParameters channels,
        float minimum, float maximum, Span<float> output, Span<byte> scratch, int threads = 1)
    {
        shape.CheckWeights();
        SpanGuard.Length(left.Length, shape.LeftLength, nameof(left));
        SpanGuard.Length(weights.Length, WeightPacking.MatrixInt8Length(shape), nameof(weights));
        SpanGuard.Length(output.Length, shape.OutputLength, nameof(output));
        SpanGuard.AtLeast(scratch.Length, ScratchBytes(shape.Inner, shape.Columns), nameof(scratch));
        channels.Validate(shape.PaddedColumns);

        bool isPartial = shape.Columns % WeightPacking.PanelWidth != 0;
        int step = CodesStep(shape.Inner);
        Span<byte> codes = scratch[..(Block * step)];
        Span<int> accumulators = MemoryMarshal.Cast<byte, int>(scratch[codes.Length..]);
        Span<int> noBias = accumulators.Slice(Block * shape.Columns, shape.PaddedColumns);
        noBias.Clear();
        Span<RowParameters> parameters = stackalloc RowParameters[Block];
        for (int first = 0; first < shape.Rows; first += Block)
        {
            int rows = Math.Min(Block, shape.Rows - first);
            for (int r = 0; r < rows; r++)
            {
                ReadOnlySpan<float> row = left.Slice((first + r) * shape.Inner, shape.Inner);
                parameters[r] = DynamicQuantization.Parameters(row);
                Span<byte> target = codes.Slice(r * step, step);
                DynamicQuantization.Quantize(row, parameters[r], target[..shape.Inner]);
                target[shape.Inner..].Clear();
            }

            var block = new GemmShape(rows, step, shape.Columns);
            Span<float> results = output.Slice(first * shape.Columns, rows * shape.Columns);
            if (kernels.ProductsOfBytes is { } products && products.Finishes(new FinishingForm(FinishingTarget.FloatsOfRows, isPartial)))
            {
                MultiplyAndDequantize(
                    products, block, codes, weights, noBias, parameters[..rows], channels, minimum, maximum, results, threads);
                continue;
            }

            Gemm.UInt8(
                kernels, block, codes[..(rows * step)], weights, Epilogue.ToInt32(noBias, accumulators[..(rows * shape.Columns)]), default,
                threads);
            for (int r = 0; r < rows; r++)
            {
                DynamicQuantization.Dequantize(
                    accumulators.Slice(r * shape.Columns, shape.Columns), parameters[r], channels, minimum, maximum,
                    results.Slice(r * shape.Columns, shape.Columns));
            }
        }
    }

    /// <summary>Multiplies codes and dequantizes in one kernel.</summary>
    private static unsafe void MultiplyAndDequantize(
        ProductCode products, in GemmShape shape, ReadOnlySpan<byte> codes, ReadOnlySpan<sbyte> weights, ReadOnlySpan<int> noBias,
        ReadOnlySpan<RowParameters> parameters, in ChannelParameters channels, float minimum, float maximum, Span<float> output,
        int threads)
    {
        fixed (byte* input = codes)
        fixed (sbyte* packed = weights)
        fixed (int* bias = noBias)
        fixed (RowParameters* rows = parameters)
        fixed (float* sums = channels.Sums, scales = channels.Scales, addends = channels.Bias, results = output)
        {
            var product = new GemmDriver
            {
                Input = input,
                Width = shape.Rows,
                PixelStep = shape.Inner,
                GroupChannels = shape.Columns,
                Weights = (byte*)packed,
                PanelStep = (nint)shape.Inner * WeightPacking.PanelWidth,
                Bias = (byte*)bias,
            };
            product.Arguments.Rows = 1;
            product.Arguments.Segments = 1;
            product.Arguments.Steps = shape.Inner / WeightPacking.QuadLength;
            product.FinishRows(
                products, new DequantizedRows { Parameters = rows, WeightSums = sums, Scales = scales, Bias = addends }, results,
                shape.Columns, minimum, maximum);
            product.Run(shape.Rows, product.PanelsPerGroup, threads);
        }
    }

    /// <summary>Micro-kernels read quads; the weights behind the last column are zero.</summary>
    private static int CodesStep(int inner) => ConvolutionShape.RoundUp(inner, WeightPacking.QuadLength);
}
