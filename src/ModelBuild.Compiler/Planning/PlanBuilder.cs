using System.Globalization;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Planning.Steps;
using ModelBuild.Compiler.Ports;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning;

/// <summary>
/// The last stop of the compiler: turns a lowered graph, node by node, into kernel calls, packs their weights and gives every tensor
/// a place. What a node becomes is said by its step writer (<see cref="OperatorTraits.Writer"/>).
/// </summary>
internal sealed class PlanBuilder
{
    /// <summary>Products that a second thread helps with: ten microseconds on the fastest processors.</summary>
    private const long LeastSharedProducts = 250_000;

    private readonly Graph _graph;
    private readonly Dictionary<Value, Storage> _storage = [];
    private readonly Dictionary<Value, int> _tensorIds = [];
    private readonly List<Value> _tensors = [];
    private readonly Dictionary<Value, Node> _lastReaders = [];
    private readonly List<DraftStep> _all = [];

    /// <summary>What has been bound, in the order of the regions.</summary>
    private readonly List<PlanBinding> _bindings = [];

    /// <summary>How many bindings there have been when a symbol is known.</summary>
    private readonly Dictionary<string, int> _stages = new(StringComparer.Ordinal);
    private readonly List<MemoryRegion> _regions = [];
    private readonly List<MemoryRegion> _scratch = [];
    private readonly WeightWriter _weights;
    private readonly IReadOnlyList<string> _separable;

    /// <summary>Of the graph that is being written, and of those around it.</summary>
    private readonly List<(Dimension, Dimension)> _assumptions = [];
    private Dimension _macs = Dimension.Zero;

    /// <summary>Those of the node that is being written.</summary>
    private Dimension _nodeMacs = Dimension.Zero;

    /// <summary>The block that calls are appended to.</summary>
    private List<DraftStep> _block = [];

    private PlanBuilder(Graph graph, PlanHeader header, WeightStorage storage)
    {
        _graph = graph;
        _separable = BatchSlices.Separable(graph, header.Symbols);
        foreach (string symbol in graph.Inputs.SelectMany(v => v.KnownShape).SelectMany(d => d.Symbols))
        {
            _stages.TryAdd(symbol, 0);
        }

        _weights = new WeightWriter(storage);
        KeepsDense = header.KeepsDense;
    }

    /// <summary>As in <see cref="PlanHeader"/>.</summary>
    public bool KeepsDense { get; }

    /// <summary>
    /// Makes the plan of a lowered graph, and uses the graph up: constants are let go as they are packed, since large ones would not fit
    /// twice.
    /// </summary>
    /// <param name="storage">How float weights are stored where that loses nothing: their values were rounded before.</param>
    public static CompiledPlan Build(Graph graph, PlanHeader header, WeightStorage storage = WeightStorage.Plain)
    {
        var builder = new PlanBuilder(graph, header, storage);
        builder.AssignPorts();
        builder.WriteNodes(graph);
        return builder.Finish(header);
    }

    /// <summary>Appends the calls of a body of control flow to the block that is being written.</summary>
    /// <param name="body">Lowered; its constants are let go as those of the graph around it.</param>
    /// <param name="inputs">What each of its inputs is around it.</param>
    /// <param name="outputs">Values around it whose memory outputs are to be written to.</param>
    public void WriteBody(Graph body, IEnumerable<(Value Inner, Value Outer)> inputs, IEnumerable<(Value Inner, Value Outer)> outputs)
    {
        foreach ((Value inner, Value outer) in inputs)
        {
            if (outer.IsConstant)
            {
                inner.Constant = outer.Constant;
            }
            else
            {
                _storage[inner] = _storage[outer];
            }
        }

        AssignStorage(body);
        foreach ((Value inner, Value outer) in outputs)
        {
            _storage[inner].Same = _storage[outer];
        }

        WriteNodes(body);
    }

    /// <summary>A value that no node of a graph makes: memory that a step writer needs for longer than one call.</summary>
    public Value NewValue(string name, DataType type, Shape shape)
    {
        var value = new Value(name) { Type = type, Shape = shape };
        _storage.Add(value, new Storage(PlanLocation.Arena, 0));
        return value;
    }

