using System.ComponentModel;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The sizes of a convolution. Images are channels-last: input <c>[batch, inputHeight, inputWidth, inputChannels]</c>, output
/// <c>[batch, outputHeight, outputWidth, outputChannels]</c>. A 1-D convolution is one of height 1. Volumes have a depth before the height,
/// and only float kernels take them.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct ConvolutionShape
{
    /// <summary>Describes a convolution. The padding below and on the right follows from the size of the output.</summary>
    /// <param name="batch">Number of images.</param>
    /// <param name="inputHeight">Rows of the input.</param>
    /// <param name="inputWidth">Columns of the input.</param>
    /// <param name="inputChannels">Channels of the input, a multiple of <paramref name="groups"/>.</param>
    /// <param name="outputHeight">Rows of the output.</param>
    /// <param name="outputWidth">Columns of the output.</param>
    /// <param name="outputChannels">Channels of the output, a multiple of <paramref name="groups"/>.</param>
    /// <param name="kernelHeight">Rows of taps.</param>
    /// <param name="kernelWidth">Columns of taps.</param>
    /// <param name="strideY">Input rows between two output rows.</param>
    /// <param name="strideX">Input columns between two output columns.</param>
    /// <param name="dilationY">Input rows between two rows of taps.</param>
    /// <param name="dilationX">Input columns between two columns of taps.</param>
    /// <param name="padTop">Rows of zeros (of zero points) above the input.</param>
    /// <param name="padLeft">Columns of zeros (of zero points) on the left of the input.</param>
    /// <param name="groups">Number of groups of channels that do not see each other.</param>
    /// <param name="inputDepth">Slices of the input.</param>
    /// <param name="outputDepth">Slices of the output.</param>
    /// <param name="kernelDepth">Slices of taps.</param>
    /// <param name="strideZ">Input slices between two output slices.</param>
    /// <param name="dilationZ">Input slices between two slices of taps.</param>
    /// <param name="padFront">Slices of zeros before the input.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive (the batch and the padding may be zero), channels are not a
    /// multiple of the groups, or the padded image does not fit into memory.</exception>
    public ConvolutionShape(
        int batch, int inputHeight, int inputWidth, int inputChannels, int outputHeight, int outputWidth, int outputChannels,
        int kernelHeight, int kernelWidth, int strideY = 1, int strideX = 1, int dilationY = 1, int dilationX = 1,
        int padTop = 0, int padLeft = 0, int groups = 1, int inputDepth = 1, int outputDepth = 1, int kernelDepth = 1, int strideZ = 1,
        int dilationZ = 1, int padFront = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputHeight);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputWidth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputChannels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputHeight);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputWidth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputChannels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kernelHeight);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kernelWidth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(strideY);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(strideX);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dilationY);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dilationX);
        ArgumentOutOfRangeException.ThrowIfNegative(padTop);
        ArgumentOutOfRangeException.ThrowIfNegative(padLeft);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(groups);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputDepth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputDepth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kernelDepth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(strideZ);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dilationZ);
        ArgumentOutOfRangeException.ThrowIfNegative(padFront);
        ArgumentOutOfRangeException.ThrowIfNotEqual(inputChannels % groups, 0, nameof(inputChannels));
        ArgumentOutOfRangeException.ThrowIfNotEqual(outputChannels % groups, 0, nameof(outputChannels));

        Batch = batch;
        InputHeight = inputHeight;
        InputWidth = inputWidth;
        InputChannels = inputChannels;
        OutputHeight = outputHeight;
        OutputWidth = outputWidth;
        OutputChannels = outputChannels;
        KernelHeight = kernelHeight;
        KernelWidth = kernelWidth;
        StrideY = strideY;
        StrideX = strideX;
        DilationY = dilationY;
        DilationX = dilationX;
        PadTop = padTop;
        PadLeft = padLeft;
        Groups = groups;
        InputDepth = inputDepth;
        OutputDepth = outputDepth;
        KernelDepth = kernelDepth;
        StrideZ = strideZ;
        DilationZ = dilationZ;
        PadFront = padFront;

        long paddedHeight = ((outputHeight - 1L) * strideY) + ((kernelHeight - 1L) * dilationY) + 1;
        long paddedWidth = ((outputWidth - 1L) * strideX) + ((kernelWidth - 1L) * dilationX) + 1;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(paddedHeight, int.MaxValue, nameof(outputHeight));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(paddedWidth, int.MaxValue, nameof(outputWidth));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(paddedHeight * paddedWidth, long.MaxValue / 8 / inputChannels, nameof(outputWidth));
        PaddedHeight = (int)paddedHeight;
        PaddedWidth = (int)paddedWidth;
    }

    /// <summary>Number of images.</summary>
    public int Batch { get; }

    /// <summary>Rows of the input.</summary>
    public int InputHeight { get; }

    /// <summary>Columns of the input.</summary>
    public int InputWidth { get; }

    /// <summary>Channels of the input.</summary>
    public int InputChannels { get; }

    /// <summary>Rows of the output.</summary>
    public int OutputHeight { get; }

    /// <summary>Columns of the output.</summary>
    public int OutputWidth { get; }

    /// <summary>Channels of the output.</summary>
    public int OutputChannels { get; }

    /// <summary>Rows of taps.</summary>
    public int KernelHeight { get; }

    /// <summary>Columns of taps.</summary>
    public int KernelWidth { get; }

    /// <summary>Input rows between two output rows.</summary>
    public int StrideY { get; }

    /// <summary>Input columns between two output columns.</summary>
    public int StrideX { get; }

    /// <summary>Input rows between two rows of taps.</summary>
    public int DilationY { get; }

    /// <summary>Input columns between two columns of taps.</summary>
    public int DilationX { get; }

    /// <summary>Rows of padding above the input.</summary>
    public int PadTop { get; }

    /// <summary>Columns of padding on the left of the input.</summary>
    public int PadLeft { get; }

    /// <summary>Number of groups of channels that do not see each other.</summary>
    public int Groups { get; }

    /// <summary>Slices of the input: 1 for an image.</summary>
    public int InputDepth { get; }

    /// <summary>Slices of the output.</summary>
    public int OutputDepth { get; }

    /// <summary>Slices of taps.</summary>
    public int KernelDepth { get; }

    /// <summary>Input slices between two output slices.</summary>
    public int StrideZ { get; }

    /// <summary>Input slices between two slices of taps.</summary>
    public int DilationZ { get; }

    /// <summary>Slices of padding before the input.</summary>
    public int PadFront { get; }

    /// <summary>Rows that the output reads, counted from the first row of padding.</summary>
    internal int PaddedHeight { get; }

    /// <summary>Columns that the output reads, counted from the first column of padding.</summary>
    internal int PaddedWidth { get; }

    internal int InputChannelsPerGroup => InputChannels / Groups;

    internal int OutputChannelsPerGroup => OutputChannels / Groups;

    internal int Taps => checked(KernelDepth * KernelHeight * KernelWidth);

    /// <summary>Elements of an image, or of a slice of a volume.</summary>
    internal long InputSliceLength => checked((long)InputHeight * InputWidth * InputChannels);

    /// <inheritdoc cref="InputSliceLength"/>
    internal long OutputSliceLength => checked((long)OutputHeight * OutputWidth * OutputChannels);

    internal long InputLength => checked(Batch * InputDepth * InputSliceLength);

    internal long OutputLength => checked(Batch * OutputDepth * OutputSliceLength);

    /// <summary>Length of <c>bias</c> and <c>multipliers</c>: the channels of each group, rounded up to whole panels.</summary>
    internal int PaddedOutputChannels => checked(Groups * RoundUp(OutputChannelsPerGroup, WeightPacking.PanelWidth));

    internal bool IsPadded => PadTop > 0 || PadLeft > 0 || PaddedHeight > InputHeight || PaddedWidth > InputWidth;

    internal bool IsDepthwise => Groups == InputChannels && Groups == OutputChannels;

    internal bool IsVolume => InputDepth > 1 || OutputDepth > 1 || KernelDepth > 1 || PadFront > 0;

    /// <summary>Values for the output channels as the kernels of this convolution read them: depthwise ones know no groups.</summary>
    internal int BiasLength => IsDepthwise ? RoundUp(OutputChannels, WeightPacking.PanelWidth) : PaddedOutputChannels;

    /// <summary>True when a row of taps is one run of contiguous elements; otherwise every tap is a run of its own.</summary>
    internal bool RowsAreContiguous => Groups == 1 && (DilationX == 1 || KernelWidth == 1);

    /// <summary>Contiguous runs in one output's receptive field, per row of taps.</summary>
    internal int SegmentsPerRow => RowsAreContiguous ? 1 : KernelWidth;

    /// <summary>Elements of such a run.</summary>
    internal int SegmentLength => checked(RowsAreContiguous ? KernelWidth * InputChannels : InputChannelsPerGroup);

    /// <summary>
    /// The scratch memory that a convolution of this shape needs. Zero when the input can be read where it is; otherwise room for one
    /// padded image or slice, <c>[paddedHeight, paddedWidth, inputChannels]</c> elements and 64 bytes. A volume takes 4 bytes for each
    /// padded output channel besides. It does not depend on the batch.
    /// </summary>
    /// <param name="elementSize">Bytes of an element of the input: 1 or 4.</param>
    /// <returns>The length in bytes.</returns>
    public long ScratchBytes(int elementSize) =>
        checked(ZeroBytes + (IsCopied(elementSize) ? PaddedImageBytes(elementSize) : 0));

    /// <summary>
    /// The scratch memory of a convolution whose weights only the run knows: that for the packed weights and the padded bias besides.
    /// </summary>
    /// <returns>The length in bytes.</returns>
    public long UnpackedScratchBytes() => checked((UnpackedLength * sizeof(float)) + ScratchBytes(sizeof(float)));

    /// <summary>
    /// Whether the kernels read images from a copy with padding and slack. Depthwise kernels read 16 channels at a time, the others four
    /// bytes: where that is no part of what lies side by side, they would end outside the last image.
    /// </summary>
    /// <param name="elementSize">Bytes of an element of the input: 1 or 4.</param>
    internal bool IsCopied(int elementSize) => IsPadded
        || (IsDepthwise ? InputChannels % WeightPacking.PanelWidth != 0
            : elementSize == sizeof(byte) && SegmentLength % WeightPacking.QuadLength != 0);

    internal long PaddedImageBytes(int elementSize)
        => checked(((long)PaddedHeight * PaddedWidth * InputChannels * elementSize) + ImagePadding.SlackBytes);

    /// <summary>Zeros that take the place of the bias from the second slice of taps on.</summary>
    internal int ZeroBytes => IsVolume ? checked(BiasLength * sizeof(float)) : 0;

    /// <summary>Floats of packed weights and padded bias.</summary>
    internal long UnpackedLength => checked((long)BiasLength * ((Taps * (long)(IsDepthwise ? 1 : InputChannelsPerGroup)) + 1));

    /// <summary>The same for one image.</summary>
    internal ConvolutionShape OfOneImage() => new(
        1, InputHeight, InputWidth, InputChannels, OutputHeight, OutputWidth, OutputChannels, KernelHeight, KernelWidth, StrideY, StrideX,
        DilationY, DilationX, PadTop, PadLeft, Groups, InputDepth, OutputDepth, KernelDepth, StrideZ, DilationZ, PadFront);

    internal static int RoundUp(int value, int multiple) => checked((value + multiple - 1) / multiple * multiple);
}
