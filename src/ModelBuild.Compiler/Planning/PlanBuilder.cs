using System.Globalization;
using System.Runtime.InteropServices;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Planning.Steps;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning;

/// <summary>What a plan says about itself beside its steps.</summary>
internal sealed record PlanHeader(
    PlanClass Class, PlanSource Source, string Mode, string Resource, long Parameters, IReadOnlyList<string> Symbols);

/// <summary>
/// The last stop of the compiler: turns a lowered graph, node by node, into kernel calls, packs their weights and gives every tensor
/// a place. What a node becomes is said by its step writer (<see cref="OperatorTraits.Writer"/>).
/// </summary>
internal sealed class PlanBuilder
{
    private readonly Graph _graph;
    private readonly Dictionary<Value, Storage> _storage = [];
    private readonly Dictionary<Value, int> _tensorIds = [];
    private readonly List<Value> _tensors = [];
    private readonly Dictionary<Value, Node> _lastReaders = [];
    private readonly List<(string Name, string Description, PlanCall Call)> _calls = [];

    /// <summary>The calls that bind symbols, by index, and what they bind.</summary>
    private readonly List<(int Call, PlanBinding Binding)> _bindings = [];

    /// <summary>How many bindings there have been when a symbol is known.</summary>
    private readonly Dictionary<string, int> _stages = new(StringComparer.Ordinal);
    private readonly List<MemoryRegion> _regions = [];
    private readonly List<MemoryRegion> _scratch = [];
    private readonly WeightWriter _weights = new();
    private readonly IReadOnlyList<string> _separable;
    private readonly bool _storeHalves;
    private readonly List<(Dimension, Dimension)> _assumptions;
    private Dimension _macs = Dimension.Zero;

    private PlanBuilder(Graph graph, PlanHeader header, bool storeHalves)
    {
        _graph = graph;
        _separable = BatchSlices.Separable(graph, header.Symbols);
        _assumptions = [.. graph.Assumptions];
        foreach (string symbol in graph.Inputs.SelectMany(v => v.KnownShape).SelectMany(d => d.Symbols))
        {
            _stages.TryAdd(symbol, 0);
        }
        _storeHalves = storeHalves;
    }

    /// <summary>
    /// Makes the plan of a lowered graph, and uses the graph up: constants are let go as they are packed, since large ones would not fit
    /// twice.
    /// </summary>
    /// <param name="storeHalves">Store float weights as halves where that loses nothing: the values were rounded before.</param>
    public static CompiledPlan Build(Graph graph, PlanHeader header, bool storeHalves = false)
    {
        var builder = new PlanBuilder(graph, header, storeHalves);
        builder.AssignStorage();
        builder.CheckAssumptions();
        foreach (Node node in graph.Nodes)
        {
            node.Traits().Writer?.Invoke(node, builder);
            builder.LetGo(node);
        }

        return builder.Finish(header);
    }

    /// <summary>Adds multiply-accumulates to the model's count.</summary>
    public void CountMacs(Dimension macs) => _macs += macs;

    /// <summary>The argument for a value: a tensor, or constant data as it stands.</summary>
    public PlanArgument Argument(Value value) =>
        value.Constant is { } data ? Constant(value.Name, data.Type.ToPlanType(), ConstantFormats.Plain, data.Data) : Tensor(value);

    /// <summary>The argument for a tensor that a step reads or writes.</summary>
    public TensorArgument Tensor(Value value)
    {
        if (!_tensorIds.TryGetValue(value, out int id))
        {
            id = _tensors.Count;
            _tensorIds.Add(value, id);
            _tensors.Add(value);
        }

        if (_storage[value] is { Location: PlanLocation.Arena } storage)
        {
            if (storage.Region is null)
            {
                storage.Region = NewRegion(value.KnownShape.Length * value.Type.Size());
            }

            storage.Region.LastStep = _calls.Count;
        }

        return new TensorArgument(id);
    }

