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

/// <summary>What the outputs of a model lose where one layer alone is changed, or as many as have been.</summary>
internal sealed class SensitivityMeter
{
    private const int MostSamples = 32;

    private const int FewestSamples = 2;

    /// <summary>Multiply-accumulates that may be spent on looking, a minute's work.</summary>
    private const double Work = 3e11;

    private readonly Graph _graph;
    private readonly PlanHeader _header;
    private readonly PassContext _context;
    private readonly IReadOnlyDictionary<string, Tensor>[] _samples;
    private readonly Dictionary<string, Tensor>[] _expected;

    /// <param name="graph">As the model was. It is not changed.</param>
    /// <param name="changes">How many are looked at.</param>
    public SensitivityMeter(Graph graph, int changes, CalibrationData samples, PlanHeader header, PassContext context)
    {
        _graph = DecidedSizes.Before(graph) ?? graph;
        _header = header;
        _context = context with { Findings = [], Trace = null };
        (_samples, _expected) = TemporaryPlan.Use(() => GraphPlanner.Plan(_graph.Clone(), header, _context), plan =>
        {
            Macs = BudgetCheck.Macs(plan.Plan.Card.MultiplyAccumulates);
            int count = (int)Math.Clamp(Work / (Math.Max(Macs, 1) * changes), FewestSamples, MostSamples);
            IReadOnlyDictionary<string, Tensor>[] chosen = [.. samples.Spread(Math.Min(count, samples.Count))];
            return (chosen, Run(plan, chosen));
        });
    }

    /// <summary>Multiply-accumulates of the model, 1 for dimensions that are open.</summary>
    public double Macs { get; private set; }

    /// <summary>Tries a weight alone.</summary>
    /// <param name="index">Of the weight among those of the graph.</param>
    /// <param name="levels">How much it is changed, from little to much.</param>
    /// <param name="change">
    /// Weights for a level, what to add to the biases, and how much it has become; may be called on several threads.
    /// </param>
    public IReadOnlyList<ReportSensitivityPoint> Measure(
        int index, IReadOnlyList<double> levels, Func<double, (float[] Weights, float[]? Shift, double Reached)> change)
    {
        var points = new ReportSensitivityPoint[levels.Count];
        var options = new ParallelOptions { CancellationToken = _context.Cancellation };
        Parallel.For(0, points.Length, options, i =>
        {
            (float[] weights, float[]? shift, double reached) = change(levels[i]);
            Graph variant = _graph.Clone();
            PrunableWeight weight = PrunableWeights.Find(variant, new PruningOptions())[index];
            weight.Value.Constant = Tensor.Owning(DataType.Float32, weights, [.. weight.Value.Constant!.Dimensions]);
            if (shift is not null)
            {
                PruningWalk.Shift(variant, weight.Node, weight, shift);
            }

            OutputDifference difference = Measure(variant);
            points[i] = new ReportSensitivityPoint(reached, difference.Worst.Sqnr, difference.Agreement);
        });
        return points;
    }

    /// <summary>Compares a model with the one that it was.</summary>
    /// <param name="variant">With the same inputs and outputs. It is used up.</param>
    public OutputDifference Measure(Graph variant) => TemporaryPlan.Use(() => GraphPlanner.Plan(variant, _header, _context), plan =>
    {
        Dictionary<string, Tensor>[] actual = Run(plan, _samples);
        var difference = new OutputDifference();
        for (int s = 0; s < actual.Length; s++)
        {
            foreach ((string name, Tensor expected) in _expected[s])
            {
                difference.Add(name, expected, actual[s][name]);
            }
        }

        return difference;
    });

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
