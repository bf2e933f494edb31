namespace ModelBuild.Runtime.Kernels;

/// <summary>One call of a sparse kernel: some vectors of neighbouring pixels, or one row of a matrix, by the rows of one panel.</summary>
internal unsafe struct SparseArguments
{
    /// <summary>The first pixel, or the row of the left matrix.</summary>
    public byte* Input;

    /// <summary>For each index how many bytes from a pixel to the quad that is meant; matrices of one row have none.</summary>
    public int* Offsets;

    /// <summary>Where the first row's blocks begin, and each next row's.</summary>
    public int* Starts;

    /// <summary>Of the first row's first block.</summary>
    public ushort* Indices;

    /// <summary>Of the first row's first block.</summary>
    public sbyte* Values;

    /// <summary>One for each output.</summary>
    public int* Bias;

    /// <summary>Rows of blocks, at least one.</summary>
    public int Rows;

    /// <summary>
    /// <c>[output][pixel]</c>, outputs <see cref="SparseConvolution.StripPixels"/> pixels apart; for one row of a matrix <c>[output]</c>.
    /// </summary>
    public int* Accumulators;

    /// <summary>What machine code keeps outside of its registers; nobody else reads it.</summary>
    public WorkingMemory Working;

    /// <summary>Counters and places of a kernel that is under way.</summary>
    internal struct WorkingMemory
    {
        /// <summary>Rows that are left.</summary>
        public int Rows;

        /// <summary>Where the row's blocks begin.</summary>
        public int* Starts;

        /// <summary>Of the row's first output.</summary>
        public int* Bias;

        /// <summary>Where the row's sums go.</summary>
        public int* Accumulators;
    }
}