    /// <summary>The argument for packed data.</summary>
    /// <param name="format">One of <see cref="ConstantFormats"/>.</param>
    /// <param name="data">Kept, not copied.</param>
    public ConstantArgument Constant<T>(string name, string format, T[] data)
        where T : unmanaged
    {
        PlanType type = typeof(T) == typeof(float) ? PlanType.F32 : typeof(T) == typeof(sbyte) ? PlanType.S8
            : typeof(T) == typeof(byte) ? PlanType.U8 : typeof(T) == typeof(int) ? PlanType.S32
            : throw new NotSupportedException($"Constants of {typeof(T)} are not packed.");
        return Constant(name, type, format, ArrayMemory<T>.Bytes(data));
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

    /// <summary>Appends a kernel call. Arguments that are null are left out: the kernel's default holds.</summary>
    public void Call(Node node, string description, string target, params IEnumerable<(string Name, PlanArgument? Value)> arguments) =>
        Call(node, description, target, [], arguments);

    /// <summary>Appends a call of a generic kernel whose type arguments do not follow from what it writes.</summary>
    public void Call(
        Node node, string description, string target, IReadOnlyList<DataType> types,
        params IEnumerable<(string Name, PlanArgument? Value)> arguments) =>
        _calls.Add((
            node.Label, description,
            Nested(target, arguments) with { Types = new EquatableArray<PlanType>(types.Select(t => t.ToPlanType())) }));

    /// <summary>Whether a symbol is bound by an input or a call before.</summary>
    public bool Knows(string symbol) => _stages.ContainsKey(symbol);

    /// <summary>Says that the last call has found out what symbols stand for.</summary>
    /// <param name="tensor">The int64 tensor that it has written.</param>
    /// <param name="symbols">The symbols and the elements that are their values.</param>
    public void Bind(Value tensor, IReadOnlyList<(string Symbol, int Element)> symbols)
    {
        if (symbols.Count == 0)
        {
            return;
        }

        var binding = new PlanBinding(
            _tensorIds[tensor], new EquatableArray<PlanBoundSymbol>(symbols.Select(s => new PlanBoundSymbol(s.Symbol, s.Element))),
            Dimension.Zero);
        _bindings.Add((_calls.Count - 1, binding));
        foreach (PlanBoundSymbol symbol in binding.Symbols)
        {
            _stages.Add(symbol.Name, _bindings.Count);
        }

        CheckAssumptions();
    }

    /// <summary>Appends a call that compares what has to be equal, as soon as it is known.</summary>
    private void CheckAssumptions()
    {
        foreach ((Dimension left, Dimension right) in _assumptions
            .Where(a => a.Item1.Symbols.Concat(a.Item2.Symbols).All(_stages.ContainsKey)).ToArray())
        {
            _assumptions.Remove((left, right));
            _calls.Add((
                "sizes", $"{left} has to be {right}",
                Nested("Sizes.Compare", ("size", new IntegerArgument(left)), ("expected", new IntegerArgument(right)))));
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
        var region = new MemoryRegion(bytes, _calls.Count)
        {
            Stage = bytes.Symbols.Select(s => _stages[s]).DefaultIfEmpty().Max(),
        };
        _regions.Add(region);
        return region;
    }

    private ConstantArgument Constant(string name, PlanType type, string format, ReadOnlyMemory<byte> data)
    {
        bool asHalf = _storeHalves && type == PlanType.F32;
        foreach (float value in asHalf ? MemoryMarshal.Cast<byte, float>(data.Span) : [])
        {
            asHalf &= (float)(Half)value == value;
        }

        if (asHalf)
        {
            LargeGarbage.Add(data.Length);
        }

        return new ConstantArgument(_weights.Add(name, type, format, data, asHalf));
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

    /// <summary>Puts reshaped values where the value lies that they are a view of, and outputs where the caller wants them.</summary>
    private void AssignStorage()
    {
        for (int i = 0; i < _graph.Inputs.Count; i++)
        {
            _storage[_graph.Inputs[i]] = new Storage(PlanLocation.Input, i);
        }

        foreach (Node node in _graph.Nodes)
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

        for (int i = 0; i < _graph.Outputs.Count; i++)
        {
            // Lowering has put a copy before an output that would be a view of an input or of another output.
            Storage storage = _storage[_graph.Outputs[i]];
            storage.Location = storage.Location == PlanLocation.Arena ? PlanLocation.Output
                : throw new InvalidOperationException($"Output '{_graph.Outputs[i].Name}' shares memory with another port.");
            storage.Port = i;
        }
    }

    private CompiledPlan Finish(PlanHeader header)
    {
        // Ports are tensors too, also those that no step touches.
        PlanPort[] inputs = [.. Ports(_graph.Inputs)];
        PlanPort[] outputs = [.. Ports(_graph.Outputs)];
        Dimension[] bytes = MemoryPlanner.Plan(_regions, _bindings.Count);
        Dimension arena = bytes[0];
        Dictionary<int, PlanBinding> bindings =
            _bindings.Select((b, i) => (b.Call, Binding: b.Binding with { Bytes = bytes[i + 1] }))
                .ToDictionary(b => b.Call, b => b.Binding);
        IEnumerable<PlanTensor> tensors = _tensors.Select(v => new PlanTensor(
            v.Name,
            v.Type.ToPlanType(),
            new EquatableArray<Dimension>(v.KnownShape),
            _storage[v].Location,
            _storage[v].Location == PlanLocation.Arena ? _storage[v].Region!.Offset : _storage[v].Port,
            v.Quantization is { IsPerTensor: true } ? v.Quantization.Scale : null,
            v.Quantization is { IsPerTensor: true } ? v.Quantization.ZeroPoint : null)
        {
            Region = _storage[v].Region?.Stage ?? 0,
        });
        PackedWeights weights = _weights.Finish();
        var plan = new ExecutionPlan(
            header.Class,
            header.Source,
            header.Mode,
            new PlanCard(header.Parameters, _macs, null),
            new PlanWeights(header.Resource, weights.Length, weights.Sha256),
            new EquatableArray<string>(header.Symbols),
            new EquatableArray<string>(_bindings.SelectMany(b => b.Binding.Symbols).Select(s => s.Name)),
            arena,
            BatchSlices.Find(_separable, arena),
            new EquatableArray<PlanPort>(inputs),
            new EquatableArray<PlanPort>(outputs),
            new EquatableArray<PlanTensor>(tensors),
            new EquatableArray<PlanConstant>(weights.Layout()),
            new EquatableArray<PlanStep>(_calls.Select((c, i) => new PlanStep(c.Name, c.Description, (PlanCall)Resolve(c.Call))
            {
                Binding = bindings.GetValueOrDefault(i),
            })));
        return new CompiledPlan(plan, weights);
    }

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
        return values.Select((v, i) => new PlanPort(v.Name, identifiers[i], Tensor(v).Tensor));
    }

    /// <summary>Stands for scratch memory until the arena is planned.</summary>
    private sealed record PlaceholderArgument(int Index) : PlanArgument;

    /// <summary>Memory that one or more values are views of.</summary>
    private sealed class Storage(PlanLocation location, int port)
    {
        public PlanLocation Location { get; set; } = location;

        public int Port { get; set; } = port;

        public MemoryRegion? Region { get; set; }
    }
}
