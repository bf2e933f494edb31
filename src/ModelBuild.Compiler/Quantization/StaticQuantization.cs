using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Ports;
using ModelBuild.Compiler.Quantization.Recovery;
using ModelBuild.Compiler.Quantization.Storage;
using ModelBuild.Compiler.Reports;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// Modes int8, int16x8 and auto: ranges from samples, codes, and what takes back the accuracy that they cost. In auto, tensors that cost
/// too much get 16 bits or stay float, as few as reach the budget.
/// </summary>
internal sealed class StaticQuantization
{
    /// <summary>What auto reaches where the item says nothing: noise of a thirtieth of the signal's amplitude.</summary>
    private static readonly QualityBudget s_usualBudget = new(MinSqnr: 30);

    /// <summary>Samples that rank the tensors.</summary>
    private const int RankingSamples = 8;

    /// <summary>With fewer samples held back, auto looks at those that were seen too.</summary>
    private const int EnoughHeldBack = 64;

    /// <summary>Samples whose values a report shows.</summary>
    private const int ShownSamples = 64;

    /// <summary>Codes whose noise is more than that, in dB below the signal, are too few.</summary>
    private const double PoorTensor = 25;

    /// <summary>The same where noise adds up to a result that is poor.</summary>
    private const double PoorTensorOfPoorResult = 34;

    /// <summary>With as much, in dB, nobody asks whether recurrent layers would be better in float.</summary>
    private const double GoodRecurrence = 43;

    /// <summary>What recurrent layers in float have to gain then, in dB.</summary>
    private const double RecurrenceGain = 1;

    /// <summary>One in so many of the tensors that products read may get 16 bits without being asked for.</summary>
    private const int FewTensors = 4;

    private const int NamesShown = 8;

    private const int WorstShown = 3;

    private readonly CompileOptions _options;
    private readonly PlanHeader _header;
    private readonly PassContext _context;
    private readonly IProgress<string>? _progress;
    private readonly Graph _floats;

    /// <summary>
    /// What the result is compared with: the float model before its channels were scaled or, where a budget is searched for, before its
    /// weights were changed too, as the budget is meant.
    /// </summary>
    private readonly Graph _reference;

    /// <summary>The float model whose tensors have the ranges that codes are chosen for.</summary>
    private readonly Graph _observed;
    private FloatParts _named;
    private readonly QuantizationPoints _points;
    private readonly CalibrationData _samples;
    private readonly CalibrationData? _heldBack;
    private readonly IReadOnlyDictionary<string, TensorStatistics> _statistics;

    /// <summary>How the codes of inputs and outputs stand for reals that are to be codes, by name.</summary>
    private readonly Dictionary<string, QuantizationParameters> _portCodes;

    /// <summary>The tensors that hold the states of recurrent layers, by the layer's name.</summary>
    private readonly Dictionary<string, string[]> _states = new(StringComparer.Ordinal);

    /// <summary>Those asked for; fewer once these have turned out to be better.</summary>
    private RecoveryMethods _methods;

    /// <summary>
    /// What each tensor costs alone, the dearest first, and the tensors that share its scale; null until it was asked for.
    /// </summary>
    private (IReadOnlyList<(string Group, double Sqnr)> Ranking, ILookup<string, string> Groups)? _ranking;

