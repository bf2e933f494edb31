using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Reports;

/// <summary>The outermost steps of a plan, with what is known of the numbers that they read.</summary>
internal sealed class LayerFacts
{
    private readonly CompileOptions _options;
    private readonly CompiledPlan _compiled;
    private readonly ExecutionPlan _plan;
    private readonly Dictionary<string, ReportActivation> _activations;

    /// <summary>The float model's nodes by name: of those that passes have joined each.</summary>
    private readonly Dictionary<string, Node> _nodes = new(StringComparer.Ordinal);
    private readonly StepKind[] _kinds;
    private readonly int[][] _readsFrom;
    private readonly bool[] _isBehindIntegers;
    private readonly bool[] _isBeforeIntegers;

    /// <param name="options">What was asked for.</param>
    /// <param name="compiled">The model.</param>
    /// <param name="facts">Of its quantization.</param>
    public LayerFacts(CompileOptions options, CompiledPlan compiled, QuantizationFacts facts)
    {
        _options = options;
        _compiled = compiled;
        _plan = compiled.Plan;
        _activations = facts.Activations.ToDictionary(a => a.Name, StringComparer.Ordinal);
        foreach (Node node in facts.Floats.Nodes.OrderBy(n => !AnchorOperands.IsAnchor(n)))
        {
            foreach (string name in node.Label.Split(Joint).Append(node.Label))
            {
                _nodes.TryAdd(name, node);
            }
        }

        _kinds = [.. _plan.Steps.Select(KindOf)];
        IReadOnlyList<int>[] written = [.. new Interpreter(compiled).Written];
        _readsFrom = Connect(written);
        _isBehindIntegers = new bool[_kinds.Length];
        _isBeforeIntegers = new bool[_kinds.Length];
        for (int i = 0; i < _kinds.Length; i++)
        {
            _isBehindIntegers[i] = _readsFrom[i].Any(s => s > 0 && (_isBehindIntegers[s - 1] || _kinds[s - 1] == StepKind.Integer));
        }

        for (int i = _kinds.Length - 1; i >= 0; i--)
        {
            foreach (int source in _readsFrom[i].Where(s => s > 0))
            {
                _isBeforeIntegers[source - 1] |= _isBeforeIntegers[i] || _kinds[i] == StepKind.Integer;
            }
        }

        Layers = Describe(written);
    }

    private const string Joint = " + ";

    /// <summary>One for each.</summary>
    public IReadOnlyList<ReportLayer> Layers { get; }

    private List<ReportLayer> Describe(IReadOnlyList<int>[] written)
    {
        var counted = new HashSet<int>();
        var layers = new List<ReportLayer>();
        int inner = 0;
        for (int i = 0; i < _plan.Steps.Count; i++)
        {
            PlanStep step = _plan.Steps[i];
            double macs = 0;
            long bytes = 0;
            foreach (PlanStep part in step.WithInner)
            {
                macs += BudgetCheck.Macs(_compiled.StepMacs[inner++]);
                bytes += Arguments(part.Call).OfType<ConstantArgument>().Select(c => c.Constant).Where(counted.Add)
                    .Sum(_compiled.Weights.BytesOf);
            }

            ReportActivation? activation = ActivationOf(step);
            layers.Add(new ReportLayer(i + 1, step.Name, step.Call.Target, step.Description, Numbers(i), Reason(i, activation))
            {
                Inputs = [.. Reads(step, written[i]).Select(t => ReportBuilder.Describe(_plan.Tensors[t]))],
                Outputs = [.. Visible(step, written[i]).Select(t => ReportBuilder.Describe(_plan.Tensors[t]))],
                ReadsFrom = _readsFrom[i],
                MultiplyAccumulates = macs,
                Bytes = bytes,
                Activation = activation?.Name,
                Sqnr = activation?.Sqnr,
                Sensitivity = activation?.Sensitivity,
            });
        }

        return layers;
    }

    /// <summary>Steps that hold others compute with integers where one of these does.</summary>
    private StepKind KindOf(PlanStep step) =>
        step.WithInner.Where(s => s.Blocks.Count == 0).Select(s => StepKinds.Of(_plan, s)).DefaultIfEmpty(StepKind.Other).Min();

    private string Numbers(int step) => _kinds[step] switch
    {
        StepKind.Integer => "int8",
        StepKind.Conversion => "conversion",
        StepKind.Float when Tensors(_plan.Steps[step]).Any(t => _plan.Tensors[t].Type == PlanType.F64) => "float64",
        StepKind.Float => "float32",
        _ => "other",
    };

