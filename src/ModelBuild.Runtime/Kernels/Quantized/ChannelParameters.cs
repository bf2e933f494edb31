using System.ComponentModel;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// What a product of codes by int8 weights has for each output channel, where the scale of the codes is found at run time.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly ref struct ChannelParameters
{
    /// <summary>Describes the output channels.</summary>
    /// <param name="sums">The sum of each channel's weights, padded as <see cref="WeightPacking.PadChannels{T}"/> does.</param>
    /// <param name="scales">Scales of the weights, padded.</param>
    /// <param name="bias">What is added in the end, padded.</param>
    public ChannelParameters(ReadOnlySpan<float> sums, ReadOnlySpan<float> scales, ReadOnlySpan<float> bias)
    {
        Sums = sums;
        Scales = scales;
        Bias = bias;
    }

    internal ReadOnlySpan<float> Sums { get; }

    internal ReadOnlySpan<float> Scales { get; }

    internal ReadOnlySpan<float> Bias { get; }

    /// <summary>Checks every length once, so that the kernels need not.</summary>
    internal void Validate(int paddedChannels)
    {
        SpanGuard.Length(Sums.Length, paddedChannels, "channels.sums");
        SpanGuard.Length(Scales.Length, paddedChannels, "channels.scales");
        SpanGuard.Length(Bias.Length, paddedChannels, "channels.bias");
    }
}
