using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// What each quantized tensor costs at the outputs: the signal to quantization noise ratio of the float model in which this tensor alone
/// has 8-bit codes. Tensors that share a scale count as one.
/// </summary>
internal static class TensorSensitivity
{
    /// <param name="plan">Of the float model, with the tensors observed.</param>
    /// <param name="codes">By the names of the tensors.</param>
    /// <param name="groups">The tensors of each group; its name is that of the one that stands for it.</param>
    /// <param name="samples">Inputs by name.</param>
    /// <returns>Name of the group and ratio in dB, the lowest first; without those that say nothing at the outputs.</returns>
    public static IReadOnlyList<(string Group, double Sqnr)> Rank(
        CompiledPlan plan, IReadOnlyDictionary<string, QuantizationParameters> codes, ILookup<string, string> groups,
        IReadOnlyList<IReadOnlyDictionary<string, Tensor>> samples, CancellationToken cancellation)
    {
        var idle = new ConcurrentBag<Interpreter>();
        Dictionary<string, Tensor>[] expected = [.. samples.Select(sample => Run(sample, []))];
        var ratios = new ConcurrentDictionary<string, double>(StringComparer.Ordinal);
        Parallel.ForEach(groups, new ParallelOptions { CancellationToken = cancellation }, group =>
        {
            var noise = plan.Plan.Outputs.ToDictionary(o => o.Name, _ => new NoiseMeter.NoiseSum(), StringComparer.Ordinal);
            HashSet<string> names = [.. group];
            for (int s = 0; s < samples.Count; s++)
            {
                Dictionary<string, Tensor> actual = Run(samples[s], names);
                foreach ((string output, NoiseMeter.NoiseSum sum) in noise)
                {
                    if (expected[s][output].Length == actual[output].Length)
                    {
                        sum.Add(expected[s][output].ToDoubles(), actual[output].ToDoubles());
                    }
                }
            }

            if (noise.Values.Select(n => n.Sqnr).Min() is { } worst)
            {
                ratios[group.Key] = worst;
            }
        });
        return [.. ratios.Select(r => (r.Key, r.Value)).OrderBy(r => r.Value).ThenBy(r => r.Key, StringComparer.Ordinal)];

        Dictionary<string, Tensor> Run(IReadOnlyDictionary<string, Tensor> sample, HashSet<string> names)
        {
            cancellation.ThrowIfCancellationRequested();
            Interpreter interpreter = idle.TryTake(out Interpreter? free) ? free : new Interpreter(plan, ReproducibleKernels.Table);
            var inputs = sample.ToDictionary(i => i.Key, i => names.Contains(i.Key) ? Rounded(i.Value, codes[i.Key]) : i.Value);
            Dictionary<string, Tensor> outputs = interpreter.Run(inputs, (tensor, data) =>
            {
                if (names.Contains(tensor.Name) && tensor.Type == PlanType.F32)
                {
                    Round(MemoryMarshal.Cast<byte, float>(data), codes[tensor.Name]);
                }
            });
            idle.Add(interpreter);
            return outputs;
        }
    }

    private static Tensor Rounded(Tensor tensor, QuantizationParameters codes)
    {
        if (tensor.Type != DataType.Float32)
        {
            return tensor;
        }

        float[] values = tensor.ToFloats();
        Round(values, codes);
        return Tensor.Owning(DataType.Float32, values, [.. tensor.Dimensions]);
    }

    private static void Round(Span<float> values, QuantizationParameters codes)
    {
        foreach (ref float value in values)
        {
            value = (QuantizedValues.WideCode(value, codes) - codes.ZeroPoint) * codes.Scale;
        }
    }
}