    private StaticQuantization(
        CompileOptions options, Graph graph, Graph? dense, PlanHeader header, PassContext context, IProgress<string>? progress)
    {
        _options = options;
        _methods = options.Recovery;
        _header = header;
        _context = context;
        _progress = progress;
        _floats = graph;
        progress?.Report("Calibrating");
        (_samples, _heldBack) = SampleSet.HoldBack(options, SampleSet.Open(options, graph));
        FloatParts named = new FloatParts(options.KeepFloat, new HashSet<string>()) { Spectra = NamesOf(Spectra.FindAll(graph)) }
            .WithNamed(QuantizationPoints.Find(graph));
        _named = options.Mode == ModelMode.Int16x8 ? named with { Wide = null, HasFloatRecurrences = true } : named;
        _points = QuantizationPoints.Find(graph, _named);
        _reference = dense is not null && options.Mode == ModelMode.Auto && options.Budget.NeedsSamples ? dense : graph.Clone();
        if (options.Mode != ModelMode.Int16x8 && ScaleChannels(graph))
        {
            new ShapeInference().Run(graph, context);
            _points = QuantizationPoints.Find(graph, _named);
        }

        _observed = graph.Clone();
        _observed.Observed.UnionWith(_points.Values.Select(v => v.Name));
        Value[] states = ObserveStates();
        bool isRefined = options.Recovery.HasFlag(RecoveryMethods.Ranges) && options.CalibrationMethod == CalibrationMethod.MinMax
            && options.Mode != ModelMode.Int16x8;
        _statistics = UseReference(
            _observed.Clone(), plan => RangeCollector.Collect(
                new Interpreter(plan, ReproducibleKernels.Table), _points, _samples.Samples(), context.Cancellation,
                options.CalibrationMethod, [.. graph.Inputs, .. CodePorts.Outputs(graph, options), .. states], isRefined));
        QualityFindings.CheckRanges(
            _statistics,
            _points.Values.Concat(CodePorts.Inputs(graph, options)).Concat(CodePorts.Outputs(graph, options)).Select(v => v.Name)
                .ToHashSet(StringComparer.Ordinal),
            graph.Inputs.Select(v => v.Name), _samples.Count, context.Inference, context.Findings);
        if (options.Mode != ModelMode.Int16x8 && PartScales.Find(graph, _named, _points, _statistics) is { Count: > 0 } own)
        {
            _named = _named with { OwnScales = own };
            _points = QuantizationPoints.Find(graph, _named);
        }

        if (isRefined)
        {
            progress?.Report("Trying smaller ranges");
            UseReference(_observed.Clone(), plan => RangeRefinement.Run(_points, _statistics, plan, _samples, context.Cancellation));
        }

        Dictionary<Value, QuantizationParameters> chosen = CodePorts.AreAsked(graph, options) ? Quantizer.Choose(_points, _statistics) : [];
        _portCodes = CodePorts.Inputs(graph, options).Concat(CodePorts.Outputs(graph, options)).ToDictionary(
            v => v.Name, v => PortCodes.Choose(v, _points, chosen, _statistics), StringComparer.Ordinal);
        if (options.Recovery.HasFlag(RecoveryMethods.Int16) && options.Mode != ModelMode.Int16x8)
        {
            _named = _named with { Wide = FindPoor(PoorTensor) };
        }
    }

    /// <summary>Has the states of recurrent layers looked at, all of them and those that they begin with.</summary>
    private Value[] ObserveStates()
    {
        var values = new List<Value>();
        foreach (Node node in _observed.Nodes.Where(n => RecurrentQuantizer.HasIntegerForm(n) && !_named.Keeps(n)))
        {
            string layer = NameOf(node);
            if (node.Outputs[0] is null)
            {
                Value last = node.Outputs.First(o => o is not null)!;
                node.SetOutput(0, _observed.NewValue($"{layer}_states", DataType.Float32));
                node.Outputs[0]!.Shape = new Shape([node.Required(0).KnownShape[0], .. last.KnownShape]);
            }

            Value[] own =
            [
                node.Outputs[0]!,
                .. RecurrentQuantizer.InitialState(node) is { IsConstant: false } initial ? [initial] : Array.Empty<Value>(),
            ];
            _states[layer] = [.. own.Select(v => v.Name)];
            values.AddRange(own);
        }

        _observed.Observed.UnionWith(values.Select(v => v.Name));
        return [.. values];
    }

    /// <summary>A layer as graphs that are copies of each other have it.</summary>
    private static string NameOf(Node node) => node.Outputs.Skip(1).FirstOrDefault(o => o is not null)?.Name ?? node.Output.Name;

    /// <summary>The codes of a layer's states; null where it computes in float.</summary>
    private QuantizationParameters? StateCodes(Node node, FloatParts floats)
    {
        if (floats.HasFloatRecurrences || floats.Keeps(node) || _states.GetValueOrDefault(NameOf(node)) is not { } states)
        {
            return null;
        }

        float[] initial = RecurrentQuantizer.InitialState(node)?.Constant?.ToFloats() ?? [];
        ValueRange first = initial.Length == 0 ? ValueRange.Empty : new ValueRange(initial.Min(), initial.Max());
        ValueRange range = states.Select(s => _statistics[s]).Where(s => !s.Range.IsEmpty)
            .Aggregate(first, (all, s) => all.Union(s.Choose(s.Range)));
        return range.IsEmpty || !range.IsFinite ? null : range.ToUInt8();
    }

