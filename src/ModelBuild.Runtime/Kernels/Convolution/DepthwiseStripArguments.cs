namespace ModelBuild.Runtime.Kernels;

/// <summary>One call of <see cref="DepthwiseVnni512"/>: some pixels of a depthwise convolution of bytes × 64 channels, to bytes.</summary>
internal unsafe struct DepthwiseStripArguments
{
    /// <summary>For each pixel where each of its taps lies: their first channels.</summary>
    public byte** Taps;

    /// <summary>Added to each of them: the first of the 64 channels.</summary>
    public nint Offset;

    /// <summary>Which of the 64 channels exist: the others are not read.</summary>
    public ulong Mask;

    /// <summary>Bias, multipliers and weights of the channels, as <see cref="DepthwiseVnni512.Prepare"/> writes them.</summary>
    public byte* Block;

    /// <summary>Where the first pixel's 64 bytes go.</summary>
    public byte* Output;

    /// <summary>Bytes from there to the next pixel's.</summary>
    public nint OutputStep;

    /// <summary>Pixels, at least one.</summary>
    public int Pixels;

    /// <summary>Smallest result before the zero point is added.</summary>
    public float Minimum;

    /// <summary>Largest result before the zero point is added.</summary>
    public float Maximum;

    /// <summary>The output's zero point, twice as 16 bits.</summary>
    public int ZeroPoints;
}
