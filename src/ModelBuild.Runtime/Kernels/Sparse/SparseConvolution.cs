using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Convolution of channels-last images of bytes by weights of which most blocks are zero; the same results as
/// <see cref="Convolution.UInt8(in ConvolutionShape, ReadOnlySpan{byte}, int, ReadOnlySpan{sbyte}, in Epilogue, Span{byte}, int)"/> of the
/// weights with their zeros.
/// </summary>
/// <remarks>No method allocates, and all may run on several threads at once. The output may be the residual itself; otherwise spans must
/// not overlap.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class SparseConvolution
{
    /// <summary>Pixels of a strip at most, and from one output's sums to the next's.</summary>
    internal const int StripPixels = 128;

    private const int Line = 64;
    private const int PanelWidth = WeightPacking.PanelWidth;

    /// <summary>Products that are worth more than one thread: ten microseconds on the fastest processors.</summary>
    private const long LeastSharedProducts = 1_000_000;

    /// <summary>Pixels that are transposed together.</summary>
    private const int BlockPixels = 4;

    /// <summary>Convolves unsigned bytes with signed bytes, exactly, into int32.</summary>
    /// <param name="shape">The sizes; no volume.</param>
    /// <param name="input"><c>[batch, inputHeight, inputWidth, inputChannels]</c>.</param>
    /// <param name="inputZeroPoint">What padding is filled with, 0 to 255. Its part of the products is in the bias.</param>
    /// <param name="weights">Rows of blocks for the output channels of each group, rounded up to a multiple of 16.</param>
    /// <param name="epilogue">Bias, requantization, residual and output.</param>
    /// <param name="scratch">At least <see cref="ScratchBytes"/>. Its content does not matter.</param>
    /// <param name="threads">How many threads may work on it, the caller's included. The output does not depend on it.</param>
    /// <exception cref="ArgumentException">
    /// A span's length does not fit the shape, the weights do not belong to it, or the zero point is no byte.
    /// </exception>
    public static void UInt8(
        in ConvolutionShape shape, ReadOnlySpan<byte> input, int inputZeroPoint, SparseWeights weights, in Epilogue epilogue,
        Span<byte> scratch, int threads = 1)
        => UInt8(KernelTable.Current, shape, input, inputZeroPoint, weights, epilogue, scratch, threads);

    /// <summary>
    /// The scratch memory that a convolution of this shape needs: the channels of one image in fours, with their padding, and where blocks
    /// find theirs. It does not depend on the batch, nor on the weights.
    /// </summary>
    /// <param name="shape">The sizes.</param>
    /// <returns>The length in bytes.</returns>
    public static long ScratchBytes(in ConvolutionShape shape)
    {
        var planes = new QuadPlanes(shape);
        return checked((Line - 1) + OffsetBytes(planes) + planes.Bytes);
    }

    internal static unsafe void UInt8(
        KernelTable kernels, in ConvolutionShape shape, ReadOnlySpan<byte> input, int inputZeroPoint, SparseWeights weights,
        in Epilogue epilogue, Span<byte> scratch, int threads = 1)
    {
        QuantizedValueGuard.Code(inputZeroPoint);
        Convolution.RequireImages(shape);
        var planes = new QuadPlanes(shape);
        SpanGuard.Length(input.Length, shape.InputLength, nameof(input));
        SpanGuard.AtLeast(scratch.Length, ScratchBytes(shape), nameof(scratch));
        weights.Validate(shape.PaddedOutputChannels, planes.Indices);
        epilogue.Validate(shape.OutputLength, shape.PaddedOutputChannels);

        fixed (byte* images = input, memory = scratch)
        fixed (int* starts = weights.Starts)
        fixed (ushort* indices = weights.Indices)
        fixed (sbyte* values = weights.Values)
        fixed (int* bias = epilogue.Bias)
        fixed (float* multipliers = epilogue.Multipliers, residualMultipliers = epilogue.ResidualMultipliers)
        fixed (byte* residual = &epilogue.Residual, output = &epilogue.Output)
        {
            byte* offsets = (byte*)(((nint)memory + Line - 1) & -Line);
            planes.Locate(new Span<int>(offsets, planes.Indices));
            var arguments = new SparseArguments
            {
                Input = offsets + OffsetBytes(planes),
                Offsets = (int*)offsets,
                Starts = starts,
                Indices = indices,
                Values = values,
                Bias = bias,
                Rows = PanelWidth / weights.BlockOutputs,
            };
            long products = (long)weights.Values.Length * shape.OutputHeight * shape.OutputWidth;
            int panels = shape.PaddedOutputChannels / PanelWidth;
            EpilogueArguments tail = epilogue.Pinned(multipliers, residualMultipliers, residual, output, shape.OutputChannels);
            for (int image = 0; image < shape.Batch; image++)
            {
                planes.Pack(images + (image * shape.InputSliceLength), (byte)inputZeroPoint, arguments.Input);
                var work = new Work
                {
                    Kernels = kernels.Sparse,
                    Store = kernels.Epilogue(epilogue.Kind),
                    Shape = shape,
                    Planes = planes,
                    Arguments = arguments,
                    Tail = tail,
                    OutputOffset = (nint)(image * shape.OutputSliceLength),
                    Panels = panels,
                    Units = threads > 1 && products >= LeastSharedProducts ? panels : 1,
                };
                Workers.Run(work, work.Units, threads);
            }
        }
    }

    private static long OffsetBytes(in QuadPlanes planes) => ConvolutionShape.RoundUp(checked(planes.Indices * sizeof(int)), Line);

    /// <summary>The panels of one image that are not another unit's.</summary>
    private unsafe struct Work : IParallelWork
    {
        public SparseKernels Kernels;
        public delegate*<EpilogueArguments*, void> Store;
        public ConvolutionShape Shape;
        public QuadPlanes Planes;
        public SparseArguments Arguments;
        public EpilogueArguments Tail;
        public nint OutputOffset;
        public int Panels;
        public int Units;

        public readonly void Run(int unit)
        {
            int first = Parts.First(Panels, unit, Units);
            int end = Parts.First(Panels, unit + 1, Units);
            SparseConvolution.Run(Kernels, Store, Shape, Planes, Arguments, Tail, OutputOffset, first, end);
        }
    }

    /// <summary>One image: strips of pixels, for each the panels of outputs <c>[firstPanel, endPanel)</c>.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Run(
        SparseKernels kernels, delegate*<EpilogueArguments*, void> store, in ConvolutionShape shape, in QuadPlanes planes,
        SparseArguments first, EpilogueArguments tail, nint outputOffset, int firstPanel, int endPanel)
    {
        const int RowsOfSums = StripPixels + BlockPixels;
        byte* memory = stackalloc byte[((StripPixels + RowsOfSums) * PanelWidth * sizeof(int)) + Line];
        int* sums = (int*)(((nint)memory + Line - 1) & -Line);
        int* rowsOfSums = sums + (StripPixels * PanelWidth);
        tail.Accumulators = rowsOfSums;

        int outputs = PanelWidth / first.Rows;
        delegate*<SparseArguments*, void>[] tiles = kernels.For(outputs);
        int panelsPerGroup = (shape.OutputChannelsPerGroup + PanelWidth - 1) / PanelWidth;
        int vectors = (planes.Positions + kernels.Lanes - 1) / kernels.Lanes;
        int strips = (vectors + tiles.Length - 1) / tiles.Length;
        int firstPixel = 0;
        for (int strip = 0; strip < strips; strip++)
        {
            int start = Parts.First(vectors, strip, strips);
            int count = Parts.First(vectors, strip + 1, strips) - start;
            int position = start * kernels.Lanes;
            int positions = Math.Min(count * kernels.Lanes, planes.Positions - position);
            int pixels = 0;
            for (int panel = firstPanel; panel < endPanel; panel++)
            {
                int group = panel / panelsPerGroup;
                int channel = (panel - (group * panelsPerGroup)) * PanelWidth;
                SparseArguments arguments = first;
                int block = first.Starts[panel * first.Rows];
                arguments.Input += (group * planes.GroupBytes) + ((nint)position * WeightPacking.QuadLength);
                arguments.Starts += panel * first.Rows;
                arguments.Indices += block;
                arguments.Values += (nint)block * outputs * WeightPacking.QuadLength;
                arguments.Bias += panel * PanelWidth;
                arguments.Accumulators = sums;
                tiles[count - 1](&arguments);

                pixels = TakePixels(sums, rowsOfSums, position, positions, planes.Pitch, shape.OutputWidth);
                tail.Pixels = pixels;
                tail.FirstElement = outputOffset + ((nint)firstPixel * tail.Channels)
                    + (group * shape.OutputChannelsPerGroup) + channel;
                tail.FirstLane = panel * PanelWidth;
                tail.Lanes = Math.Min(PanelWidth, shape.OutputChannelsPerGroup - channel);
                if (pixels > 0)
                {
                    store(&tail);
                }
            }

            firstPixel += pixels;
        }
    }

    /// <summary>
    /// Sums by output become sums by pixel; those of positions behind a row's end are left out, so that the others follow one another.
    /// </summary>
    /// <param name="sums"><c>[16][StripPixels]</c>.</param>
    /// <param name="rows"><c>[pixel][16]</c>, with room for three more than there are.</param>
    /// <param name="position">Of the strip's first pixel in the planes.</param>
    /// <param name="positions">Of the strip.</param>
    /// <param name="pitch">Positions of a row.</param>
    /// <param name="width">Those of them that are output.</param>
    /// <returns>How many pixels there are.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe int TakePixels(int* sums, int* rows, int position, int positions, int pitch, int width)
    {
        int pixels = 0;
        int column = position % pitch;
        for (int i = 0; i < positions;)
        {
            int count = Math.Min(width - column, positions - i);
            if (count > 0)
            {
                Transpose(sums + i, rows + (pixels * PanelWidth), count);
                pixels += count;
            }

            i += pitch - column;
            column = 0;
        }

        return pixels;
    }

    /// <summary>What is written behind the last pixel does not matter: the next ones go there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Transpose(int* sums, int* rows, int count)
    {
        if (!MatrixTransposition.HasZip)
        {
            for (int pixel = 0; pixel < count; pixel++)
            {
                for (int output = 0; output < PanelWidth; output++)
                {
                    rows[(pixel * PanelWidth) + output] = sums[(output * StripPixels) + pixel];
                }
            }

            return;
        }

        for (int pixel = 0; pixel < count; pixel += BlockPixels)
        {
            for (int output = 0; output < PanelWidth; output += BlockPixels)
            {
                MatrixTransposition.Block(
                    ref *(uint*)(sums + (output * StripPixels) + pixel), StripPixels,
                    ref *(uint*)(rows + (pixel * PanelWidth) + output), PanelWidth);
            }
        }
    }
}