    private static HashSet<string> NamesOf(IEnumerable<Node> nodes) =>
        nodes.SelectMany(n => n.Name.Split(" + ").Append(n.Output.Name)).Where(name => name.Length > 0).ToHashSet(StringComparer.Ordinal);

    /// <summary>What came of quantizing in one way.</summary>
    private sealed record Attempt(Graph Graph, CompiledPlan Plan, ModelQuality? Quality, IReadOnlyList<Finding> Findings)
    {
        /// <summary>Nodes that say what stored codes stand for.</summary>
        public IReadOnlySet<string> Stored { get; init; } = new HashSet<string>();

        /// <summary>For people: what auto has decided.</summary>
        public string? Note { get; init; }
    }

    /// <summary>Gives a float graph codes.</summary>
    /// <param name="graph">Used up.</param>
    /// <param name="dense">The same before its weights were changed; null where they were not.</param>
    /// <exception cref="CompilationException">There are no samples, or they do not suit the model.</exception>
    public static QuantizedGraph Run(
        CompileOptions options, Graph graph, Graph? dense, PlanHeader header, PassContext context, IProgress<string>? progress)
    {
        if (options.CalibrationFiles.Count > 0 && !ArrivingModels.HasCodes(graph))
        {
            // Weights that another mode or tool has stored as codes are numbers like any others.
            ArrivingModels.ExpandWeights(graph, context);
        }

        if (graph.Inputs.Count == 0 || graph.Nodes.Any(n =>
            n.Is("QuantizeLinear") || n.Is("DequantizeLinear") || n.Is("MatMulInteger") || n.Is("ConvInteger")))
        {
            // The model brings its own scales or integers, which are used as they are, or nothing in it depends on a sample.
            if (ArrivingModels.HasCodes(graph))
            {
                ArrivingModels.ReportUnused(options, graph, context);
            }

            // Where some of them have 16 bits, all between products is meant to be float.
            bool isMixed = options.Mode != ModelMode.Int8
                || graph.Nodes.Any(n => n.Is("QuantizeLinear") && QuantizationInputs.IsWide(n.Output.Type));
            CodePorts.Round(graph, options, port => PortCodes.Arriving(graph, port, options));
            return new QuantizedGraph(graph, () => GraphPlanner.PlanIntegers(graph.Clone(), header, context, _ => isMixed));
        }

        if (options.CalibrationFiles.Count == 0)
        {
            // What is wrong with the model itself is said first: samples would not help.
            GraphPlanner.Plan(graph.Clone(), header, context with { Findings = [], Trace = null });
            throw new CompilationException(
                DiagnosticCodes.CalibrationRequired,
                $"Model '{header.Source.File}': Mode=\"{options.Mode.Word()}\" needs samples of the model's inputs to choose the scales of "
                    + "its activations, and the model brings none that integers are computed with. Set Calibration to files with 100 to "
                    + "500 typical inputs, or use Mode=\"int8-dynamic\", whose scales are found at run time, or \"fp16\": they need "
                    + "nothing.",
                options.ModelPath);
        }

        context.Apply(new DropRoundings(), graph);
        if (options.Mode != ModelMode.Int16x8)
        {
            context.Apply(new CutSplits(amongCodes: false), graph);
        }

        new AffineToDepthwise().Run(graph, context);
        PortablePasses.Run(graph, context);
        var quantization = new StaticQuantization(options, graph, dense, header, context, progress);
        progress?.Report("Quantizing");
        Attempt result = options.Mode == ModelMode.Auto ? quantization.Search() : quantization.Quantize();
        context.Findings.AddRange(result.Findings);
        return new QuantizedGraph(quantization.RoundPorts(result.Graph), () => result.Plan)
        {
            Stored = result.Stored,
            Quality = result.Quality,
            Note = result.Note,
            // Activations of 16 bits lose next to nothing: what 8 would cost them is no news.
            Worst = () => options.Mode == ModelMode.Int16x8 ? [] : [.. quantization.Rank().Ranking.Take(WorstShown)],
            Facts = () => quantization.Facts(result),
        };
    }

