using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Quantization.Recovery;
using ModelBuild.Compiler.Reports;

namespace ModelBuild.Compiler.LowRank;

/// <summary>
/// Takes layers of a float graph apart into smaller ones: as much of the model's work goes as is asked for, where the outputs lose least.
/// </summary>
internal sealed class Factorizer
{
    /// <summary>Parts of its work that a layer is tried without.</summary>
    private static readonly double[] s_levels = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

    /// <summary>How often a part of the work is tried for a ratio that is to be kept.</summary>
    private const int Tries = 7;

    private readonly LowRankOptions _options;
    private readonly Graph _graph;
    private readonly Graph _floats;
    private readonly CalibrationData? _samples;
    private readonly PassContext _context;
    private readonly IProgress<string>? _progress;
    private readonly PrunableWeight[] _all;
    private readonly PrunableWeight[] _active;
    private readonly Dictionary<PrunableWeight, LayerWork> _work;
    private readonly double _macs;
    private readonly SensitivityMeter? _meter;

    /// <summary>What each active layer costs at several parts of its work.</summary>
    private readonly Dictionary<PrunableWeight, IReadOnlyList<ReportSensitivityPoint>> _points = [];

    private Factorizer(
        LowRankOptions options, Graph graph, CalibrationData? samples, PlanHeader header, PassContext context,
        IProgress<string>? progress)
    {
        (_options, _graph, _samples, _context, _progress) = (options, graph, samples, context, progress);
        _floats = graph.Clone();
        _all = [.. Candidates(graph, options)];
        _active = [.. _all.Where(w => w.Reason is null)];
        _work = _active.ToDictionary(w => w, LayerWork.Of);
        if (samples is not null && _active.Length > 0)
        {
            _meter = new SensitivityMeter(_floats, _active.Length * s_levels.Length, samples, header, context);
            _macs = _meter.Macs;
        }
        else
        {
            PassContext quiet = context with { Findings = [], Trace = null };
            _macs = TemporaryPlan.Use(
                () => GraphPlanner.Plan(_floats.Clone(), header, quiet), plan => BudgetCheck.Macs(plan.Plan.Card.MultiplyAccumulates));
        }
    }

    /// <summary>Changes a graph in place.</summary>
    /// <param name="graph">In float, after the portable passes.</param>
    /// <param name="samples">Null where there are none.</param>
    /// <param name="progress">Told at every layer.</param>
    /// <exception cref="CompilationException">MODELB2030: there is no layer that could be taken apart.</exception>
    public static ReportLowRank Run(
        LowRankOptions options, Graph graph, CalibrationData? samples, PlanHeader header, PassContext context,
        IProgress<string>? progress)
    {
        progress?.Report("Looking for low ranks");
        var factorizer = new Factorizer(options, graph, samples, header, context, progress);
        if (factorizer._active.Length == 0)
        {
            throw LowRankFindings.NothingToFactorize(factorizer._all, context.Inference);
        }

        ReportLowRank report = factorizer.Run();
        LowRankFindings.CheckReached(report, context.Inference, context.Findings);
        return report;
    }

    /// <summary>All weights that pruning knows, with the reasons why some layers stay whole.</summary>
    private static IEnumerable<PrunableWeight> Candidates(Graph graph, LowRankOptions options) =>
        PrunableWeights.Find(graph, new PruningOptions { Exclude = options.Exclude }, "LowRankExclude")
            .Select(w => w.Reason is not null ? w : w with { Reason = Reason(w) });

    private static string? Reason(PrunableWeight weight)
    {
        Node node = weight.Node;
        return Recurrent.IsLayer(node) ? "a recurrent layer"
            : weight.Value.Consumers.Count > 1 ? "read by several nodes"
            : weight.Layout.Groups > 1 ? node.Is("Conv") ? $"a convolution of {weight.Layout.Groups} groups" : "several matrices"
            : !AnchorOperands.IsAnchor(node) || node.Input(1) != weight.Value ? "the constant is not on the right of a product"
            : !LayerWork.Of(weight).CanSave ? "no rank takes fewer multiply-accumulates"
            : null;
    }

