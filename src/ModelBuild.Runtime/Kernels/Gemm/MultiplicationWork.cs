namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// A product with a right matrix known only at run time that several threads share: each packs and multiplies some columns.
/// </summary>
internal readonly unsafe struct MultiplicationWork : IParallelWork
{
    /// <summary>Products that are worth a thread of their own: about five microseconds on the fastest processors.</summary>
    private const long UnitProducts = 262_144;

    private readonly KernelTable _kernels;
    private readonly GemmShape _shape;
    private readonly float* _left;
    private readonly float* _right;
    private readonly float* _output;
    private readonly int _panels;

    public MultiplicationWork(KernelTable kernels, in GemmShape shape, float* left, float* right, float* output, int threads)
    {
        _kernels = kernels;
        _shape = shape;
        _left = left;
        _right = right;
        _output = output;
        _panels = shape.PaddedColumns / WeightPacking.PanelWidth;
        Units = threads == 1
            ? 1
            : (int)long.Clamp((long)shape.Rows * shape.Inner * shape.Columns / UnitProducts, 1, long.Max(_panels, 1));
    }

    /// <summary>How many units there are.</summary>
    public int Units { get; }

    /// <inheritdoc/>
    public void Run(int unit)
    {
        int first = Parts.First(_panels, unit, Units) * WeightPacking.PanelWidth;
        int end = int.Min(Parts.First(_panels, unit + 1, Units) * WeightPacking.PanelWidth, _shape.Columns);
        Gemm.Multiply(
            _kernels, new GemmShape(_shape.Rows, _shape.Inner, end - first), _left, _shape.Inner, _right + first, _shape.Columns,
            _output + first, _shape.Columns);
    }
}
