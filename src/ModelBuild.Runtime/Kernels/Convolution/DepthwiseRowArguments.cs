namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// One row of the output of a float depthwise convolution, whose input is read where it lies: taps in the padding are left out. All steps
/// of <see cref="nint"/> type are in bytes.
/// </summary>
internal unsafe struct DepthwiseRowArguments
{
    /// <summary>The first column of the first row of the input that has taps.</summary>
    public byte* Input;

    /// <summary>The weights of that row's first tap.</summary>
    public byte* Weights;

    /// <summary>Per padded channel.</summary>
    public byte* Bias;

    /// <summary>The first pixel of the output.</summary>
    public byte* Output;

    /// <summary>Rows of taps that lie inside the input.</summary>
    public int Rows;

    /// <summary>From one row of taps to the next.</summary>
    public nint RowStep;

    /// <summary>Taps in a row.</summary>
    public int Columns;

    /// <summary>From one tap of a row to the next.</summary>
    public nint ColumnStep;

    /// <summary>From the weights of one tap to the next.</summary>
    public nint TapStep;

    /// <summary>From one pixel of the input, or of the output, to the next.</summary>
    public nint PixelStep;

    /// <summary>Channels, at least 16.</summary>
    public int Channels;

    /// <summary>Pixels of the output.</summary>
    public int Width;

    /// <summary>Pixels of the input.</summary>
    public int InputWidth;

    /// <summary>Input columns between two output columns.</summary>
    public int Stride;

    /// <summary>Input columns between two taps.</summary>
    public int Dilation;

    /// <summary>Columns of padding on the left.</summary>
    public int PadLeft;

    /// <summary>The first pixel all of whose taps lie inside.</summary>
    public int FirstWhole;

    /// <summary>Behind the last such pixel.</summary>
    public int EndWhole;

    /// <summary>Smallest output.</summary>
    public float Minimum;

    /// <summary>Largest output.</summary>
    public float Maximum;
}