    private ReportLowRank Run()
    {
        if (_options.MinSqnr is { } ratio && _samples is null)
        {
            return Finish(Apply(_graph, (layer, _) => ByWeights(layer, ratio)));
        }

        MeasureLayers();
        double most = _active.Sum(w => _work[w].Macs * _points[w].Select(p => p.Sparsity).DefaultIfEmpty().Max());
        if (_options.MinSqnr is not { } least)
        {
            return Finish(Apply(_graph, Shares(Math.Min(_options.Saved!.Value * _macs, most))));
        }

        // More work saved is more noise: halving finds how much the ratio allows.
        double low = 0;
        double high = most;
        for (int i = 0; i < Tries; i++)
        {
            double middle = (low + high) / 2;
            Graph trial = _floats.Clone();
            Apply(trial, Shares(middle));
            double? sqnr = _meter!.Measure(trial).Worst.Sqnr;
            (low, high) = sqnr is null || sqnr >= least ? (middle, high) : (low, middle);
        }

        return Finish(Apply(_graph, Shares(low)));
    }

    /// <summary>Tries each layer alone, fed by the model as it was; without samples, what the weights lose.</summary>
    private void MeasureLayers()
    {
        var done = new HashSet<PrunableWeight>();
        if (_samples is not null)
        {
            Graph copy = _floats.Clone();
            PruningWalk.Run(
                _floats, copy, _active, _samples, (weight, node, inputs, walk) =>
                {
                    done.Add(weight);
                    bool hasBias = PruningWalk.HasBias(copy, node, weight);
                    var layer = new LowRankLayer(weight with { Node = node }, _work[weight], inputs, hasBias, _context.Cancellation);
                    Measure(weight, layer, hasBias);
                    return PruningWalk.Unchanged(node, walk);
                },
                _context.Cancellation);
        }

        foreach (PrunableWeight weight in _active.Where(w => !done.Contains(w)))
        {
            Measure(weight, new LowRankLayer(weight, _work[weight], null, false, _context.Cancellation), false);
        }
    }

    private void Measure(PrunableWeight weight, LowRankLayer layer, bool hasBias)
    {
        _progress?.Report($"Trying '{weight.Node.Label}' with lower ranks");
        LayerWork work = _work[weight];
        FactorRanks[] ranks = [.. s_levels.Select(layer.RanksFor).OfType<FactorRanks>().Distinct()];
        Dictionary<double, FactorRanks> levels = ranks.GroupBy(Saved).ToDictionary(g => g.Key, g => g.First());
        double[] saved = [.. levels.Keys.Order()];
        _points[weight] = _meter is not null
            ? _meter.Measure(Array.FindIndex(_all, w => ReferenceEquals(w, weight)), saved, level =>
            {
                LayerFactors factors = layer.Factor(levels[level]);
                return (factors.Weights(work, weight.Layout), hasBias ? layer.Lost(factors.Product(work)).Shift : null, level);
            })
            :
            [
                .. saved.Select(level => new ReportSensitivityPoint(
                    level, Sqnr(layer, layer.Lost(layer.Factor(levels[level]).Product(work)).Noise), null)),
            ];

        double Saved(FactorRanks r) => 1 - (work.MacsOf(r) / work.Macs);
    }

    /// <summary>How a part of the model's work is spread over the layers, as ranks of a layer that is looked at.</summary>
    private Func<LowRankLayer, PrunableWeight, LayerFactors?> Shares(double macs)
    {
        double all = _active.Sum(w => _work[w].Macs);
        double[] shares = SparsityShares.Of(
            [
                .. _active.Select(w => (
                    (long)Math.Max(Math.Round(_work[w].Macs), 1),
                    _points[w].Select(p => (p.Sparsity, Math.Pow(10, -(p.Sqnr ?? NoiseMeter.Perfect) / 10))).ToArray())),
            ],
            all > 0 ? Math.Min(macs / all, 1) : 0);
        Dictionary<PrunableWeight, double> byWeight = _active.Zip(shares).ToDictionary(p => p.First, p => p.Second);

        // A share is a sum of differences: what was tried comes back all the same.
        return (layer, weight) =>
            byWeight[weight] > 0 && layer.RanksFor(byWeight[weight] - 1e-9) is { } ranks ? layer.Factor(ranks) : null;
    }

    /// <summary>As much as the weights of a layer allow.</summary>
    private static LayerFactors? ByWeights(LowRankLayer layer, double ratio) => s_levels.Reverse()
        .Select(layer.RanksFor).OfType<FactorRanks>().Distinct().Select(layer.Factor)
        .FirstOrDefault(f => Sqnr(layer, layer.Lost(f.Product(layer.Work)).Noise) >= ratio);

