using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Planning.Sparsity;

/// <summary>
/// What dense and sparse kernels cost, in cycles of a processor with 512-bit <c>vpdpbusd</c>, where sparse kernels gain least: on other
/// tiers the dense ones are slower by more than the sparse ones are. It depends on shapes and weights alone, never on the machine that
/// builds. The numbers are fits to what <c>tests/ModelBuild.Benchmarks -- sparse</c> measures (docs/kernels.md).
/// </summary>
internal static class SparseCost
{
    /// <summary>By how much sparse kernels must be better: the model is not that exact, and shapes of the run may differ.</summary>
    private const double Margin = 1.15;

    private const int PanelWidth = WeightPacking.PanelWidth;
    private const int VectorPixels = 16;
    private const int StripVectors = SparseConvolution.StripPixels / VectorPixels;

    /// <summary>A step of the dense micro-kernel: a vector of outputs, four inputs.</summary>
    private const double DenseStep = 1.06;

    /// <summary>The epilogue, for each output of each pixel.</summary>
    private const double Tail = 0.45;

    /// <summary>To bring sums from pixels in the lanes to outputs in the lanes, for each output of each position.</summary>
    private const double Transposition = 0.35;

    /// <summary>To bring a byte of the input to pixels in the lanes.</summary>
    private const double PackedByte = 0.15;

    /// <summary>A vector of pixels in a block: it is read across two lines of the cache, and multiplied once, …</summary>
    private const double SingleVector = 1.75;

    /// <summary>… or twice.</summary>
    private const double PairVector = 2;

    /// <summary>What a block costs besides.</summary>
    private const double Block = 2.5;

    /// <summary>What a row of blocks costs besides, for each strip.</summary>
    private const double Row = 20;

    /// <summary>A step by one row of a matrix: sixteen blocks of one output …</summary>
    private const double SingleStep = 6;

    /// <summary>… or of two.</summary>
    private const double PairStep = 7;

    /// <summary>A panel of outputs by one row of a matrix.</summary>
    private const double RowPanel = 60;

    /// <summary>A step of the dense micro-kernel by few rows of a matrix: weights come from the second-level cache, …</summary>
    private const double MatrixStep = 2;

    /// <summary>… and this for each of the rows.</summary>
    private const double MatrixRowStep = 0.6;

    /// <summary>What the blocks of a convolution cost, for one image.</summary>
    public static double OfSparse(in ConvolutionShape shape, SparseBlocks blocks)
    {
        var planes = new QuadPlanes(shape);
        double vectors = Math.Ceiling((double)planes.Positions / VectorPixels);
        double strips = Math.Ceiling(vectors / StripVectors);
        double vector = blocks.Outputs == 1 ? SingleVector : PairVector;
        return (((vector * vectors) + (Block * strips)) * blocks.Indices.Length)
            + (Row * strips * (blocks.Starts.Length - 1))
            + (Transposition * vectors * VectorPixels * shape.PaddedOutputChannels)
            + (PackedByte * planes.Bytes)
            + (Tail * shape.OutputSliceLength);
    }

    /// <summary>What a dense convolution of one image costs.</summary>
    public static double OfDense(in ConvolutionShape shape)
    {
        double steps = (double)WeightPacking.ConvolutionInt8Length(shape) / (PanelWidth * WeightPacking.QuadLength);
        return (DenseStep * steps * shape.OutputHeight * shape.OutputWidth) + (Tail * shape.OutputSliceLength);
    }

    /// <summary>What the blocks of a matrix cost, by rows as pixels.</summary>
    public static double OfSparse(in GemmShape shape, SparseBlocks blocks) => OfSparse(SparseGemm.Pixels(shape), blocks);

    /// <summary>What the blocks of a matrix cost, by one row after the other.</summary>
    public static double OfSparse(in GemmShape shape, SparseSteps steps) =>
        shape.Rows * (((steps.Outputs == 1 ? SingleStep : PairStep) * steps.Windows.Length)
            + (RowPanel * shape.PaddedColumns / PanelWidth) + (Tail * shape.PaddedColumns));

    /// <summary>What a dense matrix costs: a few rows wait for their weights.</summary>
    public static double OfDense(in GemmShape shape)
    {
        double steps = (double)WeightPacking.MatrixInt8Length(shape) / (PanelWidth * WeightPacking.QuadLength);
        return (steps * Math.Max(MatrixStep + (MatrixRowStep * shape.Rows), DenseStep * shape.Rows))
            + (Tail * shape.Rows * shape.PaddedColumns);
    }

    /// <summary>Whether blocks cost so much less that a plan has them.</summary>
    public static bool Pays(double sparse, double dense) => sparse * Margin < dense;
}