    /// <summary>Gives a value the memory of another.</summary>
    public void Share(Value value, Value memory) => _storage[value] = _storage[memory];

    /// <summary>Appends a step that holds others.</summary>
    /// <param name="target"><see cref="PlanStep.IfTarget"/> or <see cref="PlanStep.LoopTarget"/>.</param>
    /// <param name="blocks">Each writes the calls of one block.</param>
    public void Control(
        Node node, string description, string target, IEnumerable<(string Name, PlanArgument? Value)> arguments, params Action[] blocks)
    {
        Call(node, description, target, arguments);
        DraftStep step = _block[^1];
        List<DraftStep> outside = _block;
        int start = _all.Count;
        foreach (Action write in blocks)
        {
            step.Blocks.Add(_block = []);
            write();
        }

        _block = outside;

        // What was there before a loop and is used in it, or by itself, has to be there in every iteration.
        foreach (MemoryRegion region in _regions.Where(r => r.FirstStep < start && r.LastStep >= start - 1))
        {
            region.LastStep = target == PlanStep.LoopTarget ? _all.Count : region.LastStep;
        }
    }

    private void WriteNodes(Graph graph)
    {
        CheckAssumptions(graph.Assumptions);
        _assumptions.AddRange(graph.Assumptions);
        foreach (Node node in graph.Nodes)
        {
            node.Traits().Writer?.Invoke(node, this);
            Attribute(node);
            LetGo(node);
        }

        _assumptions.RemoveRange(_assumptions.Count - graph.Assumptions.Count, graph.Assumptions.Count);
    }

    /// <summary>Adds multiply-accumulates to the model's count.</summary>
    public void CountMacs(Dimension macs) => _nodeMacs += macs;

    /// <summary>The argument for a value: a tensor, or constant data as it stands.</summary>
    public PlanArgument Argument(Value value) =>
        value.Constant is { } data
            ? Constant(value.Name, data.Type.ToPlanType(), ConstantFormats.Plain, data.Data, PanelsOf(data)) : Tensor(value);

    /// <summary>The argument for a tensor that a step reads or writes.</summary>
    public TensorArgument Tensor(Value value)
    {
        if (!_tensorIds.TryGetValue(value, out int id))
        {
            id = _tensors.Count;
            _tensorIds.Add(value, id);
            _tensors.Add(value);
        }

        if (_storage[value].Whole is { Location: PlanLocation.Arena } storage)
        {
            storage.Region ??= NewRegion(value.KnownShape.Length * value.Type.Size());
            storage.Region.LastStep = _all.Count;
        }

        return new TensorArgument(id);
    }

    /// <summary>The argument for packed data.</summary>
    /// <param name="format">One of <see cref="ConstantFormats"/>.</param>
    /// <param name="data">Kept, not copied.</param>
    /// <param name="panels">How weights lie in it, see <see cref="WeightWriter.Add"/>.</param>
    public ConstantArgument Constant<T>(string name, string format, T[] data, params ReadOnlySpan<(int Width, int Rows)> panels)
        where T : unmanaged
    {
        PlanType type = typeof(T) == typeof(float) ? PlanType.F32 : typeof(T) == typeof(sbyte) ? PlanType.S8
            : typeof(T) == typeof(byte) ? PlanType.U8 : typeof(T) == typeof(int) ? PlanType.S32
            : typeof(T) == typeof(ushort) ? PlanType.U16
            : throw new NotSupportedException($"Constants of {typeof(T)} are not packed.");
        return Constant(name, type, format, ArrayMemory<T>.Bytes(data), panels);
    }

    /// <summary>The argument for one element that is zero.</summary>
    public ConstantArgument Zero(DataType type) => Constant("zero", type.ToPlanType(), ConstantFormats.Plain, new byte[type.Size()]);

    /// <summary>The argument for memory that only the next call uses; nothing for a size of zero.</summary>
    public PlanArgument Scratch(Dimension bytes)
    {
        if (bytes.Equals(Dimension.Zero))
        {
            return new ScratchArgument(Dimension.Zero, Dimension.Zero);
        }

        _scratch.Add(NewRegion(bytes));
        return new PlaceholderArgument(_scratch.Count - 1);
    }

