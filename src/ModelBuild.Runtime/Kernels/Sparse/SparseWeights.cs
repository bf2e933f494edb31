using System.ComponentModel;
using System.Numerics.Tensors;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// int8 weights of which only the blocks are kept that are not zero. A block is four neighbouring inputs of one output or of two
/// neighbouring ones; a row is all blocks of these outputs.
/// </summary>
/// <remarks>
/// What <c>docs/kernels.md</c> says under "Sparse weights". Spans are read when a kernel is called, and nothing is copied.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly ref struct SparseWeights
{
    /// <summary>Puts the parts together.</summary>
    /// <param name="starts">For each row the number of its first block, and the number of all blocks behind the last.</param>
    /// <param name="indices">
    /// For each block which inputs it is multiplied with: the quad of channels, for a convolution plus the tap times quads per tap.
    /// </param>
    /// <param name="values">For each block four weights of its first output, then those of the second.</param>
    /// <param name="blockOutputs">Outputs of a block: 1 or 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">A block has neither one output nor two.</exception>
    /// <exception cref="ArgumentException">There are not as many weights as the blocks have.</exception>
    public SparseWeights(ReadOnlySpan<int> starts, ReadOnlySpan<ushort> indices, ReadOnlySpan<sbyte> values, int blockOutputs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blockOutputs, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blockOutputs, SparsePacking.MaximumOutputs);
        SpanGuard.Length(values.Length, (long)indices.Length * blockOutputs * WeightPacking.QuadLength, nameof(values));
        Starts = starts;
        Indices = indices;
        Values = values;
        BlockOutputs = blockOutputs;
    }

    internal ReadOnlySpan<int> Starts { get; }

    internal ReadOnlySpan<ushort> Indices { get; }

    internal ReadOnlySpan<sbyte> Values { get; }

    internal int BlockOutputs { get; }

    /// <summary>Checks every number that becomes an address, so that the kernels need not.</summary>
    /// <param name="paddedOutputs">Outputs, those that fill panels included.</param>
    /// <param name="indices">Indices that there are inputs for.</param>
    /// <exception cref="ArgumentException">The weights do not belong to the shape.</exception>
    internal void Validate(int paddedOutputs, int indices)
    {
        SpanGuard.Length(Starts.Length, (paddedOutputs / Math.Max(BlockOutputs, 1)) + 1L, "weights.starts");
        SparseStarts.Check(Starts, Indices.Length, "rows", "blocks", "weights");
        if (!Indices.IsEmpty && TensorPrimitives.Max(Indices) >= indices)
        {
            throw new ArgumentException("A block of the weights is for inputs that there are not.", "weights");
        }
    }
}
