namespace ModelBuild.Runtime.Kernels;

/// <summary>Weights of a recurrent layer that integers multiply: see <see cref="RecurrentWeights.OfCodes"/>.</summary>
internal readonly ref struct RecurrentCodes(
    ReadOnlySpan<sbyte> input, ChannelParameters inputChannels, ReadOnlySpan<sbyte> recurrent, ChannelParameters recurrentChannels,
    bool isShared)
{
    public readonly ReadOnlySpan<sbyte> Input = input;
    public readonly ChannelParameters InputChannels = inputChannels;
    public readonly ReadOnlySpan<sbyte> Recurrent = recurrent;
    public readonly ChannelParameters RecurrentChannels = recurrentChannels;
    public readonly bool IsShared = isShared;

    /// <summary>Whether there are any.</summary>
    public bool IsUsed => !Input.IsEmpty;
}
