using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Pruning.Channels;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Quantization.Recovery;
using ModelBuild.Compiler.Reports;

namespace ModelBuild.Compiler.Pruning;

/// <summary>
/// Makes weights of a float graph zero: the smallest, or those that the others can make up for on samples (<see cref="SecondOrderLayer"/>),
/// in every layer as many, or where they cost least.
/// </summary>
internal sealed class Pruner
{
    /// <summary>Where layers share a sparsity, each keeps so much of what it would keep alone.</summary>
    private const double LeastKept = 0.125;

    /// <summary>Multiply-accumulates that may be spent on the order in which weights go, some ten seconds of work.</summary>
    private const double Work = 3e10;

    /// <summary>Weights that a layer that is tried keeps, in parts of what it would keep if all lost the same.</summary>
    private static readonly double[] s_kept = [2, 1.5, 1, 0.75, 0.5, 0.25];

    private const int LongestPart = 2304;

    private const int ShortestPart = 64;

    private readonly PruningOptions _options;
    private readonly Graph _graph;
    private readonly Graph _floats;
    private readonly PlanHeader _header;
    private readonly PassContext _context;
    private readonly CalibrationData? _samples;
    private readonly IProgress<string>? _progress;
    private readonly PrunableWeight[] _all;
    private readonly IReadOnlyList<PrunableWeight> _active;
    private readonly PruningCriterion _criterion;
    private readonly PruningScope _scope;
    private readonly int _partTerms;

    /// <summary>The sparsity of each weight that takes part.</summary>
    private readonly Dictionary<PrunableWeight, double> _shares = [];

    /// <summary>In which order the units of each layer go, where that is known before the layers are pruned.</summary>
    private readonly Dictionary<PrunableWeight, RemovalOrder> _orders = [];

    /// <summary>Of what each layer gives, in dB.</summary>
    private readonly Dictionary<PrunableWeight, double?> _sqnr = [];
    private readonly List<ReportSensitivity> _sensitivity = [];

    private Pruner(
        PruningOptions options, Graph graph, CalibrationData? samples, PlanHeader header, PassContext context,
        IProgress<string>? progress)
    {
        (_options, _graph, _samples, _header, _context, _progress) = (options, graph, samples, header, context, progress);
        _floats = graph.Clone();
        _all = [.. PrunableWeights.Find(graph, options)];
        _active = [.. _all.Where(w => w.Reason is null)];
        _criterion = options.Criterion ?? (samples is null ? PruningCriterion.Magnitude : PruningCriterion.SecondOrder);
        _scope = options.Pattern.Kind == SparsityKind.TwoOfFour ? PruningScope.Layer
            : options.Scope ?? (samples is null ? PruningScope.Layer : PruningScope.Global);
        double weights = _active.Sum(w => (double)w.Layout.Length);
        _partTerms = (int)Math.Clamp(Math.Sqrt(3 * Work / Math.Max(weights, 1)), ShortestPart, LongestPart);
    }

    /// <summary>Changes the constants and biases of a graph in place.</summary>
    /// <param name="graph">In float, after the portable passes.</param>
    /// <param name="samples">Null where there are none.</param>
    /// <param name="progress">Told at every layer.</param>
    /// <exception cref="CompilationException">MODELB2022: there is nothing that could become zero.</exception>
    public static ReportPruning Run(
        PruningOptions options, Graph graph, CalibrationData? samples, PlanHeader header, PassContext context,
        IProgress<string>? progress)
    {
        progress?.Report("Pruning");
        var pruner = new Pruner(options, graph, samples, header, context, progress);
        if (pruner._active.Count == 0)
        {
            throw PruningFindings.NothingToPrune(pruner._all, context.Inference);
        }

        ReportPruning report = options.Pattern.Kind == SparsityKind.Channels ? pruner.RemoveChannels() : pruner.PruneWeights();
        PruningFindings.CheckReached(report, context.Inference, context.Findings);
        return report;
    }

    private ReportPruning PruneWeights()
    {
        Share();
        Prune();
        return Report();
    }