    private string Reason(int step, ReportActivation? activation) => (_kinds[step], _options.Mode) switch
    {
        (StepKind.Conversion, _) => "between reals and codes",
        (StepKind.Other, _) => "sizes, indices or truth values",
        (StepKind.Integer, ModelMode.Int8Dynamic) => "codes with scales found at run time",
        (StepKind.Integer, _) when activation is { Bits: 16, IsFloat: false } =>
            "codes of 16 bits, their high and their low bytes one after the other",
        (StepKind.Integer, _) => "codes of 8 bits",
        (_, ModelMode.Fp32) => "mode fp32",
        (_, ModelMode.Fp16) => "weights stored in 16 bits, computed with as float32",
        (_, ModelMode.Int8Weights or ModelMode.Int4Weights) => "weights stored as codes, computed with as float32",
        _ when IsKept(_plan.Steps[step]) => "named in KeepFloat",
        _ when activation is { IsFloat: true } => $"auto keeps '{activation.Name}' in float",
        (_, ModelMode.Int16x8) => "only products have codes of 16 bits, and those of few terms have none",
        (_, ModelMode.Int8Dynamic) => "only products with constant weights, of 16 terms or more, have codes",
        _ when _compiled.FloatReasons.TryGetValue(_plan.Steps[step].Name, out string? reason) => reason,
        _ when !_isBeforeIntegers[step] => "behind the last integer operator, where codes would cost accuracy and save nothing",
        _ when !_isBehindIntegers[step] => "before the first integer operator: prepares the inputs",
        _ => "no integer kernel for it, or what it reads brings no scale",
    };

    private bool IsKept(PlanStep step) =>
        NodesOf(step).Any(new FloatParts(_options.KeepFloat, new HashSet<string>(StringComparer.Ordinal)).Keeps);

    /// <summary>What the products of a step read codes of, or would.</summary>
    private ReportActivation? ActivationOf(PlanStep step) => NodesOf(step).OrderBy(n => !AnchorOperands.IsAnchor(n))
        .SelectMany(n => n.Inputs).OfType<Value>().Select(v => _activations.GetValueOrDefault(v.Name)).FirstOrDefault(a => a is not null);

    private IEnumerable<Node> NodesOf(PlanStep step) => _nodes.TryGetValue(step.Name, out Node? whole)
        ? [whole] : step.Name.Split(Joint).Select(_nodes.GetValueOrDefault).OfType<Node>().Distinct();

    /// <summary>Which steps have made what each reads.</summary>
    private int[][] Connect(IReadOnlyList<int>[] written)
    {
        // Several may write parts of one tensor; another tensor in the same memory is a new one.
        var makers = new Dictionary<(PlanLocation, int, Dimension), (int Tensor, List<int> Steps)>();
        foreach (PlanPort port in _plan.Inputs)
        {
            makers[PlaceOf(port.Tensor)] = (port.Tensor, [0]);
        }

        int[][] sources = new int[_plan.Steps.Count][];
        for (int i = 0; i < sources.Length; i++)
        {
            sources[i] =
            [
                .. Reads(_plan.Steps[i], written[i])
                    .SelectMany(t => makers.TryGetValue(PlaceOf(t), out (int Tensor, List<int> Steps) made) ? made.Steps : [])
                    .Distinct().Order(),
            ];
            foreach (int tensor in Visible(_plan.Steps[i], written[i]))
            {
                if (makers.TryGetValue(PlaceOf(tensor), out (int Tensor, List<int> Steps) made) && made.Tensor == tensor)
                {
                    made.Steps.Add(i + 1);
                }
                else
                {
                    makers[PlaceOf(tensor)] = (tensor, [i + 1]);
                }
            }
        }

        return sources;
    }

    /// <summary>Without what it makes itself.</summary>
    private IEnumerable<int> Reads(PlanStep step, IReadOnlyList<int> written) => Tensors(step).Distinct().Except(written);

    /// <summary>What a step leaves behind: of one that holds others what is known outside of it, there under names of its own.</summary>
    private IEnumerable<int> Visible(PlanStep step, IReadOnlyList<int> written)
    {
        if (step.Blocks.Count == 0)
        {
            return written;
        }

        HashSet<(PlanLocation, int, Dimension)> places = [.. written.Select(PlaceOf)];
        return Outside.Where(t => places.Contains(PlaceOf(t))).Order();
    }

    private (PlanLocation Location, int Region, Dimension Offset) PlaceOf(int tensor) =>
        (_plan.Tensors[tensor].Location, _plan.Tensors[tensor].Region, _plan.Tensors[tensor].Offset);

    private HashSet<int> Outside => field ??=
        [.. _plan.Steps.Where(s => s.Blocks.Count == 0).SelectMany(Tensors), .. _plan.Outputs.Select(o => o.Tensor)];

    private IEnumerable<int> Tensors(PlanStep step) => step.Blocks.Count == 0
        ? Arguments(step.Call).OfType<TensorArgument>().Select(t => t.Tensor)
        : step.WithInner.SelectMany(s => Arguments(s.Call)).OfType<TensorArgument>().Select(t => t.Tensor)
            .Where(t => Outside.Contains(t) || _plan.Tensors[t].Location == PlanLocation.Input);

    private static IEnumerable<PlanArgument> Arguments(PlanArgument argument) =>
        argument is PlanCall call ? call.Arguments.SelectMany(a => Arguments(a.Value)) : [argument];
}
