using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Reports;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Pruning.Channels;

/// <summary>
/// Removes whole channels until a model takes as many multiply-accumulates less as asked for: those that cost least for what they save.
/// With samples the weights that read the others make up for them.
/// </summary>
internal sealed class ChannelPruner
{
    /// <summary>Of all multiply-accumulates: so much more than asked for may go with a whole block.</summary>
    private const double Slack = 0.01;

    private readonly PruningOptions _options;
    private readonly Graph _graph;
    private readonly Graph _floats;
    private readonly PassContext _context;
    private readonly CalibrationData? _samples;
    private readonly IProgress<string>? _progress;
    private readonly int _partTerms;
    private readonly ChannelGroups _groups;

    /// <summary>The weights of the model, each with the use in which it reads channels, if it does.</summary>
    private readonly (PrunableWeight Weight, ChannelUse? Reads)[] _layers;
    private readonly Dictionary<PrunableWeight, double?> _sqnr = [];

    public ChannelPruner(
        PruningOptions options, Graph graph, IReadOnlyList<PrunableWeight> weights, CalibrationData? samples, int partTerms,
        PassContext context, IProgress<string>? progress)
    {
        (_options, _graph, _samples, _partTerms, _context, _progress) = (options, graph, samples, partTerms, context, progress);
        _floats = graph.Clone();
        _groups = ChannelGroups.Of(graph, new FloatParts(options.Exclude, new HashSet<string>(StringComparer.Ordinal)));
        _layers =
        [
            .. weights.Select(w => (w, _groups.Uses.FirstOrDefault(u =>
                u.Kind == ChannelUseKind.Reads && u.Input == 1 && u.Node == w.Node && u.Node.Required(1) == w.Value))),
        ];
    }

    /// <summary>Changes the graph in place.</summary>
    /// <param name="criterion">What says which channels cost least.</param>
    /// <param name="scope">Whether each layer loses as many.</param>
    /// <returns>What has become of the layers, and of the multiply-accumulates: the part that has gone.</returns>
    public (IReadOnlyList<ReportPrunedLayer> Layers, double Reached) Run(PruningCriterion criterion, PruningScope scope)
    {
        bool hasSamples = criterion == PruningCriterion.SecondOrder && _samples is not null;
        Dictionary<int, double> costs = hasSamples ? CostsOnSamples() : CostsOfWeights();
        var work = new ChannelWork(_graph, _groups);
        double all = work.Macs;
        HashSet<int> removed = scope == PruningScope.Global
            ? ChooseCheapest(work, costs, all * (1 - _options.Target)) : ChooseEvenly(costs, all * (1 - _options.Target));
        if (scope == PruningScope.Layer)
        {
            foreach (int root in removed.Order())
            {
                work.Remove(root);
            }
        }

        (long[] Before, string? Reason)[] before =
            [.. _layers.Select(l => ((long[])[.. l.Weight.Value.Constant!.Dimensions], Reason(l.Weight)))];
        if (removed.Count > 0 && hasSamples)
        {
            Compensate(removed);
        }

        ChannelRemoval.Run(_graph, _groups, removed, _context);
        return ([.. _layers.Select((l, i) => Report(l.Weight, before[i].Before, before[i].Reason))], (all - work.Macs) / Math.Max(all, 1));
    }

    /// <summary>The channels that may go, in order.</summary>
    private IEnumerable<int> Removable(IReadOnlyDictionary<int, double> costs) => costs.Keys.Where(c => _groups.Reason(c) is null).Order();

    /// <summary>Of weights of mean size: what those that make a channel are worth.</summary>
    private Dictionary<int, double> CostsOfWeights()
    {
        var costs = new Dictionary<int, double>();
        foreach (ChannelUse use in _groups.Uses.Where(u => u.Kind == ChannelUseKind.Makes))
        {
            Add(use, costs);
        }

        return costs;
    }

    private void Add(ChannelUse use, Dictionary<int, double> costs)
    {
        Tensor constant = use.Node.Required(use.Input).Constant!;
        ReadOnlySpan<float> values = constant.Span<float>();
        int inner = (int)constant.Shape.Product(use.Axis + 1, constant.Rank).Value;
        double[] squares = new double[use.Channels.Length];
        for (int i = 0; i < values.Length; i++)
        {
            squares[i / inner % squares.Length] += (double)values[i] * values[i];
        }

        double sum = Math.Max(squares.Sum(), double.Epsilon);
        for (int i = 0; i < squares.Length; i++)
        {
            int root = _groups.Root(use.Channels[i]);
            costs[root] = costs.GetValueOrDefault(root) + (squares[i] / sum);
        }
    }

