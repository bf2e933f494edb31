namespace ModelBuild.Runtime.Kernels;

/// <summary>One call of a sparse kernel for one row of a matrix: all panels.</summary>
internal unsafe struct SparseRowArguments
{
    /// <summary>The row, with a window behind its end that may be read.</summary>
    public byte* Input;

    /// <summary>Where the steps of each panel begin.</summary>
    public int* Starts;

    /// <summary>For each step where its inputs are.</summary>
    public ushort* Windows;

    /// <summary>For each step which of them each lane takes.</summary>
    public byte* Lanes;

    /// <summary>For each step <c>[output][16][4]</c>.</summary>
    public sbyte* Values;

    /// <summary>Panels, at least one.</summary>
    public int Panels;

    /// <summary>Sums without bias go here: <c>[panel][output][16]</c>.</summary>
    public int* Sums;

    /// <summary>What machine code keeps outside of its registers; nobody else reads it.</summary>
    public WorkingMemory Working;

    /// <summary>Counters and places of a kernel that is under way.</summary>
    internal struct WorkingMemory
    {
        /// <summary>Panels that are left.</summary>
        public int Panels;

        /// <summary>Where the panel's steps begin.</summary>
        public int* Starts;

        /// <summary>Where its sums go.</summary>
        public int* Sums;
    }
}
