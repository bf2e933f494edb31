namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// One call of <see cref="DepthwiseCode"/>: some pixels of a depthwise convolution of bytes × a block of channels, to bytes.
/// </summary>
internal unsafe struct DepthwiseStripArguments
{
    /// <summary>For each pixel where each of its taps lies: their first channels.</summary>
    public byte** Taps;

    /// <summary>Added to each of them: the first of the block's channels.</summary>
    public nint Offset;

    /// <summary>Which of the block's channels exist: the others are not read, where blocks may be partial.</summary>
    public ulong Mask;

    /// <summary>Bias, multipliers and weights of the channels, as <see cref="DepthwiseCode.Prepare"/> writes them.</summary>
    public byte* Block;

    /// <summary>Where the first pixel's bytes go.</summary>
    public byte* Output;

    /// <summary>Bytes from there to the next pixel's.</summary>
    public nint OutputStep;

    /// <summary>Pixels, at least one.</summary>
    public int Pixels;

    /// <summary>Smallest result before the zero point is added.</summary>
    public float Minimum;

    /// <summary>Largest result before the zero point is added.</summary>
    public float Maximum;

    /// <summary>Smallest result as a code, four times.</summary>
    public int MinimumCodes;

    /// <summary>The output's zero point, twice as 16 bits.</summary>
    public int ZeroPoints;

    /// <summary>Registers that a kernel has to give back: on Windows the lower halves of two vectors.</summary>
    public fixed byte Kept[32];
}