    /// <summary>What those that read a channel lose, where the other channels make up for it.</summary>
    private Dictionary<int, double> CostsOnSamples()
    {
        var costs = new Dictionary<int, double>();
        var seen = new HashSet<ChannelUse>();
        PruningWalk.Run(
            _floats, _floats.Clone(), _layers.Where(l => l.Reads is not null).Select(l => l.Weight), _samples!,
            (weight, node, inputs, walk) =>
            {
                _progress?.Report($"Trying '{node.Label}' with fewer channels");
                ChannelUse use = Reads(weight);
                seen.Add(use);
                int[] channels = [.. use.Channels.Select(c => _groups.Reason(c) is null ? _groups.Root(c) : -1)];
                new ChannelLayer(
                    weight with { Node = node }, inputs, _partTerms, PruningWalk.HasBias(_graph, weight.Node, weight), hasOrder: true,
                    _context.Cancellation).AddCosts(channels, costs);
                return PruningWalk.Unchanged(node, walk);
            },
            _context.Cancellation);
        foreach (ChannelUse use in _groups.Uses.Where(u => u.Kind == ChannelUseKind.Reads && !seen.Contains(u)))
        {
            Add(use, costs);
        }

        return costs;
    }

    private ChannelUse Reads(PrunableWeight weight) => Array.Find(_layers, l => ReferenceEquals(l.Weight, weight)).Reads!;

    /// <summary>
    /// Block by block, so that what stays of a family fills whole panels: time does not fall with a part of one. Single channels go where
    /// no whole block may, and where a whole one is far more than what is still asked for.
    /// </summary>
    private HashSet<int> ChooseCheapest(ChannelWork work, Dictionary<int, double> costs, double macs)
    {
        double slack = work.Macs * Slack;
        List<int>[] families = [.. Families(costs).Select(f => f.ToList())];
        var removed = new HashSet<int>();
        bool isSingle = false;
        while (work.Macs > macs)
        {
            _context.Cancellation.ThrowIfCancellationRequested();
            (List<int>? family, int[] block) = Cheapest(isSingle);
            if (family is null && isSingle)
            {
                break;
            }

            if (family is null || (!isSingle && work.Macs - work.Saved(block) < macs - slack))
            {
                isSingle = true;
                continue;
            }

            foreach (int channel in block)
            {
                work.Remove(channel);
                removed.Add(channel);
                family.Remove(channel);
            }
        }

        return removed;

        (List<int>? Family, int[] Block) Cheapest(bool isSingle)
        {
            (List<int>? Family, int[] Block) best = (null, []);
            double least = double.PositiveInfinity;
            foreach (List<int> family in families)
            {
                int size = isSingle ? 1 : Block(family.Count);
                int[] block = [.. family.Where(work.MayGo).Take(size)];
                double price = block.Length < size || size == 0 || !work.MayGo(block) ? double.PositiveInfinity
                    : block.Sum(c => costs[c]) / Math.Max(work.Saved(block), double.Epsilon);
                if (price < least)
                {
                    (best, least) = ((family, block), price);
                }
            }

            return best;
        }
    }

    /// <summary>How many of so many channels go together: down to the next whole panel, and of less than one by quads of inputs.</summary>
    private static int Block(int channels)
    {
        int block = channels > WeightPacking.PanelWidth ? WeightPacking.PanelWidth : WeightPacking.QuadLength;
        return channels % block == 0 ? Math.Min(block, channels) : channels % block;
    }

    /// <summary>Channels that may go and that the same layers make, the cheapest first.</summary>
    private int[][] Families(Dictionary<int, double> costs)
    {
        var makers = new Dictionary<int, List<int>>();
        for (int u = 0; u < _groups.Uses.Count; u++)
        {
            foreach (int root in _groups.Uses[u].Kind == ChannelUseKind.Makes ? _groups.Uses[u].Channels.Select(_groups.Root) : [])
            {
                (makers.TryGetValue(root, out List<int>? list) ? list : makers[root] = []).Add(u);
            }
        }

        return
        [
            .. Removable(costs).Where(makers.ContainsKey).GroupBy(c => string.Join(',', makers[c]))
                .Select(f => f.OrderBy(c => costs[c]).ThenBy(c => c).ToArray()),
        ];
    }

