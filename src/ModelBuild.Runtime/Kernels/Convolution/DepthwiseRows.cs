namespace ModelBuild.Runtime.Kernels;

/// <summary>A float depthwise convolution row by row, without a copy of its input: rows are independent, and may be shared.</summary>
internal readonly unsafe struct DepthwiseRows : IParallelWork
{
    /// <summary>What is worth a thread of its own, in products of 16 channels: two to four microseconds.</summary>
    private const long PartSteps = 8_192;

    private readonly ConvolutionShape _shape;
    private readonly byte* _input;
    private readonly byte* _weights;
    private readonly byte* _output;
    private readonly delegate*<DepthwiseRowArguments*, void> _kernel;
    private readonly DepthwiseRowArguments _row;
    private readonly int _rows;
    private readonly int _parts;

    private DepthwiseRows(
        in ConvolutionShape shape, float* input, float* weights, float* bias, in EpilogueArguments epilogue,
        delegate*<DepthwiseRowArguments*, void> kernel, int rows, int parts)
    {
        _shape = shape;
        _input = (byte*)input;
        _weights = (byte*)weights;
        _output = (byte*)epilogue.Output;
        _kernel = kernel;
        (_rows, _parts) = (rows, parts);
        nint pixelStep = (nint)shape.InputChannels * sizeof(float);
        long lastStart = shape.InputWidth - 1 - ((shape.KernelWidth - 1L) * shape.DilationX) + shape.PadLeft;
        int firstWhole = (int)long.Min((shape.PadLeft + shape.StrideX - 1L) / shape.StrideX, shape.OutputWidth);
        _row = new DepthwiseRowArguments
        {
            Bias = (byte*)bias,
            RowStep = shape.DilationY * shape.InputWidth * pixelStep,
            Columns = shape.KernelWidth,
            ColumnStep = shape.DilationX * pixelStep,
            TapStep = (nint)ConvolutionShape.RoundUp(shape.OutputChannels, WeightPacking.PanelWidth) * sizeof(float),
            PixelStep = pixelStep,
            Channels = shape.InputChannels,
            Width = shape.OutputWidth,
            InputWidth = shape.InputWidth,
            Stride = shape.StrideX,
            Dilation = shape.DilationX,
            PadLeft = shape.PadLeft,
            FirstWhole = firstWhole,
            EndWhole = lastStart < 0 ? firstWhole
                : (int)long.Clamp((lastStart / shape.StrideX) + 1, firstWhole, shape.OutputWidth),
            Minimum = epilogue.Minimum,
            Maximum = epilogue.Maximum,
        };
    }

    /// <summary>Whether a convolution can be computed so: a whole vector of channels, nothing added to them, and no volume.</summary>
    public static bool Holds(KernelTable kernels, in ConvolutionShape shape, EpilogueKind epilogue) =>
        kernels.DepthwiseRow is not null && epilogue == EpilogueKind.Store && !shape.IsVolume
        && shape.InputChannels >= WeightPacking.PanelWidth;

    /// <summary>Computes all images.</summary>
    public static void Run(
        KernelTable kernels, in ConvolutionShape shape, float* input, float* weights, float* bias, in EpilogueArguments epilogue,
        int threads)
    {
        int rows = checked(shape.Batch * shape.OutputHeight);
        long steps = shape.KernelHeight * (long)shape.KernelWidth * shape.OutputLength / WeightPacking.PanelWidth;
        int parts = threads == 1 ? 1 : (int)long.Clamp(steps / PartSteps, 1, int.Max(rows, 1));
        Workers.Run(new DepthwiseRows(shape, input, weights, bias, epilogue, kernels.DepthwiseRow, rows, parts), parts, threads);
    }

    /// <inheritdoc/>
    public void Run(int unit)
    {
        DepthwiseRowArguments row = _row;
        nint inputPitch = _shape.InputWidth * row.PixelStep;
        nint outputPitch = _shape.OutputWidth * row.PixelStep;
        nint weightRowStep = row.Columns * row.TapStep;
        int end = Parts.First(_rows, unit + 1, _parts);
        for (int i = Parts.First(_rows, unit, _parts); i < end; i++)
        {
            int image = i / _shape.OutputHeight;
            long start = ((long)(i - (image * _shape.OutputHeight)) * _shape.StrideY) - _shape.PadTop;
            (nuint position, nuint count) = PoolingLoop.Clip(start, _shape.KernelHeight, _shape.DilationY, _shape.InputHeight);
            nint firstTap = count == 0 ? 0 : (nint)(((long)position - start) / _shape.DilationY);
            row.Rows = (int)count;
            row.Input = _input + ((((nint)image * _shape.InputHeight) + (nint)position) * inputPitch);
            row.Weights = _weights + (firstTap * weightRowStep);
            row.Output = _output + (i * outputPitch);
            _kernel(&row);
        }
    }
}
