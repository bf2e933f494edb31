using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>
/// A tensor whose channels may be divided by factors before they share a scale, because the weights that read them take it back.
/// </summary>
/// <param name="value">The tensor.</param>
internal abstract class ChannelScaling(Value value)
{
    protected Value Value { get; } = value;

    protected abstract int Channels { get; }

    /// <summary>Scales the channels of tensors where that pays.</summary>
    /// <param name="graph">A float graph; changed in place.</param>
    /// <param name="places">Of this graph.</param>
    /// <param name="lastAxis">Whether channels lie along the last axis: <see cref="ChannelSums.Of"/>.</param>
    /// <param name="samples">Calibration samples.</param>
    /// <param name="interpret">Makes an interpreter of a graph, and lets it go.</param>
    /// <param name="cancellation">Asked between samples.</param>
    /// <returns>Whether anything has changed.</returns>
    protected static bool Run(
        Graph graph, IReadOnlyCollection<ChannelScaling> places, bool lastAxis, CalibrationData samples,
        Action<Graph, Action<Interpreter>> interpret, CancellationToken cancellation)
    {
        if (places.Count == 0)
        {
            return false;
        }

        IReadOnlyDictionary<string, ChannelSums> channels = ChannelSums.Of(
            graph, places.ToDictionary(p => p.Value.Name, p => p.Channels, StringComparer.Ordinal), lastAxis, samples, interpret,
            cancellation);
        bool changed = false;
        foreach (ChannelScaling place in places)
        {
            if (place.Choose(channels[place.Value.Name]) is { } factors)
            {
                place.Apply(factors);
                changed = true;
            }
        }

        return changed;
    }

    /// <summary>What each channel is divided by; null for nothing.</summary>
    protected abstract float[]? Choose(ChannelSums seen);

    protected abstract void Apply(float[] factors);
}
