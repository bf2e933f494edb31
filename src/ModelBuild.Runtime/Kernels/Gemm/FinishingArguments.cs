namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// What a kernel makes output of accumulators with: <see cref="EpilogueArguments"/> as kernels read them that need no epilogue. All down to
/// <see cref="Order"/> is the same for the whole operator.
/// </summary>
internal unsafe struct FinishingArguments
{
    /// <summary>Bytes from one pixel of the output, and of a residual, to the next.</summary>
    public nint OutputStep;

    /// <summary>Smallest result of floats.</summary>
    public float MinimumFloat;

    /// <summary>Largest result; of codes, before the zero point is added.</summary>
    public float Maximum;

    /// <summary>Smallest result as a code, four times.</summary>
    public int MinimumCodes;

    /// <summary>The output's zero point, twice as 16 bits.</summary>
    public int ZeroPoints;

    public int ResidualZeroPoint;

    public float ResidualMultiplier;

    /// <summary>Where the parts of sums lie in what packing makes of them: <see cref="FinishingVnni512.Order"/>, or another's.</summary>
    public int* Order;

    /// <summary>Of the panel's first channel: the multipliers, or the scales of weights.</summary>
    public float* Multipliers;

    /// <summary>Of the panel's first channel: sums of weights, in floats.</summary>
    public float* WeightSums;

    /// <summary>Of the panel's first channel: what is added to floats.</summary>
    public float* Bias;

    /// <summary>The first pixel's first channel of the panel.</summary>
    public byte* Output;

    /// <summary>The same of the residual; or <see cref="RowParameters"/> of the first row.</summary>
    public byte* Beside;

    /// <summary>Which of the channels of all panels exist, where some do not.</summary>
    public ulong Channels;

    /// <summary>Which of the last panel's.</summary>
    public ulong LastChannels;

    /// <summary>The smallest code of an epilogue, four times.</summary>
    public static int MinimumCodesOf(in EpilogueArguments epilogue) =>
        unchecked((int)((uint)(epilogue.Minimum + epilogue.ZeroPoint) * 0x01010101u));
}
