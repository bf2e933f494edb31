using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Planning;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// Ranges as the outputs want them. A range that ends at the largest value that was seen spends its codes on a few values; a smaller one
/// cuts these off and tells all others better apart. What that is worth no statistic of the tensor says, so that it is tried: all values,
/// the ranges of least squared error, and smaller ranges for the tensors whose codes alone then make less noise at the outputs.
/// </summary>
/// <remarks>
/// What is cut off is rare, and 500 samples show little of it. A tensor's range therefore comes from one half of the samples and its noise
/// from the other, both ways round, and both have to say the same; and all that was found together has to be better than what there was.
/// </remarks>
internal sealed class RangeRefinement
{
    /// <summary>What is tried, as parts of the range.</summary>
    private static readonly double[] s_parts = [0.95, 0.9, 0.85];

    /// <summary>Noise of one tensor that has to be gone, in dB, in both halves.</summary>
    private const double TensorGain = 1;

    /// <summary>The same of all tensors together.</summary>
    private const double Gain = 0.4;

    /// <summary>Samples that are enough.</summary>
    private const int MostSamples = 512;

    /// <summary>With fewer, nothing can be told.</summary>
    private const int FewestSamples = 16;

    /// <summary>Multiply-accumulates that each of the two measurements may take.</summary>
    private const double Work = 1e11;

    private static readonly CalibrationMethod s_leastError = new(RangeRule.MeanSquaredError);

    private readonly QuantizationPoints _points;
    private readonly IReadOnlyDictionary<string, TensorStatistics> _statistics;
    private readonly CompiledPlan _plan;
    private readonly CalibrationData _samples;
    private readonly CancellationToken _cancellation;

    /// <summary>
    /// The tensors of each group whose range may be smaller: those of images' bytes may not, nor those with codes to spare.
    /// </summary>
    private readonly Dictionary<string, Value[]> _groups;

    /// <summary>Multiply-accumulates of a sample.</summary>
    private readonly double _cost;

    private RangeRefinement(
        QuantizationPoints points, IReadOnlyDictionary<string, TensorStatistics> statistics, CompiledPlan plan, CalibrationData samples,
        CancellationToken cancellation)
    {
        _points = points;
        _statistics = statistics;
        _plan = plan;
        _samples = samples;
        _cancellation = cancellation;
        _groups = points.Values.GroupBy(v => points.Group(v).Name)
            .Where(g => g.All(v => !v.IsConstant && !points.IsWide(v) && ByteCodes.Of(v) is null))
            .ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
        var interpreter = new Interpreter(plan, ReproducibleKernels.Table);
        interpreter.Run(samples.Samples().First());
        _cost = Math.Max(interpreter.EvaluateAll(plan.Plan.Card.MultiplyAccumulates), 1);
    }

    /// <param name="points">The tensors that get codes.</param>
    /// <param name="statistics">Of these, of all values; how they choose their ranges is changed.</param>
    /// <param name="plan">Of the float model, with the tensors observed.</param>
    /// <param name="samples">Calibration samples.</param>
    /// <param name="cancellation">Asked between samples.</param>
    /// <returns>Whether any range has changed.</returns>
    public static bool Run(
        QuantizationPoints points, IReadOnlyDictionary<string, TensorStatistics> statistics, CompiledPlan plan, CalibrationData samples,
        CancellationToken cancellation)
    {
        return samples.Count >= FewestSamples && new RangeRefinement(points, statistics, plan, samples, cancellation).Run();
    }

    private bool Run()
    {
        if (_groups.Count == 0)
        {
            return false;
        }

        Dictionary<string, double> smaller = FindSmaller();
        Action[] choices =
        [
            () => Choose(CalibrationMethod.MinMax),
            () => Choose(s_leastError),
            .. smaller.Count == 0 ? [] : (Action[])[() =>
            {
                Choose(CalibrationMethod.MinMax);
                foreach ((string group, double kept) in smaller)
                {
                    Keep(group, kept);
                }
            }],
        ];
        IReadOnlyDictionary<string, Tensor>[] samples = [.. _samples.Spread(Count(choices.Length))];
        if (samples.Length < FewestSamples)
        {
            return false;
        }

        double[] ratios = [.. choices.Select(Together)];
        int best = Array.IndexOf(ratios, ratios.Max());
        best = ratios[best] > ratios[0] + Gain ? best : 0;
        choices[best]();
        return best > 0;

        double Together(Action choose)
        {
            choose();
            return TensorSensitivity.Rank(
                _plan, Quantizer.ChooseByName(_points, _statistics),
                _groups.Values.SelectMany(g => g).ToLookup(_ => string.Empty, v => v.Name), samples, _cancellation)
                .Select(r => r.Sqnr).FirstOrDefault();
        }
    }

    /// <summary>How much to keep of the ranges that better be smaller, by groups.</summary>
    private Dictionary<string, double> FindSmaller()
    {
        int count = Count(_groups.Count * (s_parts.Length + 1)) / 2;
        if (count < FewestSamples / 2)
        {
            return [];
        }

        IReadOnlyDictionary<string, Tensor>[][] halves =
        [
            .. Enumerable.Range(0, 2).Select(half => CalibrationData.Spread(
                _samples.Samples().Where((_, i) => i % 2 == half), (_samples.Count + 1 - half) / 2, count).ToArray()),
        ];
        Dictionary<string, double>[] all = Alone(1);
        Dictionary<string, double>[][] tried = [.. s_parts.Select(Alone)];
        var smaller = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (string group in _groups.Keys.Where(all[0].ContainsKey).Where(all[1].ContainsKey))
        {
            double[] gains = [.. tried.Select(t => t.Zip(all).Min(p => p.First.GetValueOrDefault(group) - p.Second[group]))];
            int best = Array.IndexOf(gains, gains.Max());
            if (gains[best] > TensorGain)
            {
                smaller[group] = s_parts[best];
            }
        }

        return smaller;

        // Ranges of one half of the samples, noise on the other.
        Dictionary<string, double>[] Alone(double kept)
        {
            foreach (string group in _groups.Keys)
            {
                Keep(group, kept);
            }

            ILookup<string, string> names = _groups.SelectMany(g => g.Value.Select(v => (g.Key, v.Name))).ToLookup(g => g.Key, g => g.Name);
            return
            [
                .. halves.Select((samples, half) => TensorSensitivity.Rank(
                    _plan, Quantizer.ChooseByName(_points, _statistics, 1 - half), names, samples, _cancellation)
                    .ToDictionary(r => r.Group, r => r.Sqnr, StringComparer.Ordinal)),
            ];
        }
    }

    /// <summary>Samples that may be run so many times.</summary>
    private int Count(int times) => (int)Math.Min(Work / (_cost * times), MostSamples);

    private void Choose(CalibrationMethod method)
    {
        foreach (TensorStatistics statistics in _groups.Values.SelectMany(g => g).Select(v => _statistics[v.Name]))
        {
            (statistics.Method, statistics.Kept) = (method, 1);
        }
    }

    private void Keep(string group, double kept)
    {
        foreach (Value value in _groups[group])
        {
            _statistics[value.Name].Kept = kept;
        }
    }
}
