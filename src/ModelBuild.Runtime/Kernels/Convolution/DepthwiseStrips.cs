using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// A depthwise convolution of bytes to bytes by <see cref="DepthwiseVnni512"/>, without a copy of its input: what lies in the padding is
/// read from a row of zero points. Strips of pixels and chunks of channels are independent, and may be shared.
/// </summary>
internal readonly unsafe struct DepthwiseStrips : IParallelWork
{
    /// <summary>What is worth a thread of its own, in taps of 64 channels: two to four microseconds.</summary>
    private const long PartSteps = 4_096;

    private const int BlockChannels = DepthwiseVnni512.Channels;

    /// <summary>With fewer, a block is more than a quarter idle, and the kernel for 16 channels is faster.</summary>
    private const int MinimumChannels = 48;

    /// <summary>Channels that zero points are kept for.</summary>
    private const int MaximumChannels = 2048;

    /// <summary>Blocks of channels for which the taps of a strip are located once.</summary>
    private const int ChunkBlocks = 8;

    /// <summary>Taps that are located at a time.</summary>
    private const int StripTaps = 1024;

    private const int MaximumPixels = 96;

    private readonly ConvolutionShape _shape;
    private readonly byte* _input;
    private readonly byte _padding;
    private readonly sbyte* _weights;
    private readonly int* _bias;
    private readonly EpilogueArguments _epilogue;
    private readonly int _strips;
    private readonly int _parts;

    private DepthwiseStrips(
        in ConvolutionShape shape, byte* input, byte padding, sbyte* weights, int* bias, in EpilogueArguments epilogue, int parts)
    {
        _shape = shape;
        _input = input;
        _padding = padding;
        _weights = weights;
        _bias = bias;
        _epilogue = epilogue;
        _strips = Strips(shape);
        _parts = parts;
    }

    private static int Blocks(in ConvolutionShape shape) => (shape.InputChannels + BlockChannels - 1) / BlockChannels;

    private static int Chunks(in ConvolutionShape shape) => (Blocks(shape) + ChunkBlocks - 1) / ChunkBlocks;

    private static int StripPixels(in ConvolutionShape shape) => int.Min(StripTaps / shape.Taps, MaximumPixels);

    /// <summary>Of one image.</summary>
    private static int Strips(in ConvolutionShape shape)
    {
        int most = StripPixels(shape);
        return ((shape.OutputHeight * shape.OutputWidth) + most - 1) / most;
    }

    /// <summary>Whether a convolution can be computed so.</summary>
    public static bool Holds(KernelTable kernels, in ConvolutionShape shape, EpilogueKind epilogue) =>
        kernels.HasVnni512 && epilogue == EpilogueKind.ToUInt8 && shape.InputChannels is >= MinimumChannels and <= MaximumChannels
        && shape.Taps <= DepthwiseVnni512.MaximumTaps;

    /// <summary>Computes all images.</summary>
    public static void Run(
        in ConvolutionShape shape, byte* input, byte padding, sbyte* weights, int* bias, in EpilogueArguments epilogue, int threads)
    {
        int units = checked(shape.Batch * Strips(shape) * Chunks(shape));
        long steps = shape.Taps * shape.OutputLength / BlockChannels;
        int parts = threads == 1 ? 1 : (int)long.Clamp(steps / PartSteps, 1, int.Max(units, 1));
        Workers.Run(new DepthwiseStrips(shape, input, padding, weights, bias, epilogue, parts), parts, threads);
    }

    /// <inheritdoc/>
    [SkipLocalsInit]
    public void Run(int unit)
    {
        int chunkBlocks = int.Min(ChunkBlocks, Blocks(_shape));
        byte* prepared = stackalloc byte[(chunkBlocks * DepthwiseVnni512.BlockBytes(_shape.Taps)) + BlockChannels];
        byte** taps = stackalloc byte*[StripTaps];
        byte* zeroPoints = stackalloc byte[MaximumChannels + BlockChannels];
        byte* last = stackalloc byte[BlockChannels];
        new Span<byte>(zeroPoints, _shape.InputChannels).Fill(_padding);

        // Strips of a chunk are neighbours: its channels are prepared once for all of them.
        int strips = _shape.Batch * _strips;
        int units = strips * Chunks(_shape);
        int ready = -1;
        int end = Parts.First(units, unit + 1, _parts);
        for (int i = Parts.First(units, unit, _parts); i < end; i++)
        {
            int chunk = i / strips;
            int first = chunk * ChunkBlocks;
            int blocks = int.Min(ChunkBlocks, Blocks(_shape) - first);
            byte* aligned = (byte*)(((nint)prepared + BlockChannels - 1) & -BlockChannels);
            if (ready != chunk)
            {
                Prepare(first, blocks, aligned);
                ready = chunk;
            }

            RunStrip(i - (chunk * strips), first, blocks, aligned, taps, zeroPoints, last);
        }
    }

    /// <summary>The first channel of a block: the last one ends with the last channel, where there are enough.</summary>
    private int FirstChannel(int block) => int.Max(int.Min(block * BlockChannels, _shape.InputChannels - BlockChannels), 0);

    private void Prepare(int firstBlock, int blocks, byte* prepared)
    {
        int taps = _shape.Taps;
        nint tapStep = ConvolutionShape.RoundUp(_shape.InputChannels, WeightPacking.PanelWidth);
        int channels = int.Min(BlockChannels, _shape.InputChannels);
        for (int block = 0; block < blocks; block++)
        {
            int channel = FirstChannel(firstBlock + block);
            DepthwiseVnni512.Prepare(
                _weights + channel, tapStep, taps, _bias + channel, _epilogue.Multipliers + channel, channels,
                prepared + (block * DepthwiseVnni512.BlockBytes(taps)));
        }
    }

    private void RunStrip(int strip, int firstBlock, int blocks, byte* prepared, byte** taps, byte* zeroPoints, byte* last)
    {
        int image = strip / _strips;
        int part = strip - (image * _strips);
        int pixels = _shape.OutputHeight * _shape.OutputWidth;
        int start = Parts.First(pixels, part, _strips);
        int count = Parts.First(pixels, part + 1, _strips) - start;
        Locate(image, start, count, taps, zeroPoints);

        // Each pixel is written as 64 bytes. Of fewer channels the next pixel overwrites what is its own; the last one goes through memory
        // of ours.
        int channels = _shape.InputChannels;
        int direct = channels >= BlockChannels ? count : count - 1;
        byte* output = (byte*)_epilogue.Output + ((((nint)image * pixels) + start) * channels);
        var arguments = new DepthwiseStripArguments
        {
            Mask = channels >= BlockChannels ? ulong.MaxValue : (1UL << channels) - 1,
            Minimum = _epilogue.Minimum,
            Maximum = _epilogue.Maximum,
            ZeroPoints = _epilogue.ZeroPoint * 0x10001,
        };
        for (int block = 0; block < blocks; block++)
        {
            int channel = FirstChannel(firstBlock + block);
            arguments.Offset = channel;
            arguments.Block = prepared + (block * DepthwiseVnni512.BlockBytes(_shape.Taps));
            if (direct > 0)
            {
                arguments.Taps = taps;
                arguments.Output = output + channel;
                arguments.OutputStep = channels;
                arguments.Pixels = direct;
                DepthwiseVnni512.Run(_shape.Taps, &arguments);
            }

            if (direct < count)
            {
                arguments.Taps = taps + (direct * _shape.Taps);
                arguments.Output = last;
                arguments.Pixels = 1;
                DepthwiseVnni512.Run(_shape.Taps, &arguments);
                new ReadOnlySpan<byte>(last, channels).CopyTo(new Span<byte>(output + ((nint)direct * channels), channels));
            }
        }
    }

    /// <summary>Where the taps of some pixels lie, each in the input or in the padding.</summary>
    private void Locate(int image, int start, int count, byte** taps, byte* zeroPoints)
    {
        nint step = _shape.InputChannels;
        byte* first = _input + ((nint)image * (nint)_shape.InputSliceLength);
        (int row, int column) = Math.DivRem(start, _shape.OutputWidth);
        for (int i = 0; i < count; i++)
        {
            long top = ((long)row * _shape.StrideY) - _shape.PadTop;
            long left = ((long)column * _shape.StrideX) - _shape.PadLeft;
            bool isWhole = left >= 0 && left + ((_shape.KernelWidth - 1L) * _shape.DilationX) < _shape.InputWidth;
            for (int y = 0; y < _shape.KernelHeight; y++)
            {
                long inputRow = top + ((long)y * _shape.DilationY);
                bool isInside = (ulong)inputRow < (ulong)_shape.InputHeight;
                if (isWhole || !isInside)
                {
                    byte* tap = isInside ? first + ((((nint)inputRow * _shape.InputWidth) + (nint)left) * step) : zeroPoints;
                    nint tapStep = isInside ? _shape.DilationX * step : 0;
                    for (int x = 0; x < _shape.KernelWidth; x++, tap += tapStep)
                    {
                        *taps++ = tap;
                    }
                }
                else
                {
                    byte* pixels = first + ((nint)inputRow * _shape.InputWidth * step);
                    long inputColumn = left;
                    for (int x = 0; x < _shape.KernelWidth; x++, inputColumn += _shape.DilationX)
                    {
                        *taps++ = (ulong)inputColumn < (ulong)_shape.InputWidth ? pixels + ((nint)inputColumn * step) : zeroPoints;
                    }
                }
            }

            if (++column == _shape.OutputWidth)
            {
                column = 0;
                row++;
            }
        }
    }
}
