using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// How far the outputs of one model are from those of another, over samples. Each output counts for itself, whatever its unit.
/// </summary>
internal sealed class OutputDifference
{
    private readonly SortedDictionary<string, NoiseMeter.NoiseSum> _noise = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, NoiseMeter.ChoiceSum> _choices = new(StringComparer.Ordinal);

    /// <summary>The output with the lowest ratio, in dB; an empty name and null where none has a signal.</summary>
    public (string Output, double? Sqnr, double? LeastSqnr) Worst => _noise.Where(o => o.Value.Sqnr is not null)
        .OrderBy(o => o.Value.Sqnr).Select(o => (o.Key, o.Value.Sqnr, o.Value.LeastSqnr)).FirstOrDefault((string.Empty, null, null));

    /// <summary>The part of all rows with the largest element in the same place; null where there are no rows.</summary>
    public double? Agreement => _choices.Values.Select(c => c.Agreement).Min();

    /// <summary>Takes in an output of a sample.</summary>
    public void Add(string name, Tensor expected, Tensor actual)
    {
        _noise.TryAdd(name, new NoiseMeter.NoiseSum());

        // Where an input that lies near to a bound decides a size, there may be more or fewer elements: nothing can be compared.
        if (expected.Length == actual.Length)
        {
            (double[] wanted, double[] got) = (expected.ToDoubles(), actual.ToDoubles());
            _noise[name].Add(wanted, got);
            _choices.TryAdd(name, new NoiseMeter.ChoiceSum());
            _choices[name].Add(wanted, got, expected.Dimensions.LastOrDefault());
        }
    }
}