    /// <summary>
    /// The argument by which several threads may share the next call; null where it is known to be over before a second one has woken up.
    /// </summary>
    /// <param name="products">How many products it sums up.</param>
    public static ThreadsArgument? Threads(Dimension products) =>
        products.IsConstant && products.Value < LeastSharedProducts ? null : new ThreadsArgument();

    /// <summary>Appends a kernel call. Arguments that are null are left out: the kernel's default holds.</summary>
    public void Call(Node node, string description, string target, params IEnumerable<(string Name, PlanArgument? Value)> arguments) =>
        Call(node, description, target, [], arguments);

    /// <summary>Appends a call of a generic kernel whose type arguments do not follow from what it writes.</summary>
    public void Call(
        Node node, string description, string target, IReadOnlyList<DataType> types,
        params IEnumerable<(string Name, PlanArgument? Value)> arguments) =>
        Append(
            node.Label, description,
            Nested(target, arguments) with { Types = new EquatableArray<PlanType>(types.Select(t => t.ToPlanType())) });

    private void Append(string name, string description, PlanCall call)
    {
        var step = new DraftStep(name, description, call);
        _all.Add(step);
        _block.Add(step);
    }

    /// <summary>Whether a symbol is bound by an input or a call before.</summary>
    public bool Knows(string symbol) => _stages.ContainsKey(symbol);

    /// <summary>Says that the last call has found out what symbols stand for; those that are known are bound anew.</summary>
    /// <param name="tensor">The int64 tensor that it has written.</param>
    /// <param name="symbols">
    /// The symbols and the elements that are their values; those that are bound anew as they were together before.
    /// </param>
    /// <param name="keeps">Whether the memory of what depends on them keeps what it holds when it grows.</param>
    public void Bind(Value tensor, IReadOnlyList<(string Symbol, int Element)> symbols, bool keeps = false)
    {
        if (symbols.Count == 0)
        {
            return;
        }

        bool isNew = !Knows(symbols[0].Symbol);
        int region = isNew ? _bindings.Count + 1 : _stages[symbols[0].Symbol];
        var binding = new PlanBinding(
            _tensorIds[tensor], new EquatableArray<PlanBoundSymbol>(symbols.Select(s => new PlanBoundSymbol(s.Symbol, s.Element))), region,
            Dimension.Zero) { Keeps = keeps };
        _block[^1].Binding = binding;
        if (isNew)
        {
            _bindings.Add(binding);
            foreach (PlanBoundSymbol symbol in binding.Symbols)
            {
                _stages.Add(symbol.Name, region);
            }
        }

        CheckAssumptions(_assumptions, binding.Symbols.Select(s => s.Name).ToHashSet(StringComparer.Ordinal).Contains);
    }

    /// <summary>What a size has to be that is not known yet, where something known has to be equal to it; otherwise null.</summary>
    public Dimension? Needed(Dimension size) => _assumptions
        .Select(a => a.Item1.Equals(size) ? a.Item2 : a.Item2.Equals(size) ? a.Item1 : size)
        .FirstOrDefault(d => d.Symbols.All(_stages.ContainsKey));

    /// <summary>Appends calls that compare what has to be equal, as soon as it is known and whenever it changes.</summary>
    private void CheckAssumptions(IEnumerable<(Dimension, Dimension)> assumptions, Func<string, bool>? changed = null)
    {
        foreach ((Dimension left, Dimension right) in assumptions)
        {
            string[] symbols = [.. left.Symbols.Concat(right.Symbols)];
            if (symbols.All(_stages.ContainsKey) && (changed is null || symbols.Any(changed)))
            {
                Append(
                    "sizes", $"{left} has to be {right}",
                    Nested("Sizes.Compare", ("size", new IntegerArgument(left)), ("expected", new IntegerArgument(right))));
            }
        }
    }

    /// <summary>A constructor or factory call as an argument.</summary>
    public static PlanCall Nested(string target, params IEnumerable<(string Name, PlanArgument? Value)> arguments) =>
        new(target, new EquatableArray<PlanNamedArgument>(
            arguments.Where(a => a.Value is not null).Select(a => new PlanNamedArgument(a.Name, a.Value!))));

