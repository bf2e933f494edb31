namespace ModelBuild.Compiler.Planning;

/// <summary>
/// How constants are laid out for the kernels that read them, each with a version: a kernel that wants another layout gets another
/// number, so that nothing reads what was packed for its predecessor.
/// </summary>
internal static class ConstantFormats
{
    /// <summary>As in the model: row by row.</summary>
    public const string Plain = "plain/1";

    /// <summary>One value for each output channel, filled up to whole panels.</summary>
    public const string Channels = "channels/1";

    /// <summary><c>WeightPacking.MatrixFloat32</c>.</summary>
    public const string GemmFloat32 = "gemm.f32/1";

    /// <summary><c>WeightPacking.GatesFloat32</c>.</summary>
    public const string GatesFloat32 = "gates.f32/1";

    /// <summary><c>WeightPacking.GatesInt8</c>.</summary>
    public const string GatesInt8 = "gates.s8/1";

    /// <summary><c>WeightPacking.MatrixInt8</c>.</summary>
    public const string GemmInt8 = "gemm.s8/1";

    /// <summary><c>WeightPacking.ConvolutionFloat32</c>.</summary>
    public const string ConvolutionFloat32 = "convolution.f32/1";

    /// <summary><c>WeightPacking.ConvolutionInt8</c>.</summary>
    public const string ConvolutionInt8 = "convolution.s8/1";

    /// <summary><c>WeightPacking.DepthwiseFloat32</c>.</summary>
    public const string DepthwiseFloat32 = "depthwise.f32/1";

    /// <summary><c>WeightPacking.DepthwiseInt8</c>.</summary>
    public const string DepthwiseInt8 = "depthwise.s8/1";

    /// <summary>Where rows of blocks begin: <c>SparseWeights.starts</c>.</summary>
    public const string SparseStarts = "sparse.starts/1";

    /// <summary>What blocks are multiplied with: <c>SparseWeights.indices</c>.</summary>
    public const string SparseIndices = "sparse.indices/1";

    /// <summary>The weights of blocks: <c>SparseWeights.values</c>.</summary>
    public const string SparseInt8 = "sparse.s8/1";

    /// <summary>Where panels of steps begin: <c>SparseRows.starts</c>.</summary>
    public const string SparsePanels = "sparse.panels/1";

    /// <summary>Where the inputs of steps are: <c>SparseRows.windows</c>.</summary>
    public const string SparseWindows = "sparse.windows/1";

    /// <summary>Which of these blocks are multiplied with: <c>SparseRows.lanes</c>.</summary>
    public const string SparseLanes = "sparse.lanes/1";

    /// <summary>The weights of steps: <c>SparseRows.values</c>.</summary>
    public const string SparseRowsInt8 = "sparse.rows.s8/1";
}