    private ReportPruning RemoveChannels()
    {
        var channels = new ChannelPruner(_options, _graph, _all, _samples, _partTerms, _context, _progress);
        (IReadOnlyList<ReportPrunedLayer> layers, double reached) = channels.Run(_criterion, _scope);
        return new ReportPruning(
            _options.Pattern.Word, PruningOptions.Word(_criterion), PruningOptions.Word(_scope), _options.Target, reached, layers);
    }

    /// <summary>Decides how sparse each layer becomes.</summary>
    private void Share()
    {
        if (_samples is not null && (_options.ShowsSensitivity || (_scope == PruningScope.Global && _active.Count > 1)))
        {
            MeasureSensitivity(_samples);
        }

        if (_scope == PruningScope.Layer || _active.Count == 1)
        {
            foreach (PrunableWeight weight in _active)
            {
                _shares[weight] = _options.Target;
            }
        }
        else if (_samples is null)
        {
            ShareByMagnitude();
        }
        else
        {
            double[] shares = SparsityShares.Of(
                [
                    .. _active.Select((w, i) => (
                        (long)w.Layout.Length,
                        _sensitivity[i].Points.Select(p => (p.Sparsity, Math.Pow(10, -(p.Sqnr ?? NoiseMeter.Perfect) / 10))).ToArray())),
                ],
                _options.Target);
            for (int i = 0; i < shares.Length; i++)
            {
                _shares[_active[i]] = shares[i];
            }
        }
    }

    /// <summary>The smallest units of all layers together, but never nearly all of one.</summary>
    private void ShareByMagnitude()
    {
        double most = 1 - (LeastKept * (1 - _options.Target));
        var units = new List<(double Score, int Layer, int Zeros)>();
        double left = 0;
        for (int i = 0; i < _active.Count; i++)
        {
            var shape = new SparsityUnits(_active[i].Layout, _options.Pattern);
            double[] scores = MagnitudeMask.Score(_active[i].Value.Constant!.Span<float>(), shape).Scores;
            units.AddRange(scores.Order().Take(shape.CountFor(most)).Select(s => (s, i, shape.Zeros)));
            left += _options.Target * _active[i].Layout.Length;
        }

        double[] zeros = new double[_active.Count];
        foreach ((_, int layer, int count) in units.OrderBy(u => u.Score).ThenBy(u => u.Layer))
        {
            if (left < count)
            {
                break;
            }

            zeros[layer] += count;
            left -= count;
        }

        for (int i = 0; i < zeros.Length; i++)
        {
            _shares[_active[i]] = zeros[i] / _active[i].Layout.Length;
        }
    }

    /// <summary>Tries each layer alone, fed by the model without zeros.</summary>
    private void MeasureSensitivity(CalibrationData samples)
    {
        double[] sparsities = [.. s_kept.Select(k => 1 - (k * (1 - _options.Target))).Where(s => s > 0)];
        var meter = new SensitivityMeter(_floats, _active.Count * sparsities.Length, samples, _header, _context);
        var points = new Dictionary<PrunableWeight, IReadOnlyList<ReportSensitivityPoint>>();
        if (_criterion == PruningCriterion.SecondOrder)
        {
            Graph copy = _floats.Clone();
            Walk(copy, samples, (weight, node, inputs, walk) =>
            {
                _progress?.Report($"Trying '{weight.Node.Label}' with fewer weights");
                SecondOrderLayer layer = LayerOf(weight, copy, node, inputs);
                _orders[weight] = layer.Order;
                points[weight] = Measure(weight, sparsity =>
                {
                    (float[] weights, float[] shift, _) = layer.Prune(layer.UnitsFor(sparsity));
                    return (weights, PruningWalk.HasBias(copy, node, weight) ? shift : null);
                });
                return PruningWalk.Unchanged(node, walk);
            });
        }

        foreach (PrunableWeight weight in _active)
        {
            if (!points.TryGetValue(weight, out IReadOnlyList<ReportSensitivityPoint>? measured))
            {
                _progress?.Report($"Trying '{weight.Node.Label}' with fewer weights");
                measured = Measure(weight, sparsity => (ByMagnitude(weight, sparsity), null));
            }

            _sensitivity.Add(new ReportSensitivity(weight.Node.Label, weight.Name, measured));
        }

        IReadOnlyList<ReportSensitivityPoint> Measure(
            PrunableWeight weight, Func<double, (float[] Weights, float[]? Shift)> prune) =>
            meter.Measure(Array.FindIndex(_all, w => ReferenceEquals(w, weight)), sparsities, sparsity =>
            {
                (float[] weights, float[]? shift) = prune(sparsity);
                return (weights, shift, weights.Count(w => w == 0) / (double)weights.Length);
            });
    }

