using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Calibration;

/// <summary>Runs a float model over calibration samples and keeps statistics of each observed tensor.</summary>
internal static class RangeCollector
{
    /// <param name="interpreter">Of the float model, lowered with the observed values kept.</param>
    /// <param name="points">The values to look at; inputs, outputs and constants may be among them.</param>
    /// <param name="samples">Inputs by name.</param>
    /// <param name="method">How ranges will be chosen; null for all values.</param>
    /// <param name="ports">
    /// What is to be looked at whether or not it gets codes inside: inputs and outputs of the model, states of recurrent layers.
    /// </param>
    /// <param name="isOpen">Whether another method may take its place later on.</param>
    /// <returns>By the values' names.</returns>
    public static Dictionary<string, TensorStatistics> Collect(
        Interpreter interpreter, QuantizationPoints points, IEnumerable<IReadOnlyDictionary<string, Tensor>> samples,
        CancellationToken cancellation, CalibrationMethod? method = null, IReadOnlyList<Value>? ports = null,
        bool isOpen = false)
    {
        Dictionary<string, (Dimension Length, Dimension Inner)> rows = Rows(
            interpreter.Plan,
            points.Values.Where(v => v.Producer is not null && points.IsScores(v)).Select(v => v.Name).ToHashSet(StringComparer.Ordinal));
        Dictionary<string, TensorStatistics> statistics =
            points.Values.Union(ports?.Where(i => i.Type == DataType.Float32) ?? []).DistinctBy(v => v.Name).ToDictionary(
                v => v.Name, v => new TensorStatistics(v.IsConstant ? null : method, isOpen && !v.IsConstant) { IsConstant = v.IsConstant },
                StringComparer.Ordinal);
        foreach (Value constant in points.Values.Where(v => v.IsConstant))
        {
            statistics[constant.Name].Add(constant.Constant!.ToFloats());
        }

        FloatObserver observer = Add;
        foreach (IReadOnlyDictionary<string, Tensor> sample in samples)
        {
            cancellation.ThrowIfCancellationRequested();

            // An output may be a view of a tensor that has another name.
            observer.Show(interpreter.Observe(sample, observer));
        }

        foreach (Value mask in points.Values)
        {
            // Below that, the sum is below the codes of the scores.
            float[] floors =
                [.. points.Masks(mask, statistics[mask.Name].IsMasked).Select(m => Floor(m.Sum) - Largest(m.Unmasked))];
            statistics[mask.Name].Cut(floors.DefaultIfEmpty(float.NegativeInfinity).Min());
        }

        return statistics;

        float Floor(Value value) => !statistics.TryGetValue(value.Name, out TensorStatistics? own) ? float.NegativeInfinity
            : points.IsScores(value) || own.Seen.IsEmpty ? own.Floor : own.Seen.Minimum;

        float Largest(Value value) => statistics.TryGetValue(value.Name, out TensorStatistics? own) && !own.Seen.IsEmpty
            ? own.Seen.Maximum
            : float.PositiveInfinity;

        void Add(string name, ReadOnlySpan<float> values)
        {
            if (statistics.TryGetValue(name, out TensorStatistics? own))
            {
                if (rows.TryGetValue(name, out (Dimension Length, Dimension Inner) shape))
                {
                    own.AddScores(values, (int)interpreter.Evaluate(shape.Length), (int)interpreter.Evaluate(shape.Inner));
                }
                else
                {
                    own.Add(values);
                }
            }
        }
    }

    /// <summary>How the rows of scores lie in memory, which the step that reads them knows.</summary>
    private static Dictionary<string, (Dimension Length, Dimension Inner)> Rows(ExecutionPlan plan, IReadOnlySet<string> scores)
    {
        var rows = new Dictionary<string, (Dimension Length, Dimension Inner)>(StringComparer.Ordinal);
        foreach (PlanCall call in plan.AllSteps.Select(s => s.Call).Where(c => c.Target.StartsWith("Softmax.", StringComparison.Ordinal)))
        {
            Dictionary<string, PlanArgument> arguments = call.Arguments.ToDictionary(a => a.Name, a => a.Value, StringComparer.Ordinal);
            if (arguments["input"] is TensorArgument input && scores.Contains(plan.Tensors[input.Tensor].Name)
                && arguments["length"] is IntegerArgument length && arguments["inner"] is IntegerArgument inner)
            {
                rows[plan.Tensors[input.Tensor].Name] = (length.Value, inner.Value);
            }
        }

        return rows;
    }
}