    /// <summary>Dimensions, strides or positions as one argument.</summary>
    public static IntegersArgument List(IEnumerable<Dimension> values) => new(new EquatableArray<Dimension>(values));

    /// <summary>How comments write a tensor: type, shape, and scale where it has one.</summary>
    public static string Describe(Value value)
    {
        string text = $"{value.Type.ToPlanType().ToString().ToLowerInvariant()} {value.Shape}";
        return value.Quantization switch
        {
            { IsPerTensor: true } q =>
                string.Create(CultureInfo.InvariantCulture, $"{text} (scale {q.Scale:G6}, zero point {q.ZeroPoint})"),
            { } q => $"{text} ({q.Scales.Length} scales)",
            null => text,
        };
    }

    private MemoryRegion NewRegion(Dimension bytes)
    {
        var region = new MemoryRegion(bytes, _all.Count)
        {
            Stage = bytes.Symbols.Select(s => _stages[s]).DefaultIfEmpty().Max(),
        };
        _regions.Add(region);
        return region;
    }

    private ConstantArgument Constant(
        string name, PlanType type, string format, ReadOnlyMemory<byte> data, params ReadOnlySpan<(int Width, int Rows)> panels) =>
        new(_weights.Add(name, type, format, data, panels));

    /// <summary>
    /// Rows of a table and of a matrix: what lies under one index of the first axis, or of the last but one. Then columns of a matrix.
    /// </summary>
    private static (int Width, int Rows)[] PanelsOf(Tensor constant) =>
        constant.Rank < 2 || constant.Length is 0 or > int.MaxValue ? [] :
        [
            (1, (int)(constant.Length / constant.Dimensions[0])), (1, (int)constant.Dimensions[^1]),
            ((int)constant.Dimensions[^1], (int)constant.Dimensions[^2]),
        ];

    /// <summary>Counts the multiply-accumulates of a node, as those of the last of its calls.</summary>
    private void Attribute(Node node)
    {
        if (_nodeMacs.Equals(Dimension.Zero))
        {
            return;
        }

        _macs += _nodeMacs;
        _all.Last(s => s.Name == node.Label).Macs += _nodeMacs;
        _nodeMacs = Dimension.Zero;
    }

    /// <summary>Forgets the constants that no later node reads.</summary>
    private void LetGo(Node node)
    {
        foreach (Value value in node.Inputs.OfType<Value>().Where(v => v.IsConstant && _lastReaders[v] == node))
        {
            LargeGarbage.Add(value.Constant!.Data.Length);
            value.Constant = null;
        }
    }

    /// <summary>Puts inputs and outputs where the caller has them.</summary>
    private void AssignPorts()
    {
        for (int i = 0; i < _graph.Inputs.Count; i++)
        {
            _storage[_graph.Inputs[i]] = new Storage(PlanLocation.Input, i);
        }

        AssignStorage(_graph);
        for (int i = 0; i < _graph.Outputs.Count; i++)
        {
            // Lowering has put a copy before an output that would be a view of an input or of another output.
            Storage storage = _storage[_graph.Outputs[i]];
            storage.Location = storage.Location == PlanLocation.Arena ? PlanLocation.Output
                : throw new InvalidOperationException($"Output '{_graph.Outputs[i].Name}' shares memory with another port.");
            storage.Port = i;
        }
    }

    /// <summary>Puts reshaped values where the value lies that they are a view of.</summary>
    private void AssignStorage(Graph graph)
    {
        foreach (Node node in graph.Nodes)
        {
            foreach (Value input in node.Inputs.OfType<Value>())
            {
                _lastReaders[input] = node;
            }

            foreach (Value output in node.Outputs.OfType<Value>())
            {
                _storage[output] = node.Traits().IsView ? _storage[node.Required(0)] : new Storage(PlanLocation.Arena, 0);
            }
        }
    }

