using System.ComponentModel;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The geometry of a two-dimensional pooling of channels-last tensors: input <c>[batch, inputHeight, inputWidth, channels]</c>, output
/// <c>[batch, outputHeight, outputWidth, channels]</c>. A one-dimensional pooling has heights of 1.
/// </summary>
/// <remarks>
/// Whatever part of a window lies outside the input is padding or, below and to the right of the padding, nothing at all (ONNX:
/// ceil_mode): the difference is that padding may be counted by an average.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct PoolingShape
{
    /// <summary>Creates a shape.</summary>
    /// <param name="batch">Number of images, 0 or more.</param>
    /// <param name="inputHeight">Rows of the input.</param>
    /// <param name="inputWidth">Columns of the input.</param>
    /// <param name="channels">Channels of input and output.</param>
    /// <param name="outputHeight">Rows of the output.</param>
    /// <param name="outputWidth">Columns of the output.</param>
    /// <param name="kernelHeight">Rows of a window.</param>
    /// <param name="kernelWidth">Columns of a window.</param>
    /// <param name="strideY">Rows from one window to the next.</param>
    /// <param name="strideX">Columns from one window to the next.</param>
    /// <param name="dilationY">Rows from one tap of a window to the next.</param>
    /// <param name="dilationX">Columns from one tap of a window to the next.</param>
    /// <param name="padTop">Rows of padding above the input.</param>
    /// <param name="padLeft">Columns of padding to the left of the input.</param>
    /// <param name="padBottom">Rows of padding below the input: only averages that count padding look at it.</param>
    /// <param name="padRight">Columns of padding to the right of the input.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A size, stride or dilation is below 1, or the batch or a padding is negative.
    /// </exception>
    public PoolingShape(
        int batch, int inputHeight, int inputWidth, int channels, int outputHeight, int outputWidth, int kernelHeight, int kernelWidth,
        int strideY = 1, int strideX = 1, int dilationY = 1, int dilationX = 1, int padTop = 0, int padLeft = 0,
        int padBottom = 0, int padRight = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfLessThan(inputHeight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(inputWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputHeight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(kernelHeight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(kernelWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(strideY, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(strideX, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(dilationY, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(dilationX, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(padTop);
        ArgumentOutOfRangeException.ThrowIfNegative(padLeft);
        ArgumentOutOfRangeException.ThrowIfNegative(padBottom);
        ArgumentOutOfRangeException.ThrowIfNegative(padRight);
        (Batch, Channels) = (batch, channels);
        (InputHeight, InputWidth, OutputHeight, OutputWidth) = (inputHeight, inputWidth, outputHeight, outputWidth);
        (KernelHeight, KernelWidth, StrideY, StrideX) = (kernelHeight, kernelWidth, strideY, strideX);
        (DilationY, DilationX, PadTop, PadLeft) = (dilationY, dilationX, padTop, padLeft);
        (PadBottom, PadRight) = (padBottom, padRight);
    }

    internal int Batch { get; }

    internal int InputHeight { get; }

    internal int InputWidth { get; }

    internal int Channels { get; }

    internal int OutputHeight { get; }

    internal int OutputWidth { get; }

    internal int KernelHeight { get; }

    internal int KernelWidth { get; }

    internal int StrideY { get; }

    internal int StrideX { get; }

    internal int DilationY { get; }

    internal int DilationX { get; }

    internal int PadTop { get; }

    internal int PadLeft { get; }

    internal int PadBottom { get; }

    internal int PadRight { get; }

    /// <summary>How many elements the input has.</summary>
    internal long InputLength => Extent.Product(Batch, InputHeight, InputWidth, Channels);

    /// <summary>How many elements the output has.</summary>
    internal long OutputLength => Extent.Product(Batch, OutputHeight, OutputWidth, Channels);

    /// <summary>How many taps a window has, with those that lie in the padding.</summary>
    internal long KernelArea => (long)KernelHeight * KernelWidth;
}
