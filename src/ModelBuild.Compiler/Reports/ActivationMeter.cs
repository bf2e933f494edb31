using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Reports;

/// <summary>
/// Runs a float model over samples and looks at the tensors that have codes: how values are distributed, what codes make of them.
/// </summary>
internal static class ActivationMeter
{
    /// <param name="interpreter">Of the float model, with the tensors observed.</param>
    /// <param name="codes">And what calibration has seen of each, by name.</param>
    /// <param name="samples">Inputs by name.</param>
    public static Dictionary<string, (Histogram Values, double? Sqnr)> Measure(
        Interpreter interpreter, IReadOnlyDictionary<string, (QuantizationParameters Codes, ValueRange Seen)> codes,
        IEnumerable<IReadOnlyDictionary<string, Tensor>> samples, CancellationToken cancellation)
    {
        var sums = codes.Keys.ToDictionary(
            name => name, _ => (Noise: new NoiseMeter.NoiseSum(), Counts: new long[Histogram.Bins]), StringComparer.Ordinal);
        foreach (IReadOnlyDictionary<string, Tensor> sample in samples)
        {
            cancellation.ThrowIfCancellationRequested();
            interpreter.Observe(sample, Add);
        }

        return sums.ToDictionary(
            s => s.Key,
            s => codes[s.Key].Seen is { IsEmpty: false } seen
                ? (new Histogram(seen.Minimum, seen.Maximum, s.Value.Counts), s.Value.Noise.Sqnr)
                : (new Histogram(0, 0, s.Value.Counts), null),
            StringComparer.Ordinal);

        void Add(string name, ReadOnlySpan<float> values)
        {
            if (codes.TryGetValue(name, out (QuantizationParameters Codes, ValueRange Seen) own))
            {
                sums[name].Noise.AddCodes(values, own.Codes);
                Histogram.Count(values, own.Seen.Minimum, own.Seen.Maximum, sums[name].Counts);
            }
        }
    }
}