    private CompiledPlan Finish(PlanHeader header)
    {
        // Ports are tensors too, also those that no step touches.
        PlanPort[] inputs = [.. Ports(_graph.Inputs)];
        PlanPort[] outputs = [.. Ports(_graph.Outputs)];
        Dimension[] bytes = MemoryPlanner.Plan(_regions, _bindings.Count);
        Dimension arena = bytes[0];
        IEnumerable<PlanTensor> tensors = _tensors.Select(v => (Value: v, Storage: _storage[v].Whole)).Select(t => new PlanTensor(
            t.Value.Name,
            t.Value.Type.ToPlanType(),
            new EquatableArray<Dimension>(t.Value.KnownShape),
            t.Storage.Location,
            t.Storage.Location == PlanLocation.Arena ? t.Storage.Region!.Offset : t.Storage.Port,
            t.Value.Quantization is { IsPerTensor: true } scale ? scale.Scale : null,
            t.Value.Quantization is { IsPerTensor: true } zero ? zero.ZeroPoint : null)
        {
            Region = t.Storage.Region?.Stage ?? 0,
        });
        PackedWeights weights = _weights.Finish();
        var plan = new ExecutionPlan(
            header.Class,
            header.Source,
            header.Mode,
            new PlanCard(header.Parameters, _macs, null),
            new PlanWeights(header.WeightsName, weights.Length, weights.Sha256, header.WeightsInFile),
            new EquatableArray<string>(header.Symbols),
            new EquatableArray<string>(_bindings.SelectMany(b => b.Symbols).Select(s => s.Name)),
            arena,
            BatchSlices.Find(_separable, arena),
            new EquatableArray<PlanPort>(inputs),
            new EquatableArray<PlanPort>(outputs),
            new EquatableArray<PlanTensor>(tensors),
            new EquatableArray<PlanConstant>(weights.Layout()),
            Steps(_block, bytes))
        {
            Ranges = header.PlanRanges,
        };
        return new CompiledPlan(plan, weights)
        {
            StepMacs = [.. _all.Select(s => s.Macs)],
            LargestLiveSet = MemoryPlanner.LargestLiveSet([.. _regions.Where(r => r.Stage == 0)]),
        };
    }

    /// <param name="bytes">Of the regions.</param>
    private EquatableArray<PlanStep> Steps(List<DraftStep> block, Dimension[] bytes) => new(
        block.Select(d => new PlanStep(d.Name, d.Description, (PlanCall)Resolve(d.Call))
        {
            Binding = d.Binding is { } binding ? binding with { Bytes = bytes[binding.Region] } : null,
            Blocks = new EquatableArray<PlanBlock>(d.Blocks.Select(b => new PlanBlock(Steps(b, bytes)))),
        }));

    private PlanArgument Resolve(PlanArgument argument) => argument switch
    {
        PlaceholderArgument { Index: var index } =>
            new ScratchArgument(_scratch[index].Offset, _scratch[index].Bytes) { Region = _scratch[index].Stage },
        PlanCall call => call with
        {
            Arguments = new EquatableArray<PlanNamedArgument>(call.Arguments.Select(a => new PlanNamedArgument(a.Name, Resolve(a.Value)))),
        },
        _ => argument,
    };

    private IEnumerable<PlanPort> Ports(IReadOnlyList<Value> values)
    {
        string[] identifiers = Identifiers.ForPorts(_graph, values);
        return values.Select((v, i) => new PlanPort(v.Name, identifiers[i], Tensor(v).Tensor)
        {
            Pixels = v.Pixels.Word(), Codes = CodePorts.OfPlan(_graph, v),
        });
    }

    /// <summary>A step as far as it is known.</summary>
    private sealed class DraftStep(string name, string description, PlanCall call)
    {
        public string Name => name;

        public string Description => description;

        public PlanCall Call => call;

        public Dimension Macs { get; set; } = Dimension.Zero;

        public PlanBinding? Binding { get; set; }

        public List<List<DraftStep>> Blocks { get; } = [];
    }

    /// <summary>Stands for scratch memory until the arena is planned.</summary>
    private sealed record PlaceholderArgument(int Index) : PlanArgument;

    /// <summary>Memory that one or more values are views of.</summary>
    private sealed class Storage(PlanLocation location, int port)
    {
        /// <summary>What this is the same memory as; null where it stands for itself.</summary>
        public Storage? Same { get; set; }

        /// <summary>The memory itself.</summary>
        public Storage Whole => Same?.Whole ?? this;

        public PlanLocation Location { get; set; } = location;

        public int Port { get; set; } = port;

        public MemoryRegion? Region { get; set; }
    }
}
