namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Weights of a recurrent layer that integers multiply: see <see cref="RecurrentWeights.OfCodes"/> and
/// <see cref="RecurrentWeights.OfStaticCodes"/>.
/// </summary>
internal readonly ref struct RecurrentCodes(
    ReadOnlySpan<sbyte> input, ChannelParameters inputChannels, ReadOnlySpan<sbyte> recurrent, ChannelParameters recurrentChannels,
    bool isShared, RowParameters inputParameters = default, RowParameters stateParameters = default)
{
    public readonly ReadOnlySpan<sbyte> Input = input;
    public readonly ChannelParameters InputChannels = inputChannels;
    public readonly ReadOnlySpan<sbyte> Recurrent = recurrent;
    public readonly ChannelParameters RecurrentChannels = recurrentChannels;
    public readonly bool IsShared = isShared;

    /// <summary>How all codes of inputs are read; a scale of 0 where the run finds that.</summary>
    public readonly RowParameters InputParameters = inputParameters;

    /// <summary>The same of states.</summary>
    public readonly RowParameters StateParameters = stateParameters;

    /// <summary>Whether there are any.</summary>
    public bool IsUsed => !Input.IsEmpty;
}