    /// <summary>Takes layers apart, each fed by those before it.</summary>
    /// <param name="graph">Whose layers they are.</param>
    /// <param name="factor">Null for a layer that stays whole.</param>
    private Dictionary<PrunableWeight, ReportFactoredLayer> Apply(
        Graph graph, Func<LowRankLayer, PrunableWeight, LayerFactors?> factor)
    {
        PrunableWeight[] all = graph == _graph ? _all : [.. Candidates(graph, _options)];
        Dictionary<string, PrunableWeight> own = _all.Zip(all).Where(p => p.First.Reason is null)
            .ToDictionary(p => p.Second.Node.Output.Name, p => p.First, StringComparer.Ordinal);
        var reports = new Dictionary<PrunableWeight, ReportFactoredLayer>();
        var made = new List<(PrunableWeight Weight, LayerFactors Factors)>();
        var done = new HashSet<PrunableWeight>();
        if (_samples is not null)
        {
            // While the model is gone through, a layer stands for its factors: its weights are their product.
            PruningWalk.Run(
                _floats, graph, all.Where(w => w.Reason is null), _samples, (weight, node, inputs, walk) =>
                {
                    done.Add(weight);
                    bool hasBias = PruningWalk.HasBias(graph, node, weight);
                    return Factor(weight, inputs, hasBias) is { } weights ? Replace(weight, node, weights, walk) : walk.Compute(node);
                },
                _context.Cancellation);
        }

        foreach (PrunableWeight weight in all.Where(w => w.Reason is null && !done.Contains(w)))
        {
            Factor(weight, null, false);
        }

        foreach ((PrunableWeight weight, LayerFactors factors) in made)
        {
            FactorRewrite.Run(weight, factors);
        }

        return reports;

        float[]? Factor(PrunableWeight weight, Tensor[]? inputs, bool hasBias)
        {
            _context.Cancellation.ThrowIfCancellationRequested();
            _progress?.Report($"Taking '{weight.Node.Label}' apart");
            PrunableWeight key = own[weight.Node.Output.Name];
            LayerWork work = _work[key];
            var layer = new LowRankLayer(weight, work, inputs, hasBias, _context.Cancellation);
            if (factor(layer, key) is not { } factors)
            {
                return null;
            }

            made.Add((weight, factors));
            FactorRanks ranks = factors.Ranks;
            reports[key] = Entry(key) with
            {
                After = work.MacsOf(ranks),
                Ranks =
                [
                    .. ranks.Inputs < work.Inputs ? [ranks.Inputs] : (int[])[],
                    .. ranks.Outputs < work.Outputs ? [ranks.Outputs] : (int[])[],
                ],
                Sqnr = Sqnr(layer, layer.Lost(factors.Product(work)).Noise),
            };
            return factors.Weights(work, weight.Layout);
        }

        Tensor[][]? Replace(PrunableWeight weight, Node node, float[] weights, LayerWalk walk)
        {
            weight.Value.Constant = Tensor.Owning(DataType.Float32, weights, [.. weight.Value.Constant!.Dimensions]);
            return PruningWalk.Finish(graph, weight, node, shift: [], walk);
        }
    }

    private ReportLowRank Finish(Dictionary<PrunableWeight, ReportFactoredLayer> reports)
    {
        ReportFactoredLayer[] layers =
        [
            .. _all.Select(w => reports.GetValueOrDefault(w) ?? Entry(w) with { Reason = w.Reason ?? "its work is worth what it costs" }),
        ];
        double saved = layers.Sum(l => l.Before - l.After);
        return new ReportLowRank(_options.Saved, _options.MinSqnr, _macs, _macs - saved, layers)
        {
            Sensitivity = _options.ShowsSensitivity
                ? [.. _active.Where(_points.ContainsKey).Select(w => new ReportSensitivity(w.Node.Label, w.Name, _points[w]))] : [],
        };
    }

    private ReportFactoredLayer Entry(PrunableWeight weight) => new(
        weight.Node.Label, weight.Name, [.. weight.Value.Constant!.Dimensions],
        _work.TryGetValue(weight, out LayerWork work) ? work.Macs : 0);

    private static double Sqnr(LowRankLayer layer, double noise) =>
        layer.Signal > 0 ? NoiseMeter.Decibels(layer.Signal, noise) : NoiseMeter.Perfect;
}
