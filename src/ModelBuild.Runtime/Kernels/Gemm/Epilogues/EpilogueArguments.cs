namespace ModelBuild.Runtime.Kernels;

/// <summary>One call of an epilogue: a strip of pixels of one panel. The first part is the same for the whole operator.</summary>
internal unsafe struct EpilogueArguments
{
    /// <summary>Per padded output channel.</summary>
    public float* Multipliers;

    /// <summary>Bytes, int32 or floats, of the output's shape.</summary>
    public void* Residual;

    /// <summary>Per padded output channel; or what is added, where there is no residual; or the factors behind a gate.</summary>
    public float* ResidualMultipliers;

    /// <summary>Padded output channels: from the factors behind a gate to what is added then.</summary>
    public int TermsOffset;

    public float GateSlope;

    public float GateOffset;

    public float ResidualMultiplier;

    public int ResidualZeroPoint;

    public int ZeroPoint;

    /// <summary>Smallest result; for bytes before the zero point is added.</summary>
    public float Minimum;

    /// <summary>Largest result; for bytes before the zero point is added.</summary>
    public float Maximum;

    /// <summary>Bytes, int32 or floats.</summary>
    public void* Output;

    /// <summary>Channels of the output: elements from one pixel to the next.</summary>
    public int Channels;

    /// <summary><c>[pixel][16]</c>, aligned to 64 bytes.</summary>
    public void* Accumulators;

    public int Pixels;

    /// <summary>Output element of the strip's first pixel and the panel's first channel.</summary>
    public nint FirstElement;

    /// <summary>The panel's first channel among the padded ones.</summary>
    public int FirstLane;

    /// <summary>Channels of the panel that exist: 1 to 16.</summary>
    public int Lanes;
}
