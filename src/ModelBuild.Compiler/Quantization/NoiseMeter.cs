using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Quantization;

/// <summary>Signal to quantization noise ratio of a model's outputs: 10 log₁₀ (Σ reference² / Σ (reference − value)²).</summary>
internal static class NoiseMeter
{
    /// <summary>What equal outputs are said to have: more than float32 could tell.</summary>
    public const double Perfect = 200;

    /// <returns>In dB, at most <see cref="Perfect"/>; null without samples or signal. Elements that are not finite do not count.</returns>
    public static double? Sqnr(Interpreter reference, Interpreter quantized, IEnumerable<IReadOnlyDictionary<string, Tensor>> samples, CancellationToken cancellation)
    {
        double signal = 0;
        double noise = 0;
        foreach (IReadOnlyDictionary<string, Tensor> sample in samples)
        {
            cancellation.ThrowIfCancellationRequested();
            Dictionary<string, Tensor> expected = reference.Run(sample);
            Dictionary<string, Tensor> actual = quantized.Run(sample);
            foreach ((string name, Tensor tensor) in expected.OrderBy(e => e.Key, StringComparer.Ordinal))
            {
                float[] a = tensor.ToFloats();
                float[] b = actual[name].ToFloats();
                for (int i = 0; i < a.Length; i++)
                {
                    double error = (double)a[i] - b[i];
                    if (!double.IsFinite(error))
                    {
                        continue;
                    }

                    signal += (double)a[i] * a[i];
                    noise += error * error;
                }
            }
        }

        return signal > 0 ? Math.Min(Perfect, 10 * Math.Log10(signal / noise)) : null;
    }
}
