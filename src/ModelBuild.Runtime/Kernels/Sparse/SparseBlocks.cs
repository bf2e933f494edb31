namespace ModelBuild.Runtime.Kernels;

/// <summary>The parts of <see cref="SparseWeights"/> as they are packed.</summary>
/// <param name="Starts">Where rows begin.</param>
/// <param name="Indices">What blocks are multiplied with.</param>
/// <param name="Values">The weights of the blocks.</param>
/// <param name="Outputs">Outputs of a block.</param>
internal sealed record SparseBlocks(int[] Starts, ushort[] Indices, sbyte[] Values, int Outputs)
{
    /// <summary>As kernels take them.</summary>
    public SparseWeights Weights => new(Starts, Indices, Values, Outputs);
}
