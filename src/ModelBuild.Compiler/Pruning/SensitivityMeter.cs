using System.Collections.Concurrent;
using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Quantization.Recovery;
using ModelBuild.Compiler.Reports;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Pruning;

/// <summary>What the outputs of a model lose where one layer alone is pruned.</summary>
internal sealed class SensitivityMeter
{
    private const int MostSamples = 32;

    private const int FewestSamples = 2;

    /// <summary>Multiply-accumulates that may be spent on looking, a minute's work.</summary>
    private const double Work = 3e11;

    /// <summary>Weights that a layer keeps, in parts of what it would keep if all lost the same.</summary>
    private static readonly double[] s_kept = [2, 1.5, 1, 0.75, 0.5, 0.25];

    private readonly Graph _graph;
    private readonly PruningOptions _options;
    private readonly PlanHeader _header;
    private readonly PassContext _context;
    private readonly IReadOnlyDictionary<string, Tensor>[] _samples;
    private readonly Dictionary<string, Tensor>[] _expected;

    /// <param name="graph">Without zeros. It is not changed.</param>
    /// <param name="layers">How many are looked at.</param>
    public SensitivityMeter(
        Graph graph, PruningOptions options, int layers, CalibrationData samples, PlanHeader header, PassContext context)
    {
        _graph = DecidedSizes.Before(graph) ?? graph;
        _options = options;
        _header = header;
        _context = context with { Findings = [], Trace = null };
        Sparsities = [.. s_kept.Select(k => 1 - (k * (1 - options.Target))).Where(s => s > 0)];
        (_samples, _expected) = TemporaryPlan.Use(() => GraphPlanner.Plan(_graph.Clone(), header, _context), plan =>
        {
            double macs = Math.Max(BudgetCheck.Macs(plan.Plan.Card.MultiplyAccumulates), 1) * layers * Sparsities.Count;
            int count = (int)Math.Clamp(Work / macs, FewestSamples, MostSamples);
            IReadOnlyDictionary<string, Tensor>[] chosen = [.. samples.Spread(Math.Min(count, samples.Count))];
            return (chosen, Run(plan, chosen));
        });
    }

    /// <summary>Those that are tried, from little to much.</summary>
    public IReadOnlyList<double> Sparsities { get; }

    /// <summary>Tries all sparsities.</summary>
    /// <param name="index">Of the weight among those of the graph.</param>
    /// <param name="prune">Weights for a sparsity, and what to add to the biases; may be called on several threads.</param>
    public IReadOnlyList<ReportSensitivityPoint> Measure(int index, Func<double, (float[] Weights, float[]? Shift)> prune)
    {
        var points = new ReportSensitivityPoint[Sparsities.Count];
        var options = new ParallelOptions { CancellationToken = _context.Cancellation };
        Parallel.For(0, points.Length, options, i =>
        {
            (float[] weights, float[]? shift) = prune(Sparsities[i]);
            Graph variant = _graph.Clone();
            PrunableWeight weight = PrunableWeights.Find(variant, _options)[index];
            weight.Value.Constant = Tensor.Owning(DataType.Float32, weights, [.. weight.Value.Constant!.Dimensions]);
            if (shift is not null)
            {
                PruningWalk.Shift(variant, weight.Node, weight, shift);
            }

            int zeros = weights.Count(w => w == 0);
            points[i] = TemporaryPlan.Use(
                () => GraphPlanner.Plan(variant, _header, _context),
                plan => Compare(Run(plan, _samples), (double)zeros / weights.Length));
        });
        return points;
    }

    private ReportSensitivityPoint Compare(Dictionary<string, Tensor>[] actual, double sparsity)
    {
        var difference = new OutputDifference();
        for (int s = 0; s < actual.Length; s++)
        {
            foreach ((string name, Tensor expected) in _expected[s])
            {
                difference.Add(name, expected, actual[s][name]);
            }
        }

        return new ReportSensitivityPoint(sparsity, difference.Worst.Sqnr, difference.Agreement);
    }

    private Dictionary<string, Tensor>[] Run(CompiledPlan plan, IReadOnlyDictionary<string, Tensor>[] samples)
    {
        var interpreter = new Interpreter(plan, ReproducibleKernels.Table);
        return [.. samples.Select(sample =>
        {
            _context.Cancellation.ThrowIfCancellationRequested();
            return interpreter.Run(sample);
        })];
    }
}
