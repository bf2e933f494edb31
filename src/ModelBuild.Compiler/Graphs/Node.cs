using ModelBuild.Plan;

namespace ModelBuild.Compiler.Graphs;

/// <summary>An operator in the graph. What the operator means stands in its class (<c>Operators/</c>), found by domain and name.</summary>
internal sealed class Node
{
    private readonly List<Value?> _inputs = [];
    private readonly List<LinkedListNode<Node>?> _uses = [];
    private readonly List<Value?> _outputs = [];

    /// <param name="domain">Empty for ONNX's own operators; <see cref="Domains.Internal"/> for those that lowering makes.</param>
    public Node(
        string domain, string type, string name, IEnumerable<Value?> inputs, IEnumerable<Value?> outputs,
        IReadOnlyDictionary<string, AttributeValue>? attributes = null)
    {
        Domain = domain;
        Type = type;
        Name = name;
        foreach (Value? input in inputs)
        {
            AddInput(input);
        }

        foreach (Value? output in outputs)
        {
            _outputs.Add(output);
            output?.Producer = this;
        }

        if (attributes is not null)
        {
            foreach ((string key, AttributeValue value) in attributes)
            {
                Attributes.Add(key, value);
            }
        }
    }

    /// <summary>The graph that the node stands in; null before it is added and after it is removed.</summary>
    public Graph? Graph { get; internal set; }

    /// <summary>For the graph alone: where it keeps the node.</summary>
    internal int Position { get; set; }

    public string Domain { get; }

    /// <summary>The operator's name, such as <c>Conv</c>.</summary>
    public string Type { get; }

    /// <summary>As in the model; several names joined by " + " where nodes were fused.</summary>
    public string Name { get; set; }

    /// <summary>Null stands for an optional input that is absent.</summary>
    public IReadOnlyList<Value?> Inputs => _inputs;

    /// <summary>Null stands for an optional output that nobody asked for.</summary>
    public IReadOnlyList<Value?> Outputs => _outputs;

    public SortedDictionary<string, AttributeValue> Attributes { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Sizes and positions that the node finds out from data while it runs: symbols of their own, or what they are known to be. Their order
    /// is the operator's.
    /// </summary>
    public List<Dimension> Bound { get; } = [];

    /// <summary>The symbols among them: what else stands there is calculated from others.</summary>
    public IEnumerable<string> BoundSymbols =>
        Bound.Where(b => b.IsFound).Select(b => (Text: b.ToString(), b.Symbols)).Where(b => b.Symbols.Contains(b.Text)).Select(b => b.Text);

    /// <summary>True for If and Loop, which run graphs of their own (<see cref="Bodies"/>).</summary>
    public bool IsControlFlow => Domain.Length == 0 && Type is "If" or "Loop";

    /// <summary>The graphs that the node runs, in the order of the attributes' names.</summary>
    public IEnumerable<Graph> Bodies => Attributes.Values.Where(a => a.Kind == AttributeKind.Graph).Select(a => a.Graph);

    /// <summary>The only output of a node that has one.</summary>
    public Value Output => _outputs[0]!;

    public bool Is(string type) => Domain.Length == 0 && Type == type;

    public bool Is(string domain, string type) => Domain == domain && Type == type;

    /// <summary>The input at an index, or null where it is absent or the node has fewer.</summary>
    public Value? Input(int index) => index < _inputs.Count ? _inputs[index] : null;

    /// <summary>An input that the operator requires.</summary>
    /// <exception cref="InvalidOperationException">It is absent; import has checked that it is not.</exception>
    public Value Required(int index) =>
        Input(index) ?? throw new InvalidOperationException($"Node '{Name}' ({Type}) has no input {index}.");

    public void SetInput(int index, Value? value)
    {
        while (_inputs.Count <= index)
        {
            AddInput(null);
        }

        Value? old = _inputs[index];
        if (_uses[index] is { } use)
        {
            old!.Consumers.Remove(use);
        }

        _inputs[index] = value;
        _uses[index] = value?.Consumers.Add(this);
        Graph?.InputChanged(this, old, value);
    }

    /// <summary>Reads another value wherever the node has read this one.</summary>
    public void ReplaceInput(Value old, Value replacement)
    {
        for (int i = 0; i < _inputs.Count; i++)
        {
            if (_inputs[i] == old)
            {
                SetInput(i, replacement);
            }
        }
    }

    /// <summary>Removes an input; those behind it move up.</summary>
    public void RemoveInput(int index)
    {
        SetInput(index, null);
        _inputs.RemoveAt(index);
        _uses.RemoveAt(index);
    }

    public void AddInput(Value? value)
    {
        _inputs.Add(value);
        _uses.Add(value?.Consumers.Add(this));
        Graph?.InputChanged(this, null, value);
    }

    public void SetOutput(int index, Value? value)
    {
        Value? old = _outputs[index];
        if (old?.Producer == this)
        {
            old.Producer = null;
        }

        _outputs[index] = value;
        value?.Producer = this;
        Graph?.OutputChanged(this, value);
    }

    /// <summary>Lets go of all inputs and outputs. <see cref="Graph.Remove"/> calls it.</summary>
    internal void Detach()
    {
        for (int i = 0; i < _inputs.Count; i++)
        {
            SetInput(i, null);
        }

        for (int i = 0; i < _outputs.Count; i++)
        {
            SetOutput(i, null);
        }
    }

    /// <summary>True when the value at an input knows that this node reads it there.</summary>
    internal bool IsKnownTo(int input) => _inputs[input] is not { } value ? _uses[input] is null : value.Consumers.Holds(_uses[input]);

    public bool Has(string attribute) => Attributes.ContainsKey(attribute);

    public long Int(string attribute, long fallback = 0) =>
        Attributes.TryGetValue(attribute, out AttributeValue? value) ? value.Int : fallback;

    public float Float(string attribute, float fallback = 0) =>
        Attributes.TryGetValue(attribute, out AttributeValue? value) ? value.Float : fallback;

    public string Text(string attribute, string fallback = "") =>
        Attributes.TryGetValue(attribute, out AttributeValue? value) ? value.Text : fallback;

    public float[]? Floats(string attribute) =>
        Attributes.TryGetValue(attribute, out AttributeValue? value) ? value.Floats : null;

    public long[]? Ints(string attribute) => Attributes.TryGetValue(attribute, out AttributeValue? value) ? value.Ints : null;

    /// <summary>The attribute <c>axis</c>, counted from the start; inference has checked that there is such an axis.</summary>
    /// <param name="rank">Of the tensor that the axis belongs to.</param>
    /// <param name="usual">What the operator takes without the attribute.</param>
    public int Axis(int rank, long usual = 0)
    {
        long axis = Int("axis", usual);
        return (int)(axis < 0 ? axis + rank : axis);
    }

    /// <summary>What messages call the node: its name, or that of what it makes.</summary>
    public string Label => Name.Length > 0 ? Name : _outputs.FirstOrDefault(o => o is not null)?.Name ?? Type;

    public override string ToString() => $"{Type} '{Label}'";
}
