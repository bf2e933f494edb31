using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Pruning.Channels;

/// <summary>The weights that read channels, and what these were on samples: which channels the others can make up for.</summary>
internal sealed class ChannelLayer
{
    private readonly WeightLayout _layout;
    private readonly float[] _weights;
    private readonly CancellationToken _cancellation;
    private readonly LayerPart[] _parts;
    private readonly double _signal;

    /// <param name="weight">A convolution of one group, or a product.</param>
    /// <param name="inputs">Of the layer in each sample.</param>
    /// <param name="partTerms">A longer sum is cut into parts that know nothing of one another.</param>
    /// <param name="isCentred">Whether a bias takes back what is left in the mean.</param>
    /// <param name="hasOrder">Whether it is asked what channels cost.</param>
    public ChannelLayer(
        PrunableWeight weight, Tensor[] inputs, int partTerms, bool isCentred, bool hasOrder, CancellationToken cancellation)
    {
        _layout = weight.Layout;
        _weights = weight.Value.Constant!.ToFloats();
        _cancellation = cancellation;
        _parts = LayerPart.Of(weight, inputs, partTerms, isCentred, hasOrder, cancellation);
        _signal = _parts.Sum(p => p.Energy(_weights, _layout));
    }

    /// <summary>
    /// What each channel costs when those that cost least go one after another: of two that say the same, the second one costs what both
    /// are worth. In parts of what the layer gives.
    /// </summary>
    /// <param name="channels">Of each input; negative for those that stay.</param>
    /// <param name="costs">Gets them added.</param>
    public void AddCosts(int[] channels, Dictionary<int, double> costs)
    {
        if (!(_signal > 0))
        {
            return;
        }

        foreach (LayerPart part in _parts)
        {
            IGrouping<int, int>[] groups =
                [.. Enumerable.Range(0, part.Inputs).Where(i => channels[part.FirstInput + i] >= 0)
                    .GroupBy(i => channels[part.FirstInput + i])];
            int[][] units = [.. groups.Select(g => g.SelectMany(i => Enumerable.Range(i * part.Taps, part.Taps)).ToArray())];
            (int[] order, double[] losses) = BrainSurgeon.Run(
                part.Rows(_weights, _layout, 0, _layout.Outputs), part.Inverse!, units, [], most: 0, _cancellation);
            for (int i = 0; i < order.Length; i++)
            {
                int channel = groups[order[i]].Key;
                costs[channel] = costs.GetValueOrDefault(channel) + (losses[i] / _signal);
            }
        }
    }

    /// <summary>The weights without some inputs.</summary>
    /// <param name="isRemoved">Of each input.</param>
    /// <returns>All of them, zero where an input goes; and in dB what the layer gives against what it would give.</returns>
    public (float[] Weights, double? Sqnr) Without(bool[] isRemoved)
    {
        float[] weights = (float[])_weights.Clone();
        double noise = 0;
        foreach (LayerPart part in _parts)
        {
            bool[] isZero = [.. Enumerable.Range(0, part.Terms).Select(t => isRemoved[part.FirstInput + (t / part.Taps)])];
            if (!isZero.Contains(true))
            {
                continue;
            }

            noise += part.Prune(_weights, weights, _layout, 0, _layout.Outputs, isZero, _cancellation).Energy;
        }

        return (weights, _signal > 0 && noise > 0 ? NoiseMeter.Decibels(_signal, noise) : null);
    }
}
