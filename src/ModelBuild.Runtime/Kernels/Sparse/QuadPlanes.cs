using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// An image as sparse kernels read it: for each group, each four of its channels and each phase of the strides a plane of pixels, four
/// bytes each, with the padding in it. Where a tap lies is then one distance for all output pixels, and neighbouring output pixels are
/// neighbours in each plane. Rows are as long as taps reach, so that a few pixels behind the end of each are no output.
/// </summary>
/// <remarks>A phase is the input rows and columns that are the same modulo the strides.</remarks>
internal readonly unsafe struct QuadPlanes
{
    /// <summary>A line of the cache.</summary>
    private const int Line = 64;

    private readonly ConvolutionShape _shape;
    private readonly int _quads;
    private readonly int _phasesY;
    private readonly int _phasesX;
    private readonly int _rows;
    private readonly long _planeBytes;

    public QuadPlanes(in ConvolutionShape shape)
    {
        _shape = shape;
        _quads = SparsePacking.Quads(shape.InputChannelsPerGroup);
        _phasesY = Phases(shape.KernelHeight, shape.StrideY, shape.DilationY);
        _phasesX = Phases(shape.KernelWidth, shape.StrideX, shape.DilationX);
        _rows = shape.OutputHeight + Reach(shape.KernelHeight, shape.StrideY, shape.DilationY);
        Pitch = shape.OutputWidth + Reach(shape.KernelWidth, shape.StrideX, shape.DilationX);

        // An odd number of lines: planes that are some power of two apart would share the same few sets of the cache.
        _planeBytes = Line * (((checked((long)_rows * Pitch * WeightPacking.QuadLength) + Line - 1) / Line) | 1);
    }

    /// <summary>Pixels from one row of the output to the next.</summary>
    public int Pitch { get; }

    /// <summary>Pixels from the first of the output to the last and one.</summary>
    public int Positions => checked(((_shape.OutputHeight - 1) * Pitch) + _shape.OutputWidth);

    /// <summary>Indices that a block may have: a quad of one tap each.</summary>
    public int Indices => checked(_quads * _shape.Taps);

    /// <summary>Bytes from one group's planes to the next's.</summary>
    public nint GroupBytes => (nint)(_quads * _phasesY * _phasesX * _planeBytes);

    /// <summary>Bytes of all planes of an image, and one vector that may be read behind them.</summary>
    public long Bytes => checked((_shape.Groups * (long)_quads * _phasesY * _phasesX * _planeBytes) + Line);

    /// <summary>For each index of a block the bytes from an output pixel to its four inputs, in the planes of a group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Locate(Span<int> offsets)
    {
        for (int y = 0; y < _shape.KernelHeight; y++)
        {
            int row = (int)((long)y * _shape.DilationY / _shape.StrideY);
            for (int x = 0; x < _shape.KernelWidth; x++)
            {
                int column = (int)((long)x * _shape.DilationX / _shape.StrideX);
                int phase = (y % _phasesY * _phasesX) + (x % _phasesX);
                int tap = (((row * Pitch) + column) * WeightPacking.QuadLength) + (int)(phase * _quads * _planeBytes);
                Span<int> quads = offsets.Slice(((y * _shape.KernelWidth) + x) * _quads, _quads);
                for (int quad = 0; quad < quads.Length; quad++)
                {
                    quads[quad] = tap + (int)(quad * _planeBytes);
                }
            }
        }
    }

    /// <summary>Fills the planes, <see cref="Bytes"/> of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(byte* image, byte padding, byte* planes)
    {
        ConvolutionShape shape = _shape;
        if (shape.Taps == 1 && !shape.IsPadded && shape.StrideY == 1 && shape.StrideX == 1 && Pitch == shape.InputWidth)
        {
            PackPixels(image, planes, shape.OutputHeight * shape.OutputWidth, 1);
            return;
        }

        uint quad = 0x01010101u * padding;
        for (int phaseY = 0; phaseY < _phasesY; phaseY++)
        {
            int firstY = (int)((long)phaseY * shape.DilationY % shape.StrideY) - shape.PadTop;
            for (int phaseX = 0; phaseX < _phasesX; phaseX++)
            {
                int firstX = (int)((long)phaseX * shape.DilationX % shape.StrideX) - shape.PadLeft;
                (int begin, int end) = Inside(firstX, shape.StrideX, Pitch, shape.InputWidth);
                byte* target = planes + (((phaseY * _phasesX) + phaseX) * _quads * _planeBytes);
                for (int row = 0; row < _rows; row++, target += Pitch * WeightPacking.QuadLength)
                {
                    long y = firstY + ((long)row * shape.StrideY);
                    if (y < 0 || y >= shape.InputHeight || begin == end)
                    {
                        Fill(target, Pitch, quad);
                        continue;
                    }

                    Fill(target, begin, quad);
                    byte* source = image + (((y * shape.InputWidth) + firstX + ((long)begin * shape.StrideX)) * shape.InputChannels);
                    PackPixels(source, target + (begin * WeightPacking.QuadLength), end - begin, shape.StrideX);
                    Fill(target + (end * WeightPacking.QuadLength), Pitch - end, quad);
                }
            }
        }
    }

    /// <summary>Which residues of the stride there are among the taps.</summary>
    private static int Phases(int kernel, int stride, int dilation)
    {
        (int a, int b) = (stride, dilation);
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return Math.Min(kernel, stride / a);
    }

    /// <summary>From the first tap to the last, in pixels of a plane.</summary>
    private static int Reach(int kernel, int stride, int dilation) => checked((int)((kernel - 1L) * dilation / stride));

    /// <summary>Which of the columns <c>first + i · stride</c> lie inside the image.</summary>
    private static (int Begin, int End) Inside(int first, int stride, int count, int width)
    {
        long begin = first >= 0 ? 0 : (-(long)first + stride - 1) / stride;
        long end = ((long)width - first + stride - 1) / stride;
        end = Math.Clamp(end, 0, count);
        return ((int)Math.Min(begin, end), (int)end);
    }

    /// <summary>A row of padding in all planes of a phase.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Fill(byte* target, int pixels, uint quad)
    {
        for (int group = 0; group < _shape.Groups && pixels > 0; group++)
        {
            for (int plane = 0; plane < _quads; plane++)
            {
                new Span<uint>(target + (group * GroupBytes) + (plane * _planeBytes), pixels).Fill(quad);
            }
        }
    }

    /// <summary>Neighbouring pixels of all planes of a phase.</summary>
    private void PackPixels(byte* source, byte* target, int pixels, int stride)
    {
        int channels = _shape.InputChannelsPerGroup;
        nint step = (nint)stride * _shape.InputChannels;
        for (int group = 0; group < _shape.Groups; group++)
        {
            PackGroup(source + (group * channels), step, target + (group * GroupBytes), pixels, channels);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackGroup(byte* source, nint step, byte* target, int pixels, int channels)
    {
        const int Block = 4;
        nint planeBytes = (nint)_planeBytes;
        int quad = 0;
        if (MatrixTransposition.HasZip && step % WeightPacking.QuadLength == 0 && pixels >= Block)
        {
            nint inputStride = step / WeightPacking.QuadLength;
            nint outputStride = planeBytes / WeightPacking.QuadLength;
            for (; quad + Block <= channels / WeightPacking.QuadLength; quad += Block)
            {
                byte* from = source + (quad * WeightPacking.QuadLength);
                byte* to = target + (quad * planeBytes);
                int pixel = 0;
                for (; pixel < pixels; pixel += Block)
                {
                    // The last block begins earlier, where four pixels are left.
                    int first = Math.Min(pixel, pixels - Block);
                    MatrixTransposition.Block(
                        ref *(uint*)(from + (first * step)), inputStride,
                        ref *(uint*)(to + (first * WeightPacking.QuadLength)), outputStride);
                }
            }
        }

        for (; quad < _quads; quad++)
        {
            byte* from = source + (quad * WeightPacking.QuadLength);
            uint* to = (uint*)(target + (quad * planeBytes));
            int left = Math.Min(WeightPacking.QuadLength, channels - (quad * WeightPacking.QuadLength));
            for (int pixel = 0; pixel < pixels; pixel++, from += step)
            {
                uint value = 0;
                if (left == WeightPacking.QuadLength)
                {
                    value = Unsafe.ReadUnaligned<uint>(from);
                }
                else
                {
                    for (int i = 0; i < left; i++)
                    {
                        value |= (uint)from[i] << (8 * i);
                    }
                }

                to[pixel] = value;
            }
        }
    }
}
