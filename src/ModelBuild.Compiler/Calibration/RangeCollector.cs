using System.Runtime.InteropServices;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Plan;
using Tensor = ModelBuild.Compiler.Graphs.Tensor;

namespace ModelBuild.Compiler.Calibration;

/// <summary>Runs a float model over calibration samples and keeps the smallest and largest value of each observed tensor (MinMax).</summary>
internal static class RangeCollector
{
    /// <param name="interpreter">Of the float model, lowered with the observed values kept.</param>
    /// <param name="observed">Names of the values to look at; inputs may be among them.</param>
    /// <param name="samples">Inputs by name.</param>
    public static Dictionary<string, ValueRange> Collect(
        Interpreter interpreter, IReadOnlySet<string> observed, IEnumerable<IReadOnlyDictionary<string, Tensor>> samples, CancellationToken cancellation)
    {
        var ranges = new Dictionary<string, ValueRange>(StringComparer.Ordinal);
        foreach (IReadOnlyDictionary<string, Tensor> sample in samples)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach ((string name, Tensor tensor) in sample)
            {
                if (tensor.Type == DataType.Float32)
                {
                    Observe(name, tensor.Data.Span);
                }
            }

            Dictionary<string, Tensor> outputs = interpreter.Run(sample, (tensor, data) =>
            {
                if (tensor.Type == PlanType.F32)
                {
                    Observe(tensor.Name, data);
                }
            });

            // An output may be a view of a tensor that has another name.
            foreach ((string name, Tensor tensor) in outputs.Where(o => o.Value.Type == DataType.Float32))
            {
                Observe(name, tensor.Data.Span);
            }
        }

        return ranges;

        void Observe(string name, ReadOnlySpan<byte> data)
        {
            ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(data);
            if (observed.Contains(name) && values.Length > 0)
            {
                ValueRange range = ValueRange.Of(values);
                ranges[name] = ranges.GetValueOrDefault(name, ValueRange.Empty).Union(range);
            }
        }
    }
}
