namespace ModelBuild.Runtime.Kernels;

/// <summary>The parts of <see cref="SparseRows"/> as they are packed.</summary>
/// <param name="Starts">Where panels begin.</param>
/// <param name="Windows">Where the inputs of a step are.</param>
/// <param name="Lanes">Which of them a block is multiplied with.</param>
/// <param name="Values">The weights.</param>
/// <param name="Outputs">Outputs of a block.</param>
internal sealed record SparseSteps(int[] Starts, ushort[] Windows, byte[] Lanes, sbyte[] Values, int Outputs)
{
    /// <summary>As kernels take them.</summary>
    public SparseRows Rows => new(Starts, Windows, Lanes, Values, Outputs);
}