    private void Prune()
    {
        var done = new HashSet<PrunableWeight>();
        if (_criterion == PruningCriterion.SecondOrder)
        {
            Walk(_graph, _samples!, (weight, node, inputs, walk) =>
            {
                _progress?.Report($"Pruning '{weight.Node.Label}'");
                done.Add(weight);
                return PruneLayer(weight, node, inputs, walk);
            });
        }

        foreach (PrunableWeight weight in _active.Where(w => !done.Contains(w)))
        {
            _context.Cancellation.ThrowIfCancellationRequested();
            float[] before = weight.Value.Constant!.ToFloats();
            float[] pruned = ByMagnitude(weight, _shares[weight]);
            var noise = new NoiseMeter.NoiseSum();
            for (int i = 0; i < pruned.Length; i++)
            {
                noise.Add(before[i], pruned[i]);
            }

            _sqnr[weight] = pruned.AsSpan().SequenceEqual(before) ? null : noise.Sqnr;
            Set(weight.Value, pruned);
        }
    }

    private Tensor[][]? PruneLayer(PrunableWeight weight, Node node, Tensor[] inputs, LayerWalk walk)
    {
        SecondOrderLayer layer = LayerOf(weight, _graph, node, inputs);
        (float[] weights, float[] shift, _sqnr[weight]) = layer.Prune(layer.UnitsFor(_shares[weight]));
        Set(weight.Value, weights);
        return PruningWalk.Finish(_graph, weight, node, shift, walk);
    }

    private void Walk(Graph graph, CalibrationData samples, LayerVisitor visit) =>
        PruningWalk.Run(_floats, graph, _active, samples, visit, _context.Cancellation);

    private SecondOrderLayer LayerOf(PrunableWeight weight, Graph graph, Node node, Tensor[] inputs) =>
        new(weight with { Node = node }, _options.Pattern, inputs, _partTerms, PruningWalk.HasBias(graph, node, weight),
            _orders.GetValueOrDefault(weight),
            _context.Cancellation);

    private float[] ByMagnitude(PrunableWeight weight, double sparsity)
    {
        float[] weights = weight.Value.Constant!.ToFloats();
        bool[] mask = MagnitudeMask.Of(weights, weight.Layout, _options.Pattern, sparsity);
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = mask[i] ? weights[i] : 0;
        }

        return weights;
    }

    private static void Set(Value value, float[] weights) =>
        value.Constant = Tensor.Owning(DataType.Float32, weights, [.. value.Constant!.Dimensions]);

    private ReportPruning Report()
    {
        ReportPrunedLayer[] layers =
        [
            .. _all.Select(w => new ReportPrunedLayer(w.Node.Label, w.Name, [.. w.Value.Constant!.Dimensions], w.Zeros)
            {
                Reason = w.Reason, Sqnr = _sqnr.GetValueOrDefault(w),
            }),
        ];
        double zeros = layers.Where(l => l.Reason is null).Sum(l => (double)l.Zeros);
        return new ReportPruning(
            _options.Pattern.Word, PruningOptions.Word(_criterion), PruningOptions.Word(_scope), _options.Target,
            zeros / _active.Sum(w => (double)w.Layout.Length), layers)
        {
            Sensitivity = _options.ShowsSensitivity ? _sensitivity : [],
        };
    }
}
