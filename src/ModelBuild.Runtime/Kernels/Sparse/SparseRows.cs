using System.ComponentModel;
using System.Numerics.Tensors;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// int8 weights of a matrix of which only the blocks are kept that are not zero, for left matrices of few rows: the blocks of sixteen
/// outputs, or of sixteen times two, lie side by side in the lanes.
/// </summary>
/// <remarks>
/// What <c>docs/kernels.md</c> says under "Sparse weights". Spans are read when a kernel is called, and nothing is copied.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly ref struct SparseRows
{
    /// <summary>Puts the parts together.</summary>
    /// <param name="starts">For each panel the number of its first step, and the number of all steps behind the last.</param>
    /// <param name="windows">For each step where the inputs of its blocks are: 32 quads, from this multiple of 16 on.</param>
    /// <param name="lanes">For each step which quad of these each of sixteen blocks is multiplied with: 0 to 31.</param>
    /// <param name="values">For each step <c>[output of the block][16][4]</c> weights; zeros where a lane has no block.</param>
    /// <param name="blockOutputs">Outputs of a block: 1 or 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">A block has neither one output nor two.</exception>
    /// <exception cref="ArgumentException">The parts have not as many steps.</exception>
    public SparseRows(
        ReadOnlySpan<int> starts, ReadOnlySpan<ushort> windows, ReadOnlySpan<byte> lanes, ReadOnlySpan<sbyte> values, int blockOutputs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blockOutputs, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blockOutputs, SparsePacking.MaximumOutputs);
        SpanGuard.Length(lanes.Length, (long)windows.Length * SparseRowPacking.Lanes, nameof(lanes));
        SpanGuard.Length(
            values.Length, (long)windows.Length * blockOutputs * SparseRowPacking.Lanes * WeightPacking.QuadLength, nameof(values));
        Starts = starts;
        Windows = windows;
        Lanes = lanes;
        Values = values;
        BlockOutputs = blockOutputs;
    }

    internal ReadOnlySpan<int> Starts { get; }

    internal ReadOnlySpan<ushort> Windows { get; }

    internal ReadOnlySpan<byte> Lanes { get; }

    internal ReadOnlySpan<sbyte> Values { get; }

    internal int BlockOutputs { get; }

    /// <summary>Checks every number that becomes an address, so that the kernels need not.</summary>
    /// <exception cref="ArgumentException">The weights do not belong to the shape.</exception>
    internal void Validate(in GemmShape shape)
    {
        SpanGuard.Length(
            Starts.Length, SparseRowPacking.Panels(shape.Columns, Math.Max(BlockOutputs, 1)) + 1L, "rows.starts");
        SparseStarts.Check(Starts, Windows.Length, "panels", "steps", "rows");
        if (!Windows.IsEmpty && TensorPrimitives.Max(Windows) >= SparseRowPacking.Windows(shape.Inner))
        {
            throw new ArgumentException("A step of the weights is for inputs that there are not.", "rows");
        }

        if (!Lanes.IsEmpty && TensorPrimitives.Max(Lanes) >= SparseRowPacking.WindowQuads)
        {
            throw new ArgumentException("A block of the weights is for inputs outside of its window.", "rows");
        }
    }
}