    /// <summary>Makes channels that share a scale about equally large, where the weights that read them can take it back.</summary>
    private bool ScaleChannels(Graph graph)
    {
        bool smoothed = _options.Recovery.HasFlag(RecoveryMethods.SmoothQuant)
            && SmoothQuant.Run(graph, _points, _named, _samples, Interpret, _context.Cancellation);
        bool equalized = _options.Recovery.HasFlag(RecoveryMethods.Equalization)
            && Equalization.Run(graph, _points, _named, _samples, Interpret, _context.Cancellation);
        return smoothed | equalized;

        void Interpret(Graph floats, Action<Interpreter> use) => UseReference(floats, plan =>
        {
            use(new Interpreter(plan, ReproducibleKernels.Table));
            return true;
        });
    }

    /// <summary>
    /// As few tensors in 16 bits as reach the budget, those that cost most first; where all of them do not, as few in float, whose products
    /// have their weights in float too.
    /// </summary>
    private Attempt Search()
    {
        QualityBudget budget = _options.Budget.NeedsSamples ? _options.Budget : s_usualBudget;
        Attempt all = QuantizeAll();
        all = all with { Note = "auto needs 8 bits only: they reach the budget" };
        if (all.Quality is not { } quality || quality.MeetsElsewhere(budget))
        {
            return all;
        }

        Attempt wide = Search(
            budget, all, quality, "gives 16 bits to",
            kept => _named with { Wide = kept.Union(_named.Wide ?? kept).ToHashSet(StringComparer.Ordinal) });
        return wide.Quality?.Meets(budget) == true ? wide : Search(
            budget, all, quality, "keeps in float",
            kept => _named with { Tensors = kept.Union(_named.Tensors).ToHashSet(StringComparer.Ordinal) });
    }

    /// <summary>
    /// Noise adds up, so that what each tensor costs alone says how many have to have more bits; then they are counted up or down from
    /// there.
    /// </summary>
    /// <param name="budget">What is to be reached.</param>
    /// <param name="none">With 8 bits for all, which do not reach it, or not on all samples that there might be.</param>
    /// <param name="quality">Of that.</param>
    /// <param name="doing">For people: what becomes of the tensors that cost most.</param>
    /// <param name="parts">The same for the compiler, by their names.</param>
    private Attempt Search(
        QualityBudget budget, Attempt none, ModelQuality quality, string doing, Func<HashSet<string>, FloatParts> parts)
    {
        (IReadOnlyList<(string Group, double Sqnr)> ranking, ILookup<string, string> groups) = Rank();
        var tried = new SortedDictionary<int, Attempt> { [0] = none };
        int count = Math.Clamp(Guess(ranking, quality, budget), 1, Math.Max(ranking.Count, 1));
        int missed = 0;
        int met = ranking.Count + 1;
        while (met - missed > 1 && ranking.Count > 0)
        {
            tried[count] = Quantize(parts(ranking.Take(count).SelectMany(r => groups[r.Group]).ToHashSet(StringComparer.Ordinal)));
            if (tried[count].Quality?.MeetsElsewhere(budget) == true)
            {
                met = count;
            }
            else
            {
                missed = count;
            }

            // Twice as many as long as too few are known only; between the two then.
            count = met <= ranking.Count ? (met + missed) / 2 : Math.Min(missed * 2, ranking.Count);
        }

        int chosen = met <= ranking.Count ? met
            : tried.Where(t => t.Value.Quality?.Meets(budget) == true).OrderByDescending(t => t.Value.Quality!.LeastSqnr)
                .Select(t => t.Key).DefaultIfEmpty(tried.Keys.Last()).First();
        if (chosen == 0 && quality.Meets(budget))
        {
            return none;
        }

        string names = string.Join(
            ", ", ranking.Take(Math.Min(chosen, NamesShown)).Select(r => FormattableString.Invariant($"'{r.Group}' ({r.Sqnr:F1} dB)")));
        return tried[chosen] with
        {
            Note = $"auto {doing} {chosen} of {ranking.Count} tensors, those that cost most in 8 bits: {names}"
                + (chosen > NamesShown ? ", …" : string.Empty),
        };
    }

