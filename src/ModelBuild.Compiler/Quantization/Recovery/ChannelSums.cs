using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>What samples showed of each channel of a tensor.</summary>
/// <param name="channels">How many there are.</param>
internal sealed class ChannelSums(int channels)
{
    /// <summary>Samples that channels are looked at in.</summary>
    private const int Samples = 64;

    private readonly float[] _minima = new float[channels];
    private readonly float[] _maxima = new float[channels];
    private readonly double[] _squares = new double[channels];
    private long _count;

    /// <summary>Looks at tensors of a float graph.</summary>
    /// <param name="graph">Left as it is.</param>
    /// <param name="tensors">How many channels each has, by name.</param>
    /// <param name="lastAxis">True where channels lie along the last axis, as those of rows do; false for the second.</param>
    /// <param name="samples">Calibration samples.</param>
    /// <param name="interpret">Makes an interpreter of a graph, and lets it go.</param>
    /// <param name="cancellation">Asked between samples.</param>
    public static IReadOnlyDictionary<string, ChannelSums> Of(
        Graph graph, IReadOnlyDictionary<string, int> tensors, bool lastAxis, CalibrationData samples,
        Action<Graph, Action<Interpreter>> interpret, CancellationToken cancellation)
    {
        var sums = tensors.ToDictionary(t => t.Key, t => new ChannelSums(t.Value), StringComparer.Ordinal);
        Graph shown = graph.Clone();
        shown.ShowAsOutputs(v => sums.ContainsKey(v.Name));
        interpret(shown, interpreter =>
        {
            foreach (IReadOnlyDictionary<string, Tensor> sample in samples.Spread(Samples))
            {
                cancellation.ThrowIfCancellationRequested();
                Dictionary<string, Tensor> outputs = interpreter.Run(sample);
                foreach ((string name, ChannelSums channel) in sums)
                {
                    channel.Add(outputs[name], lastAxis);
                }
            }
        });
        return sums;
    }

    public float Size(int channel) => MathF.Max(-_minima[channel], _maxima[channel]);

    /// <summary>Mean of the squares.</summary>
    public double Power(int channel) => _count == 0 ? 0 : _squares[channel] / _count;

    /// <summary>From one 8-bit code to the next, where each channel is divided by its factor and all share a scale.</summary>
    public double Step(float[] factors)
    {
        double low = 0;
        double high = 0;
        for (int c = 0; c < factors.Length; c++)
        {
            low = Math.Min(low, _minima[c] / factors[c]);
            high = Math.Max(high, _maxima[c] / factors[c]);
        }

        return (high - low) / byte.MaxValue;
    }

    private void Add(Tensor tensor, bool lastAxis)
    {
        ReadOnlySpan<float> values = tensor.Span<float>();
        int inner = lastAxis ? 1 : (int)tensor.Dimensions.Skip(2).Aggregate(1L, (product, d) => product * d);
        for (int i = 0; i < values.Length; i++)
        {
            int channel = i / inner % channels;
            float value = values[i];
            _minima[channel] = MathF.Min(_minima[channel], value);
            _maxima[channel] = MathF.Max(_maxima[channel], value);
            _squares[channel] += (double)value * value;
        }

        _count += values.Length / channels;
    }
}
