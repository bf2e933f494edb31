using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// A depthwise convolution of bytes to bytes by <see cref="DepthwiseCode"/>, without a copy of its input: what lies in the padding is
/// read from a row of zero points. Strips of pixels and chunks of channels are independent, and may be shared.
/// </summary>
internal readonly unsafe struct DepthwiseStrips : IParallelWork
{
    /// <summary>What is worth a thread of its own, in taps of a block of channels: two to four microseconds.</summary>
    private const long PartSteps = 4_096;

    /// <summary>Channels that zero points are kept for.</summary>
    private const int MaximumChannels = 2048;

    /// <summary>Blocks of channels for which the taps of a strip are located once.</summary>
    private const int ChunkBlocks = 8;

    /// <summary>Taps that are located at a time.</summary>
    private const int StripTaps = 1024;

    private const int MaximumPixels = 96;
    private const int Alignment = 64;

    private readonly DepthwiseCode _code;
    private readonly ConvolutionShape _shape;
    private readonly byte* _input;
    private readonly byte _padding;
    private readonly sbyte* _weights;
    private readonly int* _bias;
    private readonly EpilogueArguments _epilogue;
    private readonly int _strips;
    private readonly int _parts;

    private DepthwiseStrips(
        DepthwiseCode code, in ConvolutionShape shape, byte* input, byte padding, sbyte* weights, int* bias,
        in EpilogueArguments epilogue, int parts)
    {
        _code = code;
        _shape = shape;
        _input = input;
        _padding = padding;
        _weights = weights;
        _bias = bias;
        _epilogue = epilogue;
        _strips = Strips(shape);
        _parts = parts;
    }

    private static int Blocks(DepthwiseCode code, in ConvolutionShape shape) => (shape.InputChannels + code.Channels - 1) / code.Channels;

    private static int Chunks(DepthwiseCode code, in ConvolutionShape shape) => (Blocks(code, shape) + ChunkBlocks - 1) / ChunkBlocks;

    private static int StripPixels(in ConvolutionShape shape) => int.Min(StripTaps / shape.Taps, MaximumPixels);

    /// <summary>Of one image.</summary>
    private static int Strips(in ConvolutionShape shape)
    {
        int most = StripPixels(shape);
        return ((shape.OutputHeight * shape.OutputWidth) + most - 1) / most;
    }

    /// <summary>Whether a convolution can be computed so.</summary>
    public static bool Holds(DepthwiseCode code, in ConvolutionShape shape, EpilogueKind epilogue) =>
        epilogue == EpilogueKind.ToUInt8 && shape.InputChannels >= code.FewestChannels && shape.InputChannels <= MaximumChannels
        && shape.Taps <= DepthwiseCode.MaximumTaps;

    /// <summary>Computes all images.</summary>
    public static void Run(
        DepthwiseCode code, in ConvolutionShape shape, byte* input, byte padding, sbyte* weights, int* bias,
        in EpilogueArguments epilogue, int threads)
    {
        int units = checked(shape.Batch * Strips(shape) * Chunks(code, shape));
        long steps = shape.Taps * shape.OutputLength / code.Channels;
        int parts = threads == 1 ? 1 : (int)long.Clamp(steps / PartSteps, 1, int.Max(units, 1));
        Workers.Run(new DepthwiseStrips(code, shape, input, padding, weights, bias, epilogue, parts), parts, threads);
    }

    /// <inheritdoc/>
    [SkipLocalsInit]
    public void Run(int unit)
    {
        int chunkBlocks = int.Min(ChunkBlocks, Blocks(_code, _shape));
        byte* prepared = stackalloc byte[(chunkBlocks * _code.BlockBytes(_shape.Taps)) + Alignment];
        byte** taps = stackalloc byte*[StripTaps];
        byte* zeroPoints = stackalloc byte[MaximumChannels + DepthwiseCode.MaximumChannels];
        byte* last = stackalloc byte[DepthwiseCode.MaximumChannels];
        new Span<byte>(zeroPoints, _shape.InputChannels).Fill(_padding);

        // Strips of a chunk are neighbours: its channels are prepared once for all of them.
        int strips = _shape.Batch * _strips;
        int units = strips * Chunks(_code, _shape);
        int ready = -1;
        int end = Parts.First(units, unit + 1, _parts);
        for (int i = Parts.First(units, unit, _parts); i < end; i++)
        {
            int chunk = i / strips;
            int first = chunk * ChunkBlocks;
            int blocks = int.Min(ChunkBlocks, Blocks(_code, _shape) - first);
            byte* aligned = (byte*)(((nint)prepared + Alignment - 1) & -Alignment);
            if (ready != chunk)
            {
                Prepare(first, blocks, aligned);
                ready = chunk;
            }

            RunStrip(i - (chunk * strips), first, blocks, aligned, taps, zeroPoints, last);
        }
    }

    /// <summary>The first channel of a block: the last one ends with the last channel, where there are enough.</summary>
    private int FirstChannel(int block) => int.Max(int.Min(block * _code.Channels, _shape.InputChannels - _code.Channels), 0);

    private void Prepare(int firstBlock, int blocks, byte* prepared)
    {
        int taps = _shape.Taps;
        nint tapStep = ConvolutionShape.RoundUp(_shape.InputChannels, WeightPacking.PanelWidth);
        int channels = int.Min(_code.Channels, _shape.InputChannels);
        for (int block = 0; block < blocks; block++)
        {
            int channel = FirstChannel(firstBlock + block);
            _code.Prepare(
                _weights + channel, tapStep, taps, _bias + channel, _epilogue.Multipliers + channel, channels,
                prepared + (block * _code.BlockBytes(taps)));
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

        // Each pixel is written as a whole block. Of fewer channels the next pixel overwrites what is its own; the last one goes through
        // memory of ours.
        int channels = _shape.InputChannels;
        int direct = channels >= _code.Channels ? count : count - 1;
        byte* output = (byte*)_epilogue.Output + ((((nint)image * pixels) + start) * channels);
        var arguments = new DepthwiseStripArguments
        {
            Mask = channels >= _code.Channels ? ulong.MaxValue : (1UL << channels) - 1,
            Minimum = _epilogue.Minimum,
            Maximum = _epilogue.Maximum,
            MinimumCodes = FinishingArguments.MinimumCodesOf(_epilogue),
            ZeroPoints = _epilogue.ZeroPoint * 0x10001,
        };
        for (int block = 0; block < blocks; block++)
        {
            int channel = FirstChannel(firstBlock + block);
            arguments.Offset = channel;
            arguments.Block = prepared + (block * _code.BlockBytes(_shape.Taps));
            if (direct > 0)
            {
                arguments.Taps = taps;
                arguments.Output = output + channel;
                arguments.OutputStep = channels;
                arguments.Pixels = direct;
                _code.Run(_shape.Taps, &arguments);
            }

            if (direct < count)
            {
                arguments.Taps = taps + (direct * _shape.Taps);
                arguments.Output = last;
                arguments.Pixels = 1;
                _code.Run(_shape.Taps, &arguments);
                new ReadOnlySpan<byte>(last, channels).CopyTo(new Span<byte>(output + ((nint)direct * channels), channels));
            }
        }
    }

    /// <summary>Where the taps of some pixels lie, each in the input or in the padding.</summary>
    private void Locate(int image, int start, int count, byte** taps, byte* zeroPoints)
    {
        nint step = _shape.InputChannels;
        byte* first = _input + ((nint)image * (nint)_shape.InputSliceLength);
        int all = _shape.Taps;
        bool isBeside = false;
        (int row, int column) = Math.DivRem(start, _shape.OutputWidth);
        for (int i = 0; i < count; i++, taps += all)
        {
            long top = ((long)row * _shape.StrideY) - _shape.PadTop;
            long left = ((long)column * _shape.StrideX) - _shape.PadLeft;
            bool isWhole = left >= 0 && left + ((_shape.KernelWidth - 1L) * _shape.DilationX) < _shape.InputWidth
                && top >= 0 && top + ((_shape.KernelHeight - 1L) * _shape.DilationY) < _shape.InputHeight;
            if (isWhole && isBeside)
            {
                Move(taps, all, _shape.StrideX * step);
            }
            else
            {
                Locate(first, top, left, taps, zeroPoints);
            }

            // The next pixel's taps are as far from each other if it has all of them in the image too.
            isBeside = isWhole;
            if (++column == _shape.OutputWidth)
            {
                column = 0;
                row++;
                isBeside = false;
            }
        }
    }

    /// <summary>Locates the taps of a pixel so many bytes behind those of the pixel before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Move(byte** taps, int count, nint step)
    {
        long* target = (long*)taps;
        Vector256<long> steps = Vector256.Create((long)step);
        int i = 0;
        for (; i <= count - Vector256<long>.Count; i += Vector256<long>.Count)
        {
            (Vector256.LoadUnsafe(ref target[i - count]) + steps).StoreUnsafe(ref target[i]);
        }

        for (; i < count; i++)
        {
            target[i] = target[i - count] + step;
        }
    }

    /// <summary>The same for one pixel, wherever it is.</summary>
    private void Locate(byte* image, long top, long left, byte** taps, byte* zeroPoints)
    {
        nint step = _shape.InputChannels;
        for (int y = 0; y < _shape.KernelHeight; y++)
        {
            long row = top + ((long)y * _shape.DilationY);
            bool isInside = (ulong)row < (ulong)_shape.InputHeight;
            byte* pixels = image + ((nint)row * _shape.InputWidth * step);
            long column = left;
            for (int x = 0; x < _shape.KernelWidth; x++, column += _shape.DilationX)
            {
                *taps++ = isInside && (ulong)column < (ulong)_shape.InputWidth ? pixels + ((nint)column * step) : zeroPoints;
            }
        }
    }
}