    private (IReadOnlyList<(string Group, double Sqnr)> Ranking, ILookup<string, string> Groups) Rank()
    {
        if (_ranking is { } known)
        {
            return known;
        }

        _progress?.Report("Ranking tensors by what their codes cost");
        ILookup<string, string> groups = _points.Values.Where(v => !v.IsConstant).ToLookup(v => _points.Group(v).Name, v => v.Name);
        _ranking = (UseReference(_observed.Clone(), plan => TensorSensitivity.Rank(
            plan, Quantizer.ChooseByName(_points, _statistics), groups, [.. _samples.Spread(RankingSamples)],
            _context.Cancellation)), groups);
        return _ranking.Value;
    }

    /// <summary>
    /// Tensors of which 8-bit codes say little, and that products read: they get 16 bits. Of many, those of which codes say least: for all
    /// there is mode int16x8.
    /// </summary>
    /// <param name="threshold">In dB.</param>
    private HashSet<string> FindPoor(double threshold)
    {
        Value[] values =
        [
            .. _points.Values.Where(v => !v.IsConstant
                && v.Consumers.Any(c => AnchorOperands.HasIntegerForm(c) && c.Required(0) == v && !AnchorOperands.IsShort(c))),
        ];
        Dictionary<Value, QuantizationParameters> chosen = Quantizer.Choose(_points, _statistics);
        var codes = values.ToDictionary(v => v.Name, v => (chosen[_points.Group(v)], _statistics[v.Name].Seen), StringComparer.Ordinal);
        Dictionary<string, (Histogram Values, double? Sqnr)> seen = UseReference(_observed.Clone(), plan => ActivationMeter.Measure(
            new Interpreter(plan, ReproducibleKernels.Table), codes, _samples.Spread(RankingSamples), _context.Cancellation));
        HashSet<Value> poor =
        [
            .. values.Where(v => seen[v.Name].Sqnr < threshold).OrderBy(v => seen[v.Name].Sqnr).Take(values.Length / FewTensors)
                .Select(_points.Group),
        ];
        return _points.Values.Where(v => poor.Contains(_points.Group(v))).Select(v => v.Name).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>What a report says of the tensors that codes were chosen for, whether they have them in the end or not.</summary>
    private QuantizationFacts Facts(Attempt result)
    {
        Dictionary<string, QuantizationParameters> used = result.Graph.Nodes.Where(n => n.Is("QuantizeLinear"))
            .ToDictionary(n => n.Required(0).Name, n => QuantizationInputs.Parameters(n), StringComparer.Ordinal);
        Dictionary<Value, QuantizationParameters> chosen = Quantizer.Choose(_points, _statistics);
        Value[] values = [.. _points.Values.Where(v => !v.IsConstant)];
        Dictionary<string, (QuantizationParameters Codes, ValueRange Seen)> codes = values.ToDictionary(
            v => v.Name,
            v => (used.GetValueOrDefault(v.Name) ?? chosen[_points.Group(v)], _statistics[v.Name].Seen), StringComparer.Ordinal);
        Dictionary<string, double> sensitivity = Rank().Ranking.ToDictionary(r => r.Group, r => r.Sqnr, StringComparer.Ordinal);
        _progress?.Report("Looking at activations");
        Dictionary<string, (Histogram Values, double? Sqnr)> seen = UseReference(_observed.Clone(), plan => ActivationMeter.Measure(
            new Interpreter(plan, ReproducibleKernels.Table), codes, _samples.Spread(ShownSamples), _context.Cancellation));
        return new QuantizationFacts(
            _floats,
            [
                .. values.Select(v => new ReportActivation(
                    v.Name, _points.Group(v).Name, !used.ContainsKey(v.Name), codes[v.Name].Codes.Scale, codes[v.Name].Codes.ZeroPoint,
                    seen[Looked(v).Name].Sqnr,
                    sensitivity.TryGetValue(_points.Group(v).Name, out double sqnr) ? sqnr : null,
                    seen[Looked(v).Name].Values)
                {
                    Bits = codes[v.Name].Codes.CodeType == DataType.UInt8 ? 8 : 16,
                }),
            ]);

        // What is another tensor in another shape is nothing that a step writes.
        Value Looked(Value value) => _statistics[value.Name].Seen.IsEmpty && _points.Group(value) == _points.Group(Source(value))
            && Source(value) != value ? Looked(Source(value)) : value;

        Value Source(Value value) => value.Producer?.Input(0) is { } input && codes.ContainsKey(input.Name) ? input : value;
    }

    /// <summary>How many of the tensors that cost most have to be float for the rest to reach a ratio.</summary>
    private static int Guess(IReadOnlyList<(string Group, double Sqnr)> ranking, ModelQuality quality, QualityBudget budget)
    {
        if (budget.MinSqnr is not { } wanted || (quality.LeastSqnr ?? quality.Sqnr) is not { } now)
        {
            return 1;
        }

        double excess = Noise(now) - Noise(wanted);
        int count = 0;
        while (count < ranking.Count && excess > 0)
        {
            excess -= Noise(ranking[count++].Sqnr);
        }

        return count;

        static double Noise(double sqnr) => Math.Pow(10, -sqnr / 10);
    }

    /// <summary>With codes as named; where that is poor, with more tensors in 16 bits.</summary>
    private Attempt Quantize()
    {
        Attempt best = QuantizeAll();
        if (_options.Mode != ModelMode.Int8 || !_options.Recovery.HasFlag(RecoveryMethods.Int16) || !IsPoor(best))
        {
            return best;
        }

        HashSet<string> more = FindPoor(PoorTensorOfPoorResult);
        if (_named.Wide?.SetEquals(more) == true)
        {
            return best;
        }

        Attempt wide = Quantize(_named with { Wide = more });
        return wide.Quality?.Sqnr > best.Quality!.Sqnr ? wide : best;
    }

    /// <summary>With codes as named; states of recurrent layers stay float where their codes cost too much.</summary>
    private Attempt QuantizeAll()
    {
        Attempt codes = Quantize(_named);
        if (codes.Quality?.Sqnr is not { } sqnr || sqnr >= GoodRecurrence
            || !codes.Graph.Nodes.Any(n => RecurrentCoding.Of(n) is not null))
        {
            return codes;
        }

        FloatParts named = _named with { HasFloatRecurrences = true };
        Attempt floats = Quantize(named);
        if (!(floats.Quality?.Sqnr > sqnr + RecurrenceGain))
        {
            return codes;
        }

        _named = named;
        return floats;
    }

    private Attempt Quantize(FloatParts floats)
    {
        Graph graph = _floats.Clone();
        Quantizer.Insert(graph, QuantizationPoints.Find(graph, floats), _statistics, floats, _options.IsCompressed);
        HashSet<string> coded = RecurrentQuantizer.InsertStatic(graph, n => StateCodes(n, floats), _options.IsCompressed);
        new ShapeInference().Run(graph, _context);
        GraphVerifier.Verify(graph, nameof(Quantizer));

        // Weights that no integers multiply, those of recurrent layers and tables, are stored as codes all the same.
        HashSet<string> stored = StoreCodes.Run(
            graph, ModelMode.Int8Weights,
            w => w.Consumers.All(c => !floats.Keeps(c) && (StoreCodes.HasNoProductOfCodes(c) || IsShortInFloat(c, floats))));
        stored.UnionWith(coded);
        Attempt best = Recover(graph, floats, stored, _methods, _context);

        // A layer does not see what becomes of it in the end. Where that is poor, less may be more.
        RecoveryMethods[] fewer = IsPoor(best) && _methods == _options.Recovery
            ? [RecoveryMethods.BiasCorrection, RecoveryMethods.Gptq, RecoveryMethods.None]
            : [];
        foreach (RecoveryMethods methods in fewer.Where(m => m != _options.Recovery && _options.Recovery.HasFlag(m)))
        {
            Attempt other = Recover(graph, floats, stored, methods, _context with { Trace = null });
            if (other.Quality?.Sqnr > best.Quality!.Sqnr)
            {
                best = other;
                _methods = methods;
            }
        }

        return best;
    }

    private static bool IsPoor(Attempt attempt) => attempt.Quality?.Sqnr is { } sqnr && QualityFindings.IsPoor(sqnr);

    /// <summary>A product that reads float where others would read 16-bit codes.</summary>
    private static bool IsShortInFloat(Node node, FloatParts floats) => AnchorOperands.HasIntegerForm(node) && AnchorOperands.IsShort(node)
        && floats.IsWide(node.Required(0));

    private Attempt Recover(
        Graph graph, FloatParts floats, IReadOnlySet<string> stored, RecoveryMethods methods, PassContext outer)
    {
        PassContext own = outer with { Findings = [] };
        Graph recovered = graph.Clone();
        if ((methods & RecoveryMethods.OfLayers) != RecoveryMethods.None)
        {
            AccuracyRecovery.Run(_observed, recovered, _samples, methods, _progress, own.Cancellation);
            new ShapeInference().Run(recovered, own);
            GraphVerifier.Verify(recovered, nameof(AccuracyRecovery));
        }

        Graph rounded = RoundPorts(recovered);
        CompiledPlan plan = GraphPlanner.PlanIntegers(
            StoredWeights.Expand(rounded.Clone(), stored), _header, own, n => floats.IsMixed || floats.Keeps(n));
        _progress?.Report("Validating");
        ModelQuality? quality = QualityMeasurement.UseComparable(rounded, stored, plan, _header, own, measured => UseReference(
            DecidedSizes.Before(_reference) ?? _reference.Clone(), reference => Measure(reference, measured, recovered, own)));
        plan = plan with { Plan = plan.Plan with { Card = plan.Plan.Card with { Sqnr = quality?.Sqnr } } };
        return new Attempt(recovered, plan, quality, own.Findings) { Stored = stored };
    }

    /// <summary>A graph whose inputs and outputs take what codes can say, where they are to be codes; else the graph itself.</summary>
    private Graph RoundPorts(Graph graph)
    {
        if (_portCodes.Count == 0)
        {
            return graph;
        }

        Graph rounded = graph.Clone();
        CodePorts.Round(rounded, _options, port => _portCodes[port.Name]);
        return rounded;
    }

    /// <summary>How near a plan is to its float model; where it is not, a finding says what loses most.</summary>
    private ModelQuality? Measure(CompiledPlan floats, CompiledPlan plan, Graph quantized, PassContext context)
    {
        var reference = new Interpreter(floats, ReproducibleKernels.Table);
        var measured = new Interpreter(plan, ReproducibleKernels.Table);
        CalibrationData samples = _heldBack ?? _samples;
        ModelQuality? quality = NoiseMeter.Compare(reference, measured, samples.Samples(), context.Cancellation, samples.Labels);
        if (quality?.Sqnr is { } sqnr && QualityFindings.IsPoor(sqnr))
        {
            IReadOnlyList<(string, double)> worst = UseReference(_observed.Clone(), observed => NoiseMeter.Worst(
                new Interpreter(observed, ReproducibleKernels.Table), quantized, samples.Samples(), count: 3, context.Cancellation));
            QualityFindings.ReportNoise((sqnr, quality.Output), worst, _options.Mode, context.Inference, context.Findings);
        }
        else if (SampleBatch.Of(samples, quantized.Inputs) is { } batch)
        {
            QualityFindings.CheckBatch(
                batch, inputs => NoiseMeter.Compare(reference, measured, inputs, context.Cancellation), _options.Mode, context.Inference,
                context.Findings);
        }

        if (quality is null || _heldBack is null)
        {
            return quality;
        }

        // Few samples rarely have the rare ones among them, where codes cost most: those that were seen say more of these.
        double? seen = _options.Mode == ModelMode.Auto && _heldBack.Count < EnoughHeldBack
            ? NoiseMeter.Compare(
                reference, measured, _samples.Spread(EnoughHeldBack - _heldBack.Count), context.Cancellation)?.LeastSqnr
            : null;
        return quality with { IsHeldBack = true, LeastSqnr = seen < quality.LeastSqnr ? seen : quality.LeastSqnr };
    }

    // Only the passes on the way to the result are shown and counted.
    private T UseReference<T>(Graph floats, Func<CompiledPlan, T> use) =>
        TemporaryPlan.Use(() => GraphPlanner.Plan(floats, _header, _context with { Trace = null }), use);
}
