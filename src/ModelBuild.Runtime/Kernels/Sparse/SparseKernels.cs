namespace ModelBuild.Runtime.Kernels;

/// <summary>The sparse kernels of one tier.</summary>
internal sealed unsafe class SparseKernels
{
    /// <summary>Pixels of a vector: 1 to 16.</summary>
    public required int Lanes { get; init; }

    /// <summary>For 1, 2, … vectors of pixels, blocks of one output.</summary>
    public required delegate*<SparseArguments*, void>[] Single { get; init; }

    /// <summary>For 1, 2, … vectors of pixels, blocks of two outputs.</summary>
    public required delegate*<SparseArguments*, void>[] Pair { get; init; }

    /// <summary>For one row of a matrix, blocks of one output.</summary>
    public required delegate*<SparseRowArguments*, void> SingleRow { get; init; }

    /// <summary>For one row of a matrix, blocks of two outputs.</summary>
    public required delegate*<SparseRowArguments*, void> PairRow { get; init; }

    /// <summary>The kernels for vectors of pixels.</summary>
    public delegate*<SparseArguments*, void>[] For(int blockOutputs) => blockOutputs == 1 ? Single : Pair;

    /// <summary>The kernel for a row of a matrix.</summary>
    public delegate*<SparseRowArguments*, void> ForRow(int blockOutputs) => blockOutputs == 1 ? SingleRow : PairRow;
}
