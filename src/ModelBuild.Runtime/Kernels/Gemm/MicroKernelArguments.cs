namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// One call of a micro-kernel: several tiles of output pixels against one panel of 16 outputs (or two panels side by side). All steps
/// of <see cref="nint"/> type are in bytes.
/// </summary>
internal unsafe struct MicroKernelArguments
{
    /// <summary>First input element of each output pixel's receptive field.</summary>
    public byte** Pixels;

    /// <summary>Added to every one of <see cref="Pixels"/>: the channels of the group.</summary>
    public nint InputOffset;

    /// <summary>Number of tiles. How many pixels a tile has is the kernel's own property.</summary>
    public int Tiles;

    /// <summary>Rows of taps.</summary>
    public int Rows;

    /// <summary>From one row of taps to the next.</summary>
    public nint RowStep;

    /// <summary>Segments in a row of taps: one, or one per tap.</summary>
    public int Segments;

    /// <summary>From one segment of a row to the next.</summary>
    public nint SegmentStep;

    /// <summary>Steps in a segment: floats, or quads of bytes.</summary>
    public int Steps;

    /// <summary>The panel's packed weights.</summary>
    public byte* Weights;

    /// <summary>From one panel of weights to the next.</summary>
    public nint PanelStep;

    /// <summary>Depthwise: from the weights of one tap to the next.</summary>
    public nint TapStep;

    /// <summary>What the accumulators start from: 16 values of 4 bytes per panel.</summary>
    public byte* Bias;

    /// <summary>
    /// Where the accumulators go: <c>[panel][pixel][16]</c>, panels <see cref="GemmDriver.AccumulatorsPanelStep"/> apart.
    /// </summary>
    public byte* Accumulators;

    /// <summary>What machine code keeps outside of its registers; nobody else reads it.</summary>
    public WorkingMemory Working;

    /// <summary>How kernels go on that need no epilogue. Behind the counters, which shorter instructions reach there.</summary>
    public FinishingArguments Finishing;

    /// <summary>Registers that a kernel has to give back: three general ones, and on Windows the lower halves of ten vectors.</summary>
    public fixed byte Kept[184];

    /// <summary>Counters and places of a kernel that is under way.</summary>
    internal struct WorkingMemory
    {
        /// <summary>Tiles that are left.</summary>
        public int Tiles;

        /// <summary>Rows of taps that are left.</summary>
        public int Rows;

        /// <summary>Segments of the row that are left.</summary>
        public int Segments;

        /// <summary>From a pixel to the row of taps.</summary>
        public nint RowOffset;

        /// <summary>From a pixel to the segment.</summary>
        public nint SegmentOffset;

        /// <summary>The tile's pixels.</summary>
        public byte** Pixels;

        /// <summary>Where the tile's accumulators go.</summary>
        public byte* Accumulators;

        /// <summary>Where the tile's output goes, if it is finished.</summary>
        public byte* Output;

        /// <summary>What lies beside it.</summary>
        public byte* Beside;
    }
}
