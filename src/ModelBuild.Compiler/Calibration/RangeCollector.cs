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
    /// <param name="inputs">Of the model, to be looked at whether or not they get codes.</param>
    /// <returns>By the values' names.</returns>
    public static Dictionary<string, TensorStatistics> Collect(
        Interpreter interpreter, QuantizationPoints points, IEnumerable<IReadOnlyDictionary<string, Tensor>> samples,
        CancellationToken cancellation, CalibrationMethod? method = null, IReadOnlyList<Value>? inputs = null)
    {
        Dictionary<string, (int Length, int Inner)> rows = Rows(
            interpreter.Plan, points.Values.Where(points.IsScores).Select(v => v.Name).ToHashSet(StringComparer.Ordinal));
        Dictionary<string, TensorStatistics> statistics =
            points.Values.Union(inputs?.Where(i => i.Type == DataType.Float32) ?? []).ToDictionary(
                v => v.Name, v => new TensorStatistics(v.IsConstant ? null : method) { IsConstant = v.IsConstant }, StringComparer.Ordinal);
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

        return statistics;

        void Add(string name, ReadOnlySpan<float> values)
        {
            if (statistics.TryGetValue(name, out TensorStatistics? own))
            {
                if (rows.TryGetValue(name, out (int Length, int Inner) shape))
                {
                    own.AddScores(values, shape.Length, shape.Inner);
                }
                else
                {
                    own.Add(values);
                }
            }
        }
    }

    /// <summary>
    /// How the rows of scores lie in memory, which the step that reads them knows. Rows of run-time length are not looked at.
    /// </summary>
    private static Dictionary<string, (int Length, int Inner)> Rows(ExecutionPlan plan, IReadOnlySet<string> scores)
    {
        var rows = new Dictionary<string, (int Length, int Inner)>(StringComparer.Ordinal);
        foreach (PlanCall call in plan.AllSteps.Select(s => s.Call).Where(c => c.Target.StartsWith("Softmax.", StringComparison.Ordinal)))
        {
            Dictionary<string, PlanArgument> arguments = call.Arguments.ToDictionary(a => a.Name, a => a.Value, StringComparer.Ordinal);
            if (arguments["input"] is TensorArgument input && scores.Contains(plan.Tensors[input.Tensor].Name)
                && arguments["length"] is IntegerArgument { Value: { IsConstant: true } length }
                && arguments["inner"] is IntegerArgument { Value: { IsConstant: true } inner })
            {
                rows[plan.Tensors[input.Tensor].Name] = ((int)length.Value, (int)inner.Value);
            }
        }

        return rows;
    }
}