    /// <summary>
    /// The same part of the channels that the same layers make, give or take a panel: whole ones stay, some channels more here and less
    /// there. The last family to give some loses no more than is asked for.
    /// </summary>
    private HashSet<int> ChooseEvenly(Dictionary<int, double> costs, double macs)
    {
        const int Steps = 64;
        const int Panel = WeightPacking.PanelWidth;
        int[][] families = Families(costs);
        int step = 1;
        while (step < Steps && Without(Even(step)).Work.Macs > macs)
        {
            step++;
        }

        // What goes at least and at most, where more than a panel stays.
        int[] even = Even(step);
        int[] stay = [.. families.Select((f, i) => f.Length - even[i])];
        int[] counts = [.. families.Select((f, i) => stay[i] <= Panel ? even[i] : Math.Max(even[i] - Missing(stay[i]), 0))];
        foreach (int family in Enumerable.Range(0, families.Length).Where(i => stay[i] > Panel).OrderBy(i => stay[i] % Panel))
        {
            if (Without(counts).Work.Macs <= macs)
            {
                break;
            }

            int least = counts[family];
            counts[family] = even[family] + (stay[family] % Panel);
            if (Without(counts).Work.Macs < macs * (1 - Slack))
            {
                counts[family] = least;
                while (Without(counts).Work.Macs > macs)
                {
                    counts[family]++;
                }
            }
        }

        return Without(counts).Channels;

        int[] Even(int step) => [.. families.Select(f => f.Length * step / Steps)];

        // To the next whole panel.
        static int Missing(int stay) => (Panel - (stay % Panel)) % Panel;

        (ChannelWork Work, HashSet<int> Channels) Without(int[] counts)
        {
            var work = new ChannelWork(_graph, _groups);
            HashSet<int> removed = [];
            foreach (int channel in families.SelectMany((f, i) => f.Take(counts[i])).Where(work.MayGo))
            {
                work.Remove(channel);
                removed.Add(channel);
            }

            return (work, removed);
        }
    }

    /// <summary>Layer by layer: what reads the channels that stay makes up for those that go.</summary>
    private void Compensate(HashSet<int> removed) => PruningWalk.Run(
        _floats, _graph, _layers.Where(l => l.Reads?.Channels.Any(c => removed.Contains(_groups.Root(c))) == true).Select(l => l.Weight),
        _samples!,
        (weight, node, inputs, walk) =>
        {
            _progress?.Report($"Pruning '{node.Label}'");
            bool[] isRemoved = [.. Reads(weight).Channels.Select(c => removed.Contains(_groups.Root(c)))];
            var layer = new ChannelLayer(
                weight, inputs, _partTerms, PruningWalk.HasBias(_graph, node, weight), hasOrder: false, _context.Cancellation);
            (float[] weights, _sqnr[weight]) = layer.Without(isRemoved);
            weight.Value.Constant = Tensor.Owning(DataType.Float32, weights, [.. weight.Value.Constant!.Dimensions]);
            return PruningWalk.Finish(_graph, weight, node, shift: [], walk);
        },
        _context.Cancellation);

    /// <summary>Why a layer keeps all the channels that it makes; null where it does not have to.</summary>
    private string? Reason(PrunableWeight weight)
    {
        ChannelUse? made = _groups.Uses.FirstOrDefault(u => u.Node == weight.Node && u.Input == 1 && u.Kind != ChannelUseKind.Reads);
        return made is null ? "its channels cannot be followed"
            : made.Channels.Any(c => _groups.Reason(c) is null) ? null : _groups.Reason(made.Channels[0]);
    }

    private ReportPrunedLayer Report(PrunableWeight weight, long[] before, string? reason)
    {
        // Slices of a constant may have become another value.
        Value value = weight.Node.Inputs.OfType<Value>().FirstOrDefault(v => v == weight.Value) ?? weight.Node.Required(1);
        return new ReportPrunedLayer(weight.Node.Label, weight.Name, [.. value.Constant!.Dimensions], weight.Zeros)
        {
            Before = before, Reason = reason, Sqnr = _sqnr.GetValueOrDefault(weight),
        };
    }
}
